/* All cameras now. A click makes one large, another puts all side by side again. */
import { element } from '../../../../recorder/evidence/page/player/dom.js';
import { LivePicture } from '../parts/live_picture.js';

export class LivePage {
    #alone;

    constructor(app) {
        this.pictures = app.session.cameras.map((camera) => new LivePicture(app, camera));
        this.stage = element('div', { class: 'stage stage-live' }, this.pictures.map(({ node }) => node));
        this.node = element('section', { class: 'player' }, this.stage);
        for (const { node } of this.pictures) {
            node.tabIndex = 0;
            node.addEventListener('click', () => this.#enlarge(node));
            node.addEventListener('keydown', ({ key }) => key === 'Enter' && this.#enlarge(node));
        }
        this.#arrange();
    }

    open() {}

    close() {
        for (const picture of this.pictures) picture.close();
    }

    #enlarge(node) {
        this.#alone = this.#alone === node ? undefined : node;
        this.#arrange();
    }

    #arrange() {
        for (const { node } of this.pictures) node.hidden = this.#alone !== undefined && this.#alone !== node;
        this.stage.dataset.count = this.#alone === undefined ? this.pictures.length : 1;
    }
}
