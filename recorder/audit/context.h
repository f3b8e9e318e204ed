/*
 * What the steps of one verification share. Internal.
 */
#ifndef SEALROOM_AUDIT_CONTEXT_H
#define SEALROOM_AUDIT_CONTEXT_H

#include "audit/audit.h"
#include "audit/book.h"
#include "ledger/ledger.h"
#include "store/progress.h"

/* What is known of a record's row after the tree was judged. */
enum row_state {
    ROW_TRUE = 0,     /* its head is the one that was sealed */
    ROW_ALTERED,      /* it is not */
    ROW_MISSING,      /* there is none, or it cannot be read */
    ROW_UNPROVED,     /* nothing tells */
    ROW_BODY_ALTERED, /* its head is, its body is not or is missing */
};

/* What is known of a record's body; bits. */
enum body_state {
    BODY_ABSENT = 1, /* there is none */
    BODY_NAMED = 2,  /* an expiry record that may name it does */
};

struct audit {
    const struct audit_options *options;
    struct audit_report *report;
    void (*progress)(void *context, const struct audit_progress *progress);
    void *progress_context;
    int64_t progress_shown_ns; /* CLOCK_MONOTONIC */
    unsigned progress_calls;

    int state; /* directories, held open */
    int video;
    int video_errno;              /* why it is not open, if it is not */
    bool video_is_known;          /* see the options */
    char video_prefix[PATH_SIZE]; /* how files of the video directory are named in findings */
    struct ledger_view *view;
    uint64_t rows_end; /* one more than the largest number among the rows */

    const struct suite *suite;
    enum digest_algorithm algorithm;
    struct certificate *certificate; /* of the key that signs; NULL if there is none */
    struct public_key *key;          /* NULL if there is no certificate */
    char origin[ORIGIN_SIZE];        /* of the newest checkpoint that verifies */
    uint64_t size;                   /* its records; 0 without one */
    uint8_t *rows;                   /* enum row_state of each of these */
    uint8_t *bodies;                 /* enum body_state of each */

    struct progress_found *notes;
    bool live;
    int64_t started_utc_ns; /* when this verification looked at the state */

    struct book book; /* what the true records say */
};

/* Of what an I/O error on the ledger explains it is the I/O error that is added. */
void audit_add(struct audit *audit, const struct finding *finding);
/* Was there a page of the ledger that could not be read? */
bool audit_has_unread(const struct audit *audit);
/* At most a few calls a second get through; `done` == `total` always does. */
void audit_show(struct audit *audit, enum audit_stage stage, uint64_t done, uint64_t total);
/* Is [from, to) touched by what was asked for? Zeros in the options are open ends. */
bool audit_wants_time(const struct audit *audit, int64_t from_utc_ns, int64_t to_utc_ns);
bool audit_wants_camera(const struct audit *audit, const char *camera);

/* Calls `each` for every number in [from, to), in order, with the row, or with NULL where it is
 * missing (STATUS_NOT_FOUND), damaged (STATUS_MISMATCH) or unreadable (STATUS_IO). */
typedef enum status audit_each_row(void *context, uint64_t number, const struct ledger_row *row,
                                   enum status status);
MUST_CHECK enum status audit_rows(struct audit *audit, uint64_t from, uint64_t to,
                                  audit_each_row *each, void *context, struct error *error);

#endif
