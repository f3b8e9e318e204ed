/*
 * What the inspector does: the inspection report of a period, or a verification of everything, out
 * of what it may still open (inspect_sandbox.h).
 */
#ifndef SEALROOM_INSPECTION_INSPECT_JOB_H
#define SEALROOM_INSPECTION_INSPECT_JOB_H

#include "inspection/inspect_link.h"

struct inspect_places {
    const char *state; /* folders */
    const char *video;
};

/* Closes the process in, does what the link's task says, and hands the result over. *end is filled
 * in but for status and text. */
MUST_CHECK enum status inspect_job_run(struct inspect_link *link,
                                       const struct inspect_places *places,
                                       struct message_inspect_end *end, struct error *error);

#endif
