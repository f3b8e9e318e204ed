/*
 * What pages share that show one answer of the server, and ask for it again whenever an alarm begins
 * or ends and when the line to the server is back: `ask()` gives the answer, `draw(answer)` shows it in
 * `node`. They begin by load(), when they are whole.
 */
import { element } from '../../../../recorder/evidence/page/player/dom.js';

const REASONS = ['alarm', 'again'];

export class Listed {
    #again = () => this.load();

    constructor(app) {
        this.app = app;
        this.node = element('div', { class: 'column' });
        for (const reason of REASONS) app.live.addEventListener(reason, this.#again);
    }

    open() {}

    close() {
        for (const reason of REASONS) this.app.live.removeEventListener(reason, this.#again);
    }

    async load() {
        try {
            this.draw(await this.ask());
        } catch (error) {
            this.node.replaceChildren(element('p', { class: 'card error' },
                error.message || this.app.say('unreachable')));
        }
    }
}
