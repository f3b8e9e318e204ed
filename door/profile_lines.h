/*
 * The part of a profile that describes a door wired to GPIO lines, `shape: lines`: contacts and
 * the like, and card readers on two data lines.
 */
#ifndef SEALROOM_DOOR_PROFILE_LINES_H
#define SEALROOM_DOOR_PROFILE_LINES_H

#include "base/message.h"
#include "base/vocabulary.h"
#include "door/wiegand_format.h"
#include "yaml/yaml_walk.h"

/* Contacts of one chip; and two lines a reader, within the 64 of one request to the kernel. */
#define PROFILE_LINES_MAX   48
#define PROFILE_READERS_MAX 16
#define PROFILE_FORMATS_MAX 16
#define LINE_NAME_SIZE      32 /* as the kernel has it */

enum line_bias { BIAS_AS_IS = 0, BIAS_NONE, BIAS_PULL_UP, BIAS_PULL_DOWN };

/* One line, and what its changes mean; 0 where a change means nothing. */
struct profile_line {
    char line[LINE_NAME_SIZE]; /* its name, or its offset on the chip in digits */
    bool active_low;
    enum line_bias bias;
    uint32_t debounce_us;
    uint16_t door; /* counted from 1; 0: the controller's own */
    enum door_event on;
    enum door_event off;
    char reader[ID_SIZE];
    struct yaml_place place;
};

/* A format of a reader's frames that is not among the known ones. */
struct profile_format {
    char name[ID_SIZE];
    struct wiegand_format format; /* whole after profile_lines_settle */
    struct wiegand_parity *parities;
    size_t parity_count;
    struct yaml_place place;
};

struct profile_format_name {
    char name[ID_SIZE];
    struct yaml_place place;
};

struct profile_card_reader {
    char name[ID_SIZE];
    char d0[LINE_NAME_SIZE];
    char d1[LINE_NAME_SIZE];
    bool active_low;
    enum line_bias bias;
    uint16_t door;
    enum direction direction;
    uint32_t silence_ms;
    uint32_t shortest_us;
    struct profile_format_name *formats;
    size_t format_count;
    /* The formats themselves, in the same order, after profile_lines_settle. */
    const struct wiegand_format *known[WIEGAND_FORMATS_MAX];
    struct yaml_place place;
};

struct profile_lines {
    struct profile_line *lines;
    size_t line_count;
    struct profile_card_reader *readers;
    size_t reader_count;
    struct profile_format *formats;
    size_t format_count;
};

/* Finds the readers' formats by their names, so that `lines` must not move any more, and looks for
 * what does not fit together. STATUS_INVALID: there are mistakes. */
MUST_CHECK enum status profile_lines_settle(struct profile_lines *lines,
                                            struct yaml_mistakes *mistakes, struct error *error);

#endif
