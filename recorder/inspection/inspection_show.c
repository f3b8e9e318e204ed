#include "inspection/inspection_show.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- text ---- */

static enum status say_head(const struct inspection *inspection, enum language language,
                            struct buffer *text)
{
    struct inspection_fact line;
    enum status status = buffer_append_format(
        text, "%s  %s\n", inspection_text_in(INSPECTION_SAYS_TITLE, language), inspection->site);
    for (size_t i = 0; i < INSPECTION_HEAD_LINES && status == STATUS_OK; i++) {
        inspection_head_line(inspection, i, &line);
        status = inspection_say_fact(&line, language, text);
        if (status == STATUS_OK)
            status = buffer_append_text(text, "\n");
    }
    return status;
}

static enum status say_item(const struct inspection_item *item, enum language language,
                            struct buffer *text)
{
    enum status status = buffer_append_format(
        text, "\n%-4s %s: %s\n", item->id, inspection_text_in(item->meaning, language),
        word_text(inspection_state_word(item->state), language));
    for (size_t i = 0; i < item->count && status == STATUS_OK; i++) {
        const struct inspection_fact *fact = &item->facts[i];
        status = buffer_append_text(text, "     - ");
        if (status == STATUS_OK)
            status = inspection_say_fact(fact, language, text);
        if (status == STATUS_OK && fact->records.count > 0)
            status = buffer_append_text(text, " [");
        if (status == STATUS_OK)
            status = inspection_say_records(&fact->records, language, text);
        if (status == STATUS_OK)
            status = buffer_append_text(text, fact->records.count > 0 ? "]\n" : "\n");
    }
    return status;
}

enum status inspection_show_text(FILE *out, const struct inspection *inspection,
                                 enum language language)
{
    struct buffer text = {0};
    enum status status = say_head(inspection, language, &text);
    for (size_t i = 0; i < INSPECTION_ITEMS && status == STATUS_OK; i++)
        status = say_item(&inspection->items[i], language, &text);
    if (status == STATUS_OK && fwrite(text.data, 1, text.size, out) != text.size)
        status = STATUS_IO;
    buffer_release(&text);
    return status;
}

/* ---- JSON ---- */

static void put(json_t *object, const char *key, json_t *value)
{
    /* jansson takes the reference even when it fails; what could not be put is seen at the end */
    (void)json_object_set_new(object, key, value);
}

static void put_time(json_t *object, const char *key, int64_t utc_ns)
{
    if (utc_ns != 0)
        put(object, key, json_time(utc_ns));
}

static void put_seconds(json_t *object, const char *key, int64_t ns)
{
    put(object, key, json_real((double)ns / (double)NS_PER_SECOND));
}

static json_t *records_json(const struct inspection_records *records)
{
    json_t *list = json_array();
    for (size_t i = 0; i < records->count && i < INSPECTION_RECORDS_MAX; i++)
        (void)json_array_append_new(list, json_integer((json_int_t)records->numbers[i]));
    return list;
}

static json_t *figure_json(const struct inspection_figure *figure)
{
    switch (figure->form) {
    case INSPECTION_NUMBER:
    case INSPECTION_BYTES:
        return json_integer(figure->number);
    case INSPECTION_TIME:
        return json_time(figure->number);
    case INSPECTION_DURATION:
        return json_real((double)figure->number / (double)NS_PER_SECOND);
    case INSPECTION_SHARE:
        return json_real((double)figure->number / 100);
    case INSPECTION_WORD:
        return json_string(figure->word == NULL ? "" : figure->word->name);
    case INSPECTION_TEXT:
        break;
    }
    return json_string(figure->text);
}

static json_t *fact_json(const struct inspection_fact *fact)
{
    static const char *const keys[] = {"en", "zh"};
    json_t *object = json_object();
    json_t *figures = json_array();
    for (unsigned language = LANGUAGE_ENGLISH; language <= LANGUAGE_CHINESE; language++) {
        struct buffer text = {0};
        if (inspection_say_fact(fact, (enum language)language, &text) == STATUS_OK)
            put(object, keys[language], json_stringn((const char *)text.data, text.size));
        buffer_release(&text);
    }
    for (size_t i = 0; i < fact->figure_count; i++)
        (void)json_array_append_new(figures, figure_json(&fact->figures[i]));
    put(object, "figures", figures);
    put(object, "records", records_json(&fact->records));
    put(object, "records_count", json_integer((json_int_t)fact->records.count));
    return object;
}

static json_t *item_json(const struct inspection_item *item)
{
    json_t *object = json_object();
    json_t *facts = json_array();
    put(object, "id", json_string(item->id));
    put(object, "phrase", json_string(item->phrase));
    put(object, "meaning", json_string(inspection_text_in(item->meaning, LANGUAGE_ENGLISH)));
    put(object, "state", json_string(inspection_state_word(item->state)->name));
    for (size_t i = 0; i < item->count; i++)
        (void)json_array_append_new(facts, fact_json(&item->facts[i]));
    put(object, "facts", facts);
    return object;
}

static json_t *camera_json(const struct inspection_camera *camera)
{
    json_t *object = json_object();
    json_t *causes = json_object();
    put(object, "camera", json_string(camera->id));
    put(object, "name", json_string(camera->name));
    put(object, "configured", json_boolean(camera->configured));
    if (camera->judged_ns > 0)
        put(object, "percent",
            json_real((double)inspection_share(camera->recorded_ns, camera->judged_ns) / 100));
    put_seconds(object, "judged_s", camera->judged_ns);
    put_seconds(object, "recorded_s", camera->recorded_ns);
    put_seconds(object, "gap_s", camera->gap_ns);
    put_seconds(object, "unexplained_s", camera->unexplained_ns);
    put_seconds(object, "unwritten_s", camera->unwritten_ns);
    put_seconds(object, "stepped_s", camera->stepped_ns);
    put_seconds(object, "open_s", camera->open_ns);
    put_seconds(object, "expired_s", camera->expired_ns);
    put(object, "gaps", json_integer((json_int_t)camera->gaps));
    put_seconds(object, "longest_gap_s", camera->longest_ns);
    put_time(object, "longest_gap_from", camera->longest_start_ns);
    if (camera->longest_ns > 0)
        put(object, "longest_gap_record", json_integer((json_int_t)camera->longest_record));
    for (size_t i = 1; i < INSPECTION_CAUSES; i++) {
        const struct word *word = word_gap_cause((enum gap_cause)i);
        if (word != NULL && camera->cause_ns[i] > 0)
            put_seconds(causes, word->name, camera->cause_ns[i]);
    }
    put(object, "causes_s", causes);
    put_time(object, "oldest_video", camera->oldest_ns);
    if (camera->connection_known)
        put(object, "encrypted", json_boolean(camera->encrypted));
    return object;
}

static json_t *controller_json(const struct inspection_controller *controller)
{
    json_t *object = json_object();
    put(object, "controller", json_string(controller->id));
    put(object, "configured", json_boolean(controller->configured));
    put(object, "entries", json_integer((json_int_t)controller->entries));
    put(object, "granted", json_integer((json_int_t)controller->granted));
    put(object, "denied", json_integer((json_int_t)controller->denied));
    put(object, "unknown_credentials", json_integer((json_int_t)controller->unknown));
    put(object, "lost", json_integer((json_int_t)controller->lost));
    put(object, "lost_records", records_json(&controller->losses));
    put(object, "loss_unknown", json_integer((json_int_t)controller->unknown_losses.count));
    put(object, "loss_unknown_records", records_json(&controller->unknown_losses));
    put_seconds(object, "offline_s", controller->offline_ns);
    put_seconds(object, "longest_offline_s", controller->longest_offline_ns);
    put(object, "offline_records", records_json(&controller->offline));
    put(object, "offline", json_boolean(controller->is_offline));
    put(object, "missing_records", json_integer((json_int_t)controller->missing));
    return object;
}

static json_t *person_json(const struct inspection_person *person)
{
    json_t *object = json_object();
    put(object, "who", json_string(person->source));
    if (person->name[0] != '\0')
        put(object, "name", json_string(person->name));
    put(object, "lookups", json_integer((json_int_t)person->lookups));
    put(object, "playbacks", json_integer((json_int_t)person->playbacks));
    put(object, "exports", json_integer((json_int_t)person->exports));
    put(object, "holds", json_integer((json_int_t)person->holds));
    put(object, "others", json_integer((json_int_t)person->others));
    put(object, "without_reason", json_integer((json_int_t)person->without_reason));
    put(object, "without_reason_records", records_json(&person->unreasoned));
    return object;
}

static void put_head(json_t *object, const struct inspection *inspection)
{
    put_time(object, "from", inspection->from_utc_ns);
    put_time(object, "to", inspection->to_utc_ns);
    put_time(object, "made", inspection->made_utc_ns);
    put(object, "running", json_boolean(inspection->running));
    put(object, "origin", json_string(inspection->origin));
    put(object, "site", json_string(inspection->site));
    put(object, "suite", json_string(inspection->suite));
    put(object, "records", json_integer((json_int_t)inspection->records));
    put(object, "records_of_period", json_integer((json_int_t)inspection->of_period));
}

json_t *inspection_json(const struct inspection *inspection)
{
    json_t *object = json_object();
    json_t *states = json_object();
    json_t *lists[] = {json_array(), json_array(), json_array(), json_array()};
    put_head(object, inspection);
    for (unsigned i = INSPECTION_MET; i < INSPECTION_STATES; i++)
        put(states, inspection_state_word((enum inspection_state)i)->name,
            json_integer(inspection->states[i]));
    for (size_t i = 0; i < INSPECTION_ITEMS; i++)
        (void)json_array_append_new(lists[0], item_json(&inspection->items[i]));
    for (size_t i = 0; i < inspection->camera_count; i++)
        (void)json_array_append_new(lists[1], camera_json(&inspection->cameras[i]));
    for (size_t i = 0; i < inspection->controller_count; i++)
        (void)json_array_append_new(lists[2], controller_json(&inspection->controllers[i]));
    for (size_t i = 0; i < inspection->person_count; i++)
        (void)json_array_append_new(lists[3], person_json(&inspection->people[i]));
    put(object, "states", states);
    put(object, "requirements", lists[0]);
    put(object, "cameras", lists[1]);
    put(object, "controllers", lists[2]);
    put(object, "people", lists[3]);
    return object;
}
