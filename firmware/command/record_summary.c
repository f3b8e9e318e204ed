#include "firmware/command/record_summary.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/permission.h"
#include "firmware/command/report.h"
#include "ledger/record.h"

/* How a member's value is said. */
enum saying {
    SAY_PLAIN,  /* names, numbers, what people wrote */
    SAY_EVENT,  /* a word of the vocabulary */
    SAY_WORD,   /* a word of the table below */
    SAY_PHRASE, /* a sentence of the recorder's */
    SAY_TIME,
    SAY_BYTES,
    SAY_CARD,
    SAY_ROLE,  /* of an account: of everything else it is a process */
    SAY_STATE, /* of an account */
    SAY_ACT,
    SAY_HEX,
    SAY_WHY,    /* a sentence of the recorder's, of what failed */
    SAY_FILTER, /* of a look-up, which may have asked for a card */
};

/* What of, and for whom. */
struct telling {
    const json_t *body;
    enum language language;
    enum card_display cards;
};

/* In the order in which they are said. */
static const struct member {
    const char *name;
    struct text label; /* an empty one: the value speaks for itself */
    enum saying saying;
} members[] = {
    {"alarm", {"alarm", "报警"}, SAY_EVENT},
    {"phase", {"", ""}, SAY_WORD},
    {"event", {"", ""}, SAY_EVENT},
    {"action", {"", ""}, SAY_WORD},
    {"outcome", {"", ""}, SAY_WORD},
    {"detail", {"because", "原因"}, SAY_WHY},
    {"request", {"request", "申请记录"}, SAY_PLAIN},
    {"purpose", {"purpose", "用途"}, SAY_PLAIN},
    {"case", {"case", "案号"}, SAY_PLAIN},
    {"what", {"", ""}, SAY_WORD},
    {"origin", {"ledger", "账本"}, SAY_PLAIN},
    {"suite", {"suite", "套件"}, SAY_PLAIN},
    {"role", {"process", "进程"}, SAY_WORD},
    {"account", {"account", "账号"}, SAY_PLAIN},
    {"person", {"person", "姓名"}, SAY_PLAIN},
    {"role", {"role", "角色"}, SAY_ROLE},
    {"state", {"state", "状态"}, SAY_STATE},
    {"until", {"until", "至"}, SAY_TIME},
    {"second", {"second person", "第二人"}, SAY_PLAIN},
    {"act", {"", ""}, SAY_ACT},
    {"ended", {"", ""}, SAY_WORD},
    {"entry", {"entry", "记录号"}, SAY_PLAIN},
    {"note", {"note", "说明"}, SAY_PLAIN},
    {"source", {"source", "来源"}, SAY_PLAIN},
    {"subject", {"about", "对象"}, SAY_PLAIN},
    {"camera", {"camera", "摄像机"}, SAY_PLAIN},
    {"door", {"door", "门"}, SAY_PLAIN},
    {"signal", {"ended by signal", "终止信号"}, SAY_PLAIN},
    {"exit_code", {"exit status", "退出码"}, SAY_PLAIN},
    {"verdict", {"", ""}, SAY_WORD},
    {"credential", {"card", "卡号"}, SAY_CARD},
    {"cause", {"cause", "原因"}, SAY_EVENT},
    {"from", {"from", "从"}, SAY_TIME},
    {"to", {"to", "到"}, SAY_TIME},
    {"start", {"from", "从"}, SAY_TIME},
    {"end", {"to", "到"}, SAY_TIME},
    {"place", {"place", "去向"}, SAY_PLAIN},
    {"address", {"address", "地址"}, SAY_PLAIN},
    {"profile", {"profile", "型号文件"}, SAY_PLAIN},
    {"profile_sha256", {"SHA-256", "SHA-256"}, SAY_PLAIN},
    {"file", {"file", "文件"}, SAY_PLAIN},
    {"path", {"file", "文件"}, SAY_PLAIN},
    {"size", {"size", "大小"}, SAY_BYTES},
    {"encrypted_size", {"encrypted", "加密后"}, SAY_BYTES},
    {"package", {"digest", "摘要"}, SAY_HEX},
    {"count", {"count", "数量"}, SAY_PLAIN},
    {"video_days", {"days of video", "录像留存天数"}, SAY_PLAIN},
    {"record_days", {"days of records", "记录留存天数"}, SAY_PLAIN},
    {"card", {"card numbers", "卡号显示"}, SAY_WORD},
    {"filter", {"limited to", "条件"}, SAY_FILTER},
    {"hold", {"hold", "保全编号"}, SAY_PLAIN},
    {"reason", {"reason", "理由"}, SAY_WORD},
    {"clock", {"clock", "时钟"}, SAY_WORD},
    {"detail", {"remark", "备注"}, SAY_PHRASE},
};

static const struct {
    const char *member;
    const char *name;
    struct text text;
} words[] = {
    {"phase", "begin", {"begins", "开始"}},
    {"phase", "end", {"is over", "解除"}},
    {"outcome", "done", {"package made", "证据包已生成"}},
    {"outcome", "failed", {"package FAILED", "证据包生成失败"}},
    {"ended", "logged_out", {"by himself", "本人退出"}},
    {"ended", "idle", {"nobody was there", "长时间无人操作"}},
    {"ended", "too_long", {"it had lasted long enough", "超过最长时限"}},
    {"ended", "account_changed", {"the account was changed", "账号已变更"}},
    {"ended", "too_many", {"too many were open", "会话过多"}},
    {"what", "accounts", {"accounts", "账号"}},
    {"what", "video", {"recorded video", "录像"}},
    {"what", "live", {"live video", "实时画面"}},
    {"what", "register", {"query register", "查询记录簿"}},
    {"what", "report", {"inspection report", "自查报告"}},
    {"action", "set", {"hold set", "设置保全"}},
    {"action", "release", {"hold released", "解除保全"}},
    {"what", "entries", {"entries", "进出记录"}},
    {"what", "coverage", {"coverage", "录像覆盖情况"}},
    {"what", "records", {"records", "账本记录"}},
    {"what", "holds", {"holds", "保全清单"}},
    {"what", "verify", {"verification", "核验"}},
    {"role", "camera", {"camera", "取流"}},
    {"role", "door", {"door", "门禁"}},
    {"verdict", "granted", {"granted", "允许"}},
    {"verdict", "denied", {"denied", "拒绝"}},
    {"card", "masked", {"masked", "掩码"}},
    {"reason", "age", {"age", "到期"}},
    {"reason", "share", {"the camera's share was full", "该摄像机的存储份额已满"}},
    {"reason", "space", {"the disk was full", "磁盘已满"}},
    {"clock", "synced", {"synchronised", "已同步"}},
    {"clock", "unsynced", {"not synchronised", "未同步"}},
};

const char *event_text(const char *name, enum language language)
{
    const struct word *(*const vocabularies[])(const char *) = {
        word_health_event_named, word_gap_cause_named, word_camera_note_named,
        word_door_event_named, word_account_event_named};
    static const struct {
        const char *name;
        struct text text;
    } clock_events[] = {{"step", {"clock stepped", "时钟跳变"}},
                        {"drift", {"clock drifted", "时钟漂移"}},
                        {"quality", {"clock quality changed", "时钟同步状态变更"}}};
    for (size_t i = 0; i < sizeof vocabularies / sizeof vocabularies[0]; i++)
        if (vocabularies[i](name) != NULL)
            return word_text(vocabularies[i](name), language);
    for (size_t i = 0; i < sizeof clock_events / sizeof clock_events[0]; i++)
        if (strcmp(clock_events[i].name, name) == 0)
            return text_in(&clock_events[i].text, language);
    return name;
}

/* What people wrote as the reason of a look-up or a hold is theirs, whatever it says. */
static const char *say_word(const struct member *member, const json_t *body, const char *value,
                            enum language language)
{
    if (strcmp(member->name, "reason") == 0 && json_object_get(body, "segments") == NULL)
        return value;
    if (strcmp(member->name, "action") == 0 && word_operator_action_named(value) != NULL)
        return word_text(word_operator_action_named(value), language);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].member, member->name) == 0 && strcmp(words[i].name, value) == 0)
            return text_in(&words[i].text, language);
    return value;
}

/* Doors are locked and closed too. */
static const struct word *account_event(const json_t *body, const char *value)
{
    bool is_of_account =
        json_object_get(body, "account") != NULL || json_object_get(body, "digest") != NULL;
    return is_of_account ? word_account_event_named(value) : NULL;
}

/* A process that ended when it was told to is no trouble. */
static const char *say_event(const json_t *body, const char *value, enum language language)
{
    static const struct text ended = {"process ended in order", "进程正常退出"};
    const struct word *word = account_event(body, value);
    if (word != NULL)
        return word_text(word, language);
    word = word_health_event_named(value);
    if (word != NULL && word->code == HEALTH_WORKER_ENDED &&
        json_is_true(json_object_get(body, "ordered")))
        return text_in(&ended, language);
    return event_text(value, language);
}

/* The member's text or number in `value`; "" if it has neither. */
static const char *member_value(const json_t *body, const char *name, char value[24])
{
    const json_t *member = json_object_get(body, name);
    if (!json_is_integer(member))
        return json_is_string(member) ? json_string_value(member) : "";
    snprintf(value, 24, "%lld", (long long)json_integer_value(member));
    return value;
}

static const char *say_card(const struct telling *telling, const char *value,
                            char shown[PHRASE_SIZE])
{
    return card_shown(telling->cards, value, json_get_text(telling->body, "method"), shown);
}

/* All behind "card=" is masked: what a card is called has no form. */
static const char *say_filter(const struct telling *telling, const char *value,
                              char shown[PHRASE_SIZE])
{
    static const char name[] = "card=";
    char masked[CARD_MASKED_SIZE];
    const char *card = strstr(value, name);
    if (card == NULL || telling->cards == CARDS_FULL)
        return value;
    card += strlen(name);
    card_mask(masked, bytes_of_text(card), NULL);
    snprintf(shown, PHRASE_SIZE, "%.*s%s", (int)(card - value), value, masked);
    return shown;
}

static const char *say_value(const struct telling *telling, const struct member *member,
                             const char *value, char shown[PHRASE_SIZE])
{
    enum language language = telling->language;
    static const struct text beginning = {"the beginning", "最早"};
    int64_t utc_ns = 0;
    switch (member->saying) {
    case SAY_EVENT:
        return say_event(telling->body, value, language);
    case SAY_WORD:
        return say_word(member, telling->body, value, language);
    case SAY_HEX:
        hex_grouped(shown, value);
        return shown;
    case SAY_WHY:
    case SAY_PHRASE:
        return phrase_in(value, language, shown, PHRASE_SIZE);
    case SAY_TIME:
        if (time_parse(value, &utc_ns) != STATUS_OK)
            return value;
        local_time_text(shown, utc_ns);
        return utc_ns == 0 ? text_in(&beginning, language) : shown;
    case SAY_BYTES:
        bytes_text(shown, strtoull(value, NULL, 10));
        return shown;
    case SAY_ROLE:
        return word_text(word_operator_role_named(value), language);
    case SAY_STATE:
        return word_account_state_named(value) == NULL
                   ? value
                   : word_text(word_account_state_named(value), language);
    case SAY_ACT:
        return word_act_named(value) == NULL ? value : word_text(word_act_named(value), language);
    case SAY_CARD:
        return say_card(telling, value, shown);
    case SAY_FILTER:
        return say_filter(telling, value, shown);
    case SAY_PLAIN:
        break;
    }
    return value;
}

/* "role" is one of a process or one of an account; what became of a request says more than that
 * there was something to say. */
static bool is_said(const struct telling *telling, const struct member *member, const char *value)
{
    const char *outcome = json_get_text(telling->body, "outcome");
    if (strcmp(member->name, "role") == 0)
        return (member->saying == SAY_ROLE) == (word_operator_role_named(value) != NULL);
    if (strcmp(member->name, "detail") == 0)
        return (member->saying == SAY_WHY) == (outcome != NULL);
    return strcmp(member->name, "action") != 0 || outcome == NULL;
}

void record_summary(const json_t *body, enum language language, enum card_display cards, char *text,
                    size_t size)
{
    const struct telling telling = {body, language, cards};
    static const struct text comma = {", ", "，"};
    static const struct text colon = {": ", "："};
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char number[24];
        char shown[PHRASE_SIZE];
        const char *label = text_in(&members[i].label, language);
        const char *value = member_value(body, members[i].name, number);
        if (value[0] == '\0' || !is_said(&telling, &members[i], value))
            continue;
        int written =
            snprintf(text + at, size - at, "%s%s%s%s", at > 0 ? text_in(&comma, language) : "",
                     label, label[0] == '\0' ? "" : text_in(&colon, language),
                     say_value(&telling, &members[i], value, shown));
        if (written < 0 || (size_t)written >= size - at) {
            text[at] = '\0';
            return;
        }
        at += (size_t)written;
    }
}
