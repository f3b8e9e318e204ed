/*
 * The inspection report and the verification, which a process of the keeper's makes
 * (message_inspect.h): asked for, looked at while they are made, shown.
 */
#ifndef SEALROOM_CONSOLE_API_INSPECTION_H
#define SEALROOM_CONSOLE_API_INSPECTION_H

#include "firmware/console/call.h"

/* POST /api/report {from, to, reason}: {record} of the look-up; it is being made. */
extern const struct body_form report_form;
void api_report_ask(struct call *call);
/* GET /api/report?from&to: {phase, done, total}, and when it is done {report}; reason_needed as
 * long as nobody asked for it. */
void api_report(struct call *call);
/* GET /api/report/page?from&to&language: the same as a file to keep. */
void api_report_page(struct call *call);

/* POST /api/verify {}: {id}, the record of the look-up. */
void api_verify_ask(struct call *call);
/* GET /api/verify: the one that is at work, or was last, {phase, id, at, by, stage, done, total} or
 * {…, verdict, found}; and {last}, the newest verdict on record. */
void api_verify(struct call *call);
/* GET /api/verify/{number}: the same of one. */
void api_verify_one(struct call *call);

#endif
