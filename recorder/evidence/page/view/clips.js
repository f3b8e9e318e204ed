/* The clips of the package, and what in it is only for people. */
import { element, icon, saveAs } from '../player/dom.js';
import { clockText, fullText } from '../player/times.js';
import { bytesText } from './format.js';
import { seconds } from './model.js';

const CODECS = { h264: 'H.264', h265: 'H.265', hevc: 'H.265' };

export function saveClip(file, clip) {
    saveAs(file.slice(clip.offset, clip.offset + clip.size, 'video/mp4'), clip.name.split('/').at(-1));
}

function clipRow(clip, { file, model, say, seek }) {
    const camera = model.cameras.find(({ id }) => id === clip.camera);
    const from = clip.fromUtcNs === null ? null : seconds(clip.fromUtcNs); // null: nothing in it is proved
    return element('tr', {},
        element('td', {}, element('span', { class: `clip-state clip-${clip.verified ? 'good' : 'bad'}` },
            icon(clip.verified ? 'check' : 'cross'), say(clip.verified ? 'clipGood' : 'clipBad'))),
        element('td', {}, element('code', {}, clip.name)),
        element('td', {}, camera?.name ?? clip.camera),
        element('td', {}, from === null ? '' : `${fullText(from)} – ${clockText(seconds(clip.toUtcNs))}`),
        element('td', {}, CODECS[clip.codec] ?? clip.codec),
        element('td', { class: 'number' }, bytesText(clip.size)),
        element('td', { class: 'clip-buttons' },
            element('button', {
                type: 'button', class: 'plain', onclick: () => seek?.(Math.max(model.from, from), [clip.camera]),
            }, icon('play'), say('play')),
            element('button', { type: 'button', class: 'plain', onclick: () => saveClip(file, clip) },
                icon('save'), say('clipSaved'))));
}

export function clipsCard(report, context) {
    const { say } = context;
    const clips = report.clips.map((clip) => clipRow(clip, context));
    return element('section', { class: 'card clips' }, element('h2', {}, say('clips')),
        clips.length === 0 ? element('p', {}, say('videoNone'))
            : element('div', { class: 'table-box' }, element('table', {}, element('tbody', {}, clips))));
}

export function unprovedCard({ say }) {
    return element('section', { class: 'card unproved' }, element('h2', {}, say('unproved')),
        element('p', {}, say('unprovedWords')));
}
