#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/number.h"
#include "ledger/record.h"

#define BOOT "0f0e0d0c-0b0a-4908-8706-050403020100"

struct lines {
    struct buffer head;
    struct buffer body;
};

static void lines_release(struct lines *lines)
{
    buffer_release(&lines->head);
    buffer_release(&lines->body);
}

#define AUTO_LINES __attribute__((cleanup(lines_release)))

static struct record_head sample_head(void)
{
    struct record_head head = {.kind = RECORD_ENTRY,
                               .seq = UINT64_MAX,
                               .at_utc_ns = 1795335222000000123,
                               .monotonic_ns = -5,
                               .quality = CLOCK_SYNCED};
    strcpy(head.source, "door/panel-1");
    strcpy(head.boot_id, BOOT);
    return head;
}

static enum status make(const char *members, struct record_head *head, struct lines *lines)
{
    json_t *object = json_loads(members, 0, NULL);
    assert_non_null(object);
    enum status status = record_make(DIGEST_SHA256, head, object, &lines->head, &lines->body, NULL);
    json_decref(object);
    return status;
}

static void a_record_reads_back_as_it_was_made(void **state)
{
    (void)state;
    struct record_head head = sample_head();
    AUTO_LINES struct lines lines = {0};
    assert_int_equal(make("{\"event\":\"opened\",\"门\":\"机房\",\"n\":3}", &head, &lines),
                     STATUS_OK);
    struct record_head again;
    assert_int_equal(record_head_parse(buffer_bytes(&lines.head), &again, NULL), STATUS_OK);
    assert_int_equal(again.kind, RECORD_ENTRY);
    assert_string_equal(again.source, "door/panel-1");
    assert_true(again.seq == UINT64_MAX);
    assert_true(again.at_utc_ns == 1795335222000000123);
    assert_string_equal(again.boot_id, BOOT);
    assert_true(again.monotonic_ns == -5);
    assert_int_equal(again.quality, CLOCK_SYNCED);
    assert_int_equal(record_body_check(DIGEST_SHA256, &again, buffer_bytes(&lines.body), NULL),
                     STATUS_OK);
    json_t *body = NULL;
    assert_int_equal(record_body_parse(buffer_bytes(&lines.body), &body, NULL), STATUS_OK);
    assert_string_equal(json_get_text(body, "门"), "机房");
    json_decref(body);
}

/* The clock of a board without a battery may say anything; the record is made all the same. */
static void a_record_can_be_of_any_time(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct record_head head = sample_head();
        struct record_head again;
        AUTO_LINES struct lines lines = {0};
        head.at_utc_ns = times[i];
        assert_int_equal(make("{}", &head, &lines), STATUS_OK);
        assert_int_equal(record_head_parse(buffer_bytes(&lines.head), &again, NULL), STATUS_OK);
        assert_true(again.at_utc_ns == times[i]);
    }
}

static void lines_have_the_documented_form(void **state)
{
    (void)state;
    struct record_head head = sample_head();
    AUTO_LINES struct lines lines = {0};
    assert_int_equal(make("{\"b\":\"2\",\"a\":1}", &head, &lines), STATUS_OK);
    const char *start = "{\"kind\":\"entry\",\"source\":\"door/panel-1\","
                        "\"seq\":\"18446744073709551615\",\"at\":\"2026-11-22T";
    assert_memory_equal(lines.head.data, start, strlen(start));
    /* Salt first, then the members in the order they were given. */
    assert_memory_equal(lines.body.data, "{\"salt\":\"", 9);
    const char *rest = "\",\"b\":\"2\",\"a\":1}";
    assert_int_equal(lines.body.size, 9 + 32 + strlen(rest));
    assert_memory_equal(lines.body.data + 9 + 32, rest, strlen(rest));
}

static void two_records_never_share_a_salt(void **state)
{
    (void)state;
    struct record_head head = sample_head();
    AUTO_LINES struct lines one = {0};
    AUTO_LINES struct lines two = {0};
    assert_int_equal(make("{}", &head, &one), STATUS_OK);
    assert_int_equal(make("{}", &head, &two), STATUS_OK);
    assert_false(bytes_equal(buffer_bytes(&one.body), buffer_bytes(&two.body)));
}

static void members_that_mean_two_things_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"salt\":\"mine\"}",
        "{\"n\":1.5}",
        "{\"n\":9007199254740992}",
        "{\"a\":[{\"n\":-9007199254740992}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct record_head head = sample_head();
        AUTO_LINES struct lines lines = {0};
        assert_int_equal(make(bad[i], &head, &lines), STATUS_INVALID);
    }
}

static void sources_that_are_no_ids_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "Door",     "door/",   "/door", "door/a/b", "door/-a",
        "a\"b", "door/a b", "door/机", "-",     "door//a",  "abcdefghijabcdefghijabcdefghijabc",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct record_head head = sample_head();
        (void)snprintf(head.source, sizeof head.source, "%s", bad[i]);
        AUTO_LINES struct lines lines = {0};
        assert_int_equal(make("{}", &head, &lines), STATUS_INVALID);
    }
}

static void every_changed_byte_of_a_record_is_noticed(void **state)
{
    (void)state;
    struct record_head head = sample_head();
    AUTO_LINES struct lines lines = {0};
    assert_int_equal(make("{\"event\":\"opened\"}", &head, &lines), STATUS_OK);
    for (size_t i = 0; i < lines.body.size * 8; i++) {
        lines.body.data[i / 8] ^= (uint8_t)(1U << (i % 8));
        assert_int_equal(record_body_check(DIGEST_SHA256, &head, buffer_bytes(&lines.body), NULL),
                         STATUS_MISMATCH);
        lines.body.data[i / 8] ^= (uint8_t)(1U << (i % 8));
    }
}

/* A head has one form: whatever else parses must make the very same bytes again. */
static void a_head_has_one_form_only(void **state)
{
    (void)state;
    struct record_head head = sample_head();
    AUTO_LINES struct lines lines = {0};
    assert_int_equal(make("{}", &head, &lines), STATUS_OK);
    static const char *const bad[] = {
        "",
        "{}",
        "{\"kind\":\"entry\"}",
        "{\"kind\":\"nothing\",\"source\":\"door/a\",\"seq\":\"1\",",
    };
    struct record_head again;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(record_head_parse(bytes_of_text(bad[i]), &again, NULL), STATUS_INVALID);
    }
    for (size_t size = 0; size < lines.head.size; size++) {
        struct bytes cut = {lines.head.data, size};
        assert_int_equal(record_head_parse(cut, &again, NULL), STATUS_INVALID);
    }
    assert_int_equal(buffer_append_text(&lines.head, " "), STATUS_OK);
    assert_int_equal(record_head_parse(buffer_bytes(&lines.head), &again, NULL), STATUS_INVALID);
}

static void heads_with_other_spellings_are_refused(void **state)
{
    (void)state;
    static const char *const format[] = {
        "{\"kind\":\"entry\",\"source\":\"door/"
        "a\",\"seq\":\"%s\",\"at\":\"2026-11-22T08:13:42.000000123Z\","
        "\"boot\":\"" BOOT "\",\"monotonic\":\"%s\",\"clock\":\"%s\",\"body\":\"%s\"}"};
    static const char *const zeros =
        "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *seq, *monotonic, *clock, *body;
        enum status expected;
    } cases[] = {
        {"1", "0", "synced", zeros, STATUS_OK},
        {"0", "0", "synced", zeros, STATUS_INVALID},
        {"01", "0", "synced", zeros, STATUS_INVALID},
        {"+1", "0", "synced", zeros, STATUS_INVALID},
        {"18446744073709551616", "0", "synced", zeros, STATUS_INVALID},
        {"1", "-0", "synced", zeros, STATUS_INVALID},
        {"1", "9223372036854775808", "synced", zeros, STATUS_INVALID},
        {"1", "-9223372036854775808", "unsynced", zeros, STATUS_OK},
        {"1", "0", "Synced", zeros, STATUS_INVALID},
        {"1", "0", "synced", "00", STATUS_INVALID},
        {"1", "0", "synced", "AA00000000000000000000000000000000000000000000000000000000000000",
         STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer line = {0};
        assert_int_equal(buffer_append_format(&line, format[0], cases[i].seq, cases[i].monotonic,
                                              cases[i].clock, cases[i].body),
                         STATUS_OK);
        struct record_head head;
        assert_int_equal(record_head_parse(buffer_bytes(&line), &head, NULL), cases[i].expected);
        buffer_release(&line);
    }
}

static void hostile_bodies_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"salt\":\"00\"}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\"",
        "{\"salt\":\"00112233445566778899aabbccddeeff\"}{}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":1,\"a\":2}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\n\"a\":1}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":\"\xff\"}",
        "{\"a\":1,\"salt\":\"00112233445566778899aabbccddeeff\"}",
        "{\"\\u0073alt\":\"00112233445566778899aabbccddeeff\"}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\", \"a\":1}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":\"\\\"\" }",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":1e2}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":9007199254740992}",
        "{\"salt\":\"00112233445566778899aabbccddeeff\",\"a\":\"\\ud800\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *body = NULL;
        assert_int_equal(record_body_parse(bytes_of_text(bad[i]), &body, NULL), STATUS_INVALID);
        assert_null(body);
    }
}

static void json_helpers_keep_all_64_bits(void **state)
{
    (void)state;
    json_t *object = json_object();
    struct digest digest = {{0xab, 1}};
    assert_int_equal(json_object_set_new(object, "u", json_u64(UINT64_MAX)), 0);
    assert_int_equal(json_object_set_new(object, "i", json_i64(INT64_MIN)), 0);
    assert_int_equal(json_object_set_new(object, "t", json_time(1)), 0);
    assert_int_equal(json_object_set_new(object, "d", json_digest(&digest)), 0);
    uint64_t u = 0;
    int64_t i = 0;
    int64_t t = 0;
    struct digest d;
    assert_int_equal(json_get_u64(object, "u", &u), STATUS_OK);
    assert_int_equal(json_get_i64(object, "i", &i), STATUS_OK);
    assert_int_equal(json_get_time(object, "t", &t), STATUS_OK);
    assert_int_equal(json_get_digest(object, "d", &d), STATUS_OK);
    assert_true(u == UINT64_MAX && i == INT64_MIN && t == 1 && digest_equal(&d, &digest));
    assert_int_equal(json_get_u64(object, "i", &u), STATUS_INVALID);
    assert_int_equal(json_get_u64(object, "absent", &u), STATUS_INVALID);
    assert_null(json_get_text(object, "absent"));
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_reads_back_as_it_was_made),
        cmocka_unit_test(a_record_can_be_of_any_time),
        cmocka_unit_test(lines_have_the_documented_form),
        cmocka_unit_test(two_records_never_share_a_salt),
        cmocka_unit_test(members_that_mean_two_things_are_refused),
        cmocka_unit_test(sources_that_are_no_ids_are_refused),
        cmocka_unit_test(every_changed_byte_of_a_record_is_noticed),
        cmocka_unit_test(a_head_has_one_form_only),
        cmocka_unit_test(heads_with_other_spellings_are_refused),
        cmocka_unit_test(hostile_bodies_are_refused),
        cmocka_unit_test(json_helpers_keep_all_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
