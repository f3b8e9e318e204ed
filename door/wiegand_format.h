/*
 * Wiegand formats: which bits of a frame are the card's number, and which only check it.
 *
 * There is no standard but for 26 bits (SIA AC-01); the others are what readers send. A lost pulse
 * shortens a frame by one bit, so two formats of one reader must differ by more than that:
 * wiegand_formats_check sees to it, and then no lost pulse can turn one number into another.
 */
#ifndef SEALROOM_DOOR_WIEGAND_FORMAT_H
#define SEALROOM_DOOR_WIEGAND_FORMAT_H

#include "base/status.h"
#include "door/wiegand.h"

#define WIEGAND_PARITIES_MAX 4
#define WIEGAND_FORMATS_MAX  8

struct wiegand_span {
    uint8_t first; /* bit of the frame, from 0 */
    uint8_t count; /* 0: there is none */
};

/* The bit `at` makes the number of ones in it and in `over` even, or odd. */
struct wiegand_parity {
    uint8_t at;
    bool is_odd;
    struct wiegand_span over;
};

struct wiegand_format {
    const char *name;
    uint8_t bits;
    bool is_key;         /* a key of a keypad, not a card */
    bool has_complement; /* a key: the first four bits are the last four, each turned over */
    struct wiegand_span facility;
    struct wiegand_span number;
    struct wiegand_parity parities[WIEGAND_PARITIES_MAX];
    size_t parity_count;
};

enum wiegand_kind {
    WIEGAND_CARD = 1,
    WIEGAND_KEY,
    WIEGAND_UNREADABLE, /* `fault` says why; the bits are kept by whoever has the frame */
};

struct wiegand_reading {
    enum wiegand_kind kind;
    const struct wiegand_format *format; /* NULL if no format has so many bits */
    const char *fault;                   /* for people; NULL if there is none */
    bool has_facility;
    uint64_t facility;
    uint64_t number; /* a key: 0 to 9, 10 for *, 11 for # */
};

/* "wiegand26", "wiegand32", "wiegand34", "wiegand37", "wiegand37_facility", "key4", "key8"; NULL
 * for another name. */
const struct wiegand_format *wiegand_format_named(const char *name);
/* All of them, for whoever lists them. */
const struct wiegand_format *wiegand_formats(size_t *count);

/* Can a reader send these? STATUS_INVALID, with what is wrong, for a format whose spans lie
 * outside its bits, that is longer than a frame may be, or two whose lengths differ by less than
 * two bits. */
MUST_CHECK enum status wiegand_formats_check(const struct wiegand_format *const *formats,
                                             size_t count, struct error *error);

/* Never fails: what no format explains is WIEGAND_UNREADABLE. */
struct wiegand_reading wiegand_read(const struct wiegand_frame *frame,
                                    const struct wiegand_format *const *formats, size_t count);

#endif
