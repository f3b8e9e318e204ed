/* What records say in a sentence: of a package whether there is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "firmware/command/record_summary.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void assert_says(const char *text, enum language language, const char *expected)
{
    char says[2048];
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    record_summary(body, language, CARDS_FULL, says, sizeof says);
    json_decref(body);
    assert_string_equal(says, expected);
}

static void a_request_for_a_package_says_what_for_and_of_when(void **state)
{
    static const char request[] =
        "{\"action\":\"export\",\"uid\":1000,\"process\":7,\"purpose\":\"核查\",\"case\":\"2026-"
        "17\","
        "\"from\":\"2026-11-22T08:00:00.000000000Z\",\"to\":\"2026-11-22T09:00:00.000000000Z\"}";
    (void)state;
    assert_says(
        request, LANGUAGE_ENGLISH,
        "asked for a package, purpose: 核查, case: 2026-17, from: 2026-11-22 08:00:00+00:00, "
        "to: 2026-11-22 09:00:00+00:00");
    assert_says(request, LANGUAGE_CHINESE,
                "申请导出，用途：核查，案号：2026-17，从：2026-11-22 08:00:00+00:00，"
                "到：2026-11-22 09:00:00+00:00");
}

static void a_package_that_was_made_says_its_size_and_digest(void **state)
{
    static const char done[] = "{\"action\":\"exported\",\"request\":\"17\",\"outcome\":\"done\","
                               "\"package\":\"" DIGEST "\",\"size\":\"1500000\"}";
    (void)state;
    assert_says(
        done, LANGUAGE_ENGLISH,
        "package made, request: 17, size: 1.5 MB, digest: 0123 4567 89ab cdef 0123 4567 89ab "
        "cdef 0123 4567 89ab cdef 0123 4567 89ab cdef");
    assert_says(
        done, LANGUAGE_CHINESE,
        "证据包已生成，申请记录：17，大小：1.5 MB，摘要：0123 4567 89ab cdef 0123 4567 89ab "
        "cdef 0123 4567 89ab cdef 0123 4567 89ab cdef");
}

static void one_that_failed_says_why(void **state)
{
    static const char failed[] =
        "{\"action\":\"exported\",\"request\":\"17\",\"outcome\":\"failed\","
        "\"detail\":\"the recorder was interrupted\"}";
    (void)state;
    assert_says(failed, LANGUAGE_ENGLISH,
                "package FAILED, because: the recorder was interrupted, request: 17");
    assert_says(failed, LANGUAGE_CHINESE, "证据包生成失败，原因：录像设备曾中断运行，申请记录：17");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_for_a_package_says_what_for_and_of_when),
        cmocka_unit_test(a_package_that_was_made_says_its_size_and_digest),
        cmocka_unit_test(one_that_failed_says_why),
    };
    (void)setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
