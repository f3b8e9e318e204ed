/*
 * UTF-8, one character at a time (RFC 3629).
 */
#ifndef SEALROOM_BASE_UTF8_H
#define SEALROOM_BASE_UTF8_H

#include "base/bytes.h"

/* The length in bytes (1 to 4) of the well-formed character at text.data, and in *character its
 * code point (NULL is allowed); 0 if there is none: no bytes, an overlong form, a surrogate,
 * beyond U+10FFFF, cut short. NUL counts as a character here. */
size_t utf8_next(struct bytes text, uint32_t *character);

#endif
