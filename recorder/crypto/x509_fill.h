/*
 * What every certificate that is made here has in common. Internal.
 */
#ifndef SEALROOM_CRYPTO_X509_FILL_H
#define SEALROOM_CRYPTO_X509_FILL_H

#include <stdbool.h>

#include <openssl/x509.h>

/* Version 3, a random serial number (RFC 5280, 4.1.2.2), valid without end, and the public key,
 * which stays the caller's. False: no memory. */
bool x509_fill(X509 *x509, EVP_PKEY *key);
/* `value` as OpenSSL's configuration files write it (x509v3_config(5)). */
bool x509_extend(X509 *x509, int nid, const char *value);

#endif
