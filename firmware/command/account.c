/* sealroom account: the code for the first account, and who has one. Accounts are changed by people
 * with accounts, at the console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/permission.h"
#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"
#include "firmware/command/report.h"

enum {
    TEXT_WHAT,
    TEXT_CODE,
    TEXT_UNTIL,
    TEXT_NONE,
    TEXT_ALTERED,
    TEXT_NEVER,
};

static const struct text texts[] = {
    [TEXT_WHAT] = {"account %s: right are first-code and list",
                   "account %s：可用 first-code、list"},
    [TEXT_CODE] = {"one-time code: %s", "一次性代码：%s"},
    [TEXT_UNTIL] = {"good once, until %s: type it at the console's first page, which makes the "
                    "first security administrator",
                    "限用一次，%s 前有效：请在控制台首页输入，以建立首个安全管理员"},
    [TEXT_NONE] = {"there are no accounts yet: sealroom account first-code begins",
                   "尚无账号：请用 sealroom account first-code 开始"},
    [TEXT_ALTERED] = {"altered from outside", "被外部篡改"},
    [TEXT_NEVER] = {"never", "从未"},
};

static const struct report_column columns[] = {
    {"account", {"account", "账号"}, false},
    {"person", {"person", "姓名"}, false},
    {"role", {"role", "角色"}, false},
    {"state", {"state", "状态"}, false},
    {"last_login", {"last log-in", "上次登录"}, false},
    {"failures", {"failures since", "此后失败次数"}, true},
    {"password_until", {"password until", "口令有效期至"}, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/* ---- first-code ---- */

static void take_code(void *context, enum message_type type, const union message_payload *payload)
{
    struct message_first_code *code = context;
    if (type == MESSAGE_FIRST_CODE)
        *code = payload->first_code;
}

static int print_code(const struct invocation *invocation, const struct message_first_code *code)
{
    char text[TIME_TEXT_SIZE];
    char local[LOCAL_TIME_SIZE];
    if (invocation->json) {
        time_format(text, code->until_utc_ns);
        printf("{\"code\":\"%s\",\"until\":\"%s\"}\n", code->code, text);
        return COMMAND_OK;
    }
    local_time_text(local, code->until_utc_ns);
    invocation_say(invocation, &texts[TEXT_CODE], code->code);
    invocation_say(invocation, &texts[TEXT_UNTIL], local);
    return COMMAND_OK;
}

static int first_code(const struct invocation *invocation)
{
    struct message_first_code_ask ask = {0};
    struct message_first_code code = {0};
    struct keeper_link *link = NULL;
    struct error error = {0};
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_OK)
        status =
            keeper_link_ask(link, MESSAGE_FIRST_CODE_ASK, &ask, take_code, &code, NULL, &error);
    keeper_link_close(link);
    int result =
        status == STATUS_OK ? print_code(invocation, &code) : invocation_fail(invocation, &error);
    explicit_bzero(&code, sizeof code);
    return result;
}

/* ---- list ---- */

struct listing {
    const struct invocation *invocation;
    struct report *report;
};

static void show_word(struct report *report, const struct invocation *invocation,
                      const struct word *word)
{
    report_cell(report, word == NULL ? "" : word_text(word, invocation->language),
                word == NULL ? json_null() : json_string(word->name));
}

static void show(void *context, enum message_type type, const union message_payload *payload)
{
    const struct listing *listing = context;
    const struct invocation *invocation = listing->invocation;
    const struct message_account *account = &payload->account;
    struct report *report = listing->report;
    if (type != MESSAGE_ACCOUNT)
        return;
    report_cell(report, account->account, json_string(account->account));
    report_cell(report, account->name, json_string(account->name));
    show_word(report, invocation, word_operator_role((enum operator_role)account->role));
    if (account->altered != 0)
        report_cell(report, text_in(&texts[TEXT_ALTERED], invocation->language),
                    json_string("altered"));
    else
        show_word(report, invocation, word_account_state((enum account_state)account->state));
    if (account->last_login_utc_ns == 0)
        report_cell(report, text_in(&texts[TEXT_NEVER], invocation->language), json_null());
    else
        report_time(report, account->last_login_utc_ns);
    report_number(report, account->failures);
    report_time(report, account->password_until_utc_ns);
    report_json(report, "must_change", json_boolean(account->must_change != 0));
    report_end_row(report);
}

/* That somebody looked is on record: the keeper sees to that. */
static int list(const struct invocation *invocation)
{
    struct message_accounts_ask ask = {0};
    struct keeper_link *link = NULL;
    struct error error = {0};
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status != STATUS_OK)
        return invocation_fail(invocation, &error);
    struct listing listing = {invocation, report_new(invocation, NULL, columns, COLUMN_COUNT)};
    status = keeper_link_ask(link, MESSAGE_ACCOUNTS_ASK, &ask, show, &listing, NULL, &error);
    if (report_end(listing.report, false) == 0 && !invocation->json && status == STATUS_OK)
        invocation_say(invocation, &texts[TEXT_NONE]);
    keeper_link_close(link);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

static int run(const struct invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const struct invocation *invocation);
    } actions[] = {{"first-code", first_code}, {"list", list}};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(invocation->operands[0], actions[i].name) == 0)
            return actions[i].run(invocation);
    invocation_warn(invocation, &texts[TEXT_WHAT], invocation->operands[0]);
    return COMMAND_FAILED;
}

const struct command command_account = {
    .name = "account",
    .operands = "first-code|list",
    .operands_least = 1,
    .operands_most = 1,
    .about = {"people's accounts: the first one, and who has one", "账号：建立首个账号、列出账号"},
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
