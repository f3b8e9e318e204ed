/*
 * What the steps of verifying a package share. Internal.
 */
#ifndef SEALROOM_EVIDENCE_CHECK_PARTS_H
#define SEALROOM_EVIDENCE_CHECK_PARTS_H

#include "evidence/list.h"
#include "evidence/manifest.h"
#include "evidence/package_check.h"
#include "evidence/record_file.h"
#include "evidence/zip_reader.h"
#include "store/export_record.h"

#define CHECK_TOLERANCE_NS INT64_C(150000000) /* FORMAT.md, "What is complete" */
#define CHECK_SOURCES_MAX  ((size_t)2 * EXPORT_SOURCES_MAX)

/* A source of which something is shown. */
struct shown_source {
    char name[SOURCE_SIZE];
    bool has_run;
    uint64_t first_seq;
    int64_t first_at_utc_ns;
    uint64_t last_seq;
    int64_t last_at_utc_ns;
    uint64_t last_number;
    struct list cover; /* struct shown_time: what its segments and gaps explain */
};

/* Some time without a hole, by the tolerance. */
struct shown_time {
    int64_t start_utc_ns;
    int64_t end_utc_ns;
};

/* Records that matter for what is complete. `source` is an index among the sources. */
struct shown_head {
    uint64_t number;
    int64_t at_utc_ns;
    uint32_t source;
};

/* A month of 16 cameras is 700,000 of them: 64 bytes each. */
struct shown_segment {
    uint64_t number;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    struct digest root; /* by the suite's digest */
    uint32_t pieces;
    uint16_t source;
    bool has_bytes : 1;
    bool is_covered : 1; /* all of them */
    bool recovered : 1;  /* its last piece may be a torn one */
    bool continues : 1;  /* in the camera's next one */
    bool contradicts_note : 1;
    bool is_absent : 1;  /* an `absent` line names it */
    bool stands : 1;     /* a clip names it */
    bool has_pieces : 1; /* a clip holds some */
    bool is_shown : 1;   /* all of them that should be */
};

/* The fragments of a segment that a clip holds. */
struct shown_fragments {
    uint64_t first; /* by their index among its pieces */
    uint64_t last;
    int64_t from_utc_ns; /* what is said of their time */
    int64_t to_utc_ns;
};

/* The first fragment that told its time, of the segment that is being judged. */
struct media_start {
    bool is_known;
    uint64_t record; /* the segment's */
    uint64_t time;   /* in units of its timescale */
    int64_t utc_ns;  /* on the wall clock, as stated */
};

struct shown_gap {
    uint64_t number;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    char cause[WORD_NAME_SIZE]; /* verbatim: later versions know more */
    uint32_t source;
};

/* Records first to last, whose bodies a later expiry names; or one segment's record. */
struct shown_expiry {
    uint64_t first;
    uint64_t last;
    uint64_t by;
};

/* What a checkpoint says: the package's, or the one from outside. */
struct claim {
    char name[ZIP_NAME_SIZE]; /* of the member; "" for the one from outside */
    struct checkpoint checkpoint;
};

/* By the tolerance: as early, as late as a time may be meant. */
static inline int64_t check_time_before(int64_t utc_ns)
{
    int64_t time = 0;
    return __builtin_sub_overflow(utc_ns, CHECK_TOLERANCE_NS, &time) ? INT64_MIN : time;
}

static inline int64_t check_time_after(int64_t utc_ns)
{
    int64_t time = 0;
    return __builtin_add_overflow(utc_ns, CHECK_TOLERANCE_NS, &time) ? INT64_MAX : time;
}

struct check {
    const struct package_options *options;
    struct package_report *report;
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    struct zip_reader *zip;
    struct certificate *certificate; /* the package's */
    struct public_key *key;
    const struct suite *suite;
    enum digest_algorithm algorithm;
    struct manifest manifest;
    bool has_manifest;
    const struct manifest_member **listed; /* of each member of the ZIP its line, or NULL */
    struct claim *claims;                  /* ascending by size */
    size_t claim_count;
    struct export_record *request; /* valid with report->has_request */
    bool records_are_read;         /* to the end of the file */
    bool has_ledger_record;        /* record 0 */
    bool has_key_record;           /* record 1 */
    uint64_t unbelieved;           /* records that are altered: they accuse nobody */
    struct shown_source *sources;  /* CHECK_SOURCES_MAX */
    size_t source_count;
    struct list heads;    /* struct shown_head, of RUN and HEAD without a body */
    struct list segments; /* struct shown_segment, ascending by number */
    struct media_start media;
    struct list gaps;
    struct list expired_bodies; /* struct shown_expiry */
    struct list expired_segments;
};

void check_add(struct check *check, const struct finding *finding);
/* A finding about a member, or the package if `member` is NULL. */
struct finding check_finding(const struct check *check, enum audit_fault fault, const char *member);
void check_report(struct check *check, enum audit_fault fault, const char *member,
                  const char *detail);

/* The steps, in their order. Anything but STATUS_OK ends the verification without a verdict. */
/* Certificate and trust. Without a key nothing more can be judged but form. */
MUST_CHECK enum status check_certificate(struct check *check, struct error *error);
/* The manifest's signature, and whether it lists what is there. */
MUST_CHECK enum status check_manifest(struct check *check, struct error *error);
/* Signatures; fills `claims`. */
MUST_CHECK enum status check_checkpoints(struct check *check, struct error *error);
/* proof/records.txt against the checkpoints. */
MUST_CHECK enum status check_records(struct check *check, struct error *error);
/* proof/clips.txt and the clips. */
MUST_CHECK enum status check_clips(struct check *check, struct error *error);
/* Every other file against the manifest. */
MUST_CHECK enum status check_files(struct check *check, struct error *error);
/* What was asked for against what is shown. */
MUST_CHECK enum status check_complete(struct check *check, struct error *error);

/* A whole small member; cleared first. STATUS_NOT_FOUND, which was reported, if it is missing. */
MUST_CHECK enum status check_read(struct check *check, const char *name, size_t limit,
                                  struct buffer *content, struct error *error);
/* A finding about a record; `head` may be NULL. */
void check_report_record(struct check *check, enum audit_fault fault,
                         const struct shown_record *record, const struct record_head *head,
                         const char *detail);

/* A record whose stated leaf is not its head's. */
struct misfit {
    uint64_t number;
    uint64_t from; /* bytes of proof/records.txt */
    uint64_t to;
};

/* The marks are those of the claims, filled in. */
void check_tree(struct check *check, const struct list *misfits, const struct record_mark *marks);
void check_report_misfits(struct check *check, const struct list *misfits, enum audit_fault fault);

/* A member's digest against the manifest's, if that lists it. */
void check_digest(struct check *check, const struct zip_member *member,
                  const struct digest *digest);
/* NULL if no such segment is shown. */
struct shown_segment *check_segment(struct check *check, uint64_t number);
/* Is that what should be shown of the segment? */
bool check_is_shown(const struct check *check, const struct shown_segment *segment,
                    const struct shown_fragments *shown);
/* May a clip go on from the one, of which it holds these fragments, to the other? */
bool check_goes_on(const struct shown_segment *before, const struct shown_fragments *shown,
                   const struct shown_segment *next);

#endif
