/*
 * Recorded video of a stretch of time, as the shared player wants it: which cameras, which pieces,
 * and what there is instead. Times come in milliseconds and go on in seconds.
 */
import { VerdictError } from '../api.js';
import { stretchesOf } from './derived.js';

/* What stands on the timeline for a part whose file is not what was sealed. */
const SPAN_OF = { altered: 'altered', missing: 'altered', expired: 'gone' };

/* What this browser cannot play, as the recorder's decoder makes it anew, in stretches. Its init part is
 * that of the first stretch from there on, for that is read next. */
function derivedPartOf(camera, { segment, state, record, fragments = [], codec }, from) {
    const stretches = stretchesOf(fragments).map(({ first, last, start, duration }) => ({
        segment, derived: { first, last }, start: start / 1000, duration: duration / 1000,
        record: { camera, record, state },
    }));
    const next = stretches.find(({ start, duration }) => (start + duration) * 1000 > from) ?? stretches[0];
    return { clip: { codec }, init: { segment, derived: next?.derived, init: true }, fragments: stretches };
}

function partOf(camera, part) {
    const { segment, state, record, fragments = [], codec } = part;
    const clip = { codec };
    return {
        clip, init: { segment, piece: 0 },
        fragments: fragments.map(({ piece, start, duration }) => ({
            segment, piece, start: start / 1000, duration: duration / 1000, record: { camera, record, state },
        })),
    };
}

/* A part that differs in its init piece or its codec needs a decoder of its own: each is a clip.
 * `foreign(codec)`: is it to be made anew? */
export async function footageOf(api, cameras, from, to, reasonScope, foreign = () => false) {
    const scope = reasonScope ?? { what: 'video', from, to, cameras: cameras.map(({ id }) => id).join(' ') };
    const found = [];
    const spans = {};
    for (const { id, name } of cameras) {
        const { parts } = await api.look(`/api/video/${encodeURIComponent(id)}`, { from, to }, scope);
        const shown = parts.filter(({ state }) => state === 'sealed' || state === 'open' || state === 'altered'
            || state === 'unreadable');
        found.push({
            id, name, parts, derived: shown.some(({ codec }) => foreign(codec)),
            clips: shown.map((part) => ({
                codec: part.codec,
                parts: [foreign(part.codec) ? derivedPartOf(id, part, from) : partOf(id, part)],
            })),
        });
        spans[id] = parts.flatMap((part) => spansOf(part));
    }
    return { from, to, cameras: found, spans };
}

function spansOf({ state, from, to, fragments = [], cause, detail }) {
    const [begin, end] = fragments.length > 0
        ? [fragments[0].start, fragments.at(-1).start + fragments.at(-1).duration] : [from, to];
    if (begin === undefined) return [];
    return [{
        kind: SPAN_OF[state] ?? (state === 'gap' ? 'gap' : 'video'), from: begin / 1000, to: end / 1000,
        cause, text: detail,
    }];
}

/* For the player: bytes, or a rejection that makes a hole; `lost` is told what could not be shown. */
export const reader = (api, lost = () => {}, derived = undefined) => async (piece) => {
    try {
        return await (piece.derived === undefined ? api.piece(piece.segment, piece.piece) : derived.read(piece));
    } catch (error) {
        if (error instanceof VerdictError) lost(piece, error.verdict);
        throw error;
    }
};
