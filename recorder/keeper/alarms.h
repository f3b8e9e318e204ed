/*
 * Alarms: each is a pair of records, begin and end, known by the number of the begin. At most
 * one alarm of a kind, source and subject is open at a time.
 */
#ifndef SEALROOM_KEEPER_ALARMS_H
#define SEALROOM_KEEPER_ALARMS_H

#include "keeper/committer.h"
#include "store/alarm_record.h"

#define ALARMS_MAX 256u

struct alarm {
    uint64_t record; /* of its begin */
    int64_t since_utc_ns;
    char source[SOURCE_SIZE]; /* whose record it is: "camera/gate" */
    char kind[ID_SIZE];
    char subject[ID_SIZE];
    char detail[DETAIL_SIZE];
};

struct alarms;

MUST_CHECK enum status alarms_new(struct committer *committer, const struct clock *clock,
                                  struct alarms **alarms, struct error *error);
/* NULL is allowed. */
void alarms_free(struct alarms *alarms);
/* Takes up an alarm that an earlier run began and did not end. More than ALARMS_MAX are left. */
void alarms_resume(struct alarms *alarms, const struct alarm *alarm);

/* NULL if it is not open. Borrowed until the next begin or end. */
const struct alarm *alarms_find(const struct alarms *alarms, const char *kind, const char *source,
                                const char *subject);
bool alarms_is_open(const struct alarms *alarms, const char *kind, const char *source,
                    const char *subject);
/* Begins one, unless it is open already. `kind` is a word's name, `source` whose record it is,
 * `subject` what it is about ("" for the appliance). With ALARMS_MAX open, the record is made,
 * and its end is not. */
void alarms_begin(struct alarms *alarms, const char *kind, const char *source, const char *subject,
                  const char *detail);
/* Ends it if it is open. */
void alarms_end(struct alarms *alarms, const char *kind, const char *source, const char *subject,
                const char *detail);
/* Begins or ends. */
void alarms_set(struct alarms *alarms, bool on, const char *kind, const char *source,
                const char *subject, const char *detail);

size_t alarms_count(const struct alarms *alarms);
/* Borrowed until the next begin or end. */
const struct alarm *alarms_at(const struct alarms *alarms, size_t index);

#endif
