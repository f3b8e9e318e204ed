/*
 * The progress notes: their two slots, what they state of the ledger, and the open segments they
 * vouch for.
 */
#ifndef SEALROOM_AUDIT_NOTES_H
#define SEALROOM_AUDIT_NOTES_H

#include "audit/claim.h"
#include "audit/context.h"

/* Reads both slots into audit->notes. Before the ledger's snapshot is taken, so that a running
 * appliance's ledger cannot be behind them. Needs the key; without one nothing is read. */
MUST_CHECK enum status notes_read(struct audit *audit, struct error *error);
MUST_CHECK enum status notes_claim(const struct audit *audit, struct claims *claims);
/* After records_read. `claimed`: records that some stored checkpoint, valid or not, speaks of. */
void notes_judge(struct audit *audit, const struct claims *claims, uint64_t claimed);
/* The newest valid note; NULL if there is none. */
const struct progress_note *notes_newest(const struct audit *audit);
/* One segment that is still open, by its note. The size of its file is put into *file_size. */
void notes_check_segment(struct audit *audit, const struct progress_segment *segment);

#endif
