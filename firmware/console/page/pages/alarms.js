/* What is wrong, in words a guard understands, and what to do about it; open ones first. */
import { element, icon, joined } from '../../../../recorder/evidence/page/player/dom.js';
import { isText } from '../say.js';
import { ask } from '../parts/dialog.js';
import { Listed } from '../parts/listed.js';
import { full } from '../parts/times.js';

export class AlarmsPage extends Listed {
    #past = false;

    constructor(app) {
        super(app);
        this.load();
    }

    ask() {
        return this.app.api.get('/api/alarms', { open: this.#past ? 'all' : 'yes' });
    }

    draw({ alarms }) {
        const { say } = this.app;
        const open = alarms.filter(({ until }) => until === undefined);
        const past = alarms.filter(({ until }) => until !== undefined);
        this.node.replaceChildren(...[
            element('section', { class: 'card' }, element('h1', {}, say('alarmsOpen')), open.length === 0
                ? element('p', { class: 'all-well' }, icon('check'), say('alarmsNone'))
                : open.map((alarm) => this.#alarm(alarm))),
            this.#past ? element('section', { class: 'card' }, element('h2', {}, say('alarmsPast')),
                past.length === 0 ? element('p', { class: 'empty' }, say('nothing'))
                    : past.map((alarm) => this.#alarm(alarm)))
                : element('button', {
                    type: 'button', class: 'plain', onclick: () => {
                        this.#past = true;
                        this.load();
                    },
                }, say('alarmShowPast'))]);
    }

    #alarm(alarm) {
        const { say } = this.app;
        const { kind, what, subject, detail, since, until, acknowledged, record } = alarm;
        const advice = isText(`advice_${kind}`) ? say(`advice_${kind}`) : undefined;
        return element('article', { class: until === undefined ? 'alarm alarm-open' : 'alarm', 'data-record': record },
            icon('part'), element('div', { class: 'alarm-words' },
                element('h3', {}, joined([what.charAt(0).toUpperCase() + what.slice(1), this.#nameOf(subject)])),
                element('p', { class: 'hint' }, until === undefined ? say('alarmSince', { at: full(since) })
                    : say('alarmFromTo', { from: full(since), to: full(until) }), ' · ', say('record', { n: record })),
                detail ? element('p', { class: 'hint' }, element('bdi', {}, detail)) : null,
                advice && until === undefined ? element('p', {}, element('b', {}, say('alarmDo')), advice) : null,
                acknowledged === undefined ? null : element('p', { class: 'reviewed' }, icon('check'),
                    say('alarmAcknowledged', {
                        by: acknowledged.by, at: full(acknowledged.at), note: acknowledged.note,
                    }))),
            until === undefined && acknowledged === undefined && this.app.may('acknowledge_alarm')
                ? element('button', { type: 'button', onclick: () => this.#acknowledge(record) },
                    say('alarmAcknowledge')) : null);
    }

    /* Of the door or camera that is called so. */
    #nameOf(subject) {
        const { doors, cameras } = this.app.session;
        return [...doors, ...cameras].find(({ id }) => id === subject)?.name || subject;
    }

    #acknowledge(record) {
        const { say, api } = this.app;
        ask(say, {
            title: say('alarmTitle'), words: say('alarmWords'), action: say('alarmAcknowledge').replace(/\s*…/, ''),
            fields: [{ name: 'note', label: say('alarmNote'), kind: 'long' }],
            act: ({ note }) => api.post(`/api/alarms/${record}/acknowledge`, { note }),
        }).then(() => this.load(), () => {});
    }
}
