/* Who asked, why, for what, what was delivered, and which recorder says so. */
import { element } from '../player/dom.js';
import { clockText, dayText, fullText, zonedText } from '../player/times.js';
import { countText, grouped, percentText } from './format.js';
import { seconds } from './model.js';

const span = (from, to) => `${fullText(from)} – ${dayText(from) === dayText(to) ? clockText(to) : zonedText(to)}`;

function term(name, ...value) {
    return [element('dt', {}, name), element('dd', {}, ...value)];
}

function requestTerms(report, { model, say }) {
    const { request } = report;
    if (!request) return [];
    const doors = (request.doors ?? '').split(' ').filter(Boolean).map((id) => model.names.doors.get(id) ?? id);
    return [
        ...term(say('purpose'), element('b', {}, element('bdi', {}, request.purpose || '—'))),
        ...term(say('caseNumber'), element('b', {}, element('bdi', {}, request.case || '—'))),
        ...term(say('askedBy'), ...request.account ? [element('bdi', {}, request.person || request.account), ' '] : [],
            say(request.account ? 'askedByAccount' : 'askedByUid', {
                uid: String(request.uid), account: request.account, record: String(request.record),
                at: zonedText(seconds(request.atUtcNs)),
            })),
        ...request.second ? term(say('secondPerson'), element('bdi', {}, request.second)) : [],
        ...request.medium ? term(say('medium'), element('bdi', {}, request.medium)) : [],
        ...term(say('asked'), `${span(model.from, model.to)} UTC${zonedText(model.to).split('UTC')[1]}`),
        ...doors.length > 0 ? term(say('doors'), ...doors.flatMap((name, i) => [i > 0 ? ', ' : '', element('bdi', {}, name)])) : [],
    ];
}

function deliveredRow({ name, spans, covered }, { model, say }) {
    const video = spans.filter(({ kind }) => kind === 'video');
    const share = covered / (model.to - model.from);
    const missing = model.to - model.from - covered;
    return element('tr', {}, element('th', { scope: 'row' }, name),
        element('td', {}, video.length === 0 ? say('noVideo') : span(video[0].from, video.at(-1).to)),
        element('td', { class: 'number' }, say('coverage', { percent: percentText(missing < 0.3 ? 1 : share) })));
}

function recorderTerms(report, { model, say, language }) {
    const { device, checkpoint, origin, suite } = report;
    const certificate = device && (device.issuer === device.subject
        ? say('selfSigned', device) : say('issuedBy', device));
    return [
        ...model.names.site ? term(say('site'), element('bdi', {}, model.names.site)) : [],
        ...origin ? term(say('ledger'), element('code', {}, origin)) : [],
        ...device ? term(say('certificate'), certificate) : [],
        ...device ? term(say('outlook'), element('code', { class: 'digest' }, grouped(device.fingerprint)),
            element('small', {}, say('outlookWords'))) : [],
        ...suite ? term(say('suite'), say(`suite_${suite}`)) : [],
        ...checkpoint ? term(say('checkpoint'), say('checkpointWords', {
            n: countText(checkpoint.size, language), root: '',
        }), element('code', { class: 'digest' }, grouped(checkpoint.root))) : [],
    ];
}

export function aboutCard(report, context) {
    const { model, say } = context;
    return element('section', { class: 'card about' }, element('h2', {}, say('about')),
        element('div', { class: 'about-parts' },
            element('dl', {}, requestTerms(report, context)),
            element('dl', {}, recorderTerms(report, context))),
        model.cameras.length > 0 && report.request ? element('table', { class: 'delivered' },
            element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, say('camera')),
                element('th', { scope: 'col', colspan: 2 }, say('delivered')))),
            element('tbody', {}, model.cameras.map((camera) => deliveredRow(camera, context)))) : null);
}
