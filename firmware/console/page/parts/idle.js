/*
 * Is somebody at this screen? Fires `here` while somebody is, now and then, for the keeper's ear, which
 * judges by what it hears and by nothing else; `warn` ({ left_s }, undefined when somebody came back)
 * in the last half minute, and `over` when the time is up.
 */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];
const WARNING_S = 30;
const HERE_MS = 30_000; // or a quarter of the time that may pass

export class Idle extends EventTarget {
    #limit = 0;
    #since = 0;
    #told = 0;
    #timer;
    #warned = false;

    constructor() {
        super();
        for (const sign of SIGNS) {
            window.addEventListener(sign, () => this.#seen(), { passive: true, capture: true });
        }
    }

    start(limit_s) {
        this.stop();
        this.#limit = limit_s;
        this.#since = this.#told = performance.now();
        this.#timer = setInterval(() => this.#look(), 1000);
    }

    stop() {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#warned = false;
    }

    #seen() {
        this.#since = performance.now();
        if (this.#timer === undefined) return;
        if (this.#since - this.#told > Math.min(HERE_MS, this.#limit * 250)) {
            this.#told = this.#since;
            this.dispatchEvent(new CustomEvent('here'));
        }
        if (this.#warned) this.#look();
    }

    #look() {
        const left_s = Math.ceil(this.#limit - (performance.now() - this.#since) / 1000);
        if (left_s <= 0) {
            this.stop();
            this.dispatchEvent(new CustomEvent('over'));
        } else if (left_s <= WARNING_S) {
            this.#warned = true;
            this.dispatchEvent(new CustomEvent('warn', { detail: { left_s } }));
        } else if (this.#warned) {
            this.#warned = false;
            this.dispatchEvent(new CustomEvent('warn', { detail: {} }));
        }
    }
}
