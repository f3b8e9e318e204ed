/*
 * A player of evidence: several cameras side by side in step on the line of the wall clock, of
 * nothing but fragments that were verified a moment ago. It needs to know of no package:
 *
 *   const player = new Player({
 *       from, to,            // seconds since 1970
 *       cameras: [{ id, name, clips: [{ parts: [{ init, fragments: [{ start, duration, … }] }] }] }],
 *       lanes: [{ id, name }],  // of the timeline, if there are more than cameras with video
 *       spans: { id: [{ kind, from, to, text }] },  // for the timeline; see SPAN_KINDS
 *       marks: [{ at, kind: 'entry' | 'alarm', text, cameras }],  // what one jumps to, by time
 *       read,                // (init or fragment) → Promise of its bytes, rejects if they are not
 *                            // the recorded ones
 *       save,                // (clip): hands the clip to the user as a file
 *       savePicture,         // (canvas, camera, at): hands a picture that is shown to the user; may be missing
 *       note,                // (record of a fragment): a word on its clock, or ''
 *       watermark,           // (): who looks, and when: over every picture; may be missing
 *       language,            // 'en' or 'zh'
 *   });
 *   document.body.append(player.node);
 *
 * Fires `time` ({ at }) and `hole` ({ camera, from, to }).
 */
import { element, icon } from './dom.js';
import { Screen } from './screen.js';
import { texts } from './texts.js';
import { Timeline } from './timeline.js';
import { clockText, dayText, fullText, zoneText } from './times.js';

const RATES = [0.5, 1, 2, 4, 8, 16];
const NOTICE_S = 4;

export class Player extends EventTarget {
    #tiles = [];
    #position;
    #rate = 1;
    #playing = false;
    #last = 0;
    #language;
    #frame;
    #held = false; // all wait for one that is not there yet
    #stepping = false;
    #notice = { until: 0 };
    #chosen = 0; // whose pictures are stepped

    constructor(options) {
        super();
        this.options = options;
        this.origin = Math.floor(options.from) - 60;
        this.#position = options.from;
        this.#language = options.language;
        this.node = element('section', { class: 'player', tabindex: -1 });
        for (const camera of options.cameras) this.#addTile(camera);
        this.#build();
        this.node.addEventListener('keydown', (event) => this.#key(event));
        this.seek(options.from);
        this.#frame = requestAnimationFrame((now) => this.#tick(now));
    }

    /* -- for whoever has a player -- */

    get position() { return this.#position; }

    get playing() { return this.#playing; }

    /* Of each camera: { id, state, at (where its media stand), shown (time of the picture on the
     * screen), frames (presented so far), decoded, holes: [{ from, to }] } */
    get screens() {
        return this.#tiles.map(({ screen }) => ({
            id: screen.camera.id, state: screen.stateAt(this.#position - this.origin),
            at: screen.video.currentTime + this.origin,
            shown: screen.shown === undefined ? undefined : screen.shown + this.origin,
            frames: screen.frames, decoded: screen.video.getVideoPlaybackQuality().totalVideoFrames,
            holes: screen.holes().map(({ start, end }) => ({
                from: start + this.origin, to: end + this.origin,
            })),
        }));
    }

    seek(at) {
        this.#position = Math.max(this.options.from, Math.min(this.options.to, at));
        this.#notice.until = 0;
        this.#showTime();
    }

    play() {
        if (this.#position >= this.options.to - 0.05) this.seek(this.options.from);
        this.#playing = true;
        this.#showState();
    }

    pause() {
        this.#playing = false;
        this.#showState();
    }

    setRate(rate) {
        this.#rate = rate;
        this.#showState();
    }

    /* To the next picture (1) or the one before (-1). */
    async step(direction) {
        this.pause();
        if (this.#stepping) return;
        this.#stepping = true;
        try {
            const screens = this.#tiles.map(({ screen }) => screen);
            const order = [screens[this.#chosen], ...screens];
            for (const screen of order) {
                const found = await screen?.pictureFrom(this.#position - this.origin, direction);
                if (found !== undefined) {
                    this.seek(found + this.origin);
                    return;
                }
            }
        } finally {
            this.#stepping = false;
        }
    }

    /* To the next mark (1) or the one before (-1). */
    jump(direction) {
        const { marks } = this.options;
        const found = direction > 0 ? marks.find(({ at }) => at > this.#position + 0.01)
            : marks.findLast(({ at }) => at < this.#position - 1);
        if (found !== undefined) this.seek(found.at);
    }

    /* Shows which cameras what one looks at is linked to; [] for all alike. */
    link(ids) {
        this.linked = ids;
        if (this.alone !== undefined && ids.length > 0
            && !ids.includes(this.#tiles[this.alone].screen.camera.id)) this.alone = undefined;
        const first = this.#tiles.findIndex(({ screen }) => ids.includes(screen.camera.id));
        if (first >= 0) this.#chosen = first;
        this.#arrange();
    }

    setLanguage(language) {
        this.#language = language;
        this.#build();
    }

    close() {
        cancelAnimationFrame(this.#frame);
        for (const { screen } of this.#tiles) screen.close();
        this.node.remove();
    }

    /* -- what is seen -- */

    #say(key, values = {}) {
        return texts[key][this.#language === 'zh' ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    }

    #addTile(camera) {
        const video = element('video', { playsinline: true, preload: 'auto', tabindex: -1 });
        video.muted = true;
        const screen = new Screen(video, camera, this.origin, this.options.read);
        const tile = {
            screen, video, word: element('div', { class: 'tile-word', role: 'status' }),
            clock: element('span', { class: 'tile-clock' }), note: element('span', { class: 'tile-note' }),
            mark: this.options.watermark === undefined ? null
                : element('div', { class: 'watermark', 'aria-hidden': 'true' }),
        };
        screen.addEventListener('hole', () => this.#newHole(tile));
        this.#tiles.push(tile);
    }

    #newHole({ screen }) {
        const spans = this.options.spans[screen.camera.id];
        const found = screen.holes().map(({ start, end, state }) => ({
            kind: 'altered', from: start + this.origin, to: end + this.origin,
            text: this.#say(state === 2 ? 'bad' : 'blind'), refused: true,
        }));
        spans.splice(0, spans.length, ...spans.filter(({ refused }) => !refused), ...found);
        this.timeline.redraw();
        this.dispatchEvent(new CustomEvent('hole', { detail: { camera: screen.camera.id } }));
    }

    #build() {
        const { from, to, cameras, lanes, spans, marks } = this.options;
        this.#tiles.forEach((tile, index) => this.#buildTile(tile, index));
        this.timeline = new Timeline({
            from, to, marks, say: (key) => this.#say(key),
            lanes: (lanes ?? cameras).map(({ id, name }) => ({ id, name, spans: spans[id] ?? [] })),
        });
        this.timeline.addEventListener('seek', ({ detail }) => this.seek(detail.at));
        this.stage ??= element('div', { class: 'stage' });
        this.stage.replaceChildren(...this.#tiles.map(({ node }) => node));
        this.stage.dataset.count = this.#tiles.length;
        this.node.setAttribute('aria-label', this.#say('player'));
        this.noticeNode = element('div', { class: 'player-notice', role: 'status' });
        const keys = element('p', { class: 'player-keys' }, this.#say('keys'));
        this.node.replaceChildren(this.stage, this.noticeNode, this.#controls(), this.timeline.node, keys);
        this.#arrange();
        this.#showState();
        this.#showTime();
    }

    #buildTile(tile, index) {
        const { camera } = tile.screen;
        tile.alone = this.#button('alone', () => this.#enlarge(index), { name: camera.name });
        tile.picture = this.#button('picture', () => this.#savePicture(tile), { name: camera.name });
        tile.sound = this.#button('sound', () => this.#toggleSound(index));
        const head = element('div', { class: 'tile-head' },
            element('span', { class: 'tile-name' }, camera.name), tile.note, tile.clock);
        const buttons = element('div', { class: 'tile-buttons' },
            this.options.savePicture === undefined ? null : tile.picture, tile.sound,
            this.#tiles.length > 1 ? tile.alone : null);
        tile.node ??= element('div', { class: 'tile' });
        tile.node.dataset.camera = camera.id;
        tile.node.replaceChildren(...[tile.video, tile.word, tile.mark, head, buttons].filter(Boolean));
        tile.said = undefined;
    }

    #button(name, act, values = {}) {
        const label = this.#say(name, values);
        return element('button', {
            type: 'button', class: `button-${name}`, title: label, 'aria-label': label, onclick: act,
        }, icon(name));
    }

    #controls() {
        this.playButton = this.#button('play', () => this.toggle());
        this.clock = element('time', { class: 'player-clock' });
        this.rates = element('div', { class: 'player-rates', role: 'group', 'aria-label': this.#say('speed') },
            RATES.map((rate) => element('button', {
                type: 'button', 'data-rate': rate, onclick: () => this.setRate(rate),
            }, `${rate}×`)));
        return element('div', { class: 'player-controls' }, this.#button('previousEntry', () => this.jump(-1)),
            this.#button('back', () => this.step(-1)), this.playButton,
            this.#button('forward', () => this.step(1)), this.#button('nextEntry', () => this.jump(1)),
            this.clock, this.rates,
            this.#button('zoomOut', () => this.timeline.zoom(0.5)),
            this.#button('zoomIn', () => this.timeline.zoom(2)),
            this.#button('whole', () => this.#wholeScreen()));
    }

    #savePicture({ screen, video }) {
        const canvas = element('canvas', { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext('2d').drawImage(video, 0, 0);
        this.options.savePicture(canvas, screen.camera, (screen.shown ?? video.currentTime) + this.origin);
    }

    #wholeScreen() {
        if (document.fullscreenElement) document.exitFullscreen();
        else this.node.requestFullscreen?.();
    }

    #enlarge(index) {
        this.alone = this.alone === index ? undefined : index;
        this.#chosen = index;
        this.#arrange();
    }

    #arrange() {
        this.#tiles.forEach(({ node, alone }, index) => {
            node.classList.toggle('tile-alone', this.alone === index);
            node.hidden = this.alone !== undefined && this.alone !== index;
            node.classList.toggle('tile-linked', this.linked?.includes(node.dataset.camera) ?? false);
            const label = this.alone === index ? this.#say('together') : alone.title;
            alone.setAttribute('aria-pressed', this.alone === index);
            alone.setAttribute('aria-label', label);
        });
        this.stage.dataset.count = this.alone === undefined ? this.#tiles.length : 1;
    }

    #toggleSound(index) {
        this.#tiles.forEach(({ video }, other) => {
            video.muted = other !== index || !video.muted;
        });
        this.#showState();
    }

    toggle() {
        if (this.#playing) this.pause();
        else this.play();
    }

    #key(event) {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        const on = event.target.closest('button, input, select, a') !== null;
        const acts = {
            ' ': on ? undefined : () => this.toggle(),
            ',': () => this.step(-1), '.': () => this.step(1),
            ArrowLeft: () => this.seek(this.#position - 10), ArrowRight: () => this.seek(this.#position + 10),
            n: () => this.jump(1), p: () => this.jump(-1),
            '+': () => this.timeline.zoom(2), '=': () => this.timeline.zoom(2),
            '-': () => this.timeline.zoom(0.5),
        };
        const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (act === undefined) return;
        event.preventDefault();
        act();
    }

    #showState() {
        this.playButton.replaceChildren(icon(this.#playing ? 'pause' : 'play'));
        const label = this.#say(this.#playing ? 'pause' : 'play');
        this.playButton.title = label;
        this.playButton.setAttribute('aria-label', label);
        for (const button of this.rates.children) {
            button.setAttribute('aria-pressed', Number(button.dataset.rate) === this.#rate);
        }
        for (const { sound, video } of this.#tiles) {
            sound.replaceChildren(icon(video.muted ? 'mute' : 'sound'));
            sound.setAttribute('aria-pressed', !video.muted);
        }
    }

    #showTime() {
        const at = this.#position;
        this.clock?.replaceChildren(
            element('span', { class: 'clock-day' }, dayText(at)), ' ',
            element('span', { class: 'clock-time' }, clockText(at, 2)), ' ',
            element('span', { class: 'clock-zone' }, `UTC${zoneText(at)}`));
        this.timeline?.show(at);
        this.dispatchEvent(new CustomEvent('time', { detail: { at } }));
    }

    /* -- the clock that all follow -- */

    #tick(now) {
        this.#frame = requestAnimationFrame((next) => this.#tick(next));
        const passed = Math.min(0.25, (now - this.#last) / 1000);
        this.#last = now;
        if (this.#playing) this.#advance(passed, now / 1000);
        const time = this.#position - this.origin;
        for (const tile of this.#tiles) {
            if (tile.node.hidden) tile.video.pause();
            else tile.screen.follow(time, this.#playing && !this.#held, this.#rate);
            this.#showTile(tile, time);
        }
        if (this.noticeNode.textContent !== '' && now / 1000 > this.#notice.until) {
            this.noticeNode.textContent = '';
        }
    }

    #advance(passed, now) {
        const time = this.#position - this.origin;
        const seen = this.#tiles.filter(({ node }) => !node.hidden).map(({ screen }) => screen);
        this.#held = seen.map((screen) => screen.holds(time, now)).some(Boolean);
        if (this.#held) return;
        this.#position = Math.min(this.#slowest(seen, time, time + passed * this.#rate) + this.origin,
            this.options.to);
        this.#leap(seen, this.#position - this.origin, now);
        this.#showTime();
        if (this.#position >= this.options.to) this.pause();
    }

    /* No further than the slowest decoder can follow. */
    #slowest(seen, from, to) {
        const lead = 0.35 * Math.max(1, this.#rate);
        let end = to;
        for (const { video, stateAt } of seen.map((screen) => ({
            video: screen.video, stateAt: screen.stateAt(from),
        }))) {
            if (stateAt === 'picture' && !video.seeking && Math.abs(video.currentTime - from) < 2 * lead) {
                end = Math.min(end, video.currentTime + lead);
            }
        }
        return Math.max(from, end);
    }

    /* Where no camera has anything, on to where one has. */
    #leap(seen, time, now) {
        if (seen.some((screen) => screen.stateAt(time) !== 'none')) {
            this.#notice.since = undefined;
            return;
        }
        this.#notice.since ??= now;
        if (now - this.#notice.since < 1.5) return;
        const next = Math.min(...seen.map((screen) => screen.nextStart(time) ?? Infinity),
            this.options.to - this.origin);
        if (next - time < 3) return;
        this.#position = next + this.origin;
        this.#notice = { until: now + NOTICE_S };
        this.noticeNode.textContent = this.#say('skipped', { time: fullText(this.#position) });
    }

    #showTile(tile, time) {
        const { screen, video, node } = tile;
        const state = screen.stateAt(time);
        const text = tile.state === 'loading' && state === 'loading' && performance.now() - tile.at < 400
            ? '' : this.#word(screen, state);
        if (tile.state !== state) tile.at = performance.now();
        tile.state = state;
        node.dataset.state = state;
        tile.picture.hidden = state !== 'picture';
        tile.sound.hidden = !screen.hasSound;
        if (tile.said !== text + state) this.#showWord(tile, state, text);
        const fragment = screen.fragments[screen.indexAt(time)];
        const at = (state === 'picture' ? screen.shown ?? video.currentTime : time) + this.origin;
        tile.clock.textContent = `${fullText(at, 2)} UTC${zoneText(at)}`;
        const note = fragment === undefined ? '' : this.options.note?.(fragment.record) ?? '';
        if (tile.note.textContent !== note) tile.note.textContent = note;
        const mark = this.options.watermark?.() ?? '';
        if (tile.mark !== null && tile.mark.textContent !== mark) tile.mark.textContent = mark;
    }

    #word(screen, state) {
        if (state === 'picture') return '';
        if (state === 'none') return this.#whyNone(screen.camera.id);
        const index = screen.indexAt(this.#position - this.origin);
        const codec = screen.fragments[index]?.part.clip.codec ?? '';
        const names = { h265: 'H.265', hevc: 'H.265', h264: 'H.264' };
        return this.#say(state, { codec: names[codec] ?? codec });
    }

    #whyNone(id) {
        const span = (this.options.spans[id] ?? []).find(({ kind, from, to }) => kind !== 'video'
            && this.#position >= from && this.#position < to);
        const until = span ? ` (${this.#say('until', { time: clockText(span.to) })})` : '';
        return `${span?.text ?? this.#say('none')}${until}`;
    }

    #showWord(tile, state, text) {
        tile.said = text + state;
        const { screen } = tile;
        const sign = { bad: 'cross', blind: 'part', none: 'part', foreign: 'question', failed: 'question' }[state];
        const clip = screen.fragments[screen.indexAt(this.#position - this.origin)]?.part.clip;
        const save = (state === 'foreign' || state === 'failed') && this.options.save !== undefined
            ? element('button', { type: 'button', onclick: () => this.options.save(clip) },
                icon('save'), this.#say('save')) : null;
        tile.word.replaceChildren(...text === '' ? [] : [sign ? icon(sign) : '',
            element('span', {}, text), save ?? '']);
    }
}
