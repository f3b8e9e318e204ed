/*
 * The console's own key for TLS: ECDSA on P-256 in both suites, for browsers know nothing of SM2.
 * It lives in a file (private_file.h), DIRECTORY/console.key, and its certificate is signed by
 * itself: it proves to an installer who compares its fingerprint that he talks to this recorder.
 */
#ifndef SEALROOM_CRYPTO_TLS_KEY_H
#define SEALROOM_CRYPTO_TLS_KEY_H

#include "crypto/certificate.h"

#define TLS_KEY_FILE "console.key"

struct tls_key;

/* Absent is STATUS_NOT_FOUND; wrong mode, owner, kind or content is an error that says which.
 * `directory` is a descriptor, borrowed. */
MUST_CHECK enum status tls_key_open(int directory, struct tls_key **key, struct error *error);
/* Makes a key, which nobody knows yet. */
MUST_CHECK enum status tls_key_generate(struct tls_key **key, struct error *error);
/* Makes it outlive this process. STATUS_EXISTS if there is one: a key is never replaced. */
MUST_CHECK enum status tls_key_store(const struct tls_key *key, int directory, struct error *error);
/* Wipes and frees; NULL is allowed. */
void tls_key_free(struct tls_key *key);

/* X.509 v3 (RFC 5280) for a server (4.2.1.12), CN = common_name; `names` are what it may be called,
 * names and numeric addresses by spaces (subjectAltName, 4.2.1.6); what is neither is left out.
 * Dates as in certificate_issue.h. *certificate is the caller's. */
MUST_CHECK enum status tls_key_certify(const struct tls_key *key, const char *common_name,
                                       const char *names, struct certificate **certificate,
                                       struct error *error);
/* Is it this key's? */
bool tls_key_owns(const struct tls_key *key, const struct certificate *certificate);
/* PEM, appended. */
MUST_CHECK enum status tls_key_certificate_pem(const struct certificate *certificate,
                                               struct buffer *pem, struct error *error);

#endif
