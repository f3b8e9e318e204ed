/*
 * The language that somebody is spoken to in: the first of an Accept-Language header (RFC 9110,
 * 12.5.4) that there is. Browsers put what is wanted most first, and the pages name exactly one.
 */
#ifndef SEALROOM_CONSOLE_LANGUAGE_H
#define SEALROOM_CONSOLE_LANGUAGE_H

#include "base/vocabulary.h"

/* `header` may be NULL: English. */
enum language language_of(const char *header);

#endif
