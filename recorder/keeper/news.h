/*
 * Tells the console that there is something new, when the catalog has it: at once, and then at most
 * ten times a second.
 */
#ifndef SEALROOM_KEEPER_NEWS_H
#define SEALROOM_KEEPER_NEWS_H

#include "keeper/parts.h"

struct news;

MUST_CHECK enum status news_new(struct keeper *keeper, struct news **news, struct error *error);
/* NULL is allowed. */
void news_free(struct news *news);
/* The console is there: it is told how far things are, and from now on of what is new. */
void news_greet(struct news *news, const struct peer *console);
/* The catalog has taken in all records before `through`. */
void news_note(struct news *news, uint64_t through);

#endif
