/* What was found, the heaviest first: what it is, which record, file and bytes, whose, and when. */
import { element, icon } from '../player/dom.js';
import { clockText, dayText, fullText } from '../player/times.js';
import { detailIn } from './details.js';
import { countText } from './format.js';
import { seconds } from './model.js';

const ORDER = ['altered', 'cannot_tell', 'incomplete', 'note'];
const SIGNS = { altered: 'cross', cannot_tell: 'question', incomplete: 'part', note: 'check' };

function subjectText({ subject }, { names }) {
    if (subject === undefined || subject === '') return undefined;
    const [kind, id] = subject.split('/');
    const name = kind === 'camera' ? names.cameras.get(id) : undefined;
    return name === undefined || name === id ? subject : `${name} (${subject})`;
}

function timeText({ fromUtcNs, toUtcNs }) {
    const [from, to] = [fromUtcNs, toUtcNs].map((ns) => (ns === undefined ? undefined : seconds(ns)));
    if (from === undefined) return to === undefined ? undefined : `… – ${fullText(to)}`;
    if (to === undefined || to === from) return fullText(from);
    return `${fullText(from)} – ${dayText(from) === dayText(to) ? clockText(to) : fullText(to)}`;
}

function placeOf(finding, model, say, language) {
    const { record, recordLast, member, byteFrom, byteTo } = finding;
    const places = [];
    if (record !== undefined) {
        const last = recordLast ?? record;
        places.push(last === record ? say('record', { n: String(record) })
            : say('records', { first: String(record), last: String(last) }));
    }
    if (member) places.push(element('code', {}, member));
    if (byteFrom !== undefined && byteTo !== undefined) {
        places.push(say('bytes', {
            from: countText(byteFrom, language),
            to: countText(Math.max(Number(byteFrom), Number(byteTo) - 1), language),
        }));
    }
    return [...places, subjectText(finding, model), timeText(finding)]
        .filter((place) => place !== undefined).flatMap((place) => [' · ', place]).slice(1);
}

function row(finding, { model, say, language, words, seek }) {
    const cause = finding.cause ? words.cause(finding.cause) : detailIn(language, finding.detail);
    const seekable = seek !== undefined && finding.fromUtcNs !== undefined
        && seconds(finding.fromUtcNs) >= model.from - 60 && seconds(finding.fromUtcNs) < model.to;
    return element('li', { class: `finding finding-${finding.class}` },
        element('span', { class: 'finding-class' }, icon(SIGNS[finding.class]), say(`class_${finding.class}`)),
        element('div', { class: 'finding-words' },
            element('p', {}, words.fault(finding.fault),
                cause ? (language === 'zh' ? `（${cause}）` : ` (${cause})`) : ''),
            element('p', { class: 'finding-place' }, placeOf(finding, model, say, language))),
        seekable ? element('button', {
            type: 'button', class: 'plain', onclick: () => seek(seconds(finding.fromUtcNs), finding.subject),
        }, say('go')) : null);
}

/* undefined: there is nothing to show. */
export function findingsCard(report, context) {
    const { say, language } = context;
    if (report.findings.length === 0) return undefined;
    const sorted = ORDER.flatMap((weight) => report.findings.filter((one) => one.class === weight));
    const left = report.notListed > 0
        ? element('p', {}, say('notListed', { n: countText(report.notListed, language) })) : null;
    return element('section', { class: 'card findings', id: 'findings' },
        element('h2', {}, say('findings')),
        element('ul', {}, sorted.slice(0, 1000).map((finding) => row(finding, context))), left);
}
