#include "ledger/merkle.h"

#include <string.h>

#define LEAF_PREFIX 0x00
#define NODE_PREFIX 0x01

void merkle_empty_root(enum digest_algorithm algorithm, struct digest *root)
{
    digest_of(algorithm, (struct bytes){NULL, 0}, root);
}

void merkle_leaf(enum digest_algorithm algorithm, struct bytes data, struct digest *leaf)
{
    static const uint8_t prefix = LEAF_PREFIX;
    const struct bytes parts[] = {{&prefix, 1}, data};
    digest_of_parts(algorithm, parts, 2, leaf);
}

void merkle_node(enum digest_algorithm algorithm, const struct digest *left,
                 const struct digest *right, struct digest *node)
{
    uint8_t input[1 + 2 * DIGEST_BYTES];
    input[0] = NODE_PREFIX;
    memcpy(input + 1, left->bytes, DIGEST_BYTES);
    memcpy(input + 1 + DIGEST_BYTES, right->bytes, DIGEST_BYTES);
    digest_of(algorithm, (struct bytes){input, sizeof(input)}, node);
}

void merkle_frontier_init(struct merkle_frontier *frontier)
{
    *frontier = (struct merkle_frontier){0};
}

/* One peak a bit of the size that is set. */
static unsigned peak_count(const struct merkle_frontier *frontier)
{
    return (unsigned)__builtin_popcountll(frontier->size);
}

void merkle_frontier_add(enum digest_algorithm algorithm, struct merkle_frontier *frontier,
                         const struct digest *leaf,
                         void (*complete)(void *context, unsigned level, uint64_t index,
                                          const struct digest *node),
                         void *context)
{
    struct digest node = *leaf;
    uint64_t index = frontier->size;
    unsigned count = peak_count(frontier);
    unsigned level = 0;

    if (complete != NULL) {
        complete(context, level, index, &node);
    }
    while ((index & 1) != 0) {
        merkle_node(algorithm, &frontier->peaks[--count], &node, &node);
        level++;
        index >>= 1;
        if (complete != NULL) {
            complete(context, level, index, &node);
        }
    }
    frontier->peaks[count] = node;
    frontier->size++;
}

enum status merkle_frontier_add_node(enum digest_algorithm algorithm,
                                     struct merkle_frontier *frontier, unsigned level,
                                     const struct digest *node)
{
    if (level >= MERKLE_LEVELS) {
        return STATUS_INVALID;
    }
    uint64_t leaves = UINT64_C(1) << level;
    if ((frontier->size & (leaves - 1)) != 0 || frontier->size > UINT64_MAX - leaves) {
        return STATUS_INVALID;
    }
    struct digest joined = *node;
    unsigned count = peak_count(frontier);
    for (uint64_t index = frontier->size >> level; (index & 1) != 0; index >>= 1) {
        merkle_node(algorithm, &frontier->peaks[--count], &joined, &joined);
    }
    frontier->peaks[count] = joined;
    frontier->size += leaves;
    return STATUS_OK;
}

void merkle_frontier_root(enum digest_algorithm algorithm, const struct merkle_frontier *frontier,
                          struct digest *root)
{
    unsigned count = peak_count(frontier);
    if (count == 0) {
        merkle_empty_root(algorithm, root);
        return;
    }
    *root = frontier->peaks[--count];
    while (count > 0) {
        merkle_node(algorithm, &frontier->peaks[--count], root, root);
    }
}

/* Leaves [begin, end), begin a multiple of the smallest power of two that holds them. */
struct range {
    uint64_t begin;
    uint64_t end;
};

static uint64_t range_size(struct range range)
{
    return range.end - range.begin;
}

/* Where RFC 6962 splits a range of two leaves or more: after the largest power of two of them
 * that is smaller than their number. */
static uint64_t range_split(struct range range)
{
    unsigned top = 63u - (unsigned)__builtin_clzll(range_size(range) - 1);
    return range.begin + (UINT64_C(1) << top);
}

/* The hash of a range: its complete subtrees are got, what joins them is made. */
static enum status range_hash(enum digest_algorithm algorithm, const struct merkle_nodes *nodes,
                              struct range range, struct digest *hash)
{
    struct digest parts[MERKLE_LEVELS];
    unsigned count = 0;

    while (range_size(range) > 0) {
        unsigned level = 63u - (unsigned)__builtin_clzll(range_size(range));
        enum status status =
            nodes->get(nodes->context, level, range.begin >> level, &parts[count++]);
        if (status != STATUS_OK) {
            return status;
        }
        range.begin += UINT64_C(1) << level;
    }
    *hash = parts[--count];
    while (count > 0) {
        merkle_node(algorithm, &parts[--count], hash, hash);
    }
    return STATUS_OK;
}

/* Collected from the root downwards; a path is read from the leaf upwards. */
static void path_reverse(struct merkle_path *path)
{
    for (unsigned i = 0; i < path->length / 2; i++) {
        struct digest other = path->nodes[path->length - 1 - i];
        path->nodes[path->length - 1 - i] = path->nodes[i];
        path->nodes[i] = other;
    }
}

static enum status path_push(enum digest_algorithm algorithm, const struct merkle_nodes *nodes,
                             struct range range, struct merkle_path *path)
{
    return range_hash(algorithm, nodes, range, &path->nodes[path->length++]);
}

enum status merkle_inclusion_path(enum digest_algorithm algorithm, const struct merkle_nodes *nodes,
                                  uint64_t index, uint64_t size, struct merkle_path *path)
{
    path->length = 0;
    if (index >= size) {
        return STATUS_INVALID;
    }
    struct range tree = {0, size};
    while (range_size(tree) > 1) {
        uint64_t split = range_split(tree);
        bool left = index < split;
        struct range sibling =
            left ? (struct range){split, tree.end} : (struct range){tree.begin, split};
        enum status status = path_push(algorithm, nodes, sibling, path);
        if (status != STATUS_OK) {
            return status;
        }
        tree = left ? (struct range){tree.begin, split} : (struct range){split, tree.end};
    }
    path_reverse(path);
    return STATUS_OK;
}

enum status merkle_subtree_path(enum digest_algorithm algorithm, const struct merkle_nodes *nodes,
                                uint64_t begin, uint64_t end, uint64_t size,
                                struct merkle_path *path)
{
    path->length = 0;
    if (!merkle_subtree_is_valid(begin, end) || begin == end || end > size) {
        return STATUS_INVALID;
    }
    struct range tree = {0, size};
    bool known = true; /* the verifier has the hash of what is left of the subtree */
    while (tree.begin != begin || tree.end != end) {
        uint64_t split = range_split(tree);
        bool left = end <= split;
        struct range sibling =
            left ? (struct range){split, tree.end} : (struct range){tree.begin, split};
        enum status status = path_push(algorithm, nodes, sibling, path);
        if (status != STATUS_OK) {
            return status;
        }
        tree = left ? (struct range){tree.begin, split} : (struct range){split, tree.end};
        if (!left && begin < split) {
            begin = split;
            known = false;
        }
    }
    if (!known) {
        enum status status = path_push(algorithm, nodes, tree, path);
        if (status != STATUS_OK) {
            return status;
        }
    }
    path_reverse(path);
    return STATUS_OK;
}

bool merkle_subtree_is_valid(uint64_t begin, uint64_t end)
{
    if (begin > end) {
        return false;
    }
    uint64_t size = end - begin;
    if (begin == 0 || size <= 1) {
        return true;
    }
    if (size > UINT64_C(1) << 63) {
        return false;
    }
    unsigned bits = 64u - (unsigned)__builtin_clzll(size - 1);
    return bits < 64 && (begin & ((UINT64_C(1) << bits) - 1)) == 0;
}

enum status merkle_consistency_path(enum digest_algorithm algorithm,
                                    const struct merkle_nodes *nodes, uint64_t first,
                                    uint64_t second, struct merkle_path *path)
{
    return merkle_subtree_path(algorithm, nodes, 0, first, second, path);
}

static bool path_is_sound(const struct merkle_path *path)
{
    return path->length <= sizeof(path->nodes) / sizeof(path->nodes[0]);
}

enum status merkle_verify_inclusion(enum digest_algorithm algorithm, const struct digest *leaf,
                                    uint64_t index, uint64_t size, const struct merkle_path *path,
                                    const struct digest *root)
{
    if (index >= size || !path_is_sound(path)) {
        return STATUS_MISMATCH;
    }
    uint64_t fn = index; /* names as in RFC 9162, 2.1.3.2 */
    uint64_t sn = size - 1;
    struct digest r = *leaf;
    for (unsigned i = 0; i < path->length; i++) {
        if (sn == 0) {
            return STATUS_MISMATCH;
        }
        if ((fn & 1) != 0 || fn == sn) {
            merkle_node(algorithm, &path->nodes[i], &r, &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node(algorithm, &r, &path->nodes[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && digest_equal(&r, root) ? STATUS_OK : STATUS_MISMATCH;
}

/* RFC 9162, 2.1.4.2, from step 3 on: `path` begins with the node both trees share. */
static enum status verify_consistency(enum digest_algorithm algorithm, uint64_t first,
                                      const struct digest *first_root, uint64_t second,
                                      const struct digest *second_root, const struct digest *shared,
                                      const struct digest *nodes, unsigned count)
{
    uint64_t fn = first - 1;
    uint64_t sn = second - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    struct digest fr = *shared;
    struct digest sr = *shared;
    for (unsigned i = 0; i < count; i++) {
        if (sn == 0) {
            return STATUS_MISMATCH;
        }
        if ((fn & 1) != 0 || fn == sn) {
            merkle_node(algorithm, &nodes[i], &fr, &fr);
            merkle_node(algorithm, &nodes[i], &sr, &sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node(algorithm, &sr, &nodes[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && digest_equal(&fr, first_root) && digest_equal(&sr, second_root)
               ? STATUS_OK
               : STATUS_MISMATCH;
}

enum status merkle_verify_consistency(enum digest_algorithm algorithm, uint64_t first,
                                      const struct digest *first_root, uint64_t second,
                                      const struct digest *second_root,
                                      const struct merkle_path *path)
{
    if (first == 0 || first > second || !path_is_sound(path)) {
        return STATUS_MISMATCH;
    }
    if (first == second) {
        return path->length == 0 && digest_equal(first_root, second_root) ? STATUS_OK
                                                                          : STATUS_MISMATCH;
    }
    if (path->length == 0) {
        return STATUS_MISMATCH;
    }
    /* A first tree of a power of two leaves is itself a node of the second. */
    bool whole = (first & (first - 1)) == 0;
    return verify_consistency(
        algorithm, first, first_root, second, second_root, whole ? first_root : &path->nodes[0],
        whole ? path->nodes : path->nodes + 1, whole ? path->length : path->length - 1);
}
