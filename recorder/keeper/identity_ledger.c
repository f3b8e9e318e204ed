#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "keeper/bodies.h"
#include "keeper/identity.h"
#include "store/key_record.h"
#include "store/progress.h"
#include "store/schemas.h"

/* Neither nodes nor rows fit: the old ledger is put aside, an empty one takes its place. */
static enum status replace(struct identity *identity, struct error *error)
{
    struct ledger_findings findings = identity->findings;
    log_error("the ledger cannot be used: %s", findings.detail);
    identity->succeeds = true;
    enum status status = ledger_set_aside(identity->ledger_path, clock_now(&identity->clock).utc_ns,
                                          identity->set_aside, sizeof identity->set_aside, error);
    if (status == STATUS_OK)
        status = ledger_create(identity->ledger_path, identity->suite, error);
    if (status == STATUS_OK)
        status = ledger_open_with(identity->ledger_path, store_schemas, identity->key,
                                  &identity->clock, &identity->ledger, &identity->findings, error);
    /* what stood in the old one is what its successor names */
    identity->findings = findings;
    return status;
}

static enum status replace_rolled_back(struct identity *identity, struct error *error)
{
    const struct identity_lost *lost = &identity->lost;
    (void)snprintf(identity->findings.detail, sizeof identity->findings.detail,
                   "it was rolled back: it has %llu records, and a progress note knows %llu",
                   (unsigned long long)lost->records, (unsigned long long)lost->checkpoint_size);
    ledger_free(identity->ledger);
    identity->ledger = NULL;
    return replace(identity, error);
}

enum status identity_ledger_open(struct identity *identity,
                                 const struct identity_presence *presence, struct error *error)
{
    enum status status = STATUS_OK;
    if (!presence->ledger) {
        identity->succeeds = presence->volume;
        status = ledger_create(identity->ledger_path, identity->suite, error);
        if (status != STATUS_OK)
            return status;
    }
    status = ledger_open_with(identity->ledger_path, store_schemas, identity->key, &identity->clock,
                              &identity->ledger, &identity->findings, error);
    if (status == STATUS_MISMATCH && identity->findings.needs_replacement)
        return replace(identity, error);
    if (status == STATUS_OK)
        status = identity_check_notes(identity, ledger_origin(identity->ledger),
                                      ledger_size(identity->ledger), &identity->lost, error);
    if (status == STATUS_OK && identity->lost.found)
        status = replace_rolled_back(identity, error);
    return status;
}

static json_t *predecessor_of(const struct identity *identity)
{
    if (!identity->succeeds)
        return NULL;
    const struct ledger_findings *findings = &identity->findings;
    const char *slash = strrchr(identity->set_aside, '/');
    return body_predecessor(slash == NULL ? identity->set_aside : slash + 1, identity->predecessor,
                            findings->has_last ? findings->last_note : "");
}

/* The start that began this ledger did not come to say why: this one does. */
static enum status recall(struct identity *identity, struct error *error)
{
    struct ledger_view *view = NULL;
    struct ledger_row row;
    json_t *members = NULL;
    if (ledger_size(identity->ledger) > IDENTITY_RECORDS_MAX)
        return STATUS_OK;
    enum status status = ledger_view_open(identity->ledger_path, &view, error);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, error);
    if (status == STATUS_OK)
        status = ledger_view_row(view, 0, &row, error);
    if (status == STATUS_OK)
        status = record_body_parse(row.body, &members, error);
    ledger_view_free(view);
    const json_t *predecessor = json_object_get(members, "predecessor");
    const char *file = json_get_text(predecessor, "file");
    identity->succeeds = json_is_object(predecessor);
    message_text(identity->set_aside, sizeof identity->set_aside, file == NULL ? "" : file);
    json_decref(members);
    return status;
}

/* Whose place the new ledger takes, and what is known to be lost with it. */
static enum status look_back(struct identity *identity, const struct identity_presence *presence,
                             struct error *error)
{
    const struct ledger_findings *findings = &identity->findings;
    /* a volume of ours that names another ledger outlived it */
    identity->succeeds = identity->succeeds || presence->volume;
    message_text(identity->predecessor, sizeof identity->predecessor,
                 findings->has_last ? findings->last.origin : presence->found.origin);
    if (identity->lost.found || identity->predecessor[0] == '\0')
        return STATUS_OK;
    return identity_check_notes(identity, identity->predecessor,
                                findings->has_last ? findings->last.size : 0, &identity->lost,
                                error);
}

/* Takes `members`; NULL: memory has run out. */
static enum status append(struct identity *identity, enum record_kind kind, json_t *members,
                          struct error *error)
{
    uint64_t number = 0;
    enum status status =
        members == NULL
            ? error_set(error, STATUS_NO_MEMORY, "no memory for the first records")
            : ledger_append(identity->ledger, kind, "appliance", members, &number, error);
    json_decref(members);
    return status;
}

/* Ledger and key: what every later record is judged by. Where the ledger before did not reach as
 * far as a note that this key signed, that is said with them: nothing here can bring it back. */
enum status identity_ledger_begin(struct identity *identity,
                                  const struct identity_presence *presence, struct error *error)
{
    const char *suite = suite_name(identity->suite);
    const struct identity_lost *lost = &identity->lost;
    if (ledger_size(identity->ledger) > 0)
        return recall(identity, error);
    enum status status = look_back(identity, presence, error);
    if (status != STATUS_OK)
        return status;
    json_t *predecessor = predecessor_of(identity);
    status = append(identity, RECORD_LEDGER,
                    body_ledger(ledger_origin(identity->ledger), suite, predecessor), error);
    json_decref(predecessor);
    if (status == STATUS_OK)
        status = append(identity, RECORD_KEY,
                        body_key(KEY_USE_LEDGER, suite, identity->fingerprint,
                                 certificate_der(identity->certificate)),
                        error);
    if (status == STATUS_OK && lost->found)
        status = append(identity, RECORD_CHECKPOINT_LOST,
                        body_checkpoint_lost(progress_slot_names[lost->slot], lost->records,
                                             lost->checkpoint_size, &lost->checkpoint_root),
                        error);
    return status == STATUS_OK ? ledger_commit(identity->ledger, error) : status;
}
