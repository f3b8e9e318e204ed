/* Entries known again, and where a controller's numbers stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/entry_key.h"
#include "store/entry_record.h"
#include "support/ledger_fixture.h"

struct keys {
    struct ledger_fixture ledger;
    struct entry_key_index *index;
};

static void begin(struct keys *keys)
{
    fixture_begin(&keys->ledger, "nist");
    assert_int_equal(entry_key_attach(keys->ledger.ledger, &keys->index, NULL), STATUS_OK);
}

static void end(struct keys *keys)
{
    fixture_end(&keys->ledger);
    entry_key_free(keys->index);
}

static struct entry_key key_of(const char *controller, uint64_t epoch, uint64_t number)
{
    struct entry_key key = {.boot_epoch = epoch, .device_seq = number};
    message_text(key.controller, sizeof key.controller, controller);
    return key;
}

static void add(struct keys *keys, const char *controller, uint64_t epoch, uint64_t number)
{
    struct entry_record record = {
        .entry = {
            .event = DOOR_OPENED, .has_device_seq = 1, .boot_epoch = epoch, .device_seq = number}};
    struct entry_key key;
    json_t *members = NULL;
    uint64_t made = 0;
    message_text(record.controller, sizeof record.controller, controller);
    entry_key_of(controller, &record.entry, &key);
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    assert_int_equal(
        ledger_append(keys->ledger.ledger, RECORD_ENTRY, "door/test", members, &made, NULL),
        STATUS_OK);
    json_decref(members);
    assert_int_equal(entry_key_add(keys->index, &key, made, NULL), STATUS_OK);
}

static void commit(struct keys *keys)
{
    assert_int_equal(ledger_commit(keys->ledger.ledger, NULL), STATUS_OK);
}

static void expect_newest(struct keys *keys, const char *controller, uint64_t epoch,
                          uint64_t number)
{
    struct entry_key key = key_of(controller, 0, 0);
    assert_int_equal(entry_key_newest(keys->index, &key, NULL), STATUS_OK);
    assert_int_equal(key.boot_epoch, epoch);
    assert_int_equal(key.device_seq, number);
}

static void controller_without_entries_has_no_newest(void **state)
{
    (void)state;
    struct keys keys;
    begin(&keys);
    add(&keys, "panel", 0, 1);
    struct entry_key key = key_of("other", 0, 0);
    assert_int_equal(entry_key_newest(keys.index, &key, NULL), STATUS_NOT_FOUND);
    commit(&keys);
    assert_int_equal(entry_key_newest(keys.index, &key, NULL), STATUS_NOT_FOUND);
    end(&keys);
}

static void newest_is_the_highest_number_of_the_epoch(void **state)
{
    (void)state;
    struct keys keys;
    begin(&keys);
    for (uint64_t number = 1; number <= 20; number++)
        add(&keys, "panel", 3, number);
    add(&keys, "annex", 9, 99);
    commit(&keys);
    expect_newest(&keys, "panel", 3, 20);
    add(&keys, "panel", 3, 7); /* an old one once more */
    commit(&keys);
    expect_newest(&keys, "panel", 3, 20);
    end(&keys);
}

static void newest_epoch_is_that_of_the_newest_record(void **state)
{
    (void)state;
    struct keys keys;
    begin(&keys);
    add(&keys, "panel", 7, 500);
    commit(&keys);
    add(&keys, "panel", 8, 0);
    commit(&keys);
    expect_newest(&keys, "panel", 8, 0);
    add(&keys, "panel", 2, 4); /* a controller that was replaced by a newer one */
    commit(&keys);
    expect_newest(&keys, "panel", 2, 4);
    end(&keys);
}

static void newest_counts_what_waits_for_the_commit(void **state)
{
    (void)state;
    struct keys keys;
    begin(&keys);
    add(&keys, "panel", 1, 10);
    expect_newest(&keys, "panel", 1, 10);
    commit(&keys);
    add(&keys, "panel", 1, 11);
    add(&keys, "panel", 1, 9);
    expect_newest(&keys, "panel", 1, 11);
    add(&keys, "panel", 2, 0);
    expect_newest(&keys, "panel", 2, 0);
    end(&keys);
}

static void entry_is_known_again_before_and_after_the_commit(void **state)
{
    (void)state;
    struct keys keys;
    begin(&keys);
    add(&keys, "panel", 1, 10);
    struct message_entry entry = {.event = DOOR_OPENED, .boot_epoch = 1, .device_seq = 10};
    struct entry_key key;
    uint64_t record = 0;
    bool waiting = false;
    entry_key_of("panel", &entry, &key);
    assert_int_equal(entry_key_find(keys.index, &key, &record, &waiting, NULL), STATUS_OK);
    assert_true(waiting);
    commit(&keys);
    assert_int_equal(entry_key_find(keys.index, &key, &record, &waiting, NULL), STATUS_OK);
    assert_false(waiting);
    key.boot_epoch = 2;
    assert_int_equal(entry_key_find(keys.index, &key, &record, &waiting, NULL), STATUS_NOT_FOUND);
    end(&keys);
}

/* An entry of another time is another one, whatever its number. */
static void another_entry_with_a_known_number_is_told_apart(void **state)
{
    (void)state;
    struct keys keys;
    struct message_entry entry = {
        .event = DOOR_OPENED, .boot_epoch = 1, .device_seq = 10, .device_utc_ns = 1};
    struct entry_key key;
    uint64_t record = 0;
    begin(&keys);
    add(&keys, "panel", 1, 10);
    entry_key_of("panel", &entry, &key);
    assert_int_equal(entry_key_find(keys.index, &key, &record, NULL, NULL), STATUS_MISMATCH);
    commit(&keys);
    assert_int_equal(entry_key_find(keys.index, &key, &record, NULL, NULL), STATUS_MISMATCH);
    end(&keys);
}

static void one_record_is_known_by_its_registers_or_by_their_meaning(void **state)
{
    (void)state;
    struct message_entry first = {.event = DOOR_UNKNOWN_CODE, .raw = "00010002"};
    struct message_entry more_wait = {.event = DOOR_UNKNOWN_CODE, .raw = "00010003"};
    struct message_entry named_since = {.event = DOOR_OPENED, .raw = "00010002"};
    struct message_entry another = {.event = DOOR_OPENED, .raw = "00010003"};
    assert_true(entry_is_same(&first, &more_wait));
    assert_true(entry_is_same(&first, &named_since));
    assert_false(entry_is_same(&first, &another));
    first.device_utc_ns = another.device_utc_ns = 1;
    assert_true(entry_is_same(&first, &another));
    another.device_code = 1;
    assert_false(entry_is_same(&first, &another));
}

static void index_of_an_earlier_version_is_made_again(void **state)
{
    (void)state;
    struct keys keys;
    struct message_entry entry = {.event = DOOR_OPENED, .boot_epoch = 1, .device_seq = 10};
    struct entry_key key;
    uint64_t record = 0;
    begin(&keys);
    add(&keys, "panel", 1, 10);
    commit(&keys);
    entry_key_free(keys.index);
    assert_int_equal(fixture_reopen(&keys.ledger), STATUS_OK);
    assert_int_equal(sqlite3_exec(ledger_database(keys.ledger.ledger),
                                  "ALTER TABLE entry_key DROP COLUMN registers;"
                                  "ALTER TABLE entry_key DROP COLUMN meaning;",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(entry_key_attach(keys.ledger.ledger, &keys.index, NULL), STATUS_OK);
    entry_key_of("panel", &entry, &key);
    assert_int_equal(entry_key_find(keys.index, &key, &record, NULL, NULL), STATUS_OK);
    end(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controller_without_entries_has_no_newest),
        cmocka_unit_test(newest_is_the_highest_number_of_the_epoch),
        cmocka_unit_test(newest_epoch_is_that_of_the_newest_record),
        cmocka_unit_test(newest_counts_what_waits_for_the_commit),
        cmocka_unit_test(entry_is_known_again_before_and_after_the_commit),
        cmocka_unit_test(another_entry_with_a_known_number_is_told_apart),
        cmocka_unit_test(one_record_is_known_by_its_registers_or_by_their_meaning),
        cmocka_unit_test(index_of_an_earlier_version_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
