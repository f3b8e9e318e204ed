#include "firmware/console/body.h"

#include <jansson.h>
#include <string.h>

static const struct body_member *member_of(const struct body_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->members[i].name, name) == 0)
            return &form->members[i];
    return NULL;
}

static enum status take_text(const json_t *value, const struct body_member *member, char *text,
                             struct error *error)
{
    struct bytes bytes = {(const uint8_t *)json_string_value(value), json_string_length(value)};
    if (!json_is_string(value))
        return error_set(error, STATUS_INVALID, "%s must be a text", member->name);
    if (bytes.size >= member->size)
        return error_set(error, STATUS_INVALID, "%s is too long: at most %zu bytes", member->name,
                         member->size - 1);
    if (!utf8_is_clean(bytes, member->kind == BODY_LINES))
        return error_set(error, STATUS_INVALID, "%s has characters that are not allowed",
                         member->name);
    if (member->is_required && bytes.size == 0)
        return error_set(error, STATUS_INVALID, "%s must not be empty", member->name);
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    return STATUS_OK;
}

static enum status take_number(const json_t *value, const struct body_member *member,
                               int64_t *number, struct error *error)
{
    if (!json_is_integer(value))
        return error_set(error, STATUS_INVALID, "%s must be a whole number", member->name);
    *number = json_integer_value(value);
    return STATUS_OK;
}

static enum status take_boolean(const json_t *value, const struct body_member *member, bool *flag,
                                struct error *error)
{
    if (!json_is_boolean(value))
        return error_set(error, STATUS_INVALID, "%s must be true or false", member->name);
    *flag = json_is_true(value);
    return STATUS_OK;
}

static enum status take(const json_t *value, const struct body_member *member, void *result,
                        struct error *error)
{
    void *at = (uint8_t *)result + member->offset;
    if (member->kind == BODY_NUMBER)
        return take_number(value, member, at, error);
    if (member->kind == BODY_BOOLEAN)
        return take_boolean(value, member, at, error);
    return take_text(value, member, at, error);
}

static enum status take_all(json_t *object, const struct body_form *form, void *result,
                            struct error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    enum status status = STATUS_OK;
    json_object_foreach(object, name, value)
    {
        const struct body_member *member = member_of(form, name);
        if (member == NULL)
            return error_set(error, STATUS_INVALID, "the request says something that is not known");
        status = take(value, member, result, error);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < form->count; i++)
        if (form->members[i].is_required && json_object_get(object, form->members[i].name) == NULL)
            return error_set(error, STATUS_INVALID, "%s is missing", form->members[i].name);
    return STATUS_OK;
}

enum status body_read(struct bytes text, const struct body_form *form, void *result,
                      struct error *error)
{
    json_error_t place;
    memset(result, 0, form->size);
    if (text.size > REQUEST_BODY_MAX)
        return error_set(error, STATUS_INVALID, "the request is too long");
    json_t *object = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &place);
    enum status status = json_is_object(object)
                             ? take_all(object, form, result, error)
                             : error_set(error, STATUS_INVALID, "the request is not a JSON object");
    json_decref(object);
    if (status != STATUS_OK)
        explicit_bzero(result, form->size); /* there may be a password in it */
    return status;
}
