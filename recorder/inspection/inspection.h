/*
 * The inspection report (自查报告): what an assessor's checklist asks, answered for a period out of
 * the records, with figures and record numbers. It is a plain value; inspection_show.h says it.
 *
 * It says what the records say, and for what only a running appliance knows, what its keeper says.
 * It verifies neither signatures nor video: a row whose body does not fit its head is counted as
 * altered, and for the rest it names the last verification. What this version cannot do is
 * INSPECTION_NOT_BUILT, never met.
 */
#ifndef SEALROOM_INSPECTION_INSPECTION_H
#define SEALROOM_INSPECTION_INSPECTION_H

#include "base/message.h"
#include "inspection/inspection_texts.h"
#include "ledger/ledger.h"

enum inspection_state {
    INSPECTION_MET = 1,
    INSPECTION_PARTLY,
    INSPECTION_NOT_MET,
    INSPECTION_NOT_BUILT, /* this version cannot */
    INSPECTION_NOT_KNOWN, /* no record tells, or nothing of the kind was in the period */
};
#define INSPECTION_STATES 6 /* their codes are below it */

/* Parts in 10,000. Never rounded up to a whole that it is not, nor down to none; of nothing it is
 * whole. */
int64_t inspection_share(int64_t part, int64_t whole);

/* In JSON: "met", "partly", "not_met", "not_built", "not_known"; and for people. */
const struct word *inspection_state_word(enum inspection_state state);

/* One figure of a sentence. */
enum inspection_form {
    INSPECTION_NUMBER = 1,
    INSPECTION_TIME,     /* number: UTC ns */
    INSPECTION_DURATION, /* number: ns */
    INSPECTION_BYTES,
    INSPECTION_SHARE, /* number: parts in 10,000 */
    INSPECTION_TEXT,
    INSPECTION_WORD,
};
struct inspection_figure {
    enum inspection_form form;
    int64_t number;
    const struct word *word;
    char text[DETAIL_SIZE];
};

#define INSPECTION_FIGURES_MAX 6
#define INSPECTION_RECORDS_MAX 8

/* Numbers of records: the first few, and how many there are. */
struct inspection_records {
    uint64_t numbers[INSPECTION_RECORDS_MAX];
    uint64_t count;
};

struct inspection_fact {
    enum inspection_text text; /* %1 to %6 are the figures */
    struct inspection_figure figures[INSPECTION_FIGURES_MAX];
    size_t figure_count;
    struct inspection_records records;
};

struct inspection_item {
    const char *id;     /* "R1" */
    const char *phrase; /* of the rules, in Chinese */
    enum inspection_text meaning;
    enum inspection_state state;
    struct inspection_fact *facts;
    size_t count;
    size_t capacity;
};

#define INSPECTION_ITEMS  27
#define INSPECTION_CAUSES 32 /* codes of enum gap_cause are below it; 0: one not known */

/* A camera that is configured, or was seen in the period. Times are of the period. */
struct inspection_camera {
    char id[ID_SIZE];
    char name[NAME_SIZE]; /* the id if it has none */
    bool configured;      /* by the newest configuration */
    int64_t judged_ns;    /* since its first coverage: what there should be */
    int64_t recorded_ns;
    int64_t gap_ns;                      /* on record as missing */
    int64_t cause_ns[INSPECTION_CAUSES]; /* the same by cause */
    int64_t unexplained_ns;              /* neither video nor a gap on record */
    int64_t unexplained_start_ns;        /* the first of it */
    int64_t unwritten_ns;                /* at the end, while nothing is recorded */
    int64_t stepped_ns;                  /* the same, where the clock was set over it */
    bool recording;                      /* now, says the running appliance */
    int64_t open_ns;                     /* being recorded, no record yet */
    int64_t expired_ns;                  /* recorded, and deleted since */
    uint64_t gaps;                       /* those that go on count once */
    int64_t longest_ns;                  /* the longest gap */
    int64_t longest_start_ns;
    enum gap_cause longest_cause;
    uint64_t longest_record; /* its first record */
    int64_t oldest_ns;       /* start of the oldest video that is kept; 0: none */
    uint64_t oldest_record;
    bool has_expired; /* some of its video was deleted, at any time */
    bool connection_known;
    bool encrypted; /* RTSPS at its newest connection */
    uint64_t connection_record;
    bool too_many; /* holes: not counted to the end */
};

/* A controller that is configured, or spoke in the period. */
struct inspection_controller {
    char id[ID_SIZE];
    bool configured;
    uint64_t entries; /* of the period, as all below */
    uint64_t granted;
    uint64_t granted_unnamed; /* without a credential */
    uint64_t denied;
    uint64_t unknown;
    uint64_t lost; /* device records */
    struct inspection_records losses;
    struct inspection_records unknown_losses;
    struct inspection_records offline; /* times it went offline */
    int64_t offline_ns;
    int64_t longest_offline_ns;
    bool is_offline;        /* at the end */
    uint64_t missing;       /* of this source's own count: taken out of the ledger */
    uint64_t newest_record; /* its newest `source` record; 0: none */
};

/* Who looked things up, exported, held. */
struct inspection_person {
    char source[SOURCE_SIZE]; /* "operator/uid-0" */
    char name[NAME_SIZE];     /* the person's, "" if the records do not tell */
    uint64_t lookups;
    uint64_t playbacks;
    uint64_t exports;
    uint64_t holds;
    uint64_t others;
    uint64_t without_reason;
    struct inspection_records unreasoned;
};

struct inspection_options {
    int64_t from_utc_ns;
    int64_t to_utc_ns;   /* not in it, and not after now */
    int64_t now_utc_ns;  /* when the report is made */
    const char *machine; /* as uname -m says; borrowed */
    /* What a running appliance says; NULL and 0 for a stopped one. Borrowed. */
    const struct message_status *status;
    const struct message_status_camera *cameras;
    size_t camera_count;
    /* Now and then: so many records of all are read. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct inspection {
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    int64_t made_utc_ns;
    bool running;
    char origin[NAME_SIZE];
    char site[NAME_SIZE]; /* "" if it has none */
    char suite[ID_SIZE];
    uint64_t records;   /* of the ledger */
    uint64_t of_period; /* recorded in it */
    struct inspection_camera *cameras;
    size_t camera_count;
    struct inspection_controller *controllers;
    size_t controller_count;
    struct inspection_person *people;
    size_t person_count;
    struct inspection_item items[INSPECTION_ITEMS];
    unsigned states[INSPECTION_STATES]; /* how many items are in each */
};

/* Reads all of the view's snapshot once. The memory it takes grows with cameras, controllers,
 * holds and holes in the video, not with records. *inspection is the caller's to inspection_free.
 * STATUS_IO: a part of the ledger cannot be read. */
MUST_CHECK enum status inspection_make(struct ledger_view *view,
                                       const struct inspection_options *options,
                                       struct inspection **inspection, struct error *error);
/* NULL is allowed. */
void inspection_free(struct inspection *inspection);
void inspection_cleanup(struct inspection **inspection);
#define AUTO_INSPECTION __attribute__((cleanup(inspection_cleanup)))

#endif
