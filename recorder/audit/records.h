/*
 * Reading what the true records say: form, content against head, continuity of the sources, and
 * everything the later steps need, into the book.
 */
#ifndef SEALROOM_AUDIT_RECORDS_H
#define SEALROOM_AUDIT_RECORDS_H

#include "audit/context.h"

/* After tree_judge. */
MUST_CHECK enum status records_read(struct audit *audit, struct error *error);

/* Internal to the reading, one file a subject. */

/* Continuity: seq per source, order of time per boot, heartbeats. */
void sources_take(struct audit *audit, uint64_t number, const struct record_head *head,
                  const json_t *body);
/* A record that cannot be believed stands here: its source's count may have gone on. */
void sources_pass(struct audit *audit, uint64_t number);

/* An expiry record, judged again. */
MUST_CHECK enum status expiry_judge(struct audit *audit, uint64_t number,
                                    const struct record_head *head, const json_t *body,
                                    struct error *error);

/* The segments that went in their time, one finding a camera. */
void expiry_list(struct audit *audit);

#endif
