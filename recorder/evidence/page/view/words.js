/* Words of records and findings in the language of the page, and what findings are about. */
import words from 'recorder-words';

export function wordsIn(language) {
    const index = language === 'zh' ? 1 : 0;
    const word = (list, name) => {
        const text = Object.hasOwn(list, name) ? list[name][index] : String(name ?? '');
        return text.charAt(0).toUpperCase() + text.slice(1);
    };
    return {
        event: (name) => word(words.door_events, name),
        denied: (name) => word(words.deny_reasons, name),
        cause: (name) => (Object.hasOwn(words.gap_causes, name) ? words.gap_causes[name][index] : name),
        kind: (name) => word(words.record_kinds, name),
        camera: (name) => word(words.camera_notes, name),
        health: (name) => word(words.health_events, name),
        fault: (name) => word(words.faults, name),
    };
}
