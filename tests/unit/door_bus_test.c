/* What a bus makes of the answers to the standard's requests: they lie ready on a socket pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "door/bus.h"

struct rig {
    struct bus *bus;
    int unit;
    uint16_t words[BUS_WORDS_MAX];
    struct error error;
};

static void begin(struct rig *rig)
{
    const struct message_door_setup setup = {
        .transport = TRANSPORT_TCP, .address = "192.0.2.1", .unit = 3, .timeout_ms = 100};
    int pair[2];
    *rig = (struct rig){0};
    assert_int_equal(bus_new(&setup, &rig->bus, NULL), STATUS_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(bus_open_on(rig->bus, pair[0], NULL), STATUS_OK);
    rig->unit = pair[1];
}

static void end(struct rig *rig)
{
    file_close(&rig->unit);
    bus_free(rig->bus);
}

/* `size` bytes of data in answer to `function`, each its number, from `unit`. */
static void answer(struct rig *rig, uint8_t unit, uint8_t function, uint8_t size)
{
    uint8_t frame[260] = {0, 1, 0, 0, 0, (uint8_t)(size + 3), unit, function, size};
    for (size_t at = 0; at < size; at++)
        frame[9 + at] = (uint8_t)at;
    assert_int_equal(write(rig->unit, frame, 9u + size), 9 + size);
}

static enum status read_window(struct rig *rig, enum profile_table table, uint16_t count)
{
    const struct profile_window window = {.table = table, .address = 100, .count = count};
    return bus_read(rig->bus, &window, 0, rig->words, &rig->error);
}

static void the_largest_reads_are_taken_whole(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig);
    answer(&rig, 3, 4, 250);
    assert_int_equal(read_window(&rig, TABLE_INPUT, 125), STATUS_OK);
    assert_int_equal(rig.words[0], 0x0001);
    assert_int_equal(rig.words[124], 0xf8f9);
    end(&rig);
    begin(&rig);
    answer(&rig, 3, 2, 250);
    assert_int_equal(read_window(&rig, TABLE_DISCRETE, 2000), STATUS_OK);
    assert_int_equal(rig.words[0], 0x0100);
    assert_int_equal(rig.words[124], 0xf9f8);
    end(&rig);
}

static void an_answer_of_another_unit_is_none(void **state)
{
    (void)state;
    static const uint8_t others[] = {0, 2, 255};
    for (size_t at = 0; at < sizeof others; at++) {
        struct rig rig;
        char said[80];
        begin(&rig);
        answer(&rig, others[at], 3, 4);
        assert_int_equal(read_window(&rig, TABLE_HOLDING, 2), STATUS_INVALID);
        assert_false(bus_is_open(rig.bus));
        (void)snprintf(said, sizeof said, "unit %u, function 3 answered, asked were 3, 3",
                       others[at]);
        assert_non_null(strstr(rig.error.text, said));
        end(&rig);
    }
}

static void an_answer_of_another_length_is_none(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t lying[] = {0, 1, 0, 0, 0, 7, 3, 3, 6, 0, 1, 0, 2};
    begin(&rig);
    answer(&rig, 3, 3, 6);
    assert_int_equal(read_window(&rig, TABLE_HOLDING, 2), STATUS_INVALID);
    end(&rig);
    begin(&rig);
    assert_int_equal(write(rig.unit, lying, sizeof lying), sizeof lying);
    assert_int_equal(read_window(&rig, TABLE_HOLDING, 2), STATUS_INVALID);
    assert_false(bus_is_open(rig.bus));
    end(&rig);
}

static void a_write_of_another_place_is_none(void **state)
{
    (void)state;
    struct rig rig;
    const struct profile_write write_one = {.table = TABLE_HOLDING, .address = 7, .value = 1};
    const uint8_t other[] = {0, 1, 0, 0, 0, 6, 3, 6, 0, 8, 0, 1};
    begin(&rig);
    assert_int_equal(write(rig.unit, other, sizeof other), sizeof other);
    assert_int_equal(bus_write(rig.bus, &write_one, 0, &rig.error), STATUS_INVALID);
    assert_false(bus_is_open(rig.bus));
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_reads_are_taken_whole),
        cmocka_unit_test(an_answer_of_another_unit_is_none),
        cmocka_unit_test(an_answer_of_another_length_is_none),
        cmocka_unit_test(a_write_of_another_place_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
