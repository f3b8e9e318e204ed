/*
 * Packages of evidence: asked for, followed, and taken away (packages.h).
 */
#ifndef SEALROOM_CONSOLE_API_EXPORTS_H
#define SEALROOM_CONSOLE_API_EXPORTS_H

#include "firmware/console/call.h"

/* POST /api/exports: {from, to, cameras?, doors?, purpose, case, second?, encrypt?: "typed" or
 * "generated", phrase?}. Answered when the request is on record: {"id", "request", "phrase"?},
 * where a generated pass phrase is shown, this once. */
extern const struct body_form export_form;
void api_export(struct call *call);
/* GET /api/exports: {"exports": what this account asked for, as the register has it, the newest
 * first; with "id" where the package is known here}. */
void api_exports(struct call *call);
/* GET /api/exports/ID: {"id", "state": "asked|making|ready|failed|gone", "by", "from", "to",
 * "cameras", "doors", "purpose", "case", "request"?, "plan"?: {"bytes", "entries", "clips",
 * "records", "gaps", "absent"}, "progress"?: {"bytes", "total", "step": "copying|encrypting",
 * "left_s"?}, "result"?: {"record", "name", "bytes", "package", "fingerprint", "encrypted",
 * "records", "clips", "absent", "until"}, "text"?} */
void api_package(struct call *call);
/* GET /api/exports/ID/file: the package. That it is taken is a look-up on record. */
void api_package_file(struct call *call);

#endif
