/* What the records say is held, when some of them were altered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/store_fixture.h"

/* A hold of a moment that nobody asks for, amid records of four other sources. */
static uint64_t begin(struct store_fixture *fixture)
{
    struct hold_record hold = {.to_utc_ns = 1, .cameras = "gate", .reason = "r", .by = "uid 0"};
    uint64_t number = 0;

    store_begin(fixture, "nist");
    fixture_fill(&fixture->base, 300, 100);
    number = store_hold(fixture, &hold);
    fixture_fill(&fixture->base, 300, 100);
    return number;
}

static void tamper(struct store_fixture *fixture, const char *format, uint64_t number)
{
    char sql[256];

    snprintf(sql, sizeof(sql), format, (unsigned long long)number, (unsigned long long)number);
    fixture_tamper(&fixture->base, sql);
}

/* Is a moment held that no readable hold covers? */
static bool all_is_held(struct store_fixture *fixture)
{
    (void)store_check_holds(fixture);
    return hold_is_held(fixture->holds, "yard", 100, 200);
}

#define ALTER                                                                                      \
    "UPDATE record SET head = CAST(replace(CAST(head AS TEXT), ':\"', ':\"x') AS BLOB)"            \
    " WHERE number = "

static void a_hold_that_cannot_be_read_holds_everything(void **state)
{
    static const char *const alterations[] = {
        "UPDATE record SET body = CAST('{}' AS BLOB) WHERE number = %llu",
        "UPDATE record SET body = NULL WHERE number = %llu",
        ALTER "%llu",
        "DELETE FROM record WHERE number = %llu",
        /* the leaf too, so that row and leaf fit each other */
        "UPDATE record SET head = (SELECT head FROM record WHERE number = 0) WHERE number = %llu;"
        "UPDATE node SET hash = (SELECT hash FROM node WHERE level = 0 AND position = 0)"
        " WHERE level = 0 AND position = %llu",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
        AUTO_STORE struct store_fixture fixture;
        struct hold_record release = {.release = true, .reason = "r", .by = "uid 0"};
        uint64_t number = begin(&fixture);
        uint64_t first = 0;

        assert_false(all_is_held(&fixture));
        tamper(&fixture, alterations[i], number);
        store_reopen(&fixture);
        assert_true(all_is_held(&fixture));
        assert_true(hold_index_unreadable(fixture.holds, &first) > 0);
        if (i == 4)
            continue; /* nothing in that part of the tree is believed */
        assert_int_equal(first, number);
        /* Given up by name, for this run and the next. */
        release.hold = number;
        (void)store_hold(&fixture, &release);
        assert_false(hold_is_held(fixture.holds, "yard", 100, 200));
        store_reopen(&fixture);
        assert_false(all_is_held(&fixture));
    }
}

static void a_record_that_another_source_misses_was_no_hold(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    uint64_t number = begin(&fixture);
    uint64_t first = 0;

    (void)state;
    /* Of door/front, door/back twice, and of the appliance. */
    tamper(&fixture, ALTER "%llu", number + 1);
    tamper(&fixture, ALTER "%llu", number + 2);
    tamper(&fixture, ALTER "%llu", number + 7);
    tamper(&fixture, ALTER "%llu", 3);
    store_reopen(&fixture);
    assert_false(all_is_held(&fixture));
    /* The hold beside them is told from them. */
    tamper(&fixture, ALTER "%llu", number);
    store_reopen(&fixture);
    assert_true(all_is_held(&fixture));
    assert_int_equal(hold_index_unreadable(fixture.holds, &first), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_that_cannot_be_read_holds_everything),
        cmocka_unit_test(a_record_that_another_source_misses_was_no_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
