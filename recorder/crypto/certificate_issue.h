/*
 * Making certificates: the device's, self-signed at first start or issued by the site's CA to the
 * request the device makes, and the export keys'. notBefore is fixed at 20200101000000Z, for the
 * board's first clock is not to be trusted; notAfter is 99991231235959Z (RFC 5280, 4.1.2.5).
 */
#ifndef SEALROOM_CRYPTO_CERTIFICATE_ISSUE_H
#define SEALROOM_CRYPTO_CERTIFICATE_ISSUE_H

#include "crypto/certificate.h"

#define CERTIFICATE_NOT_BEFORE "20200101000000Z"
#define CERTIFICATE_NOT_AFTER  "99991231235959Z"

/* CN = common_name, at most 64 bytes. */
MUST_CHECK enum status certificate_self_sign(struct device_key *key, const char *common_name,
                                             struct certificate **certificate, struct error *error);
/* An export key's, of the same form, issued by the device key: `issuer` is the device certificate,
 * whose subject it names. `spki` is the export key's DER SubjectPublicKeyInfo. */
MUST_CHECK enum status certificate_issue_export(struct device_key *device,
                                                const struct certificate *issuer, struct bytes spki,
                                                const char *common_name,
                                                struct certificate **certificate,
                                                struct error *error);
/* A PKCS#10 request (RFC 2986) in PEM, appended to *pem. */
MUST_CHECK enum status certificate_request(struct device_key *key, const char *common_name,
                                           struct buffer *pem, struct error *error);

#endif
