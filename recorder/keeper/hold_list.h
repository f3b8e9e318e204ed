/*
 * The holds as people at the console are shown them (HOLDS, base/message_console.h): which there
 * are, from the index that the keeper itself goes by; who set and released them, from the records.
 */
#ifndef SEALROOM_KEEPER_HOLD_LIST_H
#define SEALROOM_KEEPER_HOLD_LIST_H

#include "keeper/parts.h"

#define HOLD_LIST_RELEASED_MAX 100u /* of those that are over, the newest */

/* HOLDS_ASK. */
void hold_list_show(struct keeper *keeper, struct peer *peer, const struct letter *letter);

#endif
