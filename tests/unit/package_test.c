/* Packages made of a ledger and verified again, whole and altered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <cmocka.h>

#include "support/package_fixture.h"

#define DOOR "door/front"

static int set_up(void **state)
{
    struct package_fixture *fixtures = calloc(2, sizeof *fixtures);
    package_begin(&fixtures[0], "sm");
    package_begin(&fixtures[1], "nist");
    *state = fixtures;
    return 0;
}

static int tear_down(void **state)
{
    struct package_fixture *fixtures = *state;
    package_end(&fixtures[0]);
    package_end(&fixtures[1]);
    free(fixtures);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
    return 0;
}

static void expect(const struct package_report *report, enum audit_verdict verdict)
{
    if (report->verdict != verdict) {
        (void)!package_print_text(stderr, report, LANGUAGE_ENGLISH);
        fail_msg("%s, not %s", audit_verdict_name(report->verdict), audit_verdict_name(verdict));
    }
}

static void a_doors_package_is_authentic_for_who_trusts_the_device(void **state)
{
    struct package_fixture *fixtures = *state;
    for (size_t i = 0; i < 2; i++) {
        struct buffer package = {0};
        struct package_report report;
        package_make(&fixtures[i], package_request(&fixtures[i], DOOR), NULL, &package);
        package_judge(&fixtures[i], &package, true, NULL, &report);
        expect(&report, AUDIT_AUTHENTIC);
        package_report_release(&report);
        package_judge(&fixtures[i], &package, false, NULL, &report);
        expect(&report, AUDIT_CANNOT_TELL);
        package_report_release(&report);
        buffer_release(&package);
    }
}

#define GATE "camera/gate door/front"

static void make_and_judge(struct package_fixture *fixture, const char *sources,
                           struct buffer *package, struct package_report *report)
{
    package_make(fixture, package_request(fixture, sources), NULL, package);
    package_judge(fixture, package, true, NULL, report);
}

static void clips_are_proved_down_to_their_fragments(void **state)
{
    struct package_fixture *fixtures = *state;
    for (size_t i = 0; i < 2; i++) {
        struct buffer package = {0};
        struct package_report report;
        make_and_judge(&fixtures[i], GATE, &package, &report);
        /* the gap between the two segments is absent, and nothing else is */
        expect(&report, AUDIT_INCOMPLETE);
        assert_int_equal(report.findings.count, 1);
        assert_int_equal(report.findings.list[0].fault, FAULT_NO_VIDEO);
        assert_int_equal(report.clips, 2);
        assert_int_equal(report.segments, 2);
        package_report_release(&report);
        buffer_release(&package);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_doors_package_is_authentic_for_who_trusts_the_device),
        cmocka_unit_test(clips_are_proved_down_to_their_fragments),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
