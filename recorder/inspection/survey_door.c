/* Doors: entries, what was lost of them, and when their controllers did not answer. */
#include <string.h>

#include "inspection/survey.h"
#include "store/entry_record.h"

static void count_loss(struct inspection_controller *controller, const struct entry_record *entry,
                       uint64_t number)
{
    if (entry->entry.event == DOOR_LOSS_UNKNOWN) {
        records_note(&controller->unknown_losses, number);
    } else if (entry->entry.event == DOOR_RECORDS_LOST) {
        records_note(&controller->losses, number);
        if (entry->entry.lost_to >= entry->entry.lost_from)
            controller->lost += entry->entry.lost_to - entry->entry.lost_from + 1;
    }
}

static void count_said(struct inspection_controller *controller, const struct entry_record *entry)
{
    controller->entries++;
    controller->denied += entry->entry.verdict == VERDICT_DENIED;
    controller->unknown += entry->entry.event == DOOR_CREDENTIAL_UNKNOWN;
    if (entry->entry.event == DOOR_ACCESS_GRANTED) {
        controller->granted++;
        controller->granted_unnamed += entry->entry.credential[0] == '\0';
    }
}

static void count_derived(struct survey_entries *entries, const struct entry_record *entry)
{
    entries->derived++;
    entries->dual_completed += entry->entry.event == DOOR_DUAL_COMPLETED;
    entries->dual_timeout += entry->entry.event == DOOR_DUAL_TIMEOUT;
}

enum status survey_take_entry(struct survey *survey, const struct survey_record *record)
{
    struct entry_record entry;
    enum status status = entry_record_parse(record->body, &entry, NULL);
    if (status != STATUS_OK)
        return status;
    struct survey_controller *controller = survey_controller_of(survey, entry.controller);
    if (controller == NULL)
        return STATUS_NO_MEMORY;
    survey->entries.entries += !entry.entry.derived;
    if (entry_record_is_alarming(&entry))
        records_note(&survey->entries.alarming, record->number);
    if (entry.entry.derived)
        count_derived(&survey->entries, &entry);
    else
        count_said(&controller->shown, &entry);
    count_loss(&controller->shown, &entry, record->number);
    return STATUS_OK;
}

static void end_offline(const struct survey *survey, struct survey_controller *controller,
                        int64_t at_ns)
{
    const struct time_span span =
        survey_clip(survey, (struct time_span){controller->offline_since_ns, at_ns});
    int64_t length_ns = span.end_ns - span.start_ns;
    if (controller->offline_since_ns == 0 || length_ns <= 0)
        return;
    controller->shown.offline_ns += length_ns;
    if (length_ns > controller->shown.longest_offline_ns)
        controller->shown.longest_offline_ns = length_ns;
}

enum status survey_take_source(struct survey *survey, const struct survey_record *record)
{
    const char *event = json_get_text(record->body, "event");
    const char *id = strchr(record->head->source, '/');
    int64_t at_ns = record->head->at_utc_ns;
    if (event == NULL || id == NULL)
        return STATUS_INVALID;
    struct survey_controller *controller = survey_controller_of(survey, id + 1);
    if (controller == NULL)
        return STATUS_NO_MEMORY;
    bool offline = strcmp(event, word_door_event(DOOR_SOURCE_OFFLINE)->name) == 0;
    if (json_get_time(record->body, "at", &at_ns) != STATUS_OK)
        at_ns = record->head->at_utc_ns;
    if (at_ns >= survey->options->to_utc_ns)
        return STATUS_OK; /* what was before it goes on to the end of the period */
    controller->shown.newest_record = record->number;
    if (offline && controller->offline_since_ns == 0) {
        controller->offline_since_ns = at_ns;
        if (record->of_period)
            records_note(&controller->shown.offline, record->number);
    } else if (!offline) {
        end_offline(survey, controller, at_ns);
        controller->offline_since_ns = 0;
    }
    return STATUS_OK;
}

void survey_end_doors(struct survey *survey)
{
    for (size_t i = 0; i < survey->controller_count; i++) {
        struct survey_controller *controller = &survey->controllers[i];
        char source[SOURCE_SIZE + 8] = "door/";
        message_text(source + strlen(source), ID_SIZE, controller->shown.id);
        controller->shown.is_offline = controller->offline_since_ns != 0;
        end_offline(survey, controller, survey->options->to_utc_ns);
        for (size_t s = 0; s < survey->source_count; s++)
            if (strcmp(survey->sources[s].name, source) == 0)
                controller->shown.missing = survey->sources[s].missing;
    }
}
