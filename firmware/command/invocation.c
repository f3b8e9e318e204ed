/* What a command asks of its invocation: values of options, and words to people. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "firmware/command/command.h"

enum {
    TEXT_BAD_TIME,
    TEXT_BAD_NUMBER,
    TEXT_BAD_CARDS,
    TEXT_TWICE,
    TEXT_NEVER,
    TEXT_BACKWARDS,
    TEXT_NOTHING_BETWEEN,
    TEXT_DAY_AND_PERIOD,
    TEXT_LONG_WORDS,
    TEXT_BAD_WORDS,
};

static const struct text texts[] = {
    [TEXT_BAD_TIME] = {"--%s %s is no time; right are 2026-11-22, \"2026-11-22 08:30\", "
                       "2026-11-22T08:30:00+08:00, now, or 90m, 12h, 7d back from now",
                       "--%s %s 不是时间；可写 2026-11-22、\"2026-11-22 08:30\"、"
                       "2026-11-22T08:30:00+08:00、now，或从现在往前 90m、12h、7d"},
    [TEXT_BAD_NUMBER] = {"--%s %s is no whole number", "--%s %s 不是整数"},
    [TEXT_BAD_CARDS] = {"--cards %s: right are full and masked", "--cards %s：可用 full、masked"},
    [TEXT_TWICE] = {"--%s %s: the clock shows this twice, as daylight saving ends; it is taken as "
                    "%s, so that nothing is left out",
                    "--%s %s：夏令时结束，时钟两次显示此时间；按 %s 处理，以免遗漏"},
    [TEXT_NEVER] = {"--%s %s: the clock never shows this, as daylight saving begins; it is taken "
                    "as %s, so that nothing is left out",
                    "--%s %s：夏令时开始，时钟不显示此时间；按 %s 处理，以免遗漏"},
    [TEXT_BACKWARDS] = {"--from is not before --to: the period would end before it begins",
                        "--from 不早于 --to：时段的结束早于开始"},
    [TEXT_NOTHING_BETWEEN] = {"--from is not before --to: both are the same moment, and nothing "
                              "lies between",
                              "--from 不早于 --to：两者是同一时刻，其间没有内容"},
    [TEXT_DAY_AND_PERIOD] = {"give --day, or --from and --to, not both",
                             "--day 与 --from、--to 不能同时使用"},
    [TEXT_LONG_WORDS] = {"--%s has %zu bytes, and the record has room for %zu: say it shorter",
                         "--%s 有 %zu 字节，而记录中最多 %zu 字节：请写短一些"},
    [TEXT_BAD_WORDS] = {"--%s holds a line break, another control character or what is no UTF-8, "
                        "which no record can hold",
                        "--%s 含有换行、其他控制字符或非 UTF-8 内容，无法记入记录"},
};

const struct text *invocation_text_at(size_t index)
{
    return index < sizeof texts / sizeof texts[0] ? &texts[index] : NULL;
}

void invocation_say(const struct invocation *invocation, const struct text *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    vprintf(text_in(text, invocation->language), arguments);
    va_end(arguments);
    putchar('\n');
}

void invocation_warn(const struct invocation *invocation, const struct text *text, ...)
{
    va_list arguments;
    (void)fflush(stdout);
    fputs("sealroom: ", stderr);
    va_start(arguments, text);
    vfprintf(stderr, text_in(text, invocation->language), arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int invocation_fail(const struct invocation *invocation, const struct error *error)
{
    static const struct text plain = {"%s", "%s"};
    char shown[PHRASE_SIZE];
    invocation_warn(invocation, &plain,
                    phrase_in(error->text, invocation->language, shown, sizeof shown));
    return COMMAND_FAILED;
}

const char *invocation_value(const struct invocation *invocation, const char *name)
{
    const struct command_option *options = invocation->command->options;
    for (size_t i = 0; options != NULL && options[i].name != NULL; i++)
        if (strcmp(options[i].name, name) == 0)
            return invocation->values[i];
    return NULL;
}

/* "90m", "12h", "7d" */
static bool parse_back(const char *text, int64_t *ns)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end = NULL;
    errno = 0;
    long long count = strtoll(text, &end, 10);
    if (errno != 0 || end == text || text[0] < '0' || text[0] > '9' || end[0] == '\0' ||
        end[1] != '\0' || count > 100000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].unit == end[0]) {
            *ns = count * units[i].seconds * NS_PER_SECOND;
            return true;
        }
    return false;
}

/* Not given: *typed is left as it is. */
static bool read_time(const struct invocation *invocation, const char *name, int64_t now,
                      struct time_typed *typed)
{
    const char *text = invocation_value(invocation, name);
    int64_t back_ns = 0;
    if (text == NULL)
        return true;
    if (strcmp(text, "now") == 0 || parse_back(text, &back_ns)) {
        typed->earlier_utc_ns = typed->later_utc_ns = now - back_ns;
        return true;
    }
    if (time_parse_loose(text, typed) == STATUS_OK)
        return true;
    invocation_warn(invocation, &texts[TEXT_BAD_TIME], name, text);
    return false;
}

enum time_shown invocation_time_shown(const struct invocation *invocation, const char *name)
{
    const char *text = invocation_value(invocation, name);
    struct time_typed typed = {.shown = TIME_SHOWN_ONCE};
    return text != NULL && time_parse_loose(text, &typed) == STATUS_OK ? typed.shown
                                                                       : TIME_SHOWN_ONCE;
}

static void say_what_is_taken(const struct invocation *invocation, const char *name,
                              enum time_shown shown, int64_t utc_ns)
{
    char taken[LOCAL_TIME_SIZE];
    local_time_text(taken, utc_ns);
    if (shown != TIME_SHOWN_ONCE)
        invocation_warn(invocation, &texts[shown == TIME_SHOWN_TWICE ? TEXT_TWICE : TEXT_NEVER],
                        name, invocation_value(invocation, name), taken);
}

/* The moment at which a day begins: the first midnight, or where none is shown, the end of what is
 * left out. */
static int64_t day_begin(const struct time_typed *midnight)
{
    return midnight->shown == TIME_SHOWN_NEVER ? midnight->later_utc_ns : midnight->earlier_utc_ns;
}

/* Local midnight to local midnight: not always 24 hours. */
static bool whole_day(int64_t day_utc_ns, int64_t *from_utc_ns, int64_t *to_utc_ns)
{
    enum { DATE = sizeof "2026-11-22" - 1 };
    char text[LOCAL_TIME_SIZE];
    struct time_typed midnight;
    local_time_text(text, day_utc_ns);
    text[DATE] = '\0';
    if (time_parse_loose(text, &midnight) != STATUS_OK)
        return false;
    *from_utc_ns = day_begin(&midnight);
    local_time_text(text, *from_utc_ns + 36 * INT64_C(3600) * NS_PER_SECOND);
    text[DATE] = '\0';
    if (time_parse_loose(text, &midnight) != STATUS_OK)
        return false;
    *to_utc_ns = day_begin(&midnight);
    return true;
}

static bool read_day(const struct invocation *invocation, int64_t *from_utc_ns, int64_t *to_utc_ns)
{
    struct time_typed day = {0};
    if (!read_time(invocation, "day", clock_utc_ns(), &day))
        return false;
    if (whole_day(day_begin(&day), from_utc_ns, to_utc_ns))
        return true;
    invocation_warn(invocation, &texts[TEXT_BAD_TIME], "day", invocation_value(invocation, "day"));
    return false;
}

bool invocation_period(const struct invocation *invocation, int64_t *from_utc_ns,
                       int64_t *to_utc_ns)
{
    struct time_typed from = {.earlier_utc_ns = *from_utc_ns};
    struct time_typed to = {.later_utc_ns = *to_utc_ns};
    bool bounded =
        invocation_value(invocation, "from") != NULL || invocation_value(invocation, "to") != NULL;
    bool is_day = invocation_value(invocation, "day") != NULL;
    int64_t now = clock_utc_ns();
    if (is_day && bounded)
        invocation_warn(invocation, &texts[TEXT_DAY_AND_PERIOD]);
    if (is_day)
        return !bounded && read_day(invocation, from_utc_ns, to_utc_ns);
    if (!read_time(invocation, "from", now, &from) || !read_time(invocation, "to", now, &to))
        return false;
    *from_utc_ns = from.earlier_utc_ns;
    *to_utc_ns = to.later_utc_ns;
    if (*from_utc_ns != 0 && *to_utc_ns != 0 && *from_utc_ns >= *to_utc_ns) {
        invocation_warn(invocation,
                        &texts[*from_utc_ns == *to_utc_ns ? TEXT_NOTHING_BETWEEN : TEXT_BACKWARDS]);
        return false;
    }
    say_what_is_taken(invocation, "from", from.shown, *from_utc_ns);
    say_what_is_taken(invocation, "to", to.shown, *to_utc_ns);
    return true;
}

bool invocation_number(const struct invocation *invocation, const char *name, uint64_t *value)
{
    const char *text = invocation_value(invocation, name);
    char *end = NULL;
    if (text == NULL)
        return true;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        invocation_warn(invocation, &texts[TEXT_BAD_NUMBER], name, text);
        return false;
    }
    *value = number;
    return true;
}

bool invocation_words(const struct invocation *invocation, const char *name, char *field,
                      size_t size)
{
    const char *text = invocation_value(invocation, name);
    message_text(field, size, text == NULL ? "" : text);
    if (text == NULL || strcmp(field, text) == 0)
        return true;
    if (strlen(text) >= size)
        invocation_warn(invocation, &texts[TEXT_LONG_WORDS], name, strlen(text), size - 1);
    else
        invocation_warn(invocation, &texts[TEXT_BAD_WORDS], name);
    return false;
}

bool invocation_lookup(const struct invocation *invocation, struct message_lookup *lookup)
{
    if (lookup->to_utc_ns == 0)
        lookup->to_utc_ns = clock_utc_ns();
    return invocation_words(invocation, "reason", lookup->reason, sizeof lookup->reason);
}

bool invocation_cards(const struct invocation *invocation, enum card_display *display)
{
    static const char *const names[] = {[CARDS_FULL] = "full", [CARDS_MASKED] = "masked"};
    const char *text = invocation_value(invocation, "cards");
    if (text == NULL)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], text) == 0) {
            *display = (enum card_display)i;
            return true;
        }
    invocation_warn(invocation, &texts[TEXT_BAD_CARDS], text);
    return false;
}

void invocation_describe(const struct invocation *invocation, const char *const *names,
                         char text[DETAIL_SIZE])
{
    size_t at = 0;
    text[0] = '\0';
    for (; *names != NULL; names++) {
        const char *value = invocation_value(invocation, *names);
        if (value != NULL && at < DETAIL_SIZE - 1) {
            int size =
                snprintf(text + at, DETAIL_SIZE - at, "%s%s=%s", at > 0 ? " " : "", *names, value);
            at += size > 0 ? (size_t)size : 0;
        }
    }
}
