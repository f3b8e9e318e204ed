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

#include "support/package_edit.h"
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

static void a_clip_of_two_segments_holds_their_init_part_once(void **state)
{
    struct package_fixture *fixtures = *state;
    for (size_t i = 0; i < 2; i++) {
        struct package_fixture *fixture = &fixtures[i];
        struct buffer package = {0};
        struct package_report report;
        int64_t from_utc_ns = fixture->from_utc_ns;
        fixture->from_utc_ns = fixture->early_utc_ns + NS_PER_SECOND + NS_PER_SECOND / 2;
        fixture->joined = true;
        make_and_judge(fixture, GATE, &package, &report);
        fixture->from_utc_ns = from_utc_ns;
        fixture->joined = false;
        expect(&report, AUDIT_INCOMPLETE);
        assert_int_equal(report.findings.count, 1);
        assert_int_equal(report.segments, 3);
        package_report_release(&report);
        buffer_release(&package);
    }
}

/* ---- an exporter who signs properly ---- */

static void expect_edited(struct package_fixture *fixture, const char *sources,
                          struct package_edit edit, enum audit_verdict verdict,
                          enum audit_fault fault)
{
    struct buffer package = {0};
    struct package_report report;
    package_make(fixture, package_request(fixture, sources), fixture->early_note, &package);
    package_rebuild(fixture, NULL, &package, package_edit_lines, &edit);
    assert_true(edit.done);
    package_judge(fixture, &package, true, NULL, &report);
    expect(&report, verdict);
    if (!package_found(&report, fault)) {
        (void)!package_print_text(stderr, &report, LANGUAGE_ENGLISH);
        fail_msg("no %s", fault_name(fault));
    }
    package_report_release(&report);
    buffer_release(&package);
}

static void an_entry_left_out_is_missed(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit entry = {"proof/records.txt", "run ", "\nhead ", 3, "skip 0 %h\n", false};
    expect_edited(&fixtures[0], DOOR, entry, AUDIT_ALTERED, FAULT_SEQUENCE_BROKEN);
    expect_edited(&fixtures[1], DOOR, entry, AUDIT_ALTERED, FAULT_SEQUENCE_BROKEN);
}

static void a_gap_left_out_is_missed(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit gap = {"proof/records.txt", "run ", "\"kind\":\"segment\"", 3,
                               "skip 0 %h\n",       false};
    expect_edited(&fixtures[0], "camera/gate", gap, AUDIT_ALTERED, FAULT_SEQUENCE_BROKEN);
}

static void records_left_out_at_either_end_are_missed(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit first = {"proof/records.txt", "head ", NULL, 2, "skip 0 %h\n", false};
    struct package_edit last = {"proof/records.txt", "head ", "\nrun ", 2, "skip 0 %h\n", false};
    expect_edited(&fixtures[0], DOOR, first, AUDIT_ALTERED, FAULT_RECORDS_LEFT_OUT);
    expect_edited(&fixtures[0], DOOR, last, AUDIT_ALTERED, FAULT_RECORDS_LEFT_OUT);
}

/* All doors were asked for: nothing of any can be held back. */
static void content_that_is_held_back_is_missing(void **state)
{
    struct package_fixture *fixtures = *state;
    struct buffer package = {0};
    struct package_report report;
    package_make(&fixtures[0], package_request(&fixtures[0], DOOR), NULL, &package);
    package_rebuild(&fixtures[0], NULL, &package, package_withhold, NULL);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_BODY_MISSING));
    package_report_release(&report);
    package_make(&fixtures[0], package_request(&fixtures[0], "camera/gate"), NULL, &package);
    package_rebuild(&fixtures[0], NULL, &package, package_withhold, NULL);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED); /* of video whose record is not shown nothing is proved */
    package_report_release(&report);
    buffer_release(&package);
}

/* ---- what was deleted in order ---- */

static void expired_content_and_video_are_absent_by_their_records(void **state)
{
    struct package_fixture fixture;
    struct buffer package = {0};
    struct package_report report;
    (void)state;
    package_begin(&fixture, "sm");
    uint64_t number = fixture.entry;
    package_expire_body(&fixture, number);
    make_and_judge(&fixture, DOOR, &package, &report);
    expect(&report, AUDIT_INCOMPLETE);
    assert_int_equal(report.findings.count, 1);
    assert_int_equal(report.findings.list[0].fault, FAULT_CONTENT_EXPIRED);
    assert_int_equal(report.findings.list[0].record, number);
    package_report_release(&report);
    package_expire_video(&fixture, 0);
    fixture.absent = "";
    make_and_judge(&fixture, "camera/gate", &package, &report);
    expect(&report, AUDIT_INCOMPLETE);
    assert_int_equal(report.findings.count, 2);
    assert_true(package_found(&report, FAULT_VIDEO_EXPIRED));
    package_report_release(&report);
    buffer_release(&package);
    package_end(&fixture);
}

static void one_expiry_does_not_hide_behind_another(void **state)
{
    struct package_fixture fixture;
    struct buffer package = {0};
    struct package_report report;
    (void)state;
    package_begin(&fixture, "sm");
    package_expire_bodies(&fixture, fixture.entry - 6, fixture.entry);
    package_expire_body(&fixture, fixture.entry - 3);
    make_and_judge(&fixture, DOOR, &package, &report);
    assert_true(package_found(&report, FAULT_CONTENT_EXPIRED));
    assert_false(package_found(&report, FAULT_CONTENT_WITHHELD));
    package_report_release(&report);
    buffer_release(&package);
    package_end(&fixture);
}

/* A controller serves two doors, and one was asked for. */
static void entries_of_another_door_are_withheld(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_report report;
    struct buffer package = {0};
    fixtures[0].doors = "archive lift";
    make_and_judge(&fixtures[0], DOOR, &package, &report);
    fixtures[0].doors = NULL;
    expect(&report, AUDIT_INCOMPLETE);
    assert_true(package_found(&report, FAULT_CONTENT_WITHHELD));
    assert_non_null(memmem(package.data, package.size, "archive\"", 8));
    assert_null(memmem(package.data, package.size, "yard", 4));
    package_report_release(&report);
    buffer_release(&package);
}

/* What a package shows is what the ledger holds, of nobody but who was asked for. */
static void nothing_of_others_is_shown(void **state)
{
    struct package_fixture *fixtures = *state;
    struct buffer package = {0};
    package_make(&fixtures[0], package_request(&fixtures[0], DOOR), fixtures[0].early_note,
                 &package);
    static const char *const others[] = {"door/back", "camera/gate", "stalled"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_null(memmem(package.data, package.size, others[i], strlen(others[i])));
    }
    buffer_release(&package);
}

static void the_request_cannot_be_another(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit request = {"proof/records.txt",   "{\"salt\"", "\"kind\":\"operator\"", 1,
                                   "{\"salt\":\"00\"}\n", false};
    expect_edited(&fixtures[0], DOOR, request, AUDIT_ALTERED, FAULT_BODY_ALTERED);
}

static void an_altered_record_is_named(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit head = {
        "proof/records.txt", "{\"kind\":\"entry\"", "\nrun ", 1, "{\"kind\":\"entry\"}\n", false};
    expect_edited(&fixtures[0], DOOR, head, AUDIT_ALTERED, FAULT_RECORD_ALTERED);
}

static void nodes_must_give_the_signed_root(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit node = {
        "proof/records.txt",
        "skip 0 ",
        NULL,
        1,
        "skip 0 0000000000000000000000000000000000000000000000000000000000000000\n",
        false};
    expect_edited(&fixtures[0], DOOR, node, AUDIT_ALTERED, FAULT_RECORDS_UNPROVED);
}

static void a_record_beyond_the_checkpoint_is_refused(void **state)
{
    struct package_fixture *fixtures = *state;
    enum digest_algorithm algorithm = DIGEST_SM3;
    struct buffer package = {0};
    struct package_report report;
    package_make(&fixtures[0], package_request(&fixtures[0], DOOR), NULL, &package);
    package_rebuild(&fixtures[0], NULL, &package, package_add_record, &algorithm);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_MEMBER_MALFORMED));
    package_report_release(&report);
    buffer_release(&package);
}

static void video_left_out_is_missed(void **state)
{
    struct package_fixture *fixtures = *state;
    struct buffer package = {0};
    struct package_report report;
    fixtures[0].first_piece = 4;
    make_and_judge(&fixtures[0], GATE, &package, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_VIDEO_LEFT_OUT));
    package_report_release(&report);
    fixtures[0].first_piece = 3;
    fixtures[0].absent = "";
    make_and_judge(&fixtures[0], GATE, &package, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_VIDEO_LEFT_OUT));
    package_report_release(&report);
    fixtures[0].absent = "unreadable";
    make_and_judge(&fixtures[0], GATE, &package, &report);
    expect(&report, AUDIT_INCOMPLETE);
    assert_true(package_found(&report, FAULT_VIDEO_UNREADABLE));
    package_report_release(&report);
    fixtures[0].absent = NULL;
    buffer_release(&package);
}

/* An exporter leaves fragments out and says of the next one that it lasts as long. */
static void expect_retimed(struct package_fixture *fixture, struct package_retiming retiming,
                           enum audit_fault fault)
{
    struct buffer package = {0};
    struct package_report report;
    package_make(fixture, package_request(fixture, GATE), NULL, &package);
    package_rebuild(fixture, NULL, &package, package_retime, &retiming);
    assert_true(retiming.done);
    package_judge(fixture, &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, fault));
    package_report_release(&report);
    buffer_release(&package);
}

static void video_left_out_is_missed_whatever_is_said_of_the_rest(void **state)
{
    struct package_fixture *fixtures = *state;
    for (size_t i = 0; i < 2; i++) {
        struct package_retiming begin = {"clips/gate-2.mp4", 0, -NS_PER_SECOND, NS_PER_SECOND,
                                         false};
        struct package_retiming end = {"clips/gate-1.mp4", 1, 0, NS_PER_SECOND, false};
        fixtures[i].second_first_piece = 2;
        expect_retimed(&fixtures[i], begin, FAULT_VIDEO_LEFT_OUT);
        fixtures[i].second_first_piece = 1;
        fixtures[i].last_piece--;
        expect_retimed(&fixtures[i], end, FAULT_VIDEO_LEFT_OUT);
        fixtures[i].last_piece++;
    }
}

static void a_fragments_time_is_what_it_says_itself(void **state)
{
    struct package_fixture *fixtures = *state;
    static const struct package_retiming retimings[] = {
        {"clips/gate-1.mp4", 0, -3 * NS_PER_SECOND / 2, 0, false}, /* from within the segment */
        {"clips/gate-1.mp4", 0, 0, 3 * NS_PER_SECOND / 2, false},
        {"clips/gate-1.mp4", 1, -3 * NS_PER_SECOND / 2, 0, false},
        {"clips/gate-2.mp4", 0, 3 * NS_PER_SECOND / 2, 0, false},
        {"clips/gate-2.mp4", 2, 0, 3 * NS_PER_SECOND / 2, false}, /* as if it showed more behind */
    };
    for (size_t i = 0; i < 2 * sizeof retimings / sizeof retimings[0]; i++) {
        expect_retimed(&fixtures[i % 2], retimings[i / 2], FAULT_VIDEO_MISTIMED);
    }
}

/* The wall clock is slewed: what is near is near enough. */
static void a_fragments_time_is_as_near_as_a_clock(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_retiming near = {"clips/gate-1.mp4", 1, 100 * NS_PER_MS, 0, false};
    struct buffer package = {0};
    struct package_report report;
    package_make(&fixtures[0], package_request(&fixtures[0], GATE), NULL, &package);
    package_rebuild(&fixtures[0], NULL, &package, package_retime, &near);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_INCOMPLETE);
    package_report_release(&report);
    buffer_release(&package);
}

static void a_fragments_time_lies_in_its_segments(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_retiming early = {"clips/gate-1.mp4", 0, -10 * NS_PER_SECOND, 0, false};
    struct package_retiming late = {"clips/gate-2.mp4", 2, 10 * NS_PER_SECOND, 0, false};
    expect_retimed(&fixtures[0], early, FAULT_MEMBER_MALFORMED);
    expect_retimed(&fixtures[0], late, FAULT_MEMBER_MALFORMED);
}

static void a_clips_bytes_are_those_of_its_segment(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_edit skipped = {
        "proof/clips.txt",
        "skip ",
        NULL,
        1,
        "skip 0 0000000000000000000000000000000000000000000000000000000000000000\n",
        false};
    struct package_edit line = {"proof/clips.txt", "piece 2", NULL, 1, NULL, false};
    expect_edited(&fixtures[0], GATE, line, AUDIT_ALTERED, FAULT_MEMBER_MALFORMED);
    expect_edited(&fixtures[1], GATE, skipped, AUDIT_ALTERED, FAULT_CLIP_UNPROVED);
}

/* ---- who signed it ---- */

static void another_keys_manifest_is_refused(void **state)
{
    struct package_fixture *fixtures = *state;
    struct package_fixture forger;
    struct buffer package = {0};
    struct package_report report;
    package_begin(&forger, "sm");
    package_make(&fixtures[0], package_request(&fixtures[0], DOOR), NULL, &package);
    package_rebuild(&fixtures[0], forger.store.base.key, &package, package_edit_nothing, NULL);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_MANIFEST_FOREIGN));
    package_report_release(&report);
    /* a forgery whole in itself: nothing but outside trust tells */
    make_and_judge(&forger, DOOR, &package, &report);
    expect(&report, AUDIT_AUTHENTIC);
    package_report_release(&report);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_KEY_NOT_TRUSTED));
    package_report_release(&report);
    package_judge(&fixtures[0], &package, false, NULL, &report);
    expect(&report, AUDIT_CANNOT_TELL);
    package_report_release(&report);
    package_judge(&fixtures[0], &package, false, fixtures[0].early_note, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_SINCE_OTHER));
    package_report_release(&report);
    buffer_release(&package);
    package_end(&forger);
}

static void a_manifest_has_one_signature(void **state)
{
    struct package_fixture *fixtures = *state;
    struct buffer package = {0};
    struct package_report report;
    package_make(&fixtures[0], package_request(&fixtures[0], DOOR), NULL, &package);
    package_rebuild(&fixtures[0], NULL, &package, package_edit_nothing, NULL);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_AUTHENTIC);
    package_report_release(&report);
    package_rebuild(&fixtures[0], NULL, &package, package_add_signature, NULL);
    package_judge(&fixtures[0], &package, true, NULL, &report);
    expect(&report, AUDIT_ALTERED);
    assert_true(package_found(&report, FAULT_MANIFEST_ALTERED));
    package_report_release(&report);
    buffer_release(&package);
}

static void an_outside_checkpoint_binds_the_history(void **state)
{
    struct package_fixture *fixtures = *state;
    for (size_t i = 0; i < 2; i++) {
        struct package_fixture *fixture = &fixtures[i];
        struct buffer package = {0};
        struct buffer fork = {0};
        struct checkpoint checkpoint;
        struct package_report report;
        package_make(fixture, package_request(fixture, DOOR), fixture->early_note, &package);
        package_judge(fixture, &package, true, fixture->early_note, &report);
        expect(&report, AUDIT_AUTHENTIC);
        package_report_release(&report);
        assert_int_equal(checkpoint_parse(bytes_of_text(fixture->early_note), &checkpoint, NULL),
                         STATUS_OK);
        checkpoint.root.bytes[0] ^= 1;
        assert_int_equal(checkpoint_sign(fixture->store.base.key, &checkpoint, &fork, NULL),
                         STATUS_OK);
        assert_int_equal(buffer_append(&fork, "", 1), STATUS_OK);
        package_judge(fixture, &package, true, (const char *)fork.data, &report);
        expect(&report, AUDIT_ALTERED);
        assert_true(package_found(&report, FAULT_SINCE_FORK));
        package_report_release(&report);
        checkpoint.size = 1000000;
        assert_int_equal(checkpoint_sign(fixture->store.base.key, &checkpoint, &fork, NULL),
                         STATUS_OK);
        assert_int_equal(buffer_append(&fork, "", 1), STATUS_OK);
        package_judge(fixture, &package, true, (const char *)fork.data, &report);
        expect(&report, AUDIT_CANNOT_TELL);
        assert_true(package_found(&report, FAULT_SINCE_NOT_SHOWN));
        package_report_release(&report);
        buffer_release(&fork);
        buffer_release(&package);
    }
}

/* ---- anything else ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* One alteration of the file's bytes. */
static void mutate(const struct buffer *package, uint64_t *seed, struct buffer *made)
{
    size_t at = (size_t)(next_random(seed) % package->size);
    size_t length = 1 + (size_t)(next_random(seed) % 64);
    size_t other = (size_t)(next_random(seed) % package->size);
    buffer_clear(made);
    assert_int_equal(buffer_append(made, package->data, package->size), STATUS_OK);
    length = length > package->size - at ? package->size - at : length;
    switch (next_random(seed) % 5) {
    case 0: /* a bit */
        made->data[at] ^= (uint8_t)(1u << (next_random(seed) % 8));
        break;
    case 1: /* cut off */
        made->size = at;
        break;
    case 2: /* cut out */
        memmove(made->data + at, made->data + at + length, made->size - at - length);
        made->size -= length;
        break;
    case 3: /* copied from elsewhere */
        length = length > package->size - other ? package->size - other : length;
        memmove(made->data + at, package->data + other, length);
        break;
    default: /* bytes that were not there */
        assert_int_equal(buffer_append(made, package->data + other, 1), STATUS_OK);
        memmove(made->data + at + 1, made->data + at, made->size - at - 1);
        break;
    }
}

static void no_altered_byte_passes(void **state)
{
    struct package_fixture *fixtures = *state;
    const char *asked = getenv("SEALROOM_MUTATIONS");
    unsigned count = asked != NULL ? (unsigned)strtoul(asked, NULL, 10) : 300;
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < 2; i++) {
        struct buffer package = {0};
        struct buffer made = {0};
        package_make(&fixtures[i], package_request(&fixtures[i], GATE), fixtures[i].early_note,
                     &package);
        for (unsigned n = 0; n < count; n++) {
            struct package_report report;
            mutate(&package, &seed, &made);
            if (bytes_equal(buffer_bytes(&made), buffer_bytes(&package))) {
                continue;
            }
            package_judge(&fixtures[i], &made, true, NULL, &report);
            if (report.verdict != AUDIT_ALTERED) {
                print_message("mutation %u of package %zu\n", n, i);
            }
            expect(&report, AUDIT_ALTERED);
            package_report_release(&report);
        }
        buffer_release(&made);
        buffer_release(&package);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_doors_package_is_authentic_for_who_trusts_the_device),
        cmocka_unit_test(clips_are_proved_down_to_their_fragments),
        cmocka_unit_test(a_clip_of_two_segments_holds_their_init_part_once),
        cmocka_unit_test(an_entry_left_out_is_missed),
        cmocka_unit_test(a_gap_left_out_is_missed),
        cmocka_unit_test(records_left_out_at_either_end_are_missed),
        cmocka_unit_test(content_that_is_held_back_is_missing),
        cmocka_unit_test(expired_content_and_video_are_absent_by_their_records),
        cmocka_unit_test(one_expiry_does_not_hide_behind_another),
        cmocka_unit_test(nothing_of_others_is_shown),
        cmocka_unit_test(entries_of_another_door_are_withheld),
        cmocka_unit_test(the_request_cannot_be_another),
        cmocka_unit_test(an_altered_record_is_named),
        cmocka_unit_test(nodes_must_give_the_signed_root),
        cmocka_unit_test(a_record_beyond_the_checkpoint_is_refused),
        cmocka_unit_test(video_left_out_is_missed),
        cmocka_unit_test(video_left_out_is_missed_whatever_is_said_of_the_rest),
        cmocka_unit_test(a_fragments_time_lies_in_its_segments),
        cmocka_unit_test(a_fragments_time_is_what_it_says_itself),
        cmocka_unit_test(a_fragments_time_is_as_near_as_a_clock),
        cmocka_unit_test(a_clips_bytes_are_those_of_its_segment),
        cmocka_unit_test(another_keys_manifest_is_refused),
        cmocka_unit_test(a_manifest_has_one_signature),
        cmocka_unit_test(an_outside_checkpoint_binds_the_history),
        cmocka_unit_test(no_altered_byte_passes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
