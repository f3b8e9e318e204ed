/*
 * The device key. Only the keeper holds one. Where it lives is a backend: a table of functions,
 * so that a file, a PKCS#11 token or an SDF/SKF device fits behind the same three calls.
 *
 * The file backend: DIRECTORY/device.key, PKCS#8 PEM, mode 0600, own user. The process that
 * opens it is made non-dumpable, and its memory is locked where the limits allow it.
 */
#ifndef SEALROOM_CRYPTO_KEY_H
#define SEALROOM_CRYPTO_KEY_H

#include "crypto/suite.h"

struct device_key;

/* Opens an existing key. Absent is STATUS_NOT_FOUND; wrong mode, owner, suite or content is an
 * error that says which. `directory` is a descriptor, borrowed. */
MUST_CHECK enum status device_key_open(const struct suite *suite, int directory,
                                       struct device_key **key, struct error *error);
/* Makes and stores a new key durably. STATUS_EXISTS if there is one: a key is never replaced. */
MUST_CHECK enum status device_key_create(const struct suite *suite, int directory,
                                         struct device_key **key, struct error *error);
/* Wipes and frees; NULL is allowed. */
void device_key_free(struct device_key *key);

const struct suite *device_key_suite(const struct device_key *key);
/* Borrowed from the key. */
const struct public_key *device_key_public(const struct device_key *key);
/* Signs `message` (the suite's digest is inside). `signature` has SIGNATURE_SIZE_MAX bytes. */
MUST_CHECK enum status device_key_sign(struct device_key *key, struct bytes message,
                                       uint8_t *signature, size_t *size, struct error *error);

#endif
