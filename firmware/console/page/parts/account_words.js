/* What an account is like, and what may be done with it: as the keeper decides it. */
import { full } from './times.js';

/* Of the account itself; what needs no decision of a state comes first. */
const CHANGES = {
    active: ['person', 'role', 'password', 'disable', 'close'],
    locked: ['unlock', 'person', 'role', 'password', 'disable', 'close'],
    disabled: ['enable', 'person', 'role', 'password', 'close'],
    closed: [],
};
/* What was written by somebody else can only be set anew, or ended. */
const MENDING = ['password', 'close'];

/* By the names that the server has for them. Nobody changes his own account. */
export function changesOf({ account, state, altered }, own) {
    if (account === own || state === 'closed') return [];
    return altered ? MENDING : CHANGES[state] ?? [];
}

/* [how it is, what one should know of it besides, or '']. */
export function stateWords(say, { state, altered, must_change: mustChange, locked_until: locked,
    password_until: until }, now = Date.now()) {
    if (altered && state !== 'closed') return [say('accountAltered'), say('accountAlteredDo')];
    if (state === 'locked') {
        return [locked > 0 ? say('accountLockedUntil', { at: full(locked) }) : say('accountLocked'), ''];
    }
    const words = say(`account_${state}`);
    if (state !== 'active') return [words, ''];
    if (mustChange) return [words, say('accountMustChange')];
    return [words, until <= now ? say('accountExpired') : ''];
}

/* What needs somebody first, those that are closed last, else by their names. */
export function inOrder(accounts) {
    const rank = ({ state, altered }) => (state === 'closed' ? 2 : altered ? 0 : 1);
    return [...accounts].sort((one, other) => rank(one) - rank(other)
        || (one.account < other.account ? -1 : 1));
}
