/* The page: a package is handed in, verified, and shown. */
import { readVerified, verifyPackage } from '../core/index.js';
import { element } from '../player/dom.js';
import { Player } from '../player/player.js';
import { durationText } from '../player/times.js';
import { aboutCard } from './about.js';
import { clipsCard, saveClip, unprovedCard } from './clips.js';
import { Entries } from './entries.js';
import { findingsCard } from './findings.js';
import { bytesText, leftSeconds } from './format.js';
import { modelOf } from './model.js';
import { Start } from './start.js';
import { sayer } from './texts.js';
import { verdictCard } from './verdict.js';
import { wordsIn } from './words.js';

export class App {
    #state = 'choosing'; // 'choosing', 'working', 'done'
    #file;
    #report;
    #model;
    #player;
    #entries;
    #stop;
    #error;

    constructor(root, language) {
        this.root = root;
        this.start = new Start((files) => this.take(files));
        this.main = element('main', { id: 'main' });
        this.head = element('header', { class: 'top' });
        root.replaceChildren(this.head, this.main);
        this.#listen();
        this.setLanguage(language);
    }

    /* For tests and for those who look into the page. */
    get report() { return this.#report; }

    get player() { return this.#player; }

    setLanguage(language) {
        this.language = language;
        this.say = sayer(language);
        this.words = wordsIn(language);
        document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
        this.#build();
    }

    #listen() {
        const over = (event) => {
            event.preventDefault();
            document.body.classList.toggle('dropping', event.type === 'dragenter' || event.type === 'dragover');
        };
        for (const type of ['dragenter', 'dragover', 'dragleave']) document.addEventListener(type, over);
        document.addEventListener('drop', (event) => {
            over(event);
            if (event.dataTransfer.files.length > 0) this.take(event.dataTransfer.files);
        });
        window.addEventListener('beforeprint', () => this.#entries?.showAll());
    }

    /* -- verifying -- */

    async take(files) {
        this.#stop?.abort();
        if (files.length !== 1) {
            this.#fail(this.say('oneFile'));
            return;
        }
        this.#file = files[0];
        await this.verify();
    }

    async verify() {
        let against;
        try {
            against = { trust: this.start.trusted(), since: this.start.heldOutside() };
        } catch (error) {
            this.#fail(this.#reason(error));
            return;
        }
        const stop = new AbortController();
        this.#stop = stop;
        this.#error = undefined;
        this.#state = 'working';
        this.#began = performance.now();
        this.#build();
        try {
            const report = await verifyPackage(this.#file, {
                ...against, signal: stop.signal, onProgress: (done, total) => this.#showProgress(done, total),
            });
            if (stop.signal.aborted) return;
            this.#finish(report);
        } catch (error) {
            if (!stop.signal.aborted) this.#fail(this.#reason(error));
        }
    }

    #began = 0;

    #reason({ name, message }) {
        if (name === 'TrustError') return this.say('noTrust');
        if (name === 'EncryptedError') return this.say('encrypted');
        if (name === 'SinceError') return this.say('noSince');
        if (name === 'MemoryError') return this.say('noMemory');
        return this.say(name === 'ReadError' ? 'noRead' : 'failed', { reason: message || name });
    }

    #fail(words) {
        this.#state = this.#report === undefined || this.#state === 'working' ? 'choosing' : this.#state;
        this.#error = words;
        this.#build();
        this.main.querySelector('.error')?.scrollIntoView({ block: 'center' });
    }

    /* What this page cannot show must not hide the verdict. */
    #finish(report) {
        try {
            this.#show(report);
        } catch {
            this.#error = this.say('notAll');
            this.#show({
                ...report, request: null, sources: [], entries: [], gaps: [], segments: [], expiries: [], clips: [],
            });
        }
    }

    #show(report) {
        this.#report = report;
        this.#model = modelOf(report);
        this.#at = Date.now() / 1000;
        this.#state = 'done';
        this.#player?.close();
        this.#player = this.#entries = undefined;
        this.#build();
        this.main.querySelector('#verdict').focus({ preventScroll: true });
        window.scrollTo(0, 0);
    }

    #at = 0;

    #showProgress(done, total) {
        if (this.#state !== 'working' || this.bar === undefined) return;
        const passed = (performance.now() - this.#began) / 1000;
        const rate = done / Math.max(0.001, passed);
        this.bar.max = total;
        this.bar.value = done;
        const words = [this.say('progress', { done: bytesText(done), total: bytesText(total) })];
        if (passed > 2 && done > 0) {
            words.push(this.say('rate', { rate: bytesText(rate) }));
            if (done < total) words.push(this.say('left', { time: durationText(leftSeconds((total - done) / rate)) }));
        }
        this.barWords.textContent = words.join(' · ');
    }

    /* -- showing -- */

    #build() {
        const { say } = this;
        document.title = this.#state === 'done' ? `${say(this.#report.verdict)} · ${this.#file.name}`
            : say('title');
        this.#buildHead();
        const { scrollY } = window;
        const shown = { choosing: () => this.#choosing(), working: () => this.#working(), done: () => this.#done() };
        this.main.replaceChildren(...shown[this.#state]().filter(Boolean));
        this.main.dataset.state = this.#state;
        window.scrollTo(0, scrollY);
    }

    #buildHead() {
        const { say } = this;
        const done = this.#state === 'done';
        this.head.replaceChildren(element('span', { class: 'brand' }, 'sealroom'),
            element('span', { class: 'top-title' }, done ? '' : say('title')),
            done ? element('button', { type: 'button', class: 'plain', onclick: () => this.#again() }, say('another')) : '',
            done ? element('button', { type: 'button', class: 'plain', onclick: () => window.print() }, say('print')) : '',
            element('button', {
                type: 'button', class: 'plain', id: 'language', 'aria-label': say('switchLabel'),
                lang: this.language === 'zh' ? 'en' : 'zh-CN',
                onclick: () => this.setLanguage(this.language === 'zh' ? 'en' : 'zh'),
            }, say('switchLanguage')));
    }

    #again() {
        this.#player?.close();
        this.#player = this.#entries = this.#report = this.#file = this.#error = undefined;
        this.#state = 'choosing';
        this.#build();
    }

    #choosing() {
        return this.start.build(this.say, { error: this.#error });
    }

    #working() {
        const { say } = this;
        this.bar = element('progress', { id: 'progress', 'aria-label': say('working', { name: this.#file.name }) });
        this.barWords = element('p', { role: 'status' }, say('preparing'));
        return [element('section', { class: 'card working' },
            element('h1', {}, say('working', { name: this.#file.name })), this.bar, this.barWords,
            element('button', {
                type: 'button', onclick: () => {
                    this.#stop.abort();
                    this.#state = 'choosing';
                    this.#build();
                },
            }, say('cancel')))];
    }

    #done() {
        const report = this.#report;
        const { say, language, words } = this;
        const hasVideo = this.#model.cameras.some(({ clips }) => clips.length > 0) && this.#model.to > this.#model.from;
        const context = {
            file: this.#file, model: this.#model, say, language, words, at: this.#at,
            seek: hasVideo ? (at, cameras) => this.#seek(at, cameras) : undefined,
        };
        this.#entries ??= new Entries(context);
        const entries = this.#entries.build(context);
        if (hasVideo) this.#showPlayer();
        // where no request can be read, nothing that is not here was not recorded
        const isKnown = report.request !== null;
        return [verdictCard(report, context), ...this.#outside(), findingsCard(report, context),
            hasVideo || isKnown || this.#model.entries.length > 0
                ? element('div', { class: hasVideo ? 'watch' : 'watch watch-none' },
                    hasVideo ? element('section', { class: 'card video', id: 'video' }, this.#player.node) : null,
                    isKnown || this.#model.entries.length > 0 ? entries : null) : null,
            isKnown || report.device !== null ? aboutCard(report, context) : null,
            ...isKnown || report.clips.length > 0 ? [clipsCard(report, context), unprovedCard(context)] : [],
            element('p', { class: 'printed' }, say('printed'))];
    }

    /* Where trust is missing, the fields for it are at hand. */
    #outside() {
        if (this.#report.verdict !== 'cannot_tell' && this.#error === undefined) return [];
        const again = element('button', {
            type: 'button', id: 'again', onclick: () => this.verify(),
        }, this.say('again'));
        return this.start.build(this.say, { again, error: this.#error });
    }

    /* -- video -- */

    #showPlayer() {
        if (this.#player !== undefined) {
            this.#wordSpans();
            this.#player.options.marks = this.#marks();
            this.#player.setLanguage(this.language);
            return;
        }
        const { cameras, from, to, unsynced } = this.#model;
        this.#wordSpans();
        this.#player = new Player({
            from, to, cameras: cameras.filter(({ clips }) => clips.length > 0),
            spans: Object.fromEntries(cameras.map(({ id, spans }) => [id, spans])),
            lanes: cameras.map(({ id, name }) => ({ id, name })),
            marks: this.#marks(), language: this.language,
            read: (piece) => readVerified(this.#file, this.#report.suite, piece),
            save: (clip) => saveClip(this.#file, clip),
            note: (record) => (unsynced.has(record) ? this.say('unsyncedShort') : ''),
        });
        this.#player.addEventListener('time', ({ detail }) => this.#entries.mark(detail.at));
    }

    #wordSpans() {
        for (const { spans } of this.#model.cameras) {
            for (const span of spans) {
                if (span.cause) span.text = this.words.cause(span.cause);
                else if (span.finding) span.text = this.words.fault(span.finding.fault);
            }
        }
    }

    #marks() {
        return this.#model.entries.map((entry) => ({
            at: entry.at, kind: entry.alarm ? 'alarm' : 'entry', cameras: entry.cameras,
            text: entry.body === null ? this.say(entry.altered ? 'contentAltered' : 'notShown')
                : [this.words.event(entry.body.event), entry.body.name].filter(Boolean).join(' · '),
        }));
    }

    #seek(at, cameras) {
        this.#player.pause();
        this.#player.link(typeof cameras === 'string' ? [cameras.split('/').at(-1)] : cameras ?? []);
        this.#player.seek(at);
        const box = this.#player.node.getBoundingClientRect();
        if (box.top < 0 || box.top > window.innerHeight * 0.6) {
            this.#player.node.scrollIntoView({ block: 'start', behavior: 'smooth' });
        }
    }
}
