/*
 * A morning in an archive room, and what people read of it, for report_test.py and to be looked at:
 *
 *   make_report good|incomplete|hostile DIRECTORY [PICTURES]
 *
 * writes report.html and entries.csv into DIRECTORY. `good`: nothing is missing. `incomplete`:
 * gaps, expired video, a segment that cannot be read, a clock that is not synchronised. `hostile`:
 * as good, and every text that comes from outside means harm. Stills are PICTURES/CAMERA.jpg;
 * without PICTURES there are none.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/file.h"
#include "evidence/entries_csv.h"
#include "evidence/report.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "unit/support/report_fixture.h"

#define MINUTE       (60 * NS_PER_SECOND)
#define HOURS        INT64_C(3)
#define CAMERA_COUNT 3
#define SOURCES      "camera/aisle camera/gate camera/shelf derived/panel door/panel"
#define HARM         "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;"

static const char *const cameras[CAMERA_COUNT] = {"aisle", "gate", "shelf"};

struct morning {
    struct report_fixture fixture;
    bool incomplete;
    bool hostile;
    int64_t begin;
    const char *pictures;
    uint64_t lost;        /* the segment that could not be copied */
    uint64_t before;      /* the newest entry of the door */
    uint64_t expired[30]; /* segments of the last camera */
    size_t expired_count;
    int directory;
};

static void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s: %s\n", status_name(status), error->text);
        exit(1);
    }
}

static const char *text(const struct morning *morning, const char *plain)
{
    return morning->hostile ? HARM : plain;
}

/* Time goes on to so many seconds from the beginning. */
static void go_to(struct morning *morning, int64_t ns)
{
    struct store_fixture *store = &morning->fixture.package.store;
    int64_t left = morning->begin + ns - store->base.now.utc_ns;
    if (left > 0) {
        store_pass(store, left);
    }
}

/* Committed with the request. */
static uint64_t append(struct morning *morning, enum record_kind kind, const char *source,
                       json_t *members)
{
    struct error error = {0};
    uint64_t number = 0;
    must(ledger_append(morning->fixture.package.store.base.ledger, kind, source, members, &number,
                       &error),
         &error);
    json_decref(members);
    return number;
}

/* ---- what is recorded ---- */

static void configure(struct morning *morning)
{
    json_t *list =
        json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "camera", "aisle", "name",
                  text(morning, "库房通道"), "camera", "gate", "name", text(morning, "库房门口"),
                  "camera", "shelf", "name", text(morning, "密集架 3 区"));
    (void)append(morning, RECORD_CONFIG, "appliance",
                 json_pack("{s:s,s:o,s:[{s:s,s:s,s:[s,s]}]}", "site",
                           text(morning, "临江市不动产登记中心 档案库房"), "cameras", list, "doors",
                           "door", "archive", "name", text(morning, "档案库房"), "cameras", "gate",
                           "aisle"));
}

static uint64_t segment(struct morning *morning, size_t camera, int64_t start, int64_t end)
{
    struct segment_record record = {.start_utc_ns = morning->begin + start,
                                    .end_utc_ns = morning->begin + end,
                                    .size = 3000000,
                                    .pieces = 61,
                                    .frames = 1500,
                                    .width = 1920,
                                    .height = 1080,
                                    .continues = true,
                                    .cut = CUT_TIME,
                                    .quality = CLOCK_SYNCED,
                                    .camera_clock_known = camera < 2,
                                    .camera_clock_offset_ns =
                                        (int64_t)camera * 1200 * NS_PER_MS + start / 100000};
    char source[SOURCE_SIZE];
    struct error error = {0};
    json_t *members = NULL;
    SET_TEXT(record.camera, cameras[camera]);
    SET_TEXT(record.video_codec, "h264");
    segment_id_make(record.id, record.start_utc_ns);
    segment_file_name(record.file, record.camera, record.id);
    record.roots.has_sm3 = store_with_sm3(&morning->fixture.package.store);
    must(segment_record_members(&record, &members, &error), &error);
    (void)snprintf(source, sizeof source, "camera/%s", cameras[camera]);
    return append(morning, RECORD_SEGMENT, source, members);
}

static void gap(struct morning *morning, size_t camera, int64_t start, int64_t end,
                enum gap_cause cause, const char *detail)
{
    struct gap_record record = {
        .start_utc_ns = morning->begin + start, .end_utc_ns = morning->begin + end, .cause = cause};
    char source[SOURCE_SIZE];
    struct error error = {0};
    json_t *members = NULL;
    SET_TEXT(record.camera, cameras[camera]);
    SET_TEXT(record.detail, detail);
    must(gap_record_members(&record, &members, &error), &error);
    (void)snprintf(source, sizeof source, "camera/%s", cameras[camera]);
    (void)append(morning, RECORD_GAP, source, members);
}

struct visit {
    int64_t second;
    enum door_event event;
    enum verdict verdict;
    enum deny_reason reason;
    enum direction direction;
    const char *card;
    const char *name;
    const char *department;
    const char *by; /* of a conclusion */
    const char *detail;
};

static const struct visit visits[] = {
    {725, DOOR_ACCESS_GRANTED, VERDICT_GRANTED, 0, DIRECTION_IN, "0012345678", "王建国", "档案科",
     NULL, ""},
    {728, DOOR_OPENED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {729, DOOR_ACCESS_TAKEN, VERDICT_NONE, 0, 0, "", "", "", "access", ""},
    {735, DOOR_CLOSED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {2104, DOOR_ACCESS_DENIED, VERDICT_DENIED, DENY_UNAUTHORIZED, DIRECTION_IN, "0088112233",
     "赵敏", "窗口服务科", NULL, ""},
    {2131, DOOR_ACCESS_DENIED, VERDICT_DENIED, DENY_UNAUTHORIZED, DIRECTION_IN, "0088112233",
     "赵敏", "窗口服务科", NULL, ""},
    {4470, DOOR_ACCESS_GRANTED, VERDICT_GRANTED, 0, DIRECTION_OUT, "0012345678", "王建国", "档案科",
     NULL, ""},
    {4472, DOOR_OPENED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {4480, DOOR_CLOSED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {6003, DOOR_OPENED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {6004, DOOR_FORCED, VERDICT_NONE, 0, 0, "", "", "", "forced", ""},
    {6034, DOOR_HELD, VERDICT_NONE, 0, 0, "", "", "", "held", ""},
    {6042, DOOR_CLOSED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {8800, DOOR_CREDENTIAL_UNKNOWN, VERDICT_DENIED, 0, DIRECTION_IN, "9900000001", "", "", NULL,
     ""},
    {9950, DOOR_ACCESS_GRANTED, VERDICT_GRANTED, 0, DIRECTION_IN, "0012345679", "李文静",
     "档案科（不动产历史档案整理组）", NULL, ""},
    {9955, DOOR_OPENED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
    {9961, DOOR_CLOSED, VERDICT_NONE, 0, 0, "", "", "", NULL, ""},
};
#define VISIT_COUNT (sizeof visits / sizeof visits[0])

static void visit(struct morning *morning, const struct visit *what)
{
    struct report_fixture *fixture = &morning->fixture;
    struct entry_record record = report_plain_entry(fixture, what->event);
    struct error error = {0};
    json_t *members = NULL;
    record.entry.verdict = (uint8_t)what->verdict;
    record.entry.deny_reason = (uint16_t)what->reason;
    record.entry.direction = (uint8_t)what->direction;
    record.entry.derived = what->by != NULL;
    record.at_utc_ns = record.entry.received_utc_ns;
    SET_TEXT(record.controller, "panel");
    SET_TEXT(record.cameras, "gate aisle");
    SET_TEXT(record.entry.method, what->card[0] != '\0' ? "card" : "");
    SET_TEXT(record.entry.credential, what->card[0] != '\0' ? text(morning, what->card) : "");
    SET_TEXT(record.name, what->name[0] != '\0' ? text(morning, what->name) : "");
    SET_TEXT(record.department, what->department[0] != '\0' ? text(morning, what->department) : "");
    SET_TEXT(record.entry.detail, morning->hostile ? HARM : what->detail);
    if (what->by != NULL) {
        SET_TEXT(record.by, what->by);
        record.from_count = 1;
        record.from[0] = morning->before;
    }
    must(entry_record_members(&record, &members, &error), &error);
    uint64_t number =
        append(morning, RECORD_ENTRY, what->by != NULL ? "derived/panel" : "door/panel", members);
    morning->before = what->by != NULL ? morning->before : number;
}

static void minute(struct morning *morning, int64_t at)
{
    for (size_t i = 0; i < CAMERA_COUNT; i++) {
        int64_t number = at / MINUTE;
        bool gate_down = i == 1 && number >= 100 && number < 109;
        bool shelf_short = i == 2 && number == 52;
        if (morning->incomplete && gate_down) {
            if (number == 108) {
                gap(morning, i, 100 * MINUTE, 109 * MINUTE, GAP_UNREACHABLE, "");
            }
        } else if (morning->incomplete && shelf_short) {
            gap(morning, i, at, at + 4200 * NS_PER_MS, GAP_STALLED, "");
            (void)segment(morning, i, at + 4200 * NS_PER_MS, at + MINUTE);
        } else {
            uint64_t record = segment(morning, i, at, at + MINUTE);
            if (i == 0 && number == 140) {
                morning->lost = record;
            }
            if (i == 2 && number < 30) {
                morning->expired[morning->expired_count++] = record;
            }
        }
    }
}

static void expire(struct morning *morning)
{
    struct expiry_record *record = calloc(1, sizeof *record);
    struct error error = {0};
    json_t *members = NULL;
    if (record == NULL) {
        exit(1);
    }
    SET_TEXT(record->camera, cameras[2]);
    record->reason = RETENTION_SHARE;
    record->video_days = 30;
    for (size_t i = 0; i < morning->expired_count; i++) {
        struct expiry_segment *segment = &record->segments[record->count++];
        segment->record = morning->expired[i];
        segment->start_utc_ns = morning->begin + (int64_t)i * MINUTE;
        segment->end_utc_ns = segment->start_utc_ns + MINUTE;
        segment_id_make(segment->id, segment->start_utc_ns);
        segment_file_name(segment->file, cameras[2], segment->id);
        segment->size = 3000000;
        segment->below_floor = true;
        segment->roots.has_sm3 = store_with_sm3(&morning->fixture.package.store);
    }
    must(expiry_record_members(record, &members, &error), &error);
    (void)append(morning, RECORD_EXPIRY, "camera/shelf", members);
    free(record);
}

static void record_all(struct morning *morning)
{
    size_t next = 0;
    morning->begin = morning->fixture.package.store.base.now.utc_ns;
    morning->begin += 15 * MINUTE - morning->begin % (15 * MINUTE);
    go_to(morning, 0);
    for (int64_t at = 0; at < HOURS * 60 * MINUTE; at += MINUTE) {
        while (next < VISIT_COUNT && visits[next].second * NS_PER_SECOND < at + MINUTE) {
            go_to(morning, visits[next].second * NS_PER_SECOND);
            if (morning->incomplete && next == 8) {
                morning->fixture.package.store.base.now.quality = CLOCK_UNSYNCED;
            }
            visit(morning, &visits[next++]);
        }
        go_to(morning, at + MINUTE);
        minute(morning, at);
    }
}

/* ---- what is made of it ---- */

static enum status still(void *context, uint64_t record, int64_t at_utc_ns, struct buffer *jpeg,
                         int64_t *taken_utc_ns, struct error *error)
{
    struct morning *morning = context;
    struct ledger_row row;
    struct record_head head;
    char path[512];
    must(ledger_view_row(morning->fixture.view, record, &row, error), error);
    must(record_head_parse(row.head, &head, error), error);
    (void)snprintf(path, sizeof path, "%s/%s.jpg", morning->pictures, strchr(head.source, '/') + 1);
    *taken_utc_ns = at_utc_ns;
    return file_read(AT_FDCWD, path, 1 << 20, jpeg, error) == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_UNSUPPORTED, "no picture could be decoded");
}

static struct report_item item(const char *name, uint64_t size, const char *camera, int64_t start,
                               int64_t end)
{
    struct report_item made = {.name = name,
                               .size_bytes = size,
                               .has_sha256 = true,
                               .has_sm3 = true,
                               .camera = camera,
                               .start_utc_ns = start,
                               .end_utc_ns = end};
    digest_of(DIGEST_SHA256, bytes_of_text(name), &made.sha256);
    digest_of(DIGEST_SM3, bytes_of_text(name), &made.sm3);
    return made;
}

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    return file_write_all(*(const int *)context, bytes, error);
}

static void write_file(struct morning *morning, const char *name,
                       enum status (*write)(struct morning *morning, const struct text_sink *sink,
                                            struct error *error))
{
    struct error error = {0};
    AUTO_CLOSE int file =
        openat(morning->directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    const struct text_sink sink = {put, &file};
    must(write(morning, &sink, &error), &error);
}

static enum status write_entries(struct morning *morning, const struct text_sink *sink,
                                 struct error *error)
{
    return entries_csv_write(&morning->fixture.content, sink, NULL, error);
}

static enum status write_report(struct morning *morning, const struct text_sink *sink,
                                struct error *error)
{
    const int64_t begin = morning->begin;
    const struct report_item items[] = {
        item("clips/aisle-1.mp4", 540000000, "aisle", begin, begin + HOURS * 60 * MINUTE),
        item("clips/gate-1.mp4", 300400000, "gate", begin, begin + 100 * MINUTE),
        item("clips/gate-2.mp4", 213700000, "gate", begin + 109 * MINUTE,
             begin + HOURS * 60 * MINUTE),
        item("clips/shelf-1.mp4", 446100000, "shelf", begin, begin + HOURS * 60 * MINUTE),
        item("entries.csv", 5321, NULL, 0, 0),
        item("verify.html", 243910, NULL, 0, 0),
    };
    const struct report_absence absence = {morning->lost, "unreadable"};
    const struct report_pictures pictures = {still, morning};
    const struct report_plan plan = {
        .content = &morning->fixture.content,
        .certificate = morning->fixture.package.certificate,
        .checkpoint = package_writer_checkpoint(morning->fixture.writer),
        .version = "0.1.0",
        .clock = {.is_known = true,
                  .quality = morning->incomplete ? CLOCK_UNSYNCED : CLOCK_SYNCED,
                  .at_utc_ns = begin + HOURS * 60 * MINUTE + 47 * MINUTE,
                  .offset_ns = -1700000,
                  .error_max_ns = 31 * NS_PER_MS},
        .items = items,
        .item_count = sizeof items / sizeof items[0],
        .absences = &absence,
        .absence_count = morning->incomplete ? 1 : 0,
        .pictures = morning->pictures != NULL ? &pictures : NULL,
        .no_pictures = "no picture could be decoded",
        .language = LANGUAGE_CHINESE,
    };
    return report_write(&plan, sink, error);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        return 2;
    }
    struct morning *morning = calloc(1, sizeof *morning);
    if (morning == NULL) {
        return 2;
    }
    (void)setenv("TZ", "Asia/Shanghai", 0);
    tzset();
    morning->incomplete = strcmp(arguments[1], "incomplete") == 0;
    morning->hostile = strcmp(arguments[1], "hostile") == 0;
    morning->directory = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    morning->pictures = count > 3 ? arguments[3] : NULL;
    report_begin(&morning->fixture, "sm");
    configure(morning);
    record_all(morning);
    if (morning->incomplete) {
        expire(morning);
    }
    morning->fixture.package.from_utc_ns = morning->begin;
    morning->fixture.package.purpose = text(morning, "市局检查：核实 11 月 22 日库房进出情况");
    morning->fixture.package.case_number = text(morning, "临不动产检〔2026〕17 号");
    report_ask_until(&morning->fixture, SOURCES, morning->begin + HOURS * 60 * MINUTE);
    write_file(morning, "entries.csv", write_entries);
    write_file(morning, "report.html", write_report);
    report_end(&morning->fixture);
    free(morning);
    return 0;
}
