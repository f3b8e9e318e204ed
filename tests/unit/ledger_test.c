#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/ledger_fixture.h"

static void fixture_of(struct ledger_fixture *fixture)
{
    fixture_begin(fixture, "nist");
}

#define AUTO_FIXTURE __attribute__((cleanup(fixture_end)))

static void records_come_back_after_a_restart(void **state)
{
    (void)state;
    static const char *const suites[] = {"nist", "sm"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        fixture_begin(&fixture, suites[i]);
        fixture_fill(&fixture, 300, 7);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_string_equal(fixture.findings.detail, "");
        assert_int_equal(ledger_size(fixture.ledger), 300);
        fixture_fill(&fixture, 300, 300);
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        assert_string_equal(fixture.findings.detail, "");
        assert_int_equal(fixture_audit(&fixture), 600);
    }
}

static void nothing_is_visible_before_the_commit(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    assert_int_equal(fixture_append(&fixture, "door/a"), 0);
    assert_int_equal(fixture_append(&fixture, "door/a"), 1);
    assert_int_equal(ledger_size(fixture.ledger), 0);
    assert_int_equal(ledger_pending_size(fixture.ledger), 2);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM record"), 0);
    assert_int_equal(ledger_checkpoint(fixture.ledger).size, 0);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(ledger_size(fixture.ledger), 2);
    assert_int_equal(fixture_audit(&fixture), 2);
    /* One transaction, one checkpoint. */
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM checkpoint"), 1);
}

static void what_waited_at_a_kill_was_never_there(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 5, 5);
    (void)fixture_append(&fixture, "door/a");
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(ledger_size(fixture.ledger), 5);
    assert_int_equal(fixture_append(&fixture, "door/a"), 5);
}

static void every_source_counts_without_holes(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    uint64_t seq = 99;
    int64_t at = 99;
    int64_t monotonic = 99;
    ledger_source_state(fixture.ledger, "door/front", &seq, &at, &monotonic);
    assert_true(seq == 0 && at == 0 && monotonic == 0);
    fixture_fill(&fixture, 12, 4);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    ledger_source_state(fixture.ledger, "door/front", &seq, &at, &monotonic);
    assert_int_equal(seq, 3);
    assert_true(monotonic == 1000 + 11 * NS_PER_SECOND);
    ledger_source_state(fixture.ledger, "operator/uid-0", &seq, &at, &monotonic);
    assert_int_equal(seq, 2);
    (void)fixture_append(&fixture, "door/front");
    ledger_source_state(fixture.ledger, "door/front", &seq, &at, &monotonic);
    assert_int_equal(seq, 4);
}

static void a_bad_record_leaves_no_trace(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    uint64_t number = 0;
    json_t *bad = json_pack("{s:f}", "n", 1.5);
    json_t *good = json_object();
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY, "door/a", bad, &number, NULL),
                     STATUS_INVALID);
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY, "Door A", good, &number, NULL),
                     STATUS_INVALID);
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY,
                                   "door/a-name-that-is-far-too-long-for-any-source-to-have", good,
                                   &number, NULL),
                     STATUS_INVALID);
    assert_int_equal(ledger_pending_size(fixture.ledger), 0);
    fixture_fill(&fixture, 3, 3);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), 3);
    json_decref(bad);
    json_decref(good);
}

static void a_full_batch_says_so_and_loses_nothing(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    for (int i = 0; i < LEDGER_BATCH_RECORDS; i++) {
        (void)fixture_append(&fixture, "door/a");
    }
    uint64_t number = 0;
    json_t *members = json_object();
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY, "door/a", members, &number, NULL),
                     STATUS_FULL);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY, "door/a", members, &number, NULL),
                     STATUS_OK);
    assert_int_equal(number, LEDGER_BATCH_RECORDS);
    json_decref(members);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), LEDGER_BATCH_RECORDS + 1);
}

static void a_ledger_is_never_made_over_another(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    assert_int_equal(ledger_create(fixture.path, fixture.suite, NULL), STATUS_EXISTS);
}

static void two_ledgers_never_share_an_origin(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture one;
    AUTO_FIXTURE struct ledger_fixture two;
    fixture_of(&one);
    fixture_of(&two);
    assert_string_not_equal(ledger_origin(one.ledger), ledger_origin(two.ledger));
}

/* The log of a ledger that was set aside half-way must not be replayed into its successor. */
static void a_successor_does_not_inherit_a_stray_log(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 50, 5);
    char command[512];
    (void)snprintf(command, sizeof command, "cd %s && cp ledger.db-wal kept && cp ledger.db moved",
                   fixture.folder);
    assert_int_equal(system(command), 0);
    fixture_close(&fixture);
    (void)snprintf(command, sizeof command, "cd %s && rm ledger.db && mv kept ledger.db-wal",
                   fixture.folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(ledger_create(fixture.path, fixture.suite, NULL), STATUS_OK);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(ledger_size(fixture.ledger), 0);
    fixture_fill(&fixture, 3, 1);
    assert_int_equal(fixture_audit(&fixture), 3);
}

static void set_aside_keeps_every_record_under_another_name(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 20, 5);
    fixture_close(&fixture);
    char name[256];
    assert_int_equal(ledger_set_aside(fixture.path, fixture.now.utc_ns, name, sizeof name, NULL),
                     STATUS_OK);
    assert_int_equal(access(fixture.path, F_OK), -1);
    assert_int_equal(ledger_create(fixture.path, fixture.suite, NULL), STATUS_OK);
    struct ledger_view *view = NULL;
    uint64_t end = 0;
    assert_int_equal(ledger_view_open(name, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_end_number(view, &end, NULL), STATUS_OK);
    assert_int_equal(end, 20);
    ledger_view_free(view);
}

struct index_state {
    int queued;
    int written;
    int committed;
    enum status answer;
};

static enum status index_write(void *context, struct sqlite3 *database, struct error *error)
{
    (void)error;
    struct index_state *index = context;
    for (; index->queued > 0; index->queued--) {
        index->written++;
        if (sqlite3_exec(database, "INSERT INTO piece DEFAULT VALUES", NULL, NULL, NULL) !=
            SQLITE_OK) {
            return STATUS_IO;
        }
    }
    return index->answer;
}

static void index_committed(void *context)
{
    ((struct index_state *)context)->committed++;
}

static void an_index_is_written_in_the_records_transaction(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    struct index_state mine = {.queued = 2};
    struct ledger_index index = {.schema =
                                     "CREATE TABLE IF NOT EXISTS piece (id INTEGER PRIMARY KEY)",
                                 .write = index_write,
                                 .committed = index_committed,
                                 .context = &mine};
    assert_int_equal(ledger_attach(fixture.ledger, &index, NULL), STATUS_OK);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(mine.written, 0); /* nothing waits: no transaction */
    fixture_fill(&fixture, 1, 1);
    assert_int_equal(mine.committed, 1);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM piece"), 2);
    /* An index that fails takes the records with it, and the ledger refuses what comes after. */
    mine.queued = 1;
    mine.answer = STATUS_FULL;
    uint64_t number = fixture_append(&fixture, "door/a");
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_UNCERTAIN);
    assert_int_equal(mine.committed, 1);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_UNCERTAIN);
    json_t *members = json_object();
    assert_int_equal(ledger_append(fixture.ledger, RECORD_ENTRY, "door/a", members, &number, NULL),
                     STATUS_UNCERTAIN);
    json_decref(members);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), 1);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM piece"), 2);
}

static void a_held_lock_is_waited_out_and_nothing_is_lost(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(fixture.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    (void)fixture_append(&fixture, "door/a");
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_TIMEOUT);
    assert_int_equal(ledger_pending_size(fixture.ledger), 1);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), 1);
}

static uint64_t append_kind(struct ledger_fixture *fixture, enum record_kind kind,
                            const char *members)
{
    uint64_t number = 0;
    json_t *object = json_loads(members, 0, NULL);
    assert_non_null(object);
    assert_int_equal(ledger_append(fixture->ledger, kind, "appliance", object, &number, NULL),
                     STATUS_OK);
    json_decref(object);
    return number;
}

static void bodies_expire_and_heads_stay(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    uint64_t key = append_kind(&fixture, RECORD_KEY, "{}");
    fixture_fill(&fixture, 9, 9);
    uint64_t expiry = append_kind(&fixture, RECORD_EXPIRY, "{}");
    const uint64_t numbers[] = {2, 4, 4};
    /* Not before the expiry record is durable, nor for a record that is none. */
    assert_int_equal(ledger_expire_bodies(fixture.ledger, expiry, numbers, 3, NULL),
                     STATUS_REFUSED);
    assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
    assert_int_equal(ledger_expire_bodies(fixture.ledger, 5, numbers, 3, NULL), STATUS_REFUSED);
    const uint64_t permanent[] = {3, key};
    assert_int_equal(ledger_expire_bodies(fixture.ledger, expiry, permanent, 2, NULL),
                     STATUS_REFUSED);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM record WHERE body IS NULL"), 0);
    assert_int_equal(ledger_expire_bodies(fixture.ledger, expiry, numbers, 3, NULL), STATUS_OK);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM record WHERE body IS NULL"), 2);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), 11);
}

/* Three days, a commit every ten minutes, one checkpoint handed out in the first hour. */
static void old_checkpoints_thin_out_but_not_those_that_left(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture.now.utc_ns = INT64_C(20000) * NS_PER_DAY;
    for (int i = 0; i < 3 * 24 * 6; i++) {
        (void)fixture_append(&fixture, "appliance");
        if (i == 3) {
            (void)append_kind(&fixture, RECORD_ANCHOR, "{}");
        }
        assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_OK);
        fixture.now.utc_ns += 600 * NS_PER_SECOND - NS_PER_SECOND;
    }
    assert_int_equal(fixture_query(&fixture, "SELECT left_box FROM checkpoint WHERE size = 5"), 1);
    int64_t left = fixture_query(&fixture, "SELECT count(*) FROM checkpoint");
    /* 48 hours of one each and the anchored one, 24 hours of six each, and up to an hour more. */
    assert_in_range(left, 48 + 1 + 24 * 6 - 6, 48 + 1 + 24 * 6 + 6);
    assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM checkpoint WHERE at_utc_ns <"
                                             " (20000 + 1) * 86400000000000"),
                     24 + 1);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(fixture_audit(&fixture), 3 * 24 * 6 + 1);
}

static enum status read_number(void *context, const struct ledger_row *row)
{
    uint64_t *count = context;
    assert_int_equal(row->number, *count);
    (*count)++;
    return STATUS_OK;
}

/* Counts what a snapshot shows, twice; must be the same both times. */
static int read_snapshots(const char *path, int to_writer, int from_writer)
{
    struct ledger_view *view = NULL;
    if (ledger_view_open(path, &view, NULL) != STATUS_OK) {
        return 1;
    }
    for (int i = 0; i < 20; i++) {
        uint64_t first = 0;
        uint64_t second = 0;
        char byte = 0;
        if (ledger_view_begin(view, NULL) != STATUS_OK ||
            ledger_view_rows(view, 0, read_number, &first, NULL) != STATUS_OK ||
            write(to_writer, "x", 1) != 1 || read(from_writer, &byte, 1) != 1 ||
            ledger_view_rows(view, 0, read_number, &second, NULL) != STATUS_OK || first != second ||
            first != (uint64_t)i * 3) {
            return 2;
        }
        ledger_view_end(view);
    }
    ledger_view_free(view);
    return 0;
}

static void a_reader_in_another_process_sees_one_moment(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    char path[96];
    (void)snprintf(path, sizeof path, "%s", fixture.path);
    int up[2];
    int down[2];
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    pid_t reader = fork();
    if (reader == 0) {
        /* Opens its own connection; the parent's is never touched. */
        _exit(read_snapshots(path, up[1], down[0]));
    }
    for (int i = 0; i < 20; i++) {
        char byte = 0;
        assert_int_equal(read(up[0], &byte, 1), 1);
        fixture_fill(&fixture, 3, 1);
        assert_int_equal(ledger_tidy(fixture.ledger, NULL), STATUS_OK);
        assert_int_equal(write(down[1], "x", 1), 1);
    }
    int outcome = -1;
    assert_int_equal(waitpid(reader, &outcome, 0), reader);
    assert_int_equal(outcome, 0);
    for (int i = 0; i < 2; i++) {
        (void)close(up[i]);
        (void)close(down[i]);
    }
}

static void a_stopped_state_is_read_without_writing_beside_it(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 10, 5);
    fixture_close(&fixture);
    assert_int_equal(fixture_audit(&fixture), 10);
    char name[128];
    (void)snprintf(name, sizeof name, "%s-shm", fixture.path);
    assert_int_equal(access(name, F_OK), -1);
    (void)snprintf(name, sizeof name, "%s-wal", fixture.path);
    assert_int_equal(access(name, F_OK), -1);
}

/* SQLite maps it: on a full disk a hole in it would be a signal. */
static void the_index_of_the_log_has_its_room_from_the_start(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    struct stat facts;
    char name[128];
    fixture_of(&fixture);
    (void)snprintf(name, sizeof name, "%s-shm", fixture.path);
    assert_int_equal(stat(name, &facts), 0);
    assert_true(facts.st_size >= INT64_C(262144));
    assert_true(facts.st_blocks * 512 >= facts.st_size);
    fixture_fill(&fixture, 300, 1);
    assert_int_equal(fixture_audit(&fixture), 300);
}

static unsigned files_in(const char *folder)
{
    unsigned count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    return count;
}

/* As after a power cut, or from a copy: most of it stands in the log. */
static void a_state_with_a_log_is_read_without_writing_beside_it(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 10, 5);
    char command[512];
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && mkdir cut && cp -p ledger.db ledger.db-wal cut && cksum cut/* > sums",
        fixture.folder);
    assert_int_equal(system(command), 0);
    fixture_close(&fixture);
    char folder[128];
    (void)snprintf(folder, sizeof folder, "%s/cut", fixture.folder);
    (void)snprintf(fixture.path, sizeof fixture.path, "%s/cut/ledger.db", fixture.folder);
    struct ledger_view *view = NULL;
    uint64_t count = 0;
    assert_int_equal(ledger_view_open(fixture.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_rows(view, 0, read_number, &count, NULL), STATUS_OK);
    assert_int_equal(count, 10);
    assert_int_equal(files_in(folder), 4); /* with . and .. */
    ledger_view_end(view);
    ledger_view_free(view);
    assert_int_equal(fixture_audit(&fixture), 10);
    (void)snprintf(command, sizeof command, "cd '%s' && cksum cut/* | cmp - sums", fixture.folder);
    assert_int_equal(system(command), 0);
    /* A start in the middle is noticed here too. */
    count = 0;
    assert_int_equal(ledger_view_open(fixture.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    assert_int_equal(ledger_view_rows(view, 0, read_number, &count, NULL), STATUS_AGAIN);
    ledger_view_free(view);
}

static void a_start_in_the_middle_of_reading_a_stopped_state_is_noticed(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 10, 5);
    fixture_close(&fixture);
    struct ledger_view *view = NULL;
    uint64_t count = 0;
    assert_int_equal(ledger_view_open(fixture.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
    fixture_fill(&fixture, 1, 1);
    assert_int_equal(ledger_view_rows(view, 0, read_number, &count, NULL), STATUS_AGAIN);
    ledger_view_end(view);
    count = 0;
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_rows(view, 0, read_number, &count, NULL), STATUS_OK);
    assert_int_equal(count, 11);
    ledger_view_end(view);
    ledger_view_free(view);
}

static void single_rows_checkpoints_and_proofs_are_read(void **state)
{
    (void)state;
    AUTO_FIXTURE struct ledger_fixture fixture;
    fixture_of(&fixture);
    fixture_fill(&fixture, 77, 10);
    struct ledger_view *view = NULL;
    struct ledger_row row;
    assert_int_equal(ledger_view_open(fixture.path, &view, NULL), STATUS_OK);
    assert_ptr_equal(ledger_view_suite(view), fixture.suite);
    assert_int_equal(ledger_view_row(view, 77, &row, NULL), STATUS_NOT_FOUND);
    struct checkpoint checkpoint;
    assert_int_equal(checkpoint_parse(ledger_checkpoint(fixture.ledger), &checkpoint, NULL),
                     STATUS_OK);
    struct merkle_nodes nodes = ledger_view_nodes(view);
    for (uint64_t i = 0; i < 77; i++) {
        struct merkle_path path;
        struct digest leaf;
        assert_int_equal(ledger_view_row(view, i, &row, NULL), STATUS_OK);
        merkle_leaf(DIGEST_SHA256, row.head, &leaf);
        assert_int_equal(merkle_inclusion_path(DIGEST_SHA256, &nodes, i, 77, &path), STATUS_OK);
        assert_int_equal(
            merkle_verify_inclusion(DIGEST_SHA256, &leaf, i, 77, &path, &checkpoint.root),
            STATUS_OK);
    }
    ledger_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_after_a_restart),
        cmocka_unit_test(nothing_is_visible_before_the_commit),
        cmocka_unit_test(what_waited_at_a_kill_was_never_there),
        cmocka_unit_test(every_source_counts_without_holes),
        cmocka_unit_test(a_bad_record_leaves_no_trace),
        cmocka_unit_test(a_full_batch_says_so_and_loses_nothing),
        cmocka_unit_test(a_ledger_is_never_made_over_another),
        cmocka_unit_test(two_ledgers_never_share_an_origin),
        cmocka_unit_test(a_successor_does_not_inherit_a_stray_log),
        cmocka_unit_test(set_aside_keeps_every_record_under_another_name),
        cmocka_unit_test(an_index_is_written_in_the_records_transaction),
        cmocka_unit_test(a_held_lock_is_waited_out_and_nothing_is_lost),
        cmocka_unit_test(bodies_expire_and_heads_stay),
        cmocka_unit_test(old_checkpoints_thin_out_but_not_those_that_left),
        cmocka_unit_test(a_reader_in_another_process_sees_one_moment),
        cmocka_unit_test(a_stopped_state_is_read_without_writing_beside_it),
        cmocka_unit_test(the_index_of_the_log_has_its_room_from_the_start),
        cmocka_unit_test(a_state_with_a_log_is_read_without_writing_beside_it),
        cmocka_unit_test(a_start_in_the_middle_of_reading_a_stopped_state_is_noticed),
        cmocka_unit_test(single_rows_checkpoints_and_proofs_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
