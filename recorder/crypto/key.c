#include "crypto/key.h"

#include <stdlib.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "crypto/key_backend.h"

struct device_key {
    const struct suite *suite;
    const struct key_backend *backend;
    void *state;
    struct public_key *public_key;
};

typedef enum status key_obtain(const struct suite *suite, int directory, void **state,
                               struct public_key **public_key, struct error *error);

static enum status device_key_make(const struct key_backend *backend, key_obtain *obtain,
                                   const struct suite *suite, int directory,
                                   struct device_key **key, struct error *error)
{
    /* No core dump and no ptrace by others, before the first secret byte is in memory. */
    if (prctl(PR_SET_DUMPABLE, 0) != 0) {
        log_warning("this process could still leave a core dump: prctl(PR_SET_DUMPABLE) failed");
    }

    struct device_key *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the device key");
    }
    made->suite = suite;
    made->backend = backend;
    enum status status = obtain(suite, directory, &made->state, &made->public_key, error);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *key = made;
    return STATUS_OK;
}

enum status device_key_open_from(const struct key_backend *backend, const struct suite *suite,
                                 int directory, struct device_key **key, struct error *error)
{
    return device_key_make(backend, backend->open, suite, directory, key, error);
}

enum status device_key_create_in(const struct key_backend *backend, const struct suite *suite,
                                 int directory, struct device_key **key, struct error *error)
{
    return device_key_make(backend, backend->create, suite, directory, key, error);
}

enum status device_key_open(const struct suite *suite, int directory, struct device_key **key,
                            struct error *error)
{
    return device_key_open_from(&key_backend_file, suite, directory, key, error);
}

enum status device_key_create(const struct suite *suite, int directory, struct device_key **key,
                              struct error *error)
{
    return device_key_create_in(&key_backend_file, suite, directory, key, error);
}

void device_key_free(struct device_key *key)
{
    if (key == NULL) {
        return;
    }
    key->backend->close(key->state);
    public_key_free(key->public_key);
    free(key);
}

const struct suite *device_key_suite(const struct device_key *key)
{
    return key->suite;
}

const struct public_key *device_key_public(const struct device_key *key)
{
    return key->public_key;
}

enum status device_key_sign(struct device_key *key, struct bytes message, uint8_t *signature,
                            size_t *size, struct error *error)
{
    return key->backend->sign(key->state, message, signature, size, error);
}
