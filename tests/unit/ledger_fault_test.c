/*
 * Every writing call of a commit fails once, and for ever, in every way it can; and before every
 * one of them the power is cut. Whatever happens:
 * what was acknowledged is there after opening again, the root fits, nothing stands beyond it, and
 * a source's numbers go on without a hole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/fault_vfs.h"
#include "support/ledger_fixture.h"

#define AUTO_FIXTURE __attribute__((cleanup(fixture_end)))

/* Appends and commits three records; how many of all are acknowledged afterwards. */
static uint64_t commit_some(struct ledger_fixture *fixture, enum status *status)
{
    for (int i = 0; i < 3; i++) {
        (void)fixture_append(fixture, "door/a");
    }
    *status = ledger_commit(fixture->ledger, NULL);
    return ledger_size(fixture->ledger);
}

static void opens_whole(struct ledger_fixture *fixture, uint64_t acknowledged)
{
    fault_vfs_arm(FAULT_NONE, 0, false);
    assert_int_equal(fixture_reopen(fixture), STATUS_OK);
    assert_string_equal(fixture->findings.detail, "");
    uint64_t size = ledger_size(fixture->ledger);
    /* A commit whose outcome was unknown is there whole or not at all. */
    assert_true(size == acknowledged || size == acknowledged + 3);
    assert_int_equal(fixture_audit(fixture), size);
    uint64_t seq = 0;
    int64_t at = 0;
    int64_t monotonic = 0;
    ledger_source_state(fixture->ledger, "door/a", &seq, &at, &monotonic);
    assert_int_equal(seq, size);
    enum status status;
    assert_int_equal(commit_some(fixture, &status), size + 3);
    assert_int_equal(fixture_audit(fixture), size + 3);
}

/* One round: the fault at call `nth`. False when the commits need fewer calls than that. */
static bool survive(enum fault_kind kind, unsigned nth, bool forever)
{
    AUTO_FIXTURE struct ledger_fixture fixture;
    fault_vfs_arm(FAULT_NONE, 0, false);
    fixture_begin(&fixture, "nist");
    enum status status;
    uint64_t acknowledged = commit_some(&fixture, &status);
    assert_int_equal(status, STATUS_OK);
    fault_vfs_arm(kind, nth, forever);
    for (int i = 0; i < 3 && status == STATUS_OK; i++) {
        acknowledged = commit_some(&fixture, &status);
    }
    bool fired = fault_vfs_fired();
    if (fired) {
        assert_int_equal(status, STATUS_UNCERTAIN);
        /* Nothing is done after an unknown outcome. */
        json_t *members = json_object();
        uint64_t number = 0;
        assert_int_equal(ledger_commit(fixture.ledger, NULL), STATUS_UNCERTAIN);
        assert_int_equal(
            ledger_append(fixture.ledger, RECORD_ENTRY, "door/a", members, &number, NULL),
            STATUS_UNCERTAIN);
        json_decref(members);
    }
    opens_whole(&fixture, acknowledged);
    return fired;
}

static void every_write_and_sync_of_a_commit_may_fail(void **state)
{
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_EIO, FAULT_EIO_DONE, FAULT_ENOSPC, FAULT_SHORT};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        for (int forever = 0; forever < 2; forever++) {
            unsigned nth = 1;
            while (survive(kinds[kind], nth, forever != 0)) {
                nth++;
            }
            assert_true(nth > 10); /* the shim was in the way at all */
        }
    }
}

/* Folding the log into the file: what was committed is safe, but nothing goes on after it. */
static void every_write_and_sync_of_folding_the_log_may_fail(void **state)
{
    (void)state;
    for (unsigned nth = 1;; nth = nth < 8 ? nth + 1 : nth * 2) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        fault_vfs_arm(FAULT_NONE, 0, false);
        fixture_begin(&fixture, "nist");
        enum status status = STATUS_OK;
        uint64_t acknowledged = 0;
        for (int i = 0; i < 120; i++) {
            acknowledged = commit_some(&fixture, &status);
        }
        fault_vfs_arm(FAULT_EIO, nth, false);
        status = ledger_tidy(fixture.ledger, NULL);
        bool fired = fault_vfs_fired();
        assert_int_equal(status, fired ? STATUS_UNCERTAIN : STATUS_OK);
        opens_whole(&fixture, acknowledged);
        if (!fired) {
            assert_true(nth > 20);
            break;
        }
    }
}

/* Making a ledger: afterwards there is none, or a whole one. */
static void a_ledger_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    bool fired = true;
    for (unsigned nth = 1; fired; nth++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        fault_vfs_arm(FAULT_NONE, 0, false);
        fixture_begin(&fixture, "nist");
        fixture_close(&fixture);
        char name[128];
        assert_int_equal(ledger_set_aside(fixture.path, 0, name, sizeof name, NULL), STATUS_OK);
        fault_vfs_arm(FAULT_EIO, nth, false);
        enum status status = ledger_create(fixture.path, fixture.suite, NULL);
        fired = fault_vfs_fired();
        fault_vfs_arm(FAULT_NONE, 0, false);
        if (status != STATUS_OK) {
            assert_int_equal(ledger_create(fixture.path, fixture.suite, NULL), STATUS_OK);
        }
        assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        fixture_fill(&fixture, 3, 1);
        assert_int_equal(fixture_audit(&fixture), 3);
    }
}

/* Mending at a start fails half-way: the next start mends. */
static void every_write_and_sync_of_mending_may_fail(void **state)
{
    (void)state;
    bool fired = true;
    for (unsigned nth = 1; fired; nth++) {
        AUTO_FIXTURE struct ledger_fixture fixture;
        fault_vfs_arm(FAULT_NONE, 0, false);
        fixture_begin(&fixture, "nist");
        fixture_fill(&fixture, 20, 5);
        fixture_close(&fixture);
        fixture_tamper(&fixture, "INSERT INTO record VALUES (20, x'7b7d', NULL);"
                                 "DELETE FROM node WHERE level > 1; DELETE FROM source;"
                                 "DELETE FROM newest");
        fault_vfs_arm(FAULT_EIO, nth, false);
        enum status status = fixture_reopen(&fixture);
        fired = fault_vfs_fired();
        fault_vfs_arm(FAULT_NONE, 0, false);
        if (fired) {
            assert_int_not_equal(status, STATUS_OK);
            assert_false(fixture.findings.needs_replacement);
            assert_int_equal(fixture_reopen(&fixture), STATUS_OK);
        }
        assert_int_equal(fixture_query(&fixture, "SELECT count(*) FROM quarantine"), 1);
        fixture_fill(&fixture, 5, 5);
        assert_int_equal(fixture_audit(&fixture), 25);
    }
}

/* Commits and folds the log until the power goes; says through `acknowledged` what was promised. */
static void record_until_the_power_goes(struct ledger_fixture *fixture, int acknowledged)
{
    struct ledger_findings findings;
    enum status status = ledger_open(fixture->path, fixture->key, &fixture->clock, &fixture->ledger,
                                     &findings, NULL);
    for (int i = 0; i < 12 && status == STATUS_OK; i++) {
        uint64_t size = commit_some(fixture, &status);
        if (write(acknowledged, &size, sizeof size) != sizeof size) {
            _exit(1);
        }
        if (i == 5) {
            /* As ledger_tidy does it, without waiting for 2 MiB. */
            (void)sqlite3_wal_checkpoint_v2(ledger_database(fixture->ledger), NULL,
                                            SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        }
    }
    _exit(status == STATUS_OK ? 0 : 1);
}

/* Of what was not synced any first part is lost, at any moment: nothing acknowledged is. */
static bool survive_power_cut(unsigned nth, unsigned keep)
{
    AUTO_FIXTURE struct ledger_fixture fixture;
    fault_vfs_arm(FAULT_NONE, 0, false);
    fixture_begin(&fixture, "nist");
    enum status status;
    uint64_t acknowledged = commit_some(&fixture, &status);
    fixture_close(&fixture);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        fault_vfs_arm(FAULT_POWER, nth, false);
        fault_vfs_keep(keep);
        record_until_the_power_goes(&fixture, pipes[1]);
    }
    int outcome = 0;
    (void)close(pipes[1]);
    while (read(pipes[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    (void)close(pipes[0]);
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_true(WIFEXITED(outcome));
    assert_true(WEXITSTATUS(outcome) == 0 || WEXITSTATUS(outcome) == 42);
    opens_whole(&fixture, acknowledged);
    return WEXITSTATUS(outcome) == 42;
}

static void a_power_cut_loses_nothing_acknowledged(void **state)
{
    (void)state;
    static const unsigned keeps[] = {0, 100, 200};
    for (size_t i = 0; i < sizeof keeps / sizeof keeps[0]; i++) {
        unsigned nth = 1;
        while (survive_power_cut(nth, keeps[i])) {
            nth += nth < 30 ? 1 : 5;
        }
        assert_true(nth > 60);
    }
}

int main(void)
{
    fault_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_write_and_sync_of_a_commit_may_fail),
        cmocka_unit_test(every_write_and_sync_of_folding_the_log_may_fail),
        cmocka_unit_test(a_ledger_is_made_whole_or_not_at_all),
        cmocka_unit_test(every_write_and_sync_of_mending_may_fail),
        cmocka_unit_test(a_power_cut_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
