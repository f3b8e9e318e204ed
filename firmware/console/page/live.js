/*
 * What happens now, as the server sends it (server-sent events): `entry`, `alarm`, `news`, `session`
 * ({ over }), and `state` ({ connected }) whenever the line to the server comes or goes. It connects
 * again by itself; after that `again` tells that something may have been missed. `refused` tells that
 * the server did not want to speak: whoever listens should find out why.
 */
const KINDS = ['news', 'entry', 'alarm', 'session'];
const AGAIN_MS = 3_000;

export class Live extends EventTarget {
    #source;
    connected = false;

    open() {
        this.close();
        this.#source = new EventSource('/api/live');
        this.#source.onopen = () => this.#become(true);
        this.#source.onerror = () => this.#broken();
        for (const kind of KINDS) {
            this.#source.addEventListener(kind, ({ data }) => this.#tell(kind, JSON.parse(data)));
        }
    }

    close() {
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#source = undefined;
        this.#known = false;
    }

    #known = false;
    #timer;

    /* A browser tries again by itself unless it was refused. */
    #broken() {
        const known = this.#known;
        this.#become(false);
        if (this.#source?.readyState !== EventSource.CLOSED) return;
        this.#timer = setTimeout(() => {
            this.open();
            this.#known = known;
        }, AGAIN_MS);
        this.#tell('refused', {});
    }

    #become(connected) {
        const again = connected && this.#known;
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
