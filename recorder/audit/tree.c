#include "audit/tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/tree_proof.h"

/* Pass 1: the tree of the rows as they are. */
struct survey {
    struct audit *audit;
    struct tree_rows *rows;
    struct merkle_frontier frontier;
    struct claims *claims;
    size_t next_claim;
    uint64_t good_to; /* the largest checkpoint that these rows fit */
    bool differs;     /* something stored is not what was computed */
};

static void survey_node(void *context, unsigned level, uint64_t index, const struct digest *node)
{
    struct survey *survey = context;
    struct merkle_nodes nodes = ledger_view_nodes(survey->audit->view);
    struct digest stored;

    if (level == 0) {
        return; /* came with the row */
    }
    if (nodes.get(nodes.context, level, index, &stored) != STATUS_OK ||
        !digest_equal(&stored, node)) {
        survey->differs = true;
    }
    tree_rows_keep(survey->rows, level, index, node);
}

/* Judges the claims of the size that was just reached. */
static void survey_claims(struct survey *survey)
{
    struct claims *claims = survey->claims;
    struct digest root;
    bool computed = false;
    while (survey->next_claim < claims->count &&
           claims->list[survey->next_claim].size <= survey->frontier.size) {
        struct claim *claim = &claims->list[survey->next_claim++];
        if (claim->size != survey->frontier.size) {
            continue;
        }
        if (!computed) {
            merkle_frontier_root(survey->audit->algorithm, &survey->frontier, &root);
            computed = true;
        }
        bool fits = digest_equal(&root, &claim->root);
        claim->verdict = fits ? CLAIM_FITS : CLAIM_DIFFERS;
        if (fits && claim->is_checkpoint) {
            survey->good_to = claim->size;
        }
    }
}

static enum status survey_row(void *context, uint64_t number, const struct ledger_row *row,
                              enum status status)
{
    struct survey *survey = context;
    struct audit *audit = survey->audit;
    struct digest leaf = {{0}};

    if (row != NULL) {
        merkle_leaf(audit->algorithm, row->head, &leaf);
        survey->differs = survey->differs || !digest_equal(&leaf, &row->leaf);
    } else {
        /* the stored leaf stands in for it, so that it hides nothing else */
        struct merkle_nodes nodes = ledger_view_nodes(audit->view);
        (void)nodes.get(nodes.context, 0, number, &leaf);
        audit->rows[number] = ROW_MISSING;
        survey->differs = true;
        if (status == STATUS_IO) {
            struct finding finding = finding_of(FAULT_RECORD_UNREADABLE);
            finding_set_record(&finding, number);
            finding_set_file(&finding, "ledger.db");
            audit_add(audit, &finding);
        }
    }
    merkle_frontier_add(audit->algorithm, &survey->frontier, &leaf, survey_node, survey);
    survey_claims(survey);
    audit_show(audit, AUDIT_STAGE_RECORDS, number + 1, audit->size * 2);
    return STATUS_OK;
}

/* Pass 2: the tree of the leaves as they are proved, held against the stored nodes. */
struct review {
    struct audit *audit;
    struct tree_proof *proof;
    struct merkle_frontier frontier;
    struct claims *claims;
    size_t next_claim;
};

static void report_node(struct audit *audit, unsigned level, uint64_t index, const char *what)
{
    struct finding finding = finding_of(FAULT_NODE_ALTERED);
    finding_set_record(&finding, index << level);
    finding.record_last = ((index + 1) << level) - 1;
    finding_set_file(&finding, "ledger.db");
    finding_set_detail(&finding, "node %u/%" PRIu64 " %s", level, index, what);
    audit_add(audit, &finding);
}

static void review_node(void *context, unsigned level, uint64_t index, const struct digest *node)
{
    struct review *review = context;
    struct merkle_nodes nodes = ledger_view_nodes(review->audit->view);
    struct digest stored;
    if (tree_proof_is_open(review->proof, index << level, (index + 1) << level)) {
        return; /* nobody knows what this node should be */
    }
    if (nodes.get(nodes.context, level, index, &stored) != STATUS_OK) {
        report_node(review->audit, level, index, "is missing");
    } else if (!digest_equal(&stored, node)) {
        report_node(review->audit, level, index, "is altered");
    }
}

static void review_claims(struct review *review)
{
    struct claims *claims = review->claims;
    struct digest root;
    while (review->next_claim < claims->count &&
           claims->list[review->next_claim].size <= review->frontier.size) {
        struct claim *claim = &claims->list[review->next_claim++];
        if (claim->size != review->frontier.size) {
            continue;
        }
        merkle_frontier_root(review->audit->algorithm, &review->frontier, &root);
        if (digest_equal(&root, &claim->root)) {
            claim->verdict = CLAIM_FITS;
        } else {
            claim->verdict =
                tree_proof_is_open(review->proof, 0, claim->size) ? CLAIM_UNKNOWN : CLAIM_DIFFERS;
        }
    }
}

static void report_row(struct audit *audit, uint64_t number, enum status read, bool is_row)
{
    struct finding finding = finding_of(FAULT_RECORD_ALTERED);
    if (!is_row) {
        if (read == STATUS_IO) {
            return; /* reported when it was first read */
        }
        finding.fault = FAULT_RECORD_MISSING;
        if (read == STATUS_MISMATCH) {
            finding_set_detail(&finding, "the file is damaged where the row lies");
        }
    }
    finding_set_record(&finding, number);
    finding_set_file(&finding, "ledger.db");
    audit_add(audit, &finding);
}

static enum status review_row(void *context, uint64_t number, const struct ledger_row *row,
                              enum status status)
{
    struct review *review = context;
    struct audit *audit = review->audit;
    struct digest computed = {{0}};
    struct digest leaf;

    if (row != NULL) {
        merkle_leaf(audit->algorithm, row->head, &computed);
    }
    bool open = tree_proof_is_open(review->proof, number, number + 1);
    tree_proof_leaf(review->proof, number, row != NULL ? &computed : NULL, &leaf);
    if (row == NULL) {
        report_row(audit, number, status, false);
    } else if (open) {
        audit->rows[number] = ROW_UNPROVED;
    } else if (!digest_equal(&computed, &leaf)) {
        audit->rows[number] = ROW_ALTERED;
        report_row(audit, number, status, true);
    }
    merkle_frontier_add(audit->algorithm, &review->frontier, &leaf, review_node, review);
    review_claims(review);
    return STATUS_OK;
}

/* What no signed root reaches: from the last checkpoint that fits to the first that does not. */
static void report_open(struct audit *audit, const struct tree_proof *proof,
                        const struct claims *claims, uint64_t good_to)
{
    uint64_t from = 0;
    uint64_t to = 0;
    while (tree_proof_next_open(proof, to, &from, &to)) {
        struct finding finding = finding_of(FAULT_RECORDS_UNPROVED);
        uint64_t end = to;
        /* the first checkpoint that no longer fits has the first alteration before it */
        for (size_t i = 0; from == good_to && i < claims->count; i++) {
            const struct claim *claim = &claims->list[i];
            if (claim->is_checkpoint && claim->size > from && claim->size < end) {
                end = claim->size;
            }
        }
        finding_set_record(&finding, from);
        finding.record_last = end - 1;
        finding_set_file(&finding, "ledger.db");
        if (end < to) {
            finding_set_detail(&finding,
                               "nothing tells whether records %" PRIu64 " to %" PRIu64
                               " are the ones that were sealed",
                               end, to - 1);
        }
        audit_add(audit, &finding);
    }
}

static enum status review_all(struct audit *audit, struct survey *survey, struct error *error)
{
    struct tree_proof *proof = NULL;
    enum status status =
        tree_proof_new(audit, survey->rows, survey->claims, survey->good_to, &proof, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct review review = {.audit = audit, .proof = proof, .claims = survey->claims};
    merkle_frontier_init(&review.frontier);
    status = audit_rows(audit, 0, audit->size, review_row, &review, error);
    if (status == STATUS_OK) {
        report_open(audit, proof, survey->claims, survey->good_to);
    }
    tree_proof_free(proof);
    return status;
}

enum status tree_judge(struct audit *audit, struct claims *claims, struct error *error)
{
    struct survey survey = {.audit = audit, .claims = claims};
    claims_sort(claims);
    for (size_t i = 0; i < claims->count; i++) {
        claims->list[i].verdict = claims->list[i].size > audit->size ? CLAIM_BEYOND : CLAIM_UNKNOWN;
    }
    enum status status = tree_rows_new(audit->size, &survey.rows, error);
    if (status != STATUS_OK) {
        return status;
    }
    merkle_frontier_init(&survey.frontier);
    status = audit_rows(audit, 0, audit->size, survey_row, &survey, error);
    /* One altered row takes every later claim with it, until it is known what it should be. */
    if (status == STATUS_OK && (survey.differs || survey.good_to < audit->size)) {
        status = review_all(audit, &survey, error);
    }
    tree_rows_free(survey.rows);
    return status;
}
