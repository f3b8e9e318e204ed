/*
 * One camera's recorded segments for an export: those that the ledger's snapshot names, opened one
 * at a time, each held against its record before anything of it is used. What cannot be used is
 * left out, with the cause.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_SEGMENTS_H
#define SEALROOM_EVIDENCE_EXPORT_SEGMENTS_H

#include "evidence/footage.h"
#include "evidence/selection.h"

/* A segment of the range that cannot be copied. */
struct export_absent {
    uint64_t record;
    const char *cause; /* constant: "unreadable", "altered", "missing" */
};

/* Of all cameras; grows. Zero-initialise; release with free(list). */
struct export_absents {
    struct export_absent *list;
    size_t count;
    size_t capacity;
};

MUST_CHECK enum status export_absents_add(struct export_absents *absents, uint64_t record,
                                          const char *cause, struct error *error);

struct export_segments;

/* `view` is in one snapshot; `video` is the video folder's descriptor, `segments` the selection's.
 * All is borrowed for its life. `source` is the camera's index in the request. */
MUST_CHECK enum status export_segments_new(struct ledger_view *view, int video,
                                           const struct selected_segment *segments, size_t count,
                                           uint32_t source, const struct export_absents *absents,
                                           struct export_segments **made, struct error *error);
/* NULL is allowed. */
void export_segments_free(struct export_segments *segments);
/* As clips are made of it. Borrowed. */
const struct footage *export_segments_footage(const struct export_segments *segments);
/* The record of a segment of the footage. */
uint64_t export_segments_record(const struct export_segments *segments, size_t index);
/* The one that was opened last; false: none was. What fails, fails there. */
bool export_segments_last(const struct export_segments *segments, size_t *index);
/* Holds every piece against its digest. *cause says why it cannot be copied, NULL if it can. Only
 * STATUS_NO_MEMORY fails. */
MUST_CHECK enum status export_segments_check(struct export_segments *segments, size_t index,
                                             const char **cause, struct error *error);
/* Opens one and closes it again, which reads of its file no more than the size. Why it cannot be
 * copied, a constant as above; NULL: nothing is against it so far. It counts as opened last. */
const char *export_segments_opens(struct export_segments *segments, size_t index);

#endif
