/* A browser tells of an empty field in its own language; these pages in that of whoever looks. */
export function tellIn(say, form) {
    form.addEventListener('invalid', ({ target }) => {
        if (target.validity.valueMissing) target.setCustomValidity(say('fillIn'));
    }, true);
    form.addEventListener('input', ({ target }) => target.setCustomValidity?.(''));
    return form;
}
