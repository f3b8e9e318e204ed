/*
 * Where a device key lives: the seam behind device_key. Internal.
 *
 * A backend is a const table. It never hands a private key out: it signs. The signature is asked
 * for over a whole message, so that a PKCS#11 token (CKM_ECDSA_SHA256, a vendor's CKM_SM2_SM3),
 * an SDF card (SDF_InternalSign_ECC) or an SKF token (SKF_ECCSignData) can each do its part of
 * the digest where it must; for SM2 the distinguishing id is always that of GM/T 0009.
 */
#ifndef SEALROOM_CRYPTO_KEY_BACKEND_H
#define SEALROOM_CRYPTO_KEY_BACKEND_H

#include "crypto/key.h"

struct key_backend {
    const char *name;
    /* Opens the key that is there, or makes one that outlives this process. `directory` is the
     * key's directory (the file backend's place; a token's label and module stand in a file in
     * it). *state is the backend's own, *public_key the caller's to free. Errors as device_key_open
     * and device_key_create say. */
    enum status (*open)(const struct suite *suite, int directory, void **state,
                        struct public_key **public_key, struct error *error);
    enum status (*create)(const struct suite *suite, int directory, void **state,
                          struct public_key **public_key, struct error *error);
    /* A DER signature of at most SIGNATURE_SIZE_MAX bytes. */
    enum status (*sign)(void *state, struct bytes message, uint8_t *signature, size_t *size,
                        struct error *error);
    /* Wipes what is held; does not touch the stored key. */
    void (*close)(void *state);
};

extern const struct key_backend key_backend_file;

/* device_key_open and device_key_create with a backend of the caller's. */
MUST_CHECK enum status device_key_open_from(const struct key_backend *backend,
                                            const struct suite *suite, int directory,
                                            struct device_key **key, struct error *error);
MUST_CHECK enum status device_key_create_in(const struct key_backend *backend,
                                            const struct suite *suite, int directory,
                                            struct device_key **key, struct error *error);

#endif
