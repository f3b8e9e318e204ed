#include "crypto/export_key.h"

#include <stdlib.h>

#include "crypto/export_key_backend.h"

struct export_key {
    enum export_key_kind kind;
    const struct export_key_backend *backend;
    void *state;
    struct buffer spki;
};

/* Without a state yet. */
static enum status begin(enum export_key_kind kind, struct export_key **key, struct error *error)
{
    struct export_key *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for an export key");
    }
    made->kind = kind;
    made->backend = &export_key_backend_file;
    *key = made;
    return STATUS_OK;
}

/* Hands the key on, or frees it if its backend has none. */
static enum status end(enum status status, struct export_key *made, struct export_key **key)
{
    if (status != STATUS_OK) {
        export_key_free(made);
        return status;
    }
    *key = made;
    return STATUS_OK;
}

enum status export_key_open(enum export_key_kind kind, const struct suite *suite, int directory,
                            struct export_key **key, struct error *error)
{
    struct export_key *made = NULL;
    enum status status = begin(kind, &made, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = made->backend->open(kind, suite, directory, &made->state, &made->spki, error);
    return end(status, made, key);
}

enum status export_key_generate(enum export_key_kind kind, const struct suite *suite,
                                const _Atomic bool *cancel, struct export_key **key,
                                struct error *error)
{
    struct export_key *made = NULL;
    enum status status = begin(kind, &made, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = made->backend->generate(kind, suite, cancel, &made->state, &made->spki, error);
    return end(status, made, key);
}

enum status export_key_store(const struct export_key *key, int directory, struct error *error)
{
    return key->backend->store(key->kind, key->state, directory, error);
}

void export_key_free(struct export_key *key)
{
    if (key == NULL) {
        return;
    }
    if (key->state != NULL) {
        key->backend->close(key->state);
    }
    buffer_release(&key->spki);
    free(key);
}

struct bytes export_key_spki(const struct export_key *key)
{
    return buffer_bytes(&key->spki);
}

enum status export_key_sign(const struct export_key *key, const struct digest *digest,
                            uint8_t *signature, size_t *size, struct error *error)
{
    return key->backend->sign(key->kind, key->state, digest, signature, size, error);
}
