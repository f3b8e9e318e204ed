/*
 * English sentences said again in Chinese, where they are shown.
 *
 * What comes from below the command line is one English sentence: an error's text, a finding's
 * detail, the detail of a record. A record is evidence and stays as it was sealed, a journal is
 * read by those who keep the code, and JSON is for programs: all of these keep the English. Only
 * what a person is shown is translated, and since it was worded long before, perhaps years, it is
 * recognised by its pattern and worded again with the same arguments. So no sentence needs to know
 * of languages where it is made, and no locale needs to be installed (glibc's gettext translates
 * under none else).
 *
 * A sentence that no pattern fits stays English as a whole: half a translation is worse than none.
 * tests/unit/phrase_coverage_test.py holds the tables against the sources.
 */
#ifndef SEALROOM_PHRASE_PHRASE_H
#define SEALROOM_PHRASE_PHRASE_H

#include <stddef.h>

#include "base/vocabulary.h"

/* Room for most sentences with their arguments. */
#define PHRASE_SIZE 1024

/* `english` in a language: `english` itself, or `shown` with what was made there (NUL-terminated).
 * Sentences joined by ": " or "; " are translated one by one. What does not fit `size` bytes or is
 * not known comes back as it is. Any bytes may stand in `english`; `shown` has none that were not
 * in it or in the tables. */
const char *phrase_in(const char *english, enum language language, char *shown, size_t size);

#endif
