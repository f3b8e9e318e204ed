/*
 * A piece of a segment file, and the list of them that grows while the file is written.
 *
 * Pieces tile the file: the first begins at 0, each begins where the one before ends. Piece 0 is
 * the init part (ftyp and moov), the others are fragments (moof and mdat); what a crash left
 * after the last whole one is a single torn piece at the end.
 *
 * A segment's record carries one Merkle root (RFC 6962) over its pieces for each digest
 * algorithm, so that one fragment can be shown and proved later without the rest of the minute.
 * piece.c gives the leaf byte for byte.
 */
#ifndef SEALROOM_STORE_PIECE_H
#define SEALROOM_STORE_PIECE_H

#include "base/message.h"
#include "ledger/merkle.h"

struct piece {
    enum piece_kind kind;
    uint64_t offset; /* in the file, bytes */
    uint64_t size;   /* bytes, at least 1 */
    uint32_t frames; /* video access units in it */
    bool keyframe;   /* begins with one */
    int64_t start_utc_ns;
    int64_t duration_ns;
    struct digest sha256;
    struct digest sm3; /* zeros unless the list is with SM3 */
};

/* The roots over a piece list; sm3 is zeros unless has_sm3. */
struct piece_roots {
    bool has_sm3;
    struct digest sha256;
    struct digest sm3;
};

bool piece_roots_equal(const struct piece_roots *a, const struct piece_roots *b);
/* The root of an algorithm; NULL if the roots do not have it. */
const struct digest *piece_roots_of(const struct piece_roots *roots,
                                    enum digest_algorithm algorithm);

/* The data of a piece's leaf: PIECE_LEAF_SIZE bytes, as piece.c describes them. */
#define PIECE_LEAF_SIZE 49
void piece_leaf_data(enum digest_algorithm algorithm, const struct piece *piece,
                     uint8_t data[PIECE_LEAF_SIZE]);
/* merkle_leaf of the above. */
void piece_leaf(enum digest_algorithm algorithm, const struct piece *piece, struct digest *leaf);

/* A message as a piece; only its form is judged. STATUS_INVALID if it cannot be one. */
MUST_CHECK enum status piece_of_message(const struct message_fragment *message, struct piece *piece,
                                        struct error *error);

struct piece_list;

/* An empty list. With with_sm3, every piece must carry both digests. */
MUST_CHECK enum status piece_list_new(bool with_sm3, struct piece_list **list, struct error *error);
/* NULL is allowed. */
void piece_list_free(struct piece_list *list);
void piece_list_cleanup(struct piece_list **list);
#define AUTO_PIECES __attribute__((cleanup(piece_list_cleanup)))

/* Adds a piece (copied). STATUS_INVALID if it does not tile: wrong offset, empty, an init part
 * that is not first, a fragment that is, anything after a torn one; STATUS_FULL past
 * PIECE_LIST_MAX. The list is unchanged then. */
#define PIECE_LIST_MAX 65536u
MUST_CHECK enum status piece_list_add(struct piece_list *list, const struct piece *piece,
                                      struct error *error);
bool piece_list_with_sm3(const struct piece_list *list);
size_t piece_list_count(const struct piece_list *list);
/* Borrowed until the next add; `index` must be below the count. */
const struct piece *piece_list_at(const struct piece_list *list, size_t index);
/* Where the next piece begins: the bytes that are covered. */
uint64_t piece_list_size(const struct piece_list *list);
uint32_t piece_list_frames(const struct piece_list *list);
/* End of the last piece that has a duration; 0 if there is none. */
int64_t piece_list_end_utc_ns(const struct piece_list *list);
/* Moves the start of every fragment by so much: recovery learns late when a file began. */
void piece_list_shift(struct piece_list *list, int64_t by_ns);
/* The roots over all pieces so far; cheap, they are kept as the list grows. */
void piece_list_roots(const struct piece_list *list, struct piece_roots *roots);
/* The roots over the first `count` pieces; computed anew. */
void piece_list_roots_at(const struct piece_list *list, size_t count, struct piece_roots *roots);

#endif
