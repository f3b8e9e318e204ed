/*
 * What proves a record, as pages are told it.
 */
#ifndef SEALROOM_CONSOLE_SHEET_JSON_H
#define SEALROOM_CONSOLE_SHEET_JSON_H

#include <jansson.h>

#include "firmware/console/sheet.h"

/* Adds "state" and "sheet": what was proved, or by `status` and `error` what does not fit. Bytes
 * that are no text are not shown. */
void sheet_put(json_t *json, const struct sheet *sheet, enum status status,
               const struct error *error, enum language language);

#endif
