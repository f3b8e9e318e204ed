/*
 * What happens now, as the server sends it (server-sent events): `entry`, `alarm`, `camera`, `news`,
 * and `state` ({ connected }) whenever the line to the server comes or goes. The browser connects
 * again by itself; after that `again` tells that something may have been missed.
 */
const KINDS = ['news', 'entry', 'alarm', 'camera', 'session'];

export class Live extends EventTarget {
    #source;
    connected = false;

    open() {
        this.close();
        this.#source = new EventSource('/api/live');
        this.#source.onopen = () => this.#become(true);
        this.#source.onerror = () => this.#become(false);
        for (const kind of KINDS) {
            this.#source.addEventListener(kind, ({ data }) => this.#tell(kind, JSON.parse(data)));
        }
    }

    close() {
        this.#source?.close();
        this.#source = undefined;
        this.#known = false;
    }

    #known = false;

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
