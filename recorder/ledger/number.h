/*
 * Canonical decimal numbers, as they stand in records: no sign but a leading '-', no leading
 * zeros, no "-0", nothing around them.
 */
#ifndef SEALROOM_LEDGER_NUMBER_H
#define SEALROOM_LEDGER_NUMBER_H

#include <stdint.h>

#include "base/status.h"

#define NUMBER_TEXT_SIZE 21 /* "-9223372036854775808", "18446744073709551615", and NUL */

/* STATUS_INVALID for any other form, and for what does not fit. */
MUST_CHECK enum status number_parse_u64(const char *text, uint64_t *value);
MUST_CHECK enum status number_parse_i64(const char *text, int64_t *value);

#endif
