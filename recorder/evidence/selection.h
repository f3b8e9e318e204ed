/*
 * Which records a package shows, found by reading the ledger from its beginning: no index and no
 * catalog is asked, so nothing hidden there or invented there changes what is exported.
 */
#ifndef SEALROOM_EVIDENCE_SELECTION_H
#define SEALROOM_EVIDENCE_SELECTION_H

#include "evidence/record_file.h"
#include "ledger/ledger.h"
#include "store/export_record.h"

/* A segment that overlaps the range. */
struct selected_segment {
    uint64_t record;
    uint64_t expired_by; /* the record that let it go; 0: its file should be there */
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint32_t source; /* index in the request */
};

struct selection;

/* Reads records 0 to size - 1. The request is borrowed for the selection's life. */
MUST_CHECK enum status selection_make(struct ledger_view *view, const struct export_record *request,
                                      uint64_t request_number, uint64_t size,
                                      struct selection **selection, struct error *error);
/* NULL is allowed. */
void selection_free(struct selection *selection);
/* The segments of the cameras that were asked for, in the order of their records. Borrowed. */
const struct selected_segment *selection_segments(const struct selection *selection, size_t *count);
/* How a record is shown; false: not at all. */
bool selection_shows(const struct selection *selection, const struct ledger_row *row,
                     enum shown_as *as);
/* No record of a source that was asked for is shown before this one. */
uint64_t selection_first(const struct selection *selection);
/* Of the range: entries, and gaps of the cameras. */
struct selection_counts {
    uint64_t entries;
    uint64_t gaps;
    uint64_t records; /* that are shown, about */
    uint64_t bytes;   /* of their heads and bodies */
};
struct selection_counts selection_counts(const struct selection *selection);
/* The newest `config` record; 0: there is none. */
uint64_t selection_configuration(const struct selection *selection);

#endif
