#include "keeper/export_seals.h"

#include <string.h>

#include "keeper/export_keys.h"

enum status export_seals_introduce(struct keeper *keeper, struct peer *peer, struct error *error)
{
    const struct export_keys *keys = keeper->export_keys;
    enum status status = export_keys_ready(keys, error);
    if (status != STATUS_OK)
        return status;
    const struct message_export_keys said = {.rsa = export_keys_record(keys, EXPORT_KEY_RSA),
                                             .suite = export_keys_record(keys, EXPORT_KEY_SUITE)};
    peer_send(peer, MESSAGE_EXPORT_KEYS, &said, -1);
    return STATUS_OK;
}

enum status export_seals_take(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    const struct message_export_seal *asked = &letter->payload->export_seal;
    struct message_export_sealed answer = {.reference = letter->sequence};
    uint8_t signature[EXPORT_KEY_SIGNATURE_SIZE_MAX];
    struct digest digest;
    size_t size = 0;
    _Static_assert(sizeof answer.signature > 2 * sizeof signature, "a signature must fit");
    if (asked->kind >= EXPORT_KEY_KINDS)
        return error_set(error, STATUS_INVALID, "there is no export key %u", asked->kind);
    memcpy(digest.bytes, asked->digest, sizeof digest.bytes);
    enum status status = export_keys_sign(keeper->export_keys, (enum export_key_kind)asked->kind,
                                          &digest, signature, &size, error);
    if (status != STATUS_OK)
        return status;
    hex_encode(answer.signature, signature, size);
    peer_send(peer, MESSAGE_EXPORT_SEALED, &answer, -1);
    return STATUS_OK;
}
