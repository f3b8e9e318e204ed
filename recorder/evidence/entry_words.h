/*
 * Words for what an entry says, in both languages, for files that people read.
 */
#ifndef SEALROOM_EVIDENCE_ENTRY_WORDS_H
#define SEALROOM_EVIDENCE_ENTRY_WORDS_H

#include "evidence/content.h"
#include "store/entry_record.h"

/* The name is that of the record. NULL: it says nothing (no verdict, no direction). */
const struct word *entry_verdict_word(enum verdict verdict);
const struct word *entry_direction_word(enum direction direction);
/* Who says so: "controller" or "recorder". */
const struct word *entry_origin_word(bool derived);
/* By which clock: "controller", "receipt" or "conclusion" (the recorder's own). */
const struct word *entry_clock_word(const struct entry_record *record);
/* The rule that a conclusion is drawn by; NULL: none that this version knows. */
const struct word *entry_rule_word(const char *by);
/* Why there is no content; NULL of what is shown. */
const struct word *entry_state_word(enum content_state state);
/* A sentence of a record in Chinese, or "" if it has none. `shown` has PHRASE_SIZE bytes. */
const char *entry_detail_chinese(const char *detail, char *shown);

#endif
