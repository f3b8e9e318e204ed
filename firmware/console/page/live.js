/*
 * What happens now, as the server sends it (server-sent events): `entry`, `alarm`, `news`, `session`
 * ({ over }), and `state` ({ connected }) whenever the line to the server comes or goes. It connects
 * again by itself; after that `again` tells that something may have been missed. `refused` tells that
 * the server did not want to speak: whoever listens should find out why.
 *
 * A browser has six lines to a server, and each of these takes one for good. So the tabs of one session
 * share it: the one that has the session's lock listens and passes on what it hears, and when it goes,
 * the next one has the lock. Where a browser knows no locks, every tab listens for itself.
 */
const KINDS = ['news', 'entry', 'alarm', 'session'];
const AGAIN_MS = 3_000;

export class Live extends EventTarget {
    #source;
    #tabs; // the others: { kind, detail }, or { kind: 'who' } of one that has come
    #gone; // ends the wait for the lock, or what is done with it
    #known = false;
    #timer;
    connected = false;

    /* `session` is the word that only pages of this session know. */
    open(session) {
        this.close();
        if (navigator.locks === undefined || globalThis.BroadcastChannel === undefined) {
            this.#listen();
            return;
        }
        const name = `sealroom-live/${session}`;
        const gone = new AbortController();
        this.#gone = gone;
        this.#tabs = new BroadcastChannel(name);
        this.#tabs.onmessage = ({ data }) => this.#heard(data);
        this.#tabs.postMessage({ kind: 'who' });
        navigator.locks.request(name, { signal: gone.signal }, () => new Promise((done) => {
            gone.signal.addEventListener('abort', done);
            if (gone.signal.aborted) done();
            else this.#listen();
        })).catch(() => {}); // closed before it was its turn
    }

    close() {
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#tabs?.close();
        this.#gone?.abort();
        this.#source = this.#tabs = this.#gone = undefined;
        this.connected = this.#known = false;
    }

    /* -- the tab that listens -- */

    #listen() {
        this.#source = new EventSource('/api/live');
        this.#source.onopen = () => this.#pass('opened');
        this.#source.onerror = () => this.#broken();
        for (const kind of KINDS) {
            this.#source.addEventListener(kind, ({ data }) => this.#pass(kind, JSON.parse(data)));
        }
    }

    /* A browser tries again by itself unless it was refused. */
    #broken() {
        const refused = this.#source?.readyState === EventSource.CLOSED;
        if (refused) this.#timer = setTimeout(() => this.#listen(), AGAIN_MS);
        this.#pass('broken');
        if (refused) this.#pass('refused', {});
    }

    #pass(kind, detail) {
        this.#tabs?.postMessage({ kind, detail });
        this.#take(kind, detail);
    }

    /* -- every tab -- */

    #heard({ kind, detail }) {
        if (kind !== 'who') this.#take(kind, detail);
        else if (this.#source !== undefined && this.connected) this.#tabs.postMessage({ kind: 'still' });
    }

    #take(kind, detail) {
        const acts = {
            opened: () => this.#become(true, true),
            still: () => this.#become(true),
            broken: () => this.#become(false),
        };
        if (acts[kind] !== undefined) acts[kind]();
        else this.#tell(kind, detail);
    }

    /* `anew`: what was sent before may have been missed. */
    #become(connected, anew = false) {
        const again = connected && this.#known && (anew || !this.connected);
        if (this.connected !== connected) {
            this.connected = connected;
            this.#tell('state', { connected });
        }
        this.#known ||= connected;
        if (again) this.#tell('again', {});
    }

    #tell(kind, detail) {
        this.dispatchEvent(new CustomEvent(kind, { detail }));
    }
}
