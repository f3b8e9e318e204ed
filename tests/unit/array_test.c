#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"

static void what_is_in_an_array_stays_as_it_grows(void **state)
{
    uint32_t *items = NULL;
    size_t capacity = 0;
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t *room = array_room(items, i, &capacity, sizeof *room);
        assert_non_null(room);
        assert_true(capacity > i);
        items = room;
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    free(items);
}

static void an_array_with_room_stays_where_it_is(void **state)
{
    size_t capacity = 0;
    (void)state;
    void *items = array_room(NULL, 0, &capacity, 8);
    size_t before = capacity;
    assert_ptr_equal(array_room(items, before - 1, &capacity, 8), items);
    assert_int_equal(capacity, before);
    free(items);
}

static void an_array_that_finds_no_memory_stays_as_it_was(void **state)
{
    size_t capacity = 0;
    (void)state;
    uint64_t *items = array_room(NULL, 0, &capacity, sizeof *items);
    size_t before = capacity;
    items[0] = 7;
    assert_null(array_room(items, before, &capacity, SIZE_MAX / 2));
    assert_int_equal(capacity, before);
    assert_int_equal(items[0], 7);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_an_array_stays_as_it_grows),
        cmocka_unit_test(an_array_with_room_stays_where_it_is),
        cmocka_unit_test(an_array_that_finds_no_memory_stays_as_it_was),
    };
    return cmocka_run_group_tests_name("array", tests, NULL, NULL);
}
