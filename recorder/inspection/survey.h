/*
 * One pass over the records: what the report is made of, counted. Internal to the inspection.
 *
 * A head is read of every record, a body only where it can matter: of kinds that stay for ever and
 * are few, and of what may lie in the period.
 */
#ifndef SEALROOM_INSPECTION_SURVEY_H
#define SEALROOM_INSPECTION_SURVEY_H

#include <jansson.h>

#include "inspection/inspection.h"
#include "inspection/span_set.h"
#include "store/hold_record.h"

#define SURVEY_SOURCES_MAX 1024u
#define SURVEY_HOLDS_MAX   1024u
#define SURVEY_STEPS_MAX   256u
/* Video is recorded a minute, a lasting gap an hour after its beginning at most. */
#define SURVEY_MARGIN_NS (2 * NS_PER_HOUR)
#define NS_PER_HOUR      (3600 * NS_PER_SECOND)

struct survey_source {
    char name[SOURCE_SIZE];
    uint64_t seq;
    uint64_t missing;
};

struct survey_camera {
    struct inspection_camera shown;
    struct span_set video;
    struct span_set covered; /* video and gaps */
    struct span_set expired;
    int64_t first_ns;        /* of all time; 0: nothing yet */
    int64_t last_ns;         /* end of what is covered, of all time */
    bool is_past;            /* its records have left the period behind */
    uint64_t first_segment;  /* record */
    uint64_t newest_expired; /* record of the newest segment that was deleted */
    struct time_span gap;    /* the newest, all of its records */
    uint64_t gap_record;
    enum gap_cause gap_cause;
    bool gap_continues;
    bool gap_counted;
};

struct survey_controller {
    struct inspection_controller shown;
    int64_t offline_since_ns; /* 0: online */
};

struct survey_hold {
    uint64_t record;
    struct hold_record hold;
};

struct survey_step {
    int64_t at_ns;
    int64_t difference_ns;
};

/* Of the period, if nothing else is said. */
struct survey_video {
    uint64_t segments;
    uint64_t bytes;
    uint64_t frames;
    struct inspection_records recovered;
    struct inspection_records not_covered;
    struct inspection_records contradicts;
    struct inspection_records estimated;
};

struct survey_expiry {
    uint64_t segments; /* named */
    struct inspection_records of_video;
    uint64_t below_floor;
    struct inspection_records below_floor_records;
    struct inspection_records of_held; /* named something that a hold in force covered */
    uint64_t bodies;                   /* named, of all time */
    uint64_t bodies_gone;              /* of all time */
    struct inspection_records of_bodies;
};

struct survey_entries {
    uint64_t entries;
    uint64_t derived;
    uint64_t dual_completed;
    uint64_t dual_timeout;
    struct inspection_records alarming;
};

struct survey_deeds {
    struct inspection_records exports;   /* requests */
    struct inspection_records media;     /* of them to a medium */
    struct inspection_records encrypted; /* results */
    struct inspection_records failed;
    struct inspection_records second; /* with a second person */
    struct inspection_records holds_set;
    struct inspection_records holds_released;
    uint64_t lookups; /* without verifications */
    uint64_t without_reason;
    struct inspection_records unreasoned;
    uint64_t by_account;
    uint64_t by_uid;
    uint64_t verifications;
    uint64_t last_verification; /* record that asked for it, before the end of the period */
    int64_t last_verification_ns;
    uint64_t last_verdict; /* record of the newest verdict, before the end of the period; 0: none */
    int64_t last_verdict_ns;
    uint64_t last_verdict_of;    /* the record that asked for it */
    bool last_verdict_is_of_all; /* its video was not limited */
    char last_verdict_name[WORD_NAME_SIZE];
    uint64_t last_anchor;
    int64_t last_anchor_ns;
    struct inspection_records anchors;
};

/* What became of an account, as far as its records were seen; the newest of the period's end. */
struct survey_account {
    char name[ID_SIZE];
    char role[WORD_NAME_SIZE];
    char state[WORD_NAME_SIZE];
    uint64_t record;
    int64_t password_ns; /* when it was set */
    int64_t used_ns;     /* made, or logged in */
    bool is_initial;     /* its password was given, and not changed by himself */
};

struct survey_accounts {
    struct survey_account *items;
    size_t count;
    struct inspection_records changes; /* of the period, as all below */
    struct inspection_records outside; /* changed behind the program's back */
    struct inspection_records locked;
    struct inspection_records failed; /* log-ins */
    uint64_t logins;
    uint64_t acts; /* changes of the kind that a second person may have to approve */
};

struct survey_configuration {
    uint64_t record; /* the newest before the end of the period; 0: none */
    int64_t at_ns;
    char sha256[2 * DIGEST_SIZE + 1];
    int64_t video_days;
    int64_t record_days;
    int64_t least_video_days; /* of those in force in the period */
    int64_t least_record_days;
    uint64_t doors;
    uint64_t two_person_doors;
    struct inspection_records changes; /* in the period */
};

struct survey_system {
    struct inspection_records started;
    struct inspection_records stopped;
    struct inspection_records
        failed; /* ended out of order: as it said, or as the next start shows */
    struct inspection_records worker_ended;
    struct inspection_records storage;
    struct inspection_records alarms; /* begun */
    struct inspection_records open_alarms;
    struct inspection_records steps;
    struct inspection_records programs;
    int64_t largest_step_ns;
    uint64_t unsynced; /* records made while the clock was not */
    bool is_running;   /* the last of started and stopped */
    uint64_t key_record;
    char fingerprint[2 * DIGEST_SIZE + 1];
};

struct survey {
    const struct inspection_options *options;
    enum digest_algorithm algorithm;
    struct survey_camera *cameras;
    size_t camera_count;
    struct survey_controller *controllers;
    size_t controller_count;
    struct inspection_person *people;
    size_t person_count;
    struct survey_source *sources;
    size_t source_count;
    size_t source_last; /* that spoke */
    struct survey_hold *holds;
    size_t hold_count;
    bool too_many_holds;
    struct survey_step steps[SURVEY_STEPS_MAX];
    size_t step_count;
    json_t *open_alarms; /* by the record of their begin */
    uint64_t next;       /* number */
    uint64_t records;    /* there are, for its progress */
    uint64_t of_period;
    struct inspection_records altered; /* of all time: head or body is not what was sealed */
    struct inspection_records missing; /* rows: the numbers behind a hole */
    uint64_t missing_seq;
    int64_t first_at_ns;
    int64_t newest_at_ns;
    int64_t oldest_body_ns; /* of kinds whose bodies go */
    uint64_t oldest_body;   /* its record */
    char site[NAME_SIZE];
    struct survey_video video;
    struct survey_expiry expiry;
    struct survey_entries entries;
    struct survey_deeds deeds;
    struct survey_accounts accounts;
    struct survey_configuration configuration;
    struct survey_system system;
};

/* Zero-initialised but for options and algorithm. Release it also after a failure. */
MUST_CHECK enum status survey_run(struct survey *survey, struct ledger_view *view,
                                  struct error *error);
void survey_release(struct survey *survey);

/* ---- for the parts ---- */

struct survey_record {
    uint64_t number;
    const struct record_head *head;
    const json_t *body;
    bool of_period; /* recorded in it */
};

void records_note(struct inspection_records *records, uint64_t number);
bool survey_is_in(const struct survey *survey, int64_t at_ns);
/* What of a span lies in the period; empty: end not after start. */
struct time_span survey_clip(const struct survey *survey, struct time_span span);
/* NULL: no memory. */
struct survey_camera *survey_camera_of(struct survey *survey, const char *id);
struct survey_controller *survey_controller_of(struct survey *survey, const char *id);
struct inspection_person *survey_person_of(struct survey *survey, const char *source);
struct survey_account *survey_account_of(struct survey *survey, const char *name);

/* A body that is not of its form is STATUS_INVALID: it is counted as altered. */
typedef enum status survey_take(struct survey *survey, const struct survey_record *record);
survey_take survey_take_segment;
survey_take survey_take_gap;
survey_take survey_take_camera;
survey_take survey_take_expiry;
survey_take survey_take_entry;
survey_take survey_take_source;
survey_take survey_take_operator;
survey_take survey_take_hold;
survey_take survey_take_anchor;
survey_take survey_take_account;
/* A log-in, a failed one or a log-out; STATUS_NOT_FOUND: none of these. */
survey_take survey_take_login;
survey_take survey_take_config;
survey_take survey_take_clock;
survey_take survey_take_health;
survey_take survey_take_alarm;
survey_take survey_take_key;
survey_take survey_take_program;

/* May records of this camera's time still tell of the period? */
bool survey_wants_video(struct survey *survey, const struct record_head *head);
/* Once, at the end. */
MUST_CHECK enum status survey_end_video(struct survey *survey, struct ledger_view *view,
                                        struct error *error);
void survey_end_doors(struct survey *survey);

#endif
