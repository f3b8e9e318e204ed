/*
 * The query register (查询记录簿): what operators did and looked at, why, and what was copied.
 */
#ifndef SEALROOM_CONSOLE_API_REGISTER_H
#define SEALROOM_CONSOLE_API_REGISTER_H

#include <jansson.h>

#include "firmware/console/call.h"
#include "store/catalog_page.h"

/* One deed, as the register has it: {"record", "at", "by", "second"?, "action", "what"?, "from"?,
 * "to"?, "filter"?, "reason"?, "case"?, "medium"?, "subject"?, "copied"?: {"done", "record",
 * "bytes", "package"?, "detail"?}}. NULL without memory. */
json_t *register_row(struct catalog_view *catalog, const struct catalog_deed *deed);

/* GET /api/register: for a reason (scope.h), whatever its age. */
void api_register(struct call *call);

#endif
