/* What this account had exported, and what became of it; what is still here is offered again. */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, grouped } from '../../../../recorder/evidence/page/view/format.js';
import { Listed } from './listed.js';
import { full } from './times.js';

const HEADS = ['registerWhen', 'registerRange', 'purpose', 'registerCopied'];

export class MyExports extends Listed {
    /* show(id): somebody wants to see that package. */
    constructor(app, show) {
        super(app);
        this.show = show;
        this.load();
    }

    ask() {
        return this.app.api.get('/api/exports');
    }

    draw({ exports }) {
        const { say } = this.app;
        this.exports = exports;
        this.node.replaceChildren(element('section', { class: 'card column' }, element('h2', {}, say('exportsTitle')),
            exports.length === 0 ? element('p', { class: 'empty' }, say('exportsNone'))
                : element('div', { class: 'table-box' }, element('table', { class: 'exports-table' },
                    element('thead', {}, element('tr', {}, HEADS.map((head) => element('th', { scope: 'col' }, say(head))),
                        element('td'))),
                    element('tbody', {}, exports.map((row) => this.#row(row))))),
            element('p', { class: 'hint' }, element('a', { href: '#/register' }, say('exportsAll')))));
        this.dispatch?.(exports);
    }

    #row({ record, at, from, to, reason, case: number, copied, second, id, state }) {
        const { say } = this.app;
        return element('tr', { 'data-record': record },
            element('td', { class: 'entry-time' }, full(at), element('small', {}, say('record', { n: record }))),
            element('td', { class: 'entry-time' }, full(from), element('small', {}, full(to))),
            element('td', {}, element('bdi', {}, reason ?? ''), element('small', {}, say('registerCase', { n: number ?? '' })),
                second === undefined ? null : element('small', {}, `${say('registerSecond')}: `, element('bdi', {}, second))),
            element('td', { class: 'condition' }, ...this.#copied(copied)),
            element('td', {}, id === undefined || state === 'gone' ? null : element('button', {
                type: 'button', class: 'plain', onclick: () => this.show(id),
            }, say('exportsShow'))));
    }

    #copied(copied) {
        const { say } = this.app;
        if (copied === undefined) return [say('registerPending')];
        if (!copied.done) return [icon('cross'), say('registerFailed', { detail: copied.detail ?? '' })];
        return [icon('check'), say('registerPackage', { size: bytesText(copied.bytes) }),
            element('small', {}, element('code', { class: 'digest' }, grouped(copied.package ?? '')))];
    }
}
