#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "store/catalog_page.h"
#include "support/store_fixture.h"

/* Two doors and three people, one of whom is refused; then what operators did about it. */
struct desk {
    struct store_fixture store;
    struct catalog *catalog;
    struct ledger_view *ledger;
    struct catalog_view *view;
    char path[128];
};

static uint64_t append(struct desk *desk, enum record_kind kind, const char *source,
                       json_t *members)
{
    uint64_t number = 0;

    store_pass(&desk->store, NS_PER_SECOND);
    assert_int_equal(ledger_append(desk->store.base.ledger, kind, source, members, &number, NULL),
                     STATUS_OK);
    json_decref(members);
    return number;
}

static uint64_t append_entry(struct desk *desk, const char *door, const char *name,
                             const char *credential, enum door_event event)
{
    struct entry_record record = {.controller = "panel"};
    json_t *members = NULL;

    SET_TEXT(record.entry.door, door);
    SET_TEXT(record.name, name);
    SET_TEXT(record.entry.credential, credential);
    record.entry.event = (uint16_t)event;
    record.entry.received_utc_ns = desk->store.base.now.utc_ns;
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    return append(desk, RECORD_ENTRY, "door/panel", members);
}

static void append_deed(struct desk *desk, const char *action, const char *about, uint64_t subject)
{
    char number[24];

    snprintf(number, sizeof(number), "%llu", (unsigned long long)subject);
    append(desk, RECORD_OPERATOR, "operator/li-wen",
           json_pack("{s:s, s:s, s:s}", "action", action, about, number, "note", "seen"));
}

static uint64_t append_alarm(struct desk *desk, bool end, uint64_t begin)
{
    struct alarm_record alarm = {.end = end, .begin = begin, .kind = "space_short"};
    json_t *members = NULL;

    assert_int_equal(alarm_record_members(&alarm, &members, NULL), STATUS_OK);
    return append(desk, RECORD_ALARM, "appliance", members);
}

static void take_in(struct desk *desk)
{
    char detail[ERROR_TEXT_SIZE];
    bool renewed = false;

    store_commit(&desk->store);
    assert_int_equal(ledger_view_open(desk->store.base.path, &desk->ledger, NULL), STATUS_OK);
    assert_int_equal(catalog_open(desk->path, ledger_origin(desk->store.base.ledger),
                                  ledger_size(desk->store.base.ledger), &desk->catalog, &renewed,
                                  detail, NULL),
                     STATUS_OK);
    assert_int_equal(catalog_follow(desk->catalog, desk->ledger, 1000, NULL), STATUS_OK);
    assert_int_equal(catalog_view_open(desk->path, &desk->view, NULL), STATUS_OK);
}

static void desk_begin(struct desk *desk)
{
    memset(desk, 0, sizeof(*desk));
    store_begin(&desk->store, "sm");
    snprintf(desk->path, sizeof(desk->path), "%s/catalog.db", desk->store.base.folder);
    append_entry(desk, "front", "Li Wen", "0012", DOOR_ACCESS_GRANTED); /* 0 */
    append_entry(desk, "back", "王芳", "0013", DOOR_ACCESS_DENIED);     /* 1 */
    append_entry(desk, "front", "", "", DOOR_OPENED);                   /* 2 */
    append_entry(desk, "front", "Li Wen", "0012", DOOR_ACCESS_GRANTED); /* 3 */
    append_deed(desk, "review", "entry", 1);                            /* 4 */
    append_deed(desk, "review", "entry", 1);                            /* 5 */
    append_alarm(desk, false, 0);                                       /* 6 */
    append_deed(desk, "acknowledge", "begin", 6);                       /* 7 */
    append_alarm(desk, false, 0);                                       /* 8 */
    append_alarm(desk, true, 6);                                        /* 9 */
}

static void desk_end(struct desk *desk)
{
    catalog_view_free(desk->view);
    catalog_free(desk->catalog);
    ledger_view_free(desk->ledger);
    store_end(&desk->store);
}
#define AUTO_DESK __attribute__((cleanup(desk_end)))

/* What was found, as text. */
struct found {
    char text[256];
};

static void note(struct found *found, const char *format, uint64_t first, uint64_t second)
{
    size_t length = strlen(found->text);

    snprintf(found->text + length, sizeof(found->text) - length, format, (unsigned long long)first,
             (unsigned long long)second);
}

static enum status on_entry(void *context, const struct catalog_page_entry *entry)
{
    note(context, entry->review ? "%llu(%llu) " : "%llu ", entry->entry.record.number,
         entry->review);
    return STATUS_OK;
}

static void a_page_holds_what_is_wanted_newest_first(void **state)
{
    AUTO_DESK struct desk desk;
    static const struct {
        struct catalog_entries_wanted wanted;
        const char *expected;
    } cases[] = {
        {{0}, "3 2 1(5) 0 "},
        {{.limit = 2}, "3 2 "},
        {{.limit = 2, .before = 2}, "1(5) 0 "},
        {{.door = "front"}, "3 2 0 "},
        {{.event = DOOR_OPENED}, "2 "},
        {{.door = "front", .event = DOOR_ACCESS_GRANTED, .before = 3}, "0 "},
        {{.alarming = true}, "1(5) "},
        {{.person = "li w"}, "3 0 "},
        {{.person = "芳"}, "1(5) "},
        {{.person = "001"}, "3 1(5) 0 "},
        {{.person = "001", .door = "back"}, "1(5) "},
        {{.person = "nobody"}, ""},
        {{.reviewed = CATALOG_REVIEWED_YES}, "1(5) "},
        {{.reviewed = CATALOG_REVIEWED_NO, .door = "front", .limit = 2}, "3 2 "},
        {{.to_utc_ns = 1}, ""},
        {{.from_utc_ns = 1, .limit = 3}, "3 2 1(5) "},
        {{.from_utc_ns = 1, .before = 2}, "1(5) 0 "},
        {{.from_utc_ns = INT64_MAX - 1}, ""},
    };

    (void)state;
    desk_begin(&desk);
    take_in(&desk);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct found found = {0};

        assert_int_equal(catalog_page_entries(desk.view, &cases[i].wanted, on_entry, &found, NULL),
                         STATUS_OK);
        assert_string_equal(found.text, cases[i].expected);
    }
}

/* A hundred thousand entries of one door before all others, a nanosecond apart. */
static void lay_in_many(const char *path)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "WITH RECURSIVE n (i) AS (SELECT -100000 UNION ALL"
                                  " SELECT i + 1 FROM n WHERE i < -1)"
                                  " INSERT INTO entry (record, at_ns, door, event, who, alarming)"
                                  " SELECT i, i + 200000, 'front', 2, '  ', 0 FROM n",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
}

/* The quickest of several, in microseconds. */
static uint64_t page_us(struct desk *desk, const struct catalog_entries_wanted *wanted)
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < 5; i++) {
        struct found found = {0};
        uint64_t began = clock_timer_us();
        uint64_t took = 0;

        assert_int_equal(catalog_page_entries(desk->view, wanted, on_entry, &found, NULL),
                         STATUS_OK);
        took = clock_timer_us() - began;
        best = took < best ? took : best;
    }
    return best;
}

static void a_page_of_a_range_does_not_walk_all_that_ever_was_at_its_door(void **state)
{
    AUTO_DESK struct desk desk;
    const struct catalog_entries_wanted all = {.from_utc_ns = 150000, .to_utc_ns = 150100};
    struct catalog_entries_wanted filtered[] = {all, all, all};

    (void)state;
    filtered[0].door = "front";
    filtered[1].event = DOOR_ACCESS_GRANTED;
    filtered[2].door = "front";
    filtered[2].event = DOOR_ACCESS_GRANTED;
    desk_begin(&desk);
    take_in(&desk);
    lay_in_many(desk.path);
    for (size_t i = 0; i < sizeof(filtered) / sizeof(filtered[0]); i++)
        assert_true(page_us(&desk, &filtered[i]) < 10 * page_us(&desk, &all) + 2000);
}

static void many_people_of_one_name_are_all_found(void **state)
{
    AUTO_DESK struct desk desk;
    struct catalog_entries_wanted wanted = {.person = "zhang", .limit = 3};
    struct found found = {0};

    (void)state;
    desk_begin(&desk);
    for (unsigned i = 0; i < 30; i++) {
        char credential[8];

        snprintf(credential, sizeof(credential), "%04u", 100 + i);
        append_entry(&desk, "front", "Zhang", credential, DOOR_ACCESS_GRANTED); /* 10 to 39 */
    }
    take_in(&desk);
    assert_int_equal(catalog_page_entries(desk.view, &wanted, on_entry, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "39 38 37 ");
}

static void what_came_late_stands_on_the_first_page_of_its_range(void **state)
{
    AUTO_DESK struct desk desk;
    struct catalog_entries_wanted wanted = {0};
    struct entry_record late = {.controller = "panel"};
    struct found found = {0};
    json_t *members = NULL;

    (void)state;
    desk_begin(&desk);
    wanted.from_utc_ns = desk.store.base.now.utc_ns;
    late.entry.event = DOOR_OPENED;
    late.entry.device_time_quality = DEVICE_TIME_GOOD;
    late.entry.device_utc_ns = 1000;
    late.entry.received_utc_ns = desk.store.base.now.utc_ns + 1;
    assert_int_equal(entry_record_members(&late, &members, NULL), STATUS_OK);
    append(&desk, RECORD_ENTRY, "door/panel", members); /* 10 */
    append_entry(&desk, "front", "", "", DOOR_CLOSED);  /* 11 */
    take_in(&desk);
    assert_int_equal(catalog_page_entries(desk.view, &wanted, on_entry, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "11 10 ");
}

static void one_entry_is_given_by_its_number(void **state)
{
    AUTO_DESK struct desk desk;
    struct catalog_page_entry entry;

    (void)state;
    desk_begin(&desk);
    take_in(&desk);
    assert_int_equal(catalog_page_entry(desk.view, 1, &entry, NULL), STATUS_OK);
    assert_string_equal(entry.entry.entry.name, "王芳");
    assert_true(entry.alarming);
    assert_int_equal(entry.review, 5);
    assert_int_equal(catalog_page_entry(desk.view, 4, &entry, NULL), STATUS_NOT_FOUND);
    assert_int_equal(catalog_page_entry(desk.view, 99, &entry, NULL), STATUS_NOT_FOUND);
}

static enum status on_deed(void *context, const struct catalog_deed *deed)
{
    assert_string_equal(deed->record.source, "operator/li-wen");
    assert_non_null(memmem(deed->body.data, deed->body.size, "\"seen\"", 6));
    note(context, "%llu/%llu ", deed->record.number, deed->subject);
    return STATUS_OK;
}

static void the_register_names_who_did_what_about_which_record(void **state)
{
    AUTO_DESK struct desk desk;
    static const struct {
        struct catalog_deeds_wanted wanted;
        const char *expected;
    } cases[] = {
        {{0}, "7/6 5/1 4/1 "},
        {{.action = "review"}, "5/1 4/1 "},
        {{.source = "operator/li-wen", .limit = 1}, "7/6 "},
        {{.source = "operator/uid-0"}, ""},
        {{.before = 5}, "4/1 "},
        {{.to_utc_ns = 1}, ""},
    };
    struct found newest = {0};

    (void)state;
    desk_begin(&desk);
    take_in(&desk);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct found found = {0};

        assert_int_equal(catalog_page_deeds(desk.view, &cases[i].wanted, on_deed, &found, NULL),
                         STATUS_OK);
        assert_string_equal(found.text, cases[i].expected);
    }
    assert_int_equal(catalog_page_deed_about(desk.view, 1, "review", on_deed, &newest, NULL),
                     STATUS_OK);
    assert_string_equal(newest.text, "5/1 ");
    assert_int_equal(catalog_page_deed_about(desk.view, 2, "review", on_deed, &newest, NULL),
                     STATUS_NOT_FOUND);
}

static enum status on_alarm(void *context, const struct catalog_alarm *alarm)
{
    note(context, alarm->until_utc_ns ? "%llu.%llu " : "%llu:%llu ", alarm->begin,
         alarm->acknowledged);
    return STATUS_OK;
}

static void alarms_tell_whether_they_go_on_and_who_knows(void **state)
{
    AUTO_DESK struct desk desk;
    struct found all = {0};
    struct found open = {0};

    (void)state;
    desk_begin(&desk);
    take_in(&desk);
    assert_int_equal(catalog_page_alarms(desk.view, false, 0, 0, on_alarm, &all, NULL), STATUS_OK);
    assert_string_equal(all.text, "8:0 6.7 ");
    assert_int_equal(catalog_page_alarms(desk.view, true, 0, 0, on_alarm, &open, NULL), STATUS_OK);
    assert_string_equal(open.text, "8:0 ");
}

static void append_gap(struct desk *desk, int64_t from_s, int64_t to_s, enum gap_cause cause)
{
    struct gap_record gap = {
        .cause = cause, .start_utc_ns = from_s * NS_PER_SECOND, .end_utc_ns = to_s * NS_PER_SECOND};
    json_t *members = NULL;

    SET_TEXT(gap.camera, "gate");
    assert_int_equal(gap_record_members(&gap, &members, NULL), STATUS_OK);
    append(desk, RECORD_GAP, "camera/gate", members);
}

static enum status on_run(void *context, const struct catalog_run *run)
{
    note(context, run->cause == GAP_STALLED ? "%llu-%llu " : "%llu=%llu ",
         (uint64_t)(run->start_utc_ns / NS_PER_SECOND),
         (uint64_t)(run->end_utc_ns / NS_PER_SECOND));
    return STATUS_OK;
}

static void a_days_line_joins_what_goes_on_and_is_cut_to_the_day(void **state)
{
    AUTO_DESK struct desk desk;
    struct found found = {0};

    (void)state;
    desk_begin(&desk);
    append_gap(&desk, 100, 20000, GAP_STALLED); /* long before: by its own index */
    append_gap(&desk, 20000, 23600, GAP_STALLED);
    append_gap(&desk, 23600, 24000, GAP_REFUSED);
    append_gap(&desk, 40000, 40010, GAP_REFUSED);
    append_gap(&desk, 86500, 90000, GAP_REFUSED);
    take_in(&desk);
    assert_int_equal(catalog_page_runs(desk.view, "gate", 15000 * NS_PER_SECOND,
                                       86400 * NS_PER_SECOND, on_run, &found, NULL),
                     STATUS_OK);
    assert_string_equal(found.text, "15000-23600 23600=24000 40000=40010 ");
}

static void an_amount_is_of_what_is_left_of_the_range(void **state)
{
    AUTO_DESK struct desk desk;
    struct catalog_amount amount;
    uint64_t count = 0;

    (void)state;
    desk_begin(&desk);
    append_gap(&desk, 20000, 23600, GAP_STALLED);
    take_in(&desk);
    assert_int_equal(catalog_page_amount(desk.view, "gate", 15000 * NS_PER_SECOND,
                                         86400 * NS_PER_SECOND, &amount, NULL),
                     STATUS_OK);
    assert_int_equal(amount.bytes, 0);
    assert_int_equal(amount.clips, 0);
    assert_int_equal(amount.newest_utc_ns, 23600 * NS_PER_SECOND);
    assert_int_equal(catalog_page_count(desk.view, NULL, 0, INT64_MAX, &count, NULL), STATUS_OK);
    assert_int_equal(count, 4);
    assert_int_equal(catalog_page_count(desk.view, "nowhere", 0, INT64_MAX, &count, NULL),
                     STATUS_OK);
    assert_int_equal(count, 0);
}

static enum status on_mark(void *context, const struct catalog_mark *mark)
{
    note(context, mark->alarming ? "%llu! " : "%llu ", mark->record, 0);
    return STATUS_OK;
}

static void marks_that_are_too_many_leave_the_quiet_ones_out(void **state)
{
    AUTO_DESK struct desk desk;
    struct found all = {0};
    struct found few = {0};

    (void)state;
    desk_begin(&desk);
    take_in(&desk);
    assert_int_equal(catalog_page_marks(desk.view, 0, INT64_MAX, 10, on_mark, &all, NULL),
                     STATUS_OK);
    assert_string_equal(all.text, "1! 3 2 0 ");
    assert_int_equal(catalog_page_marks(desk.view, 0, INT64_MAX, 2, on_mark, &few, NULL),
                     STATUS_OK);
    assert_string_equal(few.text, "1! 3 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_holds_what_is_wanted_newest_first),
        cmocka_unit_test(a_page_of_a_range_does_not_walk_all_that_ever_was_at_its_door),
        cmocka_unit_test(many_people_of_one_name_are_all_found),
        cmocka_unit_test(what_came_late_stands_on_the_first_page_of_its_range),
        cmocka_unit_test(one_entry_is_given_by_its_number),
        cmocka_unit_test(the_register_names_who_did_what_about_which_record),
        cmocka_unit_test(alarms_tell_whether_they_go_on_and_who_knows),
        cmocka_unit_test(a_days_line_joins_what_goes_on_and_is_cut_to_the_day),
        cmocka_unit_test(an_amount_is_of_what_is_left_of_the_range),
        cmocka_unit_test(marks_that_are_too_many_leave_the_quiet_ones_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
