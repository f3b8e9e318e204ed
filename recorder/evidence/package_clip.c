/*
 * Clips as they are written, and the lines of proof/clips.txt that go with them: the stream is
 * parted where pieces begin and end, and what lies between is the clip's own.
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
    return status == STATUS_FULL
               ? error_set(error, status,
                           "the volume of the video has no more room for what is made on the way")
               : status;
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

static enum status begin_segment(struct package_writer *writer, uint64_t record,
                                 struct error *error)
{
    struct clip_state *clip = &writer->clip;
    struct text_sink sink = package_clip_sink(writer);
    struct segment_record segment;
    struct piece_roots roots;
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
    clip->record = record;
    clip->tiling =
        (struct tiling){.algorithm = writer->algorithm, .nodes = {get_node, writer}, .sink = sink};
    return text_sink_format(&sink, error, "segment %" PRIu64 "\n", record);
}

/* ---- pieces ---- */

static const struct digest *digest_of_piece(const struct package_writer *writer,
                                            const struct piece *piece)
{
    return writer->algorithm == DIGEST_SM3 ? &piece->sm3 : &piece->sha256;
}

static enum status list_piece(struct package_writer *writer, const struct piece *piece,
                              uint64_t offset, struct error *error)
{
    struct tiling *tiling = &writer->clip.tiling;
    char hash[2 * DIGEST_BYTES + 1];
    struct digest leaf;
    hex_encode(hash, digest_of_piece(writer, piece)->bytes, DIGEST_BYTES);
    piece_leaf(writer->algorithm, piece, &leaf);
    enum status status = tiling_add(tiling, &leaf, error);
    return status == STATUS_OK
               ? text_sink_format(&tiling->sink, error,
                                  "piece %u %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRId64
                                  " %" PRId64 "\n",
                                  (unsigned)piece->kind, piece->offset, piece->size, hash, offset,
                                  piece->start_utc_ns, piece->duration_ns)
               : status;
}

/* The init part of a segment that is not the clip's first: the same bytes, and not put in again. */
static enum status repeat_init(struct package_writer *writer, struct error *error)
{
    const struct clip_state *clip = &writer->clip;
    const struct piece *init = piece_list_at(clip->pieces, 0);
    if (!clip->has_init || init->kind != PIECE_INIT || init->size != clip->init_size ||
        !digest_equal(digest_of_piece(writer, init), &clip->init_digest)) {
        return error_set(error, STATUS_MISMATCH,
                         "the init part of record %" PRIu64 " is not the clip's", clip->record);
    }
    return list_piece(writer, init, clip->init_offset, error);
}

static void remember_init(struct package_writer *writer, const struct piece *piece)
{
    struct clip_state *clip = &writer->clip;
    if (piece->kind == PIECE_INIT) {
        clip->has_init = true;
        clip->init_offset = clip->at;
        clip->init_size = piece->size;
        clip->init_digest = *digest_of_piece(writer, piece);
    }
}

static enum status end_own(struct package_writer *writer, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    struct text_sink sink = package_clip_sink(writer);
    struct digest digest;
    char hash[2 * DIGEST_BYTES + 1];
    uint64_t size = clip->own_size;
    if (size == 0) {
        return STATUS_OK;
    }
    clip->own_size = 0;
    hasher_end(writer->hasher, &digest);
    hex_encode(hash, digest.bytes, DIGEST_BYTES);
    return text_sink_format(&sink, error, "own %" PRIu64 " %s\n", size, hash);
}

/* The clip has come to where the next piece begins. */
static enum status begin_piece(struct package_writer *writer, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    const struct package_place *place = &clip->places[clip->next++];
    enum status status = end_own(writer, error);
    if (status == STATUS_OK && (clip->pieces == NULL || clip->record != place->record)) {
        status = begin_segment(writer, place->record, error);
    }
    if (status == STATUS_OK && clip->tiling.frontier.size == 0 && place->piece > 0) {
        status = repeat_init(writer, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (place->piece >= piece_list_count(clip->pieces) ||
        place->piece < clip->tiling.frontier.size) {
        return error_set(error, STATUS_INVALID, "no such piece can stand here");
    }
    const struct piece *piece = piece_list_at(clip->pieces, place->piece);
    remember_init(writer, piece);
    clip->piece_left = piece->size;
    status = tiling_skip_to(&clip->tiling, place->piece, error);
    return status == STATUS_OK ? list_piece(writer, piece, clip->at, error) : status;
}

/* ---- the stream ---- */

enum status package_clip_begin(struct package_writer *writer, const char *name,
                               const struct package_place *places, size_t count,
                               struct error *error)
{
    struct text_sink sink = package_clip_sink(writer);
    if (!manifest_is_clip(name) || writer->file_is_open || writer->clip.is_open) {
        return error_set(error, STATUS_INVALID, "%.96s cannot be a clip here", name);
    }
    enum status status = zip_writer_begin(writer->zip, name, error);
    writer->clip =
        (struct clip_state){.is_open = status == STATUS_OK, .places = places, .count = count};
    return status == STATUS_OK ? text_sink_format(&sink, error, "clip %s\n", name) : status;
}

/* How many of `size` bytes are of one stretch: of the piece at hand, or the clip's own. */
static size_t stretch_size(const struct clip_state *clip, size_t size)
{
    uint64_t stretch = clip->piece_left;
    if (stretch == 0 && clip->next < clip->count) {
        stretch = clip->places[clip->next].offset - clip->at;
    }
    return stretch > 0 && stretch < size ? (size_t)stretch : size;
}

static enum status add_stretch(struct package_writer *writer, struct bytes bytes,
                               struct error *error)
{
    struct clip_state *clip = &writer->clip;
    if (clip->piece_left > 0) {
        clip->piece_left -= bytes.size;
    } else {
        if (clip->own_size == 0) {
            hasher_begin(writer->hasher);
        }
        hasher_add(writer->hasher, bytes);
        clip->own_size += bytes.size;
    }
    clip->at += bytes.size;
    return zip_writer_add(writer->zip, bytes, error);
}

enum status package_clip_add(struct package_writer *writer, struct bytes bytes, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    enum status status = STATUS_OK;
    if (!clip->is_open) {
        return error_set(error, STATUS_INVALID, "no clip of the package is open");
    }
    while (bytes.size > 0 && status == STATUS_OK) {
        if (clip->piece_left == 0 && clip->next < clip->count &&
            clip->places[clip->next].offset <= clip->at) {
            status = clip->places[clip->next].offset == clip->at
                         ? begin_piece(writer, error)
                         : error_set(error, STATUS_INVALID, "no such piece can stand here");
        }
        if (status == STATUS_OK) {
            size_t size = stretch_size(clip, bytes.size);
            status = add_stretch(writer, (struct bytes){bytes.data, size}, error);
            bytes.data += size;
            bytes.size -= size;
        }
    }
    return status;
}

enum status package_clip_end(struct package_writer *writer, struct error *error)
{
    struct clip_state *clip = &writer->clip;
    if (!clip->is_open || clip->piece_left > 0 || clip->next < clip->count) {
        return error_set(error, STATUS_INVALID, "the clip has not all of its pieces");
    }
    clip->is_open = false;
    enum status status = end_own(writer, error);
    if (status == STATUS_OK) {
        status = end_segment(writer, error);
    }
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
