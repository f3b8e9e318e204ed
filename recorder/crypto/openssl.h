/*
 * What the files of this folder share about OpenSSL: its objects released by scope, and its
 * errors put into ours. Internal.
 */
#ifndef SEALROOM_CRYPTO_OPENSSL_H
#define SEALROOM_CRYPTO_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/status.h"

/* error_set with OpenSSL's own reason behind the sentence; empties its error queue. The reason is
 * a constant text of the library and never holds data. */
enum status openssl_error(struct error *error, enum status status, const char *sentence);
/* For what can only fail in a broken installation or without memory: logs and aborts. */
_Noreturn void openssl_abort(const char *what);

void openssl_free_pkey(EVP_PKEY **key);
void openssl_free_pkey_context(EVP_PKEY_CTX **context);
void openssl_free_digest_context(EVP_MD_CTX **context);
void openssl_free_bio(BIO **bio);
void openssl_free_x509(X509 **certificate);
void openssl_free_request(X509_REQ **request);

#define AUTO_PKEY           __attribute__((cleanup(openssl_free_pkey)))
#define AUTO_PKEY_CONTEXT   __attribute__((cleanup(openssl_free_pkey_context)))
#define AUTO_DIGEST_CONTEXT __attribute__((cleanup(openssl_free_digest_context)))
#define AUTO_BIO            __attribute__((cleanup(openssl_free_bio)))
#define AUTO_X509           __attribute__((cleanup(openssl_free_x509)))
#define AUTO_REQUEST        __attribute__((cleanup(openssl_free_request)))

#endif
