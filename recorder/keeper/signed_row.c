#include "keeper/signed_row.h"

#include "ledger/merkle.h"

enum status signed_row_parse(enum digest_algorithm algorithm, const struct ledger_row *row,
                             struct record_head *head, json_t **body)
{
    struct digest leaf;
    merkle_leaf(algorithm, row->head, &leaf);
    *body = NULL;
    if (!digest_equal(&leaf, &row->leaf))
        return STATUS_MISMATCH;
    enum status status = record_head_parse(row->head, head, NULL);
    if (status == STATUS_OK && row->has_body)
        status = record_body_check(algorithm, head, row->body, NULL);
    if (status == STATUS_OK && row->has_body)
        status = record_body_parse(row->body, body, NULL);
    return status;
}
