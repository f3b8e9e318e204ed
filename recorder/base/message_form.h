/*
 * What the tables of messages are written with. Each role's table stands beside its header, in
 * message_ROLE_table.c; the messages common to all in message_table.c.
 */
#ifndef SEALROOM_BASE_MESSAGE_FORM_H
#define SEALROOM_BASE_MESSAGE_FORM_H

#include "base/message_table.h"

/* Every table has its line here. */
#define MESSAGE_TABLES(TABLE)                                                                      \
    TABLE(common)                                                                                  \
    TABLE(supervisor)                                                                              \
    TABLE(camera)                                                                                  \
    TABLE(door)                                                                                    \
    TABLE(seal)                                                                                    \
    TABLE(command)                                                                                 \
    TABLE(export)                                                                                  \
    TABLE(account)                                                                                 \
    TABLE(console)                                                                                 \
    TABLE(inspect)

struct message_table {
    const struct message_form *forms;
    size_t count;
};

#define MESSAGE_TABLE_DECLARE(role) extern const struct message_table message_##role##_table;
MESSAGE_TABLES(MESSAGE_TABLE_DECLARE)

/* A field's kind follows from its type in the struct, so the table cannot contradict it. */
#define KIND_OF(message, member)                                                                   \
    _Generic(((struct message_##message *)0)->member,                                              \
        uint8_t: FIELD_U8,                                                                         \
        uint16_t: FIELD_U16,                                                                       \
        uint32_t: FIELD_U32,                                                                       \
        uint64_t: FIELD_U64,                                                                       \
        int64_t: FIELD_I64,                                                                        \
        uint8_t *: FIELD_DIGEST,                                                                   \
        char *: FIELD_TEXT)
#define FIELD_AS(kind, message, member)                                                            \
    {                                                                                              \
        kind, offsetof(struct message_##message, member),                                          \
            sizeof(((struct message_##message *)0)->member)                                        \
    }
#define FIELD(message, member) FIELD_AS(KIND_OF(message, member), message, member)

#define BY(role) (1u << ROLE_##role)
#define FORM(TYPE, message, senders, has_descriptor)                                               \
    {                                                                                              \
        MESSAGE_##TYPE, #message, senders, has_descriptor, sizeof(struct message_##message),       \
            sizeof message##_fields / sizeof message##_fields[0], message##_fields                 \
    }

/* Ends a table: its array is `forms`. */
#define MESSAGE_TABLE(role)                                                                        \
    const struct message_table message_##role##_table = {forms, sizeof forms / sizeof forms[0]}

#endif
