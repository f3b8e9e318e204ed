/* Expiry from decision to unlink, and what a kill between any two steps leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/expiry.h"
#include "support/store_fixture.h"

struct run {
    struct store_fixture store;
    struct expiry *expiry;
    struct retention_policy policy;
    struct retention_camera cameras[2];
    struct retention_decision *decision;
    char files[6][SEGMENT_FILE_SIZE]; /* three of gate, three of yard */
    uint64_t numbers[6];
};

static void open_expiry(struct run *run)
{
    struct expiry_books books = store_expiry_books(&run->store);

    expiry_free(run->expiry);
    assert_int_equal(expiry_new(&books, &run->expiry, NULL), STATUS_OK);
}

static void run_begin(struct run *run)
{
    static const char *const cameras[] = {"gate", "yard"};

    memset(run, 0, sizeof(*run));
    store_begin(&run->store, "sm");
    for (size_t i = 0; i < 6; i++) {
        char id[SEGMENT_ID_SIZE];

        store_record(&run->store, cameras[i / 3], 1, id, &run->numbers[i]);
        segment_file_name(run->files[i], cameras[i / 3], id);
        store_commit(&run->store);
    }
    run->policy =
        (struct retention_policy){.video_days = 30, .record_days = 180, .full = FULL_DELETE_OLDEST};
    run->cameras[0].camera = "gate";
    run->cameras[1].camera = "yard";
    run->decision = calloc(1, sizeof(*run->decision));
    open_expiry(run);
}

static void run_end(struct run *run)
{
    expiry_free(run->expiry);
    free(run->decision);
    store_end(&run->store);
}
#define AUTO_RUN __attribute__((cleanup(run_end)))

static void kill_and_start(struct run *run)
{
    store_reopen(&run->store);
    open_expiry(run);
}

static void decide(struct run *run)
{
    struct retention_now now = {
        .utc_ns = run->store.base.now.utc_ns,
        .lived_ns = store_lived_ns(&run->store),
        .total_bytes = 1000000,
        .free_bytes = 1000000,
    };
    struct retention_source source = expiry_source(run->expiry);

    assert_int_equal(
        retention_decide(&run->policy, &now, run->cameras, 2, &source, false, run->decision, NULL),
        STATUS_OK);
}

static void append(struct run *run, size_t records, size_t refused_wanted)
{
    size_t appended = 0;
    size_t refused = 0;

    assert_int_equal(expiry_append(run->expiry, &run->policy, run->cameras, run->decision,
                                   &appended, &refused, NULL),
                     STATUS_OK);
    assert_int_equal(appended, records);
    assert_int_equal(refused, refused_wanted);
}

static unsigned files_left(const struct run *run)
{
    unsigned left = 0;

    for (size_t i = 0; i < 6; i++)
        left += store_has_file(&run->store, run->files[i]);
    return left;
}

static void unlink_all(struct run *run)
{
    enum status status = STATUS_AGAIN;

    while (status == STATUS_AGAIN)
        status = expiry_unlink(run->expiry, 2, NULL, NULL);
    assert_int_equal(status, STATUS_OK);
    (void)fixture_append(&run->store.base, "appliance");
    store_commit(&run->store);
}

static int64_t in_state(const struct run *run, int wanted)
{
    char sql[80];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM segment WHERE state = %d", wanted);
    return fixture_query(&run->store.base, sql);
}

/* All six are past their age, and the decision says so. */
static void age_all(struct run *run)
{
    run_begin(run);
    store_live(&run->store, 31);
    decide(run);
}

static void nothing_goes_before_its_age(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    run_begin(&run);
    store_live(&run.store, 29);
    decide(&run);
    assert_int_equal(run.decision->count, 0);
}

static void record_then_unlink_then_gone(void **state)
{
    AUTO_RUN struct run run;
    struct segment_total total;
    uint64_t next = 0;
    uint64_t mended = 0;

    (void)state;
    age_all(&run);
    assert_int_equal(run.decision->count, 6);
    append(&run, 2, 0);
    /* Not committed: nothing may be unlinked. */
    assert_int_equal(expiry_unlink(run.expiry, 10, NULL, NULL), STATUS_OK);
    assert_int_equal(files_left(&run), 6);
    store_commit(&run.store);
    assert_int_equal(files_left(&run), 6);
    assert_int_equal(in_state(&run, SEGMENT_EXPIRED), 6);
    assert_int_equal(segment_index_stored(run.store.segments, "gate", &total, NULL), STATUS_OK);
    assert_int_equal(total.bytes, 0);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 0);
    assert_int_equal(in_state(&run, SEGMENT_GONE), 6);
    /* Mending a row does not bring back what is gone. */
    fixture_tamper(&run.store.base, "UPDATE segment SET size = 1");
    while (next < ledger_size(run.store.base.ledger))
        assert_int_equal(segment_index_check(run.store.segments, &next, 100, &mended, NULL),
                         STATUS_OK);
    assert_int_equal(mended, 6);
    assert_int_equal(in_state(&run, SEGMENT_GONE), 6);
    assert_int_equal(fixture_query(&run.store.base, "SELECT count(*) FROM piece"), 0);
    decide(&run);
    assert_int_equal(run.decision->count, 0);
}

static void a_kill_before_the_commit_undoes_it(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    age_all(&run);
    append(&run, 2, 0);
    kill_and_start(&run);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 6);
    decide(&run);
    assert_int_equal(run.decision->count, 6);
}

static void a_kill_after_the_commit_is_taken_up(void **state)
{
    AUTO_RUN struct run run;

    (void)state;
    age_all(&run);
    append(&run, 2, 0);
    store_commit(&run.store);
    kill_and_start(&run);
    assert_int_equal(files_left(&run), 6);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 0);
}

static void a_kill_amid_the_unlinking_is_taken_up(void **state)
{
    AUTO_RUN struct run run;
    size_t removed = 0;

    (void)state;
    age_all(&run);
    append(&run, 2, 0);
    store_commit(&run.store);
    assert_int_equal(expiry_unlink(run.expiry, 2, &removed, NULL), STATUS_AGAIN);
    assert_int_equal(removed, 2);
    kill_and_start(&run);
    assert_int_equal(in_state(&run, SEGMENT_EXPIRED), 6);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 0);
    assert_int_equal(in_state(&run, SEGMENT_GONE), 6);
}

static void a_hold_set_after_the_decision_still_holds(void **state)
{
    AUTO_RUN struct run run;
    struct hold_record hold = {
        .to_utc_ns = INT64_MAX, .cameras = "gate", .reason = "case 7", .by = "uid 0"};

    (void)state;
    age_all(&run);
    uint64_t number = store_hold(&run.store, &hold);
    append(&run, 1, 3);
    store_commit(&run.store);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 3);
    kill_and_start(&run);
    decide(&run);
    assert_int_equal(run.decision->count, 0);
    /* Released, it goes. */
    hold = (struct hold_record){.release = true, .hold = number, .reason = "over", .by = "uid 0"};
    (void)store_hold(&run.store, &hold);
    decide(&run);
    assert_int_equal(run.decision->count, 3);
}

static void an_altered_index_decides_nothing(void **state)
{
    AUTO_RUN struct run run;
    uint64_t next = 0;
    uint64_t mended = 0;

    (void)state;
    run_begin(&run);
    /* Made to look old, and made to look expired: neither deletes anything. */
    fixture_tamper(&run.store.base, "UPDATE segment SET end_ns = 0, lived_ns = 0;"
                                    "UPDATE segment SET state = 1, expired_by = 3 WHERE rowid < 3");
    store_live(&run.store, 31);
    fixture_tamper(&run.store.base, "UPDATE segment SET end_ns = 1 WHERE state = 0");
    kill_and_start(&run);
    unlink_all(&run);
    assert_int_equal(files_left(&run), 6);
    decide(&run);
    append(&run, 0, run.decision->count);
    while (next < ledger_size(run.store.base.ledger))
        assert_int_equal(segment_index_check(run.store.segments, &next, 7, &mended, NULL),
                         STATUS_OK);
    assert_int_equal(mended, 6);
    assert_int_equal(
        fixture_query(&run.store.base, "SELECT count(*) FROM segment WHERE end_ns < 2"), 0);
    mended = 0;
    next = 0;
    while (next < ledger_size(run.store.base.ledger))
        assert_int_equal(segment_index_check(run.store.segments, &next, 7, &mended, NULL),
                         STATUS_OK);
    assert_int_equal(mended, 0);
}

static void the_record_names_everything(void **state)
{
    struct expiry_record *record = calloc(1, sizeof(*record));
    struct expiry_record *back = calloc(1, sizeof(*back));
    json_t *body = NULL;
    json_t *again = NULL;

    (void)state;
    SET_TEXT(record->camera, "gate");
    record->reason = RETENTION_SHARE;
    record->video_days = 31;
    record->count = RETENTION_CHOICES_MAX;
    for (size_t i = 0; i < record->count; i++) {
        struct expiry_segment *segment = &record->segments[i];

        segment->record = i;
        segment_id_make(segment->id, 1000);
        segment_file_name(segment->file, "gate", segment->id);
        segment->end_utc_ns = 5;
        segment->size = 77;
        segment->below_floor = i == 1;
        segment->roots.has_sm3 = true;
        memset(segment->roots.sha256.bytes, (int)i, DIGEST_BYTES);
        memset(segment->roots.sm3.bytes, 1, DIGEST_BYTES);
    }
    assert_int_equal(expiry_record_members(record, &body, NULL), STATUS_OK);
    assert_int_equal(expiry_record_parse(body, back, NULL), STATUS_OK);
    assert_int_equal(expiry_record_members(back, &again, NULL), STATUS_OK);
    assert_true(store_same_body(json_incref(body), again));
    json_array_append_new(json_object_get(body, "segments"), json_object());
    assert_int_equal(expiry_record_parse(body, back, NULL), STATUS_INVALID);
    json_decref(body);
    free(record);
    free(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_goes_before_its_age),
        cmocka_unit_test(record_then_unlink_then_gone),
        cmocka_unit_test(a_kill_before_the_commit_undoes_it),
        cmocka_unit_test(a_kill_after_the_commit_is_taken_up),
        cmocka_unit_test(a_kill_amid_the_unlinking_is_taken_up),
        cmocka_unit_test(a_hold_set_after_the_decision_still_holds),
        cmocka_unit_test(an_altered_index_decides_nothing),
        cmocka_unit_test(the_record_names_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
