/*
 * The camera and the door that were asked for: does anything name them? A slip of the pen must not
 * pass for a verdict.
 */
#include <string.h>

#include "audit/records.h"

static bool has_text(const json_t *object, const char *key, const char *text)
{
    const char *found = json_get_text(object, key);
    return found != NULL && strcmp(found, text) == 0;
}

/* Does a body name it, itself or in an item of its list (a configuration's)? */
static bool is_named(const json_t *body, const char *list, const char *key, const char *id)
{
    const json_t *items = json_object_get(body, list);
    bool named = has_text(body, key, id);
    for (size_t i = 0; !named && i < json_array_size(items); i++) {
        named = has_text(json_array_get(items, i), key, id);
    }
    return named;
}

void asked_look(struct audit *audit, const json_t *body)
{
    const struct audit_options *options = audit->options;
    struct book *book = &audit->book;
    if (options->camera != NULL && !book->camera_named) {
        book->camera_named = is_named(body, "cameras", "camera", options->camera);
    }
    if (options->door != NULL && !book->door_named) {
        book->door_named = is_named(body, "doors", "door", options->door);
    }
}

enum status asked_check(const struct audit *audit, struct error *error)
{
    const struct audit_options *options = audit->options;
    if (audit->report->findings.heaviest > FINDING_INCOMPLETE) {
        return STATUS_OK;
    }
    if (options->camera != NULL && !audit->book.camera_named) {
        return error_set(error, STATUS_NOT_FOUND, "there is no camera \"%.64s\" in this ledger",
                         options->camera);
    }
    if (options->door != NULL && !audit->book.door_named) {
        return error_set(error, STATUS_NOT_FOUND, "there is no door \"%.64s\" in this ledger",
                         options->door);
    }
    return STATUS_OK;
}
