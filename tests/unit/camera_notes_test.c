#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keeper/camera.h"

static struct camera *new_camera(void)
{
    struct message_camera_settings settings = {.camera = "gate", .name = "Gate"};
    struct camera *camera = NULL;
    assert_int_equal(camera_new(&settings, &camera, NULL), STATUS_OK);
    return camera;
}

static unsigned taken_at(struct camera *camera, int64_t now_ns, unsigned reports)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < reports; i++)
        taken += camera_may_note(camera, now_ns);
    return taken;
}

static void burst_is_taken_up_to_the_limit(void **state)
{
    (void)state;
    struct camera *camera = new_camera();
    assert_int_equal(taken_at(camera, NS_PER_SECOND, 1000), CAMERA_NOTES_MAX);
    camera_free(camera);
}

static void one_a_second_is_taken_for_ever(void **state)
{
    (void)state;
    struct camera *camera = new_camera();
    (void)taken_at(camera, NS_PER_SECOND, 1000);
    for (int64_t second = 2; second < 500; second++)
        assert_int_equal(taken_at(camera, second * NS_PER_SECOND, 10), 1);
    camera_free(camera);
}

static void silence_fills_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    struct camera *camera = new_camera();
    (void)taken_at(camera, NS_PER_SECOND, 1000);
    assert_int_equal(taken_at(camera, 100000 * NS_PER_SECOND, 1000), CAMERA_NOTES_MAX);
    camera_free(camera);
}

static void many_reports_within_a_second_do_not_hold_the_next_back(void **state)
{
    (void)state;
    struct camera *camera = new_camera();
    (void)taken_at(camera, NS_PER_SECOND, 1000);
    assert_int_equal(taken_at(camera, NS_PER_SECOND + NS_PER_SECOND / 2, 5), 0);
    assert_int_equal(taken_at(camera, 2 * NS_PER_SECOND, 5), 1);
    camera_free(camera);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_is_taken_up_to_the_limit),
        cmocka_unit_test(one_a_second_is_taken_for_ever),
        cmocka_unit_test(silence_fills_up_to_the_limit_and_no_further),
        cmocka_unit_test(many_reports_within_a_second_do_not_hold_the_next_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
