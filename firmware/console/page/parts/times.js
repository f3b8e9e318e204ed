/* Times between people's fields (local) and the server's milliseconds. */
import { clockText, dayText, fullText } from '../../../../recorder/evidence/page/player/times.js';

export const DAY_MS = 86_400_000;

export const clock = (ms, digits = 0) => clockText(ms / 1000, digits);
export const full = (ms, digits = 0) => fullText(ms / 1000, digits);
export const day = (ms) => dayText(ms / 1000);

/* "2026-11-22" → the local day's first moment; NaN if that is none. */
export const dayStart = (text) => new Date(`${text}T00:00:00`).getTime();
/* The day after may be 23 or 25 hours later. */
export function dayEnd(start) {
    const date = new Date(start);
    return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}

/* For <input type=datetime-local step=1> */
export const fieldOf = (ms) => `${day(ms)}T${clock(ms)}`;
export const momentOf = (field) => new Date(field).getTime();
