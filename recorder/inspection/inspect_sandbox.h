/*
 * What the inspector cannot do from then on (enclosure.h).
 */
#ifndef SEALROOM_INSPECTION_INSPECT_SANDBOX_H
#define SEALROOM_INSPECTION_INSPECT_SANDBOX_H

#include "inspection/inspect_job.h"

/* NULL: it opens no file any more. Else it may read what a verification looks at: the video, and of
 * the state folder everything but the keys, the accounts and the socket, which it may only name. */
MUST_CHECK enum status inspect_sandbox_enter(const struct inspect_places *places,
                                             struct error *error);

#endif
