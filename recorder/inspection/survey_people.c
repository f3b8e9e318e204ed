/* People: look-ups, exports, holds, checkpoints taken away, accounts. */
#include <stdlib.h>
#include <string.h>

#include "inspection/survey.h"
#include "store/export_record.h"
#include "store/exported_record.h"

static bool is_text(const json_t *body, const char *key, const char *text)
{
    const char *found = json_get_text(body, key);
    return found != NULL && strcmp(found, text) == 0;
}

static void count_lookup(struct survey *survey, const struct survey_record *record,
                         struct inspection_person *person)
{
    struct survey_deeds *deeds = &survey->deeds;
    const char *reason = json_get_text(record->body, "reason");
    bool plays = is_text(record->body, "what", "video") || is_text(record->body, "what", "live");
    if (is_text(record->body, "what", "verify")) {
        deeds->verifications++;
        person->others++;
        return;
    }
    deeds->lookups++;
    person->lookups += !plays;
    person->playbacks += plays;
    if (reason == NULL || reason[0] == '\0') {
        deeds->without_reason++;
        person->without_reason++;
        records_note(&deeds->unreasoned, record->number);
        records_note(&person->unreasoned, record->number);
    }
}

static void count_export(struct survey_deeds *deeds, const struct survey_record *record)
{
    const char *medium = json_get_text(record->body, "medium");
    records_note(&deeds->exports, record->number);
    if (medium != NULL && medium[0] != '\0')
        records_note(&deeds->media, record->number);
}

static enum status count_exported(struct survey_deeds *deeds, const struct survey_record *record)
{
    struct exported_record exported;
    enum status status = exported_record_parse(record->body, &exported, NULL);
    if (status != STATUS_OK)
        return status;
    if (!exported.done)
        records_note(&deeds->failed, record->number);
    else if (exported.encrypted_size > 0)
        records_note(&deeds->encrypted, record->number);
    return STATUS_OK;
}

static enum status count_deed(struct survey *survey, const struct survey_record *record)
{
    struct inspection_person *person = survey_person_of(survey, record->head->source);
    const char *name = json_get_text(record->body, "person");
    if (person == NULL)
        return STATUS_NO_MEMORY;
    if (name != NULL)
        message_text(person->name, sizeof person->name, name);
    if (json_get_text(record->body, "account") != NULL)
        survey->deeds.by_account++;
    else
        survey->deeds.by_uid++;
    if (json_get_text(record->body, "second") != NULL)
        records_note(&survey->deeds.second, record->number);
    if (is_text(record->body, "action", "lookup")) {
        count_lookup(survey, record, person);
    } else if (export_record_is(record->body)) {
        count_export(&survey->deeds, record);
        person->exports++;
    } else if (exported_record_is(record->body)) {
        return count_exported(&survey->deeds, record);
    } else if (!is_text(record->body, "action", "verified")) { /* it was counted when asked for */
        person->others++;
    }
    return STATUS_OK;
}

static enum status take_verdict(struct survey_deeds *deeds, const struct survey_record *record)
{
    const char *verdict = json_get_text(record->body, "verdict");
    enum status status = json_get_u64(record->body, "lookup", &deeds->last_verdict_of);
    if (status != STATUS_OK || verdict == NULL)
        return STATUS_INVALID;
    deeds->last_verdict = record->number;
    deeds->last_verdict_ns = record->head->at_utc_ns;
    deeds->last_verdict_is_of_all = json_get_text(record->body, "limits") == NULL;
    message_text(deeds->last_verdict_name, sizeof deeds->last_verdict_name, verdict);
    return STATUS_OK;
}

enum status survey_take_operator(struct survey *survey, const struct survey_record *record)
{
    if (record->head->at_utc_ns < survey->options->to_utc_ns &&
        is_text(record->body, "action", "lookup") && is_text(record->body, "what", "verify")) {
        survey->deeds.last_verification = record->number;
        survey->deeds.last_verification_ns = record->head->at_utc_ns;
    }
    if (record->head->at_utc_ns < survey->options->to_utc_ns &&
        is_text(record->body, "action", "verified") && is_text(record->body, "outcome", "done") &&
        take_verdict(&survey->deeds, record) != STATUS_OK)
        return STATUS_INVALID;
    enum status status = survey_take_login(survey, record);
    if (status != STATUS_NOT_FOUND)
        return status;
    return record->of_period ? count_deed(survey, record) : STATUS_OK;
}

static enum status keep_hold(struct survey *survey, const struct survey_hold *hold)
{
    if (survey->hold_count == SURVEY_HOLDS_MAX) {
        survey->too_many_holds = true;
        return STATUS_OK;
    }
    struct survey_hold *holds =
        reallocarray(survey->holds, survey->hold_count + 1, sizeof *survey->holds);
    if (holds == NULL)
        return STATUS_NO_MEMORY;
    survey->holds = holds;
    survey->holds[survey->hold_count++] = *hold;
    return STATUS_OK;
}

static void drop_hold(struct survey *survey, uint64_t record)
{
    size_t kept = 0;
    for (size_t i = 0; i < survey->hold_count; i++)
        if (survey->holds[i].record != record)
            survey->holds[kept++] = survey->holds[i];
    survey->hold_count = kept;
}

enum status survey_take_hold(struct survey *survey, const struct survey_record *record)
{
    struct survey_hold hold = {.record = record->number};
    enum status status = hold_record_parse(record->body, &hold.hold, NULL);
    if (status != STATUS_OK)
        return status;
    if (record->of_period) {
        struct inspection_person *person = survey_person_of(survey, record->head->source);
        if (person == NULL)
            return STATUS_NO_MEMORY;
        person->holds++;
        records_note(hold.hold.release ? &survey->deeds.holds_released : &survey->deeds.holds_set,
                     record->number);
        if (json_get_text(record->body, "second") != NULL)
            records_note(&survey->deeds.second, record->number);
    }
    if (!hold.hold.release)
        return keep_hold(survey, &hold);
    drop_hold(survey, hold.hold.hold);
    return STATUS_OK;
}

enum status survey_take_anchor(struct survey *survey, const struct survey_record *record)
{
    if (record->head->at_utc_ns < survey->options->to_utc_ns) {
        survey->deeds.last_anchor = record->number;
        survey->deeds.last_anchor_ns = record->head->at_utc_ns;
    }
    if (record->of_period)
        records_note(&survey->deeds.anchors, record->number);
    return STATUS_OK;
}
