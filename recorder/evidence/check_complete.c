/*
 * What was asked for against what is shown (FORMAT.md, "What is complete"): the run of each
 * source, the bodies in the range, and the time of each camera.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/check_parts.h"

#define CAMERA "camera/"

static bool is_inner(const struct check *check, int64_t at_utc_ns)
{
    return at_utc_ns >= check->request->from_utc_ns && at_utc_ns < check->request->to_utc_ns;
}

static bool overlaps(const struct check *check, int64_t start_utc_ns, int64_t end_utc_ns)
{
    return start_utc_ns < check->request->to_utc_ns && end_utc_ns > check->request->from_utc_ns;
}

static struct finding finding_of_source(const struct check *check, enum audit_fault fault,
                                        const char *source)
{
    struct finding finding = check_finding(check, fault, PROOF_RECORDS);
    (void)snprintf(finding.subject, sizeof(finding.subject), "%s", source);
    return finding;
}

/* ---- runs ---- */

static const struct shown_source *find_shown(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->source_count; i++) {
        if (strcmp(check->sources[i].name, name) == 0) {
            return &check->sources[i];
        }
    }
    return NULL;
}

static bool is_asked(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->request->count; i++) {
        if (strcmp(check->request->sources[i].source, name) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_run(struct check *check, const struct export_source *asked)
{
    const struct shown_source *shown = find_shown(check, asked->source);
    const struct export_record *request = check->request;
    struct finding finding = finding_of_source(check, FAULT_RECORDS_LEFT_OUT, asked->source);
    if (asked->latest == 0 || check->unbelieved > 0) {
        return; /* it had not spoken; or what is altered was reported, and may be what is missed */
    }
    if (shown == NULL || !shown->has_run) {
        finding.from_utc_ns = request->from_utc_ns;
        finding.to_utc_ns = request->to_utc_ns;
        check_add(check, &finding);
        return;
    }
    if (shown->first_seq != 1 && shown->first_at_utc_ns >= request->from_utc_ns) {
        finding.from_utc_ns = request->from_utc_ns;
        finding.to_utc_ns = shown->first_at_utc_ns;
        check_add(check, &finding);
    }
    if (shown->last_at_utc_ns < request->to_utc_ns && shown->last_seq < asked->latest) {
        finding.from_utc_ns = shown->last_at_utc_ns;
        finding.to_utc_ns = request->to_utc_ns;
        check_add(check, &finding);
    }
}

static void judge_runs(struct check *check)
{
    for (size_t i = 0; i < check->request->count; i++) {
        judge_run(check, &check->request->sources[i]);
    }
    for (size_t i = 0; i < check->source_count; i++) {
        const struct shown_source *shown = &check->sources[i];
        if (shown->has_run && !is_asked(check, shown->name)) {
            struct finding finding = finding_of_source(check, FAULT_RECORD_UNASKED, shown->name);
            finding_set_record(&finding, shown->last_number);
            check_add(check, &finding);
        }
    }
}

/* ---- bodies ---- */

static int compare_expiries(const void *left, const void *right)
{
    const struct shown_expiry *a = left;
    const struct shown_expiry *b = right;
    if (a->first != b->first) {
        return a->first < b->first ? -1 : 1;
    }
    return a->by < b->by ? -1 : a->by > b->by;
}

/* By their first record; and each reaches as far as the farthest one before it, so that the last
 * one that begins at or before a record tells of it. */
static void sort_expiries(struct list *list)
{
    struct shown_expiry *expiries = list->data;
    if (list->count > 0) {
        qsort(expiries, list->count, sizeof(*expiries), compare_expiries);
    }
    for (size_t i = 1; i < list->count; i++) {
        if (expiries[i].last <= expiries[i - 1].last) {
            expiries[i].last = expiries[i - 1].last;
            expiries[i].by = expiries[i - 1].by;
        }
    }
}

/* The one that names this record; NULL if there is none. */
static const struct shown_expiry *find_expiry(const struct list *list, uint64_t number)
{
    const struct shown_expiry *expiries = list->data;
    size_t low = 0;
    size_t high = list->count;
    while (low < high) { /* the first that begins beyond the number */
        size_t middle = low + (high - low) / 2;
        if (expiries[middle].first <= number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct shown_expiry *expiry = low > 0 ? &expiries[low - 1] : NULL;
    return expiry != NULL && number <= expiry->last ? expiry : NULL;
}

/* Somebody asked for some of a controller's doors, and its records of the others stay hidden. */
static bool may_withhold(const struct check *check, const char *source)
{
    return check->request->doors[0] != '\0' && strncmp(source, CAMERA, strlen(CAMERA)) != 0;
}

static enum audit_fault fault_of_hidden(const struct check *check, const char *source,
                                        const struct shown_expiry *expiry)
{
    if (expiry != NULL) {
        return FAULT_CONTENT_EXPIRED;
    }
    return may_withhold(check, source) ? FAULT_CONTENT_WITHHELD : FAULT_BODY_MISSING;
}

static void judge_bodies(struct check *check)
{
    const struct shown_head *heads = check->heads.data;
    for (size_t i = 0; i < check->heads.count; i++) {
        const struct shown_head *head = &heads[i];
        if (!is_inner(check, head->at_utc_ns)) {
            continue;
        }
        const struct shown_expiry *expiry = find_expiry(&check->expired_bodies, head->number);
        const char *source = check->sources[head->source].name;
        struct finding finding =
            finding_of_source(check, fault_of_hidden(check, source, expiry), source);
        finding_set_record(&finding, head->number);
        finding.from_utc_ns = finding.to_utc_ns = head->at_utc_ns;
        if (expiry != NULL) {
            finding_set_detail(&finding, "by record %" PRIu64, expiry->by);
        }
        check_add(check, &finding);
    }
}

/* ---- video ---- */

static struct finding finding_of_video(const struct check *check, enum audit_fault fault,
                                       uint64_t record, uint32_t source, int64_t from, int64_t to)
{
    struct finding finding = finding_of_source(check, fault, check->sources[source].name);
    finding_set_record(&finding, record);
    finding.from_utc_ns = from;
    finding.to_utc_ns = to;
    return finding;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* All of its fragments, where all of it lies in the range. Only at the range's edges does it rest
 * on what is said of their time. */
bool check_is_shown(const struct check *check, const struct shown_segment *segment,
                    const struct shown_fragments *shown)
{
    int64_t from = later(segment->start_utc_ns, check->request->from_utc_ns);
    int64_t to = earlier(segment->end_utc_ns, check->request->to_utc_ns);
    uint64_t torn = segment->recovered ? 1 : 0;
    return shown->from_utc_ns <= check_time_after(from) &&
           shown->to_utc_ns >= check_time_before(to) &&
           (segment->start_utc_ns < check->request->from_utc_ns || shown->first == 1) &&
           (segment->end_utc_ns >= check->request->to_utc_ns ||
            shown->last + 1 + torn >= segment->pieces);
}

/* Of the same camera, and without a gap. */
bool check_goes_on(const struct shown_segment *before, const struct shown_fragments *shown,
                   const struct shown_segment *next)
{
    return before->source == next->source && before->number < next->number && before->continues &&
           next->start_utc_ns >= check_time_before(before->end_utc_ns) &&
           next->start_utc_ns <= check_time_after(before->end_utc_ns) && shown->last != 0 &&
           shown->last + 1 == before->pieces;
}

/* The part of the range that lies in the segment. */
static void judge_pieces(struct check *check, const struct shown_segment *segment)
{
    int64_t from = later(segment->start_utc_ns, check->request->from_utc_ns);
    int64_t to = earlier(segment->end_utc_ns, check->request->to_utc_ns);
    if (to <= check_time_after(from)) {
        return; /* too little to be missed: a torn file, or the range's edge */
    }
    if (!segment->is_shown) {
        struct finding finding = finding_of_video(check, FAULT_VIDEO_LEFT_OUT, segment->number,
                                                  segment->source, from, to);
        check_add(check, &finding);
    }
    if (!segment->is_covered) {
        struct finding finding = finding_of_video(check, FAULT_VIDEO_NOT_COVERED, segment->number,
                                                  segment->source, from, to);
        check_add(check, &finding);
    }
}

static void judge_segments(struct check *check)
{
    const struct shown_segment *segments = check->segments.data;
    for (size_t i = 0; i < check->segments.count; i++) {
        const struct shown_segment *segment = &segments[i];
        if (!overlaps(check, segment->start_utc_ns, segment->end_utc_ns) ||
            !is_asked(check, check->sources[segment->source].name)) {
            continue;
        }
        const struct shown_expiry *expiry = find_expiry(&check->expired_segments, segment->number);
        if (segment->contradicts_note) {
            struct finding finding =
                finding_of_video(check, FAULT_VIDEO_ALTERED, segment->number, segment->source,
                                 segment->start_utc_ns, segment->end_utc_ns);
            finding_set_detail(&finding, "altered before it was sealed");
            check_add(check, &finding);
        }
        if (expiry != NULL && !segment->has_pieces) {
            struct finding finding =
                finding_of_video(check, FAULT_VIDEO_EXPIRED, segment->number, segment->source,
                                 segment->start_utc_ns, segment->end_utc_ns);
            finding_set_detail(&finding, "by record %" PRIu64, expiry->by);
            check_add(check, &finding);
        } else if (!segment->is_absent && segment->has_bytes) {
            judge_pieces(check, segment);
        }
    }
}

static void list_gaps(struct check *check)
{
    const struct shown_gap *gaps = check->gaps.data;
    for (size_t i = 0; i < check->gaps.count; i++) {
        const struct shown_gap *gap = &gaps[i];
        if (overlaps(check, gap->start_utc_ns, gap->end_utc_ns) &&
            is_asked(check, check->sources[gap->source].name)) {
            struct finding finding =
                finding_of_video(check, FAULT_NO_VIDEO, gap->number, gap->source, gap->start_utc_ns,
                                 gap->end_utc_ns);
            finding.cause = word_gap_cause_named(gap->cause);
            finding_set_detail(&finding, "%s", finding.cause == NULL ? gap->cause : "");
            check_add(check, &finding);
        }
    }
}

/* ---- a camera's time ---- */

static int compare_times(const void *left, const void *right)
{
    int64_t a = ((const struct shown_time *)left)->start_utc_ns;
    int64_t b = ((const struct shown_time *)right)->start_utc_ns;
    return a < b ? -1 : a > b;
}

static void report_hole(struct check *check, const char *source, int64_t from, int64_t to)
{
    struct finding finding = finding_of_source(check, FAULT_TIME_UNEXPLAINED, source);
    finding.from_utc_ns = from;
    finding.to_utc_ns = to;
    check_add(check, &finding);
}

static void judge_camera(struct check *check, const char *name)
{
    const struct shown_source *source = find_shown(check, name);
    struct shown_time *times = source != NULL ? source->cover.data : NULL;
    size_t count = source != NULL ? source->cover.count : 0;
    int64_t covered_to = check->request->from_utc_ns;
    if (count > 0) {
        qsort(times, count, sizeof(*times), compare_times);
    }
    for (size_t i = 0; i < count; i++) {
        if (!overlaps(check, times[i].start_utc_ns, times[i].end_utc_ns)) {
            continue;
        }
        if (times[i].start_utc_ns > check_time_after(covered_to)) {
            report_hole(check, name, covered_to, times[i].start_utc_ns);
        }
        covered_to = later(covered_to, times[i].end_utc_ns);
    }
    if (covered_to < check_time_before(check->request->to_utc_ns)) {
        report_hole(check, name, covered_to, check->request->to_utc_ns);
    }
}

static void judge_time(struct check *check)
{
    for (size_t i = 0; i < check->request->count; i++) {
        const char *name = check->request->sources[i].source;
        if (strncmp(name, CAMERA, strlen(CAMERA)) == 0) {
            judge_camera(check, name);
        }
    }
}

/* What is always there. */
static void judge_beside(struct check *check)
{
    const struct {
        uint64_t number;
        bool is_there;
    } needed[] = {{0, check->has_ledger_record},
                  {1, check->has_key_record},
                  {check->manifest.request, check->report->has_request}};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (!needed[i].is_there && check->unbelieved == 0) {
            struct finding finding = check_finding(check, FAULT_RECORD_MISSING, PROOF_RECORDS);
            finding_set_record(&finding, needed[i].number);
            check_add(check, &finding);
        }
    }
}

enum status check_complete(struct check *check, struct error *error)
{
    (void)error;
    if (!check->records_are_read || !check->has_manifest) {
        return STATUS_OK; /* why was reported */
    }
    judge_beside(check);
    if (!check->report->has_request) {
        return STATUS_OK;
    }
    sort_expiries(&check->expired_bodies);
    sort_expiries(&check->expired_segments);
    judge_runs(check);
    judge_bodies(check);
    judge_segments(check);
    list_gaps(check);
    judge_time(check);
    return STATUS_OK;
}
