/*
 * The table behind `struct suite`. Internal: only this folder looks inside.
 */
#ifndef SEALROOM_CRYPTO_SUITE_TABLE_H
#define SEALROOM_CRYPTO_SUITE_TABLE_H

#include <openssl/evp.h>

#include "crypto/suite.h"

struct suite {
    const char *name;
    enum digest_algorithm digest;
    const EVP_MD *(*message_digest)(void);
    int signature_nid;      /* signature AlgorithmIdentifier; its parameters are absent */
    const char *identifier; /* SM2's distinguishing id, NULL where there is none */
    const char *key_type;   /* EVP_PKEY_is_a */
    const char *group;      /* the one curve */
    EVP_PKEY *(*generate)(void);
};

/* True if `key` is a key of this suite: type and curve. */
bool suite_owns_key(const struct suite *suite, EVP_PKEY *key);
/* The suite `key` belongs to, NULL if none. */
const struct suite *suite_of_key(EVP_PKEY *key);

/* A context ready to sign or to verify with `key`, distinguishing id set. NULL on failure. */
EVP_MD_CTX *suite_signing_context(const struct suite *suite, EVP_PKEY *key);
EVP_MD_CTX *suite_verifying_context(const struct suite *suite, EVP_PKEY *key);

/* A public key over `key`, which it takes a reference of. */
MUST_CHECK enum status public_key_of(const struct suite *suite, EVP_PKEY *key,
                                     struct public_key **public_key, struct error *error);
/* Borrowed. */
EVP_PKEY *public_key_pkey(const struct public_key *key);

#endif
