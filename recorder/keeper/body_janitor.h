/*
 * Lets the bodies of records go after their floor: at a start and then once a day, in steps while
 * there is nothing more urgent to do (store/body_expiry.h).
 */
#ifndef SEALROOM_KEEPER_BODY_JANITOR_H
#define SEALROOM_KEEPER_BODY_JANITOR_H

#include "keeper/parts.h"

MUST_CHECK enum status body_janitor_new(struct keeper *keeper, struct body_janitor **janitor,
                                        struct error *error);
/* NULL is allowed. */
void body_janitor_free(struct body_janitor *janitor);
/* START. */
MUST_CHECK enum status body_janitor_start(struct body_janitor *janitor, struct error *error);
/* Is there a body that an expiry record names and that was not removed yet? */
bool body_janitor_is_removing(const struct body_janitor *janitor);

#endif
