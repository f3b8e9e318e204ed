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

#include "store/body_expiry_record.h"
#include "store/catalog.h"
#include "support/store_fixture.h"

struct shelf {
    struct store_fixture store;
    char path[128];
    struct catalog *catalog;
    struct ledger_view *view;
    bool renewed;
};

static void append(struct shelf *shelf, enum record_kind kind, const char *source, json_t *members,
                   uint64_t *number)
{
    uint64_t unused = 0;

    store_pass(&shelf->store, NS_PER_SECOND);
    assert_int_equal(ledger_append(shelf->store.base.ledger, kind, source, members,
                                   number ? number : &unused, NULL),
                     STATUS_OK);
    json_decref(members);
}

static uint64_t append_entry(struct shelf *shelf, const char *door, const char *cameras,
                             const char *credential, enum door_event event)
{
    struct entry_record record = {.controller = "panel"};
    json_t *members = NULL;
    uint64_t number = 0;

    SET_TEXT(record.cameras, cameras);
    SET_TEXT(record.entry.door, door);
    SET_TEXT(record.entry.credential, credential);
    record.entry.event = (uint16_t)event;
    record.entry.received_utc_ns = shelf->store.base.now.utc_ns;
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    append(shelf, RECORD_ENTRY, "door/panel", members, &number);
    return number;
}

static void append_gap(struct shelf *shelf, const char *camera)
{
    struct gap_record gap = {.cause = GAP_STALLED, .end_utc_ns = shelf->store.base.now.utc_ns};
    json_t *members = NULL;

    SET_TEXT(gap.camera, camera);
    gap.start_utc_ns = gap.end_utc_ns - NS_PER_SECOND;
    assert_int_equal(gap_record_members(&gap, &members, NULL), STATUS_OK);
    append(shelf, RECORD_GAP, "camera/gate", members, NULL);
}

static void append_alarm(struct shelf *shelf, bool end, uint64_t begin, uint64_t *number)
{
    struct alarm_record alarm = {.end = end, .begin = begin, .kind = "space_short"};
    json_t *members = NULL;

    assert_int_equal(alarm_record_members(&alarm, &members, NULL), STATUS_OK);
    append(shelf, RECORD_ALARM, "appliance", members, number);
}

static void append_expiry(struct shelf *shelf, uint64_t segment, const char *id)
{
    struct expiry_record *expiry = calloc(1, sizeof(*expiry));
    json_t *members = NULL;

    SET_TEXT(expiry->camera, "gate");
    expiry->reason = RETENTION_AGE;
    expiry->video_days = 30;
    expiry->count = 1;
    expiry->segments[0].record = segment;
    SET_TEXT(expiry->segments[0].id, id);
    segment_file_name(expiry->segments[0].file, "gate", id);
    assert_int_equal(expiry_record_members(expiry, &members, NULL), STATUS_OK);
    append(shelf, RECORD_EXPIRY, "camera/gate", members, NULL);
    free(expiry);
}

static void open_catalog(struct shelf *shelf)
{
    char detail[ERROR_TEXT_SIZE];
    struct error error = {0};

    catalog_free(shelf->catalog);
    if (catalog_open(shelf->path, ledger_origin(shelf->store.base.ledger),
                     ledger_size(shelf->store.base.ledger), &shelf->catalog, &shelf->renewed,
                     detail, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void follow(struct shelf *shelf)
{
    enum status status = STATUS_AGAIN;

    while (status == STATUS_AGAIN)
        status = catalog_follow(shelf->catalog, shelf->view, 3, NULL);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(catalog_through(shelf->catalog), ledger_size(shelf->store.base.ledger));
}

static void shelf_begin(struct shelf *shelf)
{
    char id[SEGMENT_ID_SIZE];
    uint64_t number = 0;

    memset(shelf, 0, sizeof(*shelf));
    store_begin(&shelf->store, "sm");
    snprintf(shelf->path, sizeof(shelf->path), "%s/catalog.db", shelf->store.base.folder);
    append_entry(shelf, "front", "gate yard", "0012", DOOR_ACCESS_GRANTED);
    append_entry(shelf, "back", "yard", "0013", DOOR_ACCESS_DENIED);
    append_gap(shelf, "gate");
    store_record(&shelf->store, "gate", 2, id, &number);
    store_record(&shelf->store, "yard", 1, NULL, NULL);
    append_alarm(shelf, false, 0, &number);
    append_alarm(shelf, true, number, NULL);
    append_alarm(shelf, false, 0, NULL);
    append_expiry(shelf, 3, id);
    store_commit(&shelf->store);
    assert_int_equal(ledger_view_open(shelf->store.base.path, &shelf->view, NULL), STATUS_OK);
    open_catalog(shelf);
    follow(shelf);
}

static void shelf_end(struct shelf *shelf)
{
    catalog_free(shelf->catalog);
    ledger_view_free(shelf->view);
    store_end(&shelf->store);
}
#define AUTO_SHELF __attribute__((cleanup(shelf_end)))

static uint64_t differences(struct shelf *shelf)
{
    uint64_t next = 0;
    uint64_t different = 0;

    while (next < catalog_through(shelf->catalog))
        assert_int_equal(catalog_compare(shelf->catalog, shelf->view, &next, 2, &different, NULL),
                         STATUS_OK);
    return different;
}

static void tamper(const struct shelf *shelf, const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(shelf->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* Numbers found, as text: "3 5 ". */
struct found {
    char text[256];
    struct catalog_span last_span;
    struct catalog_entry last_entry;
};

static enum status note_number(struct found *found, uint64_t number)
{
    size_t length = strlen(found->text);

    snprintf(found->text + length, sizeof(found->text) - length, "%llu ",
             (unsigned long long)number);
    return STATUS_OK;
}

static enum status on_record(void *context, const struct catalog_record *record)
{
    return note_number(context, record->number);
}

static enum status on_entry(void *context, const struct catalog_entry *entry)
{
    ((struct found *)context)->last_entry = *entry;
    return note_number(context, entry->record.number);
}

static enum status on_span(void *context, const struct catalog_span *span)
{
    ((struct found *)context)->last_span = *span;
    return note_number(context, span->record.number);
}

static off_t room_of_index(const char *path)
{
    char name[256];
    struct stat facts;
    (void)snprintf(name, sizeof(name), "%s-shm", path);
    return stat(name, &facts) == 0 ? facts.st_blocks * 512 : 0;
}

struct filter_case {
    struct catalog_filter filter;
    const char *expected; /* the numbers of the entries */
};

static void find_each(struct catalog_view *view, const struct filter_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct found found = {0};

        assert_int_equal(catalog_entries(view, &cases[i].filter, on_entry, &found, NULL),
                         STATUS_OK);
        assert_string_equal(found.text, cases[i].expected);
    }
}

static void people_find_what_they_filter_by(void **state)
{
    AUTO_SHELF struct shelf shelf;
    struct catalog_view *view = NULL;
    static const struct filter_case cases[] = {
        {{0}, "0 1 "},
        {{.newest_first = true}, "1 0 "},
        {{.newest_first = true, .limit = 1}, "1 "},
        {{.door = "front"}, "0 "},
        {{.camera = "yard"}, "0 1 "},
        {{.camera = "gate"}, "0 "},
        {{.camera = "ate"}, ""},
        {{.credential = "0013"}, "1 "},
        {{.event = DOOR_ACCESS_GRANTED}, "0 "},
        {{.controller = "panel", .source = "door/panel"}, "0 1 "},
        {{.to_utc_ns = 1}, ""},
        {{.from_utc_ns = INT64_MAX}, ""},
    };

    (void)state;
    shelf_begin(&shelf);
    /* the index of its log has its room: on a full disk a hole in it would be a signal */
    assert_true(room_of_index(shelf.path) >= INT64_C(262144));
    assert_int_equal(catalog_view_open(shelf.path, &view, NULL), STATUS_OK);
    assert_string_equal(catalog_view_origin(view), ledger_origin(shelf.store.base.ledger));
    assert_int_equal(catalog_view_through(view), 9);
    find_each(view, cases, sizeof(cases) / sizeof(cases[0]));
    catalog_view_free(view);
}

static void append_entry_at(struct shelf *shelf, enum device_time_quality quality,
                            int64_t device_utc_ns, int64_t received_utc_ns)
{
    struct entry_record record = {.controller = "late"};
    json_t *members = NULL;

    record.entry.event = DOOR_OPENED;
    record.entry.device_time_quality = (uint8_t)quality;
    record.entry.device_utc_ns = device_utc_ns;
    record.entry.received_utc_ns = received_utc_ns;
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    append(shelf, RECORD_ENTRY, "door/late", members, NULL);
}

/* In minutes of a day: when it happened, by which clock, and when it was received. */
#define MINUTE (60 * NS_PER_SECOND)

static void an_entry_is_found_when_it_happened_and_when_it_was_received(void **state)
{
    AUTO_SHELF struct shelf shelf;
    struct catalog_view *view = NULL;
    static const struct filter_case cases[] = {
        {{.from_utc_ns = 100 * MINUTE, .to_utc_ns = 101 * MINUTE}, "9 "},
        {{.from_utc_ns = 160 * MINUTE, .to_utc_ns = 161 * MINUTE}, "9 10 11 13 "},
        {{.to_utc_ns = 90 * MINUTE}, "12 13 "},
        {{.from_utc_ns = 165 * MINUTE, .to_utc_ns = 169 * MINUTE}, ""},
        {{.from_utc_ns = 169 * MINUTE, .to_utc_ns = 170 * MINUTE}, "12 "},
        /* the seconds between event and poll put nothing into two hours */
        {{.from_utc_ns = 160 * MINUTE + 5 * NS_PER_SECOND, .to_utc_ns = 161 * MINUTE}, ""},
        {{.controller = "late", .newest_first = true, .limit = 2}, "13 12 "},
    };

    (void)state;
    shelf_begin(&shelf);
    append_entry_at(&shelf, DEVICE_TIME_GOOD, 100 * MINUTE, 160 * MINUTE);
    append_entry_at(&shelf, DEVICE_TIME_GOOD, 160 * MINUTE, 160 * MINUTE + 9 * NS_PER_SECOND);
    append_entry_at(&shelf, DEVICE_TIME_FAULT, 80 * MINUTE, 160 * MINUTE);
    append_entry_at(&shelf, DEVICE_TIME_GOOD, -60 * MINUTE, 169 * MINUTE);
    append_entry_at(&shelf, DEVICE_TIME_GOOD, INT64_C(-9000000000) * NS_PER_SECOND, 160 * MINUTE);
    store_commit(&shelf.store);
    follow(&shelf);
    assert_int_equal(differences(&shelf), 0);
    assert_int_equal(catalog_view_open(shelf.path, &view, NULL), STATUS_OK);
    find_each(view, cases, sizeof(cases) / sizeof(cases[0]));
    catalog_view_free(view);
}

static void spans_and_records_are_found(void **state)
{
    AUTO_SHELF struct shelf shelf;
    struct catalog_view *view = NULL;
    struct catalog_filter all = {0};
    struct catalog_filter gate = {.camera = "gate"};
    struct catalog_filter entries = {.kind = RECORD_ENTRY};
    struct found found = {0};

    (void)state;
    shelf_begin(&shelf);
    assert_int_equal(catalog_view_open(shelf.path, &view, NULL), STATUS_OK);
    assert_int_equal(catalog_spans(view, &gate, on_span, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "2 3 ");
    assert_int_equal(found.last_span.expired_by, 8);
    assert_int_equal(found.last_span.size, 3000);
    assert_false(found.last_span.is_gap);
    memset(&found, 0, sizeof(found));
    assert_int_equal(catalog_spans(view, &all, on_span, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "2 3 4 ");
    assert_int_equal(found.last_span.expired_by, 0);
    memset(&found, 0, sizeof(found));
    assert_int_equal(catalog_records(view, &entries, on_record, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "0 1 ");
    catalog_view_free(view);
}

static void begin_anew(struct shelf *shelf)
{
    catalog_free(shelf->catalog);
    shelf->catalog = NULL;
    assert_int_equal(unlink(shelf->path), 0);
    open_catalog(shelf);
}

static void a_deleted_catalog_comes_back_the_same(void **state)
{
    AUTO_SHELF struct shelf shelf;

    (void)state;
    shelf_begin(&shelf);
    assert_int_equal(differences(&shelf), 0);
    begin_anew(&shelf);
    assert_true(shelf.renewed);
    follow(&shelf);
    assert_int_equal(differences(&shelf), 0);
    open_catalog(&shelf);
    assert_false(shelf.renewed);
}

static void append_body_expiry(struct shelf *shelf, uint64_t first, uint64_t last, uint64_t *number)
{
    struct body_expiry_record *expiry = calloc(1, sizeof(*expiry));
    json_t *members = NULL;

    expiry->record_days = 180;
    expiry->count = 1;
    expiry->ranges[0] = (struct body_range){first, last};
    assert_int_equal(body_expiry_record_members(expiry, &members, NULL), STATUS_OK);
    append(shelf, RECORD_EXPIRY, "appliance", members, number);
    store_commit(&shelf->store);
    free(expiry);
}

static int64_t rows_of_bodies(const struct shelf *shelf)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *count = NULL;
    int64_t rows = 0;

    assert_int_equal(sqlite3_open(shelf->path, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(database,
                           "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM span)"
                           " + (SELECT count(*) FROM alarm)",
                           -1, &count, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    rows = sqlite3_column_int64(count, 0);
    (void)sqlite3_finalize(count);
    (void)sqlite3_close(database);
    return rows;
}

/* Of a body that expired, a catalog that was kept knows no more than one made afterwards. */
static void what_a_body_told_goes_with_it(void **state)
{
    AUTO_SHELF struct shelf shelf;
    uint64_t expiry = 0;
    const uint64_t numbers[] = {0, 1};

    (void)state;
    shelf_begin(&shelf);
    int64_t rows = rows_of_bodies(&shelf);
    append_body_expiry(&shelf, 0, 1, &expiry);
    follow(&shelf);
    assert_int_equal(rows_of_bodies(&shelf), rows - 2);
    assert_int_equal(ledger_expire_bodies(shelf.store.base.ledger, expiry, numbers, 2, NULL),
                     STATUS_OK);
    assert_int_equal(differences(&shelf), 0);
    begin_anew(&shelf);
    follow(&shelf);
    assert_int_equal(rows_of_bodies(&shelf), rows - 2);
    assert_int_equal(differences(&shelf), 0);
}

/* One made between the record and the removal is the same. */
static void what_a_body_tells_goes_with_its_expiry_record(void **state)
{
    AUTO_SHELF struct shelf shelf;

    (void)state;
    shelf_begin(&shelf);
    int64_t rows = rows_of_bodies(&shelf);
    append_body_expiry(&shelf, 0, 7, NULL);
    begin_anew(&shelf);
    follow(&shelf);
    assert_int_equal(rows_of_bodies(&shelf), rows - 8);
}

static void every_alteration_is_a_difference(void **state)
{
    static const char *const alterations[] = {
        "DELETE FROM entry WHERE record = 1",
        "UPDATE entry SET credential = '0099' WHERE record = 0",
        "INSERT INTO entry SELECT 5,at_ns,NULL,'',door,'','',1,who,0,body FROM entry LIMIT 1",
        "UPDATE span SET end_ns = end_ns + 1 WHERE record = 3",
        "UPDATE entry SET at_ns = at_ns + 1 WHERE record = 0",
        "UPDATE entry SET late_ns = 0 WHERE record = 0",
        "UPDATE entry SET who = '' WHERE record = 0",
        "UPDATE entry SET alarming = 1 - alarming WHERE record = 0",
        "DELETE FROM expired",
        "UPDATE alarm SET begin = 7 WHERE record = 6",
        "UPDATE record SET kind = 1 WHERE record = 8",
        "DELETE FROM record WHERE record = 8",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
        AUTO_SHELF struct shelf shelf;

        shelf_begin(&shelf);
        tamper(&shelf, alterations[i]);
        assert_true(differences(&shelf) > 0);
        begin_anew(&shelf);
        follow(&shelf);
        assert_int_equal(differences(&shelf), 0);
    }
}

static void what_is_not_this_ledgers_is_made_anew(void **state)
{
    static const char *const alterations[] = {
        "UPDATE catalog SET origin = 'elsewhere'",
        "UPDATE catalog SET through = 10",
        "DELETE FROM catalog",
        "PRAGMA user_version = 7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
        AUTO_SHELF struct shelf shelf;

        shelf_begin(&shelf);
        tamper(&shelf, alterations[i]);
        open_catalog(&shelf);
        assert_true(shelf.renewed);
        follow(&shelf);
        assert_int_equal(differences(&shelf), 0);
    }
}

static void a_file_that_is_no_database_is_made_anew(void **state)
{
    AUTO_SHELF struct shelf shelf;
    FILE *file = NULL;

    (void)state;
    shelf_begin(&shelf);
    catalog_free(shelf.catalog);
    shelf.catalog = NULL;
    file = fopen(shelf.path, "w");
    fputs("This is no database at all, but long enough to be looked at as one by a library.\n",
          file);
    fclose(file);
    open_catalog(&shelf);
    assert_true(shelf.renewed);
    follow(&shelf);
    assert_int_equal(differences(&shelf), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_find_what_they_filter_by),
        cmocka_unit_test(an_entry_is_found_when_it_happened_and_when_it_was_received),
        cmocka_unit_test(spans_and_records_are_found),
        cmocka_unit_test(a_deleted_catalog_comes_back_the_same),
        cmocka_unit_test(what_a_body_told_goes_with_it),
        cmocka_unit_test(what_a_body_tells_goes_with_its_expiry_record),
        cmocka_unit_test(every_alteration_is_a_difference),
        cmocka_unit_test(what_is_not_this_ledgers_is_made_anew),
        cmocka_unit_test(a_file_that_is_no_database_is_made_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
