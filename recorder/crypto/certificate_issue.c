#include "crypto/certificate_issue.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto/certificate_x509.h"
#include "crypto/openssl.h"
#include "crypto/suite_table.h"
#include "crypto/x509_fill.h"

static enum status set_name(X509_NAME *name, const char *common_name, struct error *error)
{
    size_t length = strlen(common_name);
    if (length == 0 || length > 64 || !utf8_is_clean(bytes_of_text(common_name), false)) {
        return error_set(error, STATUS_INVALID, "a common name has 1 to 64 bytes of plain text");
    }
    if (name == NULL ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   (int)length, -1, 0) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the certificate's name cannot be set");
    }
    return STATUS_OK;
}

/* Everything that is signed but the signature's algorithm. */
static enum status fill(X509 *x509, EVP_PKEY *key, const char *common_name, const X509 *issuer,
                        struct error *error)
{
    enum status status = set_name(X509_get_subject_name(x509), common_name, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!x509_fill(x509, key) || X509_set_issuer_name(x509, X509_get_subject_name(issuer)) != 1 ||
        !x509_extend(x509, NID_basic_constraints, "critical,CA:FALSE") ||
        !x509_extend(x509, NID_key_usage, "critical,digitalSignature,nonRepudiation") ||
        !x509_extend(x509, NID_subject_key_identifier, "hash")) {
        return openssl_error(error, STATUS_NO_MEMORY, "the certificate cannot be made");
    }
    return STATUS_OK;
}

static bool set_algorithm(X509_ALGOR *algorithm, const struct suite *suite)
{
    return X509_ALGOR_set0(algorithm, OBJ_nid2obj(suite->signature_nid), V_ASN1_UNDEF, NULL) == 1;
}

/* Signs the bytes that a certificate's or a request's signature is over, into its field. */
static enum status sign_part(struct bytes part, struct device_key *key, ASN1_BIT_STRING *field,
                             struct error *error)
{
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    enum status status = device_key_sign(key, part, signature, &length, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (ASN1_BIT_STRING_set(field, signature, (int)length) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for a signature");
    }
    /* Whole bytes: no unused bits, even where the last ones happen to be zero. */
    field->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
    field->flags |= ASN1_STRING_FLAG_BITS_LEFT;
    return STATUS_OK;
}

/* The signature is made by the key's backend, which may be a device that OpenSSL knows nothing
 * of; so X509_sign is of no use. X509 has no setter for the two fields that it would fill, hence
 * the casts, of what the getters show of our own object. */
static enum status sign(X509 *x509, struct device_key *key, struct error *error)
{
    const ASN1_BIT_STRING *signature_field = NULL;
    const X509_ALGOR *outer = NULL;
    X509_get0_signature(&signature_field, &outer, x509);
    const struct suite *suite = device_key_suite(key);
    if (!set_algorithm((X509_ALGOR *)X509_get0_tbs_sigalg(x509), suite) ||
        !set_algorithm((X509_ALGOR *)outer, suite)) {
        return openssl_error(error, STATUS_NO_MEMORY, "the certificate cannot be made");
    }

    uint8_t *signed_part = NULL;
    int size = i2d_re_X509_tbs(x509, &signed_part);
    if (size <= 0) {
        return openssl_error(error, STATUS_NO_MEMORY, "the certificate cannot be encoded");
    }
    enum status status = sign_part((struct bytes){signed_part, (size_t)size}, key,
                                   (ASN1_BIT_STRING *)signature_field, error);
    OPENSSL_free(signed_part);
    return status;
}

/* For `subject`, named common_name, by the device key. `issuer` NULL: by itself. */
static enum status issue(struct device_key *device, const struct certificate *issuer,
                         EVP_PKEY *subject, const char *common_name,
                         struct certificate **certificate, struct error *error)
{
    AUTO_X509 X509 *x509 = X509_new();
    if (x509 == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for a certificate");
    }
    enum status status =
        fill(x509, subject, common_name, issuer != NULL ? certificate_x509(issuer) : x509, error);
    if (status == STATUS_OK) {
        status = sign(x509, device, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    return certificate_of(x509, certificate, error);
}

enum status certificate_self_sign(struct device_key *key, const char *common_name,
                                  struct certificate **certificate, struct error *error)
{
    return issue(key, NULL, public_key_pkey(device_key_public(key)), common_name, certificate,
                 error);
}

enum status certificate_issue_export(struct device_key *device, const struct certificate *issuer,
                                     struct bytes spki, const char *common_name,
                                     struct certificate **certificate, struct error *error)
{
    const uint8_t *at = spki.data;
    AUTO_PKEY EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
    if (key == NULL) {
        return openssl_error(error, STATUS_INVALID, "not a public key");
    }
    return issue(device, issuer, key, common_name, certificate, error);
}

static enum status sign_request(X509_REQ *request, struct device_key *key, struct error *error)
{
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool set = algorithm != NULL && set_algorithm(algorithm, device_key_suite(key)) &&
               X509_REQ_set1_signature_algo(request, algorithm) == 1;
    X509_ALGOR_free(algorithm);
    uint8_t *signed_part = NULL;
    int size = set ? i2d_re_X509_REQ_tbs(request, &signed_part) : 0;
    if (size <= 0) {
        return openssl_error(error, STATUS_NO_MEMORY, "the request cannot be encoded");
    }
    ASN1_BIT_STRING *field = ASN1_BIT_STRING_new();
    enum status status =
        field != NULL
            ? sign_part((struct bytes){signed_part, (size_t)size}, key, field, error)
            : openssl_error(error, STATUS_NO_MEMORY, "no memory for the request's signature");
    OPENSSL_free(signed_part);
    if (status != STATUS_OK) {
        ASN1_BIT_STRING_free(field);
        return status;
    }
    X509_REQ_set0_signature(request, field); /* takes it */
    return STATUS_OK;
}

enum status certificate_request(struct device_key *key, const char *common_name, struct buffer *pem,
                                struct error *error)
{
    AUTO_REQUEST X509_REQ *request = X509_REQ_new();
    AUTO_BIO BIO *bio = BIO_new(BIO_s_mem());
    if (request == NULL || bio == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for a certificate request");
    }
    enum status status = set_name(X509_REQ_get_subject_name(request), common_name, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
        X509_REQ_set_pubkey(request, public_key_pkey(device_key_public(key))) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the request cannot be made");
    }
    status = sign_request(request, key, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (PEM_write_bio_X509_REQ(bio, request) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the request cannot be encoded");
    }
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    return buffer_append(pem, text, (size_t)size);
}
