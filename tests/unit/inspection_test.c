/* The inspection report over ledgers of a room that something happened to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspection/inspection_page.h"
#include "inspection/inspection_show.h"
#include "inspection/span_set.h"
#include "store/body_expiry_record.h"
#include "store/entry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "support/store_fixture.h"

/* A camera and a controller, configured at the beginning. */
struct room {
    struct store_fixture store;
    struct inspection *inspection;
    int64_t begun_ns;
};

static int64_t now_ns(const struct room *room)
{
    return room->store.base.now.utc_ns;
}

static uint64_t configure(struct room *room, int video_days)
{
    static const char digest[] = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    json_t *members =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:[{s:s, s:s}], s:[{s:s, s:s, s:s, s:{s:i}}]}",
                  "path", "/etc/sealroom/sealroom.yaml", "sha256", digest, "sm3", digest, "site",
                  "档案室", "video_days", video_days, "record_days", 180, "cameras", "camera",
                  "gate", "name", "大门", "doors", "door", "archive", "name", "档案室门",
                  "controller", "panel", "rules", "two_persons_s", 15);
    return store_append(&room->store, RECORD_CONFIG, "appliance", members);
}

static void room_begin(struct room *room)
{
    memset(room, 0, sizeof(*room));
    store_begin(&room->store, "sm");
    store_append(&room->store, RECORD_LEDGER, "appliance", json_pack("{s:s}", "version", "0.1"));
    configure(room, 30);
    store_pass(&room->store, NS_PER_SECOND);
    room->begun_ns = now_ns(room);
}

static void room_end(struct room *room)
{
    inspection_free(room->inspection);
    store_end(&room->store);
}
#define AUTO_ROOM __attribute__((cleanup(room_end)))

static uint64_t video(struct room *room, unsigned seconds)
{
    char id[SEGMENT_ID_SIZE];
    uint64_t number = 0;

    store_record(&room->store, "gate", seconds, id, &number);
    store_commit(&room->store);
    return number;
}

/* Without video from now on for so long, said with or without that it goes on. */
static uint64_t gap(struct room *room, unsigned seconds, bool continues)
{
    struct gap_record gap = {.camera = "gate",
                             .start_utc_ns = now_ns(room),
                             .cause = GAP_STALLED,
                             .continues = continues};
    json_t *members = NULL;

    store_pass(&room->store, seconds * NS_PER_SECOND);
    gap.end_utc_ns = now_ns(room);
    assert_int_equal(gap_record_members(&gap, &members, NULL), STATUS_OK);
    return store_append(&room->store, RECORD_GAP, "camera/gate", members);
}

static uint64_t entry(struct room *room, enum door_event event, const char *credential,
                      uint64_t lost_from, uint64_t lost_to)
{
    struct entry_record record = {.controller = "panel"};
    json_t *members = NULL;

    store_pass(&room->store, NS_PER_SECOND);
    SET_TEXT(record.entry.door, "archive");
    SET_TEXT(record.entry.credential, credential);
    record.entry.event = (uint16_t)event;
    record.entry.verdict = event == DOOR_ACCESS_GRANTED  ? VERDICT_GRANTED
                           : event == DOOR_ACCESS_DENIED ? VERDICT_DENIED
                                                         : VERDICT_NONE;
    record.entry.received_utc_ns = now_ns(room);
    record.entry.lost_from = lost_from;
    record.entry.lost_to = lost_to;
    assert_int_equal(entry_record_members(&record, &members, NULL), STATUS_OK);
    return store_append(&room->store, RECORD_ENTRY, "door/panel", members);
}

static uint64_t source(struct room *room, const char *event)
{
    return store_append(&room->store, RECORD_SOURCE, "door/panel",
                        json_pack("{s:s, s:o, s:s}", "event", event, "at", json_time(now_ns(room)),
                                  "at_monotonic_ns", "0"));
}

/* The report from the room's beginning up to now. */
static void report(struct room *room)
{
    struct inspection_options options = {.from_utc_ns = room->begun_ns,
                                         .to_utc_ns = now_ns(room) + 1,
                                         .now_utc_ns = now_ns(room) + 1,
                                         .machine = "aarch64"};
    struct ledger_view *view = NULL;
    struct error error = {0};

    assert_int_equal(ledger_view_open(room->store.base.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    inspection_free(room->inspection);
    if (inspection_make(view, &options, &room->inspection, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    ledger_view_end(view);
    ledger_view_free(view);
}

static const struct inspection_item *item(const struct room *room, const char *id)
{
    for (size_t i = 0; i < INSPECTION_ITEMS; i++)
        if (strcmp(room->inspection->items[i].id, id) == 0)
            return &room->inspection->items[i];
    fail_msg("no item %s", id);
    return NULL;
}

static void assert_state(const struct room *room, const char *id, enum inspection_state state)
{
    const struct word *found = inspection_state_word(item(room, id)->state);

    assert_string_equal(found->name, inspection_state_word(state)->name);
}

/* One of the item's sentences is this one, with these records. */
static void assert_says(const struct room *room, const char *id, const char *wanted)
{
    const struct inspection_item *found = item(room, id);
    bool says = false;

    for (size_t i = 0; i < found->count && !says; i++) {
        struct buffer text = {0};
        assert_int_equal(inspection_say_fact(&found->facts[i], LANGUAGE_ENGLISH, &text), STATUS_OK);
        assert_int_equal(buffer_append_text(&text, "|"), STATUS_OK);
        assert_int_equal(inspection_say_records(&found->facts[i].records, LANGUAGE_ENGLISH, &text),
                         STATUS_OK);
        says = text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
        if (!says)
            print_message("%s says: %.*s\n", id, (int)text.size, (const char *)text.data);
        buffer_release(&text);
    }
    if (!says)
        fail_msg("%s does not say: %s", id, wanted);
}

#define says(room, id, ...)                                                                        \
    do {                                                                                           \
        char wanted_[512];                                                                         \
        (void)snprintf(wanted_, sizeof(wanted_), __VA_ARGS__);                                     \
        assert_says(room, id, wanted_);                                                            \
    } while (0)

/* ---- a room where all is well ---- */

static void a_complete_period_is_covered_and_nothing_is_lost(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    for (unsigned i = 0; i < 5; i++)
        video(&room, 60);
    entry(&room, DOOR_ACCESS_GRANTED, "0012", 0, 0);
    entry(&room, DOOR_ACCESS_DENIED, "0099", 0, 0);
    video(&room, 2);
    report(&room);
    assert_state(&room, "R10", INSPECTION_NOT_MET); /* the entries' two seconds have no video */
    assert_state(&room, "R9", INSPECTION_MET);
    says(&room, "R9", "panel: entries: 2, nothing lost|");
    assert_state(&room, "R3", INSPECTION_MET);
    says(&room, "R3",
         "access granted: 1, of these without a credential: 0; denied: 1; unknown credentials: 0|");
    says(&room, "R3",
         "doors under the two-person rule: 1 of 1; completed: 0, second person did not come: 0|");
    assert_int_equal(room.inspection->cameras[0].recorded_ns, 302 * NS_PER_SECOND);
    assert_string_equal(room.inspection->site, "档案室");
}

static void a_camera_that_recorded_all_the_time_is_whole(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    for (unsigned i = 0; i < 5; i++)
        video(&room, 60);
    report(&room);
    assert_state(&room, "R10", INSPECTION_MET);
    says(&room, "R10", "大门: 100.00%% covered, no gap on record|");
    assert_state(&room, "R1", INSPECTION_PARTLY); /* sealed, and never verified */
    says(&room, "R1", "no verification is on record: run sealroom verify|");
    assert_state(&room, "R11", INSPECTION_PARTLY); /* five minutes are no month */
    says(&room, "R11", "大门: recorded for 5 min 00 s only: a month cannot be shown yet|record 2");
    says(&room, "R11",
         "settings on record: video 30 days, records 180 days; floors: 30 and 180|"
         "record 1");
}

/* ---- what went wrong ---- */

static void lost_records_are_counted_and_named(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    entry(&room, DOOR_ACCESS_GRANTED, "", 0, 0);
    uint64_t lost = entry(&room, DOOR_RECORDS_LOST, "", 7, 11);
    uint64_t unknown = entry(&room, DOOR_LOSS_UNKNOWN, "", 0, 0);
    report(&room);
    assert_state(&room, "R9", INSPECTION_PARTLY);
    says(&room, "R9",
         "panel: entries: 3; lost before the recorder could read them: 5, by exact number|"
         "record %llu",
         (unsigned long long)lost);
    says(&room, "R9", "panel: times when an unknown number was lost: 1|record %llu",
         (unsigned long long)unknown);
    assert_state(&room, "R3", INSPECTION_PARTLY); /* granted to nobody knows whom */
}

static void a_controller_that_did_not_answer_is_named_with_its_time(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    source(&room, "source_online");
    store_pass(&room.store, 60 * NS_PER_SECOND);
    uint64_t offline = source(&room, "source_offline");
    store_pass(&room.store, 90 * NS_PER_SECOND);
    source(&room, "source_online");
    uint64_t again = source(&room, "source_offline");
    store_pass(&room.store, 10 * NS_PER_SECOND);
    report(&room);
    assert_state(&room, "R9", INSPECTION_PARTLY);
    says(&room, "R9",
         "panel: did not answer for 1 min 40 s in all, at most for 1 min 30 s; times: 2|"
         "records %llu, %llu",
         (unsigned long long)offline, (unsigned long long)again);
    says(&room, "R9", "panel: does not answer at the end of the period|record %llu",
         (unsigned long long)again);
}

static void a_gap_that_goes_on_counts_once_with_its_cause(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    char from[LOCAL_TIME_SIZE];
    room_begin(&room);
    video(&room, 60);
    local_time_text(from, now_ns(&room));
    uint64_t first = gap(&room, 40, true);
    gap(&room, 20, false);
    video(&room, 60);
    gap(&room, 20, false);
    video(&room, 40);
    report(&room);
    assert_state(&room, "R10", INSPECTION_PARTLY);
    says(&room, "R10",
         "大门: 66.67%% covered; gaps: 2, 1 min 20 s in all; the longest 1 min 00 s, from %s|"
         "record %llu",
         from, (unsigned long long)first);
    says(&room, "R10",
         "missing because “no picture although connected”: 1 min 20 s over all cameras|");
}

static void time_without_video_and_without_a_record_is_not_met(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    char from[LOCAL_TIME_SIZE];
    room_begin(&room);
    video(&room, 60);
    local_time_text(from, now_ns(&room));
    store_pass(&room.store, 30 * NS_PER_SECOND);
    video(&room, 60);
    report(&room);
    assert_state(&room, "R10", INSPECTION_NOT_MET);
    says(&room, "R10",
         "大门: neither video nor a gap is on record for 30.0 s, first at %s: run sealroom verify|",
         from);
}

static void a_hole_that_a_step_of_the_clock_made_is_not_missing(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    video(&room, 60);
    room.store.base.now.utc_ns += 30 * NS_PER_SECOND; /* the monotonic clock stays */
    uint64_t step = store_append(&room.store, RECORD_CLOCK, "appliance",
                                 json_pack("{s:s, s:s, s:s, s:s, s:s}", "event", "step", "clock",
                                           "synced", "offset_before_ns", "0", "offset_after_ns",
                                           "30000000000", "difference_ns", "30000000000"));
    video(&room, 60);
    report(&room);
    assert_state(&room, "R10", INSPECTION_MET);
    says(&room, "R10", "大门: 30.0 s was skipped when the clock was set|");
    says(&room, "R22", "times the clock was set or drifted: 1, at most by 30.0 s|record %llu",
         (unsigned long long)step);
}

static uint64_t expire(struct room *room, uint64_t record, int64_t start_ns, int64_t end_ns)
{
    struct expiry_record *expiry = calloc(1, sizeof(*expiry));
    json_t *members = NULL;

    assert_non_null(expiry);
    SET_TEXT(expiry->camera, "gate");
    expiry->reason = RETENTION_SPACE;
    expiry->video_days = 30;
    expiry->count = 1;
    expiry->segments[0].record = record;
    segment_id_make(expiry->segments[0].id, start_ns);
    segment_file_name(expiry->segments[0].file, "gate", expiry->segments[0].id);
    expiry->segments[0].start_utc_ns = start_ns;
    expiry->segments[0].end_utc_ns = end_ns;
    expiry->segments[0].size = 1;
    assert_int_equal(expiry_record_members(expiry, &members, NULL), STATUS_OK);
    free(expiry);
    return store_append(&room->store, RECORD_EXPIRY, "camera/gate", members);
}

static void video_deleted_before_its_month_is_not_met(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    int64_t start_ns = now_ns(&room);
    uint64_t segment = video(&room, 60);
    int64_t end_ns = now_ns(&room);
    video(&room, 60);
    uint64_t expiry = expire(&room, segment, start_ns, end_ns);
    report(&room);
    assert_state(&room, "R11", INSPECTION_NOT_MET);
    says(&room, "R11", "segments deleted before 30 days had passed: 1|record %llu",
         (unsigned long long)expiry);
    assert_state(&room, "R12", INSPECTION_MET);
    assert_int_equal(room.inspection->cameras[0].expired_ns, 60 * NS_PER_SECOND);
    assert_int_equal(room.inspection->cameras[0].oldest_ns, end_ns);
    assert_state(&room, "R10", INSPECTION_MET); /* it was recorded */
}

static void what_went_in_its_time_leaves_something_a_little_younger(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    struct body_expiry_record *bodies = calloc(1, sizeof(*bodies));
    json_t *members = NULL;
    char sql[96];
    char oldest[LOCAL_TIME_SIZE];
    room_begin(&room);
    int64_t start_ns = now_ns(&room);
    uint64_t segment = video(&room, 60);
    int64_t end_ns = now_ns(&room);
    uint64_t old = entry(&room, DOOR_OPENED, "", 0, 0);
    store_pass(&room.store, NS_PER_DAY);
    uint64_t kept = entry(&room, DOOR_CLOSED, "", 0, 0);
    int64_t kept_ns = now_ns(&room);
    store_pass(&room.store, 150 * NS_PER_DAY);
    int64_t video_ns = now_ns(&room);
    video(&room, 60);
    store_pass(&room.store, kept_ns + 180 * NS_PER_DAY - 600 * NS_PER_SECOND - now_ns(&room));
    expire(&room, segment, start_ns, end_ns);
    assert_non_null(bodies);
    bodies->record_days = 180;
    bodies->count = 1;
    bodies->ranges[0] = (struct body_range){segment, old};
    assert_int_equal(body_expiry_record_members(bodies, &members, NULL), STATUS_OK);
    free(bodies);
    store_append(&room.store, RECORD_EXPIRY, "appliance", members);
    (void)snprintf(sql, sizeof(sql), "UPDATE record SET body = NULL WHERE number IN (%llu, %llu)",
                   (unsigned long long)segment, (unsigned long long)old);
    fixture_tamper(&room.store.base, sql);
    report(&room);
    local_time_text(oldest, kept_ns);
    says(&room, "R11", "oldest record kept whole is of %s, 179 d 23 h ago|record %llu", oldest,
         (unsigned long long)kept);
    local_time_text(oldest, video_ns);
    says(&room, "R11", "大门: oldest video kept is of %s, 29 d 23 h ago|record 5", oldest);
    says(&room, "R12", "bodies of old records removed by records that name them: 2|");
    assert_state(&room, "R12", INSPECTION_MET);
    assert_state(&room, "R11", INSPECTION_MET);
}

static void video_deleted_under_a_hold_is_not_met(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    int64_t start_ns = now_ns(&room);
    uint64_t segment = video(&room, 60);
    struct hold_record hold = {.from_utc_ns = start_ns,
                               .to_utc_ns = start_ns + NS_PER_SECOND,
                               .cameras = "yard gate",
                               .reason = "a theft",
                               .by = "uid 0"};
    uint64_t held = store_hold(&room.store, &hold);
    report(&room);
    assert_state(&room, "R13", INSPECTION_MET);
    says(&room, "R13", "holds in force now: 1|record %llu", (unsigned long long)held);
    uint64_t expiry = expire(&room, segment, start_ns, now_ns(&room));
    report(&room);
    assert_state(&room, "R13", INSPECTION_NOT_MET);
    says(&room, "R13", "records that delete video under hold: 1|record %llu",
         (unsigned long long)expiry);
}

static void a_hold_of_all_cameras_holds_until_it_is_released(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    int64_t start_ns = now_ns(&room);
    uint64_t segments[] = {video(&room, 60), video(&room, 60)};
    struct hold_record hold = {
        .from_utc_ns = start_ns, .to_utc_ns = now_ns(&room), .reason = "a theft", .by = "uid 0"};
    uint64_t held = store_hold(&room.store, &hold);
    uint64_t expiry = expire(&room, segments[0], start_ns, start_ns + 60 * NS_PER_SECOND);
    hold = (struct hold_record){.release = true, .hold = held, .reason = "over", .by = "uid 0"};
    store_hold(&room.store, &hold);
    expire(&room, segments[1], start_ns + 60 * NS_PER_SECOND, now_ns(&room));
    report(&room);
    assert_state(&room, "R13", INSPECTION_NOT_MET);
    says(&room, "R13", "holds in force now: 0|");
    says(&room, "R13", "records that delete video under hold: 1|record %llu",
         (unsigned long long)expiry);
}

static void an_unsynchronised_clock_shows_its_share(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    for (unsigned i = 0; i < 3; i++)
        entry(&room, DOOR_OPENED, "", 0, 0);
    room.store.base.now.quality = CLOCK_UNSYNCED;
    entry(&room, DOOR_CLOSED, "", 0, 0);
    report(&room);
    assert_state(&room, "R22", INSPECTION_PARTLY);
    says(&room, "R22", "records made while the clock was synchronised: 75.00%%|");
}

static void a_setting_below_its_floor_is_not_met_though_it_was_raised_again(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    configure(&room, 7);
    store_pass(&room.store, NS_PER_SECOND);
    uint64_t newest = configure(&room, 30);
    store_pass(&room.store, NS_PER_SECOND);
    report(&room);
    assert_state(&room, "R11", INSPECTION_NOT_MET);
    says(&room, "R11", "a setting below its floor was on record in the period|");
    says(&room, "R11",
         "settings on record: video 30 days, records 180 days; floors: 30 and 180|record %llu",
         (unsigned long long)newest);
}

static void altered_and_missing_records_are_found_in_passing(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    uint64_t altered = entry(&room, DOOR_OPENED, "", 0, 0);
    uint64_t missing = entry(&room, DOOR_CLOSED, "", 0, 0);
    entry(&room, DOOR_OPENED, "", 0, 0);
    char sql[160];
    (void)snprintf(
        sql, sizeof(sql),
        "UPDATE record SET body = CAST(replace(CAST(body AS TEXT), 'opened', 'locked') AS BLOB)"
        " WHERE number = %llu",
        (unsigned long long)altered);
    fixture_tamper(&room.store.base, sql);
    (void)snprintf(sql, sizeof(sql), "DELETE FROM record WHERE number = %llu",
                   (unsigned long long)missing);
    fixture_tamper(&room.store.base, sql);
    report(&room);
    assert_state(&room, "R2", INSPECTION_NOT_MET);
    says(&room, "R2", "records that are not what was sealed: 1; run sealroom verify|record %llu",
         (unsigned long long)altered);
    says(&room, "R4", "records missing by their sources' own count: 1|");
    assert_state(&room, "R9", INSPECTION_NOT_MET);
    says(&room, "R9", "panel: entries: 1|");
    says(&room, "R9", "panel: records missing from the ledger by its own count: 1|");
}

/* ---- people ---- */

static void look_ups_are_counted_by_whom_and_without_a_reason(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    store_append(&room.store, RECORD_OPERATOR, "operator/uid-0",
                 json_pack("{s:s, s:s, s:s}", "action", "lookup", "what", "entries", "reason",
                           "weekly check"));
    uint64_t without = store_append(&room.store, RECORD_OPERATOR, "operator/uid-7",
                                    json_pack("{s:s, s:s}", "action", "lookup", "what", "video"));
    uint64_t verified = store_append(&room.store, RECORD_OPERATOR, "operator/uid-0",
                                     json_pack("{s:s, s:s}", "action", "lookup", "what", "verify"));
    uint64_t anchor = store_append(&room.store, RECORD_ANCHOR, "operator/uid-0",
                                   json_pack("{s:s}", "place", "safe"));
    char at[LOCAL_TIME_SIZE];
    local_time_text(at, now_ns(&room));
    store_pass(&room.store, 2 * NS_PER_SECOND);
    report(&room);
    assert_state(&room, "R14", INSPECTION_PARTLY);
    says(&room, "R14", "look-ups and playback: 2, of these without a reason: 1|record %llu",
         (unsigned long long)without);
    says(&room, "R14",
         "operator/uid-7: look-ups 0, playback 1, exports 0, holds 0, without a reason 1|"
         "record %llu",
         (unsigned long long)without);
    says(&room, "R1",
         "last verification asked for at %s; no verdict of it is on record|"
         "record %llu",
         at, (unsigned long long)verified);
    says(&room, "R7", "checkpoint last taken away at %s, 2.0 s before this report|record %llu", at,
         (unsigned long long)anchor);
}

static void what_is_not_built_says_so(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    static const char *const items[] = {"R23", "R24"};
    room_begin(&room);
    report(&room);
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
        assert_state(&room, items[i], INSPECTION_NOT_BUILT);
    assert_state(&room, "R21", INSPECTION_NOT_KNOWN); /* a stopped appliance does not tell */
}

static uint64_t account(struct room *room, const char *event, const char *name, const char *second)
{
    json_t *members = json_pack("{s:s, s:s, s:s, s:s}", "event", event, "account", name, "role",
                                "guard", "state", "active");
    if (second != NULL)
        json_object_set_new(members, "second", json_string(second));
    return store_append(&room->store, RECORD_ACCOUNT, "operator/wang", members);
}

static void accounts_are_told_with_what_is_not_kept(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    room_begin(&room);
    uint64_t created = account(&room, "created", "li", "zhao");
    account(&room, "first_created", "wang", NULL);
    store_append(
        &room.store, RECORD_OPERATOR, "operator/wang",
        json_pack("{s:s, s:s, s:s}", "action", "login", "account", "wang", "person", "王芳"));
    uint64_t failed =
        store_append(&room.store, RECORD_OPERATOR, "appliance",
                     json_pack("{s:s, s:s}", "action", "login_failed", "account", "wang"));
    report(&room);
    assert_state(&room, "R17", INSPECTION_PARTLY);
    says(&room, "R17", "accounts that can log in: 2; disabled: 0; closed: 0|");
    says(&room, "R17", "initial passwords that were never changed: 1|record %llu",
         (unsigned long long)created);
    says(&room, "R17", "log-ins: 1; times an account was locked: 0|");
    says(&room, "R17", "failed log-ins on record: 1|record %llu", (unsigned long long)failed);
    assert_state(&room, "R15", INSPECTION_MET);
    assert_state(&room, "R6", INSPECTION_MET);
    store_pass(&room.store, 91 * NS_PER_DAY);
    uint64_t own = account(&room, "password_changed", "li", NULL);
    uint64_t outside = account(&room, "altered_outside", "wang", NULL);
    report(&room);
    assert_state(&room, "R17", INSPECTION_NOT_MET);
    says(&room, "R17", "passwords older than 90 days: 1|record %llu", (unsigned long long)outside);
    says(&room, "R17", "accounts not used for 90 days and still open: 2|records %llu, %llu",
         (unsigned long long)own, (unsigned long long)outside);
    assert_state(&room, "R6", INSPECTION_NOT_MET);
    says(&room, "R6", "accounts found changed behind the program's back: 1|record %llu",
         (unsigned long long)outside);
}

static void an_empty_ledger_claims_nothing(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    static const char *const items[] = {"R1", "R2", "R3", "R9", "R10", "R20", "R22"};
    memset(&room, 0, sizeof(room));
    store_begin(&room.store, "nist");
    room.begun_ns = now_ns(&room);
    store_pass(&room.store, NS_PER_SECOND);
    report(&room);
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
        assert_state(&room, items[i], INSPECTION_NOT_KNOWN);
    assert_state(&room, "R8", INSPECTION_NOT_MET);
}

/* ---- what it is made of ---- */

static void spans_join_and_count_once(void **state)
{
    (void)state;
    static const struct time_span spans[] = {{0, 10}, {20, 30}, {5, 25}, {100, 100}, {40, 50}};
    struct span_set set = {0};
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        assert_int_equal(span_set_add(&set, (struct time_span){spans[i].start_ns * NS_PER_SECOND,
                                                               spans[i].end_ns * NS_PER_SECOND}),
                         STATUS_OK);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.total_ns, 40 * NS_PER_SECOND);
    assert_int_equal(set.spans[0].end_ns, 30 * NS_PER_SECOND);
    span_set_release(&set);
}

static void a_share_is_never_rounded_to_a_whole_or_to_nothing(void **state)
{
    (void)state;
    assert_int_equal(inspection_share(1, 1), 10000);
    assert_int_equal(inspection_share(999999, 1000000), 9999);
    assert_int_equal(inspection_share(1, 1000000), 1);
    assert_int_equal(inspection_share(0, 5), 0);
}

static void texts_have_the_same_figures_in_both_languages(void **state)
{
    (void)state;
    for (unsigned i = 0; i < INSPECTION_TEXTS; i++) {
        const char *english = inspection_text_in((enum inspection_text)i, LANGUAGE_ENGLISH);
        const char *chinese = inspection_text_in((enum inspection_text)i, LANGUAGE_CHINESE);
        assert_non_null(english);
        assert_non_null(chinese);
        if (i == INSPECTION_SAYS_AND_MORE)
            continue; /* one says how many more, the other how many in all */
        for (char figure[] = "%1"; figure[1] <= '6'; figure[1]++)
            if ((strstr(english, figure) == NULL) != (strstr(chinese, figure) == NULL))
                fail_msg("%s and %s", english, chinese);
    }
}

static enum status keep(void *context, struct bytes bytes, struct error *error)
{
    (void)error;
    return buffer_append(context, bytes.data, bytes.size);
}

static void the_page_escapes_what_records_say(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    struct buffer page = {0};
    const struct text_sink sink = {keep, &page};
    room_begin(&room);
    store_append(&room.store, RECORD_OPERATOR, "operator/li",
                 json_pack("{s:s, s:s, s:s}", "action", "lookup", "what", "video", "person",
                           "<script>alert(1)</script>"));
    report(&room);
    assert_int_equal(inspection_page(room.inspection, LANGUAGE_CHINESE, &sink, NULL), STATUS_OK);
    assert_int_equal(buffer_append(&page, "", 1), STATUS_OK);
    assert_null(strstr((const char *)page.data, "<script"));
    assert_non_null(strstr((const char *)page.data, "&lt;script&gt;alert(1)"));
    assert_non_null(strstr((const char *)page.data, "人员进出记录保存是否完整"));
    assert_non_null(strstr((const char *)page.data, "not built yet"));
    buffer_release(&page);
}

static void all_of_it_stands_in_the_json_and_in_both_languages_text(void **state)
{
    (void)state;
    AUTO_ROOM struct room room;
    char *text = NULL;
    size_t size = 0;
    room_begin(&room);
    video(&room, 60);
    entry(&room, DOOR_ACCESS_GRANTED, "0012", 0, 0);
    report(&room);
    json_t *object = inspection_json(room.inspection);
    assert_int_equal(json_array_size(json_object_get(object, "requirements")), INSPECTION_ITEMS);
    assert_int_equal(json_array_size(json_object_get(object, "cameras")), 1);
    assert_int_equal(json_array_size(json_object_get(object, "controllers")), 1);
    assert_string_equal(
        json_get_text(json_array_get(json_object_get(object, "requirements"), 8), "phrase"),
        "人员进出记录保存是否完整");
    json_decref(object);
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(inspection_show_text(out, room.inspection, LANGUAGE_CHINESE), STATUS_OK);
    fclose(out);
    assert_non_null(strstr(text, "R27"));
    assert_non_null(strstr(text, "panel：1 条，没有丢失"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_period_is_covered_and_nothing_is_lost),
        cmocka_unit_test(a_camera_that_recorded_all_the_time_is_whole),
        cmocka_unit_test(lost_records_are_counted_and_named),
        cmocka_unit_test(a_controller_that_did_not_answer_is_named_with_its_time),
        cmocka_unit_test(a_gap_that_goes_on_counts_once_with_its_cause),
        cmocka_unit_test(time_without_video_and_without_a_record_is_not_met),
        cmocka_unit_test(a_hole_that_a_step_of_the_clock_made_is_not_missing),
        cmocka_unit_test(video_deleted_before_its_month_is_not_met),
        cmocka_unit_test(what_went_in_its_time_leaves_something_a_little_younger),
        cmocka_unit_test(video_deleted_under_a_hold_is_not_met),
        cmocka_unit_test(a_hold_of_all_cameras_holds_until_it_is_released),
        cmocka_unit_test(an_unsynchronised_clock_shows_its_share),
        cmocka_unit_test(a_setting_below_its_floor_is_not_met_though_it_was_raised_again),
        cmocka_unit_test(altered_and_missing_records_are_found_in_passing),
        cmocka_unit_test(look_ups_are_counted_by_whom_and_without_a_reason),
        cmocka_unit_test(what_is_not_built_says_so),
        cmocka_unit_test(an_empty_ledger_claims_nothing),
        cmocka_unit_test(spans_join_and_count_once),
        cmocka_unit_test(a_share_is_never_rounded_to_a_whole_or_to_nothing),
        cmocka_unit_test(texts_have_the_same_figures_in_both_languages),
        cmocka_unit_test(accounts_are_told_with_what_is_not_kept),
        cmocka_unit_test(the_page_escapes_what_records_say),
        cmocka_unit_test(all_of_it_stands_in_the_json_and_in_both_languages_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
