#include "inspection/survey.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_RECORDS 4096u

void records_note(struct inspection_records *records, uint64_t number)
{
    if (records->count < INSPECTION_RECORDS_MAX)
        records->numbers[records->count] = number;
    records->count++;
}

bool survey_is_in(const struct survey *survey, int64_t at_ns)
{
    return at_ns >= survey->options->from_utc_ns && at_ns < survey->options->to_utc_ns;
}

struct time_span survey_clip(const struct survey *survey, struct time_span span)
{
    if (span.start_ns < survey->options->from_utc_ns)
        span.start_ns = survey->options->from_utc_ns;
    if (span.end_ns > survey->options->to_utc_ns)
        span.end_ns = survey->options->to_utc_ns;
    return span;
}

/* One element more, zeroed; NULL: no memory. */
static void *grow(void *items, size_t *count, size_t size)
{
    /* at powers of two */
    void *grown = items;
    if ((*count & (*count - 1)) == 0)
        grown = reallocarray(items, *count == 0 ? 1 : *count * 2, size);
    if (grown != NULL)
        memset((char *)grown + (*count)++ * size, 0, size);
    return grown;
}

struct survey_camera *survey_camera_of(struct survey *survey, const char *id)
{
    for (size_t i = 0; i < survey->camera_count; i++)
        if (strcmp(survey->cameras[i].shown.id, id) == 0)
            return &survey->cameras[i];
    void *grown = grow(survey->cameras, &survey->camera_count, sizeof *survey->cameras);
    if (grown == NULL)
        return NULL;
    survey->cameras = grown;
    struct survey_camera *camera = &survey->cameras[survey->camera_count - 1];
    message_text(camera->shown.id, sizeof camera->shown.id, id);
    message_text(camera->shown.name, sizeof camera->shown.name, id);
    return camera;
}

struct survey_controller *survey_controller_of(struct survey *survey, const char *id)
{
    for (size_t i = 0; i < survey->controller_count; i++)
        if (strcmp(survey->controllers[i].shown.id, id) == 0)
            return &survey->controllers[i];
    void *grown = grow(survey->controllers, &survey->controller_count, sizeof *survey->controllers);
    if (grown == NULL)
        return NULL;
    survey->controllers = grown;
    struct survey_controller *controller = &survey->controllers[survey->controller_count - 1];
    message_text(controller->shown.id, sizeof controller->shown.id, id);
    return controller;
}

struct inspection_person *survey_person_of(struct survey *survey, const char *source)
{
    for (size_t i = 0; i < survey->person_count; i++)
        if (strcmp(survey->people[i].source, source) == 0)
            return &survey->people[i];
    void *grown = grow(survey->people, &survey->person_count, sizeof *survey->people);
    if (grown == NULL)
        return NULL;
    survey->people = grown;
    struct inspection_person *person = &survey->people[survey->person_count - 1];
    message_text(person->source, sizeof person->source, source);
    return person;
}

struct survey_account *survey_account_of(struct survey *survey, const char *name)
{
    struct survey_accounts *accounts = &survey->accounts;
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->items[i].name, name) == 0)
            return &accounts->items[i];
    void *grown = grow(accounts->items, &accounts->count, sizeof *accounts->items);
    if (grown == NULL)
        return NULL;
    accounts->items = grown;
    struct survey_account *account = &accounts->items[accounts->count - 1];
    message_text(account->name, sizeof account->name, name);
    return account;
}

static struct survey_source *source_of(struct survey *survey, const char *name)
{
    size_t last = survey->source_last;
    if (last < survey->source_count && strcmp(survey->sources[last].name, name) == 0)
        return &survey->sources[last];
    for (last = 0; last < survey->source_count; last++)
        if (strcmp(survey->sources[last].name, name) == 0)
            break;
    if (last == survey->source_count) {
        void *grown = last == SURVEY_SOURCES_MAX
                          ? NULL
                          : grow(survey->sources, &survey->source_count, sizeof *survey->sources);
        if (grown == NULL)
            return NULL;
        survey->sources = grown;
        message_text(survey->sources[last].name, sizeof survey->sources[last].name, name);
    }
    survey->source_last = last;
    return &survey->sources[last];
}

/* ---- one record ---- */

/* Which bodies are read. */
enum wanted {
    WANTED_NEVER = 0,
    WANTED_ALWAYS,    /* few, and what they say outlasts the period's beginning */
    WANTED_OF_PERIOD, /* recorded in it */
    WANTED_OF_TIME,   /* tells of time that may be of it */
};

static const struct {
    enum wanted wanted;
    survey_take *take;
} kinds[] = {
    [RECORD_KEY] = {WANTED_ALWAYS, survey_take_key},
    [RECORD_ENTRY] = {WANTED_OF_PERIOD, survey_take_entry},
    [RECORD_ALARM] = {WANTED_ALWAYS, survey_take_alarm},
    [RECORD_SEGMENT] = {WANTED_OF_TIME, survey_take_segment},
    [RECORD_GAP] = {WANTED_OF_TIME, survey_take_gap},
    [RECORD_CAMERA] = {WANTED_ALWAYS, survey_take_camera},
    [RECORD_SOURCE] = {WANTED_ALWAYS, survey_take_source},
    [RECORD_OPERATOR] = {WANTED_ALWAYS, survey_take_operator},
    [RECORD_ACCOUNT] = {WANTED_ALWAYS, survey_take_account},
    [RECORD_HOLD] = {WANTED_ALWAYS, survey_take_hold},
    [RECORD_EXPIRY] = {WANTED_ALWAYS, survey_take_expiry},
    [RECORD_CONFIG] = {WANTED_ALWAYS, survey_take_config},
    [RECORD_PROGRAM] = {WANTED_OF_PERIOD, survey_take_program},
    [RECORD_CLOCK] = {WANTED_ALWAYS, survey_take_clock},
    [RECORD_HEALTH] = {WANTED_ALWAYS, survey_take_health},
    [RECORD_ANCHOR] = {WANTED_ALWAYS, survey_take_anchor},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static bool is_wanted(struct survey *survey, const struct record_head *head)
{
    enum wanted wanted = (size_t)head->kind < KINDS ? kinds[head->kind].wanted : WANTED_NEVER;
    if (wanted == WANTED_OF_PERIOD)
        return survey_is_in(survey, head->at_utc_ns);
    return wanted == WANTED_ALWAYS ||
           (wanted == WANTED_OF_TIME && survey_wants_video(survey, head));
}

static enum status take_head(struct survey *survey, const struct ledger_row *row,
                             const struct record_head *head)
{
    struct survey_source *source = source_of(survey, head->source);
    if (source == NULL)
        return STATUS_NO_MEMORY;
    if (head->seq > source->seq + 1) {
        source->missing += head->seq - source->seq - 1;
        survey->missing_seq += head->seq - source->seq - 1;
    }
    source->seq = head->seq;
    if (survey->first_at_ns == 0)
        survey->first_at_ns = head->at_utc_ns;
    survey->newest_at_ns = head->at_utc_ns;
    if (survey_is_in(survey, head->at_utc_ns)) {
        survey->of_period++;
        survey->system.unsynced += head->quality != CLOCK_SYNCED;
    }
    if (!row->has_body)
        survey->expiry.bodies_gone++;
    else if (survey->oldest_body_ns == 0 && head->kind != RECORD_KIND_UNKNOWN &&
             !record_kind_is_permanent(head->kind)) {
        survey->oldest_body_ns = head->at_utc_ns;
        survey->oldest_body = row->number;
    }
    return STATUS_OK;
}

static enum status take_body(struct survey *survey, const struct ledger_row *row,
                             const struct record_head *head)
{
    json_t *body = NULL;
    enum status status = record_body_check(survey->algorithm, head, row->body, NULL);
    if (status == STATUS_OK)
        status = record_body_parse(row->body, &body, NULL);
    if (status == STATUS_OK) {
        const struct survey_record record = {.number = row->number,
                                             .head = head,
                                             .body = body,
                                             .of_period = survey_is_in(survey, head->at_utc_ns)};
        status = kinds[head->kind].take(survey, &record);
    }
    json_decref(body);
    if (status == STATUS_MISMATCH || status == STATUS_INVALID) {
        records_note(&survey->altered, row->number);
        status = STATUS_OK;
    }
    return status;
}

static enum status take_row(void *context, const struct ledger_row *row)
{
    struct survey *survey = context;
    struct record_head head;
    if (survey->options->progress != NULL && row->number % PROGRESS_RECORDS == 0)
        survey->options->progress(survey->options->context, row->number, survey->records);
    if (row->number > survey->next)
        records_note(&survey->missing, row->number);
    survey->next = row->number + 1;
    if (record_head_parse_any(row->head, &head, NULL) != STATUS_OK) {
        records_note(&survey->altered, row->number);
        return STATUS_OK;
    }
    enum status status = take_head(survey, row, &head);
    if (status == STATUS_OK && row->has_body && is_wanted(survey, &head))
        status = take_body(survey, row, &head);
    return status;
}

enum status survey_run(struct survey *survey, struct ledger_view *view, struct error *error)
{
    survey->open_alarms = json_object();
    if (survey->open_alarms == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the report");
    enum status status = ledger_view_end_number(view, &survey->records, error);
    if (status == STATUS_OK)
        status = ledger_view_rows(view, 0, take_row, survey, error);
    if (status == STATUS_OK)
        status = survey_end_video(survey, view, error);
    if (status == STATUS_NO_MEMORY)
        return error_set(error, status, "no memory for the report");
    survey_end_doors(survey);
    return status;
}

void survey_release(struct survey *survey)
{
    for (size_t i = 0; i < survey->camera_count; i++) {
        span_set_release(&survey->cameras[i].video);
        span_set_release(&survey->cameras[i].covered);
        span_set_release(&survey->cameras[i].expired);
    }
    free(survey->cameras);
    free(survey->controllers);
    free(survey->people);
    free(survey->accounts.items);
    free(survey->sources);
    free(survey->holds);
    json_decref(survey->open_alarms);
}
