#include "ledger_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"

static void read_clock(void *context, struct clock_reading *reading)
{
    *reading = ((struct ledger_fixture *)context)->now;
}

void fixture_begin(struct ledger_fixture *fixture, const char *suite)
{
    memset(fixture, 0, sizeof *fixture);
    /* In memory if there is such a place: thousands of commits, and nobody pulls the plug. */
    bool memory = access("/dev/shm", W_OK) == 0;
    (void)snprintf(fixture->folder, sizeof fixture->folder, "%s/ledger-test-XXXXXX",
                   memory ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/ledger.db", fixture->folder);
    fixture->suite = suite_named(suite);
    fixture->now = (struct clock_reading){INT64_C(1795335222) * NS_PER_SECOND, 1000, CLOCK_SYNCED};
    fixture->clock = (struct clock){.read = read_clock, .context = fixture};
    strcpy(fixture->clock.boot_id, "0f0e0d0c-0b0a-4908-8706-050403020100");
    AUTO_CLOSE int folder = open(fixture->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error error = {0};
    if (device_key_create(fixture->suite, folder, &fixture->key, &error) != STATUS_OK ||
        ledger_create(fixture->path, fixture->suite, &error) != STATUS_OK ||
        fixture_reopen(fixture) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
}

void fixture_close(struct ledger_fixture *fixture)
{
    ledger_free(fixture->ledger);
    fixture->ledger = NULL;
}

enum status fixture_reopen(struct ledger_fixture *fixture)
{
    fixture_close(fixture);
    struct error error = {0};
    enum status status = ledger_open(fixture->path, fixture->key, &fixture->clock, &fixture->ledger,
                                     &fixture->findings, &error);
    if (status != STATUS_OK) {
        print_message("ledger_open: %s\n", error.text);
    }
    return status;
}

void fixture_end(struct ledger_fixture *fixture)
{
    fixture_close(fixture);
    device_key_free(fixture->key);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
}

uint64_t fixture_append(struct ledger_fixture *fixture, const char *source)
{
    uint64_t number = 0;
    struct error error = {0};
    json_t *members = json_object();
    assert_int_equal(
        json_object_set_new(members, "n", json_u64(ledger_pending_size(fixture->ledger))), 0);
    fixture->now.utc_ns += NS_PER_SECOND;
    fixture->now.monotonic_ns += NS_PER_SECOND;
    if (ledger_append(fixture->ledger, RECORD_ENTRY, source, members, &number, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.text);
    }
    json_decref(members);
    return number;
}

void fixture_fill(struct ledger_fixture *fixture, uint64_t count, uint64_t batch)
{
    static const char *const sources[] = {"door/front", "door/back", "camera/gate", "appliance",
                                          "operator/uid-0"};
    for (uint64_t i = 0; i < count; i++) {
        (void)fixture_append(fixture, sources[i % 5]);
        if ((i + 1) % batch == 0 || i + 1 == count) {
            struct error error = {0};
            if (ledger_commit(fixture->ledger, &error) != STATUS_OK) {
                fail_msg("%s", error.text);
            }
        }
    }
}

void fixture_tamper(const struct ledger_fixture *fixture, const char *sql)
{
    sqlite3 *database = NULL;
    char *problem = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, &problem) != SQLITE_OK) {
        fail_msg("%s: %s", sql, problem);
    }
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

int64_t fixture_query(const struct ledger_fixture *fixture, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    return value;
}

struct audit {
    enum digest_algorithm algorithm;
    struct merkle_frontier frontier;
};

static enum status audit_row(void *context, const struct ledger_row *row)
{
    struct audit *audit = context;
    struct digest leaf;
    struct record_head head;
    assert_int_equal(row->number, audit->frontier.size);
    merkle_leaf(audit->algorithm, row->head, &leaf);
    assert_true(digest_equal(&leaf, &row->leaf));
    assert_int_equal(record_head_parse(row->head, &head, NULL), STATUS_OK);
    if (row->has_body) {
        assert_int_equal(record_body_check(audit->algorithm, &head, row->body, NULL), STATUS_OK);
    }
    merkle_frontier_add(audit->algorithm, &audit->frontier, &leaf, NULL, NULL);
    return STATUS_OK;
}

uint64_t fixture_audit(const struct ledger_fixture *fixture)
{
    struct ledger_view *view = NULL;
    struct error error = {0};
    struct bytes note;
    struct audit audit = {.algorithm = suite_digest_algorithm(fixture->suite)};
    merkle_frontier_init(&audit.frontier);
    assert_int_equal(ledger_view_open(fixture->path, &view, &error), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, &error), STATUS_OK);
    assert_int_equal(ledger_view_rows(view, 0, audit_row, &audit, &error), STATUS_OK);
    assert_int_equal(ledger_view_newest(view, &note, &error), STATUS_OK);
    struct checkpoint checkpoint;
    struct digest root;
    assert_int_equal(checkpoint_verify(fixture->suite, device_key_public(fixture->key), note,
                                       &checkpoint, &error),
                     STATUS_OK);
    merkle_frontier_root(audit.algorithm, &audit.frontier, &root);
    assert_int_equal(checkpoint.size, audit.frontier.size);
    assert_true(digest_equal(&root, &checkpoint.root));
    assert_string_equal(checkpoint.origin, ledger_view_origin(view));
    ledger_view_end(view);
    ledger_view_free(view);
    return checkpoint.size;
}
