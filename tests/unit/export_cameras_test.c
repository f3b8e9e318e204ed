/*
 * Which segments of an export cannot be copied, of real files, and what it takes to find out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "evidence/export_cameras.h"
#include "support/store_fixture.h"

#define SEGMENTS 40u
#define GONE     10u

static unsigned plans;

enum status __real_clip_plan_new(const struct footage *footage, int64_t from_utc_ns,
                                 int64_t to_utc_ns, struct clip_plan **plan, struct error *error);
enum status __wrap_clip_plan_new(const struct footage *footage, int64_t from_utc_ns,
                                 int64_t to_utc_ns, struct clip_plan **plan, struct error *error);

enum status __wrap_clip_plan_new(const struct footage *footage, int64_t from_utc_ns,
                                 int64_t to_utc_ns, struct clip_plan **plan, struct error *error)
{
    plans++;
    return __real_clip_plan_new(footage, from_utc_ns, to_utc_ns, plan, error);
}

struct fixture {
    struct store_fixture store;
    struct export_record *request; /* for all of camera/gate */
    uint64_t records[SEGMENTS];
    char files[SEGMENTS][SEGMENT_FILE_SIZE];
};

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.request = calloc(1, sizeof *fixture->request)};
    assert_non_null(fixture->request);
    store_begin(&fixture->store, "nist");
    fixture->request->from_utc_ns = fixture->store.base.now.utc_ns;
    for (size_t i = 0; i < SEGMENTS; i++) {
        char id[SEGMENT_ID_SIZE];
        store_record(&fixture->store, "gate", 1, id, &fixture->records[i]);
        segment_file_name(fixture->files[i], "gate", id);
    }
    store_commit(&fixture->store);
    fixture->request->to_utc_ns = fixture->store.base.now.utc_ns;
    fixture->request->count = 1;
    SET_TEXT(fixture->request->sources[0].source, "camera/gate");
    plans = 0;
}

static void end(struct fixture *fixture)
{
    free(fixture->request);
    store_end(&fixture->store);
}
#define AUTO_FIXTURE __attribute__((cleanup(end)))

/* What an export of everything finds absent; release with free(list). */
static struct export_absents find_absents(struct fixture *fixture)
{
    struct export_absents absents = {.count = 0};
    struct export_cameras cameras;
    struct ledger_view *view = NULL;
    struct selection *selection = NULL;
    struct error error = {0};
    uint64_t size = 0;
    assert_int_equal(ledger_view_open(fixture->store.base.path, &view, &error), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, &error), STATUS_OK);
    assert_int_equal(ledger_view_end_number(view, &size, &error), STATUS_OK);
    assert_int_equal(selection_make(view, fixture->request, size, size, &selection, &error),
                     STATUS_OK);
    const struct export_ground ground = {.view = view,
                                         .video = fixture->store.volume,
                                         .request = fixture->request,
                                         .selection = selection};
    if (export_cameras_plan(&ground, false, NULL, NULL, &absents, &cameras, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    export_cameras_release(&cameras);
    selection_free(selection);
    ledger_view_end(view);
    ledger_view_free(view);
    return absents;
}

static void files_that_are_gone_are_found_at_once(void **state)
{
    struct fixture fixture AUTO_FIXTURE;
    (void)state;
    begin(&fixture);
    for (size_t i = 0; i < GONE; i++) {
        /* neither the first nor the last, and no two of them neighbours */
        assert_int_equal(unlinkat(fixture.store.volume, fixture.files[4 * i + 1], 0), 0);
    }
    struct export_absents absents = find_absents(&fixture);
    assert_int_equal(absents.count, GONE);
    for (size_t i = 0; i < GONE; i++) {
        assert_int_equal(absents.list[i].record, fixture.records[4 * i + 1]);
        assert_string_equal(absents.list[i].cause, "missing");
    }
    free(absents.list);
    assert_int_equal(plans, 2); /* the one that met the first of them, and the one without */
}

static void where_all_are_there_a_camera_is_planned_once(void **state)
{
    struct fixture fixture AUTO_FIXTURE;
    (void)state;
    begin(&fixture);
    struct export_absents absents = find_absents(&fixture);
    assert_int_equal(absents.count, 0);
    free(absents.list);
    assert_int_equal(plans, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_gone_are_found_at_once),
        cmocka_unit_test(where_all_are_there_a_camera_is_planned_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
