#include "audit/coverage.h"

#include <stdlib.h>
#include <string.h>

/* What two segments may lie apart without a gap record, and what a clock's slewing may add. */
#define TOLERANCE_NS (150 * NS_PER_MS)
/* A clock's step is on record near the segments that it parts. */
#define STEP_RECORDS 64u

/* A stretch of a camera's time. */
struct stretch {
    uint32_t camera;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint64_t record;
};

static int compare(const void *left, const void *right)
{
    const struct stretch *a = left;
    const struct stretch *b = right;
    if (a->camera != b->camera) {
        return a->camera < b->camera ? -1 : 1;
    }
    if (a->start_utc_ns != b->start_utc_ns) {
        return a->start_utc_ns < b->start_utc_ns ? -1 : 1;
    }
    return a->record < b->record ? -1 : a->record > b->record;
}

static int compare_gaps(const void *left, const void *right)
{
    const struct book_gap *a = left;
    const struct book_gap *b = right;
    if (a->camera != b->camera) {
        return a->camera < b->camera ? -1 : 1;
    }
    return a->record < b->record ? -1 : a->record > b->record;
}

static void report_gap(struct audit *audit, const struct book_gap *gap, uint64_t last_record)
{
    const char *camera = book_camera_id(&audit->book, gap->camera);
    struct finding finding = finding_of(FAULT_GAP);
    finding_set_record(&finding, gap->record);
    finding.record_last = last_record;
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", camera);
    finding.from_utc_ns = gap->start_utc_ns;
    finding.to_utc_ns = gap->end_utc_ns;
    finding.cause = word_gap_cause(gap->cause);
    audit_add(audit, &finding);
}

/* One finding a gap: a lasting one is cut into hourly records. */
static void report_gaps(struct audit *audit)
{
    struct book_gap *gaps = audit->book.gaps.data;
    size_t count = audit->book.gaps.count;
    if (count > 0) {
        qsort(gaps, count, sizeof(*gaps), compare_gaps);
    }
    for (size_t i = 0; i < count; i++) {
        struct book_gap gap = gaps[i];
        if (!audit_wants_camera(audit, book_camera_id(&audit->book, gap.camera)) ||
            !audit_wants_time(audit, gap.start_utc_ns, gap.end_utc_ns)) {
            continue;
        }
        audit->report->gaps++;
        while (i + 1 < count && gaps[i + 1].camera == gap.camera &&
               gaps[i + 1].cause == gap.cause && gaps[i + 1].start_utc_ns == gap.end_utc_ns) {
            gap.end_utc_ns = gaps[++i].end_utc_ns;
            audit->report->gaps++;
        }
        report_gap(audit, &gap, gaps[i].record);
    }
}

/* Did the wall clock step here, or does a record that cannot be believed stand here? */
static bool is_excused(const struct audit *audit, const struct stretch *before,
                       const struct stretch *after, int64_t length_ns)
{
    const struct book_step *steps = audit->book.steps.data;
    uint64_t low = before->record < after->record ? before->record : after->record;
    uint64_t high = before->record < after->record ? after->record : before->record;
    for (size_t i = 0; i < audit->book.steps.count; i++) {
        if (steps[i].record + STEP_RECORDS >= low && steps[i].record <= high + STEP_RECORDS &&
            llabs(steps[i].difference_ns) + TOLERANCE_NS >= length_ns) {
            return true;
        }
    }
    for (uint64_t number = low; number <= high && number < audit->size; number++) {
        if (audit->rows[number] != ROW_TRUE) {
            return true;
        }
    }
    return false;
}

static void report_hole(struct audit *audit, const struct stretch *before,
                        const struct stretch *after)
{
    const char *camera = book_camera_id(&audit->book, after->camera);
    int64_t length_ns = after->start_utc_ns - before->end_utc_ns;
    if (!audit_wants_camera(audit, camera) ||
        !audit_wants_time(audit, before->end_utc_ns, after->start_utc_ns) ||
        is_excused(audit, before, after, length_ns)) {
        return;
    }
    struct finding finding = finding_of(FAULT_TIME_UNEXPLAINED);
    finding_set_record(&finding, after->record);
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", camera);
    finding.from_utc_ns = before->end_utc_ns;
    finding.to_utc_ns = after->start_utc_ns;
    finding_set_detail(&finding, "%.3f s", (double)length_ns / (double)NS_PER_SECOND);
    audit_add(audit, &finding);
}

static void check_stretches(struct audit *audit, const struct stretch *list, size_t count)
{
    struct stretch covered = {0};
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || list[i].camera != covered.camera) {
            covered = list[i];
            continue;
        }
        if (list[i].start_utc_ns - covered.end_utc_ns > TOLERANCE_NS) {
            report_hole(audit, &covered, &list[i]);
        }
        if (list[i].end_utc_ns > covered.end_utc_ns) {
            covered = list[i];
        }
    }
}

enum status coverage_check(struct audit *audit, struct error *error)
{
    const struct book *book = &audit->book;
    const struct book_segment *segments = book->segments.data;
    const struct book_gap *gaps = book->gaps.data;
    size_t most = book->segments.count + book->gaps.count;
    size_t count = 0;
    struct stretch *list = calloc(most + 1, sizeof(*list));
    if (list == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to check the coverage");
    }
    for (size_t i = 0; i < book->segments.count; i++) {
        if (segments[i].start_utc_ns > 0) { /* else recovery could not tell when it was */
            list[count++] = (struct stretch){segments[i].camera, segments[i].start_utc_ns,
                                             segments[i].end_utc_ns, segments[i].record};
        }
    }
    for (size_t i = 0; i < book->gaps.count; i++) {
        list[count++] = (struct stretch){gaps[i].camera, gaps[i].start_utc_ns, gaps[i].end_utc_ns,
                                         gaps[i].record};
    }
    report_gaps(audit);
    qsort(list, count, sizeof(*list), compare);
    check_stretches(audit, list, count);
    free(list);
    return STATUS_OK;
}
