#include "keeper/alarms.h"

#include <stdlib.h>
#include <string.h>

#include "keeper/fatal.h"

struct alarms {
    struct committer *committer;
    const struct clock *clock;
    size_t count;
    struct alarm open[ALARMS_MAX];
};

enum status alarms_new(struct committer *committer, const struct clock *clock,
                       struct alarms **alarms, struct error *error)
{
    struct alarms *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for alarms");
    made->committer = committer;
    made->clock = clock;
    *alarms = made;
    return STATUS_OK;
}

void alarms_free(struct alarms *alarms)
{
    free(alarms);
}

void alarms_resume(struct alarms *alarms, const struct alarm *alarm)
{
    if (alarms->count < ALARMS_MAX)
        alarms->open[alarms->count++] = *alarm;
}

/* Its place among the open ones; their count if it is not open. */
static size_t find(const struct alarms *alarms, const char *kind, const char *source,
                   const char *subject)
{
    size_t index = 0;
    for (; index < alarms->count; index++) {
        const struct alarm *alarm = &alarms->open[index];
        if (strcmp(alarm->kind, kind) == 0 && strcmp(alarm->source, source) == 0 &&
            strcmp(alarm->subject, subject) == 0)
            break;
    }
    return index;
}

static uint64_t record(struct alarms *alarms, const struct alarm *alarm, bool end,
                       const char *detail)
{
    struct error error;
    struct alarm_record said = {.end = end, .begin = end ? alarm->record : 0};
    json_t *members = NULL;
    message_text(said.kind, sizeof said.kind, alarm->kind);
    message_text(said.subject, sizeof said.subject, alarm->subject);
    message_text(said.detail, sizeof said.detail, detail);
    if (alarm_record_members(&said, &members, &error) != STATUS_OK)
        fatal("wording an alarm", &error);
    return committer_record(alarms->committer, RECORD_ALARM, alarm->source, members);
}

const struct alarm *alarms_find(const struct alarms *alarms, const char *kind, const char *source,
                                const char *subject)
{
    size_t index = find(alarms, kind, source, subject);
    return index < alarms->count ? &alarms->open[index] : NULL;
}

bool alarms_is_open(const struct alarms *alarms, const char *kind, const char *source,
                    const char *subject)
{
    return alarms_find(alarms, kind, source, subject) != NULL;
}

void alarms_begin(struct alarms *alarms, const char *kind, const char *source, const char *subject,
                  const char *detail)
{
    if (alarms_is_open(alarms, kind, source, subject))
        return;
    struct alarm alarm = {.since_utc_ns = clock_now(alarms->clock).utc_ns};
    message_text(alarm.source, sizeof alarm.source, source);
    message_text(alarm.kind, sizeof alarm.kind, kind);
    message_text(alarm.subject, sizeof alarm.subject, subject);
    message_text(alarm.detail, sizeof alarm.detail, detail);
    alarm.record = record(alarms, &alarm, false, alarm.detail);
    alarms_resume(alarms, &alarm);
}

void alarms_end(struct alarms *alarms, const char *kind, const char *source, const char *subject,
                const char *detail)
{
    size_t index = find(alarms, kind, source, subject);
    if (index == alarms->count)
        return;
    struct alarm *alarm = &alarms->open[index];
    (void)record(alarms, alarm, true, detail);
    /* keeps the order, oldest first */
    memmove(alarm, alarm + 1, (alarms->count - index - 1) * sizeof *alarm);
    alarms->count--;
}

void alarms_set(struct alarms *alarms, bool on, const char *kind, const char *source,
                const char *subject, const char *detail)
{
    if (on)
        alarms_begin(alarms, kind, source, subject, detail);
    else
        alarms_end(alarms, kind, source, subject, detail);
}

size_t alarms_count(const struct alarms *alarms)
{
    return alarms->count;
}

const struct alarm *alarms_at(const struct alarms *alarms, size_t index)
{
    return &alarms->open[index];
}
