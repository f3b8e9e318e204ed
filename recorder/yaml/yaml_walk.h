/*
 * A walker that reads a YAML document into a struct by a table, and reports every mistake, not
 * only the first, each with its line and column, what is wrong and what would be right.
 *
 *     struct camera { char id[33]; uint32_t port; bool audio; struct yaml_place place; };
 *     static const struct yaml_key camera_keys[] = {
 *         {.name = "id", YAML_ID(struct camera, id), .required = true},
 *         {.name = "port", YAML_INTEGER(struct camera, port, 1, 65535, NULL)},
 *         {.name = "audio", YAML_BOOLEAN(struct camera, audio)},
 *     };
 *     static const struct yaml_table camera_table = {
 *         YAML_KEYS(struct camera, camera_keys), .defaults = &(struct camera){.port = 554},
 *         YAML_TABLE_PLACE(struct camera, place), .unique = "id",
 *     };
 *
 * One document of at most YAML_SIZE_MAX bytes, nested at most YAML_DEPTH_MAX levels, UTF-8.
 * Anchors, aliases, tags, merge keys and further documents are mistakes: a file that people check
 * by eye must say what it looks as if it said.
 *
 * Scalars:
 *   text      plain or quoted; an empty plain value is missing, not empty
 *   integer   plain decimal, or hexadecimal with 0x; no leading zeros, no fraction, no unit: the
 *             unit is the key's, and stands in its name. Decimal alone where the table says so
 *   boolean   plain yes, no, on, off, true, false
 *   word      one of a list of names
 */
#ifndef SEALROOM_YAML_YAML_WALK_H
#define SEALROOM_YAML_YAML_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "base/vocabulary.h"

#define YAML_SIZE_MAX     ((size_t)1024 * 1024)
#define YAML_DEPTH_MAX    16
#define YAML_ITEMS_MAX    4096 /* of a list or dictionary that sets no limit of its own */
#define YAML_MISTAKES_MAX 200  /* what comes after is only counted */

/* Where something stands; both count from 1. {0, 0}: nowhere, it was not in the file. */
struct yaml_place {
    uint32_t line;
    uint32_t column;
};

struct yaml_mistake {
    struct yaml_place place;
    char *text;
};

/* A growing collection. Zero-initialise; release with yaml_mistakes_release. */
struct yaml_mistakes {
    struct yaml_mistake *items;
    size_t count;
    size_t capacity;
    size_t left_out; /* beyond YAML_MISTAKES_MAX */
    bool no_memory;  /* one could not be kept */
};

void yaml_mistakes_release(struct yaml_mistakes *mistakes);
/* Adds one; used by the walker, and by callers for what only they can judge. */
void yaml_mistakes_add(struct yaml_mistakes *mistakes, struct yaml_place place, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));
/* All that were added, with those that were left out. */
size_t yaml_mistakes_count(const struct yaml_mistakes *mistakes);
/* Sorts them by place, then appends "file:line:column: text\n" for each. */
MUST_CHECK enum status yaml_mistakes_print(struct yaml_mistakes *mistakes, const char *file,
                                           struct buffer *text);

enum yaml_kind {
    YAML_KIND_TEXT = 1,   /* char[size] */
    YAML_KIND_ID,         /* char[size]: [a-z0-9][a-z0-9-]{0,31}, as in base/message.h */
    YAML_KIND_INTEGER,    /* an integer of 1, 2, 4 or 8 bytes */
    YAML_KIND_BOOLEAN,    /* bool */
    YAML_KIND_WORD,       /* an integer or enum of 1, 2, 4 or 8 bytes */
    YAML_KIND_MAPPING,    /* a struct with its own table */
    YAML_KIND_LIST,       /* pointer to an allocated array, and a size_t count */
    YAML_KIND_DICTIONARY, /* the same, from a mapping whose keys are data: key and value an item */
};

struct yaml_word {
    const char *name;
    int64_t value;
};

struct yaml_table;

/* What a value is. Made by the macros below, which fill in size. */
struct yaml_type {
    enum yaml_kind kind;
    size_t size;        /* of the C object that is written */
    const char *expect; /* how a person would say what is right: "an RTSP address"; may be NULL */

    int64_t smallest; /* integer; for a text its smallest length in bytes */
    int64_t largest;
    const char *unit; /* of an integer, for messages: "seconds"; may be NULL */

    const struct yaml_word *words; /* ends with a NULL name */
    /* A word of base/vocabulary.h instead: word_door_events, …; its code is written. */
    const struct word *(*vocabulary)(size_t *count);

    /* A text or id: NULL if it is right, else what would be right ("must begin with rtsp://"). */
    const char *(*check)(const char *text);
    bool is_card; /* a dictionary's key: mistakes show it masked, as card_mask does */

    const struct yaml_table *table; /* mapping */

    /* List and dictionary: each item (a scalar or mapping) is a C object of item_size bytes,
     * zeroed; its value is written at item_offset by `item`, a dictionary's key at key_offset by
     * `key`, the place of the item at item_place, if that is not YAML_NOWHERE. */
    const struct yaml_type *item;
    const struct yaml_type *key;
    size_t item_size;
    size_t item_offset;
    size_t key_offset;
    size_t item_place;
    size_t count_offset; /* of the size_t count, in the struct that holds the pointer */
    size_t least;        /* items */
    size_t most;         /* 0: YAML_ITEMS_MAX */
};

#define YAML_NOWHERE SIZE_MAX

struct yaml_key {
    const char *name;
    size_t offset; /* of the member in the struct */
    struct yaml_type type;
    bool required;
    size_t present; /* offset of a bool that is set if the key is there, as YAML_PRESENT writes it;
                       0 for none */
    size_t place;   /* offset of the value's struct yaml_place, as YAML_PLACE writes it; 0 for
                       none */
};

/* Further keys of the same mapping, by the value of one word among its keys. */
struct yaml_case {
    int64_t value;
    const struct yaml_table *table; /* its offsets count from the same struct; NULL: no more keys */
};

struct yaml_table {
    const struct yaml_key *keys;
    size_t key_count;
    size_t size;          /* of the struct */
    const void *defaults; /* `size` bytes copied in first; NULL for zeros (in a mapping within a
                             mapping: for what the outer one's defaults have there). Lists and
                             dictionaries begin empty whatever stands here. Not used in a case. */
    size_t place;         /* offset of the mapping's struct yaml_place, as YAML_TABLE_PLACE writes
                             it; 0 for none */
    const char *unique;   /* in a list of these mappings no two may have the same value here (a
                             text or id); may be NULL */
    const char *selector; /* name of the word key that selects among `cases`; may be NULL */
    const struct yaml_case *cases;
    size_t case_count;
    bool decimal; /* of the outermost table: hexadecimal integers are mistakes */
    /* Called when the mapping was read without a mistake of its own, for what one key cannot
     * show; adds to `mistakes`. May be NULL. */
    void (*check)(const void *object, struct yaml_place place, struct yaml_mistakes *mistakes);
};

/* Initialisers. `owner` is the struct's type, `member` its member. */
#define YAML_MEMBER_SIZE(owner, member) sizeof(((owner *)0)->member)
#define YAML_KEYS(owner, array)                                                                    \
    .keys = (array), .key_count = sizeof(array) / sizeof((array)[0]), .size = sizeof(owner)
#define YAML_CASES(selector_name, array)                                                           \
    .selector = (selector_name), .cases = (array), .case_count = sizeof(array) / sizeof((array)[0])
/* 0 stands for "none", so that an absent initialiser means it. */
#define YAML_MARK(owner, member)        (offsetof(owner, member) + 1)
#define YAML_TABLE_PLACE(owner, member) .place = YAML_MARK(owner, member)
#define YAML_PLACE(owner, member)       .place = YAML_MARK(owner, member)
#define YAML_PRESENT(owner, member)     .present = YAML_MARK(owner, member)

/* The types by themselves, for list items and dictionary keys. */
#define YAML_TEXT_TYPE(size_bytes, ...)                                                            \
    {                                                                                              \
        .kind = YAML_KIND_TEXT, .size = (size_bytes), __VA_ARGS__                                  \
    }
#define YAML_ID_TYPE(size_bytes)                                                                   \
    {                                                                                              \
        .kind = YAML_KIND_ID, .size = (size_bytes)                                                 \
    }
#define YAML_INTEGER_TYPE(c_type, low, high, unit_name)                                            \
    {                                                                                              \
        .kind = YAML_KIND_INTEGER, .size = sizeof(c_type), .smallest = (low), .largest = (high),   \
        .unit = (unit_name)                                                                        \
    }
#define YAML_VOCABULARY_TYPE(c_type, list_function)                                                \
    {                                                                                              \
        .kind = YAML_KIND_WORD, .size = sizeof(c_type), .vocabulary = (list_function)              \
    }
#define YAML_MAPPING_TYPE(struct_table)                                                            \
    {                                                                                              \
        .kind = YAML_KIND_MAPPING, .table = (struct_table)                                         \
    }

/* Members: offset and type. What follows goes into the type: .check, .smallest, .expect, …. */
#define YAML_TEXT(owner, member, ...)                                                              \
    .offset = offsetof(owner, member),                                                             \
    .type = YAML_TEXT_TYPE(YAML_MEMBER_SIZE(owner, member), __VA_ARGS__)
#define YAML_ID(owner, member)                                                                     \
    .offset = offsetof(owner, member), .type = YAML_ID_TYPE(YAML_MEMBER_SIZE(owner, member))
#define YAML_INTEGER(owner, member, low, high, unit_name)                                          \
    .offset = offsetof(owner, member), .type = {.kind = YAML_KIND_INTEGER,                         \
                                                .size = YAML_MEMBER_SIZE(owner, member),           \
                                                .smallest = (low),                                 \
                                                .largest = (high),                                 \
                                                .unit = (unit_name)}
#define YAML_BOOLEAN(owner, member)                                                                \
    .offset = offsetof(owner, member),                                                             \
    .type = {.kind = YAML_KIND_BOOLEAN, .size = YAML_MEMBER_SIZE(owner, member)}
#define YAML_WORD(owner, member, word_list)                                                        \
    .offset = offsetof(owner, member), .type = {.kind = YAML_KIND_WORD,                            \
                                                .size = YAML_MEMBER_SIZE(owner, member),           \
                                                .words = (word_list)}
#define YAML_VOCABULARY(owner, member, list_function)                                              \
    .offset = offsetof(owner, member), .type = {.kind = YAML_KIND_WORD,                            \
                                                .size = YAML_MEMBER_SIZE(owner, member),           \
                                                .vocabulary = (list_function)}
#define YAML_MAPPING(owner, member, struct_table)                                                  \
    .offset = offsetof(owner, member), .type = YAML_MAPPING_TYPE(struct_table)

/* A list whose items are the values themselves: mappings of `item_type`'s table, or scalars.
 * items_member is a pointer, count_member a size_t. `most` 0: YAML_ITEMS_MAX. */
#define YAML_LIST(owner, items_member, count_member, item_type, least_items, most_items)           \
    .offset = offsetof(owner, items_member),                                                       \
    .type = {.kind = YAML_KIND_LIST,                                                               \
             .item = (item_type),                                                                  \
             .item_size = sizeof *((owner *)0)->items_member,                                      \
             .item_place = YAML_NOWHERE,                                                           \
             .count_offset = offsetof(owner, count_member),                                        \
             .least = (least_items),                                                               \
             .most = (most_items)}
/* A list whose items are structs of type `item_struct` with the value in `value_member` and its
 * place in `place_member`. */
#define YAML_LIST_PLACED(owner, items_member, count_member, item_struct, value_member,             \
                         place_member, item_type, least_items, most_items)                         \
    .offset = offsetof(owner, items_member),                                                       \
    .type = {.kind = YAML_KIND_LIST,                                                               \
             .item = (item_type),                                                                  \
             .item_size = sizeof(item_struct),                                                     \
             .item_offset = offsetof(item_struct, value_member),                                   \
             .item_place = offsetof(item_struct, place_member),                                    \
             .count_offset = offsetof(owner, count_member),                                        \
             .least = (least_items),                                                               \
             .most = (most_items)}
/* A mapping whose keys are data (a code table): items are structs of type `item_struct`. Equal
 * keys are a mistake. */
#define YAML_DICTIONARY(owner, items_member, count_member, item_struct, key_member, key_type,      \
                        value_member, value_type, least_items, most_items)                         \
    .offset = offsetof(owner, items_member),                                                       \
    .type = {.kind = YAML_KIND_DICTIONARY,                                                         \
             .item = (value_type),                                                                 \
             .key = (key_type),                                                                    \
             .item_size = sizeof(item_struct),                                                     \
             .item_offset = offsetof(item_struct, value_member),                                   \
             .key_offset = offsetof(item_struct, key_member),                                      \
             .item_place = YAML_NOWHERE,                                                           \
             .count_offset = offsetof(owner, count_member),                                        \
             .least = (least_items),                                                               \
             .most = (most_items)}

/* Reads `text` into *object, a struct of table->size bytes whose old content is overwritten, not
 * released. STATUS_INVALID: there are mistakes; *object then holds what could be read, so that
 * the caller may look for more. In either case *object is the caller's to yaml_release. */
MUST_CHECK enum status yaml_load(struct bytes text, const struct yaml_table *table, void *object,
                                 struct yaml_mistakes *mistakes, struct error *error);
/* The same for a file. The error names the file and the number of mistakes. */
MUST_CHECK enum status yaml_load_file(const char *path, const struct yaml_table *table,
                                      void *object, struct yaml_mistakes *mistakes,
                                      struct error *error);
/* Frees the lists and dictionaries in *object and sets them empty. */
void yaml_release(const struct yaml_table *table, void *object);

#endif
