/*
 * What the command line says, in Chinese and in English.
 *
 * A constant table and not gettext: glibc translates only under a locale that was generated on
 * the machine, which a minimal board does not have, and a message that silently falls back to
 * another language is worse than one that never depends on what is installed.
 *
 * Every text stands beside its translation, in the file that says it; both have the same
 * conversions in the same order (tests/unit/command_text_test.c).
 */
#ifndef SEALROOM_COMMAND_TEXT_H
#define SEALROOM_COMMAND_TEXT_H

#include "base/vocabulary.h"
#include "phrase/phrase.h"

struct text {
    const char *english;
    const char *chinese;
};

/* The text in a language; borrowed, constant. */
const char *text_in(const struct text *text, enum language language);

/* Makes multi-byte text and its width on the terminal work: C.UTF-8 is part of glibc and needs
 * nothing generated. */
void text_start(void);
/* Columns that `text` (UTF-8) takes on a terminal; Chinese characters take two. What is not text
 * counts as one column a byte. */
int text_width(const char *text);

#endif
