#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/message_table.h"

static void a_text_survives_encoding_and_decoding(void **state)
{
    (void)state;
    struct message_stop stop = {.reason = "按计划停机"};
    uint8_t data[MESSAGE_SIZE_MAX];
    struct writer packet = writer_of(data, sizeof data);
    assert_int_equal(message_encode(MESSAGE_STOP, 7, &stop, &packet), STATUS_OK);
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload payload;
    assert_int_equal(
        message_decode((struct bytes){data, packet.size}, &type, &sequence, &payload, NULL),
        STATUS_OK);
    assert_int_equal(type, MESSAGE_STOP);
    assert_int_equal(sequence, 7);
    assert_string_equal(payload.stop.reason, "按计划停机");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_survives_encoding_and_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
