/*
 * The table of messages: for each type who may send it, its fields, whether a descriptor comes
 * with it. Encoding, decoding and the size limits are all driven by it. How it is written:
 * base/message_form.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_TABLE_H
#define SEALROOM_BASE_MESSAGE_TABLE_H

#include "base/message.h"

enum field_kind {
    FIELD_U8 = 1,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_I64,
    FIELD_DIGEST, /* DIGEST_SIZE bytes */
    FIELD_TEXT,   /* NUL-terminated in the struct, u16 length and bytes in the packet */
    FIELD_LINES,  /* a text that may hold '\n' */
};

struct field {
    enum field_kind kind;
    uint16_t offset; /* in the payload's struct */
    uint16_t size;   /* in the payload's struct, with a text's NUL */
};

struct message_form {
    enum message_type type;
    const char *name;
    uint16_t senders; /* bit N: enum role N may send it */
    bool has_descriptor;
    uint16_t payload_size; /* of the struct */
    uint16_t field_count;
    const struct field *fields;
};

/* NULL for a type that does not exist. */
const struct message_form *message_form(enum message_type type);
/* Every form, one role's after another's; NULL past the last. */
const struct message_form *message_form_at(size_t index);
size_t message_form_count(void);
/* The smallest and largest packet of a form, header included. */
size_t message_size_min(const struct message_form *form);
size_t message_size_max(const struct message_form *form);

#endif
