/*
 * The state of the appliance, as the keeper says it.
 */
#ifndef SEALROOM_CONSOLE_API_STATE_H
#define SEALROOM_CONSOLE_API_STATE_H

#include "firmware/console/call.h"

void api_state(struct call *call);
/* GET /api/verify.html: the page that verifies packages, to take away. */
void api_verify_page(struct call *call);

#endif
