/* The verdict in one sentence: what it is, what it was held against, what to do next. */
import { element, icon } from '../player/dom.js';
import { zonedText } from '../player/times.js';
import { bytesText, countText, grouped } from './format.js';

const SIGNS = { authentic: 'check', incomplete: 'part', altered: 'cross', cannot_tell: 'question' };

/* What was brought and did not fit, or could not be compared, is not told as nothing. */
function trustText({ against, device }, say) {
    if (against.trust !== 'none' || !against.given) return say(`against_${against.trust}`);
    return say(device === null ? 'against_unread' : 'against_other');
}

function againstText(report, say, language) {
    const { against } = report;
    const trust = trustText(report, say);
    return against.since === null ? say('against_no_since', { trust })
        : say('against_since', { trust, n: countText(against.since.size, language) });
}

/* Found by the recorder itself, in its own storage: no other package of the same time is better. */
const FOUND_AT_HOME = ['as found when it was to be copied', 'altered before it was sealed'];

function adviceOf({ findings }, say) {
    const altered = findings.filter((finding) => finding.class === 'altered');
    const atHome = altered.filter(({ detail }) => FOUND_AT_HOME.includes(detail)).length;
    if (atHome === 0) return say('adviceAgain');
    return say(atHome === altered.length ? 'adviceHome' : 'adviceBoth');
}

export function sentenceOf(report, say, language) {
    const against = againstText(report, say, language);
    const weigh = { incomplete: 'incomplete', altered: 'altered', cannot_tell: 'cannot_tell' }[report.verdict];
    const number = report.findings.filter((finding) => finding.class === weigh).length + report.notListed;
    const n = countText(number, language);
    const counted = (key) => say(number === 1 ? key : `${key}s`, { n });
    switch (report.verdict) {
    case 'authentic': return say('authenticSentence', { against });
    case 'incomplete': return say('incompleteSentence', { against, count: counted('incompleteCount') });
    case 'altered': return say('alteredSentence', {
        against, count: counted('alteredCount'), advice: adviceOf(report, say),
    });
    default: return report.against.trust === 'none' ? say('untrustedSentence', { against })
        : say('untellableSentence', { against, count: counted('untellableCount') });
    }
}

export function verdictCard(report, { file, at, say, language }) {
    const { records, heads, clips, bytes } = report.counts;
    const checked = [say('checked', {
        records: countText(records, language), clips: countText(clips, language),
        bytes: bytesText(Number(bytes)), at: zonedText(at),
    })];
    if (Number(heads) > 0) checked.push(say('heads', { n: countText(heads, language) }));
    return element('section', {
        class: `verdict verdict-${report.verdict}`, id: 'verdict', tabindex: -1, role: 'status',
        'data-verdict': report.verdict,
    }, element('div', { class: 'verdict-sign' }, icon(SIGNS[report.verdict])),
    element('div', { class: 'verdict-words' },
        element('p', { class: 'verdict-word' }, say(report.verdict)),
        element('p', { class: 'verdict-sentence' }, sentenceOf(report, say, language)),
        element('p', { class: 'verdict-checked' }, element('b', {}, file.name),
            ` · ${checked.join(language === 'zh' ? '；' : '; ')}`),
        report.digest ? element('p', { class: 'verdict-checked' }, `${say('digest')} `,
            element('code', { class: 'digest' }, grouped(report.digest))) : null));
}

