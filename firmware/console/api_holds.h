/*
 * Evidence holds: ranges of time that are not deleted.
 */
#ifndef SEALROOM_CONSOLE_API_HOLDS_H
#define SEALROOM_CONSOLE_API_HOLDS_H

#include "firmware/console/call.h"

/* GET /api/holds: {"holds": […]}, as HOLDS has them. */
void api_holds(struct call *call);
/* POST /api/holds: {from, to, cameras?, doors?, reason}; neither cameras nor doors: all. */
extern const struct body_form hold_form;
void api_hold_set(struct call *call);
/* POST /api/holds/RECORD/release: {reason, second?} */
extern const struct body_form release_form;
void api_hold_release(struct call *call);

#endif
