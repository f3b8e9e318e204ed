/*
 * A suite: which digest and which signature a ledger uses. One const table of functions over
 * OpenSSL's EVP, chosen once from the configuration.
 *
 *   sm    SM3 (GM/T 0004), SM2 with SM3 (GM/T 0003.2), identifier 1234567812345678
 *   nist  SHA-256 (FIPS 180-4), ECDSA on P-256 with SHA-256 (FIPS 186-4)
 */
#ifndef SEALROOM_CRYPTO_SUITE_H
#define SEALROOM_CRYPTO_SUITE_H

#include "base/bytes.h"
#include "base/status.h"

#define DIGEST_BYTES       32
#define SIGNATURE_SIZE_MAX 80 /* DER SEQUENCE of two 32-byte INTEGERs is at most 72 */

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *digest);

enum digest_algorithm { DIGEST_SHA256 = 1, DIGEST_SM3 };

struct suite;

/* "sm" and "nist"; NULL for any other name. */
const struct suite *suite_named(const char *name);
const char *suite_name(const struct suite *suite);
enum digest_algorithm suite_digest_algorithm(const struct suite *suite);
/* DER AlgorithmIdentifier (RFC 5280, 4.1.1.2) of its signatures, appended. */
MUST_CHECK enum status suite_signature_algorithm(const struct suite *suite, struct buffer *der);

/* One digest at once. OpenSSL failing here is a broken installation: it aborts with a log. */
void digest_of(enum digest_algorithm algorithm, struct bytes bytes, struct digest *digest);

/* The same over `count` parts laid end to end. */
void digest_of_parts(enum digest_algorithm algorithm, const struct bytes *parts, size_t count,
                     struct digest *digest);

/* Streaming; a hasher is made once and used again and again. */
struct hasher;
MUST_CHECK enum status hasher_new(enum digest_algorithm algorithm, struct hasher **hasher,
                                  struct error *error);
void hasher_free(struct hasher *hasher);
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, struct bytes bytes);
/* What `from` has taken since it began counts as taken by `hasher`, which is of the same algorithm
 * and need not have begun. */
void hasher_copy(struct hasher *hasher, const struct hasher *from);
void hasher_end(struct hasher *hasher, struct digest *digest);

/* A public key: what verifies. Opaque over EVP_PKEY. */
struct public_key;
void public_key_free(struct public_key *key);
/* From DER SubjectPublicKeyInfo; the key must be the suite's. */
MUST_CHECK enum status public_key_parse(const struct suite *suite, struct bytes spki,
                                        struct public_key **key, struct error *error);
/* Its DER SubjectPublicKeyInfo; borrowed from the key. */
struct bytes public_key_spki(const struct public_key *key);
/* STATUS_OK, or STATUS_MISMATCH. Signatures are DER (ECDSA-Sig-Value; GM/T 0009 for SM2). */
MUST_CHECK enum status public_key_verify(const struct public_key *key, struct bytes message,
                                         struct bytes signature, struct error *error);

/* What a signature's digest begins with beside the message, added to `hasher`, which is of the
 * suite's digest: for SM2 Z (GM/T 0003.2, 5.5) of this key, else nothing. */
void public_key_hash_identity(const struct public_key *key, struct hasher *hasher);

/* RFC 4648 base64 with padding. Encoding appends; decoding is strict (no blanks, no excess). */
MUST_CHECK enum status base64_append(struct buffer *text, struct bytes bytes);
MUST_CHECK enum status base64_decode(struct bytes text, struct buffer *bytes);
/* Fills with OpenSSL's random generator; aborts with a log if that fails. */
void random_fill(void *data, size_t size);
/* OpenSSL reads its configuration at its first use: for a process that will soon be able to open no
 * file. */
void crypto_warm_up(void);

#endif
