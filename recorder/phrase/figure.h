/*
 * Figures in words, in either language, for whatever shows them.
 */
#ifndef SEALROOM_PHRASE_FIGURE_H
#define SEALROOM_PHRASE_FIGURE_H

#include "base/vocabulary.h"

#define FIGURE_SIZE 48

/* How long: "12.3 s", "4 min 05 s", "2 h 03 min", "31 d 02 h". Never negative. */
void figure_duration(char text[FIGURE_SIZE], int64_t ns, enum language language);
/* How many bytes: "12.3 MB", by thousands; the same in both languages. */
void figure_size(char text[FIGURE_SIZE], uint64_t bytes);

#endif
