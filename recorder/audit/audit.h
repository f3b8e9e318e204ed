/*
 * Verifying a whole ledger in place: everything that DESIGN.md promises is held against the bytes
 * on the disk, and every difference is reported with its place.
 *
 * Nothing is written, neither beside the ledger nor anywhere else. A running appliance is not
 * disturbed: the ledger is read in one snapshot, open segments up to the newest progress note.
 */
#ifndef SEALROOM_AUDIT_AUDIT_H
#define SEALROOM_AUDIT_AUDIT_H

#include <stdio.h>

#include "audit/finding.h"
#include "audit/verdict_word.h"
#include "base/vocabulary.h"
#include "crypto/certificate.h"
#include "ledger/checkpoint.h"

/* Where the appliance on `state` keeps its video, by the configuration that its ledger names.
 * False: that file is not there, or is not the one on record any more. */
typedef bool audit_ask_video(const char *state, const char *configuration,
                             const struct digest *sha256, char video[PATH_SIZE]);

struct audit_options {
    const char *state;               /* directory */
    const char *video;               /* directory; NULL: STATE/video */
    bool video_is_known;             /* that is where the appliance keeps it, so if there is no such
                                        folder, it was taken away; else a named one has to exist */
    audit_ask_video *ask_video;      /* asked if STATE/video is not there; NULL: nobody is */
    const struct certificate *trust; /* from outside: the device's, or its issuer's; NULL if none */
    struct bytes since;              /* a checkpoint note from outside; empty if none */
    int64_t from_utc_ns;             /* which video is hashed and reported; 0: from the beginning */
    int64_t to_utc_ns;               /* not in the range; 0: to the end */
    const char *camera;              /* only this camera's video; NULL: all; one that no record
                                      names is STATUS_NOT_FOUND */
    const char *door;                /* report only this door's and its cameras' time; NULL: all */
    bool both_digests;               /* sm: check SHA-256 too */
    bool is_running;                 /* the appliance runs, as the caller knows: nobody is asked */
    unsigned threads;                /* 0: one a core */
};

/* What is being done, for a progress bar. */
enum audit_stage { AUDIT_STAGE_RECORDS = 1, AUDIT_STAGE_VIDEO, AUDIT_STAGE_CATALOG };

struct audit_progress {
    enum audit_stage stage;
    uint64_t done; /* records, or bytes */
    uint64_t total;
};

/* What the verdict was held against. */
enum audit_trust {
    AUDIT_TRUST_NONE = 0, /* no certificate at all */
    AUDIT_TRUST_OWN,      /* the machine's own */
    AUDIT_TRUST_GIVEN,    /* the one that was handed in is the device's */
    AUDIT_TRUST_ISSUER,   /* the one that was handed in issued the device's */
};

struct audit_report {
    enum audit_verdict verdict;
    enum audit_trust trust;
    char fingerprint[FINGERPRINT_SIZE]; /* of the device certificate, "" if there is none */
    char suite[8];                      /* "" if unknown */
    bool has_newest;
    struct checkpoint newest; /* the newest that verifies */
    int64_t newest_utc_ns;    /* time of its last record; 0 if not known */
    bool has_since;
    struct checkpoint since;
    bool live; /* the appliance was running */
    /* What the video was limited to, as in the options. */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char camera[ID_SIZE];
    char door[ID_SIZE];
    uint64_t records;
    uint64_t checkpoints;
    uint64_t segments;       /* hashed */
    uint64_t segment_bytes;  /* hashed */
    uint64_t expired;        /* segments whose expiry is on record */
    uint64_t bodies_expired; /* records' bodies whose expiry is on record */
    uint64_t gaps;           /* gap records in the range asked for */
    struct findings findings;
};

/* STATUS_OK: *report holds a verdict, and is the caller's to release with audit_release. Anything
 * else: it could not be run, and the error says why (no such state, a bad checkpoint).
 * `progress` may be NULL; it is called on this thread, a few times a second at most. */
MUST_CHECK enum status audit_run(const struct audit_options *options,
                                 void (*progress)(void *context,
                                                  const struct audit_progress *progress),
                                 void *context, struct audit_report *report, struct error *error);
void audit_release(struct audit_report *report);
/* How many findings there are that are no mere notes. */
uint64_t audit_findings_count(const struct audit_report *report);

/* Each finding on its own lines, then the verdict in one sentence. STATUS_IO if writing fails. */
MUST_CHECK enum status audit_print_text(FILE *out, const struct audit_report *report,
                                        enum language language);
/* One object a line: the findings, then the verdict. For programs: in English always. */
MUST_CHECK enum status audit_print_json(FILE *out, const struct audit_report *report);
/* The verdict's sentence alone, appended; times are written by `say_time`, for which TIME_TEXT_SIZE
 * and LOCAL_TIME_SIZE bytes are room. */
MUST_CHECK enum status audit_sentence(const struct audit_report *report, enum language language,
                                      void (*say_time)(char *text, int64_t utc_ns),
                                      struct buffer *text);

#endif
