/*
 * What was said of a cursor's records: a new one, or one of which the ledger is to know. That one
 * is said again, to hear whether the ledger has exactly it; if not, the numbers began anew.
 *
 * Belongs to a shape's state and, like it, begins as zeros. All return what the reporter does.
 */
#ifndef SEALROOM_DOOR_CURSOR_SAID_H
#define SEALROOM_DOOR_CURSOR_SAID_H

#include "door/reporter.h"

struct cursor_said {
    bool has_newest; /* `newest` is the newest record, as read; it may be no entry */
    struct message_entry newest;
    bool is_disputed; /* the keeper does not have what was said again: the next must agree */
    bool is_asking;   /* `asked` was said again; the keeper's word on it waits */
    struct message_entry asked;
    uint64_t asked_sequence; /* its number, as the controller has it */
};

/* Says a record again; `number` is the controller's, `continued` that of the ledger. */
MUST_CHECK enum status cursor_say_again(struct cursor_said *said, struct reporter *reporter,
                                        const struct watch *watch, uint64_t number,
                                        uint64_t continued, const struct message_entry *entry,
                                        struct error *error);
/* Says a record that is a step ahead, or is the first of those that began anew. */
MUST_CHECK enum status cursor_say_new(struct cursor_said *said, struct reporter *reporter,
                                      const struct watch *watch, uint64_t number,
                                      struct message_entry *entry, bool is_entry,
                                      struct error *error);
/* The numbers began anew. */
MUST_CHECK enum status cursor_begin_anew(struct cursor_said *said, struct reporter *reporter,
                                         const struct watch *watch, struct error *error);
/* Takes in the keeper's word on what was said again. *is_disputed: the ledger has another, and a
 * controller that is asked by number must show it once more before anything is made of it. */
MUST_CHECK enum status cursor_settle(struct cursor_said *said, struct reporter *reporter,
                                     const struct watch *watch, bool *is_disputed,
                                     struct error *error);

#endif
