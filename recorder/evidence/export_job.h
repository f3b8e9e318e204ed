/*
 * Making the package that the keeper's task asks for: read in one snapshot of the ledger, planned,
 * copied, proved, signed by the keeper, encrypted if that is wanted, synced.
 *
 * A segment that turns out in the middle of being copied not to be what was recorded cannot be
 * taken back out of a ZIP: then every segment is looked through, and the package is made once more
 * from its beginning, without those that are no use.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_JOB_H
#define SEALROOM_EVIDENCE_EXPORT_JOB_H

#include "evidence/export_link.h"
#include "ledger/ledger.h"

struct export_job_plan {
    struct export_link *link;
    struct ledger_view *view; /* in its snapshot */
    int video;                /* the video folder */
};

/* All of *plan is borrowed. *end is what is to be told of a package that is complete. What fails
 * leaves no package. */
MUST_CHECK enum status export_job_run(const struct export_job_plan *plan,
                                      struct message_export_end *end, struct error *error);

#endif
