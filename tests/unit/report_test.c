/* report.html: what it says, and what it does not let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/report.h"
#include "support/report_fixture.h"

#define SOURCES "camera/gate derived/front door/front"
#define HARM    "<script>alert(1)</script>\"'&"
#define HARMED  "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"

static int set_up(void **state)
{
    return report_set_up(state, "sm");
}

struct plan {
    struct report_plan plan;
    struct report_pictures pictures;
    unsigned asked;
    size_t jpeg_size;
    const char *refusal; /* why there is no still; NULL: there is one */
    unsigned ends_at;    /* whoever makes them is gone from that one on; 0: never */
    uint64_t record;
};

static enum status still(void *context, uint64_t record, int64_t at_utc_ns, struct buffer *jpeg,
                         int64_t *taken_utc_ns, struct error *error)
{
    struct plan *plan = context;
    plan->asked++;
    plan->record = record;
    *taken_utc_ns = at_utc_ns;
    if (plan->asked == plan->ends_at) {
        return error_set(error, STATUS_END, "the recorded video ended sealroom-picture");
    }
    if (plan->refusal != NULL) {
        return error_set(error, STATUS_UNSUPPORTED, "%s", plan->refusal);
    }
    for (size_t i = 0; i < plan->jpeg_size; i++) {
        assert_int_equal(buffer_append(jpeg, "J", 1), STATUS_OK);
    }
    return STATUS_OK;
}

static struct plan plan_of(struct report_fixture *fixture)
{
    struct plan plan = {
        .plan = {.content = &fixture->content,
                 .certificate = fixture->package.certificate,
                 .checkpoint = package_writer_checkpoint(fixture->writer),
                 .version = "9.8.7",
                 .language = LANGUAGE_CHINESE},
        .jpeg_size = 3,
    };
    return plan;
}

/* The page, NUL-terminated; the caller's to free. */
static char *written(struct plan *plan)
{
    struct buffer text = {0};
    struct error error = {0};
    struct text_sink sink = report_into(&text);
    plan->pictures = (struct report_pictures){still, plan};
    plan->plan.pictures = &plan->pictures;
    if (report_write(&plan->plan, &sink, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(buffer_append(&text, "", 1), STATUS_OK);
    return (char *)text.data;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

static void what_records_say_is_text_and_never_markup(void **state)
{
    struct report_fixture *fixture = *state;
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_GRANTED);
    SET_TEXT(entry.name, HARM);
    SET_TEXT(entry.department, HARM);
    SET_TEXT(entry.entry.credential, HARM);
    SET_TEXT(entry.entry.detail, HARM);
    (void)report_entry(fixture, &entry);
    fixture->package.purpose = HARM;
    fixture->package.case_number = HARM;
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    text_has_not(text, "<script");
    assert_true(count_of(text, HARMED) >= 6);
    free(text);
}

static void it_says_who_asked_what_of_which_device(void **state)
{
    struct report_fixture *fixture = *state;
    fixture->package.purpose = "年度检查";
    fixture->package.case_number = "检-17";
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    char first[9] = {0};
    memcpy(first, fixture->package.fingerprint, 8);
    text_has(text, "年度检查");
    text_has(text, "检-17");
    text_has(text, "uid 0");
    text_has(text, "不动产登记中心 3 楼");
    text_has(text, first);
    text_has(text, "sealroom 9.8.7");
    text_has(text, "SM2 签名、SM3 摘要");
    text_has(text, plan.plan.checkpoint->origin);
    free(text);
}

static void it_names_the_person_behind_an_account_and_the_second_one(void **state)
{
    struct report_fixture *fixture = *state;
    fixture->package.account = "wang";
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    text_has(text, "王芳（录像设备账号 wang）");
    text_has(text, "zhao");
    text_has_not(text, "uid 0");
    free(text);
}

static void missing_video_is_said_with_its_cause(void **state)
{
    struct report_fixture *fixture = *state;
    package_expire_video(&fixture->package, 0);
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    text_has(text, "class=\"state incomplete\"");
    text_has(text, "已连接但无画面"); /* the gap between the fixture's segments */
    text_has(text, "依规删除：保存期满");
    text_has_not(text, "class=\"state broken\"");
    free(text);
}

static void a_segment_that_was_altered_is_said_to_alter_the_package(void **state)
{
    struct report_fixture *fixture = *state;
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    const struct report_absence absence = {fixture->package.records[1], "altered"};
    plan.plan.absences = &absence;
    plan.plan.absence_count = 1;
    char *text = written(&plan);
    text_has(text, "class=\"state broken\"");
    text_has(text, "被改动：与封存内容不符");
    free(text);
}

/* An entry while the fixture's last segment of the gate was recorded. */
static void add_seen_entry(struct report_fixture *fixture, enum door_event event)
{
    struct entry_record entry = report_plain_entry(fixture, event);
    entry.entry.received_utc_ns = fixture->package.to_utc_ns - NS_PER_SECOND;
    (void)report_entry(fixture, &entry);
}

static void an_entry_has_a_still_of_its_doors_camera(void **state)
{
    struct report_fixture *fixture = *state;
    add_seen_entry(fixture, DOOR_ACCESS_GRANTED);
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    assert_int_equal(plan.asked, 1);
    assert_int_equal(plan.record, fixture->package.records[1]);
    text_has(text, "data:image/jpeg;base64,SkpK\"");
    text_has(text, "非证据");
    free(text);
}

static void a_still_that_cannot_be_made_says_why(void **state)
{
    struct report_fixture *fixture = *state;
    add_seen_entry(fixture, DOOR_ACCESS_GRANTED);
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    plan.refusal = "the recorded video is not what was sealed";
    char *text = written(&plan);
    text_has_not(text, "<img");
    text_has(text, "录像与封存内容不符");
    text_has(text, "the recorded video is not what was sealed");
    free(text);
}

static void when_whoever_makes_stills_is_gone_the_report_counts_what_it_lacks(void **state)
{
    struct report_fixture *fixture = *state;
    for (unsigned i = 0; i < 5; i++) {
        add_seen_entry(fixture, DOOR_ACCESS_GRANTED);
    }
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    plan.ends_at = 2;
    char *text = written(&plan);
    assert_int_equal(plan.asked, 2); /* who is gone is not asked again */
    text_has(text, "the recorded video ended sealroom-picture");
    text_has(text, "no still: the program that makes them had ended");
    text_has(text, "Pictures that are not there (4):");
    text_has(text, "the picture could not be made</span>: 1; ");
    text_has(text, "the program that makes stills had ended, at the picture before them</span>: 3");
    free(text);
}

static void of_too_many_entries_the_remarkable_ones_have_stills(void **state)
{
    struct report_fixture *fixture = *state;
    for (unsigned i = 0; i < REPORT_STILLS_MAX; i++) {
        add_seen_entry(fixture, DOOR_CLOSED);
    }
    add_seen_entry(fixture, DOOR_FORCED);
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    assert_int_equal(plan.asked, REPORT_STILLS_MAX);
    const char *forced = strstr(text, "强行开门");
    assert_non_null(forced);
    text_has(forced, "<img");
    text_has(text, "超出报告 300 幅画面的上限");
    free(text);
}

static void the_stills_of_a_report_are_bounded_in_bytes(void **state)
{
    struct report_fixture *fixture = *state;
    for (unsigned i = 0; i < 5; i++) {
        add_seen_entry(fixture, DOOR_ACCESS_GRANTED);
    }
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    plan.jpeg_size = REPORT_STILL_BYTES_MAX / 4;
    char *text = written(&plan);
    assert_int_equal(count_of(text, "<img"), 4);
    text_has(text, "超出报告大小上限");
    free(text);
}

static void what_a_package_withholds_is_not_in_it(void **state)
{
    struct report_fixture *fixture = *state;
    struct entry_record entry = report_plain_entry(fixture, DOOR_ACCESS_GRANTED);
    SET_TEXT(entry.entry.door, "vault");
    SET_TEXT(entry.name, "whose door was not asked for");
    (void)report_entry(fixture, &entry);
    fixture->package.doors = "archive";
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    char *text = written(&plan);
    text_has_not(text, "whose door was not asked for");
    text_has(text, "条记录属于其他门，未纳入本证据包");
    free(text);
}

static enum status full(void *context, struct bytes bytes, struct error *error)
{
    (void)context;
    (void)bytes;
    return error_set(error, STATUS_FULL, "the disk is full");
}

static void a_disk_that_fills_ends_it(void **state)
{
    struct report_fixture *fixture = *state;
    struct error error = {0};
    const struct text_sink sink = {full, NULL};
    report_ask(fixture, SOURCES);
    struct plan plan = plan_of(fixture);
    assert_int_equal(report_write(&plan.plan, &sink, &error), STATUS_FULL);
    assert_string_equal(error.text, "the disk is full");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, report_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_records_say_is_text_and_never_markup),
        TEST(it_says_who_asked_what_of_which_device),
        TEST(it_names_the_person_behind_an_account_and_the_second_one),
        TEST(missing_video_is_said_with_its_cause),
        TEST(a_segment_that_was_altered_is_said_to_alter_the_package),
        TEST(an_entry_has_a_still_of_its_doors_camera),
        TEST(a_still_that_cannot_be_made_says_why),
        TEST(when_whoever_makes_stills_is_gone_the_report_counts_what_it_lacks),
        TEST(of_too_many_entries_the_remarkable_ones_have_stills),
        TEST(the_stills_of_a_report_are_bounded_in_bytes),
        TEST(what_a_package_withholds_is_not_in_it),
        TEST(a_disk_that_fills_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
