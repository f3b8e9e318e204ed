#include "audit/keys.h"

#include <string.h>

#include "audit/records.h"
#include "base/file.h"
#include "store/key_record.h"

#define CERTIFICATE_FILE     "key/device.crt"
#define CERTIFICATE_SIZE_MAX 65536u
#define KEY_RECORD           1u /* record 0 is the ledger's, record 1 its key's */

static void certificate_cleanup(struct certificate **certificate)
{
    certificate_free(*certificate);
}

#define AUTO_CERTIFICATE __attribute__((cleanup(certificate_cleanup)))

/* The file beside the key; NULL if there is none or it is none. */
static struct certificate *read_file(struct audit *audit, bool *damaged)
{
    struct buffer bytes = {0};
    struct certificate *certificate = NULL;
    enum status status =
        file_read(audit->state, CERTIFICATE_FILE, CERTIFICATE_SIZE_MAX, &bytes, NULL);
    if (status == STATUS_OK) {
        status = certificate_parse(buffer_bytes(&bytes), &certificate, NULL);
    }
    *damaged = status == STATUS_INVALID;
    buffer_release(&bytes);
    return certificate;
}

/* The one in the ledger's key record, believed only if its signature holds; NULL otherwise. */
static struct certificate *read_record(struct audit *audit)
{
    struct ledger_row row;
    struct certificate *certificate = NULL;
    json_t *body = NULL;
    if (audit->view != NULL && ledger_view_row(audit->view, KEY_RECORD, &row, NULL) == STATUS_OK &&
        row.has_body && record_body_parse(row.body, &body, NULL) == STATUS_OK &&
        key_record_certificate(body, &certificate, NULL) != STATUS_OK) {
        certificate = NULL;
    }
    json_decref(body);
    return certificate;
}

/* How a certificate of the machine stands to the one from outside. */
static enum audit_trust trust_of(const struct audit *audit, const struct certificate *own)
{
    const struct certificate *given = audit->options->trust;
    if (given == NULL) {
        return AUDIT_TRUST_OWN;
    }
    if (certificate_same_key(own, given)) {
        return AUDIT_TRUST_GIVEN;
    }
    return certificate_verify(own, given, NULL) == STATUS_OK ? AUDIT_TRUST_ISSUER
                                                             : AUDIT_TRUST_NONE;
}

struct signers {
    struct audit *audit;
    const struct certificate *certificate;
    struct public_key *key;
    bool signs;
};

static enum status try_checkpoint(void *context, uint64_t size, struct bytes note)
{
    struct signers *signers = context;
    struct checkpoint checkpoint;
    (void)size;
    const struct suite *suite = certificate_suite(signers->certificate);
    signers->signs = checkpoint_verify(suite, signers->key, note, &checkpoint, NULL) == STATUS_OK;
    return signers->signs ? STATUS_END : STATUS_OK;
}

/* Is there a checkpoint that this certificate's key signed? */
static bool signs_checkpoints(struct audit *audit, const struct certificate *certificate)
{
    struct signers signers = {.audit = audit, .certificate = certificate};
    if (audit->view == NULL ||
        certificate_public_key(certificate, &signers.key, NULL) != STATUS_OK) {
        return false;
    }
    struct bytes newest;
    if (ledger_view_newest(audit->view, &newest, NULL) == STATUS_OK && newest.size > 0) {
        (void)try_checkpoint(&signers, 0, newest);
    }
    if (!signers.signs) {
        (void)!ledger_view_checkpoints(audit->view, try_checkpoint, &signers, NULL);
    }
    public_key_free(signers.key);
    return signers.signs;
}

static void report(struct audit *audit, enum audit_fault fault, const char *file,
                   const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "%s", file);
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

/* Of the machine's two copies the one to go by: what is trusted, else what signs. */
static const struct certificate *choose(struct audit *audit, const struct certificate *file,
                                        const struct certificate *record)
{
    const struct certificate *list[] = {file, record};
    for (size_t i = 0; audit->options->trust != NULL && i < 2; i++) {
        if (list[i] != NULL && trust_of(audit, list[i]) != AUDIT_TRUST_NONE) {
            return list[i];
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (list[i] != NULL && signs_checkpoints(audit, list[i])) {
            return list[i];
        }
    }
    return file != NULL ? file : record;
}

static enum status adopt(struct audit *audit, const struct certificate *certificate,
                         struct error *error)
{
    enum status status =
        certificate_parse(certificate_der(certificate), &audit->certificate, error);
    if (status == STATUS_OK) {
        status = certificate_public_key(audit->certificate, &audit->key, error);
    }
    if (status == STATUS_OK) {
        audit->suite = certificate_suite(audit->certificate);
        audit->algorithm = suite_digest_algorithm(audit->suite);
        certificate_fingerprint(audit->certificate, audit->report->fingerprint);
        (void)snprintf(audit->report->suite, sizeof(audit->report->suite), "%s",
                       suite_name(audit->suite));
    }
    return status;
}

/* Neither of the machine's certificates is the trusted one's. If the trusted one's own key signed
 * the checkpoints, it is the certificates that were exchanged. */
static const struct certificate *judge_stranger(struct audit *audit,
                                                const struct certificate *chosen)
{
    const struct certificate *given = audit->options->trust;
    if (certificate_suite(given) != NULL && (chosen == NULL || signs_checkpoints(audit, given))) {
        return given;
    }
    report(audit, FAULT_KEY_NOT_TRUSTED, CERTIFICATE_FILE, "");
    return chosen;
}

enum status keys_find(struct audit *audit, struct error *error)
{
    bool damaged = false;
    AUTO_CERTIFICATE struct certificate *file = read_file(audit, &damaged);
    AUTO_CERTIFICATE struct certificate *record = read_record(audit);
    const struct certificate *chosen = choose(audit, file, record);
    enum audit_trust trust = chosen != NULL ? trust_of(audit, chosen) : AUDIT_TRUST_NONE;

    if (audit->options->trust != NULL && trust == AUDIT_TRUST_NONE) {
        chosen = judge_stranger(audit, chosen);
        trust = chosen == audit->options->trust ? AUDIT_TRUST_GIVEN : AUDIT_TRUST_NONE;
    }
    if (chosen == NULL || certificate_suite(chosen) == NULL) {
        report(audit, FAULT_NO_CERTIFICATE, CERTIFICATE_FILE, "");
        /* form and consistency can be looked at all the same, by the suite the file names */
        audit->suite = audit->view != NULL ? ledger_view_suite(audit->view) : NULL;
        audit->algorithm = audit->suite != NULL ? suite_digest_algorithm(audit->suite) : 0;
        return STATUS_OK;
    }
    if (damaged) {
        report(audit, FAULT_CERTIFICATE_ALTERED, CERTIFICATE_FILE, "it is no certificate");
    } else if (file != NULL && !certificate_same_key(file, chosen)) {
        report(audit, FAULT_CERTIFICATE_ALTERED, CERTIFICATE_FILE, "it is of another key");
    } else if (file != NULL && certificate_is_self_issued(file) &&
               certificate_verify(file, file, NULL) != STATUS_OK) {
        report(audit, FAULT_CERTIFICATE_ALTERED, CERTIFICATE_FILE, "its signature does not fit");
    } else if (file != NULL && !certificate_is_self_issued(file) && trust != AUDIT_TRUST_ISSUER &&
               (record == NULL || !bytes_equal(certificate_der(file), certificate_der(record)))) {
        report(audit, FAULT_CERTIFICATE_UNJUDGED, CERTIFICATE_FILE, "");
    }
    audit->report->trust = trust;
    return adopt(audit, chosen, error);
}

void keys_judge_record(struct audit *audit, uint64_t number, const struct record_head *head,
                       const json_t *body)
{
    AUTO_CERTIFICATE struct certificate *certificate = NULL;
    enum export_key_kind kind = EXPORT_KEY_RSA;
    struct error reason = {0};
    if (!key_record_is_export(body, &kind)) {
        return;
    }
    if (key_record_certificate(body, &certificate, &reason) != STATUS_OK) {
        records_report(audit, FAULT_RECORD_MALFORMED, number, head, reason.text);
    } else if (audit->certificate != NULL &&
               certificate_verify_export(certificate, audit->certificate, &reason) != STATUS_OK) {
        records_report(audit, FAULT_EXPORT_KEY_FOREIGN, number, head, reason.text);
    }
}
