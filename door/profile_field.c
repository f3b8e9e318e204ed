#include "door/profile_field.h"

#include <inttypes.h>

const struct yaml_word profile_encodings[] = {{"unsigned", FIELD_UNSIGNED}, {"bcd", FIELD_BCD},
                                              {"ascii", FIELD_ASCII},       {"hex", FIELD_HEX},
                                              {"bits", FIELD_BITS},         {NULL, 0}};
const struct yaml_word profile_orders[] = {{"high_first", 0}, {"low_first", 1}, {NULL, 0}};

/* `none` is compared with the bits as they are, after the mask. */
static void check_bits(const struct field *field, struct yaml_place place,
                       struct yaml_mistakes *mistakes)
{
    struct field whole = *field;
    whole.mask = 0;
    if ((field->mask & ~field_bits(&whole)) != 0)
        yaml_mistakes_add(mistakes, place, "mask is %" PRIu64 ", and must fit into its %u bits",
                          field->mask, field->width);
    else if (field->has_none && (field->none & ~field_bits(field)) != 0)
        yaml_mistakes_add(mistakes, place,
                          "none is %" PRIu64 ", which never comes: it must fit into its %u bits "
                          "as mask leaves them",
                          field->none, field->width);
}

static void check_field(const struct field *field, struct yaml_place place,
                        struct yaml_mistakes *mistakes)
{
    bool is_text = field_is_text(field);
    if (is_text && (field->bit != 0 || field->width % 8 != 0))
        yaml_mistakes_add(mistakes, place,
                          "text begins at a word and is whole bytes: width must be a multiple "
                          "of 8, and there is no bit");
    if (is_text && (field->mask != 0 || field->has_none || field->digits != 0))
        yaml_mistakes_add(mistakes, place, "mask, none and digits are for numbers, this is text");
    if (!is_text && field->bit + field->width > FIELD_NUMBER_BITS)
        yaml_mistakes_add(mistakes, place,
                          "bit and width reach past bit 63: a number has at most 64 bits");
    if (field->encoding == FIELD_BCD && field->width % 4 != 0)
        yaml_mistakes_add(mistakes, place, "a decimal digit has 4 bits: width must be a multiple");
    if (!is_text)
        check_bits(field, place, mistakes);
}

void profile_check_field_object(const void *object, struct yaml_place place,
                                struct yaml_mistakes *mistakes)
{
    check_field(object, place, mistakes);
}

struct plain_field {
    struct field field;
};
static const struct yaml_key field_keys[] = {FIELD_KEYS(struct plain_field, field, true)};
static const struct field field_default = FIELD_DEFAULT;
const struct yaml_table profile_field_table = {.keys = field_keys,
                                               .key_count =
                                                   sizeof field_keys / sizeof field_keys[0],
                                               .size = sizeof(struct field),
                                               .defaults = &field_default,
                                               YAML_TABLE_PLACE(struct field, place),
                                               .check = profile_check_field_object};
/* Fields with keys of their own. In each the field stands first, so that it is checked as one. */
static const struct yaml_key sequence_keys[] = {
    FIELD_KEYS(struct profile_sequence, field, false),
    {.name = "first",
     YAML_INTEGER(struct profile_sequence, first, 0, INT64_MAX, NULL),
     .required = true},
    {.name = "last",
     YAML_INTEGER(struct profile_sequence, last, 1, INT64_MAX, NULL),
     .required = true},
};
const struct yaml_table profile_sequence_table = {
    YAML_KEYS(struct profile_sequence, sequence_keys),
    .defaults = &(const struct profile_sequence){.field = FIELD_DEFAULT},
    YAML_TABLE_PLACE(struct profile_sequence, field.place), .check = profile_check_field_object};

static const struct yaml_key door_keys[] = {
    FIELD_KEYS(struct profile_door, field, true),
    {.name = "first", YAML_INTEGER(struct profile_door, first, 0, UINT16_MAX, NULL)},
};
const struct yaml_table profile_door_table = {
    YAML_KEYS(struct profile_door, door_keys),
    .defaults = &(const struct profile_door){.field = FIELD_DEFAULT, .first = 1},
    YAML_TABLE_PLACE(struct profile_door, field.place), .check = profile_check_field_object};

static void check_time(const void *object, struct yaml_place place, struct yaml_mistakes *mistakes)
{
    const struct device_time *time = &((const struct profile_time *)object)->parts;
    bool has_seconds = time->seconds.is_there;
    bool has_date = time->year.is_there && time->month.is_there && time->day.is_there;
    if (has_seconds == has_date)
        yaml_mistakes_add(mistakes, place,
                          "a time needs either seconds, or year, month and day, and not both");
}

static const char *check_zone(const char *text)
{
    struct zone zone;
    return zone_parse(text, &zone, NULL) == STATUS_OK
               ? NULL
               : "must be utc, recorder, a distance like +08:00, or a name like Asia/Shanghai";
}

#define TIME_FIELD(key_name, member)                                                               \
    {                                                                                              \
        .name = (key_name), YAML_MAPPING(struct profile_time, parts.member, &profile_field_table)  \
    }
static const struct yaml_key time_keys[] = {
    TIME_FIELD("seconds", seconds),
    {.name = "since",
     YAML_INTEGER(struct profile_time, parts.since_utc_s, -INT64_C(2208988800), INT64_C(4102444800),
                  "seconds after 1970")},
    TIME_FIELD("year", year),
    {.name = "year_base", YAML_INTEGER(struct profile_time, parts.year_base, 0, 2200, "years")},
    TIME_FIELD("month", month),
    TIME_FIELD("day", day),
    TIME_FIELD("hour", hour),
    TIME_FIELD("minute", minute),
    TIME_FIELD("second", second),
    TIME_FIELD("millisecond", millisecond),
    {.name = "zone",
     YAML_TEXT(struct profile_time, zone, .check = check_zone, .smallest = 1),
     .required = true},
    TIME_FIELD("is_utc", is_utc),
    TIME_FIELD("not_synchronised", not_synchronised),
    TIME_FIELD("clock_failed", clock_failed),
};
const struct yaml_table profile_time_table = {YAML_KEYS(struct profile_time, time_keys),
                                              .check = check_time};
