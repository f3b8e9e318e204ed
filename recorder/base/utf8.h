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

/* Is there nothing in it but what is seen as it stands: well-formed, no control characters, none
 * that turn the text around it or take no room (U+202E, U+200B and their like)? */
bool utf8_is_visible(struct bytes text);
/* Is there nothing to be seen in it: white space of any kind, and what utf8_is_visible refuses? */
bool utf8_is_blank(struct bytes text);
/* Is there something to be seen in it, and nothing else? What people are called and give as their
 * reason. */
bool utf8_is_legible(struct bytes text);
/* A copy for a terminal, the caller's to free, in which such a character stands as "\u202e", which
 * JSON takes for the same (RFC 8259, section 7), and a byte that is no text as '?'. NULL: no
 * memory. */
char *utf8_visible(const char *text);

#endif
