/*
 * The device certificate: X.509 v3 (RFC 5280), self-signed at first start or issued by the
 * site's CA to the request the device makes. notBefore is fixed at 20200101000000Z, for the
 * board's first clock is not to be trusted; notAfter is 99991231235959Z (RFC 5280, 4.1.2.5).
 */
#ifndef SEALROOM_CRYPTO_CERTIFICATE_H
#define SEALROOM_CRYPTO_CERTIFICATE_H

#include "crypto/key.h"

struct certificate;

void certificate_free(struct certificate *certificate);
/* From DER or PEM (one certificate). */
MUST_CHECK enum status certificate_parse(struct bytes bytes, struct certificate **certificate,
                                         struct error *error);
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
/* Is it an export key's, certified by the key of `device`? Held against that key directly, for the
 * device is no CA; the issuer's name is not looked at, for the device's certificate may have been
 * exchanged since. */
MUST_CHECK enum status certificate_verify_export(const struct certificate *certificate,
                                                 const struct certificate *device,
                                                 struct error *error);
/* A PKCS#10 request (RFC 2986) in PEM, appended to *pem. */
MUST_CHECK enum status certificate_request(struct device_key *key, const char *common_name,
                                           struct buffer *pem, struct error *error);
/* DER; borrowed. */
struct bytes certificate_der(const struct certificate *certificate);
/* SHA-256 of the DER, for people to compare: 64 lower-case digits and NUL. */
#define FINGERPRINT_SIZE 65
void certificate_fingerprint(const struct certificate *certificate, char text[FINGERPRINT_SIZE]);
/* Its key's DER SubjectPublicKeyInfo, appended. */
MUST_CHECK enum status certificate_spki(const struct certificate *certificate, struct buffer *spki);
/* Bytes of a signature by its key at most; for RSA always. */
size_t certificate_signature_size(const struct certificate *certificate);
/* The suite its key belongs to, NULL if none; and the key, the caller's to free. */
const struct suite *certificate_suite(const struct certificate *certificate);
MUST_CHECK enum status certificate_public_key(const struct certificate *certificate,
                                              struct public_key **key, struct error *error);
/* Are both of one key, which is of a suite? */
bool certificate_same_key(const struct certificate *a, const struct certificate *b);
/* Does it name itself as its issuer? */
bool certificate_is_self_issued(const struct certificate *certificate);
/* Is `certificate` signed by `issuer` (itself, for a self-signed one), and as a device's: neither a
 * CA's nor with an extended key usage (RFC 5280, 4.2.1.12)? The SM2 identifier is set on both.
 * Dates are not looked at: validity is judged at the earliest outside anchor. */
MUST_CHECK enum status certificate_verify(const struct certificate *certificate,
                                          const struct certificate *issuer, struct error *error);

#endif
