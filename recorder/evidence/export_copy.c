#include "evidence/export_copy.h"

#include <stdlib.h>

#include "store/box.h"

#define BLOCK_SIZE ((size_t)256 * 1024)

struct places {
    struct package_place *list;
    size_t count;
    uint64_t offset;
};

/* Also the sink of a clip. */
static enum status write_part(void *context, struct bytes bytes, struct error *error)
{
    struct export_copy *copy = context;
    enum status status = package_clip_add(copy->package, bytes, error);
    if (status == STATUS_OK) {
        status = copy->wrote(copy->context, bytes.size, error);
    }
    copy->is_package_at_fault = status != STATUS_OK;
    return status;
}

/* ---- a clip ---- */

/* Whoever seals, and whether he did. */
struct sealing {
    struct export_copy *copy;
    const struct clip_sealer *sealer;
};

static enum status seal(void *context, enum clip_seal which, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error)
{
    struct sealing *sealing = context;
    enum status status =
        sealing->sealer->sign(sealing->sealer->context, which, digest, signature, size, error);
    sealing->copy->is_package_at_fault = status != STATUS_OK;
    return status;
}

static void tell_item(struct export_copy *copy, const struct clip *clip)
{
    copy->item->start_utc_ns = clip_start_utc_ns(clip);
    copy->item->end_utc_ns = clip_end_utc_ns(clip);
    copy->item->has_sha256 = true;
    copy->item->sha256 = *clip_sha256(clip);
}

static enum status write_clip(struct export_copy *copy, struct clip *clip,
                              const struct places *places, struct error *error)
{
    const struct clip_sink sink = {write_part, copy};
    copy->is_package_at_fault = true;
    enum status status =
        package_clip_begin(copy->package, copy->name, places->list, places->count, error);
    if (status == STATUS_OK) {
        copy->is_package_at_fault = false;
        status = clip_write(clip, &sink, error);
    }
    if (status == STATUS_OK) {
        tell_item(copy, clip);
        copy->is_package_at_fault = true;
        status = package_clip_end(copy->package, error);
    }
    return status;
}

static void list_places(const struct export_copy *copy, const struct clip *clip,
                        struct places *places)
{
    for (size_t i = 0; i < clip_fragment_count(clip); i++) {
        const struct clip_fragment *fragment = clip_fragment_at(clip, i);
        places->list[places->count++] = (struct package_place){
            .record = export_segments_record(copy->segments, fragment->segment),
            .piece = fragment->piece,
            .offset = fragment->offset};
    }
}

enum status export_copy_clip(struct export_copy *copy, const struct clip_about *about,
                             const struct clip_sealer *sealer, struct error *error)
{
    struct sealing sealing = {copy, sealer};
    struct clip_sealer own = *sealer;
    struct clip *clip = NULL;
    struct places places = {0};
    own.sign = seal;
    own.context = &sealing;
    copy->is_package_at_fault = false;
    enum status status = clip_open(export_segments_footage(copy->segments), copy->stretch, about,
                                   &own, &clip, error);
    if (status != STATUS_OK) {
        return status == STATUS_IO || status == STATUS_NO_MEMORY ? status : STATUS_UNSUPPORTED;
    }
    places.list = calloc(clip_fragment_count(clip) + 1, sizeof(*places.list));
    if (places.list == NULL) {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a clip");
    } else {
        list_places(copy, clip, &places);
        status = write_clip(copy, clip, &places, error);
    }
    clip_free(clip);
    free(places.list);
    return status;
}

/* ---- the pieces alone ---- */

/* Which pieces of a segment the stretch has: 1 to the last fragment, or part of them. */
static bool is_in_stretch(const struct clip_stretch *stretch, size_t segment, size_t piece,
                          const struct piece *what)
{
    return what->kind == PIECE_FRAGMENT &&
           (segment != stretch->first_segment || piece >= stretch->first_piece) &&
           (segment != stretch->last_segment || piece <= stretch->last_piece);
}

static void put_place(struct places *places, uint64_t record, size_t piece,
                      const struct piece *what)
{
    places->list[places->count++] =
        (struct package_place){.record = record, .piece = piece, .offset = places->offset};
    places->offset += what->size;
}

static enum status each_segment(const struct export_copy *copy,
                                enum status (*each)(void *context, size_t index,
                                                    const struct footage_segment *segment,
                                                    struct error *error),
                                void *context, struct error *error)
{
    const struct footage *footage = export_segments_footage(copy->segments);
    enum status status = STATUS_OK;
    for (size_t i = copy->stretch->first_segment;
         i <= copy->stretch->last_segment && status == STATUS_OK; i++) {
        struct footage_segment segment;
        status = footage->open(footage->context, i, &segment, error);
        if (status == STATUS_OK) {
            status = each(context, i, &segment, error);
            footage->close(footage->context, &segment);
        }
    }
    return status;
}

/* ---- where everything is going to stand ---- */

struct placing {
    const struct export_copy *copy;
    struct places *places;
};

static enum status place_segment(void *context, size_t index, const struct footage_segment *segment,
                                 struct error *error)
{
    struct placing *placing = context;
    const struct clip_stretch *stretch = placing->copy->stretch;
    uint64_t record = export_segments_record(placing->copy->segments, index);
    (void)error;
    if (index == stretch->first_segment) {
        put_place(placing->places, record, 0, piece_list_at(segment->pieces, 0));
    }
    for (size_t i = 1; i < piece_list_count(segment->pieces); i++) {
        const struct piece *piece = piece_list_at(segment->pieces, i);
        if (is_in_stretch(stretch, index, i, piece) &&
            placing->places->count <= stretch->fragments) {
            put_place(placing->places, record, i, piece);
        }
    }
    return STATUS_OK;
}

/* ---- the bytes ---- */

struct copying {
    struct export_copy *copy;
    struct hasher *hasher;
    uint8_t *block;
};

static enum status copy_piece(struct copying *copying, const struct footage_segment *segment,
                              const struct piece *piece, struct error *error)
{
    uint64_t end = piece->offset + piece->size;
    struct box_source source = box_source_file(&segment->descriptor, end);
    struct digest digest;
    hasher_begin(copying->hasher);
    for (uint64_t at = piece->offset; at < end;) {
        size_t size = end - at < BLOCK_SIZE ? (size_t)(end - at) : BLOCK_SIZE;
        struct bytes bytes = {copying->block, size};
        enum status status = source.read(source.context, at, copying->block, size, error);
        if (status == STATUS_OK) {
            hasher_add(copying->hasher, bytes);
            status = write_part(copying->copy, bytes, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        at += size;
    }
    hasher_end(copying->hasher, &digest);
    return digest_equal(&digest, &piece->sha256)
               ? STATUS_OK
               : footage_error(segment, piece->offset, STATUS_MISMATCH,
                               "a piece is not what was recorded", error);
}

static enum status copy_segment(void *context, size_t index, const struct footage_segment *segment,
                                struct error *error)
{
    struct copying *copying = context;
    const struct clip_stretch *stretch = copying->copy->stretch;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < piece_list_count(segment->pieces) && status == STATUS_OK; i++) {
        const struct piece *piece = piece_list_at(segment->pieces, i);
        bool is_first_init = i == 0 && index == stretch->first_segment;
        if (is_first_init || is_in_stretch(stretch, index, i, piece)) {
            status = copy_piece(copying, segment, piece, error);
        }
    }
    return status;
}

static enum status copy_all(struct export_copy *copy, const struct places *places,
                            struct error *error)
{
    struct copying copying = {.copy = copy, .block = malloc(BLOCK_SIZE)};
    enum status status = copying.block != NULL
                             ? hasher_new(DIGEST_SHA256, &copying.hasher, error)
                             : error_set(error, STATUS_NO_MEMORY, "no memory for a clip");
    copy->is_package_at_fault = true;
    if (status == STATUS_OK) {
        status = package_clip_begin(copy->package, copy->name, places->list, places->count, error);
    }
    if (status == STATUS_OK) {
        copy->is_package_at_fault = false;
        status = each_segment(copy, copy_segment, &copying, error);
    }
    if (status == STATUS_OK) {
        copy->item->start_utc_ns = copy->stretch->start_utc_ns;
        copy->item->end_utc_ns = copy->stretch->end_utc_ns;
        copy->is_package_at_fault = true;
        status = package_clip_end(copy->package, error);
    }
    hasher_free(copying.hasher);
    free(copying.block);
    return status;
}

enum status export_copy_pieces(struct export_copy *copy, struct error *error)
{
    struct places places = {0};
    struct placing placing = {.copy = copy, .places = &places};
    places.list = calloc((size_t)copy->stretch->fragments + 1, sizeof(*places.list));
    copy->is_package_at_fault = places.list == NULL;
    enum status status = places.list != NULL
                             ? each_segment(copy, place_segment, &placing, error)
                             : error_set(error, STATUS_NO_MEMORY, "no memory for a clip");
    if (status == STATUS_OK) {
        status = copy_all(copy, &places, error);
    }
    free(places.list);
    return status;
}
