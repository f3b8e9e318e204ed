/*
 * A ledger with a day's doings, and packages made of it, in memory: real files, real signatures.
 */
#ifndef SEALROOM_TESTS_PACKAGE_FIXTURE_H
#define SEALROOM_TESTS_PACKAGE_FIXTURE_H

#include "evidence/package_check.h"
#include "evidence/package_writer.h"
#include "store_fixture.h"

struct package_fixture {
    struct store_fixture store;
    struct certificate *certificate;
    char fingerprint[FINGERPRINT_SIZE];
    int64_t from_utc_ns; /* of the range that is asked for */
    int64_t to_utc_ns;
    char early_note[CHECKPOINT_SIZE_MAX + 1]; /* a checkpoint from before the range */
    unsigned first_piece;                     /* of the first segment that a package shows */
    unsigned last_piece;                      /* the same */
    unsigned second_first_piece;              /* of the second */
    bool joined;                              /* one clip of two segments, from before the range */
    const char *purpose;                      /* of a request; NULL: one that is made up */
    const char *case_number;                  /* the same */
    const char *account;               /* whose the request is, beside the uid; NULL: nobody's */
    const char *doors;                 /* asked for; NULL: no word of doors */
    const char *absent;                /* instead of the first clip: its cause; NULL */
    char segments[2][SEGMENT_ID_SIZE]; /* of camera/gate */
    uint64_t early;                    /* the segment before them, and when it began */
    int64_t early_utc_ns;
    uint64_t records[2];
    int64_t starts_utc_ns[2];
    uint64_t entry; /* one of door/front in the range */
};

/* A ledger: its first two records; entries of door/front and door/back, the gate camera's two
 * segments and the gap between them, before, in and after the range. */
void package_begin(struct package_fixture *fixture, const char *suite);
/* A ledger of its first two records and one entry of door/front, in the range. */
void package_begin_small(struct package_fixture *fixture, const char *suite);
void package_end(struct package_fixture *fixture);

/* Records a request of these sources ("camera/gate door/front") for the range, sealed. */
uint64_t package_request(struct package_fixture *fixture, const char *sources);
/* An expiry record that names that body, and the body gone; one that names those from `first` on,
 * and the last gone; the same of the file of segment `which`, of the two in the range. */
void package_expire_body(struct package_fixture *fixture, uint64_t number);
void package_expire_bodies(struct package_fixture *fixture, uint64_t first, uint64_t number);
void package_expire_video(struct package_fixture *fixture, size_t which);
/* A package by that request, with a report, and a clip of the segments if they were asked for. It
 * is appended to *package, which is cleared first. `outside` may be NULL. */
void package_make(struct package_fixture *fixture, uint64_t request, const char *outside,
                  struct buffer *package);
/* Verifies it: trusting the device's fingerprint, or nobody. The report is the caller's. */
void package_judge(struct package_fixture *fixture, const struct buffer *package, bool trusting,
                   const char *since, struct package_report *report);
/* The same package with a member's content changed by somebody who signs properly, or (`forger`) by
 * another key. `edit` gets each member, the manifest last and when it is signed. */
void package_rebuild(struct package_fixture *fixture, struct device_key *forger,
                     struct buffer *package,
                     void (*edit)(void *context, const char *name, struct buffer *content),
                     void *context);
/* Is there such a finding? */
bool package_found(const struct package_report *report, enum audit_fault fault);

#endif
