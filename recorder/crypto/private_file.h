/*
 * A private key in a file: one PKCS#8 PrivateKeyInfo (RFC 5958) in PEM, mode 0600, owned by the
 * user that opens it. OpenSSL keeps the private numbers in its secure heap, which is locked in
 * memory and left out of core dumps; the PEM text passes through that heap as well. Internal.
 */
#ifndef SEALROOM_CRYPTO_PRIVATE_FILE_H
#define SEALROOM_CRYPTO_PRIVATE_FILE_H

#include <openssl/evp.h>

#include "base/status.h"

/* Before a key is made: the heap that it lives in. A second call of a process changes nothing. */
void private_file_prepare(void);
/* Opens `name` in `directory` (a descriptor, borrowed). Absent is STATUS_NOT_FOUND; wrong mode,
 * owner or content is an error that says which. Its two halves are compared. *key is the
 * caller's. */
MUST_CHECK enum status private_file_read(int directory, const char *name, EVP_PKEY **key,
                                         struct error *error);
/* Stores a key durably. STATUS_EXISTS if there is a file: a key is never replaced. */
MUST_CHECK enum status private_file_create(int directory, const char *name, const EVP_PKEY *key,
                                           struct error *error);

#endif
