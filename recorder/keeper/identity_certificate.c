#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/certificate_issue.h"
#include "keeper/identity.h"

#define CERTIFICATE_FILE     "device.crt"
#define CERTIFICATE_SIZE_MAX ((size_t)64 * 1024)
#define PEM_LINE             64u
/* The ledger's first `key` record. */
#define KEY_RECORD 1u

/* Is the certificate for this key? */
static enum status check_key(const struct certificate *certificate, const struct device_key *key,
                             struct error *error)
{
    struct public_key *public_key = NULL;
    enum status status = certificate_public_key(certificate, &public_key, error);
    if (status != STATUS_OK)
        return status;
    if (!bytes_equal(public_key_spki(public_key), public_key_spki(device_key_public(key))))
        status = error_set(error, STATUS_REFUSED,
                           "the certificate in key/" CERTIFICATE_FILE
                           " is for another key than key/device.key");
    public_key_free(public_key);
    return status;
}

/* Parses and checks; what is not for the key is freed again. */
static enum status parse(struct bytes bytes, const struct device_key *key,
                         struct certificate **certificate, struct error *error)
{
    struct certificate *parsed = NULL;
    enum status status = certificate_parse(bytes, &parsed, error);
    if (status == STATUS_OK)
        status = check_key(parsed, key, error);
    if (status != STATUS_OK) {
        certificate_free(parsed);
        return status;
    }
    *certificate = parsed;
    return STATUS_OK;
}

enum status identity_certificate_read(int directory, const struct device_key *key,
                                      struct certificate **certificate, struct error *error)
{
    struct buffer bytes = {0};
    enum status status =
        file_read(directory, CERTIFICATE_FILE, CERTIFICATE_SIZE_MAX, &bytes, error);
    if (status == STATUS_OK)
        status = parse(buffer_bytes(&bytes), key, certificate, error);
    buffer_release(&bytes);
    return status;
}

/* RFC 7468: base64 in lines of 64 between the two labels. */
static enum status pem_append(struct buffer *pem, struct bytes der)
{
    struct buffer base64 = {0};
    enum status status = base64_append(&base64, der);
    if (status == STATUS_OK)
        status = buffer_append_text(pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; status == STATUS_OK && at < base64.size; at += PEM_LINE) {
        size_t left = base64.size - at;
        status = buffer_append(pem, base64.data + at, left < PEM_LINE ? left : PEM_LINE);
        if (status == STATUS_OK)
            status = buffer_append_text(pem, "\n");
    }
    if (status == STATUS_OK)
        status = buffer_append_text(pem, "-----END CERTIFICATE-----\n");
    buffer_release(&base64);
    return status;
}

/* As PEM, 0600, durably. STATUS_EXISTS if there is one. */
static enum status store(int directory, const struct certificate *certificate, struct error *error)
{
    struct buffer pem = {0};
    enum status status = pem_append(&pem, certificate_der(certificate));
    if (status == STATUS_OK)
        status = file_create(directory, CERTIFICATE_FILE, buffer_bytes(&pem), 0600, error);
    else
        (void)error_set(error, status, "no memory for the certificate");
    buffer_release(&pem);
    return status;
}

/* The certificate in the body of a `key` record, if it is for `key`. */
static enum status of_record(struct bytes body, const struct device_key *key,
                             struct certificate **certificate, struct error *error)
{
    json_t *members = NULL;
    struct buffer der = {0};
    enum status status = record_body_parse(body, &members, error);
    if (status != STATUS_OK)
        return status;
    const char *text = json_get_text(members, "certificate");
    if (text == NULL || base64_decode(bytes_of_text(text), &der) != STATUS_OK)
        status = error_set(error, STATUS_INVALID, "the key record holds no certificate");
    else
        status = parse(buffer_bytes(&der), key, certificate, error);
    buffer_release(&der);
    json_decref(members);
    return status;
}

/* The certificate in the ledger's first `key` record. */
static enum status certificate_from_ledger(struct identity *identity, struct error *error)
{
    struct ledger_view *view = NULL;
    struct ledger_row row;
    enum status status = ledger_view_open(identity->ledger_path, &view, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_view_begin(view, error);
    if (status == STATUS_OK)
        status = ledger_view_row(view, KEY_RECORD, &row, error);
    if (status == STATUS_OK)
        status = of_record(row.body, identity->key, &identity->certificate, error);
    ledger_view_free(view);
    return status;
}

/* One that is damaged, or for another key, makes room for the one the ledger knows. */
static enum status put_certificate_aside(struct identity *identity, int directory,
                                         const struct error *reason, struct error *error)
{
    log_warning("key/" CERTIFICATE_FILE ": %s; it is put aside", reason->text);
    memcpy(identity->certificate_mended, reason->text, sizeof identity->certificate_mended);
    if (renameat(directory, CERTIFICATE_FILE, directory, CERTIFICATE_FILE ".aside") != 0)
        return error_set_errno(error, STATUS_IO, errno,
                               "cannot put key/" CERTIFICATE_FILE " aside");
    return STATUS_NOT_FOUND;
}

enum status identity_certificate_open(struct identity *identity, int directory,
                                      const char *common_name, struct error *error)
{
    struct error reason;
    bool known = ledger_size(identity->ledger) > KEY_RECORD;
    enum status status =
        identity_certificate_read(directory, identity->key, &identity->certificate, &reason);
    if ((status == STATUS_INVALID || status == STATUS_REFUSED) && known)
        status = put_certificate_aside(identity, directory, &reason, error);
    else if (status != STATUS_OK && error != NULL)
        *error = reason;
    if (status == STATUS_NOT_FOUND) {
        if (known)
            status = certificate_from_ledger(identity, error);
        else
            status =
                certificate_self_sign(identity->key, common_name, &identity->certificate, error);
        if (status == STATUS_OK)
            status = store(directory, identity->certificate, error);
    }
    if (status == STATUS_OK)
        certificate_fingerprint(identity->certificate, identity->fingerprint);
    return status;
}
