/*
 * The state of the appliance, as the keeper says it.
 */
#ifndef SEALROOM_CONSOLE_API_STATE_H
#define SEALROOM_CONSOLE_API_STATE_H

#include "firmware/console/call.h"

void api_state(struct call *call);

#endif
