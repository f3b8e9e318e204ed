/*
 * What stands at a moment: which cameras are configured and how far they are covered, what
 * identified them, which alarms are open, which certificate is in force, and which `key` records
 * introduce the export keys.
 *
 * It is part of every `started` record and of an hourly heartbeat of the appliance, so that the
 * next start finds all of it in the signed records of at most the last hour, and trusts nothing
 * else. In a record:
 *
 *   standing: {certificate, export_rsa?, export_suite?, cameras: [{camera, covered_to?, address?,
 * certificate?, description?}], alarms: [{alarm, source, subject?, begin, since, detail?}],
 * accounts?: [{account, record}], export?: {request, uid, process, account?}}
 */
#ifndef SEALROOM_KEEPER_STANDING_H
#define SEALROOM_KEEPER_STANDING_H

#include "accounts/account_book.h"
#include "crypto/export_key.h"
#include "keeper/exports.h"
#include "keeper/parts.h"

struct standing_camera {
    char id[ID_SIZE];
    bool configured; /* when the last run began */
    bool begun;
    int64_t covered_to_utc_ns;
    char address[NAME_SIZE];
    struct digest certificate;
    struct digest description;
};

#define STANDING_CAMERAS_MAX (2 * (size_t)ROSTER_CAMERAS_MAX)

/* An account's newest record. */
struct standing_account {
    char account[ID_SIZE];
    uint64_t record;
};

/* What the records say; large: keep it on the heap. */
struct standing {
    bool stopped;                           /* the run before ended by an ordered stop */
    bool found;                             /* there was a run before */
    int64_t newest_utc_ns;                  /* time of the newest record */
    char certificate[FINGERPRINT_SIZE];     /* of the newest `key` record that signs the ledger */
    uint64_t export_keys[EXPORT_KEY_KINDS]; /* the newest `key` record of each; 0: none */
    size_t camera_count;
    struct standing_camera cameras[STANDING_CAMERAS_MAX];
    size_t alarm_count;
    struct alarm alarms[ALARMS_MAX];
    size_t account_count;
    struct standing_account accounts[ACCOUNTS_MAX];
    bool has_export; /* a request for a package has no result */
    struct export_open export;
};

/* The body member; NULL if memory has run out. */
json_t *standing_body(const struct keeper *keeper);
/* Reads the ledger backwards to the newest standing. Records that do not fit their leaf are passed
 * over. */
MUST_CHECK enum status standing_read(const char *ledger_path, enum digest_algorithm algorithm,
                                     struct standing *standing, struct error *error);
/* NULL if the records do not speak of it. */
const struct standing_camera *standing_camera(const struct standing *standing, const char *id);

#endif
