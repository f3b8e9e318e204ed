#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "keeper/allowance.h"

#define MOST 60u

static unsigned taken_at(struct allowance *allowance, int64_t now_ns, unsigned reports)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < reports; i++)
        taken += allowance_take(allowance, now_ns);
    return taken;
}

static void burst_is_taken_up_to_the_limit(void **state)
{
    (void)state;
    struct allowance allowance = allowance_of(MOST, NS_PER_SECOND);
    assert_int_equal(taken_at(&allowance, NS_PER_SECOND, 1000), MOST);
}

static void one_a_period_is_taken_for_ever(void **state)
{
    (void)state;
    struct allowance allowance = allowance_of(MOST, NS_PER_SECOND);
    (void)taken_at(&allowance, NS_PER_SECOND, 1000);
    for (int64_t second = 2; second < 500; second++)
        assert_int_equal(taken_at(&allowance, second * NS_PER_SECOND, 10), 1);
}

static void silence_fills_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    struct allowance allowance = allowance_of(MOST, NS_PER_SECOND);
    (void)taken_at(&allowance, NS_PER_SECOND, 1000);
    assert_int_equal(taken_at(&allowance, 100000 * NS_PER_SECOND, 1000), MOST);
}

static void many_reports_within_a_period_do_not_hold_the_next_back(void **state)
{
    (void)state;
    struct allowance allowance = allowance_of(MOST, NS_PER_SECOND);
    (void)taken_at(&allowance, NS_PER_SECOND, 1000);
    assert_int_equal(taken_at(&allowance, NS_PER_SECOND + NS_PER_SECOND / 2, 5), 0);
    assert_int_equal(taken_at(&allowance, 2 * NS_PER_SECOND, 5), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_is_taken_up_to_the_limit),
        cmocka_unit_test(one_a_period_is_taken_for_ever),
        cmocka_unit_test(silence_fills_up_to_the_limit_and_no_further),
        cmocka_unit_test(many_reports_within_a_period_do_not_hold_the_next_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
