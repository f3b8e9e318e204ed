/*
 * Alarms out of the catalog, in words, and that somebody has taken notice.
 */
#ifndef SEALROOM_CONSOLE_API_ALARMS_H
#define SEALROOM_CONSOLE_API_ALARMS_H

#include "firmware/console/call.h"

void api_alarms(struct call *call);
void api_acknowledge(struct call *call);

#endif
