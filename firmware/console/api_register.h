/*
 * The query register (查询记录簿): what operators did and looked at, why, and what was copied.
 */
#ifndef SEALROOM_CONSOLE_API_REGISTER_H
#define SEALROOM_CONSOLE_API_REGISTER_H

#include "firmware/console/call.h"

/* GET /api/register: for a reason (scope.h), whatever its age. */
void api_register(struct call *call);

#endif
