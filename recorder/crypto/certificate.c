#include "crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/certificate_x509.h"
#include "crypto/export_key.h"
#include "crypto/openssl.h"
#include "crypto/suite_table.h"

#define CERTIFICATE_SIZE_MAX 65536
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

enum status certificate_of(X509 *x509, struct certificate **certificate, struct error *error)
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

const X509 *certificate_x509(const struct certificate *certificate)
{
    return certificate->x509;
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
