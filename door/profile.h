/*
 * A controller profile: how a model's registers become entries. Data, one YAML file a model, in
 * door/profiles/; door/profiles/README.md shows every key.
 *
 * A profile is plain data and constant once it is loaded. Its arrays are its own.
 */
#ifndef SEALROOM_DOOR_PROFILE_H
#define SEALROOM_DOOR_PROFILE_H

#include "base/message.h"
#include "base/vocabulary.h"
#include "door/device_time.h"
#include "door/door_list.h"
#include "door/field.h"

/* The limits of the Modbus protocol (V1.1b3, 6.1 to 6.4). */
#define PROFILE_READ_WORDS 125
#define PROFILE_READ_BITS  2000
/* A record is kept whole in an entry's `raw`. */
#define PROFILE_RECORD_WORDS ((RAW_SIZE - 1) / 4)
#define PROFILE_LEVELS_MAX   48

enum profile_shape {
    PROFILE_CURSOR = 1, /* records, one at a time, selected and acknowledged */
    PROFILE_LEVEL,      /* inputs that are on or off */
};

/* The four tables of the Modbus data model. */
enum profile_table { TABLE_COIL = 1, TABLE_DISCRETE, TABLE_INPUT, TABLE_HOLDING };

/* What is read at once. */
struct profile_window {
    enum profile_table table;
    uint16_t address; /* as it goes over the wire, from 0: address_base is taken off */
    uint16_t count;   /* registers; coils and discrete inputs: bits */
    struct yaml_place place;
};

struct profile_write {
    enum profile_table table; /* TABLE_COIL or TABLE_HOLDING */
    uint16_t address;
    uint16_t value;
    struct yaml_place place;
};

/* How a controller's restart is known. */
enum profile_boot_kind {
    BOOT_NONE = 0,
    BOOT_COUNTER, /* counts restarts */
    BOOT_FLAG,    /* not zero after a restart, until it was read */
};

struct profile_boot {
    struct field field;
    enum profile_boot_kind kind;
    bool numbers_anew; /* after a restart its sequence begins at `first` again */
};

/* Read before each selection, so that nothing is selected where nothing waits. */
struct profile_status {
    bool is_there;
    struct profile_window window;
    struct field waiting; /* not zero: unread records wait */
    struct profile_boot boot;
};

struct profile_sequence {
    struct field field;
    uint64_t first; /* what it begins with, and what follows `last` */
    uint64_t last;
};

struct profile_time {
    struct device_time parts;
    char zone[ZONE_NAME_SIZE];
};

struct profile_door {
    struct field field;
    uint16_t first; /* the controller's number for the first of its doors */
};

struct profile_record {
    struct profile_window window;
    struct profile_sequence sequence;
    struct field unread;      /* records that wait behind this one */
    struct profile_boot boot; /* as in the status, but read at the same instant as the record */
    struct profile_time time;
    struct field code;
    struct field value; /* narrows the code: the state an object changed into */
    struct profile_door door;
    struct field reader;
    struct field reason;
    struct field method;
    struct field credential;
};

/* A row of the code table. */
struct profile_event {
    uint32_t code;
    bool has_value; /* else any value fits */
    uint32_t value;
    enum door_event event;
    enum verdict verdict;
    enum direction direction;
    uint16_t door; /* counted from 1; 0: as the record's own field says */
    struct yaml_place place;
};

struct profile_reason {
    uint32_t code;
    enum deny_reason reason;
};

struct profile_reader {
    uint32_t code;
    char name[ID_SIZE];
    enum direction direction;
    struct yaml_place place;
};

struct profile_method {
    uint32_t code;
    char name[ID_SIZE];
};

/* One input, and what its changes mean; 0 where a change means nothing. */
struct profile_level {
    uint16_t input; /* bit of the window, counted from 0 */
    uint16_t door;  /* counted from 1; 0: the controller's own */
    bool inverted;
    enum door_event on;
    enum door_event off;
    char reader[ID_SIZE];
    struct yaml_place place;
};

struct profile_inputs {
    struct profile_window window;
    struct profile_level *levels;
    size_t level_count;
};

struct profile {
    char id[ID_SIZE];
    char model[NAME_SIZE];
    char manual[DETAIL_SIZE];
    enum profile_shape shape;
    uint16_t address_base;
    uint16_t largest_read;

    /* cursor */
    struct profile_status status;
    struct profile_write *selects;
    size_t select_count;
    struct profile_record record;
    struct profile_write *acknowledges;
    size_t acknowledge_count;
    struct profile_event *events;
    size_t event_count;
    struct profile_reason *reasons;
    size_t reason_count;
    struct profile_reader *readers;
    size_t reader_count;
    struct profile_method *methods;
    size_t method_count;

    /* level */
    struct profile_inputs inputs;
};

/* Reads a profile. On STATUS_INVALID every mistake is in *mistakes, and *profile is NULL. */
MUST_CHECK enum status profile_parse(struct bytes text, struct profile **profile,
                                     struct yaml_mistakes *mistakes, struct error *error);
/* The same from a file; the mistakes as lines "file:line:column: …" in *report. */
MUST_CHECK enum status profile_load(const char *path, struct profile **profile,
                                    struct buffer *report, struct error *error);
/* NULL is allowed. */
void profile_free(struct profile *profile);
void profile_cleanup(struct profile **profile);
#define AUTO_PROFILE __attribute__((cleanup(profile_cleanup)))

/* How many words a window fills: registers, or bits packed sixteen to a word. */
size_t profile_window_words(const struct profile_window *window);

/* Each returns NULL for what the profile does not name. */
const struct profile_event *profile_find_event(const struct profile *profile, uint64_t code,
                                               uint64_t value);
const struct profile_reason *profile_find_reason(const struct profile *profile, uint64_t code);
const struct profile_reader *profile_find_reader(const struct profile *profile, uint64_t code);
const struct profile_method *profile_find_method(const struct profile *profile, uint64_t code);

#endif
