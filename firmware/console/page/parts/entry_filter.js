/*
 * Which entries are asked for: of the fields above the list the server's question, and of an entry
 * that comes meanwhile whether it belongs into the list.
 */
import { dayEnd, dayStart } from './times.js';

export const KINDS = {
    all: {}, alarm: { alarm: 'yes' }, open: { reviewed: 'no' }, reviewed: { reviewed: 'yes' },
};

/* fields: { door, kind, find, day }, as they stand there; undefined members ask for nothing. */
export function queryOf({ door = '', kind = 'all', find = '', day = '' }) {
    const from = day === '' ? undefined : dayStart(day);
    return {
        door: door === '' ? undefined : door, person: find.trim() === '' ? undefined : find.trim(),
        ...KINDS[kind], from, to: from === undefined ? undefined : dayEnd(from),
    };
}

const MASK = '******'; // as base/card.h has it, before the end of a card's number

/* Of a masked number its end is known: whoever looks for one knows that, or all of it. */
function cardFits(card, wanted) {
    if (!card.startsWith(MASK)) return card.includes(wanted);
    const end = card.slice(MASK.length);
    return end !== '' && (end.includes(wanted) || wanted.endsWith(end));
}

/* As the server matches: capitals of ASCII count as small letters. */
const plain = (text = '') => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const isOf = ({ person, department, credential }, wanted) => plain(person).includes(wanted)
    || plain(department).includes(wanted) || cardFits(plain(credential), wanted);

export function fits(entry, { door, person, alarm, reviewed, from, to }) {
    return (door === undefined || entry.door === door)
        && (person === undefined || isOf(entry, plain(person)))
        && (alarm === undefined || entry.alarm)
        && (reviewed === undefined || (reviewed === 'yes') === (entry.reviewed !== undefined))
        && (from === undefined || (entry.at >= from && entry.at < to));
}
