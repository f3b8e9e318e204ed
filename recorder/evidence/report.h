/*
 * report.html: a package in one page that people can read, print and pass on. One file without
 * scripts and without anything from elsewhere; Chinese and English in it, switched by CSS alone.
 *
 * It is a summary that the recorder made, and says so at its top: what counts is what a verifier
 * finds. It is made from the records that the package shows (content.h) and from what is handed in
 * here; every text of theirs is escaped. Written as a stream: what it takes in memory does not grow
 * with the number of entries.
 */
#ifndef SEALROOM_EVIDENCE_REPORT_H
#define SEALROOM_EVIDENCE_REPORT_H

#include "crypto/certificate.h"
#include "evidence/content.h"
#include "evidence/tiling.h"

#define REPORT_NAME       "report.html"
#define REPORT_PAGE_NAME  "verify.html" /* the item whose digest is to be compared */
#define REPORT_STILLS_MAX 300u
/* The JPEG bytes of all stills together: beyond it no more are put in. */
#define REPORT_STILL_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define REPORT_STILL_WIDTH     480u

/* What stands in the package before the report, in the order of the ZIP. */
struct report_item {
    const char *name;
    uint64_t size_bytes;
    bool has_sha256;
    bool has_sm3;
    struct digest sha256; /* of the whole file */
    struct digest sm3;
    const char *camera; /* of a clip, which also has when it begins and ends; NULL: none */
    int64_t start_utc_ns;
    int64_t end_utc_ns;
};

/* A segment of the range that could not be copied (package_absent). */
struct report_absence {
    uint64_t record;
    const char *cause; /* "unreadable", "altered", "missing" */
};

/* Where stills come from. */
struct report_pictures {
    /* The picture that a camera showed at a time: of the segment with that record, which covers it.
     * The JPEG goes into *jpeg, which is empty; when that picture was taken into *taken_utc_ns.
     * With any other status than STATUS_OK the report says error->text in the picture's place, and
     * goes on; after STATUS_END and STATUS_IO there are no more, and it does not ask again. */
    enum status (*still)(void *context, uint64_t record, int64_t at_utc_ns, struct buffer *jpeg,
                         int64_t *taken_utc_ns, struct error *error);
    void *context;
};

/* The recorder's clock when the package was made, as the kernel knows it (adjtimex(2)). */
struct report_clock {
    bool is_known;
    enum clock_quality quality;
    int64_t at_utc_ns;
    int64_t offset_ns;    /* measured against its time source; 0 if unsynced */
    int64_t error_max_ns; /* and at most so far off, by its own estimate */
};

struct report_plan {
    const struct content *content;
    const struct certificate *certificate; /* the device's */
    const struct checkpoint *checkpoint;   /* that the package is proved by */
    const char *version;                   /* of the programs */
    struct report_clock clock;
    const struct report_item *items;
    size_t item_count;
    const struct report_absence *absences; /* ascending by record */
    size_t absence_count;
    const struct report_pictures *pictures; /* NULL: no stills; `no_pictures` says why */
    const char *no_pictures;
    enum language language; /* the one that is shown first, and printed unless it is switched */
};

/* All of *plan is borrowed for the call. Local time is the process's own (tzset(3) before a
 * sandbox). */
MUST_CHECK enum status report_write(const struct report_plan *plan, const struct text_sink *sink,
                                    struct error *error);

#endif
