#include "audit/tree_proof.h"

#include <stdlib.h>

#include "audit/span_list.h"

#define CANDIDATES_MAX 16u
/* Checkpoints tried where the newest leaves something open: so many of the newest, and so many of
 * the oldest of those that do not fit. */
#define PROOFS_MAX 32u

/* A leaf that is not what the row, or the stand-in for a missing row, hashes to. */
struct override {
    uint64_t number;
    struct digest leaf;
};

struct tree_proof {
    struct audit *audit;
    struct tree_rows *rows;
    struct override *overrides; /* in no order until sorted */
    size_t override_count;
    size_t override_capacity;
    struct span_list open; /* leaves that are unknown */
    uint64_t chunk;        /* whose leaves stand in chunk_leaves; UINT64_MAX: none */
    struct digest chunk_leaves[TREE_CHUNK];
    struct error *error;
    enum status status; /* the first failure */
};

static enum status take_chunk_row(void *context, uint64_t number, const struct ledger_row *row,
                                  enum status status)
{
    struct tree_proof *proof = context;
    struct digest *leaf = &proof->chunk_leaves[number % TREE_CHUNK];
    (void)status;
    if (row != NULL) {
        merkle_leaf(proof->audit->algorithm, row->head, leaf);
    } else {
        struct merkle_nodes nodes = ledger_view_nodes(proof->audit->view);
        *leaf = (struct digest){{0}};
        (void)nodes.get(nodes.context, 0, number, leaf);
    }
    return STATUS_OK;
}

static bool load_chunk(struct tree_proof *proof, uint64_t chunk)
{
    if (proof->chunk == chunk) {
        return true;
    }
    uint64_t from = chunk * TREE_CHUNK;
    uint64_t to = from + TREE_CHUNK < proof->audit->size ? from + TREE_CHUNK : proof->audit->size;
    proof->chunk = UINT64_MAX;
    proof->status = audit_rows(proof->audit, from, to, take_chunk_row, proof, proof->error);
    if (proof->status == STATUS_OK) {
        proof->chunk = chunk;
    }
    return proof->status == STATUS_OK;
}

/* The node as the rows make it. */
static bool computed_node(struct tree_proof *proof, unsigned level, uint64_t index,
                          struct digest *node)
{
    if (level >= TREE_CHUNK_LEVEL) {
        tree_rows_node(proof->rows, level, index, node);
        return true;
    }
    if (!load_chunk(proof, (index << level) / TREE_CHUNK)) {
        return false;
    }
    struct merkle_frontier frontier;
    uint64_t first = (index << level) % TREE_CHUNK;
    merkle_frontier_init(&frontier);
    for (uint64_t i = 0; i < UINT64_C(1) << level; i++) {
        merkle_frontier_add(proof->audit->algorithm, &frontier, &proof->chunk_leaves[first + i],
                            NULL, NULL);
    }
    merkle_frontier_root(proof->audit->algorithm, &frontier, node);
    return true;
}

static bool stored_node(struct tree_proof *proof, unsigned level, uint64_t index,
                        struct digest *node)
{
    struct merkle_nodes nodes = ledger_view_nodes(proof->audit->view);
    return nodes.get(nodes.context, level, index, node) == STATUS_OK;
}

static uint64_t split_of(struct span span)
{
    unsigned top = 63u - (unsigned)__builtin_clzll(span.to - span.from - 1);
    return span.from + (UINT64_C(1) << top);
}

static bool is_complete(struct span span, unsigned *level)
{
    uint64_t size = span.to - span.from;
    *level = 63u - (unsigned)__builtin_clzll(size);
    return (size & (size - 1)) == 0;
}

struct candidates {
    size_t count;
    struct digest list[CANDIDATES_MAX];
};

static void candidate_add(struct candidates *candidates, const struct digest *digest)
{
    for (size_t i = 0; i < candidates->count; i++) {
        if (digest_equal(&candidates->list[i], digest)) {
            return;
        }
    }
    if (candidates->count < CANDIDATES_MAX) {
        candidates->list[candidates->count++] = *digest;
    }
}

static void candidates_of(struct tree_proof *proof, struct span span,
                          struct candidates *candidates);

static void join_candidates(const struct tree_proof *proof, const struct candidates *left,
                            const struct candidates *right, struct candidates *joined)
{
    for (size_t i = 0; i < left->count; i++) {
        for (size_t j = 0; j < right->count; j++) {
            struct digest node;
            merkle_node(proof->audit->algorithm, &left->list[i], &right->list[j], &node);
            candidate_add(joined, &node);
        }
    }
}

/* A complete subtree: as it is stored, as the rows make it, as its stored children make it. */
static void candidates_of_node(struct tree_proof *proof, unsigned level, uint64_t index,
                               struct candidates *candidates)
{
    struct digest node;
    struct digest left;
    struct digest right;
    if (computed_node(proof, level, index, &node)) {
        candidate_add(candidates, &node);
    }
    if (stored_node(proof, level, index, &node)) {
        candidate_add(candidates, &node);
    }
    if (level > 0 && stored_node(proof, level - 1, index * 2, &left) &&
        stored_node(proof, level - 1, index * 2 + 1, &right)) {
        merkle_node(proof->audit->algorithm, &left, &right, &node);
        candidate_add(candidates, &node);
    }
}

/* What the hash of a range may be. Recursive only along the right edge: at most 64 deep. */
static void candidates_of(struct tree_proof *proof, struct span span, struct candidates *candidates)
{
    unsigned level = 0;
    candidates->count = 0;
    if (is_complete(span, &level)) {
        candidates_of_node(proof, level, span.from >> level, candidates);
        return;
    }
    struct candidates left;
    struct candidates right;
    uint64_t split = split_of(span);
    candidates_of(proof, (struct span){span.from, split}, &left);
    candidates_of(proof, (struct span){split, span.to}, &right);
    join_candidates(proof, &left, &right, candidates);
}

static void add_override(struct tree_proof *proof, uint64_t number, const struct digest *leaf)
{
    if (proof->override_count == proof->override_capacity) {
        size_t capacity = proof->override_capacity == 0 ? 64 : proof->override_capacity * 2;
        struct override *list = realloc(proof->overrides, capacity * sizeof(*list));
        if (list == NULL) {
            proof->status = error_set(proof->error, STATUS_NO_MEMORY, "no memory for the tree");
            return;
        }
        proof->overrides = list;
        proof->override_capacity = capacity;
    }
    proof->overrides[proof->override_count++] = (struct override){number, *leaf};
}

static void add_span(struct tree_proof *proof, struct span_list *list, struct span span)
{
    if (span_list_add(list, span) != STATUS_OK) {
        proof->status = error_set(proof->error, STATUS_NO_MEMORY, "no memory for the tree");
    }
}

/* Does what the rows make of the range have this hash? Then every row in it is right. */
static bool rows_make(struct tree_proof *proof, struct span span, const struct digest *hash)
{
    unsigned level = 0;
    struct digest made;
    if (is_complete(span, &level)) {
        return computed_node(proof, level, span.from >> level, &made) && digest_equal(&made, hash);
    }
    struct merkle_frontier frontier = {.size = span.to - span.from};
    unsigned count = 0;
    while (span.from < span.to) {
        level = 63u - (unsigned)__builtin_clzll(span.to - span.from);
        if (!computed_node(proof, level, span.from >> level, &frontier.peaks[count++])) {
            return false;
        }
        span.from += UINT64_C(1) << level;
    }
    merkle_frontier_root(proof->audit->algorithm, &frontier, &made);
    return digest_equal(&made, hash);
}

static void descend(struct tree_proof *proof, struct span_list *open, struct span span,
                    const struct digest *hash);

/* Finds the pair of children that hashes to what is proved. */
static bool descend_into(struct tree_proof *proof, struct span_list *open, struct span span,
                         const struct digest *hash)
{
    struct candidates left;
    struct candidates right;
    uint64_t split = split_of(span);
    struct span left_span = {span.from, split};
    struct span right_span = {split, span.to};
    candidates_of(proof, left_span, &left);
    candidates_of(proof, right_span, &right);
    for (size_t i = 0; i < left.count; i++) {
        for (size_t j = 0; j < right.count; j++) {
            struct digest node;
            merkle_node(proof->audit->algorithm, &left.list[i], &right.list[j], &node);
            if (digest_equal(&node, hash)) {
                descend(proof, open, left_span, &left.list[i]);
                descend(proof, open, right_span, &right.list[j]);
                return true;
            }
        }
    }
    return false;
}

/* `hash` is proved to be the hash of the range; what that leaves unknown is added to `open`. At
 * most 64 deep. */
static void descend(struct tree_proof *proof, struct span_list *open, struct span span,
                    const struct digest *hash)
{
    if (proof->status != STATUS_OK || rows_make(proof, span, hash)) {
        return;
    }
    if (span.to - span.from == 1) {
        add_override(proof, span.from, hash);
        return;
    }
    if (!descend_into(proof, open, span, hash)) {
        add_span(proof, open, span);
    }
}

static void prove_from(struct tree_proof *proof, const struct claim *claim)
{
    struct span_list open = {0};
    descend(proof, &open, (struct span){0, claim->size}, &claim->root);
    /* the root of fewer records says nothing of those beyond */
    if (span_list_keep_common(&proof->open, &open, claim->size) != STATUS_OK) {
        proof->status = error_set(proof->error, STATUS_NO_MEMORY, "no memory for the tree");
    }
    span_list_release(&open);
}

static int compare_overrides(const void *left, const void *right)
{
    const struct override *a = left;
    const struct override *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool may_prove(const struct tree_proof *proof, const struct claim *claim, uint64_t good_to)
{
    return claim->is_checkpoint && claim->size > good_to && claim->size <= proof->audit->size;
}

static void prove_all(struct tree_proof *proof, const struct claims *claims, uint64_t good_to)
{
    unsigned tried = 0;
    size_t newest = claims->count;
    for (; newest > 0 && tried < PROOFS_MAX && proof->open.count > 0; newest--) {
        if (may_prove(proof, &claims->list[newest - 1], good_to)) {
            prove_from(proof, &claims->list[newest - 1]);
            tried++;
        }
    }
    tried = 0;
    for (size_t i = 0; i < newest && tried < PROOFS_MAX && proof->open.count > 0; i++) {
        if (may_prove(proof, &claims->list[i], good_to)) {
            prove_from(proof, &claims->list[i]);
            tried++;
        }
    }
}

enum status tree_proof_new(struct audit *audit, struct tree_rows *rows, const struct claims *claims,
                           uint64_t good_to, struct tree_proof **proof, struct error *error)
{
    struct tree_proof *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the tree");
    }
    *made = (struct tree_proof){.audit = audit, .rows = rows, .chunk = UINT64_MAX, .error = error};
    if (audit->size > good_to) {
        add_span(made, &made->open, (struct span){good_to, audit->size});
    }
    prove_all(made, claims, good_to);
    if (made->status != STATUS_OK) {
        enum status status = made->status;
        tree_proof_free(made);
        return status;
    }
    span_list_cut_below(&made->open, good_to);
    if (made->override_count > 0) {
        qsort(made->overrides, made->override_count, sizeof(*made->overrides), compare_overrides);
    }
    *proof = made;
    return STATUS_OK;
}

void tree_proof_free(struct tree_proof *proof)
{
    if (proof == NULL) {
        return;
    }
    free(proof->overrides);
    span_list_release(&proof->open);
    free(proof);
}

bool tree_proof_next_open(const struct tree_proof *proof, uint64_t at, uint64_t *from, uint64_t *to)
{
    for (size_t i = 0; i < proof->open.count; i++) {
        if (proof->open.spans[i].from >= at) {
            *from = proof->open.spans[i].from;
            *to = proof->open.spans[i].to;
            return true;
        }
    }
    return false;
}

bool tree_proof_is_open(const struct tree_proof *proof, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < proof->open.count; i++) {
        if (proof->open.spans[i].from < to && from < proof->open.spans[i].to) {
            return true;
        }
    }
    return false;
}

void tree_proof_leaf(const struct tree_proof *proof, uint64_t number, const struct digest *computed,
                     struct digest *leaf)
{
    const struct override key = {.number = number};
    const struct override *found = proof->override_count == 0
                                       ? NULL
                                       : bsearch(&key, proof->overrides, proof->override_count,
                                                 sizeof(*proof->overrides), compare_overrides);
    if (found != NULL) {
        *leaf = found->leaf;
    } else if (computed != NULL) {
        *leaf = *computed;
    } else {
        struct merkle_nodes nodes = ledger_view_nodes(proof->audit->view);
        *leaf = (struct digest){{0}};
        (void)nodes.get(nodes.context, 0, number, leaf);
    }
}
