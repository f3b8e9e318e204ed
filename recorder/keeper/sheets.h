/*
 * What the console is shown, so that it can check it by itself: a record with its proof, and what
 * is being recorded. And what people say of a record: that they reviewed an entry, that they know
 * of an alarm.
 */
#ifndef SEALROOM_KEEPER_SHEETS_H
#define SEALROOM_KEEPER_SHEETS_H

#include "keeper/parts.h"

struct sheets;

MUST_CHECK enum status sheets_new(struct keeper *keeper, struct sheets **sheets,
                                  struct error *error);
/* NULL is allowed. */
void sheets_free(struct sheets *sheets);

/* SHEET_ASK, OPEN_ASK, REVIEW, ALARM_ACKNOWLEDGE; each answered here. */
void sheets_show(struct sheets *sheets, struct peer *peer, const struct letter *letter);
void sheets_show_open(struct sheets *sheets, struct peer *peer, const struct letter *letter);
void sheets_review(struct sheets *sheets, struct peer *peer, const struct letter *letter);
void sheets_acknowledge(struct sheets *sheets, struct peer *peer, const struct letter *letter);

#endif
