/*
 * A request's body: one JSON object (RFC 8259) whose members a table names. What the table does not
 * name, a member twice, a text with control characters or one that is too long is STATUS_INVALID;
 * so a handler gets a filled struct, or nothing.
 */
#ifndef SEALROOM_CONSOLE_BODY_H
#define SEALROOM_CONSOLE_BODY_H

#include "base/bytes.h"

#define REQUEST_BODY_MAX 16384

enum body_kind {
    BODY_TEXT = 1, /* char[size] */
    BODY_LINES,    /* the same, '\n' may stand in it */
    BODY_NUMBER,   /* int64_t */
    BODY_BOOLEAN,  /* bool */
};

struct body_member {
    const char *name;
    enum body_kind kind;
    size_t offset; /* in the struct */
    size_t size;
    bool is_required; /* and, of a text, not empty */
};

struct body_form {
    const struct body_member *members;
    size_t count;
    size_t size; /* of the struct */
};

#define BODY_MEMBER(type, member, kind_, required)                                                 \
    {                                                                                              \
        .name = #member, .kind = (kind_), .offset = offsetof(type, member),                        \
        .size = sizeof(((type *)0)->member), .is_required = (required)                             \
    }
#define BODY_FORM(type, members_)                                                                  \
    {                                                                                              \
        .members = (members_), .count = sizeof(members_) / sizeof((members_)[0]),                  \
        .size = sizeof(type)                                                                       \
    }

/* Fills the struct at `result`, which is zeroed first: what is absent stays zero. */
MUST_CHECK enum status body_read(struct bytes text, const struct body_form *form, void *result,
                                 struct error *error);

#endif
