/* Requirements about people and what they take away: R7, R14 to R19. */
#include "inspection/judge.h"

static void judge_anchor(struct judging *judging)
{
    const struct survey_deeds *deeds = &judging->survey->deeds;
    if (deeds->last_anchor == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_ANCHOR_NONE);
        judge_state(judging, INSPECTION_PARTLY);
        return;
    }
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_ANCHOR);
    fact_time(fact, deeds->last_anchor_ns);
    fact_duration(fact, judging->inspection->made_utc_ns - deeds->last_anchor_ns);
    fact_record(fact, deeds->last_anchor);
}

void judge_signatures(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    const struct survey_deeds *deeds = &survey->deeds;
    judge_state(judging, INSPECTION_MET);
    if (survey->system.key_record > 0) {
        struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_SIGNED_BY);
        fact_text(fact, survey->system.fingerprint);
        fact_record(fact, survey->system.key_record);
    } else {
        (void)judge_say(judging, INSPECTION_SAYS_SIGNED_NONE);
        judge_state(judging, INSPECTION_NOT_MET);
    }
    struct inspection_fact *by = judge_say(judging, INSPECTION_SAYS_OPERATORS_BY);
    fact_number(by, deeds->by_account);
    fact_number(by, deeds->by_uid);
    if (deeds->by_account == 0 || deeds->by_uid > 0)
        judge_state(judging, INSPECTION_PARTLY);
    judge_anchor(judging);
}

static void say_person(struct judging *judging, const struct inspection_person *person)
{
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_PERSON);
    fact_text(fact, person->source);
    fact_number(fact, person->lookups);
    fact_number(fact, person->playbacks);
    fact_number(fact, person->exports);
    fact_number(fact, person->holds);
    fact_number(fact, person->without_reason);
    fact_records(fact, &person->unreasoned);
}

static void say_exports(struct judging *judging)
{
    const struct survey_deeds *deeds = &judging->survey->deeds;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_EXPORTS);
    fact_number(fact, deeds->exports.count);
    fact_number(fact, deeds->failed.count);
    fact_records(fact, &deeds->exports);
}

void judge_register(struct judging *judging)
{
    const struct survey_deeds *deeds = &judging->survey->deeds;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_LOOKUPS);
    fact_number(fact, deeds->lookups);
    fact_number(fact, deeds->without_reason);
    fact_records(fact, &deeds->unreasoned);
    for (size_t i = 0; i < judging->inspection->person_count; i++)
        say_person(judging, &judging->inspection->people[i]);
    say_exports(judging);
    (void)judge_say(judging, INSPECTION_SAYS_STOPPED_READING);
    judge_state(judging, deeds->lookups == 0         ? INSPECTION_NOT_KNOWN
                         : deeds->without_reason > 0 ? INSPECTION_PARTLY
                                                     : INSPECTION_MET);
}

void judge_second(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    const struct inspection_records *second = &survey->deeds.second;
    uint64_t acts =
        survey->deeds.exports.count + survey->deeds.holds_released.count + survey->accounts.acts;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_SECOND);
    fact_number(fact, second->count);
    fact_number(fact, acts);
    fact_records(fact, second);
    (void)judge_say(judging, INSPECTION_SAYS_SECOND_RULE);
    judge_state(judging, acts == 0              ? INSPECTION_NOT_KNOWN
                         : second->count < acts ? INSPECTION_PARTLY
                                                : INSPECTION_MET);
}

static void say_taken(struct judging *judging, enum inspection_text text,
                      const struct inspection_records *records)
{
    struct inspection_fact *fact = judge_say(judging, text);
    fact_number(fact, records->count);
    fact_records(fact, records);
}

void judge_watermark(struct judging *judging)
{
    const struct inspection_records *exports = &judging->survey->deeds.exports;
    uint64_t playbacks = 0;
    for (size_t i = 0; i < judging->inspection->person_count; i++)
        playbacks += judging->inspection->people[i].playbacks;
    say_taken(judging, INSPECTION_SAYS_EXPORT_NAMES, exports);
    fact_number(judge_say(judging, INSPECTION_SAYS_WATERMARK), playbacks);
    judge_state(judging, playbacks + exports->count > 0 ? INSPECTION_MET : INSPECTION_NOT_KNOWN);
}

/* Of what was never done nothing is claimed. */
static enum inspection_state state_if_exported(const struct judging *judging)
{
    return judging->survey->deeds.exports.count > 0 ? INSPECTION_MET : INSPECTION_NOT_KNOWN;
}

void judge_scope(struct judging *judging)
{
    say_taken(judging, INSPECTION_SAYS_EXPORT_SCOPE, &judging->survey->deeds.exports);
    judge_state(judging, state_if_exported(judging));
}

void judge_media(struct judging *judging)
{
    say_taken(judging, INSPECTION_SAYS_MEDIA, &judging->survey->deeds.media);
    judge_state(judging, state_if_exported(judging));
}
