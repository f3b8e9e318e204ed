/*
 * A reporter: tells the keeper of one controller's records in the order of their numbers: what was
 * lost before each, that counting began anew, that the controller restarted, that its clock is
 * wrong.
 *
 * Belongs to a shape's state and, like it, begins as zeros. Everything is said over watch->link;
 * the caller has seen to it that there is room for four messages a record.
 */
#ifndef SEALROOM_DOOR_REPORTER_H
#define SEALROOM_DOOR_REPORTER_H

#include "door/numbers.h"
#include "door/shape.h"

struct reporter {
    struct numbers numbers;
    bool is_begun;         /* the keeper's position was taken over */
    bool boot_is_doubtful; /* it was read otherwise than known: the next reading must agree */
    bool boot_is_known;
    uint64_t boot;
    char refusal[ERROR_TEXT_SIZE]; /* why a record was passed over, which the next loss tells */
    bool clear_due;       /* the restart is said; when that is durable, its flag is cleared */
    bool restart_is_told; /* the restart whose flag was not cleared so far, and nothing after it:
                             if it is another one by now, what was said still says it */

    int64_t idle_ns; /* monotonic: when it was seen that nothing waited, if nothing was found since
                        and the connection is the same; else 0. What is found next has happened
                        after that */
    int64_t newest_device_ns; /* of the newest record; 0 if unknown */
    bool newest_time_is_good; /* it can be held against another */
    bool clock_is_doubtful;   /* the controller itself says so */
    bool clock_is_wrong;      /* by the recorder's */
    bool offset_is_known;
    int64_t offset_ns; /* the recorder's clock minus the controller's, when a record was read that
                          had just happened */
    int64_t slack_ns;  /* as much less it may have been, for it happened before it was read */
    int64_t base_ns;   /* the recorder's wall clock minus its monotonic one then */

    bool is_nearly_full; /* said, and not over */
    bool is_full;
};

/* Takes over the keeper's position, the first time it is called. */
void reporter_begin(struct reporter *reporter, const struct watch *watch, uint64_t first,
                    uint64_t last);

/* Something that the recorder itself found, of the controller as a whole. */
MUST_CHECK enum status reporter_say(const struct reporter *reporter, const struct watch *watch,
                                    enum door_event event, const char *detail, struct error *error);
/* Counting begins again at `first`, in another epoch. */
MUST_CHECK enum status reporter_begin_anew(struct reporter *reporter, const struct watch *watch,
                                           uint64_t epoch, struct error *error);
/* What the controller says of its restarts, from a window of `words`. *is_settled is false if it
 * must be read once more before anything is made of it. */
MUST_CHECK enum status reporter_look_at_boot(struct reporter *reporter, const struct watch *watch,
                                             const struct profile_boot *boot, const uint16_t *words,
                                             size_t count, bool *is_settled, struct error *error);
/* Clears the flag of a restart that was said. For a shape to call when all it said is durable. */
MUST_CHECK enum status reporter_clear_boot(struct reporter *reporter, const struct watch *watch,
                                           struct error *error);
/* How many records are in the controller's log: unread ones where it overwrites, all where it
 * stops when it is full. */
MUST_CHECK enum status reporter_look_at_log(struct reporter *reporter, const struct watch *watch,
                                            uint64_t count, struct error *error);
/* The records up to, and without, `next` are lost. */
MUST_CHECK enum status reporter_say_lost(struct reporter *reporter, const struct watch *watch,
                                         uint64_t next, struct error *error);
/* Nothing waits now, for certain; or it is not known any more. */
void reporter_look_at_idle(struct reporter *reporter, const struct watch *watch, bool is_idle);
/* What a record's time says of the controller's clock. */
MUST_CHECK enum status reporter_look_at_clock(struct reporter *reporter, const struct watch *watch,
                                              const struct message_entry *entry,
                                              struct error *error);
/* The recorder has set the controller's clock: what comes is not held against what came before. */
void reporter_clock_was_set(struct reporter *reporter);
/* One record, `step` and `continued` being numbers_look's: what was lost before it, then itself.
 * Its device_seq and boot_epoch are filled in. Without is_entry it is only counted. */
MUST_CHECK enum status reporter_say_numbered(struct reporter *reporter, const struct watch *watch,
                                             enum numbers_step step, uint64_t continued,
                                             struct message_entry *entry, bool is_entry,
                                             struct error *error);
/* One record that has no number. */
MUST_CHECK enum status reporter_say_entry(struct reporter *reporter, const struct watch *watch,
                                          struct message_entry *entry, struct error *error);

#endif
