#include "keeper/console_key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/tls_key.h"
#include "keeper/signed_row.h"
#include "ledger/number.h"
#include "store/key_record.h"

#define CERTIFICATE_FILE "console.crt"
#define COMMON_NAME      "sealroom console"
#define SUITE            "nist" /* in both */
#define FILE_LIMIT       65536u
#define RECORD           "record "
#define NAMES            "\nnames "

struct console_key {
    struct keeper *keeper;
    int directory;
    bool is_wanted;
    char names[PATH_SIZE];
    struct tls_key *key;
    bool is_new; /* not stored yet */
    struct certificate *certificate;
    uint64_t record; /* of the certificate */
    char fingerprint[FINGERPRINT_SIZE];
};

enum status console_key_new(struct keeper *keeper, struct console_key **key, struct error *error)
{
    struct console_key *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the console's key");
    *key = made;
    made->keeper = keeper;
    made->directory = openat(keeper->identity.state, "key", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return made->directory >= 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "cannot open the directory key");
}

void console_key_free(struct console_key *key)
{
    if (key == NULL)
        return;
    tls_key_free(key->key);
    certificate_free(key->certificate);
    file_close(&key->directory);
    free(key);
}

void console_key_want(struct console_key *key, const char *names)
{
    key->is_wanted = true;
    message_text(key->names, sizeof key->names, names);
}

const char *console_key_fingerprint(const struct console_key *key)
{
    return key->fingerprint;
}

/* ---- what is there ---- */

static void find_key(struct console_key *key)
{
    struct error error = {0};
    enum status status = tls_key_open(key->directory, &key->key, &error);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND)
        return;
    log_error("key/" TLS_KEY_FILE " is put aside: %s", error.text);
    if (renameat(key->directory, TLS_KEY_FILE, key->directory, TLS_KEY_FILE ".aside") != 0)
        log_error("key/" TLS_KEY_FILE " cannot be put aside: %s", strerror(errno));
}

/* An address that is gone for a while, as before a network gives one, changes no certificate. */
static bool is_for_all(const char *names, const char *wanted)
{
    char copy[PATH_SIZE];
    char *rest = NULL;
    message_text(copy, sizeof copy, wanted);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
        if (!text_names(names, name))
            return false;
    return true;
}

/* Its two lines, as they are written; what follows them, NULL if they are anything else. */
static const char *read_lines(const struct console_key *key, const char *text, uint64_t *record)
{
    char number[24];
    char names[PATH_SIZE];
    size_t digits = strspn(text + strlen(RECORD), "0123456789");
    if (strncmp(text, RECORD, strlen(RECORD)) != 0 || digits >= sizeof number)
        return NULL;
    (void)snprintf(number, sizeof number, "%.*s", (int)digits, text + strlen(RECORD));
    const char *rest = text + strlen(RECORD) + digits;
    if (strncmp(rest, NAMES, strlen(NAMES)) != 0)
        return NULL;
    rest += strlen(NAMES);
    size_t size = strcspn(rest, "\n");
    (void)snprintf(names, sizeof names, "%.*s", (int)size, rest);
    return number_parse_u64(number, record) == STATUS_OK && rest[size] == '\n' &&
                   size < sizeof names && is_for_all(names, key->names)
               ? rest + size + 1
               : NULL;
}

static enum status read_file(const struct console_key *key, uint64_t *record,
                             struct certificate **certificate, struct error *error)
{
    struct buffer text = {0};
    const char *pem = NULL;
    enum status status = file_read(key->directory, CERTIFICATE_FILE, FILE_LIMIT, &text, error);
    if (status == STATUS_OK)
        status = buffer_append(&text, "", 1);
    if (status == STATUS_OK)
        pem = text.size > strlen(RECORD) ? read_lines(key, (const char *)text.data, record) : NULL;
    if (status == STATUS_OK && pem == NULL)
        status =
            error_set(error, STATUS_MISMATCH, "it is for other names, or not as it was written");
    if (status == STATUS_OK)
        status = certificate_parse(bytes_of_text(pem), certificate, error);
    buffer_release(&text);
    return status;
}

/* Does the record introduce this certificate? */
static bool is_on_record(struct console_key *key, uint64_t record,
                         const struct certificate *certificate)
{
    const struct identity *identity = &key->keeper->identity;
    struct ledger_view *view = NULL;
    struct ledger_row row;
    struct record_head head;
    struct certificate *found = NULL;
    json_t *body = NULL;
    enum status status = ledger_view_open(identity->ledger_path, &view, NULL);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, NULL);
    if (status == STATUS_OK)
        status = ledger_view_row(view, record, &row, NULL);
    if (status == STATUS_OK)
        status = signed_row_parse(suite_digest_algorithm(identity->suite), &row, &head, &body);
    if (status == STATUS_OK)
        status = head.kind == RECORD_KEY && body != NULL && key_record_is_console(body)
                     ? key_record_certificate(body, &found, NULL)
                     : STATUS_MISMATCH;
    bool is =
        status == STATUS_OK && bytes_equal(certificate_der(found), certificate_der(certificate));
    certificate_free(found);
    json_decref(body);
    ledger_view_free(view);
    return is;
}

static void find_certificate(struct console_key *key)
{
    struct error error = {0};
    struct certificate *certificate = NULL;
    uint64_t record = 0;
    enum status status = read_file(key, &record, &certificate, &error);
    if (status == STATUS_OK &&
        (!tls_key_owns(key->key, certificate) || !is_on_record(key, record, certificate)))
        status = error_set(&error, STATUS_MISMATCH, "it is not the one on record");
    if (status == STATUS_OK) {
        key->certificate = certificate;
        certificate_fingerprint(certificate, key->fingerprint);
        return;
    }
    certificate_free(certificate);
    if (status != STATUS_NOT_FOUND)
        log_info("key/" CERTIFICATE_FILE " is made anew: %s", error.text);
}

/* ---- made anew ---- */

/* The record is durable: now key and certificate may be. */
static void store(void *context, const struct promise *promise)
{
    struct console_key *key = context;
    struct error error = {0};
    struct buffer text = {0};
    (void)promise;
    enum status status =
        buffer_append_format(&text, "record %" PRIu64 "\nnames %s\n", key->record, key->names);
    if (status == STATUS_OK)
        status = tls_key_certificate_pem(key->certificate, &text, &error);
    if (status == STATUS_OK)
        status = file_replace(key->directory, CERTIFICATE_FILE, buffer_bytes(&text), 0600, &error);
    if (status == STATUS_OK && key->is_new)
        status = tls_key_store(key->key, key->directory, &error);
    buffer_release(&text);
    if (status == STATUS_OK)
        return;
    log_error("the console's key cannot be stored: %s", error.text);
    keeper_health(key->keeper, HEALTH_STORAGE_ERROR, TLS_KEY_FILE, error.text, 0);
}

static enum status make_anew(struct console_key *key, struct error *error)
{
    struct committer *committer = key->keeper->committer;
    enum status status = STATUS_OK;
    key->is_new = key->key == NULL;
    if (key->is_new)
        status = tls_key_generate(&key->key, error);
    if (status == STATUS_OK)
        status = tls_key_certify(key->key, COMMON_NAME, key->names, &key->certificate, error);
    if (status != STATUS_OK)
        return status;
    certificate_fingerprint(key->certificate, key->fingerprint);
    key->record = committer_record(
        committer, RECORD_KEY, APPLIANCE,
        body_key(KEY_USE_CONSOLE, SUITE, key->fingerprint, certificate_der(key->certificate)));
    committer_promise(committer,
                      &(struct promise){.keep = store, .context = key, .record = key->record});
    return STATUS_OK;
}

void console_key_start(struct console_key *key)
{
    struct error error = {0};
    if (!key->is_wanted)
        return;
    find_key(key);
    if (key->key != NULL)
        find_certificate(key);
    if (key->certificate == NULL && make_anew(key, &error) != STATUS_OK)
        log_error("the console has no key: %s", error.text);
}
