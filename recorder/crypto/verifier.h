/*
 * What is kept of a password: enough to tell whether somebody knows it, and no more.
 *
 *   nist  scrypt (RFC 7914)                    N 2^14, r 8, p 1: 16 MiB for a moment
 *   sm    PBKDF2 (RFC 8018) with HMAC-SM3      100,000 rounds
 *
 * Both by OpenSSL, with 16 random bytes of salt, to 32 bytes. The cost is fixed, not measured at
 * run time: 42 and 50 ms on a core of a server, about twice that on a small arm64 board. What one
 * was made with stands in it, so a later version can ask for more.
 *
 * As text, one word:
 *
 *   scrypt:N:r:p:SALT:HASH            decimals, lower-case hexadecimal
 *   pbkdf2-sm3:ROUNDS:SALT:HASH
 */
#ifndef SEALROOM_CRYPTO_VERIFIER_H
#define SEALROOM_CRYPTO_VERIFIER_H

#include "crypto/suite.h"

#define VERIFIER_SALT_BYTES 16
#define VERIFIER_HASH_BYTES 32
#define VERIFIER_TEXT_SIZE  160

enum verifier_kind { VERIFIER_SCRYPT = 1, VERIFIER_PBKDF2_SM3 };

/* Transparent: a plain value. */
struct verifier {
    enum verifier_kind kind;
    uint32_t rounds; /* N, or rounds */
    uint32_t blocks; /* r */
    uint32_t lanes;  /* p */
    uint8_t salt[VERIFIER_SALT_BYTES];
    uint8_t hash[VERIFIER_HASH_BYTES];
};

/* Of a password, with a new salt, by the suite's way. Takes its time. */
MUST_CHECK enum status verifier_make(const struct suite *suite, struct bytes password,
                                     struct verifier *verifier, struct error *error);
/* One that no password fits, and that takes as long to find out. */
void verifier_of_nobody(const struct suite *suite, struct verifier *verifier);
/* STATUS_OK, or STATUS_MISMATCH, after a time that does not tell how much of it fits. */
MUST_CHECK enum status verifier_check(const struct verifier *verifier, struct bytes password);

void verifier_text(const struct verifier *verifier, char text[VERIFIER_TEXT_SIZE]);
/* Strict; what would take too long or too much memory is STATUS_INVALID too. */
MUST_CHECK enum status verifier_parse(const char *text, struct verifier *verifier);

#endif
