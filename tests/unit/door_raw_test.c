/* Requests by their bytes: what goes out, and which answers are taken. The answer lies ready on a
 * socket pair before the question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "door/raw.h"

struct rig {
    struct raw_unit unit;
    int peer;
    uint8_t answer[8];
    uint8_t exception;
};

static void begin(struct rig *rig, bool is_serial)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    *rig = (struct rig){
        .unit = {.descriptor = pair[0], .is_serial = is_serial, .unit = 3, .timeout_ms = 100},
        .peer = pair[1]};
}

static void end(struct rig *rig)
{
    file_close(&rig->unit.descriptor);
    file_close(&rig->peer);
}

static enum status ask(struct rig *rig, const void *frame, size_t size)
{
    static const uint8_t request[] = {0x64, 0x22};
    if (size != 0)
        assert_int_equal(write(rig->peer, frame, size), size);
    struct error error = {0};
    return raw_exchange(&rig->unit, (struct bytes){request, sizeof request}, rig->answer, 3,
                        &rig->exception, &error);
}

static void tcp_frame_goes_out_and_its_answer_is_taken(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t frame[] = {0, 1, 0, 0, 0, 5, 3, 0x64, 0x22, 7, 9};
    const uint8_t asked[] = {0, 1, 0, 0, 0, 3, 3, 0x64, 0x22};
    uint8_t sent[32];
    begin(&rig, false);
    assert_int_equal(ask(&rig, frame, sizeof frame), STATUS_OK);
    assert_memory_equal(rig.answer, ((uint8_t[]){0x22, 7, 9}), 3);
    assert_int_equal(read(rig.peer, sent, sizeof sent), sizeof asked);
    assert_memory_equal(sent, asked, sizeof asked);
    end(&rig);
}

static void serial_frame_has_a_checksum(void **state)
{
    (void)state;
    struct rig rig;
    uint8_t frame[] = {3, 0x64, 0x22, 7, 9, 0, 0};
    uint16_t sum = raw_checksum((struct bytes){frame, 5});
    frame[5] = (uint8_t)sum;
    frame[6] = (uint8_t)(sum >> 8);
    begin(&rig, true);
    assert_int_equal(ask(&rig, frame, sizeof frame), STATUS_OK);
    assert_memory_equal(rig.answer, ((uint8_t[]){0x22, 7, 9}), 3);
    frame[3] = 8;
    assert_int_equal(ask(&rig, frame, sizeof frame), STATUS_INVALID);
    end(&rig);
}

/* The example of the Modbus serial line specification, appendix B. */
static void checksum_is_the_standard_one(void **state)
{
    (void)state;
    assert_int_equal(raw_checksum((struct bytes){(const uint8_t[]){2, 7}, 2}), 0x1241);
}

static void exception_is_a_refusal(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t frame[] = {0, 1, 0, 0, 0, 3, 3, 0xe4, 2};
    begin(&rig, false);
    assert_int_equal(ask(&rig, frame, sizeof frame), STATUS_REFUSED);
    assert_int_equal(rig.exception, 2);
    end(&rig);
}

static void serial_exception_is_taken_though_it_is_shorter(void **state)
{
    (void)state;
    struct rig rig;
    uint8_t frame[] = {3, 0xe4, 6, 0, 0};
    uint16_t sum = raw_checksum((struct bytes){frame, 3});
    frame[3] = (uint8_t)sum;
    frame[4] = (uint8_t)(sum >> 8);
    begin(&rig, true);
    assert_int_equal(ask(&rig, frame, sizeof frame), STATUS_REFUSED);
    assert_int_equal(rig.exception, 6);
    end(&rig);
}

static void answer_to_an_earlier_question_is_passed_over(void **state)
{
    (void)state;
    struct rig rig;
    const uint8_t frames[] = {0, 0, 0, 0, 0, 5, 3, 0x64, 0x22, 1, 1,
                              0, 1, 0, 0, 0, 5, 3, 0x64, 0x22, 7, 9};
    begin(&rig, false);
    assert_int_equal(ask(&rig, frames, sizeof frames), STATUS_OK);
    assert_int_equal(rig.answer[1], 7);
    end(&rig);
}

static void what_does_not_fit_is_invalid(void **state)
{
    (void)state;
    static const struct {
        uint8_t size;
        uint8_t frame[16];
    } wrong[] = {
        {10, {0, 1, 0, 0, 0, 4, 3, 0x64, 0x22, 7}},       /* too short */
        {12, {0, 1, 0, 0, 0, 6, 3, 0x64, 0x22, 7, 9, 9}}, /* too long */
        {11, {0, 1, 0, 0, 0, 5, 4, 0x64, 0x22, 7, 9}},    /* another unit */
        {11, {0, 1, 0, 0, 0, 5, 3, 0x65, 0x22, 7, 9}},    /* another function */
        {11, {0, 1, 0, 9, 0, 5, 3, 0x64, 0x22, 7, 9}},    /* another protocol */
        {11, {0, 1, 0, 0, 9, 5, 3, 0x64, 0x22, 7, 9}},    /* longer than any frame */
    };
    for (size_t at = 0; at < sizeof wrong / sizeof wrong[0]; at++) {
        struct rig rig;
        begin(&rig, false);
        assert_int_equal(ask(&rig, wrong[at].frame, wrong[at].size), STATUS_INVALID);
        end(&rig);
    }
}

static void silence_ends_in_time(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, false);
    assert_int_equal(ask(&rig, "", 0), STATUS_TIMEOUT);
    (void)shutdown(rig.peer, SHUT_WR);
    assert_int_equal(ask(&rig, "", 0), STATUS_IO);
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_frame_goes_out_and_its_answer_is_taken),
        cmocka_unit_test(serial_frame_has_a_checksum),
        cmocka_unit_test(checksum_is_the_standard_one),
        cmocka_unit_test(exception_is_a_refusal),
        cmocka_unit_test(serial_exception_is_taken_though_it_is_shorter),
        cmocka_unit_test(answer_to_an_earlier_question_is_passed_over),
        cmocka_unit_test(what_does_not_fit_is_invalid),
        cmocka_unit_test(silence_ends_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
