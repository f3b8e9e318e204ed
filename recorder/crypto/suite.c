#include "crypto/suite.h"

#include <openssl/ec.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/openssl.h"
#include "crypto/suite_table.h"

/* Not Q_keygen("EC", "SM2"): that makes a key which signs ECDSA and does not survive being
 * written and read again. */
static EVP_PKEY *generate_sm2(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
}

static EVP_PKEY *generate_p256(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static const struct suite suites[] = {
    {
        .name = "sm",
        .digest = DIGEST_SM3,
        .message_digest = EVP_sm3,
        .signature_nid = NID_SM2_with_SM3,
        .identifier = "1234567812345678", /* GM/T 0009, 10; OpenSSL's default is empty */
        .key_type = "SM2",
        .group = "SM2",
        .generate = generate_sm2,
    },
    {
        .name = "nist",
        .digest = DIGEST_SHA256,
        .message_digest = EVP_sha256,
        .signature_nid = NID_ecdsa_with_SHA256,
        .identifier = NULL,
        .key_type = "EC",
        .group = "prime256v1",
        .generate = generate_p256,
    },
};

#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

const struct suite *suite_named(const char *name)
{
    for (size_t i = 0; i < SUITE_COUNT; i++) {
        if (strcmp(suites[i].name, name) == 0) {
            return &suites[i];
        }
    }
    return NULL;
}

const char *suite_name(const struct suite *suite)
{
    return suite->name;
}

enum digest_algorithm suite_digest_algorithm(const struct suite *suite)
{
    return suite->digest;
}

enum status suite_signature_algorithm(const struct suite *suite, struct buffer *der)
{
    uint8_t *encoded = NULL;
    X509_ALGOR *algorithm = X509_ALGOR_new();
    int size = 0;
    if (algorithm != NULL &&
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(suite->signature_nid), V_ASN1_UNDEF, NULL) == 1) {
        size = i2d_X509_ALGOR(algorithm, &encoded);
    }
    enum status status = size > 0 ? buffer_append(der, encoded, (size_t)size) : STATUS_NO_MEMORY;
    OPENSSL_free(encoded);
    X509_ALGOR_free(algorithm);
    return status;
}

bool suite_owns_key(const struct suite *suite, EVP_PKEY *key)
{
    char group[64];
    size_t length = 0;

    return EVP_PKEY_is_a(key, suite->key_type) == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &length) == 1 &&
           strcmp(group, suite->group) == 0;
}

const struct suite *suite_of_key(EVP_PKEY *key)
{
    for (size_t i = 0; i < SUITE_COUNT; i++) {
        if (suite_owns_key(&suites[i], key)) {
            return &suites[i];
        }
    }
    return NULL;
}

typedef int context_initialise(EVP_MD_CTX *context, EVP_PKEY_CTX **key_context,
                               const EVP_MD *digest, ENGINE *engine, EVP_PKEY *key);

static EVP_MD_CTX *make_context(const struct suite *suite, EVP_PKEY *key,
                                context_initialise *initialise)
{
    EVP_PKEY_CTX *key_context = NULL; /* the digest context's */
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context != NULL &&
        initialise(context, &key_context, suite->message_digest(), NULL, key) == 1 &&
        (suite->identifier == NULL || EVP_PKEY_CTX_set1_id(key_context, suite->identifier,
                                                           (int)strlen(suite->identifier)) == 1)) {
        return context;
    }
    EVP_MD_CTX_free(context);
    return NULL;
}

EVP_MD_CTX *suite_signing_context(const struct suite *suite, EVP_PKEY *key)
{
    return make_context(suite, key, EVP_DigestSignInit);
}

EVP_MD_CTX *suite_verifying_context(const struct suite *suite, EVP_PKEY *key)
{
    return make_context(suite, key, EVP_DigestVerifyInit);
}
