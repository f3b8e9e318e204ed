/*
 * Verify now: everything that was recorded is held against its signatures by a process of its own; how
 * far it is, and its verdict in words that need no explaining. It goes on when the page is closed.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, countText } from '../../../../recorder/evidence/page/view/format.js';
import { recordLinks } from './record_box.js';
import { full } from './times.js';

const AGAIN_MS = 1000;
const LOOKS = {
    authentic: ['seal seal-good', 'check'], altered: ['seal seal-bad', 'cross'],
    incomplete: ['seal seal-part', 'part'], cannot_tell: ['seal seal-ask', 'question'],
};

export class Verification {
    #timer;
    #closed = false;

    constructor(app) {
        this.app = app;
        const { say } = app;
        this.status = element('div', { class: 'column', role: 'status' });
        this.button = element('button', { type: 'button', onclick: () => this.#begin() }, say('verifyButton'));
        this.node = element('section', { class: 'card column verification' }, element('h2', {}, say('verifyTitle')),
            element('p', { class: 'hint' }, say('verifyWords')), this.status, this.button);
        this.#look();
    }

    close() {
        this.#closed = true;
        clearTimeout(this.#timer);
    }

    async #begin() {
        this.button.disabled = true;
        try {
            await this.app.api.post('/api/verify');
            await this.#look();
        } catch (error) {
            this.#fail(error);
            this.button.disabled = false;
        }
    }

    async #look() {
        try {
            const found = await this.app.api.get('/api/verify');
            if (this.#closed) return;
            this.#draw(found);
            if (found.phase === 'running') this.#timer = setTimeout(() => this.#look(), AGAIN_MS);
        } catch (error) {
            if (this.#closed) return;
            this.#fail(error);
            this.#timer = setTimeout(() => this.#look(), 10 * AGAIN_MS);
        }
    }

    #fail(error) {
        this.status.replaceChildren(element('p', { class: 'error' }, error.message || this.app.say('unreachable')));
    }

    #draw(found) {
        this.button.disabled = found.phase === 'running';
        const shown = found.phase === 'done' ? found : found.last;
        this.status.replaceChildren(...[
            found.phase === 'running' ? this.#progress(found) : null,
            found.phase === 'failed' ? element('p', { class: 'seal seal-ask' }, icon('question'),
                this.app.say('verifyFailed', { text: found.text ?? '' })) : null,
            shown ? this.#verdict(shown) : null,
            !shown && found.phase === 'none' ? element('p', {}, this.app.say('verifyNever')) : null,
        ].filter(Boolean));
    }

    #progress({ stage, done, total, by, at }) {
        const { say } = this.app;
        const share = total > 0 ? done / total : 0;
        return element('div', { class: 'column' },
            element('p', {}, say(`verify_${stage}`), total > 0 ? ` · ${Math.floor(share * 100)} %` : ''),
            element('progress', { max: 1, value: share, 'aria-label': say('verifyTitle') }),
            element('p', { class: 'hint' }, say('verifyBy', { by, at: full(at) })));
    }

    #verdict({ verdict, outcome, record, ended, at, by, records, segments, bytes, found, findings, limits, detail }) {
        const { say, language } = this.app;
        if (outcome === 'failed') {
            return element('p', { class: 'seal seal-ask' }, icon('question'), say('verifyFailed', { text: detail ?? '' }));
        }
        const [kind, sign] = LOOKS[verdict] ?? LOOKS.cannot_tell;
        const counts = say('verifyCounts', {
            records: countText(records, language), segments: countText(segments, language), bytes: bytesText(bytes),
        });
        return element('div', { class: 'column' },
            element('p', { class: kind }, icon(sign), element('span', {}, element('b', {}, say(`verdict_${verdict}`)),
                ' ', say(`verdictWords_${verdict}`))),
            element('p', { class: 'hint' }, say('verifyDone', { at: full(ended ?? at), by }), ' ', counts,
                limits === undefined ? null : [' ', say('verifyLimits')], ' ', ...recordLinks(this.app, [record])),
            found !== undefined && findings > 0 ? element('details', { open: verdict === 'altered' },
                element('summary', {}, say('verifyFound', { n: countText(findings, language) })),
                element('pre', { class: 'record' }, found.split('\n').flatMap((line) => [line, element('br')]))) : null);
    }
}
