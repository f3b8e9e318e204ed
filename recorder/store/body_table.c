#include "store/body_table.h"

#include <string.h>

void json_cleanup(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* Fields have the width their struct gives them. */
static uint64_t load(const void *field, size_t size)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;

    switch (size) {
    case 1:
        memcpy(&u8, field, size);
        return u8;
    case 2:
        memcpy(&u16, field, size);
        return u16;
    case 4:
        memcpy(&u32, field, size);
        return u32;
    default:
        memcpy(&u64, field, sizeof(u64));
        return u64;
    }
}

static bool store(void *field, size_t size, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;

    switch (size) {
    case 1:
        memcpy(field, &u8, size);
        return value <= UINT8_MAX;
    case 2:
        memcpy(field, &u16, size);
        return value <= UINT16_MAX;
    case 4:
        memcpy(field, &u32, size);
        return value <= UINT32_MAX;
    default:
        memcpy(field, &value, sizeof(value));
        return true;
    }
}

static bool is_empty(const struct body_member *member, const uint8_t *field)
{
    if (member->type == BODY_TEXT)
        return field[0] == '\0';
    if (member->type == BODY_DIGEST)
        return digest_is_zero((const struct digest *)field);
    return load(field, member->size) == 0;
}

static json_t *make_text(const char *text, size_t size)
{
    struct bytes bytes = {(const uint8_t *)text, strnlen(text, size)};

    if (bytes.size == size || !utf8_is_clean(bytes, false))
        return NULL;
    return json_stringn(text, bytes.size);
}

static json_t *make_word(const struct body_member *member, const uint8_t *field)
{
    const char *name = member->words->name((unsigned)load(field, member->size));

    return name ? json_string(name) : NULL;
}

static json_t *make_value(const struct body_member *member, const uint8_t *field)
{
    switch (member->type) {
    case BODY_TEXT:
        return make_text((const char *)field, member->size);
    case BODY_TIME:
        return json_time((int64_t)load(field, member->size));
    case BODY_U64:
        return json_u64(load(field, member->size));
    case BODY_I64:
        return json_i64((int64_t)load(field, member->size));
    case BODY_COUNT:
        return json_integer((json_int_t)load(field, member->size));
    case BODY_BOOL:
        return json_boolean(load(field, member->size) != 0);
    case BODY_DIGEST:
        return json_digest((const struct digest *)field);
    case BODY_WORD:
        return make_word(member, field);
    }
    return NULL;
}

enum status body_make(const struct body_member *members, size_t count, const void *structure,
                      json_t *object, struct error *error)
{
    const uint8_t *base = structure;

    for (size_t i = 0; i < count; i++) {
        const struct body_member *member = &members[i];
        const uint8_t *field = base + member->offset;

        if (member->flag != BODY_ALWAYS && base[member->flag] == 0)
            continue;
        if (member->optional && is_empty(member, field))
            continue;
        if (json_object_set_new(object, member->key, make_value(member, field)) != 0)
            return error_set(error, STATUS_INVALID, "\"%s\" cannot stand in a record", member->key);
    }
    return STATUS_OK;
}

enum status body_new(const struct body_member *members, size_t count, const void *structure,
                     json_t **object, struct error *error)
{
    enum status status = STATUS_OK;

    *object = json_object();
    if (!*object)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a record");
    status = body_make(members, count, structure, *object, error);
    if (status != STATUS_OK)
        json_cleanup(object);
    return status;
}

static bool parse_text(const json_t *value, char *field, size_t size)
{
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);

    if (!text || length >= size || strlen(text) != length ||
        !utf8_is_clean((struct bytes){(const uint8_t *)text, length}, false))
        return false;
    memset(field, 0, size);
    memcpy(field, text, length);
    return true;
}

static bool parse_number(const struct body_member *member, const json_t *object, uint8_t *field)
{
    uint64_t u64 = 0;
    int64_t i64 = 0;

    if (member->type == BODY_U64)
        return json_get_u64(object, member->key, &u64) == STATUS_OK &&
               store(field, member->size, u64);
    if (member->type == BODY_TIME) {
        if (json_get_time(object, member->key, &i64) != STATUS_OK)
            return false;
    } else if (json_get_i64(object, member->key, &i64) != STATUS_OK) {
        return false;
    }
    return store(field, member->size, (uint64_t)i64);
}

static bool parse_word(const struct body_member *member, const char *text, uint8_t *field)
{
    unsigned code = 0;

    if (!text || !member->words->code(text, &code)) {
        if (!text || !member->words->grows || !word_is_formed(text))
            return false;
        code = 0;
    }
    return store(field, member->size, code);
}

static bool parse_value(const struct body_member *member, const json_t *object, uint8_t *field)
{
    const json_t *value = json_object_get(object, member->key);

    switch (member->type) {
    case BODY_TEXT:
        return parse_text(value, (char *)field, member->size);
    case BODY_TIME:
    case BODY_U64:
    case BODY_I64:
        return parse_number(member, object, field);
    case BODY_COUNT:
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
               store(field, member->size, (uint64_t)json_integer_value(value));
    case BODY_BOOL:
        return json_is_boolean(value) && store(field, member->size, json_is_true(value));
    case BODY_DIGEST:
        return json_get_digest(object, member->key, (struct digest *)field) == STATUS_OK;
    case BODY_WORD:
        return parse_word(member, json_string_value(value), field);
    }
    return false;
}

enum status body_parse(const struct body_member *members, size_t count, const json_t *object,
                       void *structure, struct error *error)
{
    uint8_t *base = structure;

    if (!json_is_object(object))
        return error_set(error, STATUS_INVALID, "the body is no JSON object");
    for (size_t i = 0; i < count; i++) {
        const struct body_member *member = &members[i];
        uint8_t *field = base + member->offset;
        bool there = json_object_get(object, member->key) != NULL;

        if (member->flag != BODY_ALWAYS)
            base[member->flag] = there;
        if (!there && (member->optional || member->flag != BODY_ALWAYS)) {
            memset(field, 0, member->size);
            continue;
        }
        if (!parse_value(member, object, field))
            return error_set(error, STATUS_INVALID, "\"%s\" is missing or not in its form",
                             member->key);
    }
    return STATUS_OK;
}
