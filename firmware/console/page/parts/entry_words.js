/* An entry in words: who, what, whether all is well. */
export function whatOf(entry, { say, words }) {
    if (entry.event === undefined) return say(entry.state === 'altered' ? 'contentAltered' : 'contentExpired');
    return words.event(entry.event);
}

export function remarksOf(entry, { say, words }) {
    const remarks = [];
    if (entry.verdict === 'denied' && entry.reason) remarks.push(words.denied(entry.reason));
    // of a door that opens or is forced nobody knows which way
    if (entry.credential && (entry.direction === 'in' || entry.direction === 'out')) remarks.push(say(entry.direction));
    if (entry.conclusion) remarks.push(say('conclusion'));
    return remarks;
}
