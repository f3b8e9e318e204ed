/*
 * What may stand in a profile's file for a field: where a value is and how it is made of bits; with
 * the fields that have further keys, and a time, which is made of fields.
 */
#ifndef SEALROOM_DOOR_PROFILE_FIELD_H
#define SEALROOM_DOOR_PROFILE_FIELD_H

#include "door/profile.h"

extern const struct yaml_word profile_encodings[];
extern const struct yaml_word profile_orders[];

/* A member's name cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */

/* What every field has, wherever it stands in its struct. */
#define FIELD_KEYS(owner, member, is_needed)                                                       \
    {.name = "at",                                                                                 \
     YAML_INTEGER(owner, member.at, 0, PROFILE_READ_WORDS - 1, "words"),                           \
     .required = (is_needed),                                                                      \
     YAML_PRESENT(owner, member.is_there)},                                                        \
        {.name = "bit", YAML_INTEGER(owner, member.bit, 0, 63, "bits")},                           \
        {.name = "width", YAML_INTEGER(owner, member.width, 1, FIELD_TEXT_BITS, "bits")},          \
        {.name = "encoding", YAML_WORD(owner, member.encoding, profile_encodings)},                \
        {.name = "words", YAML_WORD(owner, member.low_word_first, profile_orders)},                \
        {.name = "bytes", YAML_WORD(owner, member.low_byte_first, profile_orders)},                \
        {.name = "mask", YAML_INTEGER(owner, member.mask, 1, INT64_MAX, NULL)},                    \
        {.name = "none",                                                                           \
         YAML_INTEGER(owner, member.none, 0, INT64_MAX, NULL),                                     \
         YAML_PRESENT(owner, member.has_none)},                                                    \
    {                                                                                              \
        .name = "digits", YAML_INTEGER(owner, member.digits, 1, 20, "digits")                      \
    }
#define FIELD_DEFAULT                                                                              \
    {                                                                                              \
        .encoding = FIELD_UNSIGNED, .width = 16                                                    \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

/* Of struct field, profile_sequence, profile_door and profile_time. */
extern const struct yaml_table profile_field_table;
extern const struct yaml_table profile_sequence_table;
extern const struct yaml_table profile_door_table;
extern const struct yaml_table profile_time_table;

/* A table's check of a struct that begins with a field. */
void profile_check_field_object(const void *object, struct yaml_place place,
                                struct yaml_mistakes *mistakes);

#endif
