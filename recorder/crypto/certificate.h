/*
 * A certificate: X.509 v3 (RFC 5280), the device's or an export key's. How they are made:
 * crypto/certificate_issue.h.
 */
#ifndef SEALROOM_CRYPTO_CERTIFICATE_H
#define SEALROOM_CRYPTO_CERTIFICATE_H

#include "crypto/key.h"

struct certificate;

void certificate_free(struct certificate *certificate);
/* From DER or PEM (one certificate). */
MUST_CHECK enum status certificate_parse(struct bytes bytes, struct certificate **certificate,
                                         struct error *error);
/* Is it an export key's, certified by the key of `device`? Held against that key directly, for the
 * device is no CA; the issuer's name is not looked at, for the device's certificate may have been
 * exchanged since. */
MUST_CHECK enum status certificate_verify_export(const struct certificate *certificate,
                                                 const struct certificate *device,
                                                 struct error *error);
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
