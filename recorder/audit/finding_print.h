/*
 * Findings, said: to people in their language, to programs as JSON, one object a line.
 */
#ifndef SEALROOM_AUDIT_FINDING_PRINT_H
#define SEALROOM_AUDIT_FINDING_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "audit/finding.h"

/* Each finding on lines of its own, then how many are not listed. */
void findings_print_text(FILE *out, const struct findings *findings, enum language language);
/* In English always. */
MUST_CHECK enum status findings_print_json(FILE *out, const struct findings *findings);

/* One object as a line of its own; takes it, NULL is STATUS_NO_MEMORY. */
MUST_CHECK enum status json_print_line(FILE *out, json_t *object);
/* For "o*" of json_pack: NULL, and so left out, where there is nothing to say. */
json_t *json_number_or_null(bool has, uint64_t value);
json_t *json_time_or_null(int64_t utc_ns);
json_t *json_text_or_null(const char *text);

#endif
