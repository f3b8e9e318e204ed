#include "keeper/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/bodies.h"
#include "store/progress.h"
#include "store/schemas.h"

#define LEDGER_FILE "ledger.db"
/* What identity_open itself records, in one transaction: ledger and key, and perhaps what was lost.
 */
#define FIRST_RECORDS     2u
#define FIRST_RECORDS_MAX 3u

/* Which of the three are there. */
struct presence {
    bool key;
    bool ledger;
    bool volume;
    struct volume_identity found; /* if volume; zeros if it is damaged */
    bool damaged;
    char damage[ERROR_TEXT_SIZE];
};

static enum status open_directory(int parent, const char *path, int *directory, struct error *error)
{
    *directory = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*directory >= 0)
        return STATUS_OK;
    return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                           "cannot open the directory %s", path);
}

/* -1 if it is not there. */
static enum status find_directory(int parent, const char *path, int *directory, struct error *error)
{
    enum status status = open_directory(parent, path, directory, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* The video directory; made if its parent is there, for a first start. */
static enum status make_video(const char *path, struct identity *identity, struct error *error)
{
    if (identity->video >= 0)
        return STATUS_OK;
    if (mkdir(path, 0750) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make the directory %s", path);
    return open_directory(AT_FDCWD, path, &identity->video, error);
}

static enum status look_at_volume(int video, struct presence *presence, struct error *error)
{
    struct error reason;
    enum status status = volume_identity_read(video, &presence->found, &reason);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    presence->volume = true;
    if (status == STATUS_INVALID) {
        presence->damaged = true;
        memcpy(presence->damage, reason.text, sizeof presence->damage);
        return STATUS_OK;
    }
    if (status != STATUS_OK && error != NULL)
        *error = reason;
    return status;
}

static enum status refuse(const struct presence *presence, struct error *error)
{
    return error_set(error, STATUS_REFUSED,
                     "key/device.key is missing, but %s there: a key is never made anew; put the "
                     "key back, or move ledger and video aside to begin a new appliance",
                     presence->ledger && presence->volume
                         ? "ledger.db and the volume's identity are"
                     : presence->ledger ? "ledger.db is"
                                        : "the volume's identity is");
}

/* Looks at what is there and opens the key; changes nothing. */
static enum status find_key(struct identity *identity, int directory, struct presence *presence,
                            struct error *error)
{
    struct stat about;
    presence->ledger = fstatat(identity->state, LEDGER_FILE, &about, AT_SYMLINK_NOFOLLOW) == 0;
    enum status status = STATUS_OK;
    if (identity->video >= 0)
        status = look_at_volume(identity->video, presence, error);
    if (status != STATUS_OK)
        return status;
    status = directory < 0 ? STATUS_NOT_FOUND
                           : device_key_open(identity->suite, directory, &identity->key, error);
    presence->key = status == STATUS_OK;
    if (status != STATUS_NOT_FOUND)
        return status;
    return presence->ledger || presence->volume ? refuse(presence, error) : STATUS_OK;
}

/* Makes the key where all three are absent. */
static enum status make_key(struct identity *identity, int *directory, struct error *error)
{
    if (identity->key != NULL)
        return STATUS_OK;
    log_info("first start: making the device key");
    enum status status = STATUS_OK;
    if (*directory < 0)
        status = directory_make(identity->state, "key", 0700, error);
    if (status == STATUS_OK && *directory < 0)
        status = open_directory(identity->state, "key", directory, error);
    return status == STATUS_OK
               ? device_key_create(identity->suite, *directory, &identity->key, error)
               : status;
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
        status = ledger_view_row(view, 1, &row, error);
    if (status == STATUS_OK)
        status =
            identity_certificate_of_record(row.body, identity->key, &identity->certificate, error);
    ledger_view_free(view);
    return status;
}

/* One that is damaged, or for another key, makes room for the one the ledger knows. */
static enum status put_certificate_aside(struct identity *identity, int directory,
                                         const struct error *reason, struct error *error)
{
    log_warning("key/device.crt: %s; it is put aside", reason->text);
    memcpy(identity->certificate_mended, reason->text, sizeof identity->certificate_mended);
    if (renameat(directory, "device.crt", directory, "device.crt.aside") != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot put key/device.crt aside");
    return STATUS_NOT_FOUND;
}

static enum status open_certificate(struct identity *identity, int directory,
                                    const char *common_name, struct error *error)
{
    struct error reason;
    bool known = ledger_size(identity->ledger) >= FIRST_RECORDS;
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
            status = identity_certificate_store(directory, identity->certificate, error);
    }
    if (status == STATUS_OK)
        certificate_fingerprint(identity->certificate, identity->fingerprint);
    return status;
}

/* Neither nodes nor rows fit: the old ledger is put aside, an empty one takes its place. */
static enum status replace_ledger(struct identity *identity, struct error *error)
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
    return replace_ledger(identity, error);
}

static enum status open_ledger(struct identity *identity, const struct presence *presence,
                               struct error *error)
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
        return replace_ledger(identity, error);
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
    if (ledger_size(identity->ledger) > FIRST_RECORDS_MAX)
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
static enum status look_back(struct identity *identity, const struct presence *presence,
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
static enum status append_first(struct identity *identity, enum record_kind kind, json_t *members,
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
static enum status record_first(struct identity *identity, const struct presence *presence,
                                struct error *error)
{
    const char *suite = suite_name(identity->suite);
    const struct identity_lost *lost = &identity->lost;
    if (ledger_size(identity->ledger) > 0)
        return recall(identity, error);
    enum status status = look_back(identity, presence, error);
    if (status != STATUS_OK)
        return status;
    json_t *predecessor = predecessor_of(identity);
    status = append_first(identity, RECORD_LEDGER,
                          body_ledger(ledger_origin(identity->ledger), suite, predecessor), error);
    json_decref(predecessor);
    if (status == STATUS_OK)
        status = append_first(identity, RECORD_KEY,
                              body_key("ledger", suite, identity->fingerprint,
                                       certificate_der(identity->certificate)),
                              error);
    if (status == STATUS_OK && lost->found)
        status = append_first(identity, RECORD_CHECKPOINT_LOST,
                              body_checkpoint_lost(progress_slot_names[lost->slot], lost->records,
                                                   lost->checkpoint_size, &lost->checkpoint_root),
                              error);
    return status == STATUS_OK ? ledger_commit(identity->ledger, error) : status;
}

/* Damaged, or the old ledger's: what is ours all the same. */
static bool volume_is_ours(const struct presence *presence, const struct volume_identity *expected,
                           uint64_t records)
{
    bool same_key = digest_equal(&presence->found.key, &expected->key);
    bool same_origin = strcmp(presence->found.origin, expected->origin) == 0;
    if (presence->damaged || same_origin)
        return true;
    return same_key && records <= FIRST_RECORDS_MAX;
}

/* May a ledger of this origin and size go on with the volume that was found? Changes nothing. */
static enum status judge_volume(const struct identity *identity, const struct presence *presence,
                                const char *origin, uint64_t records, struct error *error)
{
    struct volume_identity expected;
    struct error differs = {.status = STATUS_OK};
    if (!presence->volume)
        return records <= FIRST_RECORDS_MAX
                   ? STATUS_OK
                   : error_set(error, STATUS_REFUSED,
                               "the video directory has no identity file: is the volume mounted? "
                               "Nothing is written to the directory underneath");
    volume_identity_of(origin, device_key_public(identity->key), &expected);
    if (volume_is_ours(presence, &expected, records) ||
        volume_check(identity->video, &expected, &differs) == STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED, "the video volume is not this appliance's: %.160s",
                     differs.text);
}

static enum status claim_volume(struct identity *identity, const struct presence *presence,
                                struct error *error)
{
    struct volume_identity expected;
    const char *origin = ledger_origin(identity->ledger);
    struct error differs = {.status = STATUS_OK};
    enum status status =
        judge_volume(identity, presence, origin, ledger_size(identity->ledger), error);
    if (status != STATUS_OK)
        return status;
    volume_identity_of(origin, device_key_public(identity->key), &expected);
    if (!presence->volume)
        return volume_identity_create(identity->video, &expected, error);
    if (volume_check(identity->video, &expected, &differs) == STATUS_OK)
        return STATUS_OK;
    if (!identity->succeeds)
        memcpy(identity->volume_mended, differs.text, sizeof identity->volume_mended);
    return volume_identity_replace(identity->video, &expected, error);
}

static enum status open_places(const struct identity_settings *settings, struct identity *identity,
                               int *key_directory, struct error *error)
{
    *identity = (struct identity){.state = -1, .video = -1};
    identity->suite = suite_named(settings->suite);
    if (identity->suite == NULL)
        return error_set(error, STATUS_REFUSED, "suite %s is not known: sm or nist",
                         settings->suite);
    if (asprintf(&identity->ledger_path, "%s/" LEDGER_FILE, settings->state) < 0) {
        identity->ledger_path = NULL;
        return error_set(error, STATUS_NO_MEMORY, "no memory for a path");
    }
    enum status status = clock_system(&identity->clock, error);
    if (status == STATUS_OK)
        status = open_directory(AT_FDCWD, settings->state, &identity->state, error);
    if (status == STATUS_OK)
        status = find_directory(AT_FDCWD, settings->video, &identity->video, error);
    if (status == STATUS_OK)
        status = find_directory(identity->state, "key", key_directory, error);
    return status;
}

/* Everything that can refuse, before anything is made or changed. */
static enum status check_places(struct identity *identity, int key_directory,
                                struct presence *presence, struct error *error)
{
    struct identity_known known = {.records = 0};
    enum status status = find_key(identity, key_directory, presence, error);
    if (status != STATUS_OK || !presence->key)
        return status;
    status = identity_check_key(identity, key_directory,
                                presence->volume && !presence->damaged ? &presence->found : NULL,
                                &known, error);
    if (status == STATUS_OK && known.records > 0)
        status = judge_volume(identity, presence, known.origin, known.records, error);
    return status;
}

enum status identity_open(const struct identity_settings *settings, struct identity *identity,
                          struct error *error)
{
    AUTO_CLOSE int key_directory = -1;
    struct presence presence = {0};
    enum status status = open_places(settings, identity, &key_directory, error);
    if (status == STATUS_OK)
        status = check_places(identity, key_directory, &presence, error);
    if (status == STATUS_OK)
        status = make_video(settings->video, identity, error);
    if (status == STATUS_OK)
        status = make_key(identity, &key_directory, error);
    if (status == STATUS_OK)
        status = open_ledger(identity, &presence, error);
    if (status == STATUS_OK)
        status = open_certificate(identity, key_directory, settings->common_name, error);
    if (status == STATUS_OK)
        status = record_first(identity, &presence, error);
    if (status == STATUS_OK)
        status = claim_volume(identity, &presence, error);
    if (status != STATUS_OK)
        identity_release(identity);
    return status;
}

enum status identity_request(const struct identity_settings *settings, struct buffer *pem,
                             struct error *error)
{
    AUTO_CLOSE int key_directory = -1;
    struct presence presence = {0};
    struct identity identity;
    enum status status = open_places(settings, &identity, &key_directory, error);
    if (status == STATUS_OK)
        status = find_key(&identity, key_directory, &presence, error);
    if (status == STATUS_OK)
        status = make_key(&identity, &key_directory, error);
    if (status == STATUS_OK)
        status = certificate_request(identity.key, settings->common_name, pem, error);
    identity_release(&identity);
    return status;
}

void identity_release(struct identity *identity)
{
    ledger_free(identity->ledger);
    certificate_free(identity->certificate);
    device_key_free(identity->key);
    file_close(&identity->state);
    file_close(&identity->video);
    free(identity->ledger_path);
    *identity = (struct identity){.state = -1, .video = -1};
}
