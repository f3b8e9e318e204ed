/* Bodies from their floor to their removal, and what a kill between any two steps leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/body_expiry.h"
#include "store/body_expiry_record.h"
#include "support/store_fixture.h"

struct run {
    struct store_fixture store;
    struct body_expiry *expiry;
    uint32_t record_days;
};

static void open_expiry(struct run *run)
{
    struct expiry_books books = store_expiry_books(&run->store);

    body_expiry_free(run->expiry);
    assert_int_equal(body_expiry_new(&books, &run->expiry, NULL), STATUS_OK);
}

static void run_begin(struct run *run)
{
    memset(run, 0, sizeof(*run));
    store_begin(&run->store, "sm");
    run->record_days = 180;
    open_expiry(run);
}

static void run_end(struct run *run)
{
    body_expiry_free(run->expiry);
    store_end(&run->store);
}
#define AUTO_RUN __attribute__((cleanup(run_end)))

static struct body_expiry_now now_of(const struct run *run)
{
    return (struct body_expiry_now){.utc_ns = run->store.base.now.utc_ns,
                                    .lived_ns = store_lived_ns(&run->store),
                                    .record_days = run->record_days};
}

static void look(struct run *run)
{
    struct body_expiry_now now = now_of(run);
    enum status status = STATUS_AGAIN;

    while (status == STATUS_AGAIN)
        status = body_expiry_look(run->expiry, &now, 3, NULL);
    assert_int_equal(status, STATUS_OK);
}

static bool name(struct run *run, enum status expected)
{
    struct body_expiry_now now = now_of(run);
    bool appended = false;

    assert_int_equal(body_expiry_append(run->expiry, &now, &appended, NULL), expected);
    return appended;
}

static void remove_all(struct run *run)
{
    enum status status = STATUS_AGAIN;

    while (status == STATUS_AGAIN && body_expiry_is_removing(run->expiry))
        status = body_expiry_remove(run->expiry, 2, NULL);
    assert_false(body_expiry_is_removing(run->expiry));
}

/* A whole round; how many bodies are gone then, of all. */
static int64_t gone(const struct run *run)
{
    return fixture_query(&run->store.base, "SELECT count(*) FROM record WHERE body IS NULL");
}

static int64_t let_go(struct run *run)
{
    look(run);
    if (name(run, STATUS_OK)) {
        store_commit(&run->store);
        remove_all(run);
    }
    return gone(run);
}

static int64_t expiries(const struct run *run)
{
    return fixture_query(&run->store.base, "SELECT count(*) FROM record WHERE"
                                           " instr(head, CAST('\"kind\":\"expiry\"' AS BLOB)) > 0");
}

/* Ten bodies of 190 are past their floor. */
static void age_ten(struct run *run)
{
    run_begin(run);
    store_live(&run->store, 190);
}

/* They are named, and nothing is committed. */
static void name_ten(struct run *run)
{
    age_ten(run);
    look(run);
    assert_true(name(run, STATUS_OK));
}

static void no_body_goes_before_its_floor(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    store_live(&run.store, 180);
    assert_int_equal(let_go(&run), 0);
    assert_int_equal(expiries(&run), 0);
    store_live(&run.store, 1);
    assert_int_equal(let_go(&run), 1);
    run.record_days = 365;
    store_live(&run.store, 100);
    assert_int_equal(let_go(&run), 1);
    assert_int_equal(expiries(&run), 1);
}

static void record_then_bodies_and_every_head_stays(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    name_ten(&run);
    /* not before the record is durable */
    assert_int_equal(body_expiry_remove(run.expiry, 5, NULL), STATUS_REFUSED);
    assert_int_equal(gone(&run), 0);
    store_commit(&run.store);
    open_expiry(&run);
    struct body_expiry_now now = now_of(&run);
    assert_int_equal(body_expiry_resume(run.expiry, &now, 1000, NULL), STATUS_OK);
    assert_int_equal(body_expiry_remove(run.expiry, 5, NULL), STATUS_AGAIN);
    assert_int_equal(gone(&run), 5);
    remove_all(&run);
    assert_int_equal(gone(&run), 10);
    assert_int_equal(fixture_audit(&run.store.base), 191);
    assert_int_equal(let_go(&run), 10);
    assert_int_equal(expiries(&run), 1);
}

static void kill_and_start(struct run *run)
{
    struct body_expiry_now now;
    enum status status = STATUS_AGAIN;

    store_reopen(&run->store);
    open_expiry(run);
    now = now_of(run);
    while (status == STATUS_AGAIN)
        status = body_expiry_resume(run->expiry, &now, 7, NULL);
    assert_int_equal(status, STATUS_OK);
}

static void kill_before_the_commit_undoes_it(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    name_ten(&run);
    kill_and_start(&run);
    assert_false(body_expiry_is_removing(run.expiry));
    assert_int_equal(gone(&run), 0);
    assert_int_equal(let_go(&run), 10);
    assert_int_equal(expiries(&run), 1);
}

static void kill_amid_the_removal_is_taken_up(void **state)
{
    for (unsigned steps = 0; steps < 4; steps++) {
        AUTO_RUN struct run run;

        (void)state;
        name_ten(&run);
        store_commit(&run.store);
        for (unsigned i = 0; i < steps; i++)
            assert_int_equal(body_expiry_remove(run.expiry, 2, NULL), STATUS_AGAIN);
        (void)fixture_append(&run.store.base, "appliance");
        store_commit(&run.store);
        kill_and_start(&run);
        assert_true(body_expiry_is_removing(run.expiry));
        remove_all(&run);
        assert_int_equal(gone(&run), 10);
        assert_int_equal(let_go(&run), 10);
        assert_int_equal(expiries(&run), 1);
    }
}

/* A clock put forward by years, and one that was wrong when the record was made. */
static void no_clock_step_ages_a_body(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    store_live(&run.store, 10);
    run.store.base.now.utc_ns += 1000 * NS_PER_DAY;
    store_live(&run.store, 10);
    assert_int_equal(let_go(&run), 0);
    run.store.base.now.utc_ns -= 1000 * NS_PER_DAY;
    store_live(&run.store, 171);
    assert_int_equal(let_go(&run), 10);
    store_live(&run.store, 9);
    assert_int_equal(let_go(&run), 10); /* they say they were made in years to come */
    store_live(&run.store, 1000);
    assert_true(let_go(&run) > 1000);
}

static uint64_t set_hold(struct run *run, bool release, uint64_t hold, int64_t from, int64_t to)
{
    struct hold_record record = {.release = release,
                                 .hold = hold,
                                 .from_utc_ns = from,
                                 .to_utc_ns = to,
                                 .cameras = "gate",
                                 .reason = "case 7",
                                 .by = "uid 0"};

    return store_hold(&run->store, &record);
}

static void held_body_stays_until_the_release(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    (void)store_append(&run.store, RECORD_CAMERA, "camera/yard",
                       json_pack("{s:s}", "event", "offline"));
    (void)store_append(&run.store, RECORD_CAMERA, "camera/gate",
                       json_pack("{s:s}", "event", "offline"));
    int64_t start = run.store.base.now.utc_ns;
    store_live(&run.store, 190);
    uint64_t hold = set_hold(&run, false, 0, start, start + 3 * NS_PER_DAY);
    assert_false(store_check_holds(&run.store));
    /* the yard's, and all days but the three, the day of the start and the day after the end */
    assert_int_equal(let_go(&run), 1 + 10 - 3);
    (void)set_hold(&run, true, hold, 0, 0);
    assert_int_equal(let_go(&run), 2 + 10);
    assert_int_equal(expiries(&run), 2);
}

/* One that cannot be read any more may have held anything. */
static void unreadable_hold_holds_every_body(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    age_ten(&run);
    (void)set_hold(&run, false, 0, 0, 1);
    fixture_tamper(&run.store.base, "UPDATE record SET body = x'7b7d' WHERE number = 190");
    store_reopen(&run.store);
    open_expiry(&run);
    assert_false(store_check_holds(&run.store));
    assert_int_equal(let_go(&run), 0);
}

static void hold_set_while_looking_still_holds(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    age_ten(&run);
    look(&run);
    (void)set_hold(&run, false, 0, 0, INT64_MAX);
    assert_false(name(&run, STATUS_AGAIN));
    assert_int_equal(let_go(&run), 0);
    assert_int_equal(expiries(&run), 0);
}

static void what_later_records_are_judged_by_stays(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    (void)store_append(&run.store, RECORD_CONFIG, "appliance",
                       json_pack("{s:i}", "record_days", 180));
    (void)store_append(&run.store, RECORD_CLOCK, "appliance", json_pack("{s:s}", "event", "step"));
    (void)store_append(&run.store, RECORD_GAP, "camera/gate", json_pack("{s:s}", "camera", "gate"));
    (void)store_append(&run.store, RECORD_HEALTH, "appliance",
                       json_pack("{s:s}", "event", "started"));
    store_live(&run.store, 190);
    assert_int_equal(let_go(&run), 11);
    assert_int_equal(fixture_query(&run.store.base,
                                   "SELECT count(*) FROM record WHERE number < 3 AND body IS NULL"),
                     0);
}

/* The record of video goes after the video, which may be kept longer. */
static void record_of_kept_video_stays(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    uint64_t number = 0;
    struct expiry_record *record = calloc(1, sizeof(*record));
    json_t *members = NULL;

    (void)state;
    run_begin(&run);
    store_record(&run.store, "gate", 1, id, &number);
    store_commit(&run.store);
    store_live(&run.store, 190);
    assert_int_equal(let_go(&run), 10);
    record->reason = RETENTION_AGE;
    record->video_days = 30;
    record->count = 1;
    record->segments[0].record = number;
    SET_TEXT(record->camera, "gate");
    SET_TEXT(record->segments[0].id, id);
    segment_file_name(record->segments[0].file, "gate", id);
    /* an index that says so is not enough */
    fixture_tamper(&run.store.base, "UPDATE segment SET state = 2, expired_by = 4");
    assert_int_equal(let_go(&run), 10);
    fixture_tamper(&run.store.base, "UPDATE segment SET state = 0, expired_by = 0");
    assert_int_equal(expiry_record_members(record, &members, NULL), STATUS_OK);
    (void)store_append(&run.store, RECORD_EXPIRY, "camera/gate", members);
    assert_int_equal(let_go(&run), 10);
    assert_int_equal(segment_index_gone(run.store.segments, number, NULL), STATUS_OK);
    (void)fixture_append(&run.store.base, "appliance");
    store_commit(&run.store);
    assert_int_equal(let_go(&run), 11);
    free(record);
}

/* To name them would make an alteration pass for an expiry. */
static void altered_and_missing_bodies_are_not_named(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    age_ten(&run);
    fixture_tamper(&run.store.base, "UPDATE record SET body = NULL WHERE number = 3;"
                                    "UPDATE record SET body = x'7b7d' WHERE number = 5");
    assert_int_equal(let_go(&run), 1 + 10 - 2);
    assert_int_equal(
        fixture_query(
            &run.store.base,
            "SELECT instr(body, CAST('{\"first\":\"0\",\"last\":\"2\"},"
            "{\"first\":\"4\",\"last\":\"4\"},{\"first\":\"6\",\"last\":\"9\"}]' AS BLOB))"
            " > 0 FROM record ORDER BY number DESC LIMIT 1"),
        1);
}

static void more_ranges_than_one_record_names_take_another(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    for (unsigned i = 0; i < BODY_RANGES_MAX + 10; i++) {
        uint64_t number = 0;
        json_t *members = json_pack("{s:s}", "event", "step");

        if (i % 256 == 0)
            store_commit(&run.store);
        (void)fixture_append(&run.store.base, "appliance");
        assert_int_equal(
            ledger_append(run.store.base.ledger, RECORD_CLOCK, "appliance", members, &number, NULL),
            STATUS_OK);
        json_decref(members);
    }
    store_live(&run.store, 182);
    look(&run);
    assert_true(name(&run, STATUS_AGAIN));
    store_commit(&run.store);
    remove_all(&run);
    assert_int_equal(gone(&run), BODY_RANGES_MAX);
    assert_true(let_go(&run) >= BODY_RANGES_MAX + 10);
    assert_int_equal(expiries(&run), 2);
}

static void record_in_another_form_is_refused(void **state)
{
    static const struct {
        const char *body;
        enum status status;
    } cases[] = {
        {"{'record_days':180,'reason':'age','records':[{'first':'0','last':'0'},"
         "{'first':'2','last':'18446744073709551615'}]}",
         STATUS_OK},
        {"{'record_days':180,'reason':'age','records':[]}", STATUS_INVALID},
        {"{'record_days':180,'reason':'space','records':[{'first':'0','last':'0'}]}",
         STATUS_INVALID},
        {"{'reason':'age','records':[{'first':'0','last':'0'}]}", STATUS_INVALID},
        {"{'record_days':180,'reason':'age','records':[{'first':'3','last':'2'}]}", STATUS_INVALID},
        {"{'record_days':180,'reason':'age','records':[{'first':2,'last':2}]}", STATUS_INVALID},
        {"{'record_days':180,'reason':'age','records':[{'first':'2','last':'4'},"
         "{'first':'4','last':'5'}]}",
         STATUS_INVALID}, /* overlapping */
        {"{'record_days':180,'reason':'age','records':[{'first':'2','last':'4'},"
         "{'first':'5','last':'5'}]}",
         STATUS_INVALID}, /* adjoining: there is one way to write it */
        {"{'record_days':180,'reason':'age','records':[{'first':'7','last':'8'},"
         "{'first':'2','last':'5'}]}",
         STATUS_INVALID},
    };
    struct body_expiry_record *record = calloc(1, sizeof(*record));

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        json_t *body = NULL;

        SET_TEXT(text, cases[i].body);
        for (char *at = strchr(text, '\''); at; at = strchr(at, '\''))
            *at = '"';
        body = json_loads(text, 0, NULL);
        assert_non_null(body);
        assert_int_equal(body_expiry_record_parse(body, record, NULL), cases[i].status);
        json_decref(body);
    }
    free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_body_goes_before_its_floor),
        cmocka_unit_test(record_then_bodies_and_every_head_stays),
        cmocka_unit_test(kill_before_the_commit_undoes_it),
        cmocka_unit_test(kill_amid_the_removal_is_taken_up),
        cmocka_unit_test(no_clock_step_ages_a_body),
        cmocka_unit_test(held_body_stays_until_the_release),
        cmocka_unit_test(unreadable_hold_holds_every_body),
        cmocka_unit_test(hold_set_while_looking_still_holds),
        cmocka_unit_test(what_later_records_are_judged_by_stays),
        cmocka_unit_test(record_of_kept_video_stays),
        cmocka_unit_test(altered_and_missing_bodies_are_not_named),
        cmocka_unit_test(record_in_another_form_is_refused),
        cmocka_unit_test(more_ranges_than_one_record_names_take_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
