/*
 * What a verification says of months, judged on a clock that the test moves. What it says of
 * alterations is under test in tests/fault/tamper, with the real programs.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "crypto/certificate_issue.h"
#include "crypto/export_key.h"
#include "store/body_expiry_record.h"
#include "store/gap_record.h"
#include "store/progress.h"
#include "store/volume.h"
#include "support/store_fixture.h"

struct run {
    struct store_fixture store;
    struct buffer said; /* of the last verification: JSON, one object a line, and NUL */
};

static struct ledger *ledger_of(const struct run *run)
{
    return run->store.base.ledger;
}

static void append(struct run *run, enum record_kind kind, const char *source, json_t *members)
{
    uint64_t number = 0;
    struct error error = {0};
    assert_non_null(members);
    if (ledger_append(ledger_of(run), kind, source, members, &number, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    json_decref(members);
    store_commit(&run->store);
}

static void say_alive(struct run *run)
{
    append(run, RECORD_HEALTH, "appliance", json_pack("{s:s}", "event", "storage_error"));
}

/* Both slots say that nothing is open. */
static void write_notes(struct run *run, int folder)
{
    struct buffer bytes = {0};
    struct progress_note *note = calloc(1, sizeof(*note));
    assert_non_null(note);
    SET_TEXT(note->origin, ledger_origin(ledger_of(run)));
    SET_TEXT(note->boot_id, run->store.base.clock.boot_id);
    note->at_utc_ns = run->store.base.now.utc_ns;
    for (int slot = 0; slot < PROGRESS_SLOTS; slot++) {
        note->sequence++;
        assert_int_equal(progress_sign(run->store.base.key, note, &bytes, NULL), STATUS_OK);
        assert_int_equal(progress_write(folder, slot, buffer_bytes(&bytes), NULL), STATUS_OK);
    }
    buffer_release(&bytes);
    free(note);
}

/* What the keeper makes at a first start. */
static void begin(struct run *run, const char *suite)
{
    struct certificate *certificate = NULL;
    struct volume_identity identity;
    memset(run, 0, sizeof(*run));
    store_begin(&run->store, suite);
    struct device_key *key = run->store.base.key;
    AUTO_CLOSE int folder = open(run->store.base.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(directory_make(folder, "key", 0700, NULL), STATUS_OK);
    assert_int_equal(certificate_self_sign(key, "box", &certificate, NULL), STATUS_OK);
    assert_int_equal(
        file_create(folder, "key/device.crt", certificate_der(certificate), 0600, NULL), STATUS_OK);
    certificate_free(certificate);
    volume_identity_of(ledger_origin(ledger_of(run)), device_key_public(key), &identity);
    assert_int_equal(volume_identity_create(run->store.volume, &identity, NULL), STATUS_OK);
    write_notes(run, folder);
    say_alive(run);
}

static void end(struct run *run)
{
    buffer_release(&run->said);
    store_end(&run->store);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
}
#define AUTO_RUN __attribute__((cleanup(end)))

/* In a process of its own, as an inspector does it: this one has the ledger open for writing. */
static int verify_with(struct run *run, const struct audit_options *options)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/said", run->store.base.folder);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct audit_report report;
        struct error error = {0};
        FILE *out = fopen(path, "we");
        if (out == NULL || audit_run(options, NULL, NULL, &report, &error) != STATUS_OK ||
            audit_print_json(out, &report) != STATUS_OK) {
            (void)fprintf(stderr, "%s\n", error.text);
            _exit(2);
        }
        int code = audit_exit_code(report.verdict);
        audit_release(&report);
        _exit(code);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &run->said, NULL), STATUS_OK);
    assert_int_equal(buffer_append(&run->said, "", 1), STATUS_OK);
    return WEXITSTATUS(status);
}

static int verify(struct run *run)
{
    const struct audit_options options = {.state = run->store.base.folder, .threads = 2};
    return verify_with(run, &options);
}

static bool says(const struct run *run, const char *fault)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "\"fault\":\"%s\"", fault);
    return strstr((const char *)run->said.data, text) != NULL;
}

static bool says_text(const struct run *run, const char *text)
{
    return strstr((const char *)run->said.data, text) != NULL;
}

#define ASSERT_VERDICT(run, code, fault)                                                           \
    do {                                                                                           \
        int judged = verify(run);                                                                  \
        if (judged != (code) || ((fault) != NULL && !says(run, fault)))                            \
            fail_msg("exit %d: %s", judged, (const char *)(run)->said.data);                       \
    } while (0)

static void fresh_state_is_authentic(void **state)
{
    (void)state;
    static const char *const suites[] = {"sm", "nist"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_RUN struct run run;
        begin(&run, suites[i]);
        ASSERT_VERDICT(&run, 0, NULL);
    }
}

/* One such row used to hide all others, or to be reported as all numbers up to it. */
static void row_with_a_number_of_no_record_is_reported_alone(void **state)
{
    (void)state;
    static const char *const numbers[] = {"-1", "1099511627776"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_RUN struct run run;
        char tamper[96];
        begin(&run, "nist");
        (void)snprintf(tamper, sizeof(tamper), "INSERT INTO record VALUES (%s, x'7b7d', NULL)",
                       numbers[i]);
        fixture_tamper(&run.store.base, tamper);
        ASSERT_VERDICT(&run, 1, "record_beyond");
        assert_false(says(&run, "record_missing"));
        const char *found = strstr((const char *)run.said.data, "\"record_beyond\"");
        assert_non_null(strstr(found, numbers[i]));
        assert_null(strstr(found + 1, "\"record_beyond\""));
        assert_null(strstr((const char *)run.said.data, "\"record\":\"1\""));
    }
}

static uint64_t record(struct run *run, const char *camera, char id[SEGMENT_ID_SIZE])
{
    uint64_t number = 0;
    store_record(&run->store, camera, 3, id, &number);
    store_commit(&run->store);
    return number;
}

/* The appliance runs on, a record a day. */
static void live(struct run *run, unsigned days)
{
    for (unsigned i = 0; i < days; i++) {
        store_pass(&run->store, NS_PER_DAY);
        say_alive(run);
    }
}

/* An expiry record of one segment, as true as can be, and its file gone. */
struct forged {
    struct expiry_record record;
    bool keep_file;
};

static struct forged *forge(struct run *run, uint64_t number, const char *camera, const char *id)
{
    struct ledger_view *view = NULL;
    struct ledger_row row;
    struct segment_record segment;
    json_t *body = NULL;
    struct forged *forged = calloc(1, sizeof(*forged));
    assert_non_null(forged);
    assert_int_equal(ledger_view_open(run->store.base.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_row(view, number, &row, NULL), STATUS_OK);
    assert_int_equal(record_body_parse(row.body, &body, NULL), STATUS_OK);
    assert_int_equal(segment_record_parse(body, &segment, NULL), STATUS_OK);
    json_decref(body);
    ledger_view_free(view);
    forged->record.reason = RETENTION_AGE;
    forged->record.video_days = 30;
    forged->record.count = 1;
    SET_TEXT(forged->record.camera, camera);
    struct expiry_segment *named = &forged->record.segments[0];
    *named = (struct expiry_segment){.record = number,
                                     .start_utc_ns = segment.start_utc_ns,
                                     .end_utc_ns = segment.end_utc_ns,
                                     .size = segment.size,
                                     .roots = segment.roots};
    SET_TEXT(named->id, id);
    segment_file_name(named->file, camera, id);
    return forged;
}

static void expire(struct run *run, struct forged *forged)
{
    char source[SOURCE_SIZE];
    json_t *members = NULL;
    (void)snprintf(source, sizeof(source), "camera/%s", forged->record.camera);
    assert_int_equal(expiry_record_members(&forged->record, &members, NULL), STATUS_OK);
    append(run, RECORD_EXPIRY, source, members);
    if (!forged->keep_file) {
        assert_int_equal(file_remove(run->store.volume, forged->record.segments[0].file, NULL),
                         STATUS_OK);
    }
    free(forged);
}

static void hold(struct run *run, bool release, uint64_t number)
{
    struct hold_record record = {.release = release,
                                 .hold = number,
                                 .to_utc_ns = INT64_MAX,
                                 .cameras = "gate",
                                 .reason = "case 7",
                                 .by = "uid 0"};
    json_t *members = NULL;
    assert_int_equal(hold_record_members(&record, &members, NULL), STATUS_OK);
    append(run, RECORD_HOLD, "operator/uid-0", members);
}

/* A segment of "gate" is recorded, time passes, and its expiry is put on record. */
static const struct expiry_case {
    const char *name;
    const char *suite;
    unsigned days;      /* the appliance lives on */
    unsigned jump_days; /* then the clock is put forward */
    int setting;        /* days on record; 0: the floor, which is what the expiry claims too */
    bool held;
    bool released;
    bool keeps_file;
    bool below_floor; /* the expiry says so */
    bool other_size;  /* it names something else */
    int verdict;
    const char *says;
    const char *never;
} expiry_cases[] = {
    {"in its time", "sm", .days = 31, .says = "expired", .never = "video_missing"},
    {"its file still there", "nist", .days = 31, .keeps_file = true, .says = "file_expired"},
    {"before its time", "sm", .days = 29, .verdict = 3, .says = "deleted_early"},
    {"before the setting on record", "sm", .days = 45, .setting = 90, .verdict = 3,
     .says = "deleted_early"},
    {"by a clock put forward, which ages nothing", "sm", .jump_days = 100, .verdict = 3,
     .says = "deleted_early"},
    {"below the floor", "sm", .days = 10, .below_floor = true, .verdict = 3,
     .says = "deleted_below_floor"},
    {"under hold", "sm", .days = 31, .held = true, .verdict = 3, .says = "deleted_held"},
    {"after the hold's release", "sm", .days = 31, .held = true, .released = true,
     .says = "expired"},
    {"by an expiry that names something else", "sm", .days = 31, .other_size = true, .verdict = 1,
     .says = "expiry_false"},
    {"and so is missing", "sm", .days = 31, .other_size = true, .verdict = 1,
     .says = "video_missing"},
};

static void pass(struct run *run, const struct expiry_case *expected, uint64_t held)
{
    live(run, expected->days);
    run->store.base.now.utc_ns += expected->jump_days * NS_PER_DAY;
    if (expected->jump_days > 0) {
        say_alive(run);
    }
    if (expected->released) {
        hold(run, true, held);
    }
}

static void an_expiry_is_judged_by_what_held_at_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expiry_cases) / sizeof(expiry_cases[0]); i++) {
        const struct expiry_case *expected = &expiry_cases[i];
        AUTO_RUN struct run run;
        char id[SEGMENT_ID_SIZE];
        print_message("%s\n", expected->name);
        begin(&run, expected->suite);
        if (expected->setting != 0) {
            append(&run, RECORD_CONFIG, "appliance",
                   json_pack("{s:i}", "video_days", expected->setting));
        }
        uint64_t number = record(&run, "gate", id);
        uint64_t held = ledger_size(ledger_of(&run));
        if (expected->held) {
            hold(&run, false, 0);
        }
        pass(&run, expected, held);
        struct forged *forged = forge(&run, number, "gate", id);
        forged->keep_file = expected->keeps_file;
        forged->record.segments[0].size += expected->other_size;
        forged->record.segments[0].below_floor = expected->below_floor;
        forged->record.reason = expected->below_floor ? RETENTION_SPACE : RETENTION_AGE;
        expire(&run, forged);
        ASSERT_VERDICT(&run, expected->verdict, expected->says);
        assert_false(expected->never != NULL && says(&run, expected->never));
    }
}

/* An expiry record of bodies, and the bodies gone, unless `keep`. */
static void expire_bodies(struct run *run, uint64_t first, uint64_t last, bool keep)
{
    char sql[96];
    json_t *members = NULL;
    struct body_expiry_record *record = calloc(1, sizeof(*record));
    assert_non_null(record);
    record->record_days = 180;
    record->count = 1;
    record->ranges[0] = (struct body_range){first, last};
    assert_int_equal(body_expiry_record_members(record, &members, NULL), STATUS_OK);
    append(run, RECORD_EXPIRY, "appliance", members);
    (void)snprintf(sql, sizeof(sql), "UPDATE record SET body = NULL WHERE number BETWEEN %u AND %u",
                   (unsigned)first, (unsigned)last);
    if (!keep) {
        fixture_tamper(&run->store.base, sql);
    }
    free(record);
}

static void bodies_that_went_in_their_time_are_authentic(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    (void)state;
    begin(&run, "sm");
    uint64_t number = record(&run, "gate", id);
    (void)record(&run, "gate", id);
    say_alive(&run);
    live(&run, 181);
    struct forged *forged = forge(&run, number + 1, "gate", id);
    expire(&run, forged);
    expire_bodies(&run, number + 1, number + 2, false);
    ASSERT_VERDICT(&run, 0, "bodies_expired");
    assert_true(says_text(&run, "2 bodies"));
    assert_true(says_text(&run, "\"bodies_expired\":2"));
    assert_false(says(&run, "body_missing"));
    assert_false(says(&run, "index_altered"));
    assert_false(says(&run, "time_unexplained"));
}

static void body_without_an_expiry_record_is_missing(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "nist");
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    live(&run, 200);
    expire_bodies(&run, alive, alive + 3, false);
    ASSERT_VERDICT(&run, 0, "bodies_expired");
    fixture_tamper(&run.store.base, "UPDATE record SET body = NULL WHERE number = 30");
    ASSERT_VERDICT(&run, 1, "body_missing");
    assert_true(says_text(&run, "\"fault\":\"body_missing\",\"record\":30,\"record_last\":30"));
}

static void body_that_went_before_its_time_is_reported(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    live(&run, 179);
    expire_bodies(&run, alive, alive, false);
    ASSERT_VERDICT(&run, 3, "deleted_early");
    assert_false(says(&run, "body_missing"));
}

static void longer_setting_on_record_keeps_bodies_longer(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    append(&run, RECORD_CONFIG, "appliance", json_pack("{s:i}", "record_days", 365));
    say_alive(&run);
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    live(&run, 200);
    expire_bodies(&run, alive, alive, false);
    ASSERT_VERDICT(&run, 3, "deleted_early");
}

static void clock_put_forward_ages_no_body(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    run.store.base.now.utc_ns += 1000 * NS_PER_DAY;
    say_alive(&run);
    expire_bodies(&run, alive, alive, false);
    ASSERT_VERDICT(&run, 3, "deleted_early");
}

/* The appliance's records are covered by every hold, a camera's only by its own. */
static void body_that_went_under_hold_is_reported(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    append(&run, RECORD_CAMERA, "camera/yard", json_pack("{s:s}", "event", "offline"));
    uint64_t yard = ledger_size(ledger_of(&run)) - 1;
    uint64_t held = yard + 1;
    hold(&run, false, 0);
    live(&run, 200);
    expire_bodies(&run, yard, yard, false);
    ASSERT_VERDICT(&run, 0, "bodies_expired");
    expire_bodies(&run, yard - 1, yard - 1, false);
    ASSERT_VERDICT(&run, 3, "deleted_held");
    hold(&run, true, held);
    expire_bodies(&run, held + 1, held + 2, false);
    ASSERT_VERDICT(&run, 3, "deleted_held");
    assert_true(says_text(&run, "\"bodies_expired\":4"));
}

static void expiry_of_a_record_that_stays_whole_is_an_alteration(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    append(&run, RECORD_CONFIG, "appliance", json_pack("{s:i}", "record_days", 180));
    uint64_t config = ledger_size(ledger_of(&run)) - 1;
    live(&run, 200);
    expire_bodies(&run, config, config + 1, true);
    ASSERT_VERDICT(&run, 1, "expiry_false");
    assert_false(says(&run, "body_missing"));
    fixture_tamper(&run.store.base, "UPDATE record SET body = NULL WHERE number = 1");
    ASSERT_VERDICT(&run, 1, "body_missing");
}

static void expiry_of_the_record_of_kept_video_is_an_alteration(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    (void)state;
    begin(&run, "nist");
    uint64_t number = record(&run, "gate", id);
    live(&run, 200);
    expire_bodies(&run, number, number, false);
    ASSERT_VERDICT(&run, 1, "expiry_false");
    assert_true(says(&run, "body_missing"));
}

static void expiry_of_what_is_yet_to_come_is_an_alteration(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "nist");
    live(&run, 2);
    uint64_t next = ledger_size(ledger_of(&run));
    expire_bodies(&run, next - 1, next + 10, true);
    ASSERT_VERDICT(&run, 1, "expiry_false");
}

/* As after a crash between the record and the removal, or put back from a copy. */
static void expired_body_that_is_still_there_is_told_of(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    live(&run, 200);
    expire_bodies(&run, alive, alive, true);
    ASSERT_VERDICT(&run, 0, "body_expired");
}

static void false_body_in_place_of_an_expired_one_is_an_alteration(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    uint64_t alive = ledger_size(ledger_of(&run)) - 1;
    live(&run, 200);
    expire_bodies(&run, alive, alive, false);
    fixture_tamper(&run.store.base, "UPDATE record SET body = x'7b7d' WHERE body IS NULL");
    ASSERT_VERDICT(&run, 1, "body_altered");
}

/* What marks a body as expired is a record like any other. */
static void forged_expiry_of_a_body_is_an_alteration(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "sm");
    live(&run, 200);
    expire_bodies(&run, 2, 2, false);
    ASSERT_VERDICT(&run, 0, "bodies_expired");
    fixture_tamper(&run.store.base,
                   "UPDATE record SET body = NULL WHERE number = 3;"
                   "UPDATE record SET body = CAST(replace(body, '\"last\":\"2\"',"
                   " '\"last\":\"3\"') AS BLOB) WHERE number = (SELECT max(number) FROM record)");
    ASSERT_VERDICT(&run, 1, "body_altered");
    assert_true(says(&run, "body_missing"));
}

static void add_gap(struct run *run, int64_t start_utc_ns, int64_t end_utc_ns)
{
    struct gap_record gap = {
        .start_utc_ns = start_utc_ns, .end_utc_ns = end_utc_ns, .cause = GAP_STALLED};
    json_t *members = NULL;
    SET_TEXT(gap.camera, "gate");
    assert_int_equal(gap_record_members(&gap, &members, NULL), STATUS_OK);
    append(run, RECORD_GAP, "camera/gate", members);
}

static void time_without_video_needs_a_gap_record(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    (void)state;
    begin(&run, "nist");
    (void)record(&run, "gate", id);
    int64_t start = run.store.base.now.utc_ns;
    store_pass(&run.store, 20 * NS_PER_SECOND);
    int64_t stop = run.store.base.now.utc_ns;
    (void)record(&run, "gate", id);
    ASSERT_VERDICT(&run, 3, "time_unexplained");
    add_gap(&run, start, stop);
    ASSERT_VERDICT(&run, 0, "gap");
    assert_false(says(&run, "time_unexplained"));
}

/* What is printed of a report with one finding. */
static void print(const struct finding *finding, bool json, enum language language, char *text,
                  size_t size)
{
    struct audit_report report = {0};
    FILE *out = fmemopen(text, size, "w");
    assert_non_null(out);
    findings_add(&report.findings, finding);
    assert_int_equal(json ? audit_print_json(out, &report)
                          : audit_print_text(out, &report, language),
                     STATUS_OK);
    (void)fclose(out);
    audit_release(&report);
}

static void a_cause_is_told_in_words_to_people_and_by_name_to_scripts(void **state)
{
    struct finding finding = finding_of(FAULT_GAP);
    char text[4096];
    (void)state;
    finding.cause = word_gap_cause(GAP_RECORDER_FAILED);
    print(&finding, false, LANGUAGE_CHINESE, text, sizeof(text));
    assert_non_null(strstr(text, finding.cause->chinese));
    assert_null(strstr(text, "recorder_failed"));
    print(&finding, false, LANGUAGE_ENGLISH, text, sizeof(text));
    assert_non_null(strstr(text, finding.cause->english));
    print(&finding, true, LANGUAGE_CHINESE, text, sizeof(text));
    assert_non_null(strstr(text, "\"detail\":\"recorder_failed\""));
}

static void clock_step_on_record_explains_a_hole(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    (void)state;
    begin(&run, "nist");
    (void)record(&run, "gate", id);
    run.store.base.now.utc_ns += 3600 * NS_PER_SECOND;
    append(&run, RECORD_CLOCK, "appliance",
           json_pack("{s:s, s:s}", "event", "step", "difference_ns", "3600000000000"));
    (void)record(&run, "gate", id);
    ASSERT_VERDICT(&run, 0, NULL);
}

static void filters_leave_other_video_unhashed(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    char file[SEGMENT_FILE_SIZE];
    (void)state;
    begin(&run, "sm");
    (void)record(&run, "yard", id);
    segment_file_name(file, "yard", id);
    (void)record(&run, "gate", id);
    assert_int_equal(file_replace(run.store.volume, file, bytes_of_text("other"), 0640, NULL),
                     STATUS_OK);
    ASSERT_VERDICT(&run, 1, "video_cut");
    const struct audit_options gate = {.state = run.store.base.folder, .camera = "gate"};
    assert_int_equal(verify_with(&run, &gate), 0);
    assert_non_null(strstr((const char *)run.said.data, "\"segments\":1,"));
    assert_non_null(strstr((const char *)run.said.data, "limited: camera gate"));
    assert_non_null(strstr((const char *)run.said.data, "\"cameras\":[\"gate\"]"));
    assert_null(strstr((const char *)run.said.data, "null"));
    const struct audit_options later = {.state = run.store.base.folder,
                                        .from_utc_ns = run.store.base.now.utc_ns};
    assert_int_equal(verify_with(&run, &later), 0);
    assert_non_null(strstr((const char *)run.said.data, "\"segments\":0,"));
    assert_non_null(strstr((const char *)run.said.data, "no segment there was checked"));
    const struct audit_options nobody = {.state = run.store.base.folder, .camera = "nosuch"};
    assert_int_equal(verify_with(&run, &nobody), 2);
}

static void other_digest_is_checked_when_asked_for(void **state)
{
    AUTO_RUN struct run run;
    char id[SEGMENT_ID_SIZE];
    (void)state;
    begin(&run, "sm");
    (void)record(&run, "gate", id);
    const struct audit_options both = {.state = run.store.base.folder, .both_digests = true};
    assert_int_equal(verify_with(&run, &both), 0);
}

static void heartbeat_with_another_count_is_found(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "nist");
    append(&run, RECORD_HEARTBEAT, "appliance", json_pack("{s:s}", "latest", "1"));
    ASSERT_VERDICT(&run, 0, NULL);
    append(&run, RECORD_HEARTBEAT, "appliance", json_pack("{s:s}", "latest", "9"));
    ASSERT_VERDICT(&run, 1, "sequence_broken");
}

static void long_silence_is_told_and_changes_nothing(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "nist");
    store_pass(&run.store, 600 * NS_PER_SECOND);
    say_alive(&run);
    ASSERT_VERDICT(&run, 0, "source_silent");
}

/* Runs the openssl command in the state's folder. */
/* The next start's first records come before the one that says it was started. */
static void silence_after_an_ordered_stop_is_no_news(void **state)
{
    (void)state;
    static const char *const lasts[] = {"stopped", "storage_error"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_RUN struct run run;
        begin(&run, "sm");
        append(&run, RECORD_HEALTH, "appliance", json_pack("{s:s}", "event", lasts[i]));
        store_pass(&run.store, 600 * NS_PER_SECOND);
        append(&run, RECORD_CONFIG, "appliance", json_pack("{s:i}", "video_days", 90));
        append(&run, RECORD_HEALTH, "appliance", json_pack("{s:s}", "event", "started"));
        ASSERT_VERDICT(&run, 0, NULL);
        assert_int_equal(says(&run, "source_silent"), i == 1);
    }
}

static void openssl(const struct run *run, const char *arguments)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "cd '%s' && openssl %s >out 2>&1",
                   run->store.base.folder, arguments);
    if (system(command) != 0) { /* NOLINT(cert-env33-c): the test's own words */
        fail_msg("%s", command);
    }
}

static struct certificate *read_certificate(const struct run *run, const char *name)
{
    char path[128];
    struct buffer bytes = {0};
    struct certificate *certificate = NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", run->store.base.folder, name);
    assert_int_equal(file_read(AT_FDCWD, path, 65536, &bytes, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&bytes), &certificate, NULL), STATUS_OK);
    buffer_release(&bytes);
    return certificate;
}

static void make_ca(const struct run *run, const char *name)
{
    char command[256];
    (void)snprintf(command, sizeof(command),
                   "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%s "
                   "-keyout %s.key -out %s.crt",
                   name, name, name);
    openssl(run, command);
}

static void issued_certificate_is_trusted_by_its_issuer(void **state)
{
    AUTO_RUN struct run run;
    struct buffer pem = {0};
    (void)state;
    begin(&run, "nist");
    AUTO_CLOSE int folder = open(run.store.base.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(certificate_request(run.store.base.key, "box", &pem, NULL), STATUS_OK);
    assert_int_equal(file_create(folder, "box.csr", buffer_bytes(&pem), 0600, NULL), STATUS_OK);
    buffer_release(&pem);
    make_ca(&run, "site");
    make_ca(&run, "other");
    openssl(&run, "x509 -req -in box.csr -CA site.crt -CAkey site.key -CAcreateserial -days 9 "
                  "-out key/device.crt");
    struct certificate *site = read_certificate(&run, "site.crt");
    struct certificate *other = read_certificate(&run, "other.crt");
    struct audit_options options = {.state = run.store.base.folder, .trust = site};
    assert_int_equal(verify_with(&run, &options), 0);
    assert_non_null(strstr((const char *)run.said.data, "\"trust\":\"issuer\""));
    options.trust = other;
    assert_int_equal(verify_with(&run, &options), 1);
    assert_true(says(&run, "key_not_trusted"));
    options.trust = NULL;
    assert_int_equal(verify_with(&run, &options), 0);
    assert_true(says(&run, "certificate_unjudged"));
    certificate_free(site);
    certificate_free(other);
}

/* An export key's record; the key is certified by `issuer`'s. */
static void introduce(struct run *run, struct device_key *issuer)
{
    struct certificate *own = NULL;
    struct certificate *issued = NULL;
    struct export_key *key = NULL;
    struct buffer text = {0};
    const struct suite *suite = device_key_suite(issuer);
    assert_int_equal(export_key_generate(EXPORT_KEY_SUITE, suite, NULL, &key, NULL), STATUS_OK);
    assert_int_equal(certificate_self_sign(issuer, "box", &own, NULL), STATUS_OK);
    assert_int_equal(
        certificate_issue_export(issuer, own, export_key_spki(key), "export", &issued, NULL),
        STATUS_OK);
    assert_int_equal(base64_append(&text, certificate_der(issued)), STATUS_OK);
    append(run, RECORD_KEY, "appliance",
           json_pack("{s:s,s:s,s:s%}", "use", "export", "suite", suite_name(suite), "certificate",
                     text.data, text.size));
    buffer_release(&text);
    certificate_free(issued);
    certificate_free(own);
    export_key_free(key);
}

static void export_key_is_certified_by_the_device_key(void **state)
{
    (void)state;
    for (int foreign = 0; foreign < 2; foreign++) {
        AUTO_RUN struct run run;
        struct device_key *other = NULL;
        begin(&run, "sm");
        introduce(&run, run.store.base.key);
        assert_int_equal(verify(&run), 0);
        if (foreign) {
            AUTO_CLOSE int folder = open(run.store.base.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            AUTO_CLOSE int keys = openat(folder, "key", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            assert_int_equal(device_key_create(suite_named("sm"), keys, &other, NULL), STATUS_OK);
            introduce(&run, other);
            assert_int_equal(verify(&run), 1);
            assert_true(says(&run, "export_key_foreign"));
            device_key_free(other);
        } else {
            append(&run, RECORD_KEY, "appliance",
                   json_pack("{s:s,s:s,s:s}", "use", "export", "suite", "rsa", "certificate", "?"));
            assert_int_equal(verify(&run), 1);
            assert_true(says(&run, "record_malformed"));
        }
    }
}

static void ledger_without_records_cannot_be_judged(void **state)
{
    AUTO_RUN struct run run;
    (void)state;
    begin(&run, "nist");
    store_end(&run.store);
    memset(&run.store, 0, sizeof(run.store));
    store_begin(&run.store, "nist");
    struct certificate *certificate = NULL;
    AUTO_CLOSE int folder = open(run.store.base.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(directory_make(folder, "key", 0700, NULL), STATUS_OK);
    assert_int_equal(certificate_self_sign(run.store.base.key, "box", &certificate, NULL),
                     STATUS_OK);
    assert_int_equal(
        file_create(folder, "key/device.crt", certificate_der(certificate), 0600, NULL), STATUS_OK);
    certificate_free(certificate);
    struct volume_identity identity;
    volume_identity_of(ledger_origin(ledger_of(&run)), device_key_public(run.store.base.key),
                       &identity);
    assert_int_equal(volume_identity_create(run.store.volume, &identity, NULL), STATUS_OK);
    ASSERT_VERDICT(&run, 4, "no_checkpoint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_state_is_authentic),
        cmocka_unit_test(row_with_a_number_of_no_record_is_reported_alone),
        cmocka_unit_test(an_expiry_is_judged_by_what_held_at_its_time),
        cmocka_unit_test(bodies_that_went_in_their_time_are_authentic),
        cmocka_unit_test(body_without_an_expiry_record_is_missing),
        cmocka_unit_test(body_that_went_before_its_time_is_reported),
        cmocka_unit_test(longer_setting_on_record_keeps_bodies_longer),
        cmocka_unit_test(clock_put_forward_ages_no_body),
        cmocka_unit_test(body_that_went_under_hold_is_reported),
        cmocka_unit_test(expiry_of_a_record_that_stays_whole_is_an_alteration),
        cmocka_unit_test(expiry_of_the_record_of_kept_video_is_an_alteration),
        cmocka_unit_test(expiry_of_what_is_yet_to_come_is_an_alteration),
        cmocka_unit_test(expired_body_that_is_still_there_is_told_of),
        cmocka_unit_test(false_body_in_place_of_an_expired_one_is_an_alteration),
        cmocka_unit_test(forged_expiry_of_a_body_is_an_alteration),
        cmocka_unit_test(time_without_video_needs_a_gap_record),
        cmocka_unit_test(a_cause_is_told_in_words_to_people_and_by_name_to_scripts),
        cmocka_unit_test(clock_step_on_record_explains_a_hole),
        cmocka_unit_test(filters_leave_other_video_unhashed),
        cmocka_unit_test(other_digest_is_checked_when_asked_for),
        cmocka_unit_test(heartbeat_with_another_count_is_found),
        cmocka_unit_test(long_silence_is_told_and_changes_nothing),
        cmocka_unit_test(silence_after_an_ordered_stop_is_no_news),
        cmocka_unit_test(issued_certificate_is_trusted_by_its_issuer),
        cmocka_unit_test(export_key_is_certified_by_the_device_key),
        cmocka_unit_test(ledger_without_records_cannot_be_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
