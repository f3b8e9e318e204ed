/*
 * The tree against the definition of RFC 6962 written out again, against published values, and
 * against every single-bit change of its proofs.
 *
 * The published values fold every output over every subtree of up to 130 leaves (leaf i is the
 * single byte i) into one SHA-256 an algorithm: IETF draft-ietf-plants-merkle-tree-certs,
 * appendix C.1; also transparency-dev/merkle, testonly/vectors_test.go.
 *
 * Single-bit changes are tried on every proof of every tree up to ALTERED_LEAVES leaves and on a
 * fixed sample of the larger ones up to 256; with SEALROOM_EVERY_BIT=1 in the environment on
 * every proof of every tree up to 256 leaves, which takes some minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/merkle.h"

#define LEAVES         256u
#define LEVELS         9
#define VECTOR_LEAVES  130
#define ALTERED_LEAVES 20

struct tree {
    enum digest_algorithm algorithm;
    struct digest nodes[LEVELS][LEAVES];
    struct digest roots[LEAVES + 1]; /* of the first n leaves */
    uint64_t shift;                  /* leaves that a subtree's node source skips */
};

static void store_node(void *context, unsigned level, uint64_t index, const struct digest *node)
{
    struct tree *tree = context;
    assert_true(level < LEVELS && index < LEAVES >> level);
    tree->nodes[level][index] = *node;
}

static enum status get_node(void *context, unsigned level, uint64_t index, struct digest *node)
{
    const struct tree *tree = context;
    index += tree->shift >> level;
    assert_true(level < LEVELS && index < LEAVES >> level);
    *node = tree->nodes[level][index];
    return STATUS_OK;
}

static struct merkle_nodes source(struct tree *tree)
{
    return (struct merkle_nodes){get_node, tree};
}

static void grow(struct tree *tree, enum digest_algorithm algorithm)
{
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    memset(tree, 0, sizeof(*tree));
    tree->algorithm = algorithm;
    merkle_frontier_root(algorithm, &frontier, &tree->roots[0]);
    for (unsigned i = 0; i < LEAVES; i++) {
        struct digest leaf;
        const uint8_t data = (uint8_t)i;
        merkle_leaf(algorithm, (struct bytes){&data, 1}, &leaf);
        merkle_frontier_add(algorithm, &frontier, &leaf, store_node, tree);
        assert_int_equal(frontier.size, i + 1);
        merkle_frontier_root(algorithm, &frontier, &tree->roots[i + 1]);
    }
}

/* MTH of RFC 6962, 2.1, word for word, over leaves begin, begin + 1, … */
static void define_hash(enum digest_algorithm algorithm, unsigned begin, unsigned count,
                        struct digest *hash)
{
    uint8_t input[65];
    if (count == 0) {
        digest_of(algorithm, (struct bytes){NULL, 0}, hash);
        return;
    }
    if (count == 1) {
        input[0] = 0;
        input[1] = (uint8_t)begin;
        digest_of(algorithm, (struct bytes){input, 2}, hash);
        return;
    }
    unsigned k = 1;
    while (k * 2 < count) {
        k *= 2;
    }
    struct digest left, right;
    define_hash(algorithm, begin, k, &left);
    define_hash(algorithm, begin + k, count - k, &right);
    input[0] = 1;
    memcpy(input + 1, left.bytes, 32);
    memcpy(input + 33, right.bytes, 32);
    digest_of(algorithm, (struct bytes){input, 65}, hash);
}

static void root_of_every_size_is_the_defined_one(void **state)
{
    struct tree *tree = *state;
    for (enum digest_algorithm algorithm = DIGEST_SHA256; algorithm <= DIGEST_SM3; algorithm++) {
        grow(tree, algorithm);
        for (unsigned size = 0; size <= LEAVES; size++) {
            struct digest expected;
            define_hash(algorithm, 0, size, &expected);
            assert_true(digest_equal(&expected, &tree->roots[size]));
        }
    }
}

/* The tree of `size` leaves from nodes of at most `level`, as large as fit where each begins. */
static void tile(const struct tree *tree, unsigned size, unsigned level,
                 struct merkle_frontier *frontier)
{
    merkle_frontier_init(frontier);
    while (frontier->size < size) {
        unsigned fits = level;
        while ((frontier->size & ((UINT64_C(1) << fits) - 1)) != 0 ||
               (UINT64_C(1) << fits) > size - frontier->size) {
            fits--;
        }
        assert_int_equal(merkle_frontier_add_node(tree->algorithm, frontier, fits,
                                                  &tree->nodes[fits][frontier->size >> fits]),
                         STATUS_OK);
    }
}

static void nodes_tile_a_tree_to_its_root(void **state)
{
    (void)state;
    struct tree *tree = calloc(1, sizeof *tree);
    struct merkle_frontier frontier;
    struct digest root;
    grow(tree, DIGEST_SM3);
    for (unsigned size = 1; size <= LEAVES; size++) {
        for (unsigned level = 0; level < LEVELS; level++) {
            tile(tree, size, level, &frontier);
            merkle_frontier_root(DIGEST_SM3, &frontier, &root);
            assert_true(digest_equal(&root, &tree->roots[size]));
        }
    }
    frontier.size = 6;
    assert_int_equal(merkle_frontier_add_node(DIGEST_SM3, &frontier, 2, &root), STATUS_INVALID);
    assert_int_equal(merkle_frontier_add_node(DIGEST_SM3, &frontier, 64, &root), STATUS_INVALID);
    frontier.size = UINT64_C(1) << 63;
    assert_int_equal(merkle_frontier_add_node(DIGEST_SM3, &frontier, 63, &root), STATUS_INVALID);
    free(tree);
}

static void empty_tree_is_the_digest_of_nothing(void **state)
{
    (void)state;
    struct digest root;
    char text[65];
    merkle_empty_root(DIGEST_SHA256, &root);
    hex_encode(text, root.bytes, DIGEST_BYTES);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void fold_text(struct hasher *hasher, const char *text)
{
    hasher_add(hasher, bytes_of_text(text));
}

static void fold_digest(struct hasher *hasher, const struct digest *digest)
{
    char text[67] = " ";
    hex_encode(text + 1, digest->bytes, DIGEST_BYTES);
    fold_text(hasher, text);
}

static void fold_path(struct hasher *hasher, const char *prefix, const struct merkle_path *path)
{
    fold_text(hasher, prefix);
    for (unsigned i = 0; i < path->length; i++) {
        fold_digest(hasher, &path->nodes[i]);
    }
    fold_text(hasher, "\n");
}

static void assert_folded(struct hasher *hasher, const char *expected)
{
    struct digest digest;
    char text[65];
    hasher_end(hasher, &digest);
    hex_encode(text, digest.bytes, DIGEST_BYTES);
    assert_string_equal(text, expected);
    hasher_free(hasher);
}

static struct hasher *fold(void)
{
    struct hasher *hasher = NULL;
    assert_int_equal(hasher_new(DIGEST_SHA256, &hasher, NULL), STATUS_OK);
    hasher_begin(hasher);
    return hasher;
}

static void subtree_root(uint64_t begin, uint64_t end, struct digest *root)
{
    struct merkle_frontier frontier;
    merkle_frontier_init(&frontier);
    for (uint64_t i = begin; i < end; i++) {
        struct digest leaf;
        const uint8_t data = (uint8_t)i;
        merkle_leaf(DIGEST_SHA256, (struct bytes){&data, 1}, &leaf);
        merkle_frontier_add(DIGEST_SHA256, &frontier, &leaf, NULL, NULL);
    }
    merkle_frontier_root(DIGEST_SHA256, &frontier, root);
}

static void subtree_hashes_are_the_published_ones(void **state)
{
    (void)state;
    struct hasher *hasher = fold();
    for (uint64_t end = 0; end <= VECTOR_LEAVES; end++) {
        for (uint64_t begin = 0; begin <= end; begin++) {
            if (!merkle_subtree_is_valid(begin, end)) {
                continue;
            }
            struct digest root;
            char prefix[64];
            subtree_root(begin, end, &root);
            (void)snprintf(prefix, sizeof(prefix), "[%" PRIu64 ", %" PRIu64 ")", begin, end);
            fold_text(hasher, prefix);
            fold_digest(hasher, &root);
            fold_text(hasher, "\n");
        }
    }
    assert_folded(hasher, "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81");
}

static void inclusion_paths_are_the_published_ones(void **state)
{
    struct tree *tree = *state;
    grow(tree, DIGEST_SHA256);
    struct hasher *hasher = fold();
    for (uint64_t end = 0; end <= VECTOR_LEAVES; end++) {
        for (uint64_t begin = 0; begin <= end; begin++) {
            if (!merkle_subtree_is_valid(begin, end)) {
                continue;
            }
            tree->shift = begin;
            for (uint64_t index = begin; index < end; index++) {
                struct merkle_path path;
                struct merkle_nodes nodes = source(tree);
                char prefix[96];
                assert_int_equal(
                    merkle_inclusion_path(DIGEST_SHA256, &nodes, index - begin, end - begin, &path),
                    STATUS_OK);
                (void)snprintf(prefix, sizeof(prefix), "%" PRIu64 " [%" PRIu64 ", %" PRIu64 ")",
                               index, begin, end);
                fold_path(hasher, prefix, &path);
            }
        }
    }
    assert_folded(hasher, "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f");
}

static void consistency_paths_are_the_published_ones(void **state)
{
    struct tree *tree = *state;
    grow(tree, DIGEST_SHA256);
    struct merkle_nodes nodes = source(tree);
    struct hasher *hasher = fold();
    for (uint64_t size = 0; size <= VECTOR_LEAVES; size++) {
        for (uint64_t end = 0; end <= size; end++) {
            for (uint64_t begin = 0; begin <= end; begin++) {
                if (!merkle_subtree_is_valid(begin, end)) {
                    continue;
                }
                struct merkle_path path = {0};
                char prefix[96];
                if (begin < end) {
                    assert_int_equal(
                        merkle_subtree_path(DIGEST_SHA256, &nodes, begin, end, size, &path),
                        STATUS_OK);
                }
                (void)snprintf(prefix, sizeof(prefix), "[%" PRIu64 ", %" PRIu64 ") %" PRIu64, begin,
                               end, size);
                fold_path(hasher, prefix, &path);
            }
        }
    }
    assert_folded(hasher, "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74");
}

static void every_inclusion_proof_verifies(void **state)
{
    struct tree *tree = *state;
    struct merkle_nodes nodes = source(tree);
    for (enum digest_algorithm algorithm = DIGEST_SHA256; algorithm <= DIGEST_SM3; algorithm++) {
        grow(tree, algorithm);
        for (uint64_t size = 1; size <= LEAVES; size++) {
            for (uint64_t index = 0; index < size; index++) {
                struct merkle_path path;
                assert_int_equal(merkle_inclusion_path(algorithm, &nodes, index, size, &path),
                                 STATUS_OK);
                assert_int_equal(merkle_verify_inclusion(algorithm, &tree->nodes[0][index], index,
                                                         size, &path, &tree->roots[size]),
                                 STATUS_OK);
            }
        }
    }
}

static void every_consistency_proof_verifies(void **state)
{
    struct tree *tree = *state;
    struct merkle_nodes nodes = source(tree);
    for (enum digest_algorithm algorithm = DIGEST_SHA256; algorithm <= DIGEST_SM3; algorithm++) {
        grow(tree, algorithm);
        for (uint64_t second = 1; second <= LEAVES; second++) {
            for (uint64_t first = 1; first <= second; first++) {
                struct merkle_path path;
                assert_int_equal(merkle_consistency_path(algorithm, &nodes, first, second, &path),
                                 STATUS_OK);
                assert_int_equal(merkle_verify_consistency(algorithm, first, &tree->roots[first],
                                                           second, &tree->roots[second], &path),
                                 STATUS_OK);
            }
        }
    }
}

/* Whether the single-bit changes of this proof are tried; see the top of the file. */
static bool is_tried(uint64_t size, uint64_t at)
{
    if (size <= ALTERED_LEAVES || getenv("SEALROOM_EVERY_BIT") != NULL) {
        return true;
    }
    return (size * 2654435761u + at * 40503u) % 331 == 0;
}

struct inclusion {
    struct tree *tree;
    uint64_t index;
    uint64_t size;
    struct digest leaf;
    struct digest root;
    struct merkle_path path;
};

static enum status judge_inclusion(const struct inclusion *proof)
{
    return merkle_verify_inclusion(proof->tree->algorithm, &proof->leaf, proof->index, proof->size,
                                   &proof->path, &proof->root);
}

static void try_inclusion_bits(struct inclusion *proof, void *field, size_t size)
{
    uint8_t *bytes = field;
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(judge_inclusion(proof), STATUS_MISMATCH);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_flipped_bit_of_an_inclusion_proof_is_refused(void **state)
{
    struct tree *tree = *state;
    struct merkle_nodes nodes = source(tree);
    grow(tree, DIGEST_SHA256);
    for (uint64_t size = 1; size <= LEAVES; size++) {
        for (uint64_t index = 0; index < size; index++) {
            if (!is_tried(size, index)) {
                continue;
            }
            struct inclusion proof = {.tree = tree, .index = index, .size = size};
            proof.leaf = tree->nodes[0][index];
            proof.root = tree->roots[size];
            assert_int_equal(merkle_inclusion_path(DIGEST_SHA256, &nodes, index, size, &proof.path),
                             STATUS_OK);
            assert_int_equal(judge_inclusion(&proof), STATUS_OK);
            try_inclusion_bits(&proof, &proof.leaf, sizeof(proof.leaf));
            try_inclusion_bits(&proof, &proof.root, sizeof(proof.root));
            try_inclusion_bits(&proof, &proof.index, sizeof(proof.index));
            try_inclusion_bits(&proof, proof.path.nodes, proof.path.length * sizeof(struct digest));
            proof.path.length++;
            assert_int_equal(judge_inclusion(&proof), STATUS_MISMATCH);
            if (proof.path.length > 1) {
                proof.path.length -= 2;
                assert_int_equal(judge_inclusion(&proof), STATUS_MISMATCH);
            }
        }
    }
}

struct consistency {
    struct tree *tree;
    uint64_t first;
    uint64_t second;
    struct digest first_root;
    struct digest second_root;
    struct merkle_path path;
};

static enum status judge_consistency(const struct consistency *proof)
{
    return merkle_verify_consistency(proof->tree->algorithm, proof->first, &proof->first_root,
                                     proof->second, &proof->second_root, &proof->path);
}

static void try_consistency_bits(struct consistency *proof, void *field, size_t size)
{
    uint8_t *bytes = field;
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(judge_consistency(proof), STATUS_MISMATCH);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void every_flipped_bit_of_a_consistency_proof_is_refused(void **state)
{
    struct tree *tree = *state;
    struct merkle_nodes nodes = source(tree);
    grow(tree, DIGEST_SHA256);
    for (uint64_t second = 1; second <= LEAVES; second++) {
        for (uint64_t first = 1; first <= second; first++) {
            if (!is_tried(second, first)) {
                continue;
            }
            struct consistency proof = {.tree = tree, .first = first, .second = second};
            proof.first_root = tree->roots[first];
            proof.second_root = tree->roots[second];
            assert_int_equal(
                merkle_consistency_path(DIGEST_SHA256, &nodes, first, second, &proof.path),
                STATUS_OK);
            assert_int_equal(judge_consistency(&proof), STATUS_OK);
            try_consistency_bits(&proof, &proof.first_root, sizeof(proof.first_root));
            try_consistency_bits(&proof, &proof.second_root, sizeof(proof.second_root));
            try_consistency_bits(&proof, proof.path.nodes,
                                 proof.path.length * sizeof(struct digest));
            proof.path.length++;
            assert_int_equal(judge_consistency(&proof), STATUS_MISMATCH);
            if (proof.path.length > 1) {
                proof.path.length -= 2;
                assert_int_equal(judge_consistency(&proof), STATUS_MISMATCH);
            }
        }
    }
}

static void senseless_sizes_are_refused(void **state)
{
    struct tree *tree = *state;
    struct merkle_nodes nodes = source(tree);
    struct merkle_path path = {0};
    grow(tree, DIGEST_SHA256);
    assert_int_equal(merkle_inclusion_path(DIGEST_SHA256, &nodes, 0, 0, &path), STATUS_INVALID);
    assert_int_equal(merkle_inclusion_path(DIGEST_SHA256, &nodes, 5, 5, &path), STATUS_INVALID);
    assert_int_equal(merkle_consistency_path(DIGEST_SHA256, &nodes, 0, 5, &path), STATUS_INVALID);
    assert_int_equal(merkle_consistency_path(DIGEST_SHA256, &nodes, 6, 5, &path), STATUS_INVALID);
    path.length = 0;
    assert_int_equal(
        merkle_verify_consistency(DIGEST_SHA256, 0, &tree->roots[0], 5, &tree->roots[5], &path),
        STATUS_MISMATCH);
    assert_int_equal(
        merkle_verify_consistency(DIGEST_SHA256, 5, &tree->roots[5], 4, &tree->roots[4], &path),
        STATUS_MISMATCH);
    assert_int_equal(
        merkle_verify_inclusion(DIGEST_SHA256, &tree->nodes[0][0], 0, 0, &path, &tree->roots[0]),
        STATUS_MISMATCH);
    path.length = 2 * MERKLE_LEVELS + 1; /* more than there is room for */
    assert_int_equal(merkle_verify_inclusion(DIGEST_SHA256, &tree->nodes[0][0], 0, UINT64_MAX,
                                             &path, &tree->roots[1]),
                     STATUS_MISMATCH);
    assert_int_equal(merkle_verify_consistency(DIGEST_SHA256, 1, &tree->roots[1], UINT64_MAX,
                                               &tree->roots[5], &path),
                     STATUS_MISMATCH);
}

static enum status fail_to_get(void *context, unsigned level, uint64_t index, struct digest *node)
{
    (void)context;
    (void)level;
    (void)index;
    (void)node;
    return STATUS_IO;
}

static void failure_of_the_node_source_is_handed_on(void **state)
{
    (void)state;
    struct merkle_path path;
    struct merkle_nodes nodes = {fail_to_get, NULL};
    assert_int_equal(merkle_inclusion_path(DIGEST_SHA256, &nodes, 3, 7, &path), STATUS_IO);
    assert_int_equal(merkle_consistency_path(DIGEST_SHA256, &nodes, 3, 7, &path), STATUS_IO);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct tree));
    return *state == NULL;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_of_every_size_is_the_defined_one),
        cmocka_unit_test(nodes_tile_a_tree_to_its_root),
        cmocka_unit_test(empty_tree_is_the_digest_of_nothing),
        cmocka_unit_test(subtree_hashes_are_the_published_ones),
        cmocka_unit_test(inclusion_paths_are_the_published_ones),
        cmocka_unit_test(consistency_paths_are_the_published_ones),
        cmocka_unit_test(every_inclusion_proof_verifies),
        cmocka_unit_test(every_consistency_proof_verifies),
        cmocka_unit_test(every_flipped_bit_of_an_inclusion_proof_is_refused),
        cmocka_unit_test(every_flipped_bit_of_a_consistency_proof_is_refused),
        cmocka_unit_test(senseless_sizes_are_refused),
        cmocka_unit_test(failure_of_the_node_source_is_handed_on),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
