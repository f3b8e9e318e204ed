/*
 * The inspection report (自查报告): each requirement answered for a period with figures and the records
 * that they rest on. The recorder makes it beside its work; meanwhile the page says how far it is.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { countText } from '../../../../recorder/evidence/page/view/format.js';
import { ask, Cancelled } from '../parts/dialog.js';
import { recordLinks } from '../parts/record_box.js';
import { DAY_MS, day, dayEnd, dayStart, full } from '../parts/times.js';

const AGAIN_MS = 500;
const DAYS = 30;
const STATES = ['not_met', 'partly', 'met', 'not_known', 'not_built'];
const SIGNS = { met: '✓', partly: '◐', not_met: '✕', not_built: '–', not_known: '?' };

export class ReportPage {
    #timer;
    #asked = 0;
    #reason = '';

    constructor(app) {
        this.app = app;
        const { say } = app;
        const today = Date.now();
        const field = (name, value) => element('input', {
            type: 'date', name, required: true, max: day(today), value: day(value), 'aria-label': say(`report_${name}`),
            onchange: () => this.#look(),
        });
        this.from = field('from', today - (DAYS - 1) * DAY_MS);
        this.to = field('to', today);
        this.make = element('button', { type: 'button', onclick: () => this.#make() }, say('reportMake'));
        this.print = element('button', {
            type: 'button', class: 'plain', hidden: true, onclick: () => window.print(),
        }, say('registerPrint'));
        this.save = element('a', { class: 'button plain', hidden: true, download: '' }, icon('save'), say('reportSave'));
        this.result = element('div', { class: 'column report', role: 'status' });
        this.node = element('div', { class: 'column' }, element('section', { class: 'card column report-ask' },
            element('h1', {}, say('reportTitle')), element('p', { class: 'hint' }, say('reportWords')),
            element('div', { class: 'filters' }, element('label', {}, say('report_from'), ' ', this.from),
                element('label', {}, say('report_to'), ' ', this.to), this.make, this.print, this.save)), this.result);
        this.#look();
    }

    open() {}

    close() {
        this.#asked++;
        clearTimeout(this.#timer);
    }

    get #period() {
        return { from: dayStart(this.from.value), to: dayEnd(dayStart(this.to.value)) };
    }

    async #make() {
        const { say, api } = this.app;
        try {
            await ask(say, {
                title: say('reportMake'), words: say('reasonNewest'), action: say('reportMakeDo'),
                fields: [{ name: 'reason', label: say('reason'), kind: 'long', value: this.#reason }],
                act: ({ reason }) => {
                    this.#reason = reason;
                    return api.post('/api/report', { ...this.#period, reason });
                },
            });
            this.#look();
        } catch (error) {
            if (!(error instanceof Cancelled)) this.#fail(error);
        }
    }

    /* What there is of this period: nothing yet, something in the making, or a report. */
    async #look() {
        const asked = ++this.#asked;
        clearTimeout(this.#timer);
        if (this.from.value === '' || this.to.value === '') return;
        try {
            const found = await this.app.api.get('/api/report', this.#period);
            if (asked !== this.#asked) return;
            this.#draw(found);
            if (found.phase === 'running') this.#timer = setTimeout(() => this.#look(), AGAIN_MS);
        } catch (error) {
            if (asked === this.#asked) this.#fail(error);
        }
    }

    #offer(report) {
        this.make.hidden = report !== undefined;
        this.print.hidden = this.save.hidden = report === undefined;
        if (report === undefined) return;
        const { from, to } = this.#period;
        this.save.href = `/api/report/page?from=${from}&to=${to}&language=${this.app.language}`;
    }

    #fail(error) {
        this.#offer();
        this.result.replaceChildren(error.code === 'reason_needed' ? ''
            : element('p', { class: 'card error' }, error.message || this.app.say('unreachable')));
    }

    #draw(found) {
        const { say } = this.app;
        this.#offer(found.report);
        if (found.report !== undefined) {
            this.result.replaceChildren(...this.#report(found.report, found));
        } else if (found.phase === 'failed') {
            this.#fail({ message: say('reportFailed', { text: found.text ?? '' }) });
        } else {
            const share = found.total > 0 ? found.done / found.total : 0;
            this.result.replaceChildren(element('section', { class: 'card column' },
                element('p', {}, say('reportMaking', { n: Math.floor(share * 100) })),
                element('progress', { max: 1, value: share, 'aria-label': say('reportTitle') })));
        }
    }

    /* -- the report -- */

    #report(report, { by }) {
        const { say, language, session } = this.app;
        const { requirements, states } = report;
        const made = say('reportMade', {
            at: full(Date.parse(report.made)), by, records: countText(report.records, language),
            own: countText(report.records_of_period, language),
        });
        return [
            element('section', { class: 'card column' },
                element('h1', { class: 'print-only' }, say('reportTitle')),
                element('p', { class: 'report-site' }, [session.site, session.unit].filter(Boolean).join(' · ')),
                element('p', {}, say('reportPeriod', {
                    from: full(Date.parse(report.from)), to: full(Date.parse(report.to)),
                })), element('p', { class: 'hint' }, made, ' ', element('code', {}, report.origin)),
                element('ul', { class: 'tally' }, STATES.map((state) => element('li', { class: `state-${state}` },
                    element('b', {}, String(states[state] ?? 0)), ' ', this.#badge(state)))),
                element('p', { class: 'hint' }, say('reportIntegrity'))),
            element('section', { class: 'card' }, requirements.map((item) => this.#item(item))),
            this.#cameras(report), this.#controllers(report), this.#people(report),
            element('p', { class: 'print-only signature' }, say('reportSignature')),
        ].filter(Boolean);
    }

    #badge(state) {
        return element('span', { class: `state state-${state}` }, `${SIGNS[state] ?? '?'} `, this.app.say(`state_${state}`));
    }

    #item({ id, phrase, meaning, state, facts }) {
        const zh = this.app.language === 'zh';
        return element('article', { class: 'requirement', 'data-id': id },
            element('h2', {}, element('span', { class: 'requirement-id' }, id), ' ',
                element('span', {}, zh ? phrase : meaning), ' ', this.#badge(state)),
            zh ? null : element('p', { class: 'hint', lang: 'zh-CN' }, phrase),
            element('ul', {}, facts.map((fact) => element('li', {},
                element('bdi', {}, fact[zh ? 'zh' : 'en']),
                ...recordLinks(this.app, fact.records, fact.records_count)))));
    }

    #table(title, columns, rows) {
        const { say } = this.app;
        return rows.length === 0 ? null : element('section', { class: rows.length < 20 ? 'card report-side' : 'card' }, element('h2', {}, say(title)),
            element('div', { class: 'table-box' }, element('table', { class: 'report-table' },
                element('thead', {}, element('tr', {}, columns.map((name, i) => element('th', {
                    scope: 'col', class: i === 0 ? null : 'number',
                }, say(name))))), element('tbody', {}, rows.map(([name, ...cells]) => element('tr', {},
                    element('th', { scope: 'row' }, element('bdi', {}, name)),
                    cells.map((cell) => element('td', { class: 'number' }, cell))))))));
    }

    #length(seconds) {
        const { say } = this.app;
        if (seconds >= 86_400) return say('lengthDays', { n: (seconds / 86_400).toFixed(1) });
        if (seconds >= 3600) return say('lengthHours', { n: (seconds / 3600).toFixed(1) });
        if (seconds >= 60) return say('lengthMinutes', { n: (seconds / 60).toFixed(1) });
        return say('lengthSeconds', { n: seconds.toFixed(seconds < 10 && seconds > 0 ? 1 : 0) });
    }

    #cameras({ cameras }) {
        return this.#table('cameras', ['camera', 'reportShare', 'reportRecorded', 'reportGaps', 'reportMissing', 'reportLongest'],
            cameras.map((camera) => [camera.name || camera.camera,
                camera.percent === undefined ? '–' : `${camera.percent.toFixed(2)} %`,
                this.#length(camera.recorded_s), countText(camera.gaps, this.app.language), this.#length(camera.gap_s),
                [this.#length(camera.longest_gap_s),
                    ...recordLinks(this.app, camera.longest_gap_record === undefined ? [] : [camera.longest_gap_record])]]));
    }

    #controllers({ controllers }) {
        const { language } = this.app;
        return this.#table('controllers', ['controller', 'entries_', 'reportGranted', 'reportDenied', 'reportLost', 'reportOffline'],
            controllers.map((one) => [one.controller, countText(one.entries, language), countText(one.granted, language),
                countText(one.denied, language), [countText(one.lost, language), ...recordLinks(this.app, one.lost_records)],
                this.#length(one.offline_s)]));
    }

    #people({ people }) {
        const { language } = this.app;
        return this.#table('reportPeople', ['registerWho', 'reportLookups', 'reportPlaybacks', 'reportExports', 'reportHolds', 'reportUnreasoned'],
            people.map((one) => [one.name || one.who.replace('operator/', ''), countText(one.lookups, language),
                countText(one.playbacks, language), countText(one.exports, language), countText(one.holds, language),
                [countText(one.without_reason, language), ...recordLinks(this.app, one.without_reason_records)]]));
    }
}
