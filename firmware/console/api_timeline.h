/*
 * A day of all cameras and doors: stretches of video and gaps, entries as marks.
 */
#ifndef SEALROOM_CONSOLE_API_TIMELINE_H
#define SEALROOM_CONSOLE_API_TIMELINE_H

#include "firmware/console/call.h"

void api_timeline(struct call *call);

#endif
