/*
 * Lines: the GPIO lines of one chip that a door is wired to, through libgpiod 2.
 *
 * Contacts are in one request to the kernel, so that their edges keep their order: both edges,
 * debounced by the kernel. The data lines of card readers are in another: the active edge alone,
 * not debounced. Each request has as many edges waiting as the kernel allows; when there are more
 * it drops the oldest, which shows in the numbers it gives them.
 *
 * Times are the kernel's at the edge, on CLOCK_MONOTONIC. Nothing here waits.
 */
#ifndef SEALROOM_DOOR_LINES_H
#define SEALROOM_DOOR_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "door/profile.h"

enum lines_group { LINES_CONTACTS = 0, LINES_READERS };
#define LINES_GROUPS 2
#define LINES_MAX    64 /* of one request, by the kernel */

struct lines;

/* A line that is wanted. */
struct lines_wish {
    char line[LINE_NAME_SIZE]; /* name, or offset in digits */
    bool active_low;
    enum line_bias bias;
    uint32_t debounce_us;
};

struct lines_edge {
    size_t line; /* in the order of lines_add within its group, from 0 */
    bool is_active;
    int64_t at_ns;
    uint32_t lost; /* edges of the group that the kernel dropped before this one */
};

/* `chip` is the chip's label, or its name (gpiochip0). Nothing is opened yet. */
MUST_CHECK enum status lines_new(const char *chip, struct lines **lines, struct error *error);
/* Closes; NULL is allowed. */
void lines_free(struct lines *lines);
void lines_cleanup(struct lines **lines);
#define AUTO_LINES __attribute__((cleanup(lines_cleanup)))

/* STATUS_FULL beyond LINES_MAX of a group. For what is not open. */
MUST_CHECK enum status lines_add(struct lines *lines, enum lines_group group,
                                 const struct lines_wish *wish, struct error *error);

/* Finds the chip and requests its lines. STATUS_NOT_FOUND: no such chip or line; STATUS_INVALID:
 * two wishes are one line; STATUS_IO. */
MUST_CHECK enum status lines_open(struct lines *lines, struct error *error);
void lines_close(struct lines *lines);
bool lines_is_open(const struct lines *lines);
/* "gpiochip0 (label)", and before it was ever open what it was made with; borrowed. */
const char *lines_name(const struct lines *lines);
/* For polling: readable when edges wait. -1 if it is not open, or the group has no lines. That the
 * chip has gone does not wake a poll of Linux 6.1 that has begun. */
int lines_descriptor(const struct lines *lines, enum lines_group group);
/* Of a line, on its chip; valid once it was open. */
unsigned lines_offset(const struct lines *lines, enum lines_group group, size_t line);

/* The edges that wait, oldest first, at most `room`; *count may be 0. STATUS_IO: the chip has gone,
 * and is closed. */
MUST_CHECK enum status lines_read(struct lines *lines, enum lines_group group,
                                  struct lines_edge *edges, size_t room, size_t *count,
                                  struct error *error);
/* The group's levels as they are, one for each line. A group without lines has none. STATUS_IO as
 * above. */
MUST_CHECK enum status lines_levels(struct lines *lines, enum lines_group group, bool *is_active,
                                    struct error *error);

/* The clock of the edges. */
int64_t lines_now_ns(void);

#endif
