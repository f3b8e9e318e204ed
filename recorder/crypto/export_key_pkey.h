/* The export key as OpenSSL has it. Internal. */
#ifndef SEALROOM_CRYPTO_EXPORT_KEY_PKEY_H
#define SEALROOM_CRYPTO_EXPORT_KEY_PKEY_H

#include <openssl/evp.h>

#include "crypto/export_key.h"

/* Borrowed. */
EVP_PKEY *export_key_pkey(const struct export_key *key);

#endif
