#include "crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/export_key.h"
#include "crypto/openssl.h"
#include "crypto/suite_table.h"

#define CERTIFICATE_SIZE_MAX 65536
#define NOT_BEFORE           "20200101000000Z"
#define NOT_AFTER            "99991231235959Z"
#define SIGNATURE_BITS_MIN   112 /* refuses SHA-1, MD5 and RSA under 2048 bits */

struct certificate {
    X509 *x509;
    uint8_t *der; /* OpenSSL's */
    size_t der_size;
};

void certificate_free(struct certificate *certificate)
{
    if (certificate == NULL) {
        return;
    }
    X509_free(certificate->x509);
    OPENSSL_free(certificate->der);
    free(certificate);
}

/* Takes a reference of `x509`. */
static enum status certificate_of(X509 *x509, struct certificate **certificate, struct error *error)
{
    struct certificate *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a certificate");
    }
    int size = i2d_X509(x509, &made->der);
    if (size <= 0) {
        free(made);
        return openssl_error(error, STATUS_INVALID, "the certificate cannot be encoded");
    }
    X509_up_ref(x509);
    made->x509 = x509;
    made->der_size = (size_t)size;
    *certificate = made;
    return STATUS_OK;
}

static X509 *parse_pem(struct bytes bytes)
{
    AUTO_BIO BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    AUTO_X509 X509 *first = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    if (first == NULL) {
        return NULL;
    }
    AUTO_X509 X509 *second = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (second != NULL) {
        return NULL; /* which of them was meant? */
    }
    X509_up_ref(first);
    return first;
}

static X509 *parse_der(struct bytes bytes)
{
    const uint8_t *at = bytes.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)bytes.size);
    if (x509 != NULL && at != bytes.data + bytes.size) {
        X509_free(x509);
        return NULL;
    }
    return x509;
}

enum status certificate_parse(struct bytes bytes, struct certificate **certificate,
                              struct error *error)
{
    if (bytes.size == 0 || bytes.size > CERTIFICATE_SIZE_MAX) {
        return error_set(error, STATUS_INVALID, "a certificate of %zu bytes", bytes.size);
    }
    AUTO_X509 X509 *x509 = bytes.data[0] == 0x30 ? parse_der(bytes) : parse_pem(bytes);
    if (x509 == NULL) {
        ERR_clear_error();
        return error_set(error, STATUS_INVALID, "not one certificate in DER or PEM");
    }
    ERR_clear_error();
    return certificate_of(x509, certificate, error);
}

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

static bool add_extension(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

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

/* Everything that is signed but the signature's algorithm. */
static enum status fill(X509 *x509, EVP_PKEY *key, const char *common_name, const X509 *issuer,
                        struct error *error)
{
    enum status status = set_name(X509_get_subject_name(x509), common_name, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (X509_set_version(x509, X509_VERSION_3) != 1 || !set_serial(x509) ||
        X509_set_issuer_name(x509, X509_get_subject_name(issuer)) != 1 ||
        ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), NOT_BEFORE) != 1 ||
        ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), NOT_AFTER) != 1 ||
        X509_set_pubkey(x509, key) != 1 ||
        !add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(x509, NID_key_usage, "critical,digitalSignature,nonRepudiation") ||
        !add_extension(x509, NID_subject_key_identifier, "hash")) {
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
        fill(x509, subject, common_name, issuer != NULL ? issuer->x509 : x509, error);
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

struct bytes certificate_der(const struct certificate *certificate)
{
    return (struct bytes){certificate->der, certificate->der_size};
}

void certificate_fingerprint(const struct certificate *certificate, char text[FINGERPRINT_SIZE])
{
    struct digest digest;
    digest_of(DIGEST_SHA256, certificate_der(certificate), &digest);
    hex_encode(text, digest.bytes, DIGEST_BYTES);
}

enum status certificate_spki(const struct certificate *certificate, struct buffer *spki)
{
    uint8_t *der = NULL;
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    int size = key != NULL ? i2d_PUBKEY(key, &der) : 0;
    enum status status = size > 0 ? buffer_append(spki, der, (size_t)size) : STATUS_INVALID;
    OPENSSL_free(der);
    ERR_clear_error();
    return status;
}

size_t certificate_signature_size(const struct certificate *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    int size = key != NULL ? EVP_PKEY_get_size(key) : 0;
    ERR_clear_error();
    return size > 0 ? (size_t)size : 0;
}

const struct suite *certificate_suite(const struct certificate *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    const struct suite *suite = key != NULL ? suite_of_key(key) : NULL;
    ERR_clear_error();
    return suite;
}

enum status certificate_public_key(const struct certificate *certificate, struct public_key **key,
                                   struct error *error)
{
    const struct suite *suite = certificate_suite(certificate);
    if (suite == NULL) {
        return error_set(error, STATUS_UNSUPPORTED,
                         "the certificate's key belongs to none of the suites");
    }
    return public_key_of(suite, X509_get0_pubkey(certificate->x509), key, error);
}

bool certificate_same_key(const struct certificate *a, const struct certificate *b)
{
    struct public_key *key_a = NULL;
    struct public_key *key_b = NULL;
    bool same = certificate_public_key(a, &key_a, NULL) == STATUS_OK &&
                certificate_public_key(b, &key_b, NULL) == STATUS_OK &&
                bytes_equal(public_key_spki(key_a), public_key_spki(key_b));
    public_key_free(key_a);
    public_key_free(key_b);
    return same;
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return X509_NAME_cmp(X509_get_issuer_name(certificate->x509),
                         X509_get_subject_name(certificate->x509)) == 0;
}

/* X509_verify takes the id from the certificate that is checked; OpenSSL's default, empty, would
 * be wrong. With an id set it refuses every algorithm that has none. */
static bool set_identifier(X509 *x509)
{
    if (X509_get_signature_nid(x509) != NID_SM2_with_SM3) {
        return true;
    }
    const char *identifier = suite_named("sm")->identifier;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    if (id == NULL || ASN1_OCTET_STRING_set(id, (const unsigned char *)identifier,
                                            (int)strlen(identifier)) != 1) {
        ASN1_OCTET_STRING_free(id);
        return false;
    }
    X509_set0_distinguishing_id(x509, id); /* takes it */
    return true;
}

static enum status check_issuer(const struct certificate *certificate,
                                const struct certificate *issuer, struct error *error)
{
    if (X509_NAME_cmp(X509_get_issuer_name(certificate->x509),
                      X509_get_subject_name(issuer->x509)) != 0) {
        return error_set(error, STATUS_MISMATCH, "the certificate names another issuer");
    }
    bool self = bytes_equal(certificate_der(certificate), certificate_der(issuer));
    if (!self && X509_check_ca(issuer->x509) != 1) {
        return error_set(error, STATUS_MISMATCH, "the issuer's certificate is not one of a CA");
    }
    /* The same CA may certify servers and people; what it made for them speaks for no device. */
    if (!self &&
        (X509_get_extension_flags(certificate->x509) & (EXFLAG_CA | EXFLAG_XKUSAGE)) != 0) {
        return error_set(error, STATUS_MISMATCH,
                         "the issuer made the certificate for something else than a device");
    }
    return STATUS_OK;
}

/* Is it signed by `key`, and not weakly? */
static enum status check_signature(const struct certificate *certificate, EVP_PKEY *key,
                                   struct error *error)
{
    int bits = 0;
    if (!set_identifier(certificate->x509)) {
        return openssl_error(error, STATUS_NO_MEMORY, "a certificate cannot be verified");
    }
    if (X509_get_signature_info(certificate->x509, NULL, NULL, &bits, NULL) != 1 ||
        bits < SIGNATURE_BITS_MIN) {
        ERR_clear_error();
        return error_set(error, STATUS_MISMATCH,
                         "the certificate is signed by a broken or unknown algorithm");
    }
    if (key == NULL || EVP_PKEY_get_security_bits(key) < SIGNATURE_BITS_MIN ||
        X509_verify(certificate->x509, key) != 1) {
        ERR_clear_error();
        return error_set(error, STATUS_MISMATCH, "the certificate's signature does not fit");
    }
    return STATUS_OK;
}

enum status certificate_verify(const struct certificate *certificate,
                               const struct certificate *issuer, struct error *error)
{
    enum status status = check_issuer(certificate, issuer, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!set_identifier(issuer->x509)) {
        return openssl_error(error, STATUS_NO_MEMORY, "a certificate cannot be verified");
    }
    return check_signature(certificate, X509_get0_pubkey(issuer->x509), error);
}

/* RSA of the right length, or a suite's; never the device's own, which signs records. */
static bool may_export(EVP_PKEY *key, EVP_PKEY *device)
{
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        return bits >= EXPORT_KEY_BITS_MIN && bits <= EXPORT_KEY_BITS_MAX;
    }
    return suite_of_key(key) != NULL && EVP_PKEY_eq(key, device) != 1;
}

enum status certificate_verify_export(const struct certificate *certificate,
                                      const struct certificate *device, struct error *error)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    EVP_PKEY *issuer = X509_get0_pubkey(device->x509);
    bool may = key != NULL && issuer != NULL && may_export(key, issuer) &&
               X509_check_ca(certificate->x509) == 0;
    ERR_clear_error();
    if (!may) {
        return error_set(error, STATUS_MISMATCH, "the certificate is not one of an export key");
    }
    return check_signature(certificate, issuer, error);
}
