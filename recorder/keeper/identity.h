/*
 * Who this appliance is: device key, certificate, ledger and volume, opened together, because
 * each vouches for the others.
 *
 *   key   ledger  volume identity
 *   no    no      no        first start: key, certificate, ledger, volume identity are made
 *   yes   no      no        first start after a certificate request: the rest is made
 *   no    any of the two    refused: the key is never made anew
 *   yes   yes     yes       must fit one another, else refused
 *   yes   yes     no        a first start that was interrupted, if the ledger holds no more than
 *                           its first records: finished; else the volume is not mounted:
 *                           refused
 *   yes   no      yes       the ledger is gone: a new one begins, and its first record says so
 *
 * Key against certificate, volume identity and checkpoints, and the volume against the newest
 * checkpoint, come before anything on disk is made or changed, a folder or the ledger's log: a
 * start that is refused leaves everything as it was. Only what a ledger that cannot be read would
 * have said is judged when it has been mended.
 *
 * A ledger that is smaller than a valid progress note of this origin and key says is an older one
 * that was put back, or has lost its end: to go on from it would sign a second history. It is set
 * aside like one that cannot be saved.
 *
 * A ledger that neither its nodes nor its rows can save is set aside and a new one begins by
 * naming its last checkpoint. A certificate that is missing, damaged or for another key comes back
 * from the ledger's key record. A volume identity that is damaged, but cannot be another
 * appliance's, is written again.
 *
 * The order of a first start is the table's, each made durable before the next, so that one that
 * was interrupted is told from one that lost something.
 */
#ifndef SEALROOM_KEEPER_IDENTITY_H
#define SEALROOM_KEEPER_IDENTITY_H

#include <limits.h>

#include "crypto/certificate.h"
#include "ledger/ledger.h"
#include "store/volume.h"

struct identity_settings {
    const char *state;       /* the state directory, which exists */
    const char *video;       /* the video directory; made on a first start */
    const char *suite;       /* "sm" or "nist" */
    const char *common_name; /* for a certificate that is made; at most 64 bytes */
};

/* A progress note by this key knew more than the ledger that was found. */
struct identity_lost {
    bool found;
    int slot;
    uint64_t records; /* that were left of it; 0 if it was gone */
    uint64_t checkpoint_size;
    struct digest checkpoint_root;
};

/* Transparent: the keeper lends its parts out. */
struct identity {
    const struct suite *suite;
    struct clock clock;
    int state; /* the open directories */
    int video;
    const char *video_path; /* where it was configured to be; the settings' */
    struct device_key *key;
    struct certificate *certificate;
    char fingerprint[FINGERPRINT_SIZE];
    char *ledger_path;
    struct ledger *ledger; /* has its first records, committed */
    struct ledger_findings findings;
    struct identity_lost lost;
    bool succeeds;                            /* a ledger was there before, and is no more in use */
    char set_aside[PATH_MAX];                 /* where it is, "" if it was gone */
    char predecessor[ORIGIN_SIZE];            /* its origin, "" if not known */
    char volume_mended[ERROR_TEXT_SIZE];      /* what was wrong with the volume's identity file */
    char certificate_mended[ERROR_TEXT_SIZE]; /* and with key/device.crt, "" if nothing */
};

/* STATUS_REFUSED: somebody must look; the sentence says what is missing. The settings' texts must
 * outlive *identity, which is released on failure. It must not be moved afterwards: the ledger
 * borrows its clock. */
MUST_CHECK enum status identity_open(const struct identity_settings *settings,
                                     struct identity *identity, struct error *error);
void identity_release(struct identity *identity);

/* `sealroom-keeper --request`: a certificate request in PEM, appended to *pem. Makes the key if
 * key, ledger and volume identity are all absent. */
MUST_CHECK enum status identity_request(const struct identity_settings *settings,
                                        struct buffer *pem, struct error *error);

/* Which of the three were there at the start. */
struct identity_presence {
    bool key;
    bool ledger;
    bool volume;
    struct volume_identity found; /* if volume; zeros if it is damaged */
    bool damaged;
};

/* What identity_ledger_begin records at most: ledger and key, and perhaps what was lost. */
#define IDENTITY_RECORDS_MAX 3u

/* Opens the ledger; makes it if there is none. One that cannot be used, or of which a progress note
 * knows more, is set aside and an empty one takes its place. */
MUST_CHECK enum status identity_ledger_open(struct identity *identity,
                                            const struct identity_presence *presence,
                                            struct error *error);
/* An empty ledger gets its first records, in one transaction. Of one that has just those it is
 * read whose place it took. The certificate is open. */
MUST_CHECK enum status identity_ledger_begin(struct identity *identity,
                                             const struct identity_presence *presence,
                                             struct error *error);

/* What the ledger's largest checkpoint by our key says. */
struct identity_known {
    char origin[ORIGIN_SIZE];
    uint64_t records; /* 0: there is none that can be read */
};

/* Does anything deny that the key is this appliance's: the ledger's checkpoints, the volume's
 * identity (NULL: there is none that can be read), key/device.crt? A ledger that the key signed
 * settles it. Without one, STATUS_REFUSED if the volume or the certificate is for another key, or
 * if only the ledger speaks and no checkpoint in it is by this key; as identity_certificate_read
 * if the certificate cannot be read. Fills *known, zeroed by the caller. Nothing is written. */
MUST_CHECK enum status identity_check_key(const struct identity *identity, int key_directory,
                                          const struct volume_identity *volume,
                                          struct identity_known *known, struct error *error);

/* Does a progress note of the ledger `origin` know more than the `records` that are left of it?
 * Fills *lost. */
MUST_CHECK enum status identity_check_notes(const struct identity *identity, const char *origin,
                                            uint64_t records, struct identity_lost *lost,
                                            struct error *error);

/* KEY/device.crt in `directory`: reads it and checks that it is for `key`. STATUS_NOT_FOUND if
 * there is none. */
MUST_CHECK enum status identity_certificate_read(int directory, const struct device_key *key,
                                                 struct certificate **certificate,
                                                 struct error *error);
/* The identity's certificate: read, or from the ledger's key record if there is none or it cannot
 * be used, or made for `common_name` where the ledger has none yet; stored durably, with its
 * fingerprint. The ledger is open. What was wrong with the file is in certificate_mended. */
MUST_CHECK enum status identity_certificate_open(struct identity *identity, int directory,
                                                 const char *common_name, struct error *error);

#endif
