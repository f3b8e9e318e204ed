/* The indexes beside the ledger: they follow the records, and come back when they are lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/entry_record.h"
#include "store/gap_record.h"
#include "support/store_fixture.h"

static uint64_t append_entry(struct store_fixture *fixture, uint64_t epoch, uint64_t seq)
{
    struct entry_record record = {.controller = "panel"};
    struct entry_key key;
    json_t *members = NULL;
    uint64_t number = 0;

    record.entry.event = DOOR_ACCESS_GRANTED;
    record.entry.has_device_seq = 1;
    record.entry.device_seq = seq;
    record.entry.boot_epoch = epoch;
    entry_key_of("panel", &record.entry, &key);
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    assert_int_equal(
        ledger_append(fixture->base.ledger, RECORD_ENTRY, "door/panel", members, &number, NULL),
        STATUS_OK);
    json_decref(members);
    assert_int_equal(entry_key_add(fixture->entries, &key, number, NULL), STATUS_OK);
    return number;
}

static enum status find_entry(struct store_fixture *fixture, uint64_t epoch, uint64_t seq,
                              uint64_t *number, bool *waiting)
{
    struct message_entry entry = {
        .event = DOOR_ACCESS_GRANTED, .boot_epoch = epoch, .device_seq = seq};
    struct entry_key key;

    entry_key_of("panel", &entry, &key);
    return entry_key_find(fixture->entries, &key, number, waiting, NULL);
}

static void an_entry_is_known_before_and_after_its_commit(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    uint64_t number = 99;
    uint64_t found = 99;
    bool waiting = false;

    (void)state;
    store_begin(&fixture, "nist");
    number = append_entry(&fixture, 1, UINT64_MAX);
    assert_int_equal(find_entry(&fixture, 1, UINT64_MAX, &found, &waiting), STATUS_OK);
    assert_int_equal(found, number);
    assert_true(waiting);
    store_commit(&fixture);
    found = 99;
    assert_int_equal(find_entry(&fixture, 1, UINT64_MAX, &found, &waiting), STATUS_OK);
    assert_int_equal(found, number);
    assert_false(waiting);
    assert_int_equal(find_entry(&fixture, 2, UINT64_MAX, &found, NULL), STATUS_NOT_FOUND);
    assert_int_equal(find_entry(&fixture, 1, 0, &found, NULL), STATUS_NOT_FOUND);
}

static void what_a_kill_undid_is_not_known(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    uint64_t found = 0;

    (void)state;
    store_begin(&fixture, "nist");
    (void)append_entry(&fixture, 1, 1);
    store_commit(&fixture);
    (void)append_entry(&fixture, 1, 2);
    store_reopen(&fixture);
    assert_int_equal(find_entry(&fixture, 1, 1, &found, NULL), STATUS_OK);
    assert_int_equal(find_entry(&fixture, 1, 2, &found, NULL), STATUS_NOT_FOUND);
}

static void lost_indexes_come_back_from_the_records(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct segment_row row;
    struct lived before;
    char id[SEGMENT_ID_SIZE];
    uint64_t found = 0;
    uint64_t entry = 0;
    uint64_t segment = 0;
    struct hold_record hold = {.to_utc_ns = INT64_MAX, .reason = "r", .by = "uid 0"};

    (void)state;
    store_begin(&fixture, "sm");
    entry = append_entry(&fixture, 1, 7);
    store_record(&fixture, "gate", 2, id, &segment);
    (void)store_hold(&fixture, &hold);
    before = *segment_index_lived(fixture.segments);
    fixture_tamper(&fixture.base, "DELETE FROM followed; DELETE FROM segment; DELETE FROM lived;"
                                  "DELETE FROM entry_key; DELETE FROM hold;");
    store_reopen(&fixture);
    assert_memory_equal(segment_index_lived(fixture.segments), &before, sizeof(before));
    assert_int_equal(find_entry(&fixture, 1, 7, &found, NULL), STATUS_OK);
    assert_int_equal(found, entry);
    assert_int_equal(segment_index_find(ledger_database(fixture.base.ledger), id, &row, NULL),
                     STATUS_OK);
    assert_int_equal(row.record, segment);
    assert_int_equal(row.size, 3000);
    assert_true(hold_is_held(fixture.holds, "gate", 0, 1));
}

/* Its id is known for ever, so that a file that comes back is not taken for new. */
static void segment_without_a_body_comes_back_from_its_expiry(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct expiry_record *expiry = calloc(1, sizeof(*expiry));
    struct expiry_segment *named = &expiry->segments[0];
    struct segment_row row;
    uint64_t number = 0;
    json_t *members = NULL;

    (void)state;
    store_begin(&fixture, "sm");
    store_record(&fixture, "gate", 1, named->id, &named->record);
    expiry->reason = RETENTION_AGE;
    expiry->count = 1;
    SET_TEXT(expiry->camera, "gate");
    segment_file_name(named->file, "gate", named->id);
    named->size = 77;
    named->start_utc_ns = 5;
    named->end_utc_ns = 6;
    assert_int_equal(expiry_record_members(expiry, &members, NULL), STATUS_OK);
    assert_int_equal(
        ledger_append(fixture.base.ledger, RECORD_EXPIRY, "camera/gate", members, &number, NULL),
        STATUS_OK);
    json_decref(members);
    store_commit(&fixture);
    fixture_tamper(&fixture.base, "UPDATE record SET body = NULL WHERE number = 0;"
                                  "DELETE FROM segment; DELETE FROM followed; DELETE FROM lived");
    store_reopen(&fixture);
    assert_int_equal(
        segment_index_find(ledger_database(fixture.base.ledger), named->id, &row, NULL), STATUS_OK);
    assert_int_equal(row.record, named->record);
    assert_string_equal(row.camera, "gate");
    assert_int_equal(row.state, SEGMENT_EXPIRED);
    assert_int_equal(row.expired_by, number);
    assert_int_equal(row.size, 77);
    free(expiry);
}

static void lived_time_grows_over_restarts_but_not_over_boots(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    int64_t total = 0;

    (void)state;
    store_begin(&fixture, "nist");
    fixture_fill(&fixture.base, 10, 3);
    total = segment_index_lived(fixture.segments)->total_ns;
    assert_int_equal(total, 9 * NS_PER_SECOND);
    store_reopen(&fixture);
    fixture_fill(&fixture.base, 1, 1);
    assert_int_equal(segment_index_lived(fixture.segments)->total_ns, total + NS_PER_SECOND);
    SET_TEXT(fixture.base.clock.boot_id, "1f0e0d0c-0b0a-4908-8706-050403020100");
    store_reopen(&fixture);
    store_pass(&fixture, 100 * NS_PER_DAY);
    fixture_fill(&fixture.base, 1, 1);
    assert_int_equal(segment_index_lived(fixture.segments)->total_ns, total + NS_PER_SECOND);
}

/* Summed up row by row. */
static enum status total_of(const struct store_fixture *fixture, const char *camera,
                            struct segment_total *total)
{
    char sql[120];

    memset(total, 0, sizeof(*total));
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM segment WHERE camera = '%s' AND state = 0",
             camera);
    total->segments = (uint64_t)fixture_query(&fixture->base, sql);
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(sum(size), 0) FROM segment WHERE camera = '%s' AND state = 0",
             camera);
    total->bytes = (uint64_t)fixture_query(&fixture->base, sql);
    return segment_index_bounds(ledger_database(fixture->base.ledger), camera, total, NULL);
}

static void totals_and_rates_are_of_the_camera(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct sqlite3 *database = NULL;
    struct segment_total total;
    struct segment_row rows[4];
    size_t count = 0;
    uint64_t bytes = 0;
    int64_t half = 0;

    (void)state;
    store_begin(&fixture, "nist");
    store_record(&fixture, "gate", 1, NULL, NULL);
    store_record(&fixture, "yard", 3, NULL, NULL);
    store_commit(&fixture);
    half = segment_index_lived(fixture.segments)->total_ns;
    store_record(&fixture, "gate", 2, NULL, NULL);
    store_commit(&fixture);
    database = ledger_database(fixture.base.ledger);
    assert_int_equal(total_of(&fixture, "gate", &total), STATUS_OK);
    assert_int_equal(total.segments, 2);
    assert_int_equal(total.bytes, 5000);
    assert_int_equal(total_of(&fixture, "roof", &total), STATUS_OK);
    assert_int_equal(total.bytes, 0);
    assert_int_equal(segment_index_bytes_since(database, "gate", half, &bytes, NULL), STATUS_OK);
    assert_int_equal(bytes, 3000);
    assert_int_equal(segment_index_bytes_since(database, NULL, half, &bytes, NULL), STATUS_OK);
    assert_int_equal(bytes, 3000);
    assert_int_equal(segment_index_list(database, "gate", SEGMENT_KEPT, 1, rows, 4, &count, NULL),
                     STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].record, 2);
    assert_int_equal(segment_index_list(database, NULL, SEGMENT_KEPT, 0, rows, 2, &count, NULL),
                     STATUS_OK);
    assert_int_equal(count, 2);
}

static void sums_in_memory_are_those_of_the_table(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct segment_total kept;
    struct segment_total summed;

    (void)state;
    store_begin(&fixture, "nist");
    for (unsigned i = 0; i < 6; i++) {
        store_record(&fixture, i % 3 == 0 ? "yard" : "gate", i + 1, NULL, NULL);
        store_commit(&fixture);
        if (i == 3)
            store_reopen(&fixture);
        for (unsigned camera = 0; camera < 3; camera++) {
            const char *const cameras[] = {"gate", "yard", "roof"};

            assert_int_equal(segment_index_stored(fixture.segments, cameras[camera], &kept, NULL),
                             STATUS_OK);
            assert_int_equal(total_of(&fixture, cameras[camera], &summed), STATUS_OK);
            assert_int_equal(kept.segments, summed.segments);
            assert_int_equal(kept.bytes, summed.bytes);
            assert_int_equal(kept.oldest_start_utc_ns, summed.oldest_start_utc_ns);
        }
    }
}

static void add_hold(struct hold_index *index, uint64_t number, const char *cameras,
                     const char *doors, int64_t from, int64_t to)
{
    struct hold_record record = {.from_utc_ns = from, .to_utc_ns = to};

    SET_TEXT(record.cameras, cameras);
    SET_TEXT(record.doors, doors);
    assert_int_equal(hold_index_add(index, number, &record, NULL), STATUS_OK);
}

static void a_hold_covers_what_it_names(void **state)
{
    struct hold_index *index = NULL;
    struct hold_record release = {.release = true, .hold = 5};

    (void)state;
    assert_int_equal(hold_index_new(&index, NULL), STATUS_OK);
    add_hold(index, 5, "gate yard", "", 100, 200);
    assert_true(hold_is_held(index, "gate", 150, 160));
    assert_true(hold_is_held(index, "yard", 199, 300));
    assert_true(hold_is_held(index, "gate", 50, 101));
    assert_false(hold_is_held(index, "gate", 200, 300));
    assert_false(hold_is_held(index, "gate", 50, 100));
    assert_false(hold_is_held(index, "ard", 150, 160));
    assert_false(hold_is_held(index, "gate yard", 150, 160));
    add_hold(index, 6, "", "front", 0, 1000);
    assert_false(hold_is_held(index, "roof", 150, 160));
    add_hold(index, 7, "", "", 500, 600);
    assert_true(hold_is_held(index, "roof", 550, 551));
    assert_int_equal(hold_index_in_force(index), 3);
    assert_int_equal(hold_index_add(index, 8, &release, NULL), STATUS_OK);
    assert_false(hold_is_held(index, "gate", 150, 160));
    assert_int_equal(hold_index_add(index, 9, &release, NULL), STATUS_NOT_FOUND);
    assert_int_equal(hold_index_in_force(index), 2);
    assert_int_equal(hold_index_count(index), 3);
    hold_index_free(index);
}

static bool wants_gate(const void *context, const char *camera, int64_t from_utc_ns,
                       int64_t to_utc_ns)
{
    const int64_t *until = context;
    return strcmp(camera, "gate") == 0 && from_utc_ns < *until && to_utc_ns > 0;
}

static void what_is_wanted_just_now_is_kept(void **state)
{
    struct hold_index *index = NULL;
    int64_t until = 100;
    (void)state;
    assert_int_equal(hold_index_new(&index, NULL), STATUS_OK);
    assert_false(hold_is_held(index, "gate", 10, 20));
    hold_index_ask(index, wants_gate, &until);
    assert_true(hold_is_held(index, "gate", 10, 20));
    assert_false(hold_is_held(index, "gate", 100, 200));
    assert_false(hold_is_held(index, "yard", 10, 20));
    hold_index_ask(index, NULL, NULL);
    assert_false(hold_is_held(index, "gate", 10, 20));
    hold_index_free(index);
}

static void a_reader_loads_the_holds(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct ledger_view *view = NULL;
    struct hold_index *index = NULL;
    struct hold_record hold = {.to_utc_ns = 10, .cameras = "gate", .reason = "r", .by = "uid 0"};

    (void)state;
    store_begin(&fixture, "sm");
    fixture_fill(&fixture.base, 3, 1);
    uint64_t number = store_hold(&fixture, &hold);
    assert_int_equal(ledger_view_open(fixture.base.path, &view, NULL), STATUS_OK);
    assert_int_equal(hold_index_new(&index, NULL), STATUS_OK);
    assert_int_equal(hold_index_load(index, view, NULL), STATUS_OK);
    assert_int_equal(hold_index_count(index), 1);
    assert_int_equal(hold_index_at(index, 0)->record, number);
    assert_true(hold_is_held(index, "gate", 0, 5));
    hold_index_free(index);
    ledger_view_free(view);
}

static void an_entrys_body_comes_back_the_same(void **state)
{
    struct entry_record record = {.controller = "panel", .cameras = "gate yard"};
    struct entry_record back;
    json_t *body = NULL;
    json_t *again = NULL;

    (void)state;
    record.entry = (struct message_entry){.event = DOOR_ACCESS_DENIED,
                                          .door = "front",
                                          .has_device_seq = 1,
                                          .device_seq = UINT64_MAX,
                                          .boot_epoch = 3,
                                          .device_time_quality = DEVICE_TIME_GOOD,
                                          .device_utc_ns = 77,
                                          .received_utc_ns = 78,
                                          .received_monotonic_ns = 79,
                                          .verdict = VERDICT_DENIED,
                                          .deny_reason = DENY_CREDENTIAL_EXPIRED,
                                          .direction = DIRECTION_IN,
                                          .credential = "0012",
                                          .method = "card",
                                          .reader = "r1",
                                          .derived = 1,
                                          .has_device_code = 1,
                                          .device_code = 513,
                                          .raw = "00ff",
                                          .detail = "x"};
    assert_int_equal(entry_record_members(&record, &body, NULL), STATUS_OK);
    assert_string_equal(json_get_text(body, "event"), "access_denied");
    assert_string_equal(json_get_text(body, "verdict"), "denied");
    assert_string_equal(json_get_text(body, "device_seq"), "18446744073709551615");
    assert_int_equal(entry_record_parse(body, &back, NULL), STATUS_OK);
    assert_int_equal(entry_record_members(&back, &again, NULL), STATUS_OK);
    assert_true(store_same_body(json_incref(body), again));
    assert_int_equal(json_object_set_new(body, "event", json_string("teleported")), 0);
    assert_int_equal(entry_record_parse(body, &back, NULL), STATUS_INVALID);
    json_decref(body);
    /* A word that is none cannot be made. */
    record.entry.verdict = 9;
    assert_int_equal(entry_record_members(&record, &body, NULL), STATUS_INVALID);
    assert_null(body);
}

/* 0 is a code, or an input, like any other. */
static void a_code_of_0_stands_in_the_record(void **state)
{
    struct entry_record record = {.controller = "panel", .entry = {.event = DOOR_OPENED}};
    struct entry_record back;
    json_t *body = NULL;
    json_t *again = NULL;

    (void)state;
    assert_int_equal(entry_record_members(&record, &body, NULL), STATUS_OK);
    assert_null(json_object_get(body, "device_code"));
    assert_int_equal(json_object_set_new(body, "device_code", json_integer(0)), 0);
    assert_int_equal(entry_record_parse(body, &back, NULL), STATUS_OK);
    assert_int_equal(entry_record_members(&back, &again, NULL), STATUS_OK);
    assert_non_null(json_object_get(again, "device_code"));
    json_decref(body);
    json_decref(again);
}

/* Number 0 can be lost like any other. */
static void a_loss_tells_its_numbers_and_nothing_else_does(void **state)
{
    struct entry_record record = {.controller = "panel", .entry = {.event = DOOR_RECORDS_LOST}};
    struct entry_record back;
    json_t *body = NULL;

    (void)state;
    assert_int_equal(entry_record_members(&record, &body, NULL), STATUS_OK);
    assert_non_null(json_object_get(body, "lost_from"));
    assert_non_null(json_object_get(body, "lost_to"));
    assert_string_equal(json_get_text(body, "lost_from"), "0");
    assert_string_equal(json_get_text(body, "lost_to"), "0");
    assert_int_equal(entry_record_parse(body, &back, NULL), STATUS_OK);
    assert_int_equal(back.entry.lost_to, 0);
    json_decref(body);
    record.entry.event = DOOR_OPENED;
    assert_int_equal(entry_record_members(&record, &body, NULL), STATUS_OK);
    assert_null(json_object_get(body, "lost_to"));
    json_decref(body);
}

static void a_gap_that_ends_before_it_begins_is_refused(void **state)
{
    struct gap_record gap = {
        .camera = "gate", .start_utc_ns = 5, .end_utc_ns = 6, .cause = GAP_STALLED};
    struct gap_record back;
    json_t *body = NULL;
    json_t *again = NULL;

    (void)state;
    assert_int_equal(gap_record_members(&gap, &body, NULL), STATUS_OK);
    assert_int_equal(gap_record_parse(body, &back, NULL), STATUS_OK);
    assert_int_equal(gap_record_members(&back, &again, NULL), STATUS_OK);
    assert_true(store_same_body(json_incref(body), again));
    assert_int_equal(json_object_set_new(body, "end", json_time(4)), 0);
    assert_int_equal(gap_record_parse(body, &back, NULL), STATUS_INVALID);
    json_decref(body);
}

static void a_cause_of_a_later_version_is_read_where_it_may_be_one(void **state)
{
    struct gap_record gap = {
        .camera = "gate", .start_utc_ns = 5, .end_utc_ns = 9, .cause = GAP_STALLED};
    struct gap_record back;
    json_t *body = NULL;

    (void)state;
    assert_int_equal(gap_record_members(&gap, &body, NULL), STATUS_OK);
    assert_int_equal(json_object_set_new(body, "cause", json_string("sunspots")), 0);
    assert_int_equal(gap_record_parse(body, &back, NULL), STATUS_INVALID);
    assert_int_equal(gap_record_parse_any(body, &back, NULL), STATUS_OK);
    assert_int_equal(back.cause, 0);
    assert_int_equal(json_object_set_new(body, "cause", json_string("Sun spots")), 0);
    assert_int_equal(gap_record_parse_any(body, &back, NULL), STATUS_INVALID);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_known_before_and_after_its_commit),
        cmocka_unit_test(what_a_kill_undid_is_not_known),
        cmocka_unit_test(lost_indexes_come_back_from_the_records),
        cmocka_unit_test(segment_without_a_body_comes_back_from_its_expiry),
        cmocka_unit_test(lived_time_grows_over_restarts_but_not_over_boots),
        cmocka_unit_test(totals_and_rates_are_of_the_camera),
        cmocka_unit_test(sums_in_memory_are_those_of_the_table),
        cmocka_unit_test(a_hold_covers_what_it_names),
        cmocka_unit_test(a_reader_loads_the_holds),
        cmocka_unit_test(what_is_wanted_just_now_is_kept),
        cmocka_unit_test(an_entrys_body_comes_back_the_same),
        cmocka_unit_test(a_code_of_0_stands_in_the_record),
        cmocka_unit_test(a_loss_tells_its_numbers_and_nothing_else_does),
        cmocka_unit_test(a_gap_that_ends_before_it_begins_is_refused),
        cmocka_unit_test(a_cause_of_a_later_version_is_read_where_it_may_be_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
