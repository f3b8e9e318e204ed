#include "crypto/x509_fill.h"

#include <openssl/x509v3.h>

#include "crypto/certificate_issue.h"
#include "crypto/suite.h"

static bool set_serial(X509 *x509)
{
    uint8_t random[16];
    random_fill(random, sizeof(random));
    random[0] = (uint8_t)((random[0] & 0x7f) | 0x40); /* positive, and of one length */
    BIGNUM *number = BN_bin2bn(random, sizeof(random), NULL);
    bool set = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
    BN_free(number);
    return set;
}

bool x509_fill(X509 *x509, EVP_PKEY *key)
{
    return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
           ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), CERTIFICATE_NOT_BEFORE) == 1 &&
           ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), CERTIFICATE_NOT_AFTER) == 1 &&
           X509_set_pubkey(x509, key) == 1;
}

bool x509_extend(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}
