/* Who looks, and when: over every picture, and on every snapshot. */
import { full } from './times.js';

export const watermarkText = ({ account, name }, now = Date.now()) => (
    `${name === '' ? account : `${name} (${account})`} ${full(now)}`);

/* Across a canvas, readable on light and dark, and not to be cut off at an edge. */
export function stamp(canvas, text) {
    const context = canvas.getContext('2d');
    const size = Math.max(14, Math.round(canvas.height / 30));
    context.save();
    context.font = `600 ${size}px sans-serif`;
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
