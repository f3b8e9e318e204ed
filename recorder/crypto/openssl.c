#include "crypto/openssl.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/log.h"

enum status openssl_error(struct error *error, enum status status, const char *sentence)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    if (reason == NULL) {
        return error_set(error, status, "%s", sentence);
    }
    return error_set(error, status, "%s: %s", sentence, reason);
}

void openssl_abort(const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    log_error("OpenSSL: %s: %s", what, reason != NULL ? reason : "unknown reason");
    abort();
}

void openssl_free_pkey(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

void openssl_free_pkey_context(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

void openssl_free_digest_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

void openssl_free_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

void openssl_free_x509(X509 **certificate)
{
    X509_free(*certificate);
}

void openssl_free_request(X509_REQ **request)
{
    X509_REQ_free(*request);
}
