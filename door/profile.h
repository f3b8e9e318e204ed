/*
 * A controller profile: how a model's registers, or a wiring's lines, become entries. Data, one
 * YAML file a model, in door/profiles/; door/profiles/README.md shows every key.
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
#include "door/profile_lines.h"

/* The limits of the Modbus protocol (V1.1b3, 6.1 to 6.4). */
#define PROFILE_READ_WORDS  125
#define PROFILE_READ_BITS   2000
#define PROFILE_WRITE_WORDS 123
/* A record is kept whole in an entry's `raw`. */
#define PROFILE_RECORD_WORDS ((RAW_SIZE - 1) / 4)
#define PROFILE_LEVELS_MAX   48
#define PROFILE_GAPS_MAX     16
/* A request of the model's own: function code and data, without unit and checksum (V1.1b3, 4.1);
 * and the most that an answer can have after its function code. */
#define PROFILE_REQUEST_MAX 32
#define PROFILE_ANSWER_MAX  249

enum profile_shape {
    PROFILE_CURSOR = 1, /* records with a number, one at a time, selected and acknowledged */
    PROFILE_LATCH,      /* one record without a number, held until it is acknowledged */
    PROFILE_HISTORY,    /* records without a number, asked for by how far back they are */
    PROFILE_LEVEL,      /* inputs that are on or off, and their counters */
    PROFILE_LINES,      /* GPIO lines of the machine itself: no Modbus */
};

/* The four tables of the Modbus data model. */
enum profile_table { TABLE_COIL = 1, TABLE_DISCRETE, TABLE_INPUT, TABLE_HOLDING };

/* A request by the bytes of its function code and data, where no table fits. */
struct profile_request {
    uint8_t *bytes;
    size_t size;          /* 0: there is none */
    uint16_t answer;      /* bytes after the function code */
    uint16_t number_at;   /* place in `bytes`, from 0 (the function code, so 0 is none), where the
                             number goes that is asked for */
    uint8_t number_bytes; /* 1, 2 or 4, the highest first */
};

/* Addresses of a window that the controller does not let be read. They stay zero. */
struct profile_gap {
    uint16_t address;
    uint16_t count;
    struct yaml_place place;
};

/* What is read: registers or bits of a table, or the answer to a request. */
struct profile_window {
    enum profile_table table; /* 0 with a request */
    bool has_address;
    uint16_t address; /* as it goes over the wire, from 0: address_base is taken off */
    uint16_t count;   /* registers; coils and discrete inputs: bits */
    struct profile_request request;
    uint16_t skip; /* bytes of the answer that are left out before it is taken as words */
    uint16_t largest_read;
    struct profile_gap *gaps; /* rising, within the window */
    size_t gap_count;
    struct yaml_place place;
};

/* What is written: one coil or register, or a request. */
struct profile_write {
    enum profile_table table; /* TABLE_COIL or TABLE_HOLDING; 0 with a request */
    bool has_address;
    uint16_t address;
    bool has_value;
    uint16_t value;
    bool is_number; /* the number that is asked for, or acknowledged, in place of `value` */
    struct profile_request request;
    struct yaml_place place;
};

struct profile_writes {
    struct profile_write *items;
    size_t count;
};

/* How a controller's restart is known. */
enum profile_boot_kind {
    BOOT_NONE = 0,
    BOOT_COUNTER, /* counts restarts */
    BOOT_FLAG,    /* not zero after a restart, until it was read or cleared */
};

struct profile_boot {
    struct field field;
    enum profile_boot_kind kind;
    bool numbers_anew;           /* after a restart its sequence begins at `first` again */
    struct profile_writes clear; /* of a flag that reading leaves as it is */
};

/* Read before each selection, so that nothing is selected where nothing waits. */
struct profile_status {
    bool is_there;
    struct profile_window window;
    struct field waiting; /* not zero: unread records wait */
    struct field newest;  /* number of the newest record */
    struct field next;    /* number that the next record will get: instead of `newest` */
    struct field oldest;  /* number of the oldest that is still there */
    struct field stored;  /* how many there are */
    struct profile_boot boot;
};

struct profile_sequence {
    struct field field; /* not there: the number is the one that was asked for */
    uint64_t first;     /* what it begins with, and what follows `last` */
    uint64_t last;
};

/* What a controller does when its log is full. */
enum profile_full { FULL_UNKNOWN = 0, FULL_OVERWRITES, FULL_STOPS };

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
    struct field empty;       /* its `none` in this place says that there is no record */
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
    bool has_code; /* else any code that no other row has */
    uint32_t code;
    bool has_value; /* else any value fits */
    uint32_t value;
    bool is_ignored; /* a record that is no entry; its number is counted */
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
    struct field counter; /* of its changes, in the window */
    bool has_overflow;
    uint16_t overflow; /* bit of the overflow window, or of the window: the counter ran over */
    struct yaml_place place;
};

/* Which changes an input's counter counts: those of the contact, before `inverted`. */
enum profile_counts { COUNTS_ON = 0, COUNTS_OFF, COUNTS_BOTH };

struct profile_inputs {
    struct profile_window window;
    enum profile_counts counts;
    bool has_overflows;
    struct profile_window overflows;
    struct profile_level *levels;
    size_t level_count;
};

/* Where a controller's clock stands, read and written as a whole. */
struct profile_clock {
    bool is_there;
    struct profile_window window;
    struct profile_time time;
    struct profile_writes commit; /* what makes it take the new time */
};

struct profile {
    char id[ID_SIZE];
    char model[NAME_SIZE];
    char manual[DETAIL_SIZE];
    enum profile_shape shape;
    uint16_t address_base;
    uint16_t largest_read;
    struct profile_clock clock;

    /* cursor, latch, history */
    struct profile_status status;
    struct profile_writes select;
    struct profile_record record;
    struct profile_writes acknowledge;
    uint32_t capacity; /* records in its log; 0: not known */
    enum profile_full when_full;
    uint16_t newest_index; /* history: what the newest record is asked for by */
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

    /* lines */
    struct profile_lines lines;
};

/* Reads a profile. On STATUS_INVALID every mistake is in *mistakes, and *profile is NULL. */
MUST_CHECK enum status profile_parse(struct bytes text, struct profile **profile,
                                     struct yaml_mistakes *mistakes, struct error *error);
/* The same from a file; the mistakes as lines "file:line:column: …" in *report. */
MUST_CHECK enum status profile_load(const char *path, struct profile **profile,
                                    struct buffer *report, struct error *error);
/* The same from the file's bytes, `path` being only what it is called. */
MUST_CHECK enum status profile_load_bytes(struct bytes text, const char *path,
                                          struct profile **profile, struct buffer *report,
                                          struct error *error);
/* NULL is allowed. */
void profile_free(struct profile *profile);
void profile_cleanup(struct profile **profile);
#define AUTO_PROFILE __attribute__((cleanup(profile_cleanup)))

/* How many words a window fills: registers, bits packed sixteen to a word, or the bytes of an
 * answer, two to a word, the first being the higher one. */
size_t profile_window_words(const struct profile_window *window);
/* How many addresses of a table, from `at` on, come in one read; 0: a gap of *skip begins there. */
uint16_t profile_window_piece(const struct profile_window *window, unsigned at, unsigned *skip);
/* Records are asked for by their number. */
bool profile_asks_number(const struct profile *profile);

/* Whether the event can ever come of the controller's door of that number, from 1. */
bool profile_reports(const struct profile *profile, unsigned door, enum door_event event);

/* Each returns NULL for what the profile does not name. */
const struct profile_event *profile_find_event(const struct profile *profile, uint64_t code,
                                               uint64_t value);
const struct profile_reason *profile_find_reason(const struct profile *profile, uint64_t code);
const struct profile_reader *profile_find_reader(const struct profile *profile, uint64_t code);
const struct profile_method *profile_find_method(const struct profile *profile, uint64_t code);

#endif
