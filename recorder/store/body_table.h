/*
 * A record's body as a table: which member of the JSON object stands for which field of a
 * struct. One table makes and parses a body, so that the two cannot differ. Internal to the
 * store.
 */
#ifndef SEALROOM_STORE_BODY_TABLE_H
#define SEALROOM_STORE_BODY_TABLE_H

#include <jansson.h>

#include "ledger/record.h"

enum body_type {
    BODY_TEXT,   /* char[size]; a string of clean UTF-8 */
    BODY_TIME,   /* int64_t; RFC 3339 */
    BODY_U64,    /* unsigned of any size; a decimal string */
    BODY_I64,    /* int64_t; a decimal string */
    BODY_COUNT,  /* unsigned of at most 32 bits; a JSON integer */
    BODY_BOOL,   /* bool or uint8_t; true or false */
    BODY_DIGEST, /* struct digest; hexadecimal */
    BODY_WORD,   /* unsigned or enum of any size; a name */
};

/* Names for codes. */
struct body_words {
    const char *(*name)(unsigned code);             /* NULL if there is none */
    bool (*code)(const char *name, unsigned *code); /* false if there is none */
    bool grows; /* later versions may have more: one that is not known is parsed as 0 */
};

#define BODY_ALWAYS ((size_t)-1)

struct body_member {
    const char *key;
    enum body_type type;
    size_t offset;
    size_t size;
    bool optional; /* left out when empty, 0 or false; absent means that */
    size_t flag;   /* offset of the bool (or uint8_t) that says whether it is there; or
                      BODY_ALWAYS */
    const struct body_words *words;
};

#define BODY_FIELD(structure, field)                                                               \
    .offset = offsetof(structure, field), .size = sizeof(((structure *)0)->field)
#define BODY(key_, type_, structure, field)                                                        \
    {                                                                                              \
        .key = (key_), .type = (type_), BODY_FIELD(structure, field), .flag = BODY_ALWAYS          \
    }
#define BODY_OPTIONAL(key_, type_, structure, field)                                               \
    {                                                                                              \
        .key = (key_), .type = (type_), BODY_FIELD(structure, field), .optional = true,            \
        .flag = BODY_ALWAYS                                                                        \
    }
#define BODY_IF(key_, type_, structure, field, flag_)                                              \
    {                                                                                              \
        .key = (key_), .type = (type_), BODY_FIELD(structure, field),                              \
        .flag = offsetof(structure, flag_)                                                         \
    }
#define BODY_NAMED(key_, structure, field, words_)                                                 \
    {                                                                                              \
        .key = (key_), .type = BODY_WORD, BODY_FIELD(structure, field), .flag = BODY_ALWAYS,       \
        .words = (words_)                                                                          \
    }
#define BODY_NAMED_OPTIONAL(key_, structure, field, words_)                                        \
    {                                                                                              \
        .key = (key_), .type = BODY_WORD, BODY_FIELD(structure, field), .optional = true,          \
        .flag = BODY_ALWAYS, .words = (words_)                                                     \
    }

/* Adds the members to *object, a JSON object. STATUS_INVALID names the member that cannot stand
 * in a record. */
MUST_CHECK enum status body_make(const struct body_member *members, size_t count,
                                 const void *structure, json_t *object, struct error *error);
/* The same, in a new object, the caller's to json_decref; NULL on failure. */
MUST_CHECK enum status body_new(const struct body_member *members, size_t count,
                                const void *structure, json_t **object, struct error *error);
/* Fills the structure's fields; fields that no member names are left as they are. Members that
 * the table does not name are passed over. STATUS_INVALID names the member. */
MUST_CHECK enum status body_parse(const struct body_member *members, size_t count,
                                  const json_t *object, void *structure, struct error *error);

void json_cleanup(json_t **json);
#define AUTO_JSON __attribute__((cleanup(json_cleanup)))

#endif
