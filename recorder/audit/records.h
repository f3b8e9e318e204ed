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

/* A finding about a record; `head` may be NULL, `detail` is "" if the fault says it all. */
void records_report(struct audit *audit, enum audit_fault fault, uint64_t number,
                    const struct record_head *head, const char *detail);

/* What was asked for, and who names it. `body` may be NULL. */
void asked_look(struct audit *audit, const json_t *body);
/* After all records: STATUS_NOT_FOUND if nothing does. Where something cannot be believed, that may
 * be what named it: then the verdict comes first, and this is STATUS_OK. */
MUST_CHECK enum status asked_check(const struct audit *audit, struct error *error);

/* Continuity: seq per source, order of time per boot, heartbeats. */
void sources_take(struct audit *audit, uint64_t number, const struct record_head *head,
                  const json_t *body);
/* A record that cannot be believed stands here: its source's count may have gone on. */
void sources_pass(struct audit *audit, uint64_t number);

/* An expiry record, judged again. */
MUST_CHECK enum status expiry_judge(struct audit *audit, uint64_t number,
                                    const struct record_head *head, const json_t *body,
                                    struct error *error);

/* The same of bodies. */
MUST_CHECK enum status body_expiry_judge(struct audit *audit, uint64_t number,
                                         const struct record_head *head, const json_t *body,
                                         struct error *error);

/* A deletion at that age against the days that were to be kept: the fault, or FAULT_NONE if it
 * went in its time. `detail` says how early, else it is "". */
enum audit_fault expiry_weigh(bool held, int64_t age_ns, uint32_t days, char detail[96]);

/* The segments that went in their time, one finding a camera. */
void expiry_list(struct audit *audit);
/* After all records: the bodies that went in their time, and those that did not go by a record. */
void body_expiry_list(struct audit *audit);

#endif
