/*
 * Whose signatures count. The certificate from outside rules; without one the machine's own does,
 * and the verdict says so.
 */
#ifndef SEALROOM_AUDIT_KEYS_H
#define SEALROOM_AUDIT_KEYS_H

#include "audit/context.h"

/* Fills audit->certificate, key, suite, algorithm and the report's trust. With no certificate at
 * all they stay empty, and that is a finding. */
MUST_CHECK enum status keys_find(struct audit *audit, struct error *error);

/* An export key's record: is it certified by the key that signs? Nothing is asked of another one.
 */
void keys_judge_record(struct audit *audit, uint64_t number, const struct record_head *head,
                       const json_t *body);

#endif
