/*
 * The tree over all records against each checkpoint: by the leaves that are stated, or by those
 * that the heads have.
 */
#include <inttypes.h>

#include "evidence/check_parts.h"

void check_report_misfits(struct check *check, const struct list *misfits, enum audit_fault fault)
{
    const struct misfit *list = misfits->data;
    for (size_t i = 0; i < misfits->count; i++) {
        struct shown_record record = {
            .number = list[i].number, .from = list[i].from, .to = list[i].to};
        check_report_record(check, fault, &record, NULL, "");
    }
}

/* With what is stated, with what the heads have, or not at all: by the newest checkpoint. */
static bool judge_newest(struct check *check, const struct list *misfits,
                         const struct record_mark *mark, bool *by_heads)
{
    const struct checkpoint *newest = &check->report->checkpoint;
    *by_heads = false;
    if (mark->reached && digest_equal(&mark->by_leaves, &newest->root)) {
        check_report_misfits(check, misfits, FAULT_RECORD_ALTERED);
        return true;
    }
    *by_heads = mark->reached && digest_equal(&mark->by_heads, &newest->root);
    if (*by_heads) {
        check_report_misfits(check, misfits, FAULT_LEAF_ALTERED);
        return true;
    }
    check_report_misfits(check, misfits, FAULT_RECORD_ALTERED);
    struct finding finding = check_finding(check, FAULT_RECORDS_UNPROVED, PROOF_RECORDS);
    finding_set_record(&finding, 0);
    finding.record_last = newest->size > 0 ? newest->size - 1 : 0;
    check_add(check, &finding);
    return false;
}

static void judge_claim(struct check *check, const struct claim *claim,
                        const struct record_mark *mark, bool by_heads)
{
    bool is_since = claim->name[0] == '\0';
    const struct digest *root = by_heads ? &mark->by_heads : &mark->by_leaves;
    enum audit_fault fault = FAULT_NONE;
    if (!mark->reached) {
        fault = is_since ? FAULT_SINCE_NOT_SHOWN : FAULT_MEMBER_MALFORMED;
    } else if (!digest_equal(root, &claim->checkpoint.root)) {
        fault = is_since ? FAULT_SINCE_FORK : FAULT_CHECKPOINT_FORK;
    }
    if (fault != FAULT_NONE) {
        struct finding finding = check_finding(check, fault, is_since ? NULL : claim->name);
        finding_set_detail(&finding, "checkpoint of %" PRIu64 " records", claim->checkpoint.size);
        check_add(check, &finding);
    }
}

void check_tree(struct check *check, const struct list *misfits, const struct record_mark *marks)
{
    bool by_heads = false;
    for (size_t i = 0; i < check->claim_count; i++) {
        if (check->claims[i].name[0] != '\0' &&
            check->claims[i].checkpoint.size == check->report->checkpoint.size &&
            !judge_newest(check, misfits, &marks[i], &by_heads)) {
            return;
        }
    }
    for (size_t i = 0; i < check->claim_count; i++) {
        judge_claim(check, &check->claims[i], &marks[i], by_heads);
    }
}
