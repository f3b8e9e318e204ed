#include "evidence/record_file_writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static enum status put_text(const struct text_sink *sink, struct error *error, const char *format,
                            ...) __attribute__((format(printf, 3, 4)));

static enum status put_text(const struct text_sink *sink, struct error *error, const char *format,
                            ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof(text)) {
        return error_set(error, STATUS_INVALID, "a line of the package is too long");
    }
    return sink->put(sink->context, (struct bytes){(const uint8_t *)text, (size_t)size}, error);
}

static enum status put_line(const struct text_sink *sink, struct bytes line, struct error *error)
{
    enum status status = sink->put(sink->context, line, error);
    return status == STATUS_OK ? sink->put(sink->context, bytes_of_text("\n"), error) : status;
}

enum status record_file_begin(struct record_file_writer *writer, struct error *error)
{
    merkle_frontier_init(&writer->frontier);
    return put_text(&writer->sink, error, RECORD_FILE_FIRST_LINE "\nsize %" PRIu64 "\n",
                    writer->size);
}

/* The largest node that begins where the frontier ends and goes no further than `end`. */
static enum status skip_one(struct record_file_writer *writer, uint64_t end, struct error *error)
{
    uint64_t begin = writer->frontier.size;
    unsigned level = 63u - (unsigned)__builtin_clzll(end - begin);
    unsigned aligned = begin == 0 ? level : (unsigned)__builtin_ctzll(begin);
    struct digest node;
    char hash[2 * DIGEST_BYTES + 1];
    level = aligned < level ? aligned : level;
    enum status status = writer->nodes.get(writer->nodes.context, level, begin >> level, &node);
    if (status != STATUS_OK) {
        return error_set(error, status, "node %u/%" PRIu64 " is missing", level, begin >> level);
    }
    hex_encode(hash, node.bytes, DIGEST_BYTES);
    status = merkle_frontier_add_node(writer->algorithm, &writer->frontier, level, &node);
    return status == STATUS_OK ? put_text(&writer->sink, error, "skip %u %s\n", level, hash)
                               : error_set(error, status, "a package of too many records");
}

static enum status skip_to(struct record_file_writer *writer, uint64_t number, struct error *error)
{
    enum status status = STATUS_OK;
    while (writer->frontier.size < number && status == STATUS_OK) {
        uint64_t end = number;
        for (size_t i = 0; i < writer->mark_count; i++) {
            uint64_t mark = writer->marks[i];
            end = mark > writer->frontier.size && mark < end ? mark : end;
        }
        status = skip_one(writer, end, error);
    }
    return status;
}

enum status record_file_add(struct record_file_writer *writer, enum shown_as as, uint64_t number,
                            const struct digest *leaf, struct bytes head, struct bytes body,
                            struct error *error)
{
    static const char *const words[] = {
        [SHOWN_RUN] = "run", [SHOWN_HEAD] = "head", [SHOWN_BESIDE] = "beside"};
    char hash[2 * DIGEST_BYTES + 1];
    if (number < writer->frontier.size || number >= writer->size) {
        return error_set(error, STATUS_INVALID, "record %" PRIu64 " has no place in the package",
                         number);
    }
    hex_encode(hash, leaf->bytes, DIGEST_BYTES);
    enum status status = skip_to(writer, number, error);
    if (status == STATUS_OK) {
        status = merkle_frontier_add_node(writer->algorithm, &writer->frontier, 0, leaf);
    }
    if (status == STATUS_OK) {
        status = put_text(&writer->sink, error, "%s %" PRIu64 " %s\n", words[as], number, hash);
    }
    if (status == STATUS_OK) {
        status = put_line(&writer->sink, head, error);
    }
    return status == STATUS_OK && as != SHOWN_HEAD ? put_line(&writer->sink, body, error) : status;
}

enum status record_file_end(struct record_file_writer *writer, const struct digest *root,
                            struct error *error)
{
    struct digest made;
    enum status status = skip_to(writer, writer->size, error);
    if (status != STATUS_OK) {
        return status;
    }
    merkle_frontier_root(writer->algorithm, &writer->frontier, &made);
    return digest_equal(&made, root)
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "the ledger's tree does not give its checkpoint's root: verify it");
}
