/*
 * Is somebody at this screen? Fires `here` while somebody is, now and then, for the keeper's ear, which
 * judges by what it hears and by nothing else (who sits at one tab is here for all); `warn` ({ left_s }, undefined when somebody came back)
 * in the last half minute, and `over` when the time is up.
 */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];
const WARNING_S = 30;
const HERE_MS = 30_000; // or a quarter of the time that may pass
const TABS_MS = 1_000;

export class Idle extends EventTarget {
    #limit = 0;
    #since = 0;
    #told = 0;
    #passed = 0;
    #tabs = new BroadcastChannel('sealroom-here');
    #timer;
    #warned = false;

    constructor() {
        super();
        for (const sign of SIGNS) {
            window.addEventListener(sign, () => this.#seen(), { passive: true, capture: true });
        }
        this.#tabs.onmessage = () => this.#isHere();
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
        this.#isHere();
        if (this.#timer === undefined) return;
        if (this.#since - this.#told > Math.min(HERE_MS, this.#limit * 250)) {
            this.#told = this.#since;
            this.dispatchEvent(new CustomEvent('here'));
        }
        if (this.#since - this.#passed > TABS_MS) {
            this.#passed = this.#since;
            this.#tabs.postMessage(null);
        }
    }

    #isHere() {
        this.#since = performance.now();
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
