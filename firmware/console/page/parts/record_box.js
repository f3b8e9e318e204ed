/* A record by its number, in a box of its own: what it says word for word, and whether it is as it was
 * sealed. An entry has a page of its own. */
import { element, icon, joined } from '../../../../recorder/evidence/page/player/dom.js';
import { full } from './times.js';

function sealOf(say, { number, state, sheet }) {
    return state === 'sealed'
        ? element('p', { class: 'seal seal-good' }, icon('check'), say('recordSealed', { n: number }))
        : element('p', { class: 'seal seal-bad' }, icon('cross'),
            say('entryAltered', { n: number, fault: sheet?.fault ?? '' }));
}

export async function showRecord(app, number) {
    const { say, api } = app;
    const body = element('div', { class: 'column' }, element('p', { role: 'status' }, say('loading')));
    const box = element('dialog', { class: 'dialog dialog-wide', 'aria-label': say('record', { n: number }) },
        element('form', { method: 'dialog' }, element('h2', {}, say('record', { n: number })), body,
            element('div', { class: 'dialog-buttons' }, element('button', { type: 'submit' }, say('close')))));
    box.addEventListener('close', () => box.remove());
    document.body.append(box);
    box.showModal();
    try {
        const path = `/api/records/${number}`;
        let record = await api.get(path);
        if (record.needs !== undefined) {
            await api.askReason({ what: record.needs, from: record.at, to: record.at + 1 });
            record = await api.get(path);
        }
        if (record.kind === 'entry' && app.may('see_entries')) {
            box.close();
            app.go('entries', String(number));
            return;
        }
        body.replaceChildren(element('p', {}, joined([full(record.at), record.source])),
            ...record.sheet === undefined ? [] : [sealOf(say, record),
                ...[record.sheet.head, record.sheet.body].filter(Boolean)
                    .map((line) => element('pre', { class: 'record' }, line))]);
    } catch (error) {
        body.replaceChildren(element('p', { class: 'error' }, error.message || say('failed')));
    }
}

/* The first few numbers, each leading to its record, and how many more there are. */
export function recordLinks(app, numbers, count = numbers.length) {
    const { say } = app;
    if (numbers.length === 0) return [];
    const links = numbers.flatMap((number, i) => [i > 0 ? ', ' : ' ', element('button', {
        type: 'button', class: 'link', 'aria-label': say('record', { n: number }), onclick: () => showRecord(app, number),
    }, String(number))]);
    const more = count > numbers.length ? say('recordsMore', { n: count - numbers.length }) : '';
    return [element('small', { class: 'record-links' }, say(count > 1 ? 'recordsOf' : 'recordOf'), ...links, more)];
}
