/*
 * Every row is derived from one record, whose number stands in its column `record`; where an
 * `expiry` record names its body, only the one of table `record` stays. 64-bit
 * numbers are stored as SQLite's signed integers of the same bits; kinds, events and causes by
 * their codes (base/vocabulary.h).
 *
 * record        one row a record
 *   record      its number
 *   kind, source, seq, at_ns   of its head
 *
 * entry         one row an `entry` record
 *   at_ns       when it happened, as entry_record_time has it
 *   late_ns     when it was received, if that is apart from it; else NULL
 *   controller, door, cameras, credential, event   what else people search by
 *   who         person, department and credential, by spaces: what one looks for a person in
 *   alarming    1 if a guard should look at it (entry_record_is_alarming), else 0
 *   body        the record's second line, verbatim
 *
 * span          one row a `segment` or `gap` record
 *   camera, start_ns, end_ns, is_gap
 *   cause, detail                               gaps
 *   id, size, frames, recovered, not_covered    segments; the last two 0 or 1
 *
 * deed          one row an `operator`, `hold`, `anchor` or `account` record
 *   action, what   of the last three as DEED_… in catalog_page.h
 *   subject     the record that it is about: `entry`, `begin`, `request`, `lookup` or `hold`; else
 *               NULL
 *   body        the record's second line, verbatim
 *
 * expired       one row a segment that an `expiry` record names
 *   record      the expiry record
 *   segment     number of the segment record
 *
 * alarm         one row an `alarm` record
 *   begin       number of the record of its begin; itself, if it is one
 *   is_end, at_ns, kind, subject, detail
 */
#include "store/catalog_rows.h"
#include "store/catalog_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/number.h"
#include "store/alarm_record.h"
#include "store/body_expiry_record.h"
#include "store/body_table.h"
#include "store/entry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

#define STATEMENT_SIZE 512
#define INDEXES_MAX    7

/* Indexes are chosen so that a page of entries comes newest first out of one of them, whatever it
 * is filtered by (catalog_page.c); each has the record's number behind it. */
static const struct {
    const char *name;
    const char *columns;
    const char *indexes[INDEXES_MAX]; /* what follows "CREATE INDEX IF NOT EXISTS SCHEMA." */
} tables[] = {
    {"record",
     "record INTEGER PRIMARY KEY, kind INTEGER, source TEXT, seq INTEGER, at_ns INTEGER",
     {"record_at ON record (at_ns)", "record_source ON record (source, at_ns)"}},
    {"entry",
     "record INTEGER PRIMARY KEY, at_ns INTEGER, late_ns INTEGER, controller TEXT, door TEXT,"
     " cameras TEXT, credential TEXT, event INTEGER, who TEXT, alarming INTEGER, body BLOB",
     {"entry_at ON entry (at_ns, record, door, event, alarming)",
      "entry_late ON entry (late_ns) WHERE late_ns IS NOT NULL",
      "entry_door ON entry (door, record)", "entry_event ON entry (event, record)",
      "entry_door_event ON entry (door, event, record)",
      "entry_alarming ON entry (record, door) WHERE alarming",
      "entry_who ON entry (who, record, at_ns, door, event, alarming)"}},
    {"span",
     "record INTEGER PRIMARY KEY, camera TEXT, start_ns INTEGER, end_ns INTEGER,"
     " is_gap INTEGER, cause INTEGER, detail TEXT, id TEXT, size INTEGER, frames INTEGER,"
     " recovered INTEGER, not_covered INTEGER",
     {"span_start ON span (camera, start_ns, end_ns, is_gap, cause)",
      "span_long ON span (camera, start_ns) WHERE end_ns - start_ns > " CATALOG_LONG_NS}},
    {"deed",
     "record INTEGER PRIMARY KEY, action TEXT, what TEXT, subject INTEGER, body BLOB",
     {"deed_subject ON deed (subject, action) WHERE subject IS NOT NULL",
      "deed_action ON deed (action)"}},
    {"expired",
     "record INTEGER, segment INTEGER, PRIMARY KEY (segment, record)",
     {"expired_record ON expired (record)"}},
    {"alarm",
     "record INTEGER PRIMARY KEY, begin INTEGER, is_end INTEGER, at_ns INTEGER, kind TEXT,"
     " subject TEXT, detail TEXT",
     {"alarm_begin ON alarm (begin)"}},
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

enum status catalog_rows_make(sqlite3 *database, const char *schema, struct error *error)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < TABLES && status == STATUS_OK; i++) {
        char text[STATEMENT_SIZE];

        snprintf(text, sizeof(text), "CREATE TABLE IF NOT EXISTS %s.%s (%s) STRICT;", schema,
                 tables[i].name, tables[i].columns);
        status = sql_run(database, text, error);
        for (size_t j = 0; j < INDEXES_MAX && tables[i].indexes[j] && status == STATUS_OK; j++) {
            snprintf(text, sizeof(text), "CREATE INDEX IF NOT EXISTS %s.%s", schema,
                     tables[i].indexes[j]);
            status = sql_run(database, text, error);
        }
    }
    return status;
}

/* Prepares "INSERT OR REPLACE INTO SCHEMA.TABLE VALUES (…)" with the record's number bound. */
static enum status begin_insert(sqlite3 *database, const char *schema, const char *table,
                                const char *places, uint64_t number, sqlite3_stmt **statement,
                                struct error *error)
{
    char text[STATEMENT_SIZE];
    enum status status = STATUS_OK;

    snprintf(text, sizeof(text), "INSERT OR REPLACE INTO %s.%s VALUES (%s)", schema, table, places);
    status = sql_prepare(database, text, statement, error);
    if (status == STATUS_OK)
        sqlite3_bind_int64(*statement, 1, (sqlite3_int64)number);
    return status;
}

/* One record on its way into the catalog. */
struct adding {
    sqlite3 *database;
    const char *schema;
    const struct ledger_row *row;
    struct record_head head;
    const json_t *body;
};

static enum status add_head(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = begin_insert(adding->database, adding->schema, "record",
                                      "?1, ?2, ?3, ?4, ?5", adding->row->number, &statement, error);

    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(statement, 2, (int)adding->head.kind);
    sql_bind_text(statement, 3, adding->head.source);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)adding->head.seq);
    sqlite3_bind_int64(statement, 5, adding->head.at_utc_ns);
    return sql_step_done(statement, error);
}

static enum status add_entry(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    struct entry_record entry;
    struct entry_time time = {0};
    char who[sizeof(entry.name) + sizeof(entry.department) + sizeof(entry.entry.credential)];
    enum status status = STATUS_OK;

    if (entry_record_parse(adding->body, &entry, NULL) != STATUS_OK)
        return STATUS_OK;
    status = begin_insert(adding->database, adding->schema, "entry",
                          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11", adding->row->number,
                          &statement, error);
    if (status != STATUS_OK)
        return status;
    snprintf(who, sizeof(who), "%s %s %s", entry.name, entry.department, entry.entry.credential);
    time = entry_record_time(&entry);
    sqlite3_bind_int64(statement, 2, time.utc_ns);
    if (time.is_apart)
        sqlite3_bind_int64(statement, 3, entry.entry.received_utc_ns);
    sql_bind_text(statement, 4, entry.controller);
    sql_bind_text(statement, 5, entry.entry.door);
    sql_bind_text(statement, 6, entry.cameras);
    sql_bind_text(statement, 7, entry.entry.credential);
    sqlite3_bind_int(statement, 8, entry.entry.event);
    sql_bind_text(statement, 9, who);
    sqlite3_bind_int(statement, 10, entry_record_is_alarming(&entry));
    sql_bind_bytes(statement, 11, adding->row->body);
    return sql_step_done(statement, error);
}

static const char *text_of(const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));

    return text ? text : "";
}

/* The record that a deed is about, by the member that names it. */
static bool subject_of(const json_t *body, uint64_t *subject)
{
    static const char *const members[] = {"entry", "begin", "request", "lookup", "hold"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (number_parse_u64(text_of(body, members[i]), subject) == STATUS_OK)
            return true;
    }
    return false;
}

static const char *action_of(const struct adding *adding)
{
    const char *action = text_of(adding->body, "action");

    if (adding->head.kind == RECORD_HOLD)
        return strcmp(action, "release") == 0 ? DEED_HOLD_RELEASE : DEED_HOLD_SET;
    if (adding->head.kind == RECORD_ANCHOR)
        return DEED_CHECKPOINT;
    return adding->head.kind == RECORD_ACCOUNT ? DEED_ACCOUNT : action;
}

static enum status add_deed(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    uint64_t subject = 0;
    enum status status = begin_insert(adding->database, adding->schema, "deed",
                                      "?1, ?2, ?3, ?4, ?5", adding->row->number, &statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(statement, 2, action_of(adding));
    sql_bind_text(statement, 3,
                  text_of(adding->body, adding->head.kind == RECORD_ACCOUNT ? "event" : "what"));
    if (subject_of(adding->body, &subject))
        sqlite3_bind_int64(statement, 4, (sqlite3_int64)subject);
    sql_bind_bytes(statement, 5, adding->row->body);
    return sql_step_done(statement, error);
}

static enum status begin_span(const struct adding *adding, const char *camera, int64_t start_ns,
                              int64_t end_ns, sqlite3_stmt **statement, struct error *error)
{
    enum status status = begin_insert(adding->database, adding->schema, "span",
                                      "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12",
                                      adding->row->number, statement, error);

    if (status != STATUS_OK)
        return status;
    sql_bind_text(*statement, 2, camera);
    sqlite3_bind_int64(*statement, 3, start_ns);
    sqlite3_bind_int64(*statement, 4, end_ns);
    return STATUS_OK;
}

static enum status add_segment(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    struct segment_record segment;
    enum status status = STATUS_OK;

    if (segment_record_parse(adding->body, &segment, NULL) != STATUS_OK)
        return STATUS_OK;
    status = begin_span(adding, segment.camera, segment.start_utc_ns, segment.end_utc_ns,
                        &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(statement, 5, 0);
    sql_bind_text(statement, 8, segment.id);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)segment.size);
    sqlite3_bind_int64(statement, 10, segment.frames);
    sqlite3_bind_int(statement, 11, segment.recovered);
    sqlite3_bind_int(statement, 12, segment.has_not_covered);
    return sql_step_done(statement, error);
}

static enum status add_gap(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    struct gap_record gap;
    enum status status = STATUS_OK;

    if (gap_record_parse(adding->body, &gap, NULL) != STATUS_OK)
        return STATUS_OK;
    status = begin_span(adding, gap.camera, gap.start_utc_ns, gap.end_utc_ns, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int(statement, 5, 1);
    sqlite3_bind_int(statement, 6, (int)gap.cause);
    sql_bind_text(statement, 7, gap.detail);
    return sql_step_done(statement, error);
}

/* What was told by the bodies that a range of records had. */
static enum status forget(const struct adding *adding, const struct body_range *range,
                          struct error *error)
{
    static const char *const of_bodies[] = {"entry", "span", "deed", "alarm"};
    enum status status = STATUS_OK;

    for (size_t i = 0; i < sizeof(of_bodies) / sizeof(of_bodies[0]) && status == STATUS_OK; i++) {
        char text[STATEMENT_SIZE];
        sqlite3_stmt *statement AUTO_STATEMENT = NULL;

        snprintf(text, sizeof(text), "DELETE FROM %s.%s WHERE record BETWEEN ?1 AND ?2",
                 adding->schema, of_bodies[i]);
        status = sql_prepare(adding->database, text, &statement, error);
        if (status != STATUS_OK)
            return status;
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)range->first);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)range->last);
        status = sql_step_done(statement, error);
    }
    return status;
}

static enum status add_body_expiry(const struct adding *adding, struct error *error)
{
    struct body_expiry_record *expiry = calloc(1, sizeof(*expiry));
    enum status status = STATUS_OK;

    if (!expiry)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    if (body_expiry_record_parse(adding->body, expiry, NULL) != STATUS_OK)
        expiry->count = 0;
    for (size_t i = 0; i < expiry->count && status == STATUS_OK; i++)
        status = forget(adding, &expiry->ranges[i], error);
    free(expiry);
    return status;
}

static enum status add_expiry(const struct adding *adding, struct error *error)
{
    struct expiry_record *expiry = NULL;
    enum status status = STATUS_OK;

    if (body_expiry_record_is(adding->body))
        return add_body_expiry(adding, error);
    expiry = calloc(1, sizeof(*expiry));
    if (!expiry)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    if (expiry_record_parse(adding->body, expiry, NULL) != STATUS_OK)
        expiry->count = 0;
    for (size_t i = 0; i < expiry->count && status == STATUS_OK; i++) {
        sqlite3_stmt *statement AUTO_STATEMENT = NULL;

        status = begin_insert(adding->database, adding->schema, "expired", "?1, ?2",
                              adding->row->number, &statement, error);
        if (status != STATUS_OK)
            break;
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)expiry->segments[i].record);
        status = sql_step_done(statement, error);
    }
    free(expiry);
    return status;
}

static enum status add_alarm(const struct adding *adding, struct error *error)
{
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    struct alarm_record alarm;
    enum status status = STATUS_OK;

    if (alarm_record_parse(adding->body, &alarm, NULL) != STATUS_OK)
        return STATUS_OK;
    status = begin_insert(adding->database, adding->schema, "alarm", "?1, ?2, ?3, ?4, ?5, ?6, ?7",
                          adding->row->number, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 2,
                       (sqlite3_int64)(alarm.end ? alarm.begin : adding->row->number));
    sqlite3_bind_int(statement, 3, alarm.end);
    sqlite3_bind_int64(statement, 4, adding->head.at_utc_ns);
    sql_bind_text(statement, 5, alarm.kind);
    sql_bind_text(statement, 6, alarm.subject);
    sql_bind_text(statement, 7, alarm.detail);
    return sql_step_done(statement, error);
}

/* Which kinds have rows of their own. */
static const struct {
    enum record_kind kind;
    enum status (*add)(const struct adding *adding, struct error *error);
} kinds[] = {
    {RECORD_ENTRY, add_entry},   {RECORD_SEGMENT, add_segment}, {RECORD_GAP, add_gap},
    {RECORD_EXPIRY, add_expiry}, {RECORD_ALARM, add_alarm},     {RECORD_OPERATOR, add_deed},
    {RECORD_HOLD, add_deed},     {RECORD_ANCHOR, add_deed},     {RECORD_ACCOUNT, add_deed},
};

enum status catalog_rows_add(sqlite3 *database, const char *schema, enum digest_algorithm algorithm,
                             const struct ledger_row *row, struct error *error)
{
    struct adding adding = {.database = database, .schema = schema, .row = row};
    json_t *body AUTO_JSON = NULL;
    enum status status = STATUS_OK;

    if (record_head_parse(row->head, &adding.head, NULL) != STATUS_OK)
        return STATUS_OK;
    status = add_head(&adding, error);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && status == STATUS_OK; i++) {
        if (kinds[i].kind != adding.head.kind || !row->has_body ||
            record_body_check(algorithm, &adding.head, row->body, NULL) != STATUS_OK ||
            record_body_parse(row->body, &body, NULL) != STATUS_OK)
            continue;
        adding.body = body;
        status = kinds[i].add(&adding, error);
    }
    return status;
}

/* Counts what one schema has and the other has not. */
static enum status count_only_in(sqlite3 *database, const char *table, const char *in,
                                 const char *not_in, uint64_t from, uint64_t to,
                                 uint64_t *different, struct error *error)
{
    char text[STATEMENT_SIZE];
    sqlite3_stmt *statement AUTO_STATEMENT = NULL;
    enum status status = STATUS_OK;

    snprintf(text, sizeof(text),
             "SELECT count(*) FROM (SELECT * FROM %s.%s WHERE record >= ?1 AND record < ?2"
             " EXCEPT SELECT * FROM %s.%s WHERE record >= ?1 AND record < ?2)",
             in, table, not_in, table);
    status = sql_prepare(database, text, &statement, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)from);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)to);
    status = sql_step_row(statement, error);
    if (status == STATUS_OK)
        *different += (uint64_t)sqlite3_column_int64(statement, 0);
    return status;
}

enum status catalog_rows_differ(sqlite3 *database, uint64_t from, uint64_t to, uint64_t *different,
                                struct error *error)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < TABLES && status == STATUS_OK; i++) {
        status =
            count_only_in(database, tables[i].name, "main", "fresh", from, to, different, error);
        if (status == STATUS_OK)
            status = count_only_in(database, tables[i].name, "fresh", "main", from, to, different,
                                   error);
    }
    return status;
}
