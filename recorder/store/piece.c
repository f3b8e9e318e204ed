/*
 * The leaf of a piece. One digest algorithm makes one tree over all pieces of a segment, in the
 * order of the file; its leaf hashes are merkle_leaf (RFC 6962, 2.1) of these bytes:
 *
 *   offset  size  field
 *   0       1     kind: 1 init part, 2 fragment, 3 torn tail
 *   1       8     offset of the piece in the file, little-endian
 *   9       8     size of the piece in bytes, little-endian
 *   17      32    digest of the piece's bytes, by the same algorithm
 *
 * So a path from one piece to the root proves its bytes *and* where in the file they stand; two
 * pieces cannot be swapped or run together without another root. The number of pieces stands in
 * the segment's record. What else a piece list says of a piece (frames, times) follows from its
 * bytes and is not in the leaf.
 */
#include "store/piece.h"

#include <stdlib.h>
#include <string.h>

struct piece_list {
    struct piece *items;
    size_t count;
    size_t capacity;
    uint64_t size;
    uint32_t frames;
    bool with_sm3;
    struct merkle_frontier sha256;
    struct merkle_frontier sm3;
};

bool piece_roots_equal(const struct piece_roots *a, const struct piece_roots *b)
{
    return a->has_sm3 == b->has_sm3 && digest_equal(&a->sha256, &b->sha256) &&
           (!a->has_sm3 || digest_equal(&a->sm3, &b->sm3));
}

const struct digest *piece_roots_of(const struct piece_roots *roots,
                                    enum digest_algorithm algorithm)
{
    if (algorithm == DIGEST_SHA256)
        return &roots->sha256;
    return roots->has_sm3 ? &roots->sm3 : NULL;
}

void piece_leaf_data(enum digest_algorithm algorithm, const struct piece *piece,
                     uint8_t data[PIECE_LEAF_SIZE])
{
    const struct digest *digest = algorithm == DIGEST_SHA256 ? &piece->sha256 : &piece->sm3;
    struct writer writer = writer_of(data, PIECE_LEAF_SIZE);

    write_u8(&writer, (uint8_t)piece->kind);
    write_u64(&writer, piece->offset);
    write_u64(&writer, piece->size);
    write_bytes(&writer, digest->bytes, sizeof(digest->bytes));
}

void piece_leaf(enum digest_algorithm algorithm, const struct piece *piece, struct digest *leaf)
{
    uint8_t data[PIECE_LEAF_SIZE];

    piece_leaf_data(algorithm, piece, data);
    merkle_leaf(algorithm, (struct bytes){data, sizeof(data)}, leaf);
}

enum status piece_of_message(const struct message_fragment *message, struct piece *piece,
                             struct error *error)
{
    if (message->kind != PIECE_INIT && message->kind != PIECE_FRAGMENT)
        return error_set(error, STATUS_INVALID, "a piece of kind %u", message->kind);
    if (message->keyframe > 1 || message->size == 0 || message->duration_ns < 0)
        return error_set(error, STATUS_INVALID, "a piece with impossible figures");
    *piece = (struct piece){
        .kind = message->kind,
        .offset = message->offset,
        .size = message->size,
        .frames = message->frames,
        .keyframe = message->keyframe != 0,
        .start_utc_ns = message->start_utc_ns,
        .duration_ns = message->duration_ns,
    };
    memcpy(piece->sha256.bytes, message->sha256, sizeof(piece->sha256.bytes));
    memcpy(piece->sm3.bytes, message->sm3, sizeof(piece->sm3.bytes));
    return STATUS_OK;
}

enum status piece_list_new(bool with_sm3, struct piece_list **list, struct error *error)
{
    struct piece_list *made = calloc(1, sizeof(*made));

    *list = NULL;
    if (!made)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a list of pieces");
    made->with_sm3 = with_sm3;
    merkle_frontier_init(&made->sha256);
    merkle_frontier_init(&made->sm3);
    *list = made;
    return STATUS_OK;
}

void piece_list_free(struct piece_list *list)
{
    if (!list)
        return;
    free(list->items);
    free(list);
}

void piece_list_cleanup(struct piece_list **list)
{
    piece_list_free(*list);
    *list = NULL;
}

static enum status judge(const struct piece_list *list, const struct piece *piece,
                         struct error *error)
{
    const struct piece *last = list->count > 0 ? &list->items[list->count - 1] : NULL;

    if (piece->offset != list->size)
        return error_set(error, STATUS_INVALID, "a piece at %llu where %llu follows",
                         (unsigned long long)piece->offset, (unsigned long long)list->size);
    if (piece->size == 0 || piece->size > INT64_MAX - list->size)
        return error_set(error, STATUS_INVALID, "a piece of an impossible size");
    if (last && last->kind == PIECE_TORN)
        return error_set(error, STATUS_INVALID, "a piece after the torn one");
    switch (piece->kind) {
    case PIECE_INIT:
        if (last)
            return error_set(error, STATUS_INVALID, "an init part that is not first");
        break;
    case PIECE_FRAGMENT:
        if (!last)
            return error_set(error, STATUS_INVALID, "a fragment before the init part");
        break;
    case PIECE_TORN:
        break;
    default:
        return error_set(error, STATUS_INVALID, "a piece of kind %u", (unsigned)piece->kind);
    }
    if (piece->frames > UINT32_MAX - list->frames)
        return error_set(error, STATUS_INVALID, "a piece with impossible figures");
    return STATUS_OK;
}

static enum status make_room(struct piece_list *list, struct error *error)
{
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
    struct piece *items = NULL;

    if (list->count >= PIECE_LIST_MAX)
        return error_set(error, STATUS_FULL, "a segment of more than %u pieces", PIECE_LIST_MAX);
    if (list->count < list->capacity)
        return STATUS_OK;
    items = realloc(list->items, capacity * sizeof(*items));
    if (!items)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a list of pieces");
    list->items = items;
    list->capacity = capacity;
    return STATUS_OK;
}

enum status piece_list_add(struct piece_list *list, const struct piece *piece, struct error *error)
{
    enum status status = judge(list, piece, error);
    struct digest leaf;

    if (status == STATUS_OK)
        status = make_room(list, error);
    if (status != STATUS_OK)
        return status;
    list->items[list->count] = *piece;
    list->count++;
    list->size += piece->size;
    list->frames += piece->frames;
    piece_leaf(DIGEST_SHA256, piece, &leaf);
    merkle_frontier_add(DIGEST_SHA256, &list->sha256, &leaf, NULL, NULL);
    if (!list->with_sm3)
        return STATUS_OK;
    piece_leaf(DIGEST_SM3, piece, &leaf);
    merkle_frontier_add(DIGEST_SM3, &list->sm3, &leaf, NULL, NULL);
    return STATUS_OK;
}

bool piece_list_with_sm3(const struct piece_list *list)
{
    return list->with_sm3;
}

size_t piece_list_count(const struct piece_list *list)
{
    return list->count;
}

const struct piece *piece_list_at(const struct piece_list *list, size_t index)
{
    return &list->items[index];
}

uint64_t piece_list_size(const struct piece_list *list)
{
    return list->size;
}

uint32_t piece_list_frames(const struct piece_list *list)
{
    return list->frames;
}

int64_t piece_list_end_utc_ns(const struct piece_list *list)
{
    int64_t end = 0;

    for (size_t i = list->count; i-- > 0;) {
        const struct piece *piece = &list->items[i];

        if (piece->kind == PIECE_FRAGMENT &&
            !__builtin_add_overflow(piece->start_utc_ns, piece->duration_ns, &end))
            return end;
    }
    return 0;
}

void piece_list_shift(struct piece_list *list, int64_t by_ns)
{
    for (size_t i = 0; i < list->count; i++) {
        struct piece *piece = &list->items[i];

        if (piece->kind == PIECE_FRAGMENT &&
            __builtin_add_overflow(piece->start_utc_ns, by_ns, &piece->start_utc_ns))
            piece->start_utc_ns = 0;
    }
}

static void roots_of(bool with_sm3, const struct merkle_frontier *sha256,
                     const struct merkle_frontier *sm3, struct piece_roots *roots)
{
    *roots = (struct piece_roots){.has_sm3 = with_sm3};
    merkle_frontier_root(DIGEST_SHA256, sha256, &roots->sha256);
    if (with_sm3)
        merkle_frontier_root(DIGEST_SM3, sm3, &roots->sm3);
}

void piece_list_roots(const struct piece_list *list, struct piece_roots *roots)
{
    roots_of(list->with_sm3, &list->sha256, &list->sm3, roots);
}

void piece_list_roots_at(const struct piece_list *list, size_t count, struct piece_roots *roots)
{
    struct merkle_frontier sha256;
    struct merkle_frontier sm3;
    struct digest leaf;

    merkle_frontier_init(&sha256);
    merkle_frontier_init(&sm3);
    for (size_t i = 0; i < count && i < list->count; i++) {
        piece_leaf(DIGEST_SHA256, &list->items[i], &leaf);
        merkle_frontier_add(DIGEST_SHA256, &sha256, &leaf, NULL, NULL);
        if (!list->with_sm3)
            continue;
        piece_leaf(DIGEST_SM3, &list->items[i], &leaf);
        merkle_frontier_add(DIGEST_SM3, &sm3, &leaf, NULL, NULL);
    }
    roots_of(list->with_sm3, &sha256, &sm3, roots);
}
