#include "evidence/entry_words.h"

#include <string.h>

#include "phrase/phrase.h"

static const struct word verdicts[] = {
    {VERDICT_NONE, NULL, NULL, NULL},
    {VERDICT_GRANTED, "granted", "granted", "准许"},
    {VERDICT_DENIED, "denied", "denied", "拒绝"},
};

static const struct word directions[] = {
    {DIRECTION_UNKNOWN, NULL, NULL, NULL},
    {DIRECTION_IN, "in", "in", "进"},
    {DIRECTION_OUT, "out", "out", "出"},
};

static const struct word origins[] = {
    {0, "controller", "reported by the controller", "控制器上报"},
    {1, "recorder", "recorder's conclusion", "本机推断"},
};

enum { CLOCK_CONTROLLER, CLOCK_RECEIPT, CLOCK_CONCLUSION };
static const struct word clocks[] = {
    {CLOCK_CONTROLLER, "controller", "controller's clock", "控制器时钟"},
    {CLOCK_RECEIPT, "receipt", "time of receipt", "本机收到时间"},
    {CLOCK_CONCLUSION, "conclusion", "recorder's clock", "本机时钟"},
};

static const struct word states[] = {
    [CONTENT_SHOWN] = {CONTENT_SHOWN, NULL, NULL, NULL},
    [CONTENT_GONE] = {CONTENT_GONE, "gone", "content no longer kept", "正文已不再保存"},
    [CONTENT_WITHHELD] = {CONTENT_WITHHELD, "withheld", "not part of this package",
                          "未纳入本证据包"},
    [CONTENT_ALTERED] = {CONTENT_ALTERED, "altered", "ALTERED: not what was sealed",
                         "被改动：与封存内容不符"},
    [CONTENT_UNKNOWN] = {CONTENT_UNKNOWN, "unknown", "of a form that this version does not know",
                         "本版本无法识别其格式"},
};

/* FORMAT.md, "Conclusions". */
static const struct word rules[] = {
    {0, "forced", "opened by force", "强行开门"},
    {1, "held", "held open", "超时未关"},
    {2, "access", "access taken or not", "通行与否"},
    {3, "two_persons", "two persons", "双人"},
    {4, "anti_passback", "anti-passback", "防返潜"},
    {5, "camera", "open and unseen", "开门无画面"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct word *word_at(const struct word *words, size_t count, size_t index)
{
    return index < count && words[index].name != NULL ? &words[index] : NULL;
}

const struct word *entry_verdict_word(enum verdict verdict)
{
    return word_at(verdicts, COUNT(verdicts), (size_t)verdict);
}

const struct word *entry_direction_word(enum direction direction)
{
    return word_at(directions, COUNT(directions), (size_t)direction);
}

const struct word *entry_origin_word(bool derived)
{
    return &origins[derived];
}

const struct word *entry_clock_word(const struct entry_record *record)
{
    if (entry_record_time(record).by_controller) {
        return &clocks[CLOCK_CONTROLLER];
    }
    return &clocks[record->entry.derived != 0 ? CLOCK_CONCLUSION : CLOCK_RECEIPT];
}

const struct word *entry_rule_word(const char *by)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (strcmp(rules[i].name, by) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

const struct word *entry_state_word(enum content_state state)
{
    return word_at(states, COUNT(states), (size_t)state);
}

const char *entry_detail_chinese(const char *detail, char *shown)
{
    const char *chinese = phrase_in(detail, LANGUAGE_CHINESE, shown, PHRASE_SIZE);
    return chinese == detail ? "" : chinese;
}
