/*
 * What a certificate is to OpenSSL. Of certificate.c and certificate_issue.c alone.
 */
#ifndef SEALROOM_CRYPTO_CERTIFICATE_X509_H
#define SEALROOM_CRYPTO_CERTIFICATE_X509_H

#include <openssl/x509.h>

#include "crypto/certificate.h"

/* Takes a reference of `x509`. */
MUST_CHECK enum status certificate_of(X509 *x509, struct certificate **certificate,
                                      struct error *error);
/* Borrowed. */
const X509 *certificate_x509(const struct certificate *certificate);

#endif
