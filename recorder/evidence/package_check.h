/*
 * Verifying a package: FORMAT.md, "Package", held against the bytes. It needs nothing but the file
 * and what somebody brings along from outside: no database, no appliance, no network.
 */
#ifndef SEALROOM_EVIDENCE_PACKAGE_CHECK_H
#define SEALROOM_EVIDENCE_PACKAGE_CHECK_H

#include <stdio.h>

#include "audit/finding.h"
#include "audit/verdict_word.h"
#include "base/message.h"
#include "crypto/certificate.h"
#include "ledger/checkpoint.h"

struct package_options {
    int file;         /* the package, open for reading; borrowed */
    const char *name; /* of the file, for findings */
    /* Whom to trust: the device's certificate or its issuer's; or the fingerprint of the device's.
     * Neither: nobody. */
    const struct certificate *trust;
    const char *fingerprint; /* FINGERPRINT_SIZE, or NULL */
    /* Without either: fingerprints that were trusted before, a line each. */
    struct bytes remembered;
    struct bytes since; /* a checkpoint note from outside; empty if none */
    unsigned threads;   /* 0: one a core */
};

enum package_trust {
    PACKAGE_TRUST_NONE = 0,
    PACKAGE_TRUST_CERTIFICATE, /* the device's */
    PACKAGE_TRUST_ISSUER,
    PACKAGE_TRUST_FINGERPRINT,
    PACKAGE_TRUST_REMEMBERED,
};

struct package_report {
    enum audit_verdict verdict;
    enum package_trust trust;
    bool has_trust; /* a certificate or fingerprint was handed in, whatever became of it */
    char fingerprint[FINGERPRINT_SIZE]; /* of the device certificate; "" if there is none */
    char suite[8];                      /* "" if unknown */
    char digest[FINGERPRINT_SIZE];      /* the package's; "" if it has no manifest */
    bool has_checkpoint;
    struct checkpoint checkpoint; /* what the records are proved by */
    bool has_since;
    struct checkpoint since;
    bool has_request;
    uint64_t request;      /* its record */
    uint32_t uid;          /* who asked: the process's, and for whom */
    char account[ID_SIZE]; /* "": for the local user */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char purpose[DETAIL_SIZE];
    char case_number[DETAIL_SIZE];
    uint64_t records; /* shown whole */
    uint64_t heads;   /* shown without content */
    uint64_t clips;
    uint64_t segments;   /* of which there are pieces */
    uint64_t clip_bytes; /* hashed */
    struct findings findings;
};

/* STATUS_OK: *report holds a verdict, and is the caller's to release. STATUS_IO: the file cannot be
 * read; STATUS_INVALID: the checkpoint from outside is none. `progress` may be NULL. */
MUST_CHECK enum status package_check(const struct package_options *options,
                                     void (*progress)(void *context, uint64_t done, uint64_t total),
                                     void *context, struct package_report *report,
                                     struct error *error);
void package_report_release(struct package_report *report);

/* Each finding on its own lines, then the verdict in one sentence. STATUS_IO if writing fails. */
MUST_CHECK enum status package_print_text(FILE *out, const struct package_report *report,
                                          enum language language);
/* One object a line: the findings, then the verdict. In English always. */
MUST_CHECK enum status package_print_json(FILE *out, const struct package_report *report);

#endif
