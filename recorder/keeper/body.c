#include "keeper/body.h"

#include <string.h>

#include "base/bytes.h"
#include "ledger/record.h"

struct body body_begin(void)
{
    struct body body = {.object = json_object()};
    body.failed = body.object == NULL;
    return body;
}

json_t *body_end(struct body *body)
{
    json_t *object = body->object;
    body->object = NULL;
    if (!body->failed)
        return object;
    json_decref(object);
    return NULL;
}

void body_put(struct body *body, const char *key, json_t *value)
{
    /* jansson takes the reference even when it fails */
    if (json_object_set_new(body->object, key, value) != 0)
        body->failed = true;
}

void body_text(struct body *body, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        body_put(body, key, json_string(text));
}

void body_flag(struct body *body, const char *key, bool value)
{
    body_put(body, key, json_boolean(value));
}

void body_small(struct body *body, const char *key, uint32_t value)
{
    body_put(body, key, json_integer(value));
}

void body_u64(struct body *body, const char *key, uint64_t value)
{
    body_put(body, key, json_u64(value));
}

void body_i64(struct body *body, const char *key, int64_t value)
{
    body_put(body, key, json_i64(value));
}

void body_time(struct body *body, const char *key, int64_t utc_ns)
{
    body_put(body, key, json_time(utc_ns));
}

void body_digest(struct body *body, const char *key, const struct digest *digest)
{
    body_put(body, key, json_digest(digest));
}

void body_raw_digest(struct body *body, const char *key, const uint8_t *digest)
{
    struct digest copy;
    memcpy(copy.bytes, digest, sizeof copy.bytes);
    if (!digest_is_zero(&copy))
        body_digest(body, key, &copy);
}

void body_words(struct body *body, const char *key, const char *words)
{
    json_t *array = NULL;
    for (const char *word = words; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (length > 0) {
            if (array == NULL)
                array = json_array();
            if (json_array_append_new(array, json_stringn(word, length)) != 0)
                body->failed = true;
        }
        word += length + strspn(word + length, " ");
    }
    if (array != NULL)
        body_put(body, key, array);
}

void body_borrowed(struct body *body, const char *key, const json_t *value)
{
    if (value != NULL)
        body_put(body, key, json_deep_copy(value));
}
