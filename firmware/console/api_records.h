/*
 * A record by its number, with what proves it: what a report's figures rest on.
 */
#ifndef SEALROOM_CONSOLE_API_RECORDS_H
#define SEALROOM_CONSOLE_API_RECORDS_H

#include "firmware/console/call.h"

/* GET /api/records/{number}: {number, at, source, kind, state, sheet}, for whoever may see records
 * of its kind. An entry is its own page's to show, for a reason: of that the kind alone. One of the
 * query register is {number, at, kind, needs: "register"} without a look-up of its time, or a
 * report that has it. */
void api_record(struct call *call);

#endif
