/*
 * What one hands in: the package, and what one brings along from outside of it (whom to trust, a
 * checkpoint). Kept when the language changes, and for the next package.
 */
import { element, icon } from '../player/dom.js';

const FINGERPRINT = /^[0-9a-f]{64}$/;

/* As people write one: in capitals, with colons, in groups. undefined: it is none. */
export function fingerprintOf(text) {
    const plain = text.toLowerCase().replace(/^sha-?256[\s:=]*/i, '').replace(/[\s:：-]/g, '');
    return FINGERPRINT.test(plain) ? plain : undefined;
}

/* A value that is typed, or read from a file: { text, file: { name, bytes } }. */
class Brought {
    constructor() {
        this.text = '';
        this.file = undefined;
    }

    get empty() { return this.file === undefined && this.text.trim() === ''; }
}

export class Start {
    constructor(onPackage) {
        this.onPackage = onPackage;
        this.trust = new Brought();
        this.since = new Brought();
    }

    /* For the core: a fingerprint, a certificate's bytes, or null. Throws what a person must mend. */
    trusted() {
        if (this.trust.empty) return null;
        if (this.trust.file !== undefined) {
            const text = new TextDecoder('latin1').decode(this.trust.file.bytes.slice(0, 4096)).trim();
            return fingerprintOf(text) ?? this.trust.file.bytes;
        }
        const found = fingerprintOf(this.trust.text);
        if (found === undefined) throw Object.assign(new Error(), { name: 'TrustError' });
        return found;
    }

    heldOutside() {
        if (this.since.empty) return null;
        const text = this.since.file?.bytes ?? `${this.since.text.replace(/\r/g, '').trim()}\n`;
        return text;
    }

    /* `again`: a button, for a package that is chosen already; without, with the place for one. */
    build(say, { again, error }) {
        const message = error ? element('p', { class: 'error', role: 'alert' }, icon('cross'), error) : null;
        const outside = element('div', { class: 'card outside' },
            element('h2', {}, say('trustTitle')),
            element('div', { class: 'fields' }, this.#field(say, 'trust'), this.#field(say, 'since')),
            again ? element('p', { class: 'again' }, again) : null);
        if (again) return [message, outside];
        return [element('h1', {}, say('title')), message,
            element('div', { class: 'start' }, this.#place(say), outside), this.#doubt(say)];
    }

    #place(say) {
        const input = element('input', {
            type: 'file', id: 'package', accept: '.zip,application/zip', class: 'out-of-sight',
            onchange: () => input.files.length > 0 && this.onPackage(input.files),
        });
        return element('label', { class: 'drop', id: 'drop', for: 'package' },
            icon('save'), element('strong', {}, say('drop')), element('span', {}, say('dropHint')),
            input, element('span', { class: 'button' }, say('choose')),
            element('small', {}, say('stays')));
    }

    #field(say, name) {
        const brought = this[name];
        const label = element('label', { for: name }, say(`${name}Label`));
        const note = element('p', { class: 'hint', id: `${name}-buys` }, say(`${name}Buys`));
        const chosen = element('div', { class: 'chosen' });
        const field = element(name === 'trust' ? 'input' : 'textarea', {
            id: name, placeholder: say(`${name}Hint`), spellcheck: 'false', autocomplete: 'off',
            autocapitalize: 'none', 'aria-describedby': `${name}-buys`, rows: name === 'since' ? 3 : null,
            class: 'code', oninput: () => { brought.text = field.value; },
        });
        field.value = brought.text;
        const file = element('input', {
            type: 'file', class: 'out-of-sight', id: `${name}-file`,
            onchange: async () => {
                const [picked] = file.files;
                if (picked === undefined || picked.size > 65536) return;
                brought.file = { name: picked.name, bytes: new Uint8Array(await picked.arrayBuffer()) };
                show();
            },
        });
        const remove = element('button', {
            type: 'button', class: 'plain', onclick: () => {
                brought.file = undefined;
                file.value = '';
                show();
            },
        }, say('clear'));
        const show = () => {
            field.hidden = brought.file !== undefined;
            chosen.replaceChildren(...brought.file === undefined ? []
                : [say('chosenFile', { name: brought.file.name }), ' ', remove]);
        };
        show();
        return element('div', { class: 'field' }, label, field, chosen,
            element('div', { class: 'beside' }, note, file,
                element('label', { class: 'button plain', for: `${name}-file` }, say(`${name}File`))));
    }

    #doubt(say) {
        const parts = say('pageHow', { windows: '\u0001', linux: '\u0002', status: '\u0003' })
            .split(/([\u0001-\u0003])/);
        const codes = {
            '\u0001': 'certutil -hashfile verify.html SHA256', '\u0002': 'sha256sum verify.html',
            '\u0003': 'sealroom status',
        };
        return element('aside', { class: 'card doubt' }, element('h2', {}, say('pageTitle')),
            element('p', {}, say('pageWords'), ' ',
                parts.map((part) => (codes[part] ? element('code', {}, codes[part]) : part))));
    }
}
