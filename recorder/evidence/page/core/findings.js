/* What was found: faults by name, each with its weight in the verdict and its place. */
const classes = {
    altered: [
        'package_structure', 'member_altered', 'member_missing', 'member_unlisted',
        'member_malformed', 'manifest_altered', 'manifest_foreign', 'manifest_contradicted',
        'certificate_altered', 'key_not_trusted', 'checkpoint_altered', 'checkpoint_foreign',
        'checkpoint_fork', 'since_fork', 'since_other', 'record_altered', 'record_malformed',
        'record_missing', 'body_altered', 'body_missing', 'leaf_altered', 'node_altered', 'records_unproved',
        'record_unasked',
        'sequence_broken', 'records_left_out', 'expiry_false', 'ledger_identity', 'clip_unproved', 'clip_contradicted',
        'video_altered', 'video_missing', 'video_left_out', 'video_mistimed',
    ],
    cannot_tell: ['not_trusted', 'no_certificate', 'since_not_shown'],
    incomplete: [
        'no_video', 'video_expired', 'video_unreadable', 'video_not_covered', 'time_unexplained',
        'content_expired', 'content_withheld',
    ],
};
const classOf = new Map(Object.entries(classes)
    .flatMap(([name, faults]) => faults.map((fault) => [fault, name])));
const heaviestFirst = ['altered', 'cannot_tell', 'incomplete'];
const LIST_MAX = 10000;

export class Findings {
    list = [];
    notListed = 0;
    #classes = new Set();

    /* place: what applies of member, byteFrom, byteTo, record, subject, fromUtcNs, toUtcNs, cause,
     * detail. One that goes on where the last left off extends it. */
    add(fault, place = {}) {
        if (!classOf.has(fault)) throw new Error(`a finding of no known class: ${fault}`);
        this.#classes.add(classOf.get(fault));
        const { record } = place;
        const finding = {
            fault, class: classOf.get(fault), ...place,
            ...(record === undefined ? {} : { recordLast: place.recordLast ?? record }),
        };
        const last = this.list.at(-1);
        if (last !== undefined && goesOn(last, finding)) {
            last.recordLast = finding.recordLast;
            last.byteTo = finding.byteTo;
            last.toUtcNs = finding.toUtcNs;
        } else if (this.list.length < LIST_MAX) {
            this.list.push(finding);
        } else {
            this.notListed++;
        }
    }

    /* The heaviest decides. */
    get verdict() {
        return heaviestFirst.find((name) => this.#classes.has(name)) ?? 'authentic';
    }
}

function goesOn(last, next) {
    const isSame = ['fault', 'member', 'subject', 'cause', 'detail']
        .every((key) => last[key] === next[key]);
    if (!isSame || (last.byteTo === undefined) !== (next.byteFrom === undefined)
        || (last.record === undefined) !== (next.record === undefined)) return false;
    if (next.byteFrom !== undefined) {
        return last.byteTo === next.byteFrom && last.record === next.record;
    }
    return next.record !== undefined && last.recordLast + 1n === next.record;
}
