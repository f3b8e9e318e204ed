/*
 * Is key/device.key this appliance's? Asked of everything that knows, before anything is touched:
 * a key of another appliance that was put here by mistake must not cost it its ledger.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keeper/identity.h"
#include "store/progress.h"

struct witness {
    const struct identity *identity;
    bool has_checkpoint;
    bool vouches;
    struct identity_known *known;
};

static void hear(struct witness *witness, struct bytes note)
{
    const struct identity *identity = witness->identity;
    struct checkpoint checkpoint;
    if (note.size == 0)
        return;
    enum status status = checkpoint_verify(identity->suite, device_key_public(identity->key), note,
                                           &checkpoint, NULL);
    /* one that cannot be read at all says nothing of any key */
    if (status == STATUS_OK || status == STATUS_NOT_FOUND)
        witness->has_checkpoint = true;
    witness->vouches = witness->vouches || status == STATUS_OK;
    if (status == STATUS_OK && checkpoint.size >= witness->known->records) {
        witness->known->records = checkpoint.size;
        memcpy(witness->known->origin, checkpoint.origin, sizeof witness->known->origin);
    }
}

static enum status hear_stored(void *context, uint64_t size, struct bytes note)
{
    (void)size;
    hear(context, note);
    return STATUS_OK;
}

/* Reads only; a ledger that cannot be read says nothing. */
static void ask_ledger(struct witness *witness)
{
    struct ledger_view *view = NULL;
    struct bytes newest;
    struct error reason = {.status = STATUS_OK};
    if (ledger_view_open(witness->identity->ledger_path, &view, NULL) != STATUS_OK)
        return;
    if (ledger_view_begin(view, NULL) == STATUS_OK) {
        if (ledger_view_newest(view, &newest, NULL) == STATUS_OK)
            hear(witness, newest);
        if (!witness->vouches &&
            ledger_view_checkpoints(view, hear_stored, witness, &reason) != STATUS_OK)
            log_warning("looking for checkpoints: %s", reason.text);
    }
    ledger_view_free(view);
}

enum status identity_check_key(const struct identity *identity, int key_directory,
                               const struct volume_identity *volume, struct identity_known *known,
                               struct error *error)
{
    struct witness witness = {.identity = identity, .known = known};
    struct certificate *certificate = NULL;
    struct volume_identity own;
    ask_ledger(&witness);
    if (witness.vouches)
        return STATUS_OK;
    volume_identity_of("", device_key_public(identity->key), &own);
    if (volume != NULL && !digest_equal(&volume->key, &own.key))
        return error_set(error, STATUS_REFUSED,
                         "key/device.key is another appliance's: the video volume's identity names "
                         "another key%s; nothing was touched, put the right key back",
                         witness.has_checkpoint ? ", and so does the ledger" : "");
    enum status status =
        identity_certificate_read(key_directory, identity->key, &certificate, error);
    certificate_free(certificate);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    if (witness.has_checkpoint && volume == NULL)
        return error_set(error, STATUS_REFUSED,
                         "key/device.key is another appliance's: no checkpoint in the ledger is by "
                         "it; nothing was touched, put the right key back");
    return STATUS_OK;
}

enum status identity_check_notes(const struct identity *identity, const char *origin,
                                 uint64_t records, struct identity_lost *lost, struct error *error)
{
    struct progress_found *found = calloc(1, sizeof *found);
    *lost = (struct identity_lost){.found = false};
    if (found == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the progress notes");
    enum status status = progress_read(identity->state, identity->suite,
                                       device_key_public(identity->key), origin, found, error);
    if (status == STATUS_OK && found->newest >= 0 && found->note.checkpoint_size > records)
        *lost = (struct identity_lost){.found = true,
                                       .slot = found->newest,
                                       .records = records,
                                       .checkpoint_size = found->note.checkpoint_size,
                                       .checkpoint_root = found->note.checkpoint_root};
    free(found);
    return status;
}
