/*
 * A clip's last box: `meta`, as the ONVIF Export File Format (26.06) has it. Who exported what,
 * when the media began, and the seals.
 *
 * There are two, each a `sinf` of `ipro`, and each over the whole file with its own signature box
 * zeroed: first RSASSA-PSS, as the format's players read it, over the file as it was without the
 * second; then one of the ledger's suite, over everything. Both are by export keys.
 */
#ifndef SEALROOM_EVIDENCE_CLIP_META_H
#define SEALROOM_EVIDENCE_CLIP_META_H

#include "crypto/certificate.h"
#include "crypto/export_key.h"
#include "evidence/clip_movie.h"

/* What is said of the export: UTF-8 without control characters but line ends; NULL is the empty
 * string. Borrowed. */
struct clip_about {
    const char *unit_name; /* the recorder */
    const char *unit_url;
    const char *unit_mac;
    int64_t exported_utc_ns;   /* when the export began */
    const char *operator_name; /* who asked */
    const char *source_name;   /* the camera; its sound has the same */
    const char *source_url;
    const char *source_mac;
    const char *source_line;
    const char *user_information; /* case number, purpose */
};

/* The seals of a clip, in the order they are made. */
enum clip_seal { CLIP_SEAL_RSA = 0, CLIP_SEAL_SUITE };
#define CLIP_SEALS 2

/* Who seals: the certificates of both export keys, and somebody who has the keys. Borrowed. */
struct clip_sealer {
    const struct certificate *certificates[CLIP_SEALS]; /* RSA's; the suite's */
    /* Signs a digest: SHA-256 for RSASSA-PSS; the suite's, for SM2 with Z in front. `signature` has
     * CLIP_SIGNATURE_SIZE_MAX bytes. */
    enum status (*sign)(void *context, enum clip_seal seal, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error);
    void *context;
};

#define CLIP_SIGNATURE_SIZE_MAX EXPORT_KEY_SIGNATURE_SIZE_MAX
/* A signature box of the second seal: the DER signature, then zeros. */
#define CLIP_SUITE_SIGNATURE_SIZE 72

/* A signature as it stands in the file; zeros before it is made. */
struct clip_signature {
    size_t size; /* of the box's content */
    uint8_t bytes[CLIP_SIGNATURE_SIZE_MAX];
};

/* Writes the box with the first `seals` (1 or 2) of the seals. Its length does not depend on the
 * signatures. */
void clip_meta_put(const struct clip_movie *movie, const struct clip_about *about,
                   const struct clip_sealer *sealer,
                   const struct clip_signature signatures[CLIP_SEALS], unsigned seals,
                   struct box_writer *writer);

#endif
