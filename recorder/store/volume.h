/*
 * The volume that holds the video: whether it is the right one, how much room it has, and
 * whether it is encrypted. `volume` is always the descriptor of the open video folder, borrowed.
 *
 * The identity file catches a volume that is not mounted, or another's, before anything is
 * written to the folder underneath. volume.c gives it byte for byte.
 */
#ifndef SEALROOM_STORE_VOLUME_H
#define SEALROOM_STORE_VOLUME_H

#include "ledger/checkpoint.h"

#define VOLUME_IDENTITY_FILE "volume"

struct volume_identity {
    char origin[ORIGIN_SIZE];
    struct digest key; /* SHA-256 of the device key's SubjectPublicKeyInfo */
};

void volume_identity_of(const char *origin, const struct public_key *key,
                        struct volume_identity *identity);
/* STATUS_NOT_FOUND if there is no identity file, STATUS_INVALID if it is malformed. */
MUST_CHECK enum status volume_identity_read(int volume, struct volume_identity *identity,
                                            struct error *error);
/* STATUS_EXISTS if there is one. */
MUST_CHECK enum status volume_identity_create(int volume, const struct volume_identity *identity,
                                              struct error *error);
/* A new ledger has taken the old one's place: replaces the file. */
MUST_CHECK enum status volume_identity_replace(int volume, const struct volume_identity *identity,
                                               struct error *error);
/* STATUS_OK, STATUS_NOT_FOUND, STATUS_INVALID, or STATUS_MISMATCH saying what differs. */
MUST_CHECK enum status volume_check(int volume, const struct volume_identity *expected,
                                    struct error *error);

/* Does `path` lead to this folder, and not to what was mounted over it or lies below? */
bool volume_is_at(int volume, const char *path);

struct volume_space {
    uint64_t total_bytes;
    uint64_t free_bytes; /* what an ordinary user may still write */
};
MUST_CHECK enum status volume_space(int volume, struct volume_space *space, struct error *error);

enum volume_encryption { VOLUME_PLAIN = 0, VOLUME_ENCRYPTED = 1, VOLUME_ENCRYPTION_UNKNOWN = 2 };
/* Does it lie on dm-crypt, directly or below other device-mapper layers? From sysfs. */
enum volume_encryption volume_encryption(int volume);

#endif
