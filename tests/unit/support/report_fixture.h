/*
 * A package fixture with what people want to read of: named doors and cameras, persons, refusals,
 * conclusions of the recorder, and texts that mean harm. And what files for people are made from.
 */
#ifndef SEALROOM_TESTS_REPORT_FIXTURE_H
#define SEALROOM_TESTS_REPORT_FIXTURE_H

#include "evidence/content.h"
#include "evidence/tiling.h"
#include "package_fixture.h"
#include "store/entry_record.h"

struct report_fixture {
    struct package_fixture package;
    struct ledger_view *view;
    struct package_writer *writer;
    struct package_plan plan;
    struct site *site;
    struct content content;
};

/* A ledger as package_begin makes it, and a configuration with names; the range reaches to now and
 * further entries. */
void report_begin(struct report_fixture *fixture, const char *suite);
void report_end(struct report_fixture *fixture);
/* cmocka's set-up and tear-down of one, in the time zone Asia/Shanghai. */
int report_set_up(void **state, const char *suite);
int report_tear_down(void **state);
/* The test fails unless the part is in the text; or if it is. */
void text_has(const char *text, const char *part);
void text_has_not(const char *text, const char *part);
/* An entry of door "archive" now, a second later than the one before; its record. Committed with
 * the request. */
uint64_t report_entry(struct report_fixture *fixture, const struct entry_record *record);
/* What an entry is made from that says nothing in particular. */
struct entry_record report_plain_entry(struct report_fixture *fixture, enum door_event event);
/* Asks for these sources up to now and fills in content. Once. */
void report_ask(struct report_fixture *fixture, const char *sources);
void report_ask_until(struct report_fixture *fixture, const char *sources, int64_t to_utc_ns);
/* A sink that appends to a buffer. */
struct text_sink report_into(struct buffer *buffer);

#endif
