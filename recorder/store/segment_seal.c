/* A segment's record, and what goes with it into the same transaction: see segment.h. */
#include <stdio.h>

#include "store/body_table.h"
#include "store/segment.h"

enum status segment_record_seal(const struct segment_record *record,
                                const struct piece_list *pieces, const struct segment_books *books,
                                uint64_t *number, struct error *error)
{
    char source[SOURCE_SIZE];
    struct segment_record sealed = *record;
    json_t *members AUTO_JSON = NULL;
    enum status status = STATUS_OK;

    piece_list_roots(pieces, &sealed.roots);
    status = piece_list_digest(pieces, &sealed.pieces_sha256);
    if (status != STATUS_OK)
        return error_set(error, status, "no memory for the pieces of %s", record->id);
    snprintf(source, sizeof(source), "camera/%s", record->camera);
    status = segment_record_members(&sealed, &members, error);
    if (status == STATUS_OK)
        status = ledger_append(books->ledger, RECORD_SEGMENT, source, members, number, error);
    if (status == STATUS_OK)
        status = piece_table_add(books->pieces, *number, pieces, error);
    return status;
}
