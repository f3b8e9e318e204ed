#include "crypto/tls_key.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/certificate_issue.h"
#include "crypto/certificate_x509.h"
#include "crypto/openssl.h"
#include "crypto/private_file.h"
#include "crypto/x509_fill.h"

#define CURVE      "P-256"
#define NAMES_SIZE 4096u
#define NAME_CHARACTERS                                                                            \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-." /* RFC 1123, 2.1 */

struct tls_key {
    EVP_PKEY *pair;
};

/* Takes `pair`. */
static enum status hold(EVP_PKEY *pair, struct tls_key **key, struct error *error)
{
    *key = malloc(sizeof **key);
    if (*key == NULL) {
        EVP_PKEY_free(pair);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the console's key");
    }
    (*key)->pair = pair;
    return STATUS_OK;
}

static bool is_of_curve(const EVP_PKEY *pair)
{
    char group[32] = "";
    return EVP_PKEY_is_a(pair, "EC") == 1 &&
           EVP_PKEY_get_group_name(pair, group, sizeof group, NULL) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, CURVE) == 0);
}

enum status tls_key_open(int directory, struct tls_key **key, struct error *error)
{
    EVP_PKEY *pair = NULL;
    enum status status = private_file_read(directory, TLS_KEY_FILE, &pair, error);
    if (status == STATUS_OK && !is_of_curve(pair)) {
        EVP_PKEY_free(pair);
        return error_set(error, STATUS_MISMATCH, "%s is a key of another kind", TLS_KEY_FILE);
    }
    return status == STATUS_OK ? hold(pair, key, error) : status;
}

enum status tls_key_generate(struct tls_key **key, struct error *error)
{
    private_file_prepare();
    EVP_PKEY *pair = EVP_EC_gen(CURVE);
    return pair == NULL
               ? openssl_error(error, STATUS_NO_MEMORY, "the console's key could not be made")
               : hold(pair, key, error);
}

enum status tls_key_store(const struct tls_key *key, int directory, struct error *error)
{
    return private_file_create(directory, TLS_KEY_FILE, key->pair, error);
}

void tls_key_free(struct tls_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pair); /* clears its private numbers */
        free(key);
    }
}

/* ---- its certificate ---- */

/* As OpenSSL wants them: "DNS:archive.example,IP:192.168.1.5". */
static void write_names(const char *names, char text[NAMES_SIZE])
{
    char copy[NAMES_SIZE];
    size_t size = 0;
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", names);
    text[0] = '\0';
    for (char *name = strtok_r(copy, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        uint8_t address[16];
        bool is_address =
            inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
        if (!is_address && name[strspn(name, NAME_CHARACTERS)] != '\0')
            continue;
        int length = snprintf(text + size, NAMES_SIZE - size, "%s%s:%s", size > 0 ? "," : "",
                              is_address ? "IP" : "DNS", name);
        if (length < 0 || (size_t)length >= NAMES_SIZE - size) {
            text[size] = '\0';
            return;
        }
        size += (size_t)length;
    }
}

static bool fill(X509 *x509, EVP_PKEY *pair, const char *common_name, const char *names)
{
    char text[NAMES_SIZE];
    X509_NAME *name = X509_get_subject_name(x509);
    write_names(names, text);
    return x509_fill(x509, pair) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                      -1, -1, 0) == 1 &&
           X509_set_issuer_name(x509, name) == 1 &&
           x509_extend(x509, NID_basic_constraints, "critical,CA:FALSE") &&
           x509_extend(x509, NID_key_usage, "critical,digitalSignature") &&
           x509_extend(x509, NID_ext_key_usage, "serverAuth") &&
           x509_extend(x509, NID_subject_key_identifier, "hash") &&
           (text[0] == '\0' || x509_extend(x509, NID_subject_alt_name, text));
}

enum status tls_key_certify(const struct tls_key *key, const char *common_name, const char *names,
                            struct certificate **certificate, struct error *error)
{
    AUTO_X509 X509 *x509 = X509_new();
    if (x509 == NULL || !fill(x509, key->pair, common_name, names) ||
        X509_sign(x509, key->pair, EVP_sha256()) == 0)
        return openssl_error(error, STATUS_NO_MEMORY, "the console's certificate cannot be made");
    return certificate_of(x509, certificate, error);
}

bool tls_key_owns(const struct tls_key *key, const struct certificate *certificate)
{
    const EVP_PKEY *found = X509_get0_pubkey(certificate_x509(certificate));
    return found != NULL && EVP_PKEY_eq(found, key->pair) == 1;
}

enum status tls_key_certificate_pem(const struct certificate *certificate, struct buffer *pem,
                                    struct error *error)
{
    AUTO_BIO BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL || PEM_write_bio_X509(bio, certificate_x509(certificate)) != 1)
        return openssl_error(error, STATUS_NO_MEMORY,
                             "the console's certificate cannot be encoded");
    long size = BIO_get_mem_data(bio, &text);
    return buffer_append(pem, text, (size_t)size);
}
