/*
 * One package: how far its making is, and what became of it. Asks the server until there is an end.
 * Fires `ended`.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, countText, grouped, leftSeconds } from '../../../../recorder/evidence/page/view/format.js';
import { clock } from './times.js';

const ASK_MS = 700;

export class PackageView extends EventTarget {
    #timer;
    #closed = false;
    #phrase;

    /* `phrase`: one that was made for it, and is shown here. */
    constructor(app, id, phrase) {
        super();
        this.app = app;
        this.id = id;
        this.#phrase = phrase;
        this.body = element('div', { class: 'column', role: 'status' });
        this.node = element('section', { class: 'card column package', 'data-package': id },
            element('h2', {}, app.say('makingTitle')), phrase === undefined ? null : this.#showPhrase(), this.body);
        this.#ask();
    }

    close() {
        this.#closed = true;
        clearTimeout(this.#timer);
    }

    async #ask() {
        try {
            const found = await this.app.api.get(`/api/exports/${this.id}`);
            if (this.#closed) return;
            this.#draw(found);
            if (found.state === 'ready' || found.state === 'failed' || found.state === 'gone') {
                this.dispatchEvent(new CustomEvent('ended'));
                return;
            }
        } catch (error) {
            if (this.#closed) return;
            this.body.replaceChildren(element('p', { class: 'error' }, icon('cross'), error.message || this.app.say('unreachable')));
            if (error.status === 404) return; // the console was started again: the list says what became of it
        }
        this.#timer = setTimeout(() => this.#ask(), ASK_MS);
    }

    #showPhrase() {
        const { say } = this.app;
        return element('div', { class: 'notice column' }, element('b', {}, say('phraseTitle')),
            element('code', { class: 'phrase' }, this.#phrase), element('span', {}, say('phraseWords')));
    }

    #draw(found) {
        this.node.dataset.state = found.state;
        const parts = {
            asked: () => this.#making(found), making: () => this.#making(found), ready: () => this.#ready(found),
            failed: () => this.#failed(found), gone: () => [element('p', {}, this.app.say('packageGone'))],
        }[found.state]();
        this.body.replaceChildren(...parts.filter(Boolean));
    }

    #making({ state, progress }) {
        const { say } = this.app;
        const bar = element('progress', { max: 1, 'aria-label': say('makingTitle') });
        let words = say(state === 'asked' ? 'makingAsked' : 'makingPlanned');
        if (progress !== undefined) {
            bar.value = progress.total > 0 ? progress.bytes / progress.total : 0;
            words = say(`making_${progress.step}`, { done: bytesText(progress.bytes), all: bytesText(progress.total) });
        }
        return [bar, element('p', {}, words, progress?.left_s === undefined ? null : `, ${this.#left(progress.left_s)}`),
            element('p', { class: 'hint' }, say('makingStay'))];
    }

    #left(seconds) {
        const { say } = this.app;
        const n = leftSeconds(seconds);
        return n < 120 ? say('makingLeft', { n }) : say('makingLeftMinutes', { n: Math.round(n / 60) });
    }

    #ready({ id, result }) {
        const { say, language } = this.app;
        const { name, bytes, record, package: digest, clips, records, absent, until } = result;
        return [element('p', { class: 'all-well' }, icon('check'), say('ready')),
            element('p', {}, element('a', { class: 'button', href: `/api/exports/${id}/file`, download: name },
                icon('save'), `${say('download')} (${bytesText(bytes)})`)),
            element('p', { class: 'hint' }, say('readyUntil', { at: clock(until) })),
            element('dl', {}, element('dt', {}, say('packageDigest')),
                element('dd', {}, element('code', { class: 'digest' }, grouped(digest))),
                element('dt', {}, say('packageContents')),
                element('dd', {}, say('packageHolds', { clips: countText(clips, language), records: countText(records, language) }),
                    element('small', {}, say('record', { n: record })))),
            absent > 0 ? element('p', {}, icon('part'), ' ', say('packageAbsent', { n: absent })) : null,
            this.#receiver(result)];
    }

    /* What to tell whoever gets it. */
    #receiver({ name, fingerprint, encrypted }) {
        const { say } = this.app;
        const file = encrypted ? 'package.zip' : name;
        return element('details', { class: 'receiver' }, element('summary', {}, say('receiverTitle')),
            element('ol', {}, encrypted ? element('li', {}, say('receiverOpen')) : null,
                element('li', {}, say('receiverPage'), ' ', element('code', { class: 'digest' }, grouped(fingerprint))),
                element('li', {}, say('receiverCommand'),
                    element('pre', { class: 'record' }, `sealroom-verify ${file} --trust ${fingerprint}`)),
                element('li', {}, say('receiverDigest'))));
    }

    #failed({ text }) {
        const { say } = this.app;
        return [element('p', { class: 'error' }, icon('cross'), say('packageFailed', { why: text })),
            element('p', { class: 'hint' }, say('packageNothing'))];
    }
}
