#include "firmware/console/api_accounts.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/console/entry_json.h"

/* ---- who has one ---- */

static json_t *account_json(const struct message_account *account)
{
    static const char *const states[] = {[ACCOUNT_ACTIVE] = "active",
                                         [ACCOUNT_DISABLED] = "disabled",
                                         [ACCOUNT_LOCKED] = "locked",
                                         [ACCOUNT_CLOSED] = "closed"};
    const struct word *role = word_operator_role((enum operator_role)account->role);
    bool is_known = account->state >= ACCOUNT_ACTIVE && account->state <= ACCOUNT_CLOSED;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:{s:I, s:s, s:I}}", "account",
        account->account, "name", account->name, "role", role == NULL ? "" : role->name, "state",
        is_known ? states[account->state] : "", "altered", account->altered != 0, "must_change",
        account->must_change != 0, "locked_until", JSON_MS(account->locked_until_utc_ns), "created",
        JSON_MS(account->created_utc_ns), "password_until", JSON_MS(account->password_until_utc_ns),
        "last_login", "at", JSON_MS(account->last_login_utc_ns), "address",
        account->last_login_address, "failures", (json_int_t)account->failures);
}

static void release(void *kept)
{
    json_decref(kept);
}

static bool take_account(struct call *call, const struct keeper_answer *answer)
{
    json_t *list = call->kept;
    if (answer->type == MESSAGE_ACCOUNT) {
        json_array_append_new(list, account_json(&answer->payload->account));
        return false;
    }
    if (answer->type == MESSAGE_DONE && answer->payload->done.status == STATUS_OK) {
        call_answer(call, json_pack("{s:O}", "accounts", list));
        return true;
    }
    return call_pass_on(call, answer);
}

void api_accounts(struct call *call)
{
    struct message_accounts_ask ask = {0};
    call->kept = json_array();
    call->release = release;
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_ACCOUNTS_ASK, &ask, take_account);
}

/* ---- changing one ---- */

struct change {
    char change[ID_SIZE];
    char name[NAME_SIZE];
    char role[ID_SIZE];
    char password[PASSWORD_SIZE];
    char reason[DETAIL_SIZE];
    char second[TOKEN_SIZE];
};
static const struct body_member change_members[] = {
    BODY_MEMBER(struct change, change, BODY_TEXT, true),
    BODY_MEMBER(struct change, name, BODY_TEXT, false),
    BODY_MEMBER(struct change, role, BODY_TEXT, false),
    BODY_MEMBER(struct change, password, BODY_TEXT, false),
    BODY_MEMBER(struct change, reason, BODY_TEXT, false),
    BODY_MEMBER(struct change, second, BODY_TEXT, false),
};
const struct body_form account_form = BODY_FORM(struct change, change_members);

/* 0 if there is no such change. */
static uint16_t change_named(const char *name)
{
    static const char *const names[] = {
        [CHANGE_CREATE] = "create",     [CHANGE_PERSON] = "person",   [CHANGE_ROLE] = "role",
        [CHANGE_PASSWORD] = "password", [CHANGE_DISABLE] = "disable", [CHANGE_ENABLE] = "enable",
        [CHANGE_UNLOCK] = "unlock",     [CHANGE_CLOSE] = "close"};
    for (size_t i = CHANGE_CREATE; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return (uint16_t)i;
    return 0;
}

void api_account_change(struct call *call)
{
    const struct change *said = call->body;
    const struct word *role = word_operator_role_named(said->role);
    struct message_account_change message = {.change = change_named(said->change),
                                             .role = role == NULL ? 0 : role->code};
    if (message.change == 0 || (role == NULL && said->role[0] != '\0')) {
        request_refuse(call->request, RESPONSE_BAD_REQUEST, STATUS_INVALID,
                       "there is no such change of an account");
        return;
    }
    memcpy(message.session, call->token, sizeof message.session);
    memcpy(message.second, said->second, sizeof message.second);
    memcpy(message.account, call->path.texts[0], sizeof message.account);
    memcpy(message.name, said->name, sizeof message.name);
    memcpy(message.password, said->password, sizeof message.password);
    memcpy(message.reason, said->reason, sizeof message.reason);
    call_ask(call, MESSAGE_ACCOUNT_CHANGE, &message, call_pass_on);
    explicit_bzero(&message, sizeof message);
}

/* ---- the second person ---- */

struct second {
    char act[ID_SIZE];
    char account[ID_SIZE];
    char password[PASSWORD_SIZE];
};
static const struct body_member second_members[] = {
    BODY_MEMBER(struct second, act, BODY_TEXT, true),
    BODY_MEMBER(struct second, account, BODY_TEXT, true),
    BODY_MEMBER(struct second, password, BODY_TEXT, true),
};
const struct body_form second_form = BODY_FORM(struct second, second_members);

static bool take_second(struct call *call, const struct keeper_answer *answer)
{
    if (answer->type != MESSAGE_SECOND_GIVEN)
        return call_pass_on(call, answer);
    call_answer(call, json_pack("{s:s}", "second", answer->payload->second_given.token));
    return true;
}

void api_second(struct call *call)
{
    const struct second *said = call->body;
    const struct word *act = word_act_named(said->act);
    struct message_second message = {.act = act == NULL ? 0 : act->code};
    if (act == NULL) {
        request_refuse(call->request, RESPONSE_BAD_REQUEST, STATUS_INVALID,
                       "nothing that is asked for is called that");
        return;
    }
    memcpy(message.session, call->token, sizeof message.session);
    memcpy(message.account, said->account, sizeof message.account);
    memcpy(message.password, said->password, sizeof message.password);
    call_ask(call, MESSAGE_SECOND, &message, take_second);
    explicit_bzero(&message, sizeof message);
}
