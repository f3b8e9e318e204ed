/* The appliance itself: configuration, keys, programs, clock, health, alarms. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspection/survey.h"
#include "store/alarm_record.h"
#include "store/key_record.h"

static int64_t count_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static enum status name_cameras(struct survey *survey, const json_t *list)
{
    for (size_t i = 0; i < survey->camera_count; i++)
        survey->cameras[i].shown.configured = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *id = json_get_text(json_array_get(list, i), "camera");
        const char *name = json_get_text(json_array_get(list, i), "name");
        struct survey_camera *camera = id == NULL ? NULL : survey_camera_of(survey, id);
        if (id == NULL)
            continue;
        if (camera == NULL)
            return STATUS_NO_MEMORY;
        camera->shown.configured = true;
        if (name != NULL)
            message_text(camera->shown.name, sizeof camera->shown.name, name);
    }
    return STATUS_OK;
}

static enum status mark_controller(struct survey *survey, const char *id)
{
    struct survey_controller *controller = id == NULL ? NULL : survey_controller_of(survey, id);
    if (id != NULL && controller == NULL)
        return STATUS_NO_MEMORY;
    if (controller != NULL)
        controller->shown.configured = true;
    return STATUS_OK;
}

static enum status name_doors(struct survey *survey, const json_t *list)
{
    enum status status = STATUS_OK;
    struct survey_configuration *configuration = &survey->configuration;
    for (size_t i = 0; i < survey->controller_count; i++)
        survey->controllers[i].shown.configured = false;
    configuration->doors = json_array_size(list);
    configuration->two_person_doors = 0;
    for (size_t i = 0; i < json_array_size(list) && status == STATUS_OK; i++) {
        const json_t *door = json_array_get(list, i);
        const json_t *more = json_object_get(door, "controllers");
        configuration->two_person_doors +=
            count_of(json_object_get(door, "rules"), "two_persons_s") > 0;
        status = mark_controller(survey, json_get_text(door, "controller"));
        for (size_t c = 0; c < json_array_size(more) && status == STATUS_OK; c++)
            status = mark_controller(survey, json_string_value(json_array_get(more, c)));
    }
    return status;
}

static void lower(int64_t *least, int64_t value)
{
    if (*least == 0 || value < *least)
        *least = value;
}

enum status survey_take_config(struct survey *survey, const struct survey_record *record)
{
    struct survey_configuration *configuration = &survey->configuration;
    const char *site = json_get_text(record->body, "site");
    const char *sha256 = json_get_text(record->body, "sha256");
    if (record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    /* the one that was in force when the period began counts too */
    if (!record->of_period) {
        configuration->least_video_days = 0;
        configuration->least_record_days = 0;
    } else {
        records_note(&configuration->changes, record->number);
    }
    configuration->record = record->number;
    configuration->at_ns = record->head->at_utc_ns;
    configuration->video_days = count_of(record->body, "video_days");
    configuration->record_days = count_of(record->body, "record_days");
    lower(&configuration->least_video_days, configuration->video_days);
    lower(&configuration->least_record_days, configuration->record_days);
    message_text(survey->site, sizeof survey->site, site == NULL ? "" : site);
    message_text(configuration->sha256, sizeof configuration->sha256, sha256 == NULL ? "" : sha256);
    enum status status = name_cameras(survey, json_object_get(record->body, "cameras"));
    if (status == STATUS_OK)
        status = name_doors(survey, json_object_get(record->body, "doors"));
    return status;
}

enum status survey_take_key(struct survey *survey, const struct survey_record *record)
{
    const char *use = json_get_text(record->body, "use");
    const char *fingerprint = json_get_text(record->body, "fingerprint");
    if (use == NULL || fingerprint == NULL)
        return STATUS_INVALID;
    if (strcmp(use, "ledger") == 0) {
        survey->system.key_record = record->number;
        message_text(survey->system.fingerprint, sizeof survey->system.fingerprint, fingerprint);
    }
    return STATUS_OK;
}

enum status survey_take_program(struct survey *survey, const struct survey_record *record)
{
    records_note(&survey->system.programs, record->number);
    return STATUS_OK;
}

enum status survey_take_clock(struct survey *survey, const struct survey_record *record)
{
    int64_t difference_ns = 0;
    if (json_get_i64(record->body, "difference_ns", &difference_ns) != STATUS_OK)
        return STATUS_OK; /* only its quality changed */
    struct survey_step *step = &survey->steps[survey->step_count % SURVEY_STEPS_MAX];
    if (llabs(record->head->at_utc_ns - survey->options->from_utc_ns) < SURVEY_MARGIN_NS ||
        record->of_period) {
        *step = (struct survey_step){record->head->at_utc_ns, difference_ns};
        if (survey->step_count < SURVEY_STEPS_MAX - 1)
            survey->step_count++;
    }
    if (record->of_period) {
        records_note(&survey->system.steps, record->number);
        if (llabs(difference_ns) > llabs(survey->system.largest_step_ns))
            survey->system.largest_step_ns = difference_ns;
    }
    return STATUS_OK;
}

/* ---- health ---- */

static struct inspection_records *health_list(struct survey_system *system, const char *event)
{
    const struct {
        enum health_event event;
        struct inspection_records *records;
    } lists[] = {
        {HEALTH_STARTED, &system->started},       {HEALTH_STOPPED, &system->stopped},
        {HEALTH_FAILED, &system->failed},         {HEALTH_WORKER_ENDED, &system->worker_ended},
        {HEALTH_STORAGE_ERROR, &system->storage}, {HEALTH_SPACE_FULL, &system->storage},
        {HEALTH_SPACE_SHORT, &system->storage},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(event, word_health_event(lists[i].event)->name) == 0)
            return lists[i].records;
    return NULL;
}

enum status survey_take_health(struct survey *survey, const struct survey_record *record)
{
    struct survey_system *system = &survey->system;
    const char *event = json_get_text(record->body, "event");
    if (event == NULL)
        return STATUS_INVALID;
    struct inspection_records *list = health_list(system, event);
    if (record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    bool starts = list == &system->started;
    /* one that had not said that it stopped was killed, or lost its power */
    if (starts && system->is_running && record->of_period)
        records_note(&system->failed, record->number);
    if (starts || list == &system->stopped || list == &system->failed)
        system->is_running = starts;
    if (list != NULL && record->of_period)
        records_note(list, record->number);
    return STATUS_OK;
}

enum status survey_take_alarm(struct survey *survey, const struct survey_record *record)
{
    struct alarm_record alarm;
    char key[24];
    enum status status = alarm_record_parse(record->body, &alarm, NULL);
    if (status != STATUS_OK)
        return status;
    if (record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    (void)snprintf(key, sizeof key, "%" PRIu64, alarm.end ? alarm.begin : record->number);
    if (alarm.end) {
        (void)json_object_del(survey->open_alarms, key);
        return STATUS_OK;
    }
    if (record->of_period)
        records_note(&survey->system.alarms, record->number);
    return json_object_set_new(survey->open_alarms, key, json_true()) == 0 ? STATUS_OK
                                                                           : STATUS_NO_MEMORY;
}
