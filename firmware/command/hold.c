/* sealroom hold: keeps a period from being deleted, releases it, lists what is held. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/command/evidence.h"
#include "firmware/command/keeper_link.h"
#include "firmware/command/report.h"
#include "store/hold.h"

enum {
    TEXT_WHAT,
    TEXT_NEEDS_PERIOD,
    TEXT_NEEDS_REASON,
    TEXT_TOO_MANY,
    TEXT_NEEDS_NUMBER,
    TEXT_SET,
    TEXT_RELEASED,
    TEXT_NONE,
    TEXT_IN_FORCE,
    TEXT_WAS_RELEASED,
    TEXT_ALL,
    TEXT_UNREADABLE,
};

static const struct text texts[] = {
    [TEXT_WHAT] = {"hold %s: right are set, release and list", "hold %s：可用 set、release、list"},
    [TEXT_NEEDS_PERIOD] = {"hold set needs --from and --to, or --day",
                           "hold set 需要 --from 与 --to，或 --day"},
    [TEXT_NEEDS_REASON] = {"hold %s needs --reason: it stands in the record",
                           "hold %s 需要 --reason：理由记入记录"},
    [TEXT_NEEDS_NUMBER] = {"hold release needs the number that hold list shows",
                           "hold release 需要 hold list 所示的编号"},
    [TEXT_TOO_MANY] = {"--%s: so many ids do not fit into one hold; set several",
                       "--%s：编号太多，一次保全放不下，请分几次设置"},
    [TEXT_SET] = {"held; record %llu is the hold's number", "已保全；记录 %llu 即保全编号"},
    [TEXT_RELEASED] = {"hold %llu released; record %llu says so", "保全 %llu 已解除；见记录 %llu"},
    [TEXT_NONE] = {"nothing is held", "没有保全项"},
    [TEXT_IN_FORCE] = {"in force", "有效"},
    [TEXT_WAS_RELEASED] = {"released", "已解除"},
    [TEXT_ALL] = {"all", "全部"},
    [TEXT_UNREADABLE] = {"its record cannot be read: everything is held",
                         "该记录无法读取：全部视为已保全"},
};

static const struct report_column columns[] = {
    {"hold", {"hold", "编号"}, true},          {"released", {"state", "状态"}, false},
    {"from", {"from", "从"}, false},           {"to", {"to", "到"}, false},
    {"cameras", {"cameras", "摄像机"}, false}, {"doors", {"doors", "门"}, false},
    {"reason", {"reason", "理由"}, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/* Asks the keeper; a hold is always a record, so there is none without a running appliance. */
static int ask(const struct invocation *invocation, enum message_type type, const void *payload,
               uint64_t *record)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_OK)
        status = keeper_link_ask(link, type, payload, NULL, NULL, record, &error);
    keeper_link_close(link);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

static int print_record(const struct invocation *invocation, uint64_t record)
{
    printf("{\"record\":%llu}\n", (unsigned long long)record);
    (void)invocation;
    return COMMAND_OK;
}

/* A list that was cut would hold less than was asked for. */
static bool take_ids(const struct invocation *invocation, const char *option, char *field,
                     size_t size)
{
    const char *ids = invocation_value(invocation, option);
    message_text(field, size, ids == NULL ? "" : ids);
    if (ids == NULL || strlen(ids) < size)
        return true;
    invocation_warn(invocation, &texts[TEXT_TOO_MANY], option);
    return false;
}

static int set(const struct invocation *invocation)
{
    struct message_hold_set message = {0};
    uint64_t record = 0;
    const char *reason = invocation_value(invocation, "reason");
    bool bounded = invocation_value(invocation, "day") != NULL ||
                   (invocation_value(invocation, "from") != NULL &&
                    invocation_value(invocation, "to") != NULL);

    if (!invocation_period(invocation, &message.from_utc_ns, &message.to_utc_ns) ||
        !take_ids(invocation, "camera", message.cameras, sizeof message.cameras) ||
        !take_ids(invocation, "door", message.doors, sizeof message.doors) ||
        !invocation_words(invocation, "reason", message.reason, sizeof message.reason))
        return COMMAND_FAILED;
    if (!bounded) {
        invocation_warn(invocation, &texts[TEXT_NEEDS_PERIOD]);
        return COMMAND_FAILED;
    }
    if (reason == NULL || reason[0] == '\0') {
        invocation_warn(invocation, &texts[TEXT_NEEDS_REASON], "set");
        return COMMAND_FAILED;
    }
    int result = ask(invocation, MESSAGE_HOLD_SET, &message, &record);
    if (result != COMMAND_OK || invocation->json)
        return result == COMMAND_OK ? print_record(invocation, record) : result;
    invocation_say(invocation, &texts[TEXT_SET], (unsigned long long)record);
    return COMMAND_OK;
}

static int release(const struct invocation *invocation)
{
    struct message_hold_release message = {0};
    uint64_t record = 0;
    char *end = NULL;
    const char *reason = invocation_value(invocation, "reason");
    const char *number = invocation->operand_count > 1 ? invocation->operands[1] : "";

    message.hold = strtoull(number, &end, 10);
    if (number[0] < '0' || number[0] > '9' || *end != '\0') {
        invocation_warn(invocation, &texts[TEXT_NEEDS_NUMBER]);
        return COMMAND_FAILED;
    }
    if (reason == NULL || reason[0] == '\0') {
        invocation_warn(invocation, &texts[TEXT_NEEDS_REASON], "release");
        return COMMAND_FAILED;
    }
    if (!invocation_words(invocation, "reason", message.reason, sizeof message.reason))
        return COMMAND_FAILED;
    int result = ask(invocation, MESSAGE_HOLD_RELEASE, &message, &record);
    if (result != COMMAND_OK || invocation->json)
        return result == COMMAND_OK ? print_record(invocation, record) : result;
    invocation_say(invocation, &texts[TEXT_RELEASED], (unsigned long long)message.hold,
                   (unsigned long long)record);
    return COMMAND_OK;
}

static void show_ids(struct report *report, const char *ids, const char *if_none)
{
    if (ids[0] == '\0')
        report_cell(report, if_none, json_null());
    else
        report_ids(report, ids, ids);
}

static void show(const struct invocation *invocation, struct report *report,
                 const struct hold *hold)
{
    enum language language = invocation->language;
    const char *all = text_in(&texts[TEXT_ALL], language);
    bool everything = hold->cameras[0] == '\0' && hold->doors[0] == '\0';
    report_number(report, hold->record);
    report_cell(report,
                text_in(&texts[hold->released ? TEXT_WAS_RELEASED : TEXT_IN_FORCE], language),
                json_boolean(hold->released));
    report_time(report, hold->from_utc_ns);
    report_time(report, hold->to_utc_ns);
    show_ids(report, hold->cameras, everything ? all : "");
    show_ids(report, hold->doors, everything ? all : "");
    report_cell(report,
                hold->unreadable ? text_in(&texts[TEXT_UNREADABLE], language) : hold->reason,
                hold->unreadable ? json_null() : json_string(hold->reason));
    report_json(report, "unreadable", hold->unreadable ? json_true() : json_null());
    report_end_row(report);
}

static int list(const struct invocation *invocation)
{
    const struct evidence_filter filter = {.about = EVIDENCE_RECORDS, .kind = RECORD_HOLD};
    struct hold_index *index = NULL;
    struct error error = {0};
    struct evidence *evidence = evidence_open(invocation, "holds", &filter, "");
    if (evidence == NULL)
        return COMMAND_FAILED;
    enum status status = hold_index_new(&index, &error);
    if (status == STATUS_OK)
        status = hold_index_load(index, evidence_ledger(evidence), &error);
    struct report *report = report_new(invocation, NULL, columns, COLUMN_COUNT);
    for (size_t i = 0; status == STATUS_OK && i < hold_index_count(index); i++)
        show(invocation, report, hold_index_at(index, i));
    if (report_end(report, false) == 0 && !invocation->json && status == STATUS_OK)
        invocation_say(invocation, &texts[TEXT_NONE]);
    hold_index_free(index);
    evidence_close(evidence);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

static int run(const struct invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const struct invocation *invocation);
    } actions[] = {{"set", set}, {"release", release}, {"list", list}};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(invocation->operands[0], actions[i].name) == 0)
            return actions[i].run(invocation);
    invocation_warn(invocation, &texts[TEXT_WHAT], invocation->operands[0]);
    return COMMAND_FAILED;
}

static const struct command_option options[] = {
    {"from", "TIME", {"set: hold from this time", "set：起始时间"}},
    {"to", "TIME", {"set: up to this time", "set：截止时间"}},
    {"day", "DATE", {"set: this day", "set：这一天"}},
    {"camera",
     "IDS",
     {"set: these cameras, by blanks (all)", "set：这些摄像机，以空格分隔（默认全部）"}},
    {"door",
     "IDS",
     {"set: the cameras of these doors, by blanks", "set：这些门的摄像机，以空格分隔"}},
    {"reason", "TEXT", {"why; it stands in the record", "理由，记入记录"}},
    {0},
};

const struct command command_hold = {
    .name = "hold",
    .operands = "set|release NUMBER|list",
    .operands_least = 1,
    .operands_most = 2,
    .about = {"keep a period from being deleted", "保全一段时间的证据，使其不被删除"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
