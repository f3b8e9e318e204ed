/* sealroom status: what runs, what is recorded, what is wrong, how far the disk reaches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "firmware/command/keeper_link.h"
#include "firmware/command/record_summary.h"
#include "firmware/command/report.h"
#include "ledger/record.h"

enum {
    TEXT_STOPPED,
    TEXT_NO_STATE,
    TEXT_SITE,
    TEXT_LEDGER,
    TEXT_FINGERPRINT,
    TEXT_PAGE,
    TEXT_CONSOLE,
    TEXT_RUNS_SINCE,
    TEXT_RECORDS,
    TEXT_CLOCK,
    TEXT_SYNCED,
    TEXT_UNSYNCED,
    TEXT_VOLUME,
    TEXT_REACH,
    TEXT_REACH_UNKNOWN,
    TEXT_REACH_SHORT,
    TEXT_KEPT,
    TEXT_ENCRYPTED,
    TEXT_NOT_ENCRYPTED,
    TEXT_ENCRYPTION_UNKNOWN,
    TEXT_HOLDS,
    TEXT_ALARMS,
    TEXT_NO_ALARMS,
    TEXT_RECORDING,
    TEXT_ONLINE,
    TEXT_OFFLINE,
};

static const struct text texts[] = {
    [TEXT_STOPPED] = {"the appliance does not run: systemctl start sealroomd starts it, "
                      "journalctl -u sealroomd says why it ended",
                      "设备没有运行：用 systemctl start sealroomd 启动，用 journalctl -u sealroomd "
                      "查看停止原因"},
    [TEXT_NO_STATE] = {"there is no appliance in %s: name the state folder by --state or --config",
                       "%s 中没有设备：请用 --state 或 --config 指明状态目录"},
    [TEXT_SITE] = {"Site          %s", "场所        %s"},
    [TEXT_LEDGER] = {"Ledger        %s (suite %s)", "账本        %s（套件 %s）"},
    [TEXT_FINGERPRINT] = {"Certificate   %s", "证书指纹    %s"},
    [TEXT_CONSOLE] = {"console       %s (SHA-256 of its TLS certificate)",
                      "控制台      %s（其 TLS 证书的 SHA-256）"},
    [TEXT_PAGE] = {"verify.html   %s (SHA-256)", "核验页面    %s（SHA-256）"},
    [TEXT_RUNS_SINCE] = {"Running since %s", "运行自      %s"},
    [TEXT_RECORDS] = {"Records       %llu, newest checkpoint %s",
                      "记录        %llu 条，最新检查点 %s"},
    [TEXT_CLOCK] = {"Clock         %s", "时钟        %s"},
    [TEXT_SYNCED] = {"synchronised", "已同步"},
    [TEXT_UNSYNCED] = {"NOT synchronised", "未同步"},
    [TEXT_VOLUME] = {"Video volume  %s of %s free, reserve %s",
                     "录像存储    剩余 %s，共 %s，预留 %s"},
    [TEXT_REACH] = {"Reach         %u days at the present rate, %u are set",
                    "可存天数    按当前码率 %u 天，设定 %u 天"},
    [TEXT_REACH_UNKNOWN] = {"Reach         not known yet, %u days are set",
                            "可存天数    尚未得知，设定 %u 天"},
    [TEXT_REACH_SHORT] = {"Reach         ONLY %u days at the present rate, %u are set",
                          "可存天数    按当前码率仅 %u 天，设定 %u 天"},
    [TEXT_KEPT] = {"Oldest video  %s", "最早录像    %s"},
    [TEXT_ENCRYPTED] = {"Encryption    the video volume is encrypted",
                        "存储加密    录像存储已加密"},
    [TEXT_NOT_ENCRYPTED] = {"Encryption    the video volume is NOT encrypted",
                            "存储加密    录像存储未加密"},
    [TEXT_ENCRYPTION_UNKNOWN] = {"Encryption    not known", "存储加密    未知"},
    [TEXT_HOLDS] = {"Holds         %llu in force", "证据保全    %llu 项有效"},
    [TEXT_ALARMS] = {"Alarms:", "报警："},
    [TEXT_NO_ALARMS] = {"No alarms", "没有报警"},
    [TEXT_RECORDING] = {"recording", "正在录像"},
    [TEXT_ONLINE] = {"online", "在线"},
    [TEXT_OFFLINE] = {"OFFLINE", "离线"},
};

static const struct report_column camera_columns[] = {
    {"camera", {"camera", "摄像机"}, false},    {"recording", {"state", "状态"}, false},
    {"since", {"since", "起"}, false},          {"video_codec", {"codec", "编码"}, false},
    {"size", {"picture", "画面"}, false},       {"bytes_per_second", {"a second", "每秒"}, true},
    {"bytes_stored", {"stored", "已存"}, true},
};

static const struct report_column source_columns[] = {
    {"controller", {"controller", "控制器"}, false},
    {"online", {"state", "状态"}, false},
    {"since", {"since", "起"}, false},
    {"entries", {"entries since the start", "启动以来事件数"}, true},
    {"last", {"last entry", "最近事件"}, false},
};

static const struct report_column alarm_columns[] = {
    {"record", {"record", "记录号"}, true},
    {"since", {"since", "起"}, false},
    {"kind", {"alarm", "报警"}, false},
    {"detail", {"remark", "备注"}, false},
};

#define COLUMNS(array) (array), sizeof(array) / sizeof((array)[0])

/* What came, by kind, until all of it is there. */
struct answer {
    const struct invocation *invocation;
    struct message_status status;
    struct report *cameras;
    struct report *sources;
    struct report *alarms;
};

static const char *say(const struct answer *answer, int text)
{
    return text_in(&texts[text], answer->invocation->language);
}

static void take_camera(const struct answer *answer, const struct message_status_camera *camera)
{
    struct report *report = answer->cameras;
    enum language language = answer->invocation->language;
    char size[32] = "";
    const struct word *cause =
        camera->recording ? NULL : word_gap_cause((enum gap_cause)camera->cause);
    const char *state = camera->recording ? say(answer, TEXT_RECORDING)
                        : cause != NULL   ? word_text(cause, language)
                                          : "–";
    if (camera->width != 0)
        snprintf(size, sizeof size, "%u×%u", camera->width, camera->height);
    report_cell(report, camera->name[0] != '\0' ? camera->name : camera->camera,
                json_string(camera->camera));
    report_cell(report, state, json_boolean(camera->recording));
    report_time(report, camera->since_utc_ns);
    report_cell(report, camera->video_codec, NULL);
    report_cell(report, size, json_null());
    if (camera->recording && camera->bytes_per_second == 0)
        report_cell(report, "–", json_null()); /* not measured yet */
    else
        report_bytes(report, camera->bytes_per_second);
    report_bytes(report, camera->bytes_stored);
    report_json(report, "name", json_string(camera->name));
    report_json(report, "cause", cause == NULL ? json_null() : json_string(cause->name));
    report_json(report, "width", camera->width == 0 ? json_null() : json_integer(camera->width));
    report_json(report, "height", camera->height == 0 ? json_null() : json_integer(camera->height));
    report_end_row(report);
}

static void take_source(const struct answer *answer, const struct message_status_source *source)
{
    struct report *report = answer->sources;
    report_cell(report, source->controller, NULL);
    report_cell(report, say(answer, source->online ? TEXT_ONLINE : TEXT_OFFLINE),
                json_boolean(source->online));
    report_time(report, source->since_utc_ns);
    report_number(report, source->entries);
    report_time(report, source->last_utc_ns);
    report_end_row(report);
}

static void take_alarm(const struct answer *answer, const struct message_status_alarm *alarm)
{
    struct report *report = answer->alarms;
    report_number(report, alarm->record);
    report_time(report, alarm->since_utc_ns);
    report_cell(report, event_text(alarm->kind, answer->invocation->language),
                json_string(alarm->kind));
    report_phrase(report, alarm->detail);
    report_end_row(report);
}

/* Hexadecimal; false: verify.html is not installed. */
static bool page_digest(const struct message_status *status, char text[2 * DIGEST_SIZE + 1])
{
    static const uint8_t none[DIGEST_SIZE];
    hex_encode(text, status->page_sha256, DIGEST_SIZE);
    return memcmp(status->page_sha256, none, sizeof none) != 0;
}

static void print_appliance_json(const struct answer *answer)
{
    static const char *const encryption[] = {"no", "yes", "unknown"};
    const struct message_status *status = &answer->status;
    char *line = NULL;
    json_t *row = json_pack(
        "{s:s, s:b, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:i, s:i, s:I, s:s}", "type",
        "appliance", "running", 1, "site", status->site, "origin", status->origin, "suite",
        status->suite, "fingerprint", status->fingerprint, "records", (json_int_t)status->records,
        "clock", status->clock_quality == CLOCK_SYNCED ? "synced" : "unsynced", "volume_bytes",
        (json_int_t)status->volume_bytes, "volume_free_bytes",
        (json_int_t)status->volume_free_bytes, "reserve_bytes", (json_int_t)status->reserve_bytes,
        "video_days", (int)status->video_days, "record_days", (int)status->record_days, "holds",
        (json_int_t)status->holds, "encrypted",
        encryption[status->encrypted <= 2 ? status->encrypted : 2]);
    if (row != NULL) {
        json_object_set_new(row, "started", json_time(status->started_utc_ns));
        if (status->checkpoint_utc_ns != 0)
            json_object_set_new(row, "checkpoint", json_time(status->checkpoint_utc_ns));
        char page[2 * DIGEST_SIZE + 1];
        if (status->console_fingerprint[0] != '\0')
            json_object_set_new(row, "console_fingerprint",
                                json_string(status->console_fingerprint));
        if (page_digest(status, page))
            json_object_set_new(row, "page_sha256", json_string(page));
        if (status->oldest_video_utc_ns != 0)
            json_object_set_new(row, "oldest_video", json_time(status->oldest_video_utc_ns));
        if (status->reach_days != UINT32_MAX)
            json_object_set_new(row, "reach_days", json_integer(status->reach_days));
        line = json_dumps(row, JSON_COMPACT);
    }
    if (line != NULL)
        puts(line);
    free(line);
    json_decref(row);
}

static void print_reach(const struct answer *answer)
{
    const struct message_status *status = &answer->status;
    const struct invocation *invocation = answer->invocation;
    if (status->reach_days == UINT32_MAX)
        invocation_say(invocation, &texts[TEXT_REACH_UNKNOWN], status->video_days);
    else
        invocation_say(
            invocation,
            &texts[status->reach_days < status->video_days ? TEXT_REACH_SHORT : TEXT_REACH],
            status->reach_days, status->video_days);
}

static void print_volume(const struct answer *answer)
{
    static const int encryption[] = {TEXT_NOT_ENCRYPTED, TEXT_ENCRYPTED, TEXT_ENCRYPTION_UNKNOWN};
    const struct message_status *status = &answer->status;
    const struct invocation *invocation = answer->invocation;
    char free_text[BYTES_TEXT_SIZE];
    char all_text[BYTES_TEXT_SIZE];
    char reserve_text[BYTES_TEXT_SIZE];
    char time_text[LOCAL_TIME_SIZE];
    bytes_text(free_text, status->volume_free_bytes);
    bytes_text(all_text, status->volume_bytes);
    bytes_text(reserve_text, status->reserve_bytes);
    invocation_say(invocation, &texts[TEXT_VOLUME], free_text, all_text, reserve_text);
    print_reach(answer);
    if (status->oldest_video_utc_ns != 0) {
        local_time_text(time_text, status->oldest_video_utc_ns);
        invocation_say(invocation, &texts[TEXT_KEPT], time_text);
    }
    invocation_say(invocation, &texts[encryption[status->encrypted <= 2 ? status->encrypted : 2]]);
    if (status->holds > 0)
        invocation_say(invocation, &texts[TEXT_HOLDS], (unsigned long long)status->holds);
}

static void print_appliance(const struct answer *answer)
{
    const struct message_status *status = &answer->status;
    const struct invocation *invocation = answer->invocation;
    char time_text[LOCAL_TIME_SIZE];
    char page[2 * DIGEST_SIZE + 1];
    invocation_say(invocation, &texts[TEXT_SITE], status->site);
    invocation_say(invocation, &texts[TEXT_LEDGER], status->origin, status->suite);
    invocation_say(invocation, &texts[TEXT_FINGERPRINT], status->fingerprint);
    if (status->console_fingerprint[0] != '\0')
        invocation_say(invocation, &texts[TEXT_CONSOLE], status->console_fingerprint);
    if (page_digest(status, page))
        invocation_say(invocation, &texts[TEXT_PAGE], page);
    local_time_text(time_text, status->started_utc_ns);
    invocation_say(invocation, &texts[TEXT_RUNS_SINCE], time_text);
    local_time_text(time_text, status->checkpoint_utc_ns);
    invocation_say(invocation, &texts[TEXT_RECORDS], (unsigned long long)status->records,
                   status->checkpoint_utc_ns == 0 ? "–" : time_text);
    invocation_say(
        invocation, &texts[TEXT_CLOCK],
        say(answer, status->clock_quality == CLOCK_SYNCED ? TEXT_SYNCED : TEXT_UNSYNCED));
    print_volume(answer);
}

/* JSON rows go out as they come, so the appliance's must come first: and the keeper sends it so. */
static void take(void *context, enum message_type type, const union message_payload *payload)
{
    struct answer *answer = context;
    if (type == MESSAGE_STATUS) {
        answer->status = payload->status;
        if (answer->invocation->json)
            print_appliance_json(answer);
    } else if (type == MESSAGE_STATUS_CAMERA) {
        take_camera(answer, &payload->status_camera);
    } else if (type == MESSAGE_STATUS_SOURCE) {
        take_source(answer, &payload->status_source);
    } else if (type == MESSAGE_STATUS_ALARM) {
        take_alarm(answer, &payload->status_alarm);
    }
}

static void print_report(struct answer *answer, struct report *report, int heading)
{
    const struct invocation *invocation = answer->invocation;
    if (!invocation->json && report_rows(report) > 0) {
        putchar('\n');
        if (heading >= 0)
            invocation_say(invocation, &texts[heading]);
    }
    (void)report_end(report, false);
}

static int ask(const struct invocation *invocation, struct keeper_link *link)
{
    const struct message_status_ask question = {0};
    struct error error = {0};
    struct answer answer = {.invocation = invocation};
    answer.cameras = report_new(invocation, "camera", COLUMNS(camera_columns));
    answer.sources = report_new(invocation, "source", COLUMNS(source_columns));
    answer.alarms = report_new(invocation, "alarm", COLUMNS(alarm_columns));
    enum status status =
        keeper_link_ask(link, MESSAGE_STATUS_ASK, &question, take, &answer, NULL, &error);
    if (status == STATUS_OK && !invocation->json)
        print_appliance(&answer);
    bool calm = report_rows(answer.alarms) == 0;
    print_report(&answer, answer.cameras, -1);
    print_report(&answer, answer.sources, -1);
    print_report(&answer, answer.alarms, TEXT_ALARMS);
    if (status != STATUS_OK)
        return invocation_fail(invocation, &error);
    if (calm && !invocation->json) {
        putchar('\n');
        invocation_say(invocation, &texts[TEXT_NO_ALARMS]);
    }
    return COMMAND_OK;
}

static int run(const struct invocation *invocation)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    char path[PATH_SIZE + 16];
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_OK) {
        int result = ask(invocation, link);
        keeper_link_close(link);
        return result;
    }
    if (status != STATUS_NOT_FOUND)
        return invocation_fail(invocation, &error);
    snprintf(path, sizeof path, "%s/ledger.db", invocation->state);
    if (access(path, F_OK) != 0) {
        invocation_warn(invocation, &texts[TEXT_NO_STATE], invocation->state);
        return COMMAND_FAILED;
    }
    if (invocation->json)
        puts("{\"type\":\"appliance\",\"running\":false}");
    else
        invocation_say(invocation, &texts[TEXT_STOPPED]);
    return COMMAND_FOUND;
}

const struct command command_status = {
    .name = "status",
    .about = {"what runs, what is recorded, what is wrong", "运行、录像与报警状态"},
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
