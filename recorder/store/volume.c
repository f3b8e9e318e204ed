/*
 * The identity file, VOLUME_IDENTITY_FILE in the video folder, mode 0644: exactly three lines of
 * UTF-8, each ended by '\n', nothing after them.
 *
 *   sealroom volume 1
 *   origin <the ledger's origin>
 *   key <SHA-256 of the device key's DER SubjectPublicKeyInfo, 64 lower-case hexadecimal digits>
 *
 * It is not secret and not signed: it guards against a mistake (a volume that is not mounted, or
 * another's), not against somebody who can write here.
 */
#include "store/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "base/file.h"

#define IDENTITY_SIZE_MAX 512
#define FIRST_LINE        "sealroom volume 1\n"

void volume_identity_of(const char *origin, const struct public_key *key,
                        struct volume_identity *identity)
{
    memset(identity, 0, sizeof(*identity));
    snprintf(identity->origin, sizeof(identity->origin), "%s", origin);
    digest_of(DIGEST_SHA256, public_key_spki(key), &identity->key);
}

static enum status format(const struct volume_identity *identity, struct buffer *text)
{
    char key[2 * DIGEST_BYTES + 1];

    hex_encode(key, identity->key.bytes, sizeof(identity->key.bytes));
    return buffer_append_format(text, FIRST_LINE "origin %s\nkey %s\n", identity->origin, key);
}

/* The rest of a line that begins with `prefix`, NUL put in place of its '\n'; moves *at past it. */
static char *take_line(char **at, const char *prefix)
{
    size_t length = strlen(prefix);
    char *end = strchr(*at, '\n');
    char *rest = *at + length;

    if (!end || strncmp(*at, prefix, length) != 0)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return rest;
}

static enum status parse(char *text, struct volume_identity *identity)
{
    char *at = text;
    const char *first = take_line(&at, "sealroom volume 1");
    const char *origin = first ? take_line(&at, "origin ") : NULL;
    const char *key = origin ? take_line(&at, "key ") : NULL;

    memset(identity, 0, sizeof(*identity));
    if (!key || *first || *at || !*origin || strlen(origin) >= sizeof(identity->origin) ||
        !utf8_is_clean(bytes_of_text(origin), false))
        return STATUS_INVALID;
    memcpy(identity->origin, origin, strlen(origin));
    return hex_decode(identity->key.bytes, sizeof(identity->key.bytes), key);
}

enum status volume_identity_read(int volume, struct volume_identity *identity, struct error *error)
{
    struct buffer text __attribute__((cleanup(buffer_release))) = {0};
    enum status status = file_read(volume, VOLUME_IDENTITY_FILE, IDENTITY_SIZE_MAX, &text, error);

    if (status != STATUS_OK)
        return status;
    if (memchr(text.data ? (const void *)text.data : "", '\0', text.size))
        return error_set(error, STATUS_INVALID, "the volume's identity file is damaged");
    status = buffer_append(&text, "", 1);
    if (status != STATUS_OK)
        return error_set(error, status, "no memory for the volume's identity");
    if (parse((char *)text.data, identity) != STATUS_OK)
        return error_set(error, STATUS_INVALID, "the volume's identity file is damaged");
    return STATUS_OK;
}

enum status volume_identity_create(int volume, const struct volume_identity *identity,
                                   struct error *error)
{
    struct buffer text __attribute__((cleanup(buffer_release))) = {0};

    if (format(identity, &text) != STATUS_OK)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the volume's identity");
    return file_create(volume, VOLUME_IDENTITY_FILE, buffer_bytes(&text), 0644, error);
}

enum status volume_identity_replace(int volume, const struct volume_identity *identity,
                                    struct error *error)
{
    struct buffer text __attribute__((cleanup(buffer_release))) = {0};

    if (format(identity, &text) != STATUS_OK)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the volume's identity");
    return file_replace(volume, VOLUME_IDENTITY_FILE, buffer_bytes(&text), 0644, error);
}

enum status volume_check(int volume, const struct volume_identity *expected, struct error *error)
{
    struct volume_identity found;
    enum status status = volume_identity_read(volume, &found, error);

    if (status == STATUS_NOT_FOUND)
        return error_set(error, status,
                         "the video folder has no identity file: is its volume mounted?");
    if (status != STATUS_OK)
        return status;
    if (strcmp(found.origin, expected->origin) != 0)
        return error_set(error, STATUS_MISMATCH, "the volume belongs to the ledger %s, not %s",
                         found.origin, expected->origin);
    if (!digest_equal(&found.key, &expected->key))
        return error_set(error, STATUS_MISMATCH, "the volume belongs to another device key");
    return STATUS_OK;
}

bool volume_is_at(int volume, const char *path)
{
    struct stat open;
    struct stat named;

    return fstat(volume, &open) == 0 && stat(path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

enum status volume_space(int volume, struct volume_space *space, struct error *error)
{
    struct statvfs figures;

    if (fstatvfs(volume, &figures) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot read the volume's space");
    space->total_bytes = (uint64_t)figures.f_blocks * figures.f_frsize;
    space->free_bytes = (uint64_t)figures.f_bavail * figures.f_frsize;
    return STATUS_OK;
}

/* Device-mapper layers stack; deeper than this nobody builds. */
#define LAYERS_MAX 8

/* `device` is the descriptor of a block device's folder in sysfs. */
static enum volume_encryption encryption_of(int device, unsigned depth)
{
    struct buffer uuid __attribute__((cleanup(buffer_release))) = {0};
    int slaves = -1;
    DIR *entries = NULL;
    enum volume_encryption result = VOLUME_PLAIN;

    if (file_read(device, "dm/uuid", 4096, &uuid, NULL) == STATUS_OK && uuid.size >= 6 &&
        memcmp(uuid.data, "CRYPT-", 6) == 0)
        return VOLUME_ENCRYPTED;
    if (depth >= LAYERS_MAX)
        return VOLUME_ENCRYPTION_UNKNOWN;
    slaves = openat(device, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    entries = slaves >= 0 ? fdopendir(slaves) : NULL;
    if (!entries) {
        file_close(&slaves);
        return VOLUME_PLAIN;
    }
    /* Encrypted only if every device underneath is. */
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        AUTO_CLOSE int below = -1;
        enum volume_encryption one = VOLUME_ENCRYPTION_UNKNOWN;

        if (entry->d_name[0] == '.')
            continue;
        below = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (below >= 0)
            one = encryption_of(below, depth + 1);
        result = one;
        if (one != VOLUME_ENCRYPTED)
            break;
    }
    closedir(entries);
    return result;
}

enum volume_encryption volume_encryption(int volume)
{
    char path[64];
    struct stat status;
    AUTO_CLOSE int device = -1;

    if (fstat(volume, &status) != 0)
        return VOLUME_ENCRYPTION_UNKNOWN;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(status.st_dev),
             minor(status.st_dev));
    device = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Not a block device of its own: overlayfs, btrfs, a network file system. */
    if (device < 0)
        return VOLUME_ENCRYPTION_UNKNOWN;
    return encryption_of(device, 0);
}
