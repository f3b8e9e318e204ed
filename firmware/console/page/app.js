/*
 * The console in a browser: who is here, which page, and what every page needs. A page is a class
 * with `open(parts)` (what stands behind its name in the address), `close()`, `setLanguage()` is a
 * new one in its place. The address is #/PAGE/PARTS, so that "back" works and a screen survives F5.
 */
import { element, icon } from '../../../recorder/evidence/page/player/dom.js';
import { wordsIn } from '../../../recorder/evidence/page/view/words.js';
import { AccountsPage } from './pages/accounts.js';
import { AlarmsPage } from './pages/alarms.js';
import { EntriesPage } from './pages/entries.js';
import { EvidencePage } from './pages/evidence.js';
import { LivePage } from './pages/live.js';
import { RegisterPage } from './pages/register.js';
import { ReportPage } from './pages/report.js';
import { StatePage } from './pages/state.js';
import { TimelinePage } from './pages/timeline.js';
import { Api } from './api.js';
import { Live } from './live.js';
import { ask } from './parts/dialog.js';
import { showGuide } from './parts/guide.js';
import { firstPage, logInPage, passwordPage } from './parts/gate.js';
import { Idle } from './parts/idle.js';
import { full } from './parts/times.js';
import { languageOf, sayer } from './say.js';

/* In the order of the head; `act` is what one must be allowed to see it. */
const PAGES = [
    { name: 'entries', act: 'see_entries', page: EntriesPage },
    { name: 'timeline', act: 'watch', page: TimelinePage },
    { name: 'live', act: 'watch_live', page: LivePage },
    { name: 'alarms', act: 'see_state', page: AlarmsPage },
    { name: 'evidence', act: 'see_register', page: EvidencePage },
    { name: 'register', act: 'see_register', page: RegisterPage },
    { name: 'report', act: 'see_report', page: ReportPage },
    { name: 'state', act: 'see_state', page: StatePage },
    { name: 'accounts', act: 'see_accounts', page: AccountsPage },
];

export class App {
    #session;
    #page;
    #name;
    #alarms = 0;
    #notice = '';
    #reason = '';
    #passwordLength; // at least, as the server said

    constructor(root) {
        this.api = new Api();
        this.live = new Live();
        this.idle = new Idle();
        this.head = element('header', { class: 'top' });
        this.line = element('p', { class: 'line', role: 'status', hidden: true });
        this.main = element('main', { id: 'main' });
        root.replaceChildren(this.head, this.line, this.main);
        this.#listen();
        this.setLanguage(languageOf(navigator, localStorage.getItem('language')));
        this.start();
    }

    /* For tests and for those who look into the page. */
    get session() { return this.#session; }

    get page() { return this.#page; }

    async start() {
        try {
            this.#begin(await this.api.get('/api/session'));
        } catch (error) {
            this.#passwordLength = error.said?.password_length;
            if (error.status === 401) this.#gate(error.said.first === true ? firstPage : logInPage);
            else this.#unreachable();
        }
    }

    setLanguage(language) {
        this.language = this.api.language = language;
        localStorage.setItem('language', language);
        this.say = sayer(language);
        this.words = wordsIn(language);
        document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
        this.#draw();
    }

    #listen() {
        window.addEventListener('hashchange', () => this.#route());
        this.api.addEventListener('lost', () => {
            if (this.#session !== undefined) this.#leave(this.say('sessionOver'));
        });
        this.api.askReason = (scope) => this.#askReason(scope);
        // A page that a browser keeps for "back" would keep one of its six lines to the server, too.
        window.addEventListener('pagehide', () => this.live.close());
        window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
        this.live.addEventListener('state', ({ detail }) => {
            this.line.hidden = detail.connected || this.#session === undefined;
            this.line.textContent = this.say('offline');
        });
        for (const sign of ['alarm', 'again', 'refused']) {
            this.live.addEventListener(sign, () => this.#countAlarms());
        }
        this.live.addEventListener('session', ({ detail }) => {
            if (detail.over && this.#session !== undefined) this.#leave(this.say('sessionOver'));
        });
        this.idle.addEventListener('here', () => this.api.post('/api/here').catch(() => {}));
        this.idle.addEventListener('warn', ({ detail }) => this.#warn(detail.left_s));
        this.idle.addEventListener('over', () => this.#logOut());
    }

    /* -- who is here -- */

    #begin(session) {
        this.#session = session;
        this.api.token = session.token;
        this.#passwordLength = session.password_length;
        this.#notice = '';
        if (session.must_change) {
            this.#gate(passwordPage, this.say('mustChange'));
            return;
        }
        this.idle.start(session.idle_s);
        this.live.open(session.token);
        this.#countAlarms();
        this.#draw();
    }

    #gate(page, words) {
        this.#close();
        this.gate = { page, words };
        this.#draw();
    }

    #passed(session) {
        if (this.gate.page === firstPage) this.#notice = this.say('firstMade');
        this.gate = undefined;
        if (session.account !== undefined) this.#begin(session);
        else this.start();
    }

    #leave(notice) {
        this.#session = undefined;
        this.api.token = this.#reason = '';
        this.live.close();
        this.idle.stop();
        this.line.hidden = true;
        this.#notice = notice;
        this.#gate(logInPage);
    }

    async #logOut() {
        await this.api.post('/api/logout').catch(() => {});
        if (this.#session !== undefined) this.#leave(this.say('sessionOver'));
    }

    #warn(left_s) {
        this.line.hidden = left_s === undefined;
        this.line.replaceChildren(this.say('sessionIdle', { n: left_s }), ' ',
            element('button', { type: 'button', class: 'plain' }, this.say('stay')));
    }

    #unreachable() {
        this.main.replaceChildren(element('p', { class: 'card error' }, icon('part'), this.say('unreachable')));
        setTimeout(() => this.start(), 3000);
    }

    #askReason(scope) {
        const { recent_minutes: n } = this.#session;
        return ask(this.say, {
            title: this.say('reasonTitle'), words: scope.what === 'register' ? this.say('reasonNewest') : this.say('reasonWords', { n }),
            action: this.say('lookUp'),
            fields: [{ name: 'reason', label: this.say('reason'), kind: 'long', value: this.#reason }],
            act: ({ reason }) => {
                this.#reason = reason; // what one looks up next is often for the same
                return this.api.post('/api/lookup', { ...scope, reason });
            },
        });
    }

    may(act) {
        return this.#session?.acts.includes(act) ?? false;
    }

    /* -- which page -- */

    get #pages() {
        return PAGES.filter(({ act }) => this.may(act));
    }

    #route() {
        if (this.#session === undefined || this.gate !== undefined) return;
        const [, name, ...parts] = decodeURI(location.hash).split('/');
        const found = this.#pages.find((page) => page.name === name) ?? this.#pages[0];
        if (this.#name !== found.name) {
            this.#close();
            this.#name = found.name;
            this.#page = new found.page(this);
            this.main.replaceChildren(this.#page.node);
            this.main.dataset.page = found.name;
        }
        document.title = `${this.say(`page_${found.name}`)} · sealroom`;
        this.#page.open(parts);
        this.#buildHead();
    }

    #close() {
        this.#page?.close();
        this.#page = this.#name = undefined;
    }

    go(...parts) {
        location.hash = `#/${parts.map(encodeURIComponent).join('/')}`;
    }

    async #countAlarms() {
        const found = await this.api.get('/api/alarms', { open: 'yes' }).catch(() => undefined);
        if (found === undefined || this.#session === undefined) return;
        this.#alarms = found.alarms.length;
        this.#buildHead();
    }

    /* -- showing -- */

    #draw() {
        this.#buildHead();
        if (this.gate !== undefined) {
            const { page, words } = this.gate;
            this.main.dataset.page = 'gate';
            this.main.replaceChildren(page({
                api: this.api, say: this.say, words, notice: this.#notice, length: this.#passwordLength,
            }, (session) => this.#passed(session)));
            // at once: later it would take the focus from where somebody types already
            this.main.querySelector('input').focus();
            return;
        }
        this.#close();
        this.#route();
    }

    #buildHead() {
        const here = this.#session !== undefined && this.gate === undefined;
        this.head.replaceChildren(...[element('span', { class: 'brand' }, 'sealroom'),
            element('span', { class: 'top-title' }, here ? this.#session.site : ''),
            here ? this.#navigation() : null, here ? this.#who() : null,
            element('button', { type: 'button', class: 'plain', id: 'help', onclick: () => showGuide(this) }, this.say('help')),
            element('button', {
                type: 'button', class: 'plain', id: 'language', 'aria-label': this.say('switchLabel'),
                lang: this.language === 'zh' ? 'en' : 'zh-CN',
                onclick: () => this.setLanguage(this.language === 'zh' ? 'en' : 'zh'),
            }, this.say('switchLanguage'))].filter(Boolean));
    }

    #navigation() {
        return element('nav', { 'aria-label': this.say('menu') }, this.#pages.map(({ name }) => element('a', {
            href: `#/${name}`, 'aria-current': name === this.#name ? 'page' : null,
        }, this.say(`page_${name}`), name === 'alarms' && this.#alarms > 0
            ? element('b', { class: 'badge' }, this.#alarms) : null)));
    }

    #who() {
        const { account, name, role, last_login: last } = this.#session;
        const box = element('details', { class: 'who' },
            element('summary', {}, element('bdi', {}, name || account), ' · ', this.say(`role_${role}`)),
            element('div', { class: 'who-box card' },
                last?.at ? element('p', { class: 'hint' }, this.say('lastLogin', {
                    at: full(last.at), address: last.address,
                }), last.failures > 0 ? `; ${this.say('lastFailures', { n: last.failures })}` : '') : null,
                element('button', {
                    type: 'button', class: 'plain', onclick: () => this.#gate(passwordPage),
                }, this.say('changePassword')),
                element('button', { type: 'button', class: 'plain', id: 'log-out', onclick: () => this.#logOut() },
                    this.say('logOut'))));
        return box;
    }
}
