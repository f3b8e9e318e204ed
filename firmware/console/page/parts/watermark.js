/* Who looks, and when: over every picture, and across every one that is saved. */
import { saveAs } from '../../../../recorder/evidence/page/player/dom.js';
import { zonedText } from '../../../../recorder/evidence/page/player/times.js';
import { full } from './times.js';

export const watermarkText = ({ account, name }, now = Date.now()) => (
    `${name === '' ? account : `${name} (${account})`} ${full(now)}`);

/* Across a canvas, readable on light and dark, and not to be cut off at an edge. */
function stamp(context, size, text) {
    const { canvas } = context;
    context.save();
    context.rotate(-Math.PI / 12);
    const step = context.measureText(text).width + size * 5;
    for (let y = 0; y < canvas.height * 1.4; y += size * 7) {
        for (let x = -canvas.height * 0.4; x < canvas.width * 1.2; x += step) {
            context.fillStyle = 'rgb(0 0 0 / 30%)';
            context.fillText(text, x + 1, y + 1);
            context.fillStyle = 'rgb(255 255 255 / 38%)';
            context.fillText(text, x, y);
        }
    }
    context.restore();
}

/* What it is of, along its lower edge. */
function caption(context, size, text) {
    const { width, height } = context.canvas;
    context.fillStyle = 'rgb(0 0 0 / 70%)';
    context.fillRect(0, height - size * 1.8, width, size * 1.8);
    context.fillStyle = '#fff';
    context.fillText(text, size * 0.6, height - size * 0.6);
}

/* What the player's `savePicture` wants: a picture to show to somebody, never evidence. */
export const savePicture = (session, say) => (canvas, { id, name, derived }, at) => {
    const context = canvas.getContext('2d');
    const size = Math.max(14, Math.round(canvas.height / 30));
    context.font = `600 ${size}px sans-serif`;
    stamp(context, size, watermarkText(session));
    caption(context, size, [name, zonedText(at, 2), derived ? say('derivedNote') : ''].filter(Boolean).join(' · '));
    canvas.toBlob((blob) => saveAs(blob, `${id} ${full(at * 1000).replaceAll(':', '-')}.jpg`), 'image/jpeg', 0.92);
};
