/* What the supervisor decides by rule: how long it waits, when it feeds the watchdog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/supervisor/backoff.h"
#include "firmware/supervisor/watchdog.h"

static void first_restart_is_at_once_then_slower_up_to_ten_seconds(void **state)
{
    static const uint32_t wanted_ms[] = {0, 1000, 2000, 4000, 8000, 10000, 10000};
    struct backoff backoff = {0};
    (void)state;
    for (size_t i = 0; i < sizeof wanted_ms / sizeof wanted_ms[0]; i++)
        assert_int_equal(backoff_next_ms(&backoff, 100), wanted_ms[i]);
}

static void long_life_earns_a_restart_at_once(void **state)
{
    struct backoff backoff = {0};
    (void)state;
    for (int i = 0; i < 9; i++)
        (void)backoff_next_ms(&backoff, 0);
    assert_int_equal(backoff_next_ms(&backoff, BACKOFF_FORGET_MS - 1), BACKOFF_MOST_MS);
    assert_int_equal(backoff_next_ms(&backoff, BACKOFF_FORGET_MS), 0);
    assert_int_equal(backoff_next_ms(&backoff, 0), 1000);
}

static void watchdog_starves_when_nothing_reaches_the_disk(void **state)
{
    const int64_t durable = 77 * NS_PER_SECOND;
    (void)state;
    assert_true(watchdog_allows(durable, durable, true));
    assert_true(watchdog_allows(durable + WATCHDOG_PROGRESS_LIMIT_NS, durable, true));
    assert_false(watchdog_allows(durable + WATCHDOG_PROGRESS_LIMIT_NS + 1, durable, true));
}

static void recovery_has_longer_but_not_for_ever(void **state)
{
    (void)state;
    assert_true(watchdog_allows(WATCHDOG_START_LIMIT_NS, 0, false));
    assert_false(watchdog_allows(WATCHDOG_START_LIMIT_NS + 1, 0, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_restart_is_at_once_then_slower_up_to_ten_seconds),
        cmocka_unit_test(long_life_earns_a_restart_at_once),
        cmocka_unit_test(watchdog_starves_when_nothing_reaches_the_disk),
        cmocka_unit_test(recovery_has_longer_but_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
