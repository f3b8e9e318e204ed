/*
 * Which record to ask for, of a controller whose log is read by number: the one after the newest
 * that was recorded, or the oldest that is still there. What there is, its status says.
 *
 * After each beginning the newest that was recorded is asked for first, if it is still there: the
 * log may have been cleared and filled again.
 *
 * Belongs to a shape's state and, like it, begins as zeros.
 */
#ifndef SEALROOM_DOOR_CURSOR_FIND_H
#define SEALROOM_DOOR_CURSOR_FIND_H

#include "door/reporter.h"

struct cursor_find {
    uint64_t wanted;   /* continued number of the record that is asked for */
    uint64_t newest;   /* that of the newest that there is */
    bool is_verifying; /* that is the newest that was recorded */
    bool is_verified;  /* so it was asked for, since the last resumption */
    bool is_doubtful;  /* the newest that there is, is older than what was read */
};

/* As shape.h has it. */
void cursor_find_resumed(struct cursor_find *find);
/* The number of the record that is wanted, as the controller has it. */
uint64_t cursor_find_number(const struct cursor_find *find, const struct numbers *numbers);
/* The controller gives a newer record than the one that is wanted, if there is one. */
bool cursor_find_gives_another(const struct cursor_find *find, const struct numbers *numbers,
                               const struct watch *watch);
/* From the status, `count` words: *waiting: there is a record to ask for, `wanted`. *is_settled is
 * false if the status must be read once more before anything is made of it. One whose numbers began
 * anew is told so. STATUS_FULL: the keeper has no room. */
MUST_CHECK enum status cursor_find_next(struct cursor_find *find, struct reporter *reporter,
                                        const struct watch *watch, const uint16_t *words,
                                        size_t count, bool *waiting, bool *is_settled,
                                        struct error *error);

#endif
