#include "keeper/export_manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/sealed.h"
#include "ledger/note.h"
#include "ledger/sql.h"

enum status export_manifest_checkpoint(const struct keeper *keeper, uint64_t size, uint64_t request,
                                       struct checkpoint *checkpoint, struct error *error)
{
    const struct identity *identity = &keeper->identity;
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    enum status status = sql_prepare(ledger_database(identity->ledger),
                                     "SELECT note FROM checkpoint WHERE size = ?1", &select, error);
    if (status != STATUS_OK)
        return status;
    (void)sqlite3_bind_int64(select, 1, (sqlite3_int64)size);
    status = sql_step_row(select, error);
    if (status == STATUS_OK)
        status = checkpoint_verify(identity->suite, device_key_public(identity->key),
                                   sql_column_bytes(select, 0), checkpoint, error);
    bool fits = status == STATUS_OK && checkpoint->size == size && size > request &&
                strcmp(checkpoint->origin, ledger_origin(identity->ledger)) == 0;
    return fits ? STATUS_OK
                : error_set(error, STATUS_MISMATCH,
                            "a package over %" PRIu64 " records is not one of this ledger", size);
}

/* Nobody can change it any more, and reading it waits for no disk. */
static enum status read_text(int file, uint32_t size, struct buffer *text, struct error *error)
{
    size_t got = 0;
    if (size == 0 || size > MANIFEST_SIZE_MAX)
        return error_set(error, STATUS_INVALID, "that is no manifest's text");
    uint8_t *data = malloc(size);
    if (data == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a manifest");
    enum status status = sealed_read(file, data, size, &got) == STATUS_OK && got == size
                             ? buffer_append(text, data, size)
                             : error_set(error, STATUS_INVALID, "that is no manifest's text");
    free(data);
    return status;
}

/* Is the page that is installed in it, and no other? */
static bool has_the_page(const struct export_terms *terms, const struct manifest *manifest)
{
    const struct manifest_member *page = NULL;
    for (uint32_t i = 0; i < manifest->count; i++) {
        if (strcmp(manifest->members[i].name, EXPORT_PAGE_NAME) == 0)
            page = &manifest->members[i];
    }
    return terms->has_page ? page != NULL && digest_equal(&page->digest, &terms->page)
                           : page == NULL;
}

static enum status check(const struct export_terms *terms, struct bytes text, struct error *error)
{
    struct manifest manifest = {0};
    enum status status = manifest_read(text, &manifest, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(manifest.checkpoint.origin, terms->checkpoint.origin) != 0)
        status = error_set(error, STATUS_MISMATCH, "the manifest is another ledger's");
    else if (manifest.checkpoint.size != terms->checkpoint.size ||
             !digest_equal(&manifest.checkpoint.root, &terms->checkpoint.root))
        status = error_set(error, STATUS_MISMATCH, "the manifest's checkpoint is not the ledger's");
    else if (manifest.request != terms->request)
        status = error_set(error, STATUS_MISMATCH, "the manifest names another request");
    else if (!has_the_page(terms, &manifest))
        status = error_set(error, STATUS_MISMATCH,
                           "the manifest's verify.html is not the one that is installed");
    manifest_release(&manifest);
    return status;
}

enum status export_manifest_sign(struct keeper *keeper, const struct export_terms *terms, int file,
                                 uint32_t size, struct buffer *note, size_t *text_size,
                                 struct digest *digest, struct error *error)
{
    const struct identity *identity = &keeper->identity;
    buffer_clear(note);
    enum status status = read_text(file, size, note, error);
    if (status == STATUS_OK)
        status = check(terms, buffer_bytes(note), error);
    if (status != STATUS_OK)
        return status;
    *text_size = note->size;
    digest_of(suite_digest_algorithm(identity->suite), buffer_bytes(note), digest);
    return note_sign(identity->key, ledger_origin(identity->ledger), note, error);
}
