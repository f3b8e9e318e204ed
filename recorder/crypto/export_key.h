/*
 * The export keys: they seal exported clips and do nothing else. They sign digests of clips, which
 * somebody else computed; so whoever may ask for their signatures can forge no record. The device
 * key certifies them (certificate_issue_export). There are two:
 *
 *   RSA     RSASSA-PSS, which is all that players of the ONVIF Export File Format read
 *   suite   of the ledger's suite: SM2, or ECDSA on P-256
 *
 * Where they live is a backend (export_key_backend.h). The file backend: DIRECTORY/export-rsa.key
 * and DIRECTORY/export-suite.key, PKCS#8 PEM, mode 0600, own user.
 */
#ifndef SEALROOM_CRYPTO_EXPORT_KEY_H
#define SEALROOM_CRYPTO_EXPORT_KEY_H

#include "crypto/suite.h"

enum export_key_kind { EXPORT_KEY_RSA = 0, EXPORT_KEY_SUITE };
#define EXPORT_KEY_KINDS 2

/* Of an RSA key: what is made has the least; what is opened may have up to the most. */
#define EXPORT_KEY_BITS_MIN           3072
#define EXPORT_KEY_BITS_MAX           4096
#define EXPORT_KEY_SIGNATURE_SIZE_MAX (EXPORT_KEY_BITS_MAX / 8)

struct export_key;

/* Opens an existing key. Absent is STATUS_NOT_FOUND; wrong mode, owner, kind, length or content
 * is an error that says which. `suite` is the ledger's; `directory` is a descriptor, borrowed. An
 * RSA key takes a moment: its primes are looked at. */
MUST_CHECK enum status export_key_open(enum export_key_kind kind, const struct suite *suite,
                                       int directory, struct export_key **key, struct error *error);
/* Makes a key, which nobody knows yet. For RSA it takes up to seconds, so *cancel may be set by
 * another thread meanwhile: then STATUS_AGAIN. NULL: it never is. */
MUST_CHECK enum status export_key_generate(enum export_key_kind kind, const struct suite *suite,
                                           const _Atomic bool *cancel, struct export_key **key,
                                           struct error *error);
/* Makes it outlive this process. STATUS_EXISTS if there is one: a key is never replaced. */
MUST_CHECK enum status export_key_store(const struct export_key *key, int directory,
                                        struct error *error);
/* Wipes and frees; NULL is allowed. */
void export_key_free(struct export_key *key);
/* The name of its file: what people are told. */
const char *export_key_file(enum export_key_kind kind);

/* DER SubjectPublicKeyInfo; borrowed. */
struct bytes export_key_spki(const struct export_key *key);
/* Signs a digest. RSA: of SHA-256, by RSASSA-PSS (RFC 8017, 8.1) with MGF1 with SHA-256 and 20
 * bytes of salt, the default of ONVIF Export File Format, 5.4.2; as long as the modulus. Suite: of
 * the suite's digest, for SM2 with Z before the message (public_key_hash_identity); DER.
 * `signature` has EXPORT_KEY_SIGNATURE_SIZE_MAX bytes. */
MUST_CHECK enum status export_key_sign(const struct export_key *key, const struct digest *digest,
                                       uint8_t *signature, size_t *size, struct error *error);

#endif
