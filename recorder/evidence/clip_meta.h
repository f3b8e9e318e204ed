/*
 * A clip's last box: `meta`, as the ONVIF Export File Format (26.06) has it. Who exported what,
 * when the media began, and the seals.
 *
 * There are two, each a `sinf` of `ipro`, and each over the whole file with its own signature box
 * zeroed: first RSASSA-PSS by the export key, as the format's players read it, over the file as
 * it was without the second; then one by the device key, of the ledger's suite, over everything.
 */
#ifndef SEALROOM_EVIDENCE_CLIP_META_H
#define SEALROOM_EVIDENCE_CLIP_META_H

#include "crypto/certificate.h"
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

/* Who seals. Borrowed. */
struct clip_keys {
    const struct export_key *export_key;
    const struct certificate *export_certificate;
    struct device_key *device_key;
    const struct certificate *device_certificate;
};

/* A signature box of the second seal: the DER signature, then zeros. */
#define CLIP_DEVICE_SIGNATURE_SIZE 72

/* Signatures as they stand in the file; zeros before they are made. */
struct clip_signatures {
    uint8_t export_signature[EXPORT_KEY_SIGNATURE_SIZE_MAX];
    uint8_t device_signature[CLIP_DEVICE_SIGNATURE_SIZE];
};

/* Writes the box with the first `seals` (1 or 2) of the seals. Its length does not depend on the
 * signatures. */
void clip_meta_put(const struct clip_movie *movie, const struct clip_about *about,
                   const struct clip_keys *keys, const struct clip_signatures *signatures,
                   unsigned seals, struct box_writer *writer);

#endif
