/*
 * Clips as they are written, and the lines of proof/clips.txt that go with them.
 */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "evidence/package_writer_parts.h"
#include "store/piece_table.h"

static enum status put_scratch(void *context, struct bytes bytes, struct error *error)
{
    struct package_writer *writer = context;
    enum status status = file_write_all(writer->plan->scratch, bytes, error);
    writer->scratch_size += status == STATUS_OK ? bytes.size : 0;
    return status;
}

struct text_sink package_clip_sink(struct package_writer *writer)
{
    return (struct text_sink){put_scratch, writer};
}

void package_clip_release(struct package_writer *writer)
{
    piece_list_free(writer->clip.pieces);
    writer->clip.pieces = NULL;
}

static uint32_t clip_size(const struct package_writer *writer)
{
    return zip_writer_at(writer->zip, zip_writer_count(writer->zip) - 1)->size;
}

static enum status not_open(struct error *error)
{
    return error_set(error, STATUS_INVALID, "no clip of the package is open");
}

enum status package_clip_begin(struct package_writer *writer, const char *name, struct error *error)
{
    struct text_sink sink = package_clip_sink(writer);
    if (!manifest_is_clip(name) || writer->file_is_open) {
        return error_set(error, STATUS_INVALID, "%.96s cannot be a clip here", name);
    }
    enum status status = zip_writer_begin(writer->zip, name, error);
    writer->clip = (struct clip_state){.is_open = status == STATUS_OK};
    return status == STATUS_OK ? text_sink_format(&sink, error, "clip %s\n", name) : status;
}

enum status package_clip_own(struct package_writer *writer, struct bytes bytes, struct error *error)
{
    struct text_sink sink = package_clip_sink(writer);
    struct digest digest;
    char hash[2 * DIGEST_BYTES + 1];
    if (!writer->clip.is_open) {
        return not_open(error);
    }
    digest_of(writer->algorithm, bytes, &digest);
    hex_encode(hash, digest.bytes, DIGEST_BYTES);
    enum status status = zip_writer_add(writer->zip, bytes, error);
    return status == STATUS_OK ? text_sink_format(&sink, error, "own %zu %s\n", bytes.size, hash)
                               : status;
}

/* ---- a segment's tree ---- */

/* A node over complete pieces, made from the list. */
static enum status get_node(void *context, unsigned level, uint64_t index, struct digest *node)
{
    const struct package_writer *writer = context;
    const struct piece_list *pieces = writer->clip.pieces;
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        struct digest leaf;
        if (i >= piece_list_count(pieces)) {
            return STATUS_INVALID;
        }
        piece_leaf(writer->algorithm, piece_list_at(pieces, (size_t)i), &leaf);
        merkle_frontier_add(writer->algorithm, &frontier, &leaf, NULL, NULL);
    }
    merkle_frontier_root(writer->algorithm, &frontier, node);
    return STATUS_OK;
}

static enum status end_segment(struct package_writer *writer, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    enum status status = STATUS_OK;
    if (clip->pieces != NULL) {
        status = tiling_skip_to(&clip->tiling, piece_list_count(clip->pieces), error);
    }
    package_clip_release(writer);
    return status;
}

static enum status read_record(struct package_writer *writer, uint64_t number,
                               struct segment_record *record, struct error *error)
{
    struct ledger_row row;
    json_t *body = NULL;
    enum status status = ledger_view_row(writer->plan->view, number, &row, error);
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    if (status == STATUS_OK) {
        status = segment_record_parse(body, record, error);
    }
    json_decref(body);
    return status;
}

enum status package_clip_segment(struct package_writer *writer, uint64_t record,
                                 struct error *error)
{
    struct clip_state *clip = &writer->clip;
    struct text_sink sink = package_clip_sink(writer);
    struct segment_record segment;
    struct piece_roots roots;
    if (!clip->is_open) {
        return not_open(error);
    }
    enum status status = end_segment(writer, error);
    if (status == STATUS_OK) {
        status = read_record(writer, record, &segment, error);
    }
    if (status == STATUS_OK) {
        status = piece_table_read(ledger_view_database(writer->plan->view), record, &clip->pieces,
                                  error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    piece_list_roots(clip->pieces, &roots);
    if (!piece_roots_equal(&roots, &segment.roots)) {
        return error_set(error, STATUS_MISMATCH,
                         "the list of pieces of record %" PRIu64 " is altered", record);
    }
    clip->segment = record;
    clip->tiling =
        (struct tiling){.algorithm = writer->algorithm, .nodes = {get_node, writer}, .sink = sink};
    return text_sink_format(&sink, error, "segment %" PRIu64 "\n", record);
}

/* ---- pieces ---- */

/* Where the clip has the same init part; NULL if it has not. */
static const struct clip_init *find_init(const struct clip_state *clip, const struct piece *piece,
                                         const struct digest *digest)
{
    for (size_t i = 0; i < clip->init_count && piece->kind == PIECE_INIT; i++) {
        const struct clip_init *init = &clip->inits[i];
        if (init->size == piece->size && digest_equal(&init->digest, digest)) {
            return init;
        }
    }
    return NULL;
}

static enum status list_piece(struct package_writer *writer, const struct piece *piece,
                              const struct digest *digest, uint32_t offset, struct error *error)
{
    struct tiling *tiling = &writer->clip.tiling;
    char hash[2 * DIGEST_BYTES + 1];
    struct digest leaf;
    hex_encode(hash, digest->bytes, DIGEST_BYTES);
    piece_leaf(writer->algorithm, piece, &leaf);
    enum status status = tiling_add(tiling, &leaf, error);
    return status == STATUS_OK
               ? text_sink_format(&tiling->sink, error,
                                  "piece %u %" PRIu64 " %" PRIu64 " %s %" PRIu32 " %" PRId64
                                  " %" PRId64 "\n",
                                  (unsigned)piece->kind, piece->offset, piece->size, hash, offset,
                                  piece->start_utc_ns, piece->duration_ns)
               : status;
}

static enum status place_piece(struct package_writer *writer, const struct piece *piece,
                               const struct digest *digest, struct bytes bytes, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    const struct clip_init *init = find_init(clip, piece, digest);
    if (init != NULL) {
        return list_piece(writer, piece, digest, init->offset, error);
    }
    uint32_t offset = clip_size(writer);
    if (piece->kind == PIECE_INIT && clip->init_count < CLIP_INITS_MAX) {
        clip->inits[clip->init_count++] = (struct clip_init){offset, piece->size, *digest};
    }
    enum status status = zip_writer_add(writer->zip, bytes, error);
    return status == STATUS_OK ? list_piece(writer, piece, digest, offset, error) : status;
}

enum status package_clip_piece(struct package_writer *writer, size_t index, struct bytes bytes,
                               struct error *error)
{
    struct clip_state *clip = &writer->clip;
    struct digest digest;
    if (!clip->is_open || clip->pieces == NULL || index >= piece_list_count(clip->pieces) ||
        index < clip->tiling.frontier.size) {
        return error_set(error, STATUS_INVALID, "no such piece can stand here");
    }
    const struct piece *piece = piece_list_at(clip->pieces, index);
    const struct digest *recorded = writer->algorithm == DIGEST_SM3 ? &piece->sm3 : &piece->sha256;
    digest_of(writer->algorithm, bytes, &digest);
    if (bytes.size != piece->size || !digest_equal(&digest, recorded)) {
        return error_set(error, STATUS_MISMATCH,
                         "piece %zu of record %" PRIu64 " is not what was recorded", index,
                         clip->segment);
    }
    enum status status = tiling_skip_to(&clip->tiling, index, error);
    return status == STATUS_OK ? place_piece(writer, piece, &digest, bytes, error) : status;
}

enum status package_clip_end(struct package_writer *writer, struct error *error)
{
    if (!writer->clip.is_open) {
        return not_open(error);
    }
    writer->clip.is_open = false;
    enum status status = end_segment(writer, error);
    if (status == STATUS_OK) {
        status = zip_writer_end(writer->zip, error);
    }
    return status == STATUS_OK ? package_list_member(writer, NULL, error) : status;
}

enum status package_absent(struct package_writer *writer, uint64_t record, const char *cause,
                           struct error *error)
{
    struct text_sink sink = package_clip_sink(writer);
    if (writer->clip.is_open) {
        return error_set(error, STATUS_INVALID, "a clip of the package is open");
    }
    return text_sink_format(&sink, error, "absent %" PRIu64 " %s\n", record, cause);
}
