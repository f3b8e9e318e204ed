/*
 * What a report of the core says, as the page shows it: cameras with their spans, entries with the
 * moment they are of, names instead of ids. Times are seconds since 1970.
 */
export const seconds = (ns) => Number(ns / 1000n) / 1e6;

const ALARMS = new Set(['access_denied', 'credential_unknown', 'duress', 'read_error', 'forced', 'held',
    'held_prealarm', 'fault', 'lock_fault', 'tamper', 'supervision', 'apb_violation', 'dual_timeout',
    'open_unseen', 'emergency_release', 'records_lost', 'loss_unknown', 'source_offline']);

/* Of findings about a camera's time: what the timeline shows. */
const SPANS = {
    no_video: 'gap', gap: 'gap', video_expired: 'gone', expired: 'gone', time_unexplained: 'unexplained',
    video_unreadable: 'absent', video_not_covered: 'absent', video_missing: 'altered',
    video_left_out: 'altered', video_mistimed: 'altered',
};

const nanoseconds = (text) => {
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z$/.exec(text ?? '');
    return match ? Date.parse(`${match[1]}Z`) / 1000 + Number(match[2]) / 1e9 : undefined;
};

/* When it was: as the controller says where its clock is good, else as the recorder does. */
function momentOf({ atUtcNs, body }) {
    const told = body?.derived ? body.at
        : body?.device_time_quality === 'good' ? body.device_time : body?.received;
    return nanoseconds(told) ?? seconds(atUtcNs);
}

function entryOf(record, altered) {
    const { body } = record;
    return {
        record: record.record, at: momentOf(record), source: record.source, body,
        altered: altered.has(record.record),
        alarm: body === null ? altered.has(record.record)
            : ALARMS.has(body.event) || body.verdict === 'denied',
        cameras: (body?.cameras ?? '').split(' ').filter((id) => id !== ''),
    };
}

/* Numbers of the records that are not what was sealed. */
function alteredRecords({ findings }) {
    const numbers = findings.filter(({ fault }) => fault === 'body_altered' || fault === 'record_altered'
        || fault === 'record_malformed');
    return new Set(numbers.map(({ record }) => record));
}

function namesOf(report) {
    const config = report.entries.filter(({ kind, body }) => kind === 'config' && body).at(-1)?.body;
    const list = (items, key) => new Map((Array.isArray(items) ? items : []).map(
        (item) => [item[key], item.name || item[key]]));
    return {
        site: config?.site, cameras: list(config?.cameras, 'camera'), doors: list(config?.doors, 'door'),
    };
}

const shortId = (source) => source.slice(source.indexOf('/') + 1);

function cameraIds(report) {
    const asked = report.sources.map(({ source }) => source)
        .filter((source) => source.startsWith('camera/')).map(shortId);
    return [...new Set([...asked, ...report.clips.map(({ camera }) => camera)])].filter(Boolean);
}

function clipOf(clip) {
    return {
        ...clip,
        parts: clip.parts.map(({ init, fragments }) => ({
            init, fragments: fragments.map((fragment) => ({
                ...fragment, start: seconds(fragment.startUtcNs),
                duration: Number(fragment.durationNs) / 1e9,
            })),
        })),
    };
}

/* Fragments one after another, as one span. */
function videoSpans(clips, from, to) {
    const spans = [];
    for (const { start, duration } of clips.flatMap(({ parts }) => parts.flatMap(
        ({ fragments }) => fragments)).sort((one, other) => one.start - other.start)) {
        const last = spans.at(-1);
        const end = Math.min(to, start + duration);
        if (end <= from || start >= to) continue;
        if (last !== undefined && start - last.to < 0.15) last.to = Math.max(last.to, end);
        else spans.push({ kind: 'video', from: Math.max(from, start), to: end });
    }
    return spans;
}

/* Between two limits, or to be had from what it names. */
function findingSpan(finding, model) {
    const kind = SPANS[finding.fault] ?? (finding.class === 'altered' ? 'altered' : undefined);
    if (kind === undefined || finding.fromUtcNs === undefined || finding.toUtcNs === undefined) {
        return undefined;
    }
    return {
        kind, from: Math.max(model.from, seconds(finding.fromUtcNs)),
        to: Math.min(model.to, seconds(finding.toUtcNs)), finding,
    };
}

/* Seconds of video that is what was sealed. */
function coveredOf(spans) {
    const altered = spans.filter(({ kind }) => kind === 'altered');
    return spans.filter(({ kind }) => kind === 'video').reduce((sum, { from, to }) => sum + to - from
        - altered.reduce((less, span) => less
            + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0), 0);
}

function cameraOf(id, report, model) {
    const clips = report.clips.filter(({ camera }) => camera === id).map(clipOf);
    const spans = videoSpans(clips, model.from, model.to);
    for (const gap of report.gaps.filter(({ camera }) => camera === id)) {
        spans.push({
            kind: 'gap', from: Math.max(model.from, seconds(gap.fromUtcNs)),
            to: Math.min(model.to, seconds(gap.toUtcNs)), cause: gap.cause,
        });
    }
    for (const finding of report.findings.filter(({ subject }) => subject === `camera/${id}`)) {
        const span = findingSpan(finding, model);
        if (span !== undefined && span.kind !== 'gap') spans.push(span);
    }
    return { id, name: model.names.cameras.get(id) ?? id, clips, spans, covered: coveredOf(spans) };
}

function rangeOf(report) {
    if (report.request) {
        return { from: seconds(report.request.fromUtcNs), to: seconds(report.request.toUtcNs) };
    }
    const clips = report.clips.filter(({ fromUtcNs }) => fromUtcNs !== null);
    const starts = clips.map(({ fromUtcNs }) => seconds(fromUtcNs));
    const ends = clips.map(({ toUtcNs }) => seconds(toUtcNs));
    return starts.length > 0 ? { from: Math.min(...starts), to: Math.max(...ends) } : { from: 0, to: 0 };
}

export function modelOf(report) {
    const model = { ...rangeOf(report), names: namesOf(report) };
    const altered = alteredRecords(report);
    model.entries = report.entries.filter(({ kind, inRange }) => kind === 'entry' && inRange)
        .map((record) => entryOf(record, altered)).sort((one, other) => one.at - other.at);
    model.hasDoors = report.sources.some(({ source }) => source.startsWith('door/'));
    model.others = report.entries.filter(({ kind, inRange }) => kind !== 'entry' || !inRange);
    model.cameras = cameraIds(report).map((id) => cameraOf(id, report, model));
    model.unsynced = new Set(report.entries.filter(({ clock }) => clock === 'unsynced')
        .map(({ record }) => record));
    return model;
}
