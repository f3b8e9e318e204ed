#include "store/salvage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"

#define CHUNK_SIZE 65536u
/* As much of the front of a piece as is kept to read its boxes: an init part or a moof of a
 * GOP is a few kB. */
#define FRONT_SIZE 262144u

struct salvage {
    int descriptor;
    struct piece_list *pieces;
    struct box_source source;
    struct hasher *sha256;
    struct hasher *sm3;
    struct box_range range; /* the piece being hashed */
    uint64_t done;          /* bytes of it */
    bool in_piece;
    struct box_track track;
    bool has_track;
    /* The fragment that ties media time to time: its decode time and its start. */
    uint64_t anchor_decode_time;
    int64_t anchor_utc_ns;
    bool has_anchor;
    uint8_t *front;
    size_t front_size;
    uint8_t chunk[CHUNK_SIZE];
};

void salvage_free(struct salvage *salvage)
{
    if (!salvage)
        return;
    hasher_free(salvage->sha256);
    hasher_free(salvage->sm3);
    free(salvage->front);
    free(salvage);
}

void salvage_cleanup(struct salvage **salvage)
{
    salvage_free(*salvage);
    *salvage = NULL;
}

static enum status read_front(struct salvage *salvage, const struct piece *piece,
                              struct error *error)
{
    salvage->front_size = piece->size < FRONT_SIZE ? (size_t)piece->size : FRONT_SIZE;
    if (piece->offset > salvage->source.size || piece->size > salvage->source.size - piece->offset)
        return error_set(error, STATUS_INVALID, "the file is shorter than what was told of it");
    return salvage->source.read(salvage->source.context, piece->offset, salvage->front,
                                salvage->front_size, error);
}

static struct bytes front_of(const struct salvage *salvage)
{
    return (struct bytes){salvage->front, salvage->front_size};
}

/* What was told already gives the track and ties media time to time. */
static enum status read_told(struct salvage *salvage, struct error *error)
{
    const struct piece *last = NULL;
    struct box_fragment fragment;
    enum status status = STATUS_OK;

    if (piece_list_count(salvage->pieces) == 0)
        return STATUS_OK;
    status = read_front(salvage, piece_list_at(salvage->pieces, 0), error);
    if (status != STATUS_OK)
        return status;
    salvage->has_track = box_parse_init(front_of(salvage), &salvage->track, NULL) == STATUS_OK;
    last = piece_list_at(salvage->pieces, piece_list_count(salvage->pieces) - 1);
    if (!salvage->has_track || last->kind != PIECE_FRAGMENT)
        return STATUS_OK;
    status = read_front(salvage, last, error);
    if (status != STATUS_OK)
        return status;
    if (box_parse_fragment(front_of(salvage), &salvage->track, &fragment, NULL) == STATUS_OK) {
        salvage->has_anchor = true;
        salvage->anchor_decode_time = fragment.decode_time;
        salvage->anchor_utc_ns = last->start_utc_ns;
    }
    return STATUS_OK;
}

static struct salvage *allocate(void)
{
    struct salvage *made = calloc(1, sizeof(*made));

    if (made)
        made->front = malloc(FRONT_SIZE);
    if (made && !made->front) {
        free(made);
        made = NULL;
    }
    return made;
}

enum status salvage_new(int descriptor, struct piece_list *pieces, struct salvage **salvage,
                        struct error *error)
{
    struct salvage *made AUTO_SALVAGE = NULL;
    struct stat file;
    enum status status = STATUS_OK;

    *salvage = NULL;
    if (fstat(descriptor, &file) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot look at a segment file");
    made = allocate();
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory to salvage a segment");
    made->descriptor = descriptor;
    made->pieces = pieces;
    made->source = box_source_file(&made->descriptor, (uint64_t)file.st_size);
    status = hasher_new(DIGEST_SHA256, &made->sha256, error);
    if (status == STATUS_OK && piece_list_with_sm3(pieces))
        status = hasher_new(DIGEST_SM3, &made->sm3, error);
    if (status == STATUS_OK)
        status = read_told(made, error);
    if (status != STATUS_OK)
        return status;
    *salvage = made;
    made = NULL;
    return STATUS_OK;
}

const struct box_track *salvage_track(const struct salvage *salvage)
{
    return salvage->has_track ? &salvage->track : NULL;
}

static enum status begin_piece(struct salvage *salvage, struct error *error)
{
    enum status status =
        box_next_piece(&salvage->source, piece_list_size(salvage->pieces), &salvage->range, error);

    if (status != STATUS_OK)
        return status;
    salvage->in_piece = true;
    salvage->done = 0;
    salvage->front_size = 0;
    hasher_begin(salvage->sha256);
    if (salvage->sm3)
        hasher_begin(salvage->sm3);
    return STATUS_OK;
}

static enum status hash_chunk(struct salvage *salvage, uint64_t *budget, struct error *error)
{
    uint64_t left = salvage->range.size - salvage->done;
    size_t size = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
    size_t keep = FRONT_SIZE - salvage->front_size;
    struct bytes bytes = {salvage->chunk, size};
    enum status status =
        salvage->source.read(salvage->source.context, salvage->range.offset + salvage->done,
                             salvage->chunk, size, error);

    if (status != STATUS_OK)
        return status;
    hasher_add(salvage->sha256, bytes);
    if (salvage->sm3)
        hasher_add(salvage->sm3, bytes);
    keep = keep < size ? keep : size;
    memcpy(salvage->front + salvage->front_size, salvage->chunk, keep);
    salvage->front_size += keep;
    salvage->done += size;
    *budget -= size < *budget ? size : *budget;
    return STATUS_OK;
}

/* Units of the timescale to nanoseconds; saturates at a century, which no camera runs for. */
static int64_t to_ns(uint64_t units, uint32_t timescale)
{
    const uint64_t limit = UINT64_C(100) * 366 * 86400;
    uint64_t seconds = units / timescale;

    if (seconds > limit)
        return (int64_t)limit * NS_PER_SECOND;
    return (int64_t)seconds * NS_PER_SECOND +
           (int64_t)(units % timescale * (uint64_t)NS_PER_SECOND / timescale);
}

static void time_fragment(struct salvage *salvage, struct piece *piece)
{
    struct box_fragment fragment;
    bool earlier = false;
    int64_t distance = 0;

    if (!salvage->has_track ||
        box_parse_fragment(front_of(salvage), &salvage->track, &fragment, NULL) != STATUS_OK)
        return;
    if (!salvage->has_anchor) {
        salvage->has_anchor = true;
        salvage->anchor_decode_time = fragment.decode_time;
    }
    earlier = fragment.decode_time < salvage->anchor_decode_time;
    distance = to_ns(earlier ? salvage->anchor_decode_time - fragment.decode_time
                             : fragment.decode_time - salvage->anchor_decode_time,
                     salvage->track.timescale);
    piece->frames = fragment.frames;
    piece->keyframe = fragment.keyframe;
    piece->duration_ns = to_ns(fragment.duration, salvage->track.timescale);
    if (__builtin_add_overflow(salvage->anchor_utc_ns, earlier ? -distance : distance,
                               &piece->start_utc_ns))
        piece->start_utc_ns = 0;
}

static enum status end_piece(struct salvage *salvage, struct error *error)
{
    struct piece piece = {
        .kind = salvage->range.kind,
        .offset = salvage->range.offset,
        .size = salvage->range.size,
    };

    hasher_end(salvage->sha256, &piece.sha256);
    if (salvage->sm3)
        hasher_end(salvage->sm3, &piece.sm3);
    if (piece.kind == PIECE_INIT)
        salvage->has_track = box_parse_init(front_of(salvage), &salvage->track, NULL) == STATUS_OK;
    if (piece.kind == PIECE_FRAGMENT)
        time_fragment(salvage, &piece);
    salvage->in_piece = false;
    return piece_list_add(salvage->pieces, &piece, error);
}

enum status salvage_step(struct salvage *salvage, uint64_t budget, struct error *error)
{
    budget = budget < CHUNK_SIZE ? CHUNK_SIZE : budget;
    while (budget > 0) {
        enum status status = STATUS_OK;

        if (!salvage->in_piece)
            status = begin_piece(salvage, error);
        if (status == STATUS_END)
            return STATUS_OK;
        if (status == STATUS_OK)
            status = hash_chunk(salvage, &budget, error);
        if (status == STATUS_OK && salvage->done == salvage->range.size)
            status = end_piece(salvage, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_AGAIN;
}
