/* Is it recording, how far does the disk reach, what is it: asked again every ten seconds. */
import { drawing, element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { bytesText, countText, grouped } from '../../../../recorder/evidence/page/view/format.js';
import { ask } from '../parts/dialog.js';
import { full } from '../parts/times.js';
import { Verification } from '../parts/verification.js';

const codecText = (codec) => ({ h264: 'H.264', h265: 'H.265', hevc: 'H.265' })[codec] ?? codec;
const AGAIN_MS = 10_000;

export class StatePage {
    #timer;

    constructor(app) {
        this.app = app;
        this.state = element('div', { class: 'column' });
        this.taken = element('div', { class: 'column' }); // stays when the state is drawn again
        this.verification = app.may('verify') ? new Verification(app) : undefined;
        this.node = element('div', { class: 'column' }, this.state, this.verification?.node,
            app.may('take_checkpoint') ? this.#checkpoint() : null);
        this.#load();
        this.#timer = setInterval(() => this.#load(), AGAIN_MS);
    }

    open() {}

    close() {
        clearInterval(this.#timer);
        this.verification?.close();
    }

    async #load() {
        const { api, say } = this.app;
        try {
            const [state, { alarms }] = await Promise.all([
                api.get('/api/state'), api.get('/api/alarms', { open: 'yes' })]);
            this.#draw(state, alarms.length);
        } catch (error) {
            this.state.replaceChildren(element('p', { class: 'card error' }, error.message || say('unreachable')));
        }
    }

    #draw(state, alarms) {
        this.state.replaceChildren(this.#summary(state, alarms), element('div', { class: 'halves' },
            this.#cameras(state), element('div', { class: 'column' }, this.#controllers(state), this.#storage(state))),
        this.#about(state));
    }

    #summary({ cameras }, alarms) {
        const { say } = this.app;
        const dark = cameras.filter(({ recording }) => !recording).length;
        if (dark === 0 && alarms === 0) return element('p', { class: 'card all-well' }, icon('check'), say('stateAll'));
        const words = dark > 0 ? say(dark === 1 ? 'stateOne' : 'stateSome', { n: dark })
            : say(alarms === 1 ? 'stateAlarm' : 'stateAlarms', { n: alarms });
        return element('p', { class: 'card not-well' }, icon('part'), element('a', { href: '#/alarms' }, words));
    }

    #cameras({ cameras }) {
        const { say, words } = this.app;
        const rows = cameras.map((camera) => element('tr', { class: camera.recording ? null : 'row-alarm' },
            element('th', { scope: 'row' }, element('bdi', {}, camera.name || camera.id)),
            element('td', { class: 'condition' }, icon(camera.recording ? 'check' : 'part'),
                camera.recording ? say('recording') : words.cause(camera.cause),
                element('small', {}, say('since', { at: full(camera.since) }))),
            element('td', { class: 'number' }, camera.recording ? `${codecText(camera.codec)} ${camera.width}×${camera.height}` : ''),
            element('td', { class: 'number' }, camera.recording && camera.bytes_per_second > 0
                ? `${bytesText(camera.bytes_per_second)}/s` : '–'),
            element('td', { class: 'number' }, bytesText(camera.bytes_stored))));
        return this.#table('cameras', ['camera', 'condition', 'picture_', 'rate', 'stored'], rows);
    }

    #controllers({ controllers }) {
        const { say, language } = this.app;
        const rows = controllers.map((one) => element('tr', { class: one.online ? null : 'row-alarm' },
            element('th', { scope: 'row' }, one.id),
            element('td', { class: 'condition' }, icon(one.online ? 'check' : 'part'), say(one.online ? 'online' : 'offline_'),
                element('small', {}, say('since', { at: full(one.since) }))),
            element('td', { class: 'number' }, countText(one.entries, language)),
            element('td', { class: 'number' }, one.last ? full(one.last) : '')));
        return this.#table('controllers', ['controller', 'condition', 'entries_', 'lastOne'], rows);
    }

    #table(title, heads, rows) {
        const { say } = this.app;
        return element('section', { class: 'card' }, element('h2', {}, say(title)),
            element('div', { class: 'table-box' }, element('table', {},
                element('thead', {}, element('tr', {}, heads.map((key) => element('th', { scope: 'col' }, say(key))))),
                element('tbody', {}, rows))));
    }

    #storage({ volume, reach_days, video_days, oldest_video: oldest, record_days, records }) {
        const { say, language } = this.app;
        const used = volume.bytes > 0 ? (volume.bytes - volume.free) / volume.bytes : 0;
        return this.#list('storage', [
            ['storage', [element('meter', { min: 0, max: 1, value: used, high: 0.97 }),
                say('storageWords', { free: bytesText(volume.free), all: bytesText(volume.bytes) }),
                element('small', {}, say(`encrypted_${volume.encrypted}`))]],
            ['reach', reach_days === null ? say('reachUnknown', { floor: video_days })
                : say('reachDays', { n: reach_days, floor: video_days })],
            ['oldest', oldest ? full(oldest) : '–'],
            ['records', say('recordsCount', { n: countText(records, language), days: record_days })],
        ]);
    }

    #about({ site, unit, origin, suite, fingerprint, checkpoint, clock, started, holds, page_sha256: page, console_fingerprint: tls, version }) {
        const { say } = this.app;
        return this.#list('appliance', [
            ['site', [site, unit].filter(Boolean).join(' · ')],
            ['ledger', element('code', {}, origin)], ['suite', say(`suite_${suite}`)],
            ['fingerprint', [element('code', {}, grouped(fingerprint)), element('small', {}, say('fingerprintWords'))]],
            ['checkpoint', full(checkpoint.at)], ['clock', say(`clock_${clock}`)], ['started', full(started)],
            ['holds', String(holds)], ['version', version],
            ...tls === undefined ? [] : [['tls', [element('code', {}, grouped(tls)), element('small', {}, say('tlsWords'))]]],
            ['page', [element('code', {}, grouped(page)), element('small', {}, say('pageWords')), element('a', {
                class: 'button plain', href: '/api/verify.html', download: 'verify.html',
            }, icon('save'), say('pageSave'))]],
        ]);
    }

    /* -- the checkpoint to take away -- */

    #checkpoint() {
        const { say } = this.app;
        return element('section', { class: 'card column checkpoint' }, element('h2', {}, say('takeTitle')),
            element('p', { class: 'hint' }, say('takeWords')), this.taken,
            element('button', { type: 'button', onclick: () => this.#take() }, say('takeButton')));
    }

    #take() {
        const { say, api } = this.app;
        ask(say, {
            title: say('takeTitle'), words: say('takeWords'), action: say('takeDo'),
            fields: [{ name: 'place', label: say('takePlace') }],
            act: ({ place }) => api.post('/api/checkpoint', { place }),
        }).then((taken) => this.#showTaken(taken), () => {});
    }

    #showTaken({ record, text, code }) {
        const { say } = this.app;
        const lines = element('textarea', {
            class: 'code', readonly: true, rows: text.split('\n').length, 'aria-label': say('takeLines'),
            onfocus: () => lines.select(),
        });
        lines.value = text;
        this.taken.replaceChildren(element('p', { role: 'status' }, icon('check'),
            say('taken', { at: full(Date.now()), n: record })),
        lines, ...code === undefined ? [] : [this.#code(code)]);
        lines.focus();
    }

    /* Black on white in every theme, with the quiet zone of four that readers need. */
    #code(rows) {
        const size = rows.length + 8;
        const dark = rows.flatMap((row, y) => [...row].map((one, x) => (one === '1' ? `M${x + 4} ${y + 4}h1v1h-1z` : '')));
        return drawing('svg', {
            class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': this.app.say('takeCode'),
            'shape-rendering': 'crispEdges',
        }, drawing('rect', { width: size, height: size, fill: '#fff' }), drawing('path', { d: dark.join(''), fill: '#000' }));
    }

    #list(title, rows) {
        const { say } = this.app;
        return element('section', { class: 'card' }, element('h2', {}, say(title)),
            element('dl', {}, rows.flatMap(([key, value]) => [element('dt', {}, say(key)), element('dd', {}, value)])));
    }
}
