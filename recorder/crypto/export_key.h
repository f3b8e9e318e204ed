/*
 * The export key: RSA, for the seal of exported clips alone. Players of the ONVIF Export File
 * Format read no other kind. It signs digests of clips and nothing else, so whoever may ask for
 * its signature can forge no record. The device key certifies it (certificate_issue_export).
 *
 * DIRECTORY/export.key, PKCS#8 PEM, mode 0600, own user.
 */
#ifndef SEALROOM_CRYPTO_EXPORT_KEY_H
#define SEALROOM_CRYPTO_EXPORT_KEY_H

#include "crypto/suite.h"

/* What is made has the least; what is opened may have up to the most. */
#define EXPORT_KEY_BITS_MIN           3072
#define EXPORT_KEY_BITS_MAX           4096
#define EXPORT_KEY_SIGNATURE_SIZE_MAX (EXPORT_KEY_BITS_MAX / 8)

struct export_key;

/* Opens an existing key. Absent is STATUS_NOT_FOUND; wrong mode, owner, kind, length or content
 * is an error that says which. `directory` is a descriptor, borrowed. */
MUST_CHECK enum status export_key_open(int directory, struct export_key **key, struct error *error);
/* Makes and stores a new key durably; it may take seconds. STATUS_EXISTS if there is one. */
MUST_CHECK enum status export_key_create(int directory, struct export_key **key,
                                         struct error *error);
/* Wipes and frees; NULL is allowed. */
void export_key_free(struct export_key *key);

/* Bytes of every signature: those of the modulus. */
size_t export_key_signature_size(const struct export_key *key);
/* RSASSA-PSS (RFC 8017, 8.1) with SHA-256, MGF1 with SHA-256, 20 bytes of salt: the default of
 * ONVIF Export File Format, 5.4.2. `signature` has export_key_signature_size bytes. */
MUST_CHECK enum status export_key_sign(const struct export_key *key, const struct digest *sha256,
                                       uint8_t *signature, struct error *error);

#endif
