/* Which ranges of time are held, and which were; whoever may releases them, with a second person. */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { ask } from './dialog.js';
import { Listed } from './listed.js';
import { secondFields, secondWord } from './second.js';
import { full } from './times.js';

const HEADS = ['holdState', 'holdRangeHead', 'holdOf', 'reason', 'holdBy'];

/* Names for ids by lists; those that are not configured any more are called by their ids. */
export const namesOf = (ids, items) => ids.map((id) => items.find((item) => item.id === id)?.name || id).join(', ');

export class Holds extends Listed {
    constructor(app) {
        super(app);
        this.load();
    }

    ask() {
        return this.app.api.get('/api/holds');
    }

    draw({ holds }) {
        const { say } = this.app;
        const releases = this.app.may('hold_release');
        this.node.replaceChildren(element('section', { class: 'card column' }, element('h2', {}, say('holdsTitle')),
            element('p', { class: 'hint' }, say(this.app.may('hold_set') ? 'holdsWords' : 'holdsLook')),
            holds.length === 0 ? element('p', { class: 'empty' }, say('holdsNone'))
                : element('div', { class: 'table-box' }, element('table', { class: 'holds-table' },
                    element('thead', {}, element('tr', {}, HEADS.map((head) => element('th', { scope: 'col' }, say(head))),
                        releases ? element('td') : null)),
                    element('tbody', {}, holds.map((hold) => this.#row(hold, releases)))))));
    }

    #row(hold, releases) {
        const { say } = this.app;
        const { record, since, by, reason, unreadable, released } = hold;
        return element('tr', { 'data-record': record, class: released === undefined ? null : 'row-over' },
            element('td', { class: unreadable ? 'condition bad' : 'condition' },
                icon(released !== undefined ? 'cross' : unreadable ? 'part' : 'check'),
                say(released !== undefined ? 'holdReleased' : unreadable ? 'holdUnreadable' : 'held'),
                ...this.#release(released)),
            element('td', { class: 'entry-time' }, ...unreadable ? [] : [full(hold.from), element('small', {}, full(hold.to))]),
            element('td', {}, unreadable ? '' : this.#which(hold)),
            element('td', {}, element('bdi', {}, reason ?? '')),
            element('td', {}, element('bdi', {}, by ?? ''), since === undefined ? null : element('small', {}, full(since)),
                element('small', {}, say('record', { n: record }))),
            releases ? element('td', {}, released !== undefined ? null : element('button', {
                type: 'button', class: 'plain', onclick: () => this.#askRelease(record),
            }, say('holdRelease'))) : null);
    }

    #release(released) {
        const { say } = this.app;
        if (released === undefined) return [];
        const { by, second, at, reason } = released;
        const values = { by: by ?? '', second, at: at === undefined ? '' : full(at) };
        return [element('small', {}, say(second === undefined ? 'holdReleasedBy' : 'holdReleasedBoth', values)),
            reason ? element('small', {}, element('bdi', {}, reason)) : null];
    }

    #which({ cameras, doors }) {
        const { say, session } = this.app;
        if (cameras.length + doors.length === 0) return say('holdAll');
        return [element('bdi', {}, namesOf(cameras, session.cameras)),
            doors.length > 0 ? element('small', {}, element('bdi', {}, namesOf(doors, session.doors))) : null];
    }

    #askRelease(record) {
        const { say, api, session } = this.app;
        ask(say, {
            title: say('holdReleaseTitle', { n: record }), words: say('holdReleaseWords'), action: say('holdReleaseDo'),
            danger: true,
            fields: [{ name: 'reason', label: say('reason'), kind: 'long' },
                ...secondFields(say, session.second.hold_release, 'secondApprover')],
            act: async (values) => api.post(`/api/holds/${record}/release`,
                { reason: values.reason, second: await secondWord(api, 'hold_release', values) }),
        }).then(() => this.load(), () => {});
    }

    /* Of a selection. */
    async set(value) {
        const { say, api, session } = this.app;
        const cameras = value.cameras === '' ? say('holdAll') : namesOf(value.cameras.split(' '), session.cameras);
        await ask(say, {
            title: say('holdSetTitle'), action: say('holdSetDo'),
            words: say('holdSetWords', { from: full(value.from), to: full(value.to), cameras }),
            fields: [{ name: 'reason', label: say('reason'), kind: 'long' }],
            act: ({ reason }) => api.post('/api/holds', { ...value, reason }),
        }).then(() => this.load(), () => {});
        this.node.scrollIntoView({ block: 'nearest' });
    }
}
