/* What a package of a selection would hold, as the server guesses it out of its catalog. */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, countText } from '../../../../recorder/evidence/page/view/format.js';
import { full } from './times.js';

const SHOWN = 8;

export class Preview {
    #asked = 0;

    constructor(app) {
        this.app = app;
        this.body = element('div', { class: 'column', role: 'status' });
        this.node = element('section', { class: 'card column' }, element('h2', {}, app.say('previewTitle')), this.body);
    }

    close() {
        this.#asked++;
    }

    async show(selection) {
        const asked = ++this.#asked;
        const { api, say } = this.app;
        try {
            const found = await api.post('/api/exports/preview', selection.value);
            if (asked === this.#asked) this.#draw(found);
        } catch (error) {
            if (asked === this.#asked) this.body.replaceChildren(element('p', { class: 'hint' }, error.message || say('unreachable')));
        }
    }

    #draw({ bytes, entries, clips, gaps, more, open }) {
        const { say, language } = this.app;
        const facts = [['previewSize', bytesText(bytes)], ['previewClips', countText(clips, language)],
            ['previewEntries', countText(entries, language)]];
        this.body.replaceChildren(element('dl', {}, facts.flatMap(([key, value]) => [
            element('dt', {}, say(key)), element('dd', { class: 'number' }, value)])), ...this.#gaps(clips, gaps, more, open),
        open === undefined ? '' : element('p', { class: 'hint' }, say('previewOpen', { at: full(open) })));
    }

    #gaps(clips, gaps, more, open) {
        const { say } = this.app;
        if (gaps.length === 0) {
            if (clips === 0) return open === undefined ? [element('p', { class: 'hint' }, say('previewNone'))] : [];
            return [element('p', { class: 'well' }, icon('check'), ' ', say('previewWhole'))];
        }
        const rest = gaps.length - SHOWN + more;
        return [element('p', {}, icon('part'), ' ', say('previewGaps')),
            element('ul', { class: 'gaps' }, gaps.slice(0, SHOWN).map((gap) => this.#gap(gap)),
                rest > 0 ? element('li', { class: 'hint' }, say('previewMore', { n: rest })) : null)];
    }

    #gap({ camera, from, to, kind, cause }) {
        const { say, words, session } = this.app;
        const name = session.cameras.find(({ id }) => id === camera)?.name || camera;
        return element('li', {}, element('b', {}, name), ' ', kind === 'gap' ? words.cause(cause) : say(`gap_${kind}`),
            element('small', {}, say('gapSpan', { from: full(from), to: full(to) })));
    }
}
