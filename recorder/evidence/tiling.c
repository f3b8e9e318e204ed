#include "evidence/tiling.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum status text_sink_format(const struct text_sink *sink, struct error *error, const char *format,
                             ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof(text)) {
        return error_set(error, STATUS_INVALID, "a line of the package is too long");
    }
    return sink->put(sink->context, (struct bytes){(const uint8_t *)text, (size_t)size}, error);
}

/* The largest node that begins where the tree ends and goes no further than `end`. */
static enum status skip_one(struct tiling *tiling, uint64_t end, struct error *error)
{
    uint64_t begin = tiling->frontier.size;
    unsigned level = 63u - (unsigned)__builtin_clzll(end - begin);
    unsigned aligned = begin == 0 ? level : (unsigned)__builtin_ctzll(begin);
    struct digest node;
    char hash[2 * DIGEST_BYTES + 1];
    level = aligned < level ? aligned : level;
    enum status status = tiling->nodes.get(tiling->nodes.context, level, begin >> level, &node);
    if (status != STATUS_OK) {
        return error_set(error, status, "node %u/%" PRIu64 " is missing", level, begin >> level);
    }
    hex_encode(hash, node.bytes, DIGEST_BYTES);
    status = merkle_frontier_add_node(tiling->algorithm, &tiling->frontier, level, &node);
    return status == STATUS_OK ? text_sink_format(&tiling->sink, error, "skip %u %s\n", level, hash)
                               : error_set(error, status, "a tree that is too large for a package");
}

enum status tiling_skip_to(struct tiling *tiling, uint64_t end, struct error *error)
{
    enum status status = STATUS_OK;
    while (tiling->frontier.size < end && status == STATUS_OK) {
        status = skip_one(tiling, end, error);
    }
    return status;
}

enum status tiling_add(struct tiling *tiling, const struct digest *leaf, struct error *error)
{
    enum status status = merkle_frontier_add_node(tiling->algorithm, &tiling->frontier, 0, leaf);
    return status == STATUS_OK ? STATUS_OK
                               : error_set(error, status, "a tree that is too large for a package");
}
