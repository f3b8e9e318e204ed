#include "audit/context.h"

#include <string.h>
#include <time.h>

#include "ledger/unread.h"

#define SHOW_INTERVAL_NS (200 * NS_PER_MS)

/* What pages that the disk does not give look like: rows are missing, or nothing proves them. What
 * was read and differs is none of these. */
static const bool may_be_unread[FAULT_COUNT] = {
    [FAULT_RECORD_MISSING] = true,   [FAULT_RECORD_BEYOND] = true,
    [FAULT_RECORDS_UNPROVED] = true, [FAULT_NODE_ALTERED] = true,
    [FAULT_NODE_EXTRA] = true,       [FAULT_CHECKPOINT_ALTERED] = true,
    [FAULT_NEWEST_ALTERED] = true,   [FAULT_LEDGER_STRUCTURE] = true,
    [FAULT_LEDGER_IDENTITY] = true,  [FAULT_INDEX_ALTERED] = true,
    [FAULT_PIECES_ALTERED] = true,
};

bool audit_has_unread(const struct audit *audit)
{
    return audit->view != NULL &&
           (unread_count(ledger_view_unread(audit->view, UNREAD_DATABASE)) > 0 ||
            unread_count(ledger_view_unread(audit->view, UNREAD_LOG)) > 0);
}

void audit_add(struct audit *audit, const struct finding *finding)
{
    struct finding added = *finding;
    if (may_be_unread[added.fault] && audit_has_unread(audit)) {
        added.fault = FAULT_LEDGER_UNREADABLE; /* an I/O error accuses nobody */
    }
    findings_add(&audit->report->findings, &added);
}

static int64_t monotonic_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void audit_show(struct audit *audit, enum audit_stage stage, uint64_t done, uint64_t total)
{
    /* the clock is asked only now and then: records pass by the hundred thousand a second */
    if (audit->progress == NULL || (done != total && (audit->progress_calls++ & 63) != 0)) {
        return;
    }
    int64_t now_ns = monotonic_now();
    if (done != total && now_ns - audit->progress_shown_ns < SHOW_INTERVAL_NS) {
        return;
    }
    audit->progress_shown_ns = now_ns;
    const struct audit_progress progress = {stage, done, total};
    audit->progress(audit->progress_context, &progress);
}

bool audit_wants_time(const struct audit *audit, int64_t from_utc_ns, int64_t to_utc_ns)
{
    const struct audit_options *options = audit->options;
    return (options->to_utc_ns == 0 || from_utc_ns < options->to_utc_ns) &&
           (options->from_utc_ns == 0 || to_utc_ns > options->from_utc_ns);
}

bool audit_wants_camera(const struct audit *audit, const char *camera)
{
    const struct audit_options *options = audit->options;
    if (options->camera != NULL) {
        return strcmp(options->camera, camera) == 0;
    }
    return options->door == NULL || book_door_has_camera(&audit->book, options->door, camera);
}
