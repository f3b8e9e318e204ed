/*
 * The tree, computed again from the stored bytes of the records and held against what is stored
 * and what is signed.
 *
 * Where the three differ, the signed root decides who is wrong: from the root downwards each node
 * is proved by the one above it, with what is stored and what was computed as candidates for its
 * children. So an altered row, an altered leaf hash and an altered inner node are told apart, and
 * one does not hide another.
 */
#ifndef SEALROOM_AUDIT_TREE_H
#define SEALROOM_AUDIT_TREE_H

#include "audit/claim.h"
#include "audit/context.h"

/* Judges records 0 to audit->size - 1: fills audit->rows and the claims' verdicts, and reports
 * what is altered. Of the claims the largest checkpoint has audit->size records. */
MUST_CHECK enum status tree_judge(struct audit *audit, struct claims *claims, struct error *error);

#endif
