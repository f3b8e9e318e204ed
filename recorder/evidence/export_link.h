/*
 * The exporter's connection to the keeper: what it is to make, what it says of it, and the
 * signature. Without a keeper there is no package: its end is an error of every call.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_LINK_H
#define SEALROOM_EVIDENCE_EXPORT_LINK_H

#include "base/message.h"
#include "crypto/export_key.h"

struct export_link;

/* What is to be made. */
struct export_task {
    uint64_t request; /* its record */
    int output;       /* the package's file */
    int scratch;      /* an unnamed one */
    int phrase;       /* the pass phrase to encrypt it with, sealed; -1: it is not encrypted */
    int plain;        /* unnamed, for the package itself where it is; else -1 */
    int picture;      /* sealroom-picture; -1: there are no stills */
    int page;         /* verify.html; -1: packages have none */
    uint8_t language; /* enum language */
    char since[NOTE_SIZE];
    struct message_export_keys keys;
};

/* The set-up comes on descriptor `control`, which is taken. */
MUST_CHECK enum status export_link_open(int control, struct export_link **link,
                                        struct error *error);
/* Closes what the task lent. NULL is allowed. */
void export_link_free(struct export_link *link);
/* Borrowed. */
const struct export_task *export_link_task(const struct export_link *link);

MUST_CHECK enum status export_link_plan(struct export_link *link,
                                        const struct message_export_plan *plan,
                                        struct error *error);
/* Says how far it is, now and then and when a step begins; sees whether somebody still wants it. */
MUST_CHECK enum status export_link_progress(struct export_link *link, enum export_step step,
                                            uint64_t bytes, uint64_t total, struct error *error);
/* The seal of a clip's digest. `signature` has EXPORT_KEY_SIGNATURE_SIZE_MAX bytes. */
MUST_CHECK enum status export_link_seal(struct export_link *link, enum export_key_kind kind,
                                        const struct digest *digest, uint8_t *signature,
                                        size_t *size, struct error *error);
/* *note holds the manifest's text; appends the signature that the keeper gives. */
MUST_CHECK enum status export_link_sign(struct export_link *link, struct buffer *note,
                                        struct error *error);
MUST_CHECK enum status export_link_end(struct export_link *link,
                                       const struct message_export_end *end, struct error *error);

#endif
