/*
 * From what was counted to what is said of each requirement. Internal to the inspection.
 */
#ifndef SEALROOM_INSPECTION_JUDGE_H
#define SEALROOM_INSPECTION_JUDGE_H

#include "inspection/survey.h"

struct judging {
    const struct survey *survey;
    const struct inspection *inspection;
    struct inspection_item *item; /* at work on */
    struct inspection_fact spare; /* where there is no memory for another */
    bool failed;
};

/* A further sentence of the item. Never NULL; good until the next. */
struct inspection_fact *judge_say(struct judging *judging, enum inspection_text text);
/* The sentence's next figure. */
void fact_number(struct inspection_fact *fact, uint64_t number);
void fact_time(struct inspection_fact *fact, int64_t utc_ns);
void fact_duration(struct inspection_fact *fact, int64_t ns);
void fact_bytes(struct inspection_fact *fact, uint64_t bytes);
/* inspection_share */
void fact_share(struct inspection_fact *fact, int64_t part, int64_t whole);
void fact_text(struct inspection_fact *fact, const char *text);
void fact_word(struct inspection_fact *fact, const struct word *word);
/* What it rests on. */
void fact_record(struct inspection_fact *fact, uint64_t number);
void fact_records(struct inspection_fact *fact, const struct inspection_records *records);
/* A sentence with the count of these records as its figure, where there are any. */
void judge_count(struct judging *judging, enum inspection_text text,
                 const struct inspection_records *records);
/* The worse of what was found so far and this: not met, then not known, not built, partly, met. */
void judge_state(struct judging *judging, enum inspection_state state);

/* Common to several: what was altered or taken out, the last verification. */
void judge_altered(struct judging *judging);
void judge_verification(struct judging *judging);

/* One for each requirement, in the order of their numbers. */
typedef void judge_item(struct judging *judging);
judge_item judge_video;
judge_item judge_entries;
judge_item judge_identity;
judge_item judge_logs;
judge_item judge_programs;
judge_item judge_access;
judge_item judge_signatures;
judge_item judge_suite;
judge_item judge_completeness;
judge_item judge_coverage;
judge_item judge_retention;
judge_item judge_expiry;
judge_item judge_holds;
judge_item judge_register;
judge_item judge_second;
judge_item judge_watermark;
judge_item judge_accounts;
judge_item judge_scope;
judge_item judge_media;
judge_item judge_transport;
judge_item judge_storage;
judge_item judge_unattended;
judge_item judge_backup;
judge_item judge_ransomware;
judge_item judge_report;
judge_item judge_machine;
judge_item judge_languages;

#endif
