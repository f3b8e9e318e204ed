/*
 * How a credential (card number, user id, key string) is shown to people: as it is, or masked.
 * Records keep it whole; whatever shows one asks here, so that all show the same.
 */
#ifndef SEALROOM_BASE_CARD_H
#define SEALROOM_BASE_CARD_H

#include "base/bytes.h"

enum card_display { CARDS_FULL = 0, CARDS_MASKED };

#define CARD_MASK        "******"
#define CARD_TAIL_MAX    4u
#define CARD_MASKED_SIZE (sizeof CARD_MASK + CARD_TAIL_MAX)

/* Writes CARD_MASK and, to tell people apart, the last few letters and digits: two in five at most
 * of the group they end, without its leading zeros, four at most, and none of fewer than four.
 * Always as many stars, so that no length is shown; always ASCII that neither a terminal nor CSV
 * takes for anything else, whatever the bytes are. `method` (may be NULL) is the entry's: what was
 * typed on a keypad (its name contains "pin", "key" or "pass", in any case) may be a PIN and shows
 * nothing. Empty for no bytes. */
void card_mask(char masked[CARD_MASKED_SIZE], struct bytes credential, const char *method);

/* The credential itself, or masked in `masked`, as `display` says. */
const char *card_shown(enum card_display display, const char *credential, const char *method,
                       char masked[CARD_MASKED_SIZE]);

#endif
