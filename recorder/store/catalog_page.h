/*
 * Pages of the catalog for people at a screen, newest first: each answer is bounded and comes out
 * of an index, whatever the catalog has grown to. What they show is to be read from the record
 * itself before it is believed (catalog.h).
 */
#ifndef SEALROOM_STORE_CATALOG_PAGE_H
#define SEALROOM_STORE_CATALOG_PAGE_H

#include "store/catalog.h"

#define CATALOG_PAGE_MAX 500u

enum catalog_reviewed { CATALOG_REVIEWED_ANY = 0, CATALOG_REVIEWED_YES, CATALOG_REVIEWED_NO };

/* Zeros and NULLs leave a member out. */
struct catalog_entries_wanted {
    int64_t from_utc_ns;
    int64_t to_utc_ns; /* not in the range */
    const char *door;
    const char *person; /* part of name, department or credential; case counts beyond ASCII */
    enum door_event event;
    bool alarming; /* only what a guard should look at */
    enum catalog_reviewed reviewed;
    uint64_t before; /* only records before this one */
    uint32_t limit;  /* 0 or more than CATALOG_PAGE_MAX: that */
};

struct catalog_page_entry {
    struct catalog_entry entry;
    bool alarming;
    uint64_t review; /* the newest deed `review` of it; 0 if there is none */
};

/* Entries by record, newest first. */
MUST_CHECK enum status
catalog_page_entries(struct catalog_view *view, const struct catalog_entries_wanted *wanted,
                     enum status (*each)(void *context, const struct catalog_page_entry *entry),
                     void *context, struct error *error);
/* One of them; STATUS_NOT_FOUND if there is no such entry, or not any more. */
MUST_CHECK enum status catalog_page_entry(struct catalog_view *view, uint64_t number,
                                          struct catalog_page_entry *entry, struct error *error);

/* Actions of the deeds that are no `operator` records: of `hold`, `anchor` and `account`. */
#define DEED_HOLD_SET     "hold_set"
#define DEED_HOLD_RELEASE "hold_release"
#define DEED_CHECKPOINT   "checkpoint"
#define DEED_ACCOUNT      "account" /* `what` is the event */

/* What an operator did, or what became of an account. */
struct catalog_deed {
    struct catalog_record record;
    char action[ID_SIZE];
    char what[ID_SIZE];
    uint64_t subject; /* the record that it is about */
    bool has_subject;
    struct bytes body; /* the record's second line, borrowed until the callback returns */
};

struct catalog_deeds_wanted {
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    const char *source; /* "operator/NAME" */
    const char *action;
    uint64_t before;
    uint32_t limit;
};

/* The query register: deeds by record, newest first. */
MUST_CHECK enum status
catalog_page_deeds(struct catalog_view *view, const struct catalog_deeds_wanted *wanted,
                   enum status (*each)(void *context, const struct catalog_deed *deed),
                   void *context, struct error *error);
/* The newest deed of an action about a record; STATUS_NOT_FOUND if there is none. `each` is called
 * once. */
MUST_CHECK enum status
catalog_page_deed_about(struct catalog_view *view, uint64_t subject, const char *action,
                        enum status (*each)(void *context, const struct catalog_deed *deed),
                        void *context, struct error *error);

enum catalog_run_kind { CATALOG_RUN_VIDEO = 1, CATALOG_RUN_GAP, CATALOG_RUN_EXPIRED };

/* A stretch of a camera's time that is of one kind: segments that follow one another within a
 * second are one. Cut to the range asked for. */
struct catalog_run {
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    enum catalog_run_kind kind;
    enum gap_cause cause; /* gaps; one that goes on in the next record is one run */
};

/* A camera's time in a range, by start. */
MUST_CHECK enum status catalog_page_runs(struct catalog_view *view, const char *camera,
                                         int64_t from_utc_ns, int64_t to_utc_ns,
                                         enum status (*each)(void *context,
                                                             const struct catalog_run *run),
                                         void *context, struct error *error);

/* How much there is, for who asks before taking it away. */
struct catalog_amount {
    uint64_t clips;        /* stretches of video without a gap */
    uint64_t bytes;        /* of the part of each segment that lies in the range, about */
    int64_t video_ns;      /* of time */
    int64_t newest_utc_ns; /* the end of the newest segment or gap; 0 if there is none */
};

/* Of a camera's video. */
MUST_CHECK enum status catalog_page_amount(struct catalog_view *view, const char *camera,
                                           int64_t from_utc_ns, int64_t to_utc_ns,
                                           struct catalog_amount *amount, struct error *error);
/* Of the entries of a door, NULL: of all, those that came late included. */
MUST_CHECK enum status catalog_page_count(struct catalog_view *view, const char *door,
                                          int64_t from_utc_ns, int64_t to_utc_ns, uint64_t *count,
                                          struct error *error);

struct catalog_mark {
    uint64_t record;
    int64_t at_utc_ns;
    enum door_event event;
    bool alarming;
    char door[ID_SIZE];
    char cameras[DETAIL_SIZE];
};

/* Entries of a range as marks on a line of time: the newest `limit` of them that are alarming, then
 * the newest of the others, as many as are left. */
MUST_CHECK enum status catalog_page_marks(struct catalog_view *view, int64_t from_utc_ns,
                                          int64_t to_utc_ns, uint32_t limit,
                                          enum status (*each)(void *context,
                                                              const struct catalog_mark *mark),
                                          void *context, struct error *error);

struct catalog_alarm {
    uint64_t begin; /* the record of its begin */
    int64_t since_utc_ns;
    int64_t until_utc_ns; /* 0: it goes on */
    char kind[ID_SIZE];
    char subject[ID_SIZE];
    char detail[DETAIL_SIZE];
    uint64_t acknowledged; /* the newest deed `acknowledge` of it; 0 if there is none */
};

/* Alarms by the record of their begin, newest first; `before` 0 for the newest. */
MUST_CHECK enum status
catalog_page_alarms(struct catalog_view *view, bool open_only, uint64_t before, uint32_t limit,
                    enum status (*each)(void *context, const struct catalog_alarm *alarm),
                    void *context, struct error *error);

#endif
