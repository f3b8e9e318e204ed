/* Requirements about entries: R2, R3, R9. */
#include "inspection/judge.h"

void judge_entries(struct judging *judging)
{
    const struct survey_entries *entries = &judging->survey->entries;
    if (entries->entries == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_ENTRIES_NONE);
    } else {
        struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_ENTRIES);
        fact_number(fact, entries->entries);
        fact_number(fact, entries->derived);
    }
    judge_altered(judging);
    judge_verification(judging);
    if (entries->entries == 0 &&
        (judging->item->state == INSPECTION_PARTLY || judging->item->state == INSPECTION_MET))
        judging->item->state = INSPECTION_NOT_KNOWN;
}

static void say_two_persons(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_TWO_PERSON);
    fact_number(fact, survey->configuration.two_person_doors);
    fact_number(fact, survey->configuration.doors);
    fact_number(fact, survey->entries.dual_completed);
    fact_number(fact, survey->entries.dual_timeout);
}

void judge_identity(struct judging *judging)
{
    const struct inspection *inspection = judging->inspection;
    struct inspection_controller sum = {0};
    for (size_t i = 0; i < inspection->controller_count; i++) {
        sum.granted += inspection->controllers[i].granted;
        sum.granted_unnamed += inspection->controllers[i].granted_unnamed;
        sum.denied += inspection->controllers[i].denied;
        sum.unknown += inspection->controllers[i].unknown;
    }
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_IDENTIFIED);
    fact_number(fact, sum.granted);
    fact_number(fact, sum.granted_unnamed);
    fact_number(fact, sum.denied);
    fact_number(fact, sum.unknown);
    say_two_persons(judging);
    judge_count(judging, INSPECTION_SAYS_ALARMING, &judging->survey->entries.alarming);
    if (sum.granted + sum.denied + sum.unknown == 0)
        judge_state(judging, INSPECTION_NOT_KNOWN);
    else
        judge_state(judging, sum.granted_unnamed > 0 ? INSPECTION_PARTLY : INSPECTION_MET);
}

/* ---- R9 ---- */

static struct inspection_fact *say_door(struct judging *judging, enum inspection_text text,
                                        const struct inspection_controller *controller,
                                        const struct inspection_records *records)
{
    struct inspection_fact *fact = judge_say(judging, text);
    fact_text(fact, controller->id);
    if (records != NULL)
        fact_records(fact, records);
    return fact;
}

static void say_entries(struct judging *judging, const struct inspection_controller *controller)
{
    bool has_lost = controller->losses.count > 0;
    bool is_whole = !has_lost && controller->unknown_losses.count + controller->missing == 0;
    struct inspection_fact *fact = say_door(judging,
                                            is_whole   ? INSPECTION_SAYS_DOOR_COMPLETE
                                            : has_lost ? INSPECTION_SAYS_DOOR_LOST
                                                       : INSPECTION_SAYS_DOOR_ENTRIES,
                                            controller, &controller->losses);
    fact_number(fact, controller->entries);
    fact_number(fact, controller->lost);
    if (!is_whole)
        judge_state(judging, INSPECTION_PARTLY);
}

static void say_offline(struct judging *judging, const struct inspection_controller *controller)
{
    if (controller->offline_ns > 0) {
        struct inspection_fact *fact =
            say_door(judging, INSPECTION_SAYS_DOOR_OFFLINE, controller, &controller->offline);
        fact_duration(fact, controller->offline_ns);
        fact_duration(fact, controller->longest_offline_ns);
        fact_number(fact, controller->offline.count);
    }
    if (controller->is_offline) {
        fact_record(say_door(judging, INSPECTION_SAYS_DOOR_IS_OFFLINE, controller, NULL),
                    controller->newest_record);
        judge_state(judging, INSPECTION_PARTLY);
    }
}

static void judge_controller(struct judging *judging,
                             const struct inspection_controller *controller)
{
    judge_state(judging, INSPECTION_MET);
    say_entries(judging, controller);
    if (controller->unknown_losses.count > 0)
        fact_number(say_door(judging, INSPECTION_SAYS_DOOR_UNKNOWN, controller,
                             &controller->unknown_losses),
                    controller->unknown_losses.count);
    say_offline(judging, controller);
    if (controller->missing > 0) {
        fact_number(say_door(judging, INSPECTION_SAYS_DOOR_MISSING, controller, NULL),
                    controller->missing);
        judge_state(judging, INSPECTION_NOT_MET);
    }
}

void judge_completeness(struct judging *judging)
{
    const struct inspection *inspection = judging->inspection;
    for (size_t i = 0; i < inspection->controller_count; i++)
        judge_controller(judging, &inspection->controllers[i]);
    judge_altered(judging);
    if (inspection->controller_count == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_DOORS_NONE);
        judge_state(judging, INSPECTION_NOT_KNOWN);
    }
}
