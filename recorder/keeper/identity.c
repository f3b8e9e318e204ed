#include "keeper/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/certificate_issue.h"

#define LEDGER_FILE "ledger.db"

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

/* A damaged identity is; a folder cannot be replaced by a file. */
static enum status can_be_written_again(int video, struct error *error)
{
    struct stat about;
    if (fstatat(video, VOLUME_IDENTITY_FILE, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISDIR(about.st_mode))
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED,
                     "the video folder's " VOLUME_IDENTITY_FILE
                     " is a folder, where the volume's identity file belongs: move it away, or put "
                     "the identity file back");
}

static enum status look_at_volume(int video, struct identity_presence *presence,
                                  struct error *error)
{
    struct error reason;
    enum status status = volume_identity_read(video, &presence->found, &reason);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    presence->volume = true;
    presence->damaged = status == STATUS_INVALID;
    if (presence->damaged)
        return can_be_written_again(video, error);
    if (status != STATUS_OK && error != NULL)
        *error = reason;
    return status;
}

static enum status refuse(const struct identity_presence *presence, struct error *error)
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
static enum status find_key(struct identity *identity, int directory,
                            struct identity_presence *presence, struct error *error)
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

/* Damaged, or the old ledger's: what is ours all the same. */
static bool volume_is_ours(const struct identity_presence *presence,
                           const struct volume_identity *expected, uint64_t records)
{
    bool same_key = digest_equal(&presence->found.key, &expected->key);
    bool same_origin = strcmp(presence->found.origin, expected->origin) == 0;
    if (presence->damaged || same_origin)
        return true;
    return same_key && records <= IDENTITY_RECORDS_MAX;
}

/* May a ledger of this origin and size go on with the volume that was found? Changes nothing. */
static enum status judge_volume(const struct identity *identity,
                                const struct identity_presence *presence, const char *origin,
                                uint64_t records, struct error *error)
{
    struct volume_identity expected;
    struct error differs = {.status = STATUS_OK};
    if (!presence->volume)
        return records <= IDENTITY_RECORDS_MAX
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

static enum status claim_volume(struct identity *identity, const struct identity_presence *presence,
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
    *identity = (struct identity){.state = -1, .video = -1, .video_path = settings->video};
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
                                struct identity_presence *presence, struct error *error)
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
    struct identity_presence presence = {0};
    enum status status = open_places(settings, identity, &key_directory, error);
    if (status == STATUS_OK)
        status = check_places(identity, key_directory, &presence, error);
    if (status == STATUS_OK)
        status = make_video(settings->video, identity, error);
    if (status == STATUS_OK)
        status = make_key(identity, &key_directory, error);
    if (status == STATUS_OK)
        status = identity_ledger_open(identity, &presence, error);
    if (status == STATUS_OK)
        status = identity_certificate_open(identity, key_directory, settings->common_name, error);
    if (status == STATUS_OK)
        status = identity_ledger_begin(identity, &presence, error);
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
    struct identity_presence presence = {0};
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
