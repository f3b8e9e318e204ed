#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/message_table.h"

/* Tests of every type run over the table, so a new type is tested without being named here. */

static bool is_text(const struct field *field)
{
    return field->kind == FIELD_TEXT || field->kind == FIELD_LINES;
}

/* Bytes that no two fields share, and texts of `length` bytes, or as long as fits. */
static void fill(const struct message_form *form, union message_payload *payload, size_t length)
{
    memset(payload, 0, sizeof *payload);
    uint8_t next = 1;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        uint8_t *member = (uint8_t *)payload + field->offset;
        size_t size = is_text(field) && length < field->size ? length : field->size;
        for (size_t j = 0; j < size; j++) {
            member[j] = is_text(field) ? (uint8_t)('a' + next % 26) : next;
            next = (uint8_t)(next % 250 + 1);
        }
        if (is_text(field) && size == field->size) {
            member[size - 1] = '\0';
        }
    }
}

static struct bytes encode(const struct message_form *form, uint8_t *data, size_t length)
{
    union message_payload payload;
    fill(form, &payload, length);
    struct writer packet = writer_of(data, MESSAGE_SIZE_MAX);
    assert_int_equal(message_encode(form->type, 7, &payload, &packet), STATUS_OK);
    return (struct bytes){data, packet.size};
}

static enum status decode(struct bytes packet)
{
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload payload;
    struct error error = {0};
    enum status status = message_decode(packet, &type, &sequence, &payload, &error);
    if (status != STATUS_OK) {
        assert_int_equal(error.status, status);
        assert_true(strlen(error.text) > 0);
    }
    return status;
}

typedef void (*form_test)(const struct message_form *form);

static void each_form(form_test test)
{
    for (size_t i = 0; i < message_form_count(); i++) {
        test(message_form_at(i));
    }
}

static void round_trip(const struct message_form *form)
{
    static const size_t lengths[] = {0, 1, 20, SIZE_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t data[MESSAGE_SIZE_MAX];
        struct bytes packet = encode(form, data, lengths[i]);
        union message_payload sent;
        union message_payload received;
        memset(&received, 0x55, sizeof received);
        fill(form, &sent, lengths[i]);
        enum message_type type = MESSAGE_HELLO;
        uint32_t sequence = 0;
        assert_int_equal(message_decode(packet, &type, &sequence, &received, NULL), STATUS_OK);
        assert_int_equal(type, form->type);
        assert_int_equal(sequence, 7);
        assert_memory_equal(&sent, &received, form->payload_size);
    }
}

static void every_type_survives_encoding_and_decoding(void **state)
{
    (void)state;
    each_form(round_trip);
}

static void sizes(const struct message_form *form)
{
    uint8_t data[MESSAGE_SIZE_MAX];
    assert_int_equal(encode(form, data, 0).size, message_size_min(form));
    assert_int_equal(encode(form, data, SIZE_MAX).size, message_size_max(form));
    assert_true(message_size_max(form) <= MESSAGE_SIZE_MAX);
}

static void the_table_knows_the_smallest_and_largest_packet(void **state)
{
    (void)state;
    each_form(sizes);
}

static void truncations(const struct message_form *form)
{
    uint8_t data[MESSAGE_SIZE_MAX];
    struct bytes packet = encode(form, data, 5);
    for (size_t size = 0; size < packet.size; size++) {
        assert_int_equal(decode((struct bytes){data, size}), STATUS_INVALID);
    }
}

static void every_truncated_packet_is_refused(void **state)
{
    (void)state;
    each_form(truncations);
}

static void excess(const struct message_form *form)
{
    uint8_t data[MESSAGE_SIZE_MAX + 64] = {0};
    struct bytes packet = encode(form, data, 5);
    for (size_t more = 1; more <= 64; more++) {
        memset(data + packet.size, 0, more);
        assert_int_equal(decode((struct bytes){data, packet.size + more}), STATUS_INVALID);
    }
    assert_int_equal(decode((struct bytes){data, MESSAGE_SIZE_MAX}), STATUS_INVALID);
    assert_int_equal(decode((struct bytes){data, sizeof data}), STATUS_INVALID);
}

static void bytes_after_the_last_field_are_refused(void **state)
{
    (void)state;
    each_form(excess);
}

/* Where each text of a packet stands, by walking it as the table says. */
static size_t text_offset(const struct message_form *form, const uint8_t *data, size_t index)
{
    size_t at = MESSAGE_HEADER_SIZE;
    for (size_t i = 0; i < index; i++) {
        const struct field *field = &form->fields[i];
        at += is_text(field) ? 2u + data[at] + 256u * data[at + 1] : field->size;
    }
    return at;
}

static void texts(const struct message_form *form)
{
    static const uint8_t bad[] = {0x00, 0x01, 0x0d, 0x1f, 0x7f, 0x80, 0xc0, 0xe4, 0xff};
    uint8_t data[MESSAGE_SIZE_MAX];
    for (size_t i = 0; i < form->field_count; i++) {
        if (!is_text(&form->fields[i])) {
            continue;
        }
        struct bytes packet = encode(form, data, 5);
        size_t at = text_offset(form, data, i);
        for (size_t j = 0; j < sizeof bad; j++) {
            data[at + 2 + 4] = bad[j];
            assert_int_equal(decode(packet), STATUS_INVALID);
        }
        data[at + 2 + 4] = '\n';
        bool lines = form->fields[i].kind == FIELD_LINES;
        assert_int_equal(decode(packet), lines ? STATUS_OK : STATUS_INVALID);
    }
}

static void a_text_that_is_not_clean_is_refused(void **state)
{
    (void)state;
    each_form(texts);
}

static void lengths(const struct message_form *form)
{
    uint8_t data[MESSAGE_SIZE_MAX];
    for (size_t i = 0; i < form->field_count; i++) {
        if (!is_text(&form->fields[i])) {
            continue;
        }
        struct bytes packet = encode(form, data, SIZE_MAX);
        size_t at = text_offset(form, data, i);
        /* One more than fits, and far beyond the packet. */
        uint16_t size = form->fields[i].size;
        data[at] = (uint8_t)size;
        data[at + 1] = (uint8_t)(size >> 8);
        assert_int_equal(decode(packet), STATUS_INVALID);
        data[at] = data[at + 1] = 0xff;
        assert_int_equal(decode(packet), STATUS_INVALID);
    }
}

static void a_text_that_lies_about_its_length_is_refused(void **state)
{
    (void)state;
    each_form(lengths);
}

/* Exactly as many bytes as the field has room for, which leaves none for the NUL. The other texts
 * are empty, so that the packet as a whole is not too large. */
static void one_too_many(const struct message_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        uint8_t data[MESSAGE_SIZE_MAX + 1];
        struct bytes packet = encode(form, data, 0);
        if (!is_text(field) || packet.size + field->size > message_size_max(form)) {
            continue;
        }
        size_t at = text_offset(form, data, i);
        memmove(data + at + 2 + field->size, data + at + 2, packet.size - at - 2);
        memset(data + at + 2, 'a', field->size);
        data[at] = (uint8_t)field->size;
        data[at + 1] = (uint8_t)(field->size >> 8);
        assert_int_equal(decode((struct bytes){data, packet.size + field->size}), STATUS_INVALID);
    }
}

static void a_text_always_leaves_room_for_its_end(void **state)
{
    (void)state;
    each_form(one_too_many);
}

/* Between two fields of a struct there is only what alignment asks for: none was forgotten. */
static void complete(const struct message_form *form)
{
    size_t end = 0;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        size_t alignment = is_text(field) || field->kind == FIELD_DIGEST ? 1 : field->size;
        assert_int_equal(field->offset, (end + alignment - 1) / alignment * alignment);
        end = (size_t)field->offset + field->size;
    }
    assert_true(form->payload_size - end < 8);
}

static void the_table_has_every_field_of_every_struct(void **state)
{
    (void)state;
    each_form(complete);
}

static void unclean_sender(const struct message_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        if (!is_text(field)) {
            continue;
        }
        union message_payload payload;
        uint8_t data[MESSAGE_SIZE_MAX];
        fill(form, &payload, 5);
        struct writer packet = writer_of(data, sizeof data);
        ((char *)&payload)[field->offset] = '\x1b';
        assert_int_equal(message_encode(form->type, 1, &payload, &packet), STATUS_INVALID);
        /* A text without its NUL must not be read on into the next field. */
        memset((uint8_t *)&payload + field->offset, 'a', field->size);
        packet = writer_of(data, sizeof data);
        assert_int_equal(message_encode(form->type, 1, &payload, &packet), STATUS_INVALID);
    }
}

static void a_sender_cannot_send_an_unclean_text(void **state)
{
    (void)state;
    each_form(unclean_sender);
}

static void too_small(const struct message_form *form)
{
    union message_payload payload;
    uint8_t data[MESSAGE_SIZE_MAX];
    fill(form, &payload, 5);
    struct writer packet = writer_of(data, message_size_min(form) - 1);
    assert_int_equal(message_encode(form->type, 1, &payload, &packet), STATUS_FULL);
}

static void a_packet_that_does_not_fit_is_not_half_sent(void **state)
{
    (void)state;
    each_form(too_small);
}

static void reserved(const struct message_form *form)
{
    uint8_t data[MESSAGE_SIZE_MAX];
    struct bytes packet = encode(form, data, 5);
    for (size_t bit = 0; bit < 16; bit++) {
        data[2] = (uint8_t)(1u << bit);
        data[3] = (uint8_t)(1u << bit >> 8);
        assert_int_equal(decode(packet), STATUS_INVALID);
    }
}

static void the_reserved_field_must_be_zero(void **state)
{
    (void)state;
    each_form(reserved);
}

static void a_type_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    size_t known = 0;
    uint8_t data[64] = {0};
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        if (message_name((enum message_type)type) != NULL) {
            known++;
            continue;
        }
        data[0] = (uint8_t)type;
        data[1] = (uint8_t)(type >> 8);
        assert_int_equal(decode((struct bytes){data, sizeof data}), STATUS_INVALID);
        assert_false(message_has_descriptor((enum message_type)type));
        assert_false(message_allowed((enum message_type)type, ROLE_SUPERVISOR));
    }
    assert_int_equal(known, message_form_count());
    struct writer packet = writer_of(data, sizeof data);
    assert_int_equal(message_encode((enum message_type)4, 1, data, &packet), STATUS_INVALID);
}

/* Which role may send what, said here a second time and by hand: a slip in the table shows. */
static void each_role_may_send_its_own_messages_only(void **state)
{
    (void)state;
    static const struct {
        enum role role;
        const char *types;
    } allowed[] = {
        {ROLE_KEEPER, " welcome done progress worker_cut_off segment_granted pause seal_now status "
                      "status_camera status_source status_alarm checkpoint_note export_begun "
                      "export_result export_start export_scratch export_page export_task "
                      "export_signed export_plan export_progress "
                      "export_sealed export_keys export_phrase export_plain accounts_state session "
                      "second_given account first_code "
                      "sheet open_segment news holds export_spool inspect_state "
                      "inspect_result inspect_start inspect_task "},
        {ROLE_SUPERVISOR,
         " hello keeper_settings camera_settings door_settings people peer start "
         "worker_ended progress_ask stop camera_setup door_setup keeper_link "
         "camera_address export_picture console_names account_settings console_file "
         "console_setup console_picture "},
        {ROLE_CAMERA, " hello stream_up stream_down stream_note segment_request segment_begin "
                      "fragment segment_end "},
        {ROLE_DOOR, " hello entry source_state "},
        {ROLE_COMMAND,
         " hello status_ask checkpoint_take hold_set hold_release lookup seal_now "
         "export_ask export_kept export_phrase accounts_ask first_code_ask verified "},
        {ROLE_CONSOLE,
         " hello status_ask checkpoint_take hold_set hold_release lookup seal_now "
         "export_ask export_kept export_phrase login session_check logout password_change second "
         "accounts_ask account_change account_first review alarm_acknowledge "
         "sheet_ask open_ask holds_ask export_spool_ask inspect_ask "
         "inspect_look inspect_result_ask "},
        {ROLE_EXPORT, " hello export_plan export_progress export_sign export_end export_seal "},
        {ROLE_INSPECT, " hello status_ask inspect_progress inspect_result inspect_end "},
    };
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        for (size_t j = 0; j < message_form_count(); j++) {
            const struct message_form *form = message_form_at(j);
            char name[64];
            (void)snprintf(name, sizeof name, " %s ", form->name);
            bool expected = strstr(allowed[i].types, name) != NULL;
            if (message_allowed(form->type, allowed[i].role) != expected) {
                fail_msg("%s from %s", form->name, role_name(allowed[i].role));
            }
        }
    }
    assert_false(message_allowed(MESSAGE_HELLO, (enum role)0));
    assert_false(message_allowed(MESSAGE_HELLO, (enum role)200));
}

static void some_messages_bring_a_descriptor(void **state)
{
    static const enum message_type types[] = {
        MESSAGE_PEOPLE,         MESSAGE_PEER,
        MESSAGE_KEEPER_LINK,    MESSAGE_SEGMENT_GRANTED,
        MESSAGE_EXPORT_ASK,     MESSAGE_EXPORT_TASK,
        MESSAGE_EXPORT_PAGE,    MESSAGE_EXPORT_SIGN,
        MESSAGE_EXPORT_SCRATCH, MESSAGE_EXPORT_PICTURE,
        MESSAGE_SHEET,          MESSAGE_OPEN_SEGMENT,
        MESSAGE_EXPORT_PHRASE,  MESSAGE_EXPORT_PLAIN,
        MESSAGE_CONSOLE_FILE,   MESSAGE_CONSOLE_SETUP,
        MESSAGE_HOLDS,          MESSAGE_EXPORT_SPOOL,
        MESSAGE_INSPECT_RESULT, MESSAGE_CONSOLE_PICTURE,
    };
    (void)state;
    size_t with = 0;
    for (size_t i = 0; i < message_form_count(); i++) {
        with += message_has_descriptor(message_form_at(i)->type) ? 1 : 0;
    }
    assert_int_equal(with, sizeof types / sizeof types[0]);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_true(message_has_descriptor(types[i]));
    }
}

/* FORMAT of the header, byte by byte, so that both ends of a protocol change together. */
static void a_packet_looks_as_documented(void **state)
{
    (void)state;
    struct message_peer peer = {.role = ROLE_DOOR, .source = "panel"};
    uint8_t data[MESSAGE_SIZE_MAX];
    struct writer packet = writer_of(data, sizeof data);
    assert_int_equal(message_encode(MESSAGE_PEER, 0x01020304, &peer, &packet), STATUS_OK);
    static const uint8_t expected[] = {19, 0, 0, 0, 4, 3, 2, 1, 4, 5, 0, 'p', 'a', 'n', 'e', 'l'};
    assert_int_equal(packet.size, sizeof expected);
    assert_memory_equal(data, expected, sizeof expected);
}

static void a_text_is_cleaned_and_cut_at_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        size_t size;
        const char *to;
    } texts_cut[] = {
        {"plain", 33, "plain"},
        {"plain", 4, "pla"},
        {"档案室", 10, "档案室"},
        {"档案室", 9, "档案"},
        {"a\nb\x7f"
         "c\x1b",
         33, "a?b?c?"},
        {"\xff\xe6\xa1", 33, "???"},
        {"\xed\xa0\x80", 33, "???"},
        {"", 5, ""},
        {"anything", 1, ""},
    };
    for (size_t i = 0; i < sizeof texts_cut / sizeof texts_cut[0]; i++) {
        char field[33];
        memset(field, 0x55, sizeof field);
        message_text(field, texts_cut[i].size, texts_cut[i].from);
        assert_string_equal(field, texts_cut[i].to);
        if (texts_cut[i].size < sizeof field) {
            assert_int_equal(field[texts_cut[i].size], 0x55);
        }
    }
}

static void every_role_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(role_name(ROLE_KEEPER), "keeper");
    assert_string_equal(role_name(ROLE_COMMAND), "command");
    assert_string_equal(role_name((enum role)0), "unknown");
    assert_string_equal(role_name((enum role)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_survives_encoding_and_decoding),
        cmocka_unit_test(the_table_knows_the_smallest_and_largest_packet),
        cmocka_unit_test(every_truncated_packet_is_refused),
        cmocka_unit_test(bytes_after_the_last_field_are_refused),
        cmocka_unit_test(a_text_that_is_not_clean_is_refused),
        cmocka_unit_test(a_text_that_lies_about_its_length_is_refused),
        cmocka_unit_test(a_text_always_leaves_room_for_its_end),
        cmocka_unit_test(the_table_has_every_field_of_every_struct),
        cmocka_unit_test(a_sender_cannot_send_an_unclean_text),
        cmocka_unit_test(a_packet_that_does_not_fit_is_not_half_sent),
        cmocka_unit_test(the_reserved_field_must_be_zero),
        cmocka_unit_test(a_type_that_does_not_exist_is_refused),
        cmocka_unit_test(each_role_may_send_its_own_messages_only),
        cmocka_unit_test(some_messages_bring_a_descriptor),
        cmocka_unit_test(a_packet_looks_as_documented),
        cmocka_unit_test(a_text_is_cleaned_and_cut_at_a_character),
        cmocka_unit_test(every_role_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
