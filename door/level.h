/*
 * Level: what the watch of a controller's inputs keeps between two readings, and how a change is
 * told. Of shape_level.c and level_counts.c alone.
 */
#ifndef SEALROOM_DOOR_LEVEL_H
#define SEALROOM_DOOR_LEVEL_H

#include "door/counts.h"
#include "door/reporter.h"

struct level {
    struct reporter reporter;
    bool is_begun;
    bool was_away;
    bool has_failed;  /* a reading, since the last good one */
    int64_t asked_ns; /* monotonic, when the last good one was asked for; 0: none was */
    bool is_doubtful; /* counters ran backwards or jumped: the next reading must agree */
    bool has_words;
    uint16_t words[BUS_WORDS_MAX]; /* of the last good one */
    bool is_known[PROFILE_LEVELS_MAX];
    bool is_over[PROFILE_LEVELS_MAX]; /* the counter's overflow flag is set */
    struct count counts[PROFILE_LEVELS_MAX];
};

/* What one reading says. */
struct level_reading {
    uint16_t words[BUS_WORDS_MAX];
    size_t size;
    uint16_t overflows[BUS_WORDS_MAX];
    size_t overflow_size;
    struct count counts[PROFILE_LEVELS_MAX];
    char raw[RAW_SIZE];
    int64_t asked_ns; /* monotonic */
};

/* Of an input, to `is_on`. */
struct level_change {
    size_t at;
    bool is_on;
    bool is_numbered;
    bool is_found; /* when it was is not known */
    const char *detail;
};

/* For a record of each input, and two of the controller as a whole. */
bool level_has_room(const struct watch *watch);
/* The level as it shows now: seen to change, or found after a time without reading. */
struct level_change level_change_to(const struct level *level, size_t at, bool is_on);
/* Says it with the next number if it is_numbered, unless it means nothing. */
MUST_CHECK enum status level_say_change(struct level *level, const struct watch *watch,
                                        const struct level_change *change,
                                        const struct level_reading *reading, struct error *error);
/* What a reading with counters says; *more: it must be read again at once. */
MUST_CHECK enum status level_take_counts(struct level *level, const struct watch *watch,
                                         const struct level_reading *reading, bool *more,
                                         struct error *error);

#endif
