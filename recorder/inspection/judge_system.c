/* Requirements about the appliance: R4 to R6, R8, R20 to R27. */
#include <stdlib.h>

#include "inspection/judge.h"

void judge_logs(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_LOG_RECORDS);
    fact_number(fact, survey->next);
    fact_number(fact, survey->of_period);
    if (survey->missing_seq > 0) {
        fact_number(judge_say(judging, INSPECTION_SAYS_LOG_HOLES), survey->missing_seq);
        judge_state(judging, INSPECTION_NOT_MET);
    } else {
        (void)judge_say(judging, INSPECTION_SAYS_LOG_UNBROKEN);
    }
    judge_altered(judging);
    judge_verification(judging);
}

static void say_configuration(struct judging *judging)
{
    const struct survey_configuration *configuration = &judging->survey->configuration;
    if (configuration->record == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_CONFIG_NONE);
        return;
    }
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_CONFIG_NEWEST);
    fact_time(fact, configuration->at_ns);
    fact_text(fact, configuration->sha256);
    fact_record(fact, configuration->record);
    judge_count(judging, INSPECTION_SAYS_CONFIG_CHANGES, &configuration->changes);
}

void judge_programs(struct judging *judging)
{
    const struct inspection_records *programs = &judging->survey->system.programs;
    say_configuration(judging);
    judge_state(judging, INSPECTION_PARTLY);
    judge_count(judging, INSPECTION_SAYS_PROGRAMS, programs);
    if (programs->count == 0)
        (void)judge_say(judging, INSPECTION_SAYS_PROGRAMS_NOT_BUILT);
    if (judging->survey->configuration.record == 0 && programs->count == 0)
        judge_state(judging, INSPECTION_NOT_BUILT);
}

void judge_access(struct judging *judging)
{
    const struct survey_accounts *accounts = &judging->survey->accounts;
    say_configuration(judging);
    judge_count(judging, INSPECTION_SAYS_ACCOUNTS, &accounts->changes);
    judge_count(judging, INSPECTION_SAYS_ACCOUNTS_OUTSIDE, &accounts->outside);
    if (accounts->count == 0)
        (void)judge_say(judging, INSPECTION_SAYS_ACCOUNTS_NONE);
    judge_state(judging, accounts->outside.count > 0 ? INSPECTION_NOT_MET
                         : accounts->count == 0 || judging->survey->configuration.record == 0
                             ? INSPECTION_PARTLY
                             : INSPECTION_MET);
}

void judge_suite(struct judging *judging)
{
    bool national = judging->survey->algorithm == DIGEST_SM3;
    (void)judge_say(judging, national ? INSPECTION_SAYS_SUITE_SM : INSPECTION_SAYS_SUITE_NIST);
    (void)judge_say(judging, INSPECTION_SAYS_TOKEN_NOT_BUILT);
    judge_state(judging, national ? INSPECTION_PARTLY : INSPECTION_NOT_MET);
}

/* ---- R20, R21 ---- */

static void say_camera(struct judging *judging, const struct inspection_camera *camera)
{
    enum inspection_text text = camera->connection_known ? INSPECTION_SAYS_CAMERA_PLAIN
                                                         : INSPECTION_SAYS_CAMERA_UNCONNECTED;
    if (camera->encrypted)
        return;
    struct inspection_fact *fact = judge_say(judging, text);
    fact_text(fact, camera->name);
    if (camera->connection_known)
        fact_record(fact, camera->connection_record);
}

void judge_transport(struct judging *judging)
{
    const struct inspection *inspection = judging->inspection;
    uint64_t encrypted = 0;
    for (size_t i = 0; i < inspection->camera_count; i++)
        encrypted += inspection->cameras[i].encrypted;
    if (inspection->camera_count == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_CAMERAS_NONE);
        judge_state(judging, INSPECTION_NOT_KNOWN);
    } else {
        struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_RTSPS);
        fact_number(fact, encrypted);
        fact_number(fact, inspection->camera_count);
        judge_state(judging, encrypted == 0                         ? INSPECTION_NOT_MET
                             : encrypted < inspection->camera_count ? INSPECTION_PARTLY
                                                                    : INSPECTION_MET);
    }
    for (size_t i = 0; i < inspection->camera_count; i++)
        say_camera(judging, &inspection->cameras[i]);
    (void)judge_say(judging, INSPECTION_SAYS_CONSOLE_TLS);
}

void judge_storage(struct judging *judging)
{
    static const struct {
        enum inspection_text text;
        enum inspection_state state;
    } answers[] = {/* as message_status has it */
                   {INSPECTION_SAYS_ENCRYPTED_NOT, INSPECTION_NOT_MET},
                   {INSPECTION_SAYS_ENCRYPTED, INSPECTION_MET},
                   {INSPECTION_SAYS_ENCRYPTED_UNKNOWN, INSPECTION_NOT_KNOWN}};
    const struct message_status *status = judging->survey->options->status;
    size_t which = status == NULL || status->encrypted > 2 ? 2 : status->encrypted;
    (void)judge_say(judging, answers[which].text);
    judge_state(judging, answers[which].state);
    judge_count(judging, INSPECTION_SAYS_EXPORTS_ENCRYPTED, &judging->survey->deeds.encrypted);
}

/* ---- R22 ---- */

static void say_clock(struct judging *judging)
{
    const struct survey *survey = judging->survey;
    const struct survey_system *system = &survey->system;
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_CLOCK);
    fact_share(fact, (int64_t)(survey->of_period - system->unsynced), (int64_t)survey->of_period);
    if (system->unsynced > 0)
        judge_state(judging, INSPECTION_PARTLY);
    if (system->steps.count == 0)
        return;
    fact = judge_say(judging, INSPECTION_SAYS_STEPS);
    fact_number(fact, system->steps.count);
    fact_duration(fact, llabs(system->largest_step_ns));
    fact_records(fact, &system->steps);
}

static void say_open_alarms(struct judging *judging)
{
    json_t *open = judging->survey->open_alarms;
    struct inspection_fact *fact = NULL;
    const char *number = NULL;
    json_t *value = NULL;
    if (json_object_size(open) == 0)
        return;
    fact = judge_say(judging, INSPECTION_SAYS_ALARMS_OPEN);
    fact_number(fact, json_object_size(open));
    json_object_foreach(open, number, value) fact_record(fact, strtoull(number, NULL, 10));
    judge_state(judging, INSPECTION_PARTLY);
}

void judge_unattended(struct judging *judging)
{
    const struct survey_system *system = &judging->survey->system;
    judge_state(judging, INSPECTION_MET);
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_STARTS);
    fact_number(fact, system->started.count);
    fact_number(fact, system->stopped.count);
    fact_records(fact, &system->started);
    judge_count(judging, INSPECTION_SAYS_FAILURES, &system->failed);
    judge_count(judging, INSPECTION_SAYS_WORKERS, &system->worker_ended);
    judge_count(judging, INSPECTION_SAYS_STORAGE, &system->storage);
    judge_count(judging, INSPECTION_SAYS_ALARMS, &system->alarms);
    say_open_alarms(judging);
    if (judging->survey->of_period > 0)
        say_clock(judging);
    else
        judging->item->state = INSPECTION_NOT_KNOWN;
}

/* ---- R23 to R27 ---- */

static void say_not_built(struct judging *judging, enum inspection_text text)
{
    (void)judge_say(judging, text);
    judge_state(judging, INSPECTION_NOT_BUILT);
}

void judge_backup(struct judging *judging)
{
    say_not_built(judging, INSPECTION_SAYS_RESTORE_NOT_BUILT);
}

void judge_ransomware(struct judging *judging)
{
    say_not_built(judging, INSPECTION_SAYS_OFFBOX_NOT_BUILT);
}

void judge_report(struct judging *judging)
{
    fact_number(judge_say(judging, INSPECTION_SAYS_THIS_REPORT), INSPECTION_ITEMS);
    judge_state(judging, INSPECTION_MET);
}

void judge_machine(struct judging *judging)
{
    const char *machine = judging->survey->options->machine;
    fact_text(judge_say(judging, INSPECTION_SAYS_MACHINE), machine == NULL ? "?" : machine);
    judge_state(judging, INSPECTION_NOT_KNOWN);
}

void judge_languages(struct judging *judging)
{
    (void)judge_say(judging, INSPECTION_SAYS_LANGUAGES);
    judge_state(judging, INSPECTION_MET);
}
