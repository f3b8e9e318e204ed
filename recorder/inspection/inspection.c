#include "inspection/inspection.h"

#include <stdlib.h>
#include <string.h>

#include "inspection/judge.h"

static const struct word states[] = {
    {INSPECTION_MET, "met", "met", "符合"},
    {INSPECTION_PARTLY, "partly", "partly", "部分符合"},
    {INSPECTION_NOT_MET, "not_met", "not met", "不符合"},
    {INSPECTION_NOT_BUILT, "not_built", "not built yet", "尚未实现"},
    {INSPECTION_NOT_KNOWN, "not_known", "not known", "无法判断"},
};

const struct word *inspection_state_word(enum inspection_state state)
{
    return state < INSPECTION_MET || state > INSPECTION_NOT_KNOWN ? NULL : &states[state - 1];
}

static const struct {
    const char *id;
    enum inspection_text meaning;
    judge_item *judge;
} requirements[INSPECTION_ITEMS] = {
    {"R1", INSPECTION_SAYS_R1, judge_video},        {"R2", INSPECTION_SAYS_R2, judge_entries},
    {"R3", INSPECTION_SAYS_R3, judge_identity},     {"R4", INSPECTION_SAYS_R4, judge_logs},
    {"R5", INSPECTION_SAYS_R5, judge_programs},     {"R6", INSPECTION_SAYS_R6, judge_access},
    {"R7", INSPECTION_SAYS_R7, judge_signatures},   {"R8", INSPECTION_SAYS_R8, judge_suite},
    {"R9", INSPECTION_SAYS_R9, judge_completeness}, {"R10", INSPECTION_SAYS_R10, judge_coverage},
    {"R11", INSPECTION_SAYS_R11, judge_retention},  {"R12", INSPECTION_SAYS_R12, judge_expiry},
    {"R13", INSPECTION_SAYS_R13, judge_holds},      {"R14", INSPECTION_SAYS_R14, judge_register},
    {"R15", INSPECTION_SAYS_R15, judge_second},     {"R16", INSPECTION_SAYS_R16, judge_watermark},
    {"R17", INSPECTION_SAYS_R17, judge_accounts},   {"R18", INSPECTION_SAYS_R18, judge_scope},
    {"R19", INSPECTION_SAYS_R19, judge_media},      {"R20", INSPECTION_SAYS_R20, judge_transport},
    {"R21", INSPECTION_SAYS_R21, judge_storage},    {"R22", INSPECTION_SAYS_R22, judge_unattended},
    {"R23", INSPECTION_SAYS_R23, judge_backup},     {"R24", INSPECTION_SAYS_R24, judge_ransomware},
    {"R25", INSPECTION_SAYS_R25, judge_report},     {"R26", INSPECTION_SAYS_R26, judge_machine},
    {"R27", INSPECTION_SAYS_R27, judge_languages},
};

/* ---- sentences ---- */

struct inspection_fact *judge_say(struct judging *judging, enum inspection_text text)
{
    struct inspection_item *item = judging->item;
    struct inspection_fact *fact = &judging->spare;
    if (item->count == item->capacity) {
        size_t capacity = item->capacity == 0 ? 8 : 2 * item->capacity;
        struct inspection_fact *facts = reallocarray(item->facts, capacity, sizeof *facts);
        if (facts != NULL) {
            item->facts = facts;
            item->capacity = capacity;
        }
    }
    if (item->count < item->capacity)
        fact = &item->facts[item->count++];
    else
        judging->failed = true;
    *fact = (struct inspection_fact){.text = text};
    return fact;
}

static struct inspection_figure *figure(struct inspection_fact *fact, enum inspection_form form,
                                        int64_t number)
{
    size_t last = fact->figure_count < INSPECTION_FIGURES_MAX ? fact->figure_count++
                                                              : INSPECTION_FIGURES_MAX - 1;
    fact->figures[last] = (struct inspection_figure){.form = form, .number = number};
    return &fact->figures[last];
}

void fact_number(struct inspection_fact *fact, uint64_t number)
{
    (void)figure(fact, INSPECTION_NUMBER, (int64_t)number);
}

void fact_time(struct inspection_fact *fact, int64_t utc_ns)
{
    (void)figure(fact, INSPECTION_TIME, utc_ns);
}

void fact_duration(struct inspection_fact *fact, int64_t ns)
{
    (void)figure(fact, INSPECTION_DURATION, ns);
}

void fact_bytes(struct inspection_fact *fact, uint64_t bytes)
{
    (void)figure(fact, INSPECTION_BYTES, (int64_t)bytes);
}

void fact_share(struct inspection_fact *fact, int64_t part, int64_t whole)
{
    (void)figure(fact, INSPECTION_SHARE, inspection_share(part, whole));
}

void fact_text(struct inspection_fact *fact, const char *text)
{
    struct inspection_figure *made = figure(fact, INSPECTION_TEXT, 0);
    message_text(made->text, sizeof made->text, text);
}

void fact_word(struct inspection_fact *fact, const struct word *word)
{
    figure(fact, INSPECTION_WORD, 0)->word = word;
}

void fact_record(struct inspection_fact *fact, uint64_t number)
{
    records_note(&fact->records, number);
}

void fact_records(struct inspection_fact *fact, const struct inspection_records *records)
{
    fact->records = *records;
}

void judge_count(struct judging *judging, enum inspection_text text,
                 const struct inspection_records *records)
{
    if (records->count == 0)
        return;
    struct inspection_fact *fact = judge_say(judging, text);
    fact_number(fact, records->count);
    fact_records(fact, records);
}

void judge_state(struct judging *judging, enum inspection_state state)
{
    if (state == INSPECTION_NOT_MET ||
        (judging->item->state != INSPECTION_NOT_MET && state > judging->item->state))
        judging->item->state = state;
}

int64_t inspection_share(int64_t part, int64_t whole)
{
    const int64_t all = 10000;
    if (whole <= 0 || part >= whole)
        return all;
    int64_t share = (int64_t)((double)all * (double)part / (double)whole + 0.5);
    if (share >= all)
        return all - 1;
    return share == 0 && part > 0 ? 1 : share;
}

/* ---- the whole ---- */

/* What was neither configured nor heard of in the period is not of it. */
static enum status take_over(struct inspection *inspection, const struct survey *survey)
{
    inspection->cameras = calloc(survey->camera_count + 1, sizeof *inspection->cameras);
    inspection->controllers = calloc(survey->controller_count + 1, sizeof *inspection->controllers);
    inspection->people = calloc(survey->person_count + 1, sizeof *inspection->people);
    if (inspection->cameras == NULL || inspection->controllers == NULL ||
        inspection->people == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < survey->camera_count; i++) {
        const struct inspection_camera *camera = &survey->cameras[i].shown;
        if (camera->configured || camera->judged_ns > 0)
            inspection->cameras[inspection->camera_count++] = *camera;
    }
    for (size_t i = 0; i < survey->controller_count; i++) {
        const struct inspection_controller *controller = &survey->controllers[i].shown;
        if (controller->configured || controller->entries > 0 || controller->missing > 0)
            inspection->controllers[inspection->controller_count++] = *controller;
    }
    for (size_t i = 0; i < survey->person_count; i++)
        inspection->people[inspection->person_count++] = survey->people[i];
    return STATUS_OK;
}

static enum status answer(struct inspection *inspection, const struct survey *survey)
{
    struct judging judging = {.survey = survey, .inspection = inspection};
    for (size_t i = 0; i < INSPECTION_ITEMS; i++) {
        struct inspection_item *item = &inspection->items[i];
        item->id = requirements[i].id;
        item->meaning = requirements[i].meaning;
        item->phrase = inspection_text_in(item->meaning, LANGUAGE_CHINESE);
        judging.item = item;
        requirements[i].judge(&judging);
        inspection->states[item->state]++;
    }
    return judging.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status fill(struct inspection *inspection, struct ledger_view *view,
                        struct survey *survey, struct error *error)
{
    const struct inspection_options *options = survey->options;
    const struct suite *suite = ledger_view_suite(view);
    if (suite == NULL)
        return error_set(error, STATUS_INVALID, "the ledger does not say which suite it has");
    survey->algorithm = suite_digest_algorithm(suite);
    enum status status = survey_run(survey, view, error);
    if (status != STATUS_OK)
        return status;
    inspection->from_utc_ns = options->from_utc_ns;
    inspection->to_utc_ns = options->to_utc_ns;
    inspection->made_utc_ns = options->now_utc_ns;
    inspection->running = options->status != NULL;
    inspection->records = survey->next;
    inspection->of_period = survey->of_period;
    message_text(inspection->origin, sizeof inspection->origin, ledger_view_origin(view));
    message_text(inspection->site, sizeof inspection->site, survey->site);
    message_text(inspection->suite, sizeof inspection->suite, suite_name(suite));
    status = take_over(inspection, survey);
    if (status == STATUS_OK)
        status = answer(inspection, survey);
    return status == STATUS_OK ? status : error_set(error, status, "no memory for the report");
}

enum status inspection_make(struct ledger_view *view, const struct inspection_options *options,
                            struct inspection **inspection, struct error *error)
{
    struct survey *survey = calloc(1, sizeof *survey);
    struct inspection *made = calloc(1, sizeof *made);
    enum status status = STATUS_NO_MEMORY;
    if (survey != NULL && made != NULL) {
        survey->options = options;
        status = fill(made, view, survey, error);
        survey_release(survey);
    } else {
        (void)error_set(error, status, "no memory for the report");
    }
    free(survey);
    if (status == STATUS_OK)
        *inspection = made;
    else
        inspection_free(made);
    return status;
}

void inspection_free(struct inspection *inspection)
{
    if (inspection == NULL)
        return;
    for (size_t i = 0; i < INSPECTION_ITEMS; i++)
        free(inspection->items[i].facts);
    free(inspection->cameras);
    free(inspection->controllers);
    free(inspection->people);
    free(inspection);
}

void inspection_cleanup(struct inspection **inspection)
{
    inspection_free(*inspection);
}
