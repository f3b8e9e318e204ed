/*
 * The checkpoints held outside whose history a package proves: of each place that an `anchor`
 * record names the newest, and the one that was asked for.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_OUTSIDE_H
#define SEALROOM_EVIDENCE_EXPORT_OUTSIDE_H

#include "crypto/certificate.h"
#include "ledger/ledger.h"

#define EXPORT_PLACES_MAX 64u /* beyond them the oldest are left out */

struct export_outside {
    struct bytes notes[EXPORT_PLACES_MAX + 1];
    size_t count;
    struct buffer memory[EXPORT_PLACES_MAX + 1];
};

/* Zero-initialise; release with this. */
void export_outside_release(struct export_outside *outside);
/* Reads the anchors of the ledger in its snapshot, up to the newest checkpoint; `since` is a note,
 * "" for none. STATUS_MISMATCH: it is of a history that is not this ledger's. */
MUST_CHECK enum status export_outside_read(struct ledger_view *view,
                                           const struct certificate *certificate, const char *since,
                                           struct export_outside *outside, struct error *error);

#endif
