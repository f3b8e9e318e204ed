#include "evidence/record_file_writer.h"

#include <inttypes.h>

static enum status put_line(const struct text_sink *sink, struct bytes line, struct error *error)
{
    enum status status = sink->put(sink->context, line, error);
    return status == STATUS_OK ? sink->put(sink->context, bytes_of_text("\n"), error) : status;
}

enum status record_file_begin(struct record_file_writer *writer, struct error *error)
{
    merkle_frontier_init(&writer->tiling.frontier);
    return text_sink_format(&writer->tiling.sink, error,
                            RECORD_FILE_FIRST_LINE "\nsize %" PRIu64 "\n", writer->size);
}

static enum status skip_to(struct record_file_writer *writer, uint64_t number, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < writer->mark_count && status == STATUS_OK; i++) {
        if (writer->marks[i] < number) {
            status = tiling_skip_to(&writer->tiling, writer->marks[i], error);
        }
    }
    return status == STATUS_OK ? tiling_skip_to(&writer->tiling, number, error) : status;
}

enum status record_file_add(struct record_file_writer *writer, enum shown_as as, uint64_t number,
                            const struct digest *leaf, struct bytes head, struct bytes body,
                            struct error *error)
{
    static const char *const words[] = {
        [SHOWN_RUN] = "run", [SHOWN_HEAD] = "head", [SHOWN_BESIDE] = "beside"};
    const struct text_sink *sink = &writer->tiling.sink;
    char hash[2 * DIGEST_BYTES + 1];
    if (number < writer->tiling.frontier.size || number >= writer->size) {
        return error_set(error, STATUS_INVALID, "record %" PRIu64 " has no place in the package",
                         number);
    }
    hex_encode(hash, leaf->bytes, DIGEST_BYTES);
    enum status status = skip_to(writer, number, error);
    if (status == STATUS_OK) {
        status = tiling_add(&writer->tiling, leaf, error);
    }
    if (status == STATUS_OK) {
        status = text_sink_format(sink, error, "%s %" PRIu64 " %s\n", words[as], number, hash);
    }
    if (status == STATUS_OK) {
        status = put_line(sink, head, error);
    }
    return status == STATUS_OK && as != SHOWN_HEAD ? put_line(sink, body, error) : status;
}

enum status record_file_end(struct record_file_writer *writer, const struct digest *root,
                            struct error *error)
{
    struct digest made;
    enum status status = skip_to(writer, writer->size, error);
    if (status != STATUS_OK) {
        return status;
    }
    merkle_frontier_root(writer->tiling.algorithm, &writer->tiling.frontier, &made);
    return digest_equal(&made, root)
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "the ledger's tree does not give its checkpoint's root: verify it");
}
