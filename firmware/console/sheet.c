#include "firmware/console/sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/certificate.h"
#include "ledger/merkle.h"

#define SHEET_SIZE_MAX ((size_t)16 * 1024 * 1024)

struct sheet_judge {
    const struct suite *suite;
    struct public_key *key;
    char origin[ORIGIN_SIZE]; /* of the first one judged; "" before */
    uint64_t size;            /* the largest checkpoint seen */
};

enum status sheet_judge_new(struct bytes certificate, struct sheet_judge **result,
                            struct error *error)
{
    struct certificate *device = NULL;
    struct sheet_judge *judge = calloc(1, sizeof *judge);
    if (judge == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the judge of records");
    enum status status = certificate_parse(certificate, &device, error);
    if (status == STATUS_OK) {
        judge->suite = certificate_suite(device);
        status = judge->suite == NULL
                     ? error_set(error, STATUS_INVALID, "the device's certificate has another key")
                     : certificate_public_key(device, &judge->key, error);
    }
    certificate_free(device);
    if (status != STATUS_OK) {
        sheet_judge_free(judge);
        return status;
    }
    *result = judge;
    return STATUS_OK;
}

void sheet_judge_free(struct sheet_judge *judge)
{
    if (judge == NULL)
        return;
    public_key_free(judge->key);
    free(judge);
}

void sheet_release(struct sheet *sheet)
{
    buffer_release(&sheet->content);
    *sheet = (struct sheet){0};
}

static enum status read_content(int descriptor, size_t size, struct buffer *content,
                                struct error *error)
{
    uint8_t block[16384];
    if (size > SHEET_SIZE_MAX)
        return error_set(error, STATUS_INVALID, "the record's sheet is too large");
    while (content->size < size) {
        size_t wanted = size - content->size < sizeof block ? size - content->size : sizeof block;
        ssize_t got = TEMP_FAILURE_RETRY(pread(descriptor, block, wanted, (off_t)content->size));
        if (got <= 0)
            return error_set(error, STATUS_INVALID, "the record's sheet is cut short");
        enum status status = buffer_append(content, block, (size_t)got);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status judge_note(struct sheet_judge *judge, struct bytes note, struct sheet *sheet,
                              struct error *error)
{
    enum status status =
        checkpoint_verify(judge->suite, judge->key, note, &sheet->checkpoint, error);
    if (status != STATUS_OK)
        return error_set(error, STATUS_MISMATCH, "the checkpoint is not signed by this recorder");
    if (judge->origin[0] == '\0')
        memcpy(judge->origin, sheet->checkpoint.origin, sizeof judge->origin);
    if (strcmp(judge->origin, sheet->checkpoint.origin) != 0)
        return error_set(error, STATUS_MISMATCH, "the checkpoint is another ledger's");
    if (sheet->checkpoint.size < judge->size)
        return error_set(error, STATUS_MISMATCH, "the checkpoint is older than one seen before");
    judge->size = sheet->checkpoint.size;
    return STATUS_OK;
}

static enum status judge_place(const struct sheet_judge *judge, uint64_t record, struct bytes nodes,
                               const struct sheet *sheet, struct error *error)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(judge->suite);
    struct merkle_path path = {.length = (unsigned)(nodes.size / DIGEST_BYTES)};
    struct digest leaf;
    if (nodes.size % DIGEST_BYTES != 0 || nodes.size > sizeof path.nodes)
        return error_set(error, STATUS_INVALID, "the record's sheet is malformed");
    if (nodes.size > 0)
        memcpy(path.nodes, nodes.data, nodes.size);
    merkle_leaf(algorithm, sheet->head_line, &leaf);
    return record < sheet->checkpoint.size &&
                   merkle_verify_inclusion(algorithm, &leaf, record, sheet->checkpoint.size, &path,
                                           &sheet->checkpoint.root) == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH, "the record is not the one that was sealed");
}

static enum status judge_body(const struct sheet_judge *judge, struct sheet *sheet,
                              struct error *error)
{
    enum status status = record_head_parse_any(sheet->head_line, &sheet->head, error);
    if (status != STATUS_OK || sheet->body_line.size == 0)
        return status;
    status = record_body_check(suite_digest_algorithm(judge->suite), &sheet->head, sheet->body_line,
                               error);
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH, "what the record says is not what was sealed");
}

enum status sheet_judge(struct sheet_judge *judge, const struct message_sheet *said, int descriptor,
                        struct sheet *sheet, struct error *error)
{
    size_t size = (size_t)said->head_size + said->body_size + said->path_size + said->note_size +
                  said->pieces_size;
    *sheet = (struct sheet){0};
    enum status status = read_content(descriptor, size, &sheet->content, error);
    if (status != STATUS_OK)
        return status;
    struct reader reader = reader_of(buffer_bytes(&sheet->content));
    sheet->head_line = read_bytes(&reader, said->head_size);
    sheet->body_line = read_bytes(&reader, said->body_size);
    struct bytes nodes = read_bytes(&reader, said->path_size);
    struct bytes note = read_bytes(&reader, said->note_size);
    sheet->pieces = read_bytes(&reader, said->pieces_size);
    status = judge_note(judge, note, sheet, error);
    if (status == STATUS_OK)
        status = judge_place(judge, said->record, nodes, sheet, error);
    return status == STATUS_OK ? judge_body(judge, sheet, error) : status;
}
