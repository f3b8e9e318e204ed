#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/message.h"
#include "support/ledger_fixture.h"

#define RECORDS 600 /* two whole chunks of 256 and an unfinished one */

#define AUTO_FIXTURE __attribute__((cleanup(fixture_end)))

static void filled(struct ledger_fixture *fixture, uint64_t count)
{
    fixture_begin(fixture, "nist");
    fixture_fill(fixture, count, 30);
    fixture_close(fixture);
}

struct faults {
    unsigned count;
    enum ledger_fault last;
    uint64_t number;
};

static void count_fault(void *context, enum ledger_fault fault, uint64_t number)
{
    struct faults *faults = context;
    faults->count++;
    faults->last = fault;
    faults->number = number;
}

/* Checks all rows in steps, as the keeper does. */
static enum status try_check(const struct ledger_fixture *fixture, struct faults *faults)
{
    *faults = (struct faults){0};
    enum status status = STATUS_OK;
    for (uint64_t next = 0; status == STATUS_OK && next < ledger_size(fixture->ledger);) {
        uint64_t from = next;
        status = ledger_check_rows(fixture->ledger, from, 100, &next, count_fault, faults, NULL);
        assert_true(next > from);
    }
    return status;
}

static struct faults check_all(const struct ledger_fixture *fixture)
{
    struct faults faults;
    assert_int_equal(try_check(fixture, &faults), STATUS_OK);
    return faults;
}

/* Where mending meets damage in the file's structure, it ends and opens again. */
static struct faults check_as_the_keeper_does(struct ledger_fixture *fixture)
{
    struct faults faults;
    if (try_check(fixture, &faults) != STATUS_OK) {
        assert_int_equal(fixture_reopen(fixture), STATUS_OK);
        assert_true(fixture->findings.file_rebuilt);
        faults = check_all(fixture);
    }
    return faults;
}

/* Goes on recording, and sees that all is well from then on. */
static void goes_on(struct ledger_fixture *fixture, uint64_t size)
{
    assert_int_equal(ledger_size(fixture->ledger), size);
    fixture_fill(fixture, 5, 5);
    assert_int_equal(fixture_reopen(fixture), STATUS_OK);
    assert_string_equal(fixture->findings.detail, "");
    assert_int_equal(check_all(fixture).count, 0);
    assert_int_equal(fixture_audit(fixture), size + 5);
}

static void rows_beyond_the_newest_checkpoint_are_never_signed(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    fixture_tamper(&fixture,
                   "INSERT INTO record SELECT number + 600, head, body FROM record LIMIT 3;"
                   "INSERT INTO record VALUES (-7, x'00', NULL);"
                   "INSERT INTO node VALUES (0, 600, zeroblob(32)), (70, 0, zeroblob(32)),"
                   " (3, -1, zeroblob(32));"
                   "INSERT INTO checkpoint VALUES (9000000000000000000, 0, 0, x'ffff')");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(fixture.findings.rows_quarantined, 5);
    assert_int_equal(ledger_size(fixture.ledger), RECORDS);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM quarantine"), 5);
    assert_int_equal(
        fixture_query(&fixture, "SELECT count(*) FROM node WHERE position < 0 OR level > 60"), 0);
    goes_on(&fixture, RECORDS);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM quarantine"), 5);
}

static enum status count_quarantined(void *context, const struct ledger_quarantined *row)
{
    uint64_t *count = context;
    if (*count == 0) {
        assert_string_equal(row->table, "record");
        assert_int_equal(row->number, 20);
        assert_int_equal(row->head.size, 2);
    }
    (*count)++;
    return STATUS_OK;
}

static void quarantine_can_be_read(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 20);
    fixture_tamper(&fixture, "INSERT INTO record VALUES (20, x'7b7d', NULL)");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    struct ledger_view *view = NULL;
    uint64_t count = 0;
    assert_int_equal(ledger_view_open(fixture.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_quarantine(view, count_quarantined, &count, NULL), STATUS_OK);
    assert_int_equal(count, 1);
    ledger_view_free(view);
}

static void either_copy_of_the_newest_checkpoint_is_enough(void **state)
{
    (void)state;
    static const char *const tampers[] = {
        "UPDATE newest SET note = substr(note, 1, 40)",
        "DELETE FROM newest",
        "UPDATE newest SET note = (SELECT note FROM checkpoint WHERE size = 570)",
        "UPDATE checkpoint SET note = x'00' WHERE size = 600",
        "UPDATE checkpoint SET size = 700 WHERE size = 600",
        "UPDATE checkpoint SET size = 7 WHERE size = 600",
        "DELETE FROM checkpoint WHERE size = 600",
    };
    for (size_t i = 0; i < sizeof tampers / sizeof tampers[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        filled(&fixture, RECORDS);
        fixture_tamper(&fixture, tampers[i]);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_true(fixture.findings.checkpoint_mended);
        goes_on(&fixture, RECORDS);
        assert_int_equal(
            fixture_query(&fixture, "SELECT count(*) FROM checkpoint WHERE size = 600"), 1);
    }
}

/* To go on from an older checkpoint could sign a second history. */
static void without_the_newest_checkpoint_the_ledger_is_replaced(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    fixture_tamper(&fixture, "DELETE FROM newest;"
                             "UPDATE checkpoint SET note = x'00' WHERE size = 600");
    assert_int_equal(fixture_reopen(&fixture), STATUS_MISMATCH);
    assert_null(fixture.ledger);
    assert_true(fixture.findings.needs_replacement);
    assert_true(fixture.findings.has_last);
    assert_int_equal(fixture.findings.last.size, 570);
    assert_int_not_equal(strlen(fixture.findings.last_note), 0);
}

static void rows_without_any_checkpoint_are_not_a_new_ledger(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 20);
    fixture_tamper(&fixture, "DELETE FROM newest; DELETE FROM checkpoint");
    assert_int_equal(fixture_reopen(&fixture), STATUS_MISMATCH);
    assert_true(fixture.findings.needs_replacement);
    assert_false(fixture.findings.has_last);
}

static void another_devices_ledger_is_refused(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture mine;
    AUTO_FIXTURE struct ledger_fixture theirs;
    filled(&mine, 20);
    filled(&theirs, 20);
    struct device_key *key = mine.key;
    mine.key = theirs.key;
    assert_int_equal(fixture_reopen(&mine), STATUS_MISMATCH);
    assert_true(mine.findings.needs_replacement);
    mine.key = key;
}

/* Every node, one at a time, wrong or gone: the recorder goes on and the tree is whole again. */
static void wrong_nodes_are_made_again(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    static const struct {
        unsigned level;
        unsigned position;
    } nodes[] = {{0, 0}, {0, 255}, {0, 599}, {1, 3},  {7, 2},  {8, 0},
                 {8, 1}, {9, 0},   {6, 8},   {4, 36}, {3, 74}, {2, 148}};
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        for (int gone = 0; gone < 2; gone++) {
            char sql[160];
            (void)snprintf(sql, sizeof sql, "%s WHERE level = %u AND position = %u",
                           gone ? "DELETE FROM node" : "UPDATE node SET hash = zeroblob(32)",
                           nodes[i].level, nodes[i].position);
            fixture_tamper(&fixture, sql);
            assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
            struct faults faults = check_all(&fixture);
            assert_int_equal(faults.count, fixture.findings.nodes_rebuilt ? 0 : 1);
            if (faults.count == 1) {
                assert_int_equal(faults.last, LEDGER_NODES_MENDED);
            }
            assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
            assert_int_equal(check_all(&fixture).count, 0);
            assert_int_equal(fixture_audit(&fixture), RECORDS);
            fixture_close(&fixture);
        }
    }
    fixture_tamper(&fixture, "DELETE FROM node");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_true(fixture.findings.nodes_rebuilt);
    goes_on(&fixture, RECORDS);
}

/* An old altered row must not keep the tree from being mended elsewhere. */
static void a_wrong_row_and_wrong_nodes_together_are_survived(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    fixture_tamper(&fixture, "UPDATE record SET head = x'7b7d' WHERE number = 100;"
                             "DELETE FROM node WHERE level >= 9;"
                             "UPDATE node SET hash = zeroblob(32) WHERE level < 8"
                             " AND position > (256 >> level) AND position < (300 >> level)");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_true(fixture.findings.nodes_rebuilt);
    struct faults faults = check_all(&fixture);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.last, LEDGER_ROW_HEAD);
    assert_int_equal(faults.number, 100);
}

static void neither_nodes_nor_rows_means_replacement(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    fixture_tamper(&fixture, "UPDATE record SET head = x'7b7d' WHERE number = 100;"
                             "DELETE FROM node WHERE level = 0 AND position = 100;"
                             "DELETE FROM node WHERE level >= 8");
    assert_int_equal(fixture_reopen(&fixture), STATUS_MISMATCH);
    assert_true(fixture.findings.needs_replacement);
    assert_int_equal(fixture.findings.last.size, RECORDS);
}

static void altered_rows_are_found_and_recording_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        enum ledger_fault fault;
        uint64_t number;
    } cases[] = {
        {"UPDATE record SET head = CAST(replace(head, 'door', 'dooR') AS BLOB) WHERE number = 0",
         LEDGER_ROW_HEAD, 0},
        {"UPDATE record SET body = CAST(replace(body, 'n', 'm') AS BLOB) WHERE number = 599",
         LEDGER_ROW_BODY, 599},
        {"UPDATE record SET body = x'' WHERE number = 300", LEDGER_ROW_BODY, 300},
        {"DELETE FROM record WHERE number = 256", LEDGER_ROW_MISSING, 256},
        {"UPDATE record SET number = -1 WHERE number = 17", LEDGER_ROW_MISSING, 17},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        filled(&fixture, RECORDS);
        fixture_tamper(&fixture, cases[i].sql);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        struct faults faults = check_all(&fixture);
        assert_int_equal(faults.count, 1);
        assert_int_equal(faults.last, cases[i].fault);
        assert_int_equal(faults.number, cases[i].number);
        fixture_fill(&fixture, 5, 5);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_int_equal(ledger_size(fixture.ledger), RECORDS + 5);
        assert_int_equal(check_all(&fixture).count, 1);
    }
}

static void a_permanent_record_without_its_body_is_found(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_begin(&fixture, "sm");
    uint64_t number = 0;
    json_t *members = json_object();
    assert_int_equal(
        ledger_append(fixture.ledger, RECORD_LEDGER, "appliance", members, &number, NULL),
        STATUS_OK);
    json_decref(members);
    fixture_fill(&fixture, 3, 3);
    fixture_close(&fixture);
    fixture_tamper(&fixture, "UPDATE record SET body = NULL WHERE number < 2");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    struct faults faults = check_all(&fixture);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.last, LEDGER_ROW_BODY_GONE);
}

static void tampered_counters_are_counted_again(void **state)
{
    (void)state;
    static const char *const tampers[] = {
        "DELETE FROM source WHERE name = 'door/back'",
        "UPDATE source SET seq = seq + 1 WHERE name = 'door/back'",
        /* Older, but borne out by its record: only the sum tells. */
        "UPDATE source SET seq = seq - 1, number = number - 5 WHERE name = 'door/back'",
        ("UPDATE source SET seq = seq - 1, number = number - 5 WHERE name = 'door/back';"
         "INSERT INTO source VALUES ('door/invented', 1, 0)"),
        "UPDATE source SET number = 9000000000000000000 WHERE name = 'appliance'",
        "UPDATE source SET name = 'door/other' WHERE name = 'door/front'",
    };
    for (size_t i = 0; i < sizeof tampers / sizeof tampers[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        filled(&fixture, RECORDS);
        fixture_tamper(&fixture, tampers[i]);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_true(fixture.findings.sources_rebuilt);
        static const char *const names[] = {"door/front", "door/back", "camera/gate", "appliance",
                                            "operator/uid-0"};
        for (size_t source = 0; source < 5; source++) {
            uint64_t seq = 0;
            int64_t at = 0;
            int64_t monotonic = 0;
            ledger_source_state(fixture.ledger, names[source], &seq, &at, &monotonic);
            assert_int_equal(seq, RECORDS / 5);
        }
        goes_on(&fixture, RECORDS);
    }
}

/* The row that bore a counter out was altered: its number is not given a second time. */
static void an_altered_last_record_does_not_set_its_source_back(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, RECORDS);
    fixture_tamper(&fixture, "UPDATE record SET head = x'7b7d' WHERE number = 599");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_false(fixture.findings.sources_rebuilt);
    uint64_t seq = 0;
    int64_t at = 0;
    int64_t monotonic = 0;
    ledger_source_state(fixture.ledger, "operator/uid-0", &seq, &at, &monotonic);
    assert_int_equal(seq, RECORDS / 5);
}

static void a_tampered_identity_is_put_back(void **state)
{
    (void)state;
    static const char *const tampers[] = {
        "UPDATE ledger SET origin = 'sealroom/other'",
        "UPDATE ledger SET suite = 'sm'",
        "DELETE FROM ledger",
    };
    for (size_t i = 0; i < sizeof tampers / sizeof tampers[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        filled(&fixture, 20);
        fixture_tamper(&fixture, tampers[i]);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_true(fixture.findings.identity_mended);
        goes_on(&fixture, 20);
    }
}

/* A trigger or a view in the file is somebody else's program. */
static void programs_in_the_file_do_not_run(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 20);
    fixture_tamper(&fixture, "CREATE TRIGGER t AFTER INSERT ON record BEGIN"
                             " DELETE FROM record WHERE number = 1; END");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    fixture_fill(&fixture, 5, 5);
    assert_int_equal(fixture_audit(&fixture), 25);
}

static const char *const other_tables[] = {
    "CREATE TABLE IF NOT EXISTS followed (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;",
    "CREATE TABLE IF NOT EXISTS piece (record INTEGER PRIMARY KEY, pieces BLOB NOT NULL) STRICT;",
    NULL};

static enum status open_strictly(struct ledger_fixture *fixture)
{
    struct error error = {0};
    fixture_close(fixture);
    enum status status =
        ledger_open_with(fixture->path, other_tables, fixture->key, &fixture->clock,
                         &fixture->ledger, &fixture->findings, &error);
    print_message("%s %s\n", error.text, fixture->findings.detail);
    return status;
}

/* A table that was taken away, renamed, made otherwise or hidden by a view, and whatever is not of
 * the recorder: the file is copied without it, all records are kept, and it is said. */
static void another_schema_is_damage_and_is_copied_away(void **state)
{
    (void)state;
    static const char *const tampers[] = {
        "ALTER TABLE node RENAME TO x",
        "ALTER TABLE record RENAME TO r; CREATE VIEW record AS SELECT * FROM r",
        "ALTER TABLE record ADD COLUMN more TEXT",
        "ALTER TABLE record RENAME COLUMN body TO bodies",
        "DROP TABLE newest",
        "DROP TABLE checkpoint",
        "DROP TABLE source",
        "DROP TABLE ledger",
        "DROP TABLE quarantine",
        "DROP TABLE followed",
        "DROP TABLE piece; CREATE TABLE piece (x)",
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON record (head)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record WHERE number = 1; END",
    };
    for (size_t i = 0; i < sizeof tampers / sizeof tampers[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        fixture_begin(&fixture, "nist");
        assert_int_equal(open_strictly(&fixture), STATUS_OK);
        fixture_fill(&fixture, 300, 30);
        fixture_close(&fixture);
        fixture_tamper(&fixture, "INSERT INTO followed VALUES ('a', 300)");
        fixture_tamper(&fixture, "INSERT INTO piece VALUES (40, x'0102')");
        fixture_tamper(&fixture, tampers[i]);
        print_message("%s: ", tampers[i]);
        assert_int_equal(open_strictly(&fixture), STATUS_OK);
        assert_true(fixture.findings.file_rebuilt);
        assert_int_equal(ledger_size(fixture.ledger), 300);
        bool others = strstr(tampers[i], "followed") == NULL && strstr(tampers[i], "piece") == NULL;
        assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM followed"), others);
        fixture_fill(&fixture, 5, 5);
        assert_int_equal(open_strictly(&fixture), STATUS_OK);
        assert_string_equal(fixture.findings.detail, "");
        assert_int_equal(fixture_audit(&fixture), 305);
        assert_int_equal(fixture_query(&fixture,
                                       "SELECT count(*) FROM sqlite_schema WHERE type IN"
                                       " ('view', 'trigger') OR name IN ('more', 'x', 'v')"),
                         0);
    }
}

static void an_empty_file_in_the_ledgers_place_is_replaced(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 20);
    assert_int_equal(truncate(fixture.path, 0), 0);
    assert_int_equal(open_strictly(&fixture), STATUS_MISMATCH);
    assert_true(fixture.findings.needs_replacement);
    char name[PATH_SIZE];
    assert_int_equal(ledger_set_aside(fixture.path, 0, name, sizeof name, NULL), STATUS_OK);
    assert_int_equal(ledger_create(fixture.path, fixture.suite, NULL), STATUS_OK);
    assert_int_equal(open_strictly(&fixture), STATUS_OK);
}

/* Overwrites page `page` (from 1) of the closed file with noise. */
static void spoil_page(const struct ledger_fixture *fixture, int64_t page)
{
    uint8_t noise[4096];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (uint8_t)(i * 31 + 7);
    }
    AUTO_CLOSE int file = open(fixture->path, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, noise, sizeof noise, (page - 1) * 4096), sizeof noise);
}

/* A page of each table, in the middle and at the end where the next commit writes. */
static void a_spoiled_page_costs_only_what_stood_on_it(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "SELECT pageno FROM dbstat WHERE name = 'record' AND pagetype = 'leaf' LIMIT 1 OFFSET 9",
        "SELECT max(pageno) FROM dbstat WHERE name = 'record' AND pagetype = 'leaf'",
        "SELECT pageno FROM dbstat WHERE name = 'node' AND pagetype = 'leaf' LIMIT 1 OFFSET 3",
        "SELECT max(pageno) FROM dbstat WHERE name = 'node' AND pagetype = 'leaf'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'checkpoint'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'newest'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'source'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'ledger'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'record' AND pagetype = 'internal'",
        "SELECT max(pageno) FROM dbstat WHERE name = 'node' AND pagetype = 'internal'",
        "SELECT 1", /* the file's header and the schema */
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        filled(&fixture, RECORDS);
        spoil_page(&fixture, fixture_query(&fixture, pages[i]));
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_int_equal(ledger_size(fixture.ledger), RECORDS);
        fixture_fill(&fixture, 5, 5);
        struct faults faults = check_as_the_keeper_does(&fixture);
        unsigned lost = faults.count;
        print_message("%-70.70s %s, %u rows lost\n", pages[i],
                      fixture.findings.file_rebuilt ? "copied" : "kept", lost);
        /* What a page of leaves or nodes held is computed again: a fault a chunk, none lost. */
        bool rows = strstr(pages[i], "'record'") != NULL && strstr(pages[i], "leaf") != NULL;
        bool nodes = strstr(pages[i], "'node'") != NULL;
        assert_in_range(lost, rows ? 1 : 0, rows ? 20 : nodes ? 3 : 0);
        if (!rows) {
            assert_int_equal(fixture_audit(&fixture), RECORDS + 5);
        }
    }
}

/* The closed file with this content, and nothing beside it. */
static void put_back(const struct ledger_fixture *fixture, struct bytes content)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", fixture->path, suffixes[i]);
        (void)unlink(name);
    }
    AUTO_CLOSE int file = open(fixture->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    assert_int_equal(file_write_all(file, content, NULL), STATUS_OK);
}

struct survived {
    unsigned replaced; /* by a new ledger */
    unsigned copied;
};

/* Whoever is not acknowledged sends again: a commit that meets damage ends the recorder, which
 * opens again on a copy. */
static void commit_as_the_keeper_does(struct ledger_fixture *fixture)
{
    for (int i = 0; i < 3; i++) {
        (void)fixture_append(fixture, "appliance");
    }
    if (ledger_commit(fixture->ledger, NULL) != STATUS_OK) {
        assert_int_equal(fixture_reopen(fixture), STATUS_OK);
        assert_true(fixture->findings.file_rebuilt);
        fixture_fill(fixture, 3, 3);
    }
}

static void assert_consistent(const struct ledger_fixture *fixture, const struct checkpoint *before)
{
    struct checkpoint after;
    struct ledger_view *view = NULL;
    struct merkle_path path;
    assert_int_equal(checkpoint_parse(ledger_checkpoint(fixture->ledger), &after, NULL), STATUS_OK);
    assert_int_equal(after.size, before->size + 3);
    assert_int_equal(ledger_view_open(fixture->path, &view, NULL), STATUS_OK);
    struct merkle_nodes nodes = ledger_view_nodes(view);
    assert_int_equal(
        merkle_consistency_path(DIGEST_SHA256, &nodes, before->size, after.size, &path), STATUS_OK);
    assert_int_equal(merkle_verify_consistency(DIGEST_SHA256, before->size, &before->root,
                                               after.size, &after.root, &path),
                     STATUS_OK);
    ledger_view_free(view);
}

/* One bit of the closed file: the recorder starts, on this ledger or on a new one that names it;
 * what it signs next is consistent with what it signed before. */
static void survive_flip(struct ledger_fixture *fixture, struct buffer *kept, size_t at,
                         unsigned bit, struct survived *survived)
{
    fixture_close(fixture);
    kept->data[at] ^= (uint8_t)(1U << bit);
    put_back(fixture, buffer_bytes(kept));
    kept->data[at] ^= (uint8_t)(1U << bit);
    if (fixture_reopen(fixture) != STATUS_OK) {
        assert_true(fixture->findings.needs_replacement);
        survived->replaced++;
        return;
    }
    struct checkpoint before = fixture->findings.last;
    (void)check_as_the_keeper_does(fixture);
    commit_as_the_keeper_does(fixture);
    (void)check_as_the_keeper_does(fixture);
    survived->copied += fixture->findings.file_rebuilt;
    assert_consistent(fixture, &before);
}

static void no_flipped_bit_stops_the_recorder_or_is_signed(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 300);
    struct buffer kept = {0};
    struct survived survived = {0};
    assert_int_equal(file_read(AT_FDCWD, fixture.path, 64U << 20, &kept, NULL), STATUS_OK);
    srandom(4);
    for (int round = 0; round < 150; round++) {
        size_t at = (size_t)random() % kept.size;
        survive_flip(&fixture, &kept, at, (unsigned)random() % 8, &survived);
    }
    buffer_release(&kept);
    print_message("150 flips: %u replaced, %u copied\n", survived.replaced, survived.copied);
    assert_int_equal(survived.replaced, 0);
}

/* Nodes that are mended into a page whose pointers are damaged would not be found there again:
 * then the file is copied. SEALROOM_LONG takes every bit. */
static void nodes_are_not_mended_into_a_damaged_page(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    filled(&fixture, 300);
    struct buffer kept = {0};
    struct survived survived = {0};
    size_t page = (size_t)fixture_query(&fixture, "SELECT pageno FROM dbstat WHERE name = 'node'"
                                                  " AND pagetype = 'leaf' LIMIT 1 OFFSET 5");
    fixture_close(&fixture);
    assert_int_equal(file_read(AT_FDCWD, fixture.path, 64U << 20, &kept, NULL), STATUS_OK);
    size_t start = (page - 1) * 4096;
    size_t size = 8 + 2 * (size_t)(kept.data[start + 3] << 8 | kept.data[start + 4]);
    for (size_t i = 0; i < 8 * size; i += getenv("SEALROOM_LONG") != NULL ? 1 : 7) {
        survive_flip(&fixture, &kept, start + i / 8, i % 8, &survived);
        assert_int_equal(check_all(&fixture).count, 0);
    }
    buffer_release(&kept);
    assert_int_equal(survived.replaced, 0);
    assert_int_not_equal(survived.copied, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_beyond_the_newest_checkpoint_are_never_signed),
        cmocka_unit_test(quarantine_can_be_read),
        cmocka_unit_test(either_copy_of_the_newest_checkpoint_is_enough),
        cmocka_unit_test(without_the_newest_checkpoint_the_ledger_is_replaced),
        cmocka_unit_test(rows_without_any_checkpoint_are_not_a_new_ledger),
        cmocka_unit_test(another_devices_ledger_is_refused),
        cmocka_unit_test(wrong_nodes_are_made_again),
        cmocka_unit_test(a_wrong_row_and_wrong_nodes_together_are_survived),
        cmocka_unit_test(neither_nodes_nor_rows_means_replacement),
        cmocka_unit_test(altered_rows_are_found_and_recording_goes_on),
        cmocka_unit_test(a_permanent_record_without_its_body_is_found),
        cmocka_unit_test(tampered_counters_are_counted_again),
        cmocka_unit_test(an_altered_last_record_does_not_set_its_source_back),
        cmocka_unit_test(a_tampered_identity_is_put_back),
        cmocka_unit_test(programs_in_the_file_do_not_run),
        cmocka_unit_test(another_schema_is_damage_and_is_copied_away),
        cmocka_unit_test(an_empty_file_in_the_ledgers_place_is_replaced),
        cmocka_unit_test(a_spoiled_page_costs_only_what_stood_on_it),
        cmocka_unit_test(no_flipped_bit_stops_the_recorder_or_is_signed),
        cmocka_unit_test(nodes_are_not_mended_into_a_damaged_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
