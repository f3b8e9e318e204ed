/*
 * Where export keys live: the seam behind export_key. Internal.
 *
 * A backend is a const table. It never hands a private key out: it signs digests, as a PKCS#11
 * token (CKM_RSA_PKCS_PSS, CKM_ECDSA or a vendor's CKM_SM2), an SDF card (SDF_InternalSign_ECC) or
 * an SKF token (SKF_ECCSignData) does.
 */
#ifndef SEALROOM_CRYPTO_EXPORT_KEY_BACKEND_H
#define SEALROOM_CRYPTO_EXPORT_KEY_BACKEND_H

#include "crypto/export_key.h"

struct export_key_backend {
    const char *name;
    /* As export_key_open and export_key_generate say. *state is the backend's own; the DER
     * SubjectPublicKeyInfo is appended to *spki. */
    enum status (*open)(enum export_key_kind kind, const struct suite *suite, int directory,
                        void **state, struct buffer *spki, struct error *error);
    enum status (*generate)(enum export_key_kind kind, const struct suite *suite,
                            const _Atomic bool *cancel, void **state, struct buffer *spki,
                            struct error *error);
    /* As export_key_store says. */
    enum status (*store)(enum export_key_kind kind, void *state, int directory,
                         struct error *error);
    /* As export_key_sign says. */
    enum status (*sign)(enum export_key_kind kind, void *state, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error);
    /* Wipes what is held; does not touch the stored key. */
    void (*close)(void *state);
};

extern const struct export_key_backend export_key_backend_file;

#endif
