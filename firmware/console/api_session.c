#include "firmware/console/api_session.h"

#include <string.h>

#include "firmware/console/console.h"
#include "firmware/console/picture_link.h"
#include "firmware/console/token.h"
#include "phrase/phrase.h"

#define NS_PER_MILLI 1000000

struct login {
    char account[ID_SIZE];
    char password[PASSWORD_SIZE];
};
static const struct body_member login_members[] = {
    BODY_MEMBER(struct login, account, BODY_TEXT, true),
    BODY_MEMBER(struct login, password, BODY_TEXT, true),
};
const struct body_form login_form = BODY_FORM(struct login, login_members);

struct new_password {
    char old[PASSWORD_SIZE];
    char new[PASSWORD_SIZE];
};
static const struct body_member password_members[] = {
    BODY_MEMBER(struct new_password, old, BODY_TEXT, true),
    BODY_MEMBER(struct new_password, new, BODY_TEXT, true),
};
const struct body_form password_form = BODY_FORM(struct new_password, password_members);

struct first {
    char code[FIRST_CODE_SIZE];
    char account[ID_SIZE];
    char name[NAME_SIZE];
    char password[PASSWORD_SIZE];
};
static const struct body_member first_members[] = {
    BODY_MEMBER(struct first, code, BODY_TEXT, true),
    BODY_MEMBER(struct first, account, BODY_TEXT, true),
    BODY_MEMBER(struct first, name, BODY_TEXT, true),
    BODY_MEMBER(struct first, password, BODY_TEXT, true),
};
const struct body_form first_form = BODY_FORM(struct first, first_members);

const struct body_form empty_form = {.size = 1};

/* ---- what a page must know ---- */

static json_t *named(const struct settings_named *item)
{
    return json_pack("{s:s, s:s}", "id", item->id, "name", item->name);
}

static json_t *cameras_of(const struct settings *settings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < settings->camera_count; i++)
        json_array_append_new(list, named(&settings->cameras[i]));
    return list;
}

static json_t *doors_of(const struct settings *settings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < settings->door_count; i++)
        json_array_append_new(list, named(&settings->doors[i].named));
    return list;
}

static json_t *acts_of(enum operator_role role)
{
    size_t count = 0;
    const struct word *acts = word_acts(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (permission_allows(role, (enum act)acts[i].code))
            json_array_append_new(list, json_string(acts[i].name));
    return list;
}

static json_t *session_json(const struct call *call, const char *token,
                            const struct message_session *who)
{
    const struct settings *settings = call->console->settings;
    const struct message_accounts_state *accounts = &call->console->accounts;
    const struct word *role = word_operator_role((enum operator_role)who->role);
    char form_token[FORM_TOKEN_SIZE];
    form_token_make(token, form_token);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:i, s:I, s:b, s:s, s:s, s:b, s:o, s:o, s:{s:I, s:s, s:i}, "
        "s:I, s:{s:b, s:b, s:b}, s:i}",
        "token", form_token, "account", who->account, "name", who->name, "role",
        role == NULL ? "" : role->name, "acts", acts_of((enum operator_role)who->role), "idle_s",
        (int)who->idle_s, "recent_minutes", (json_int_t)settings->setup.recent_minutes,
        "must_change", who->must_change != 0, "site", settings->setup.site, "unit",
        settings->setup.unit, "stills", picture_link_is_known(call->console->pictures), "cameras",
        cameras_of(settings), "doors", doors_of(settings), "last_login", "at",
        (json_int_t)(who->last_login_utc_ns / NS_PER_MILLI), "address", who->last_login_address,
        "failures", (int)who->failures, "password_until",
        (json_int_t)(who->password_until_utc_ns / NS_PER_MILLI), "second", "export",
        accounts->second_export != 0, "hold_release", accounts->second_hold_release != 0,
        "accounts", accounts->second_accounts != 0, "password_length",
        (int)accounts->password_length);
}

void console_ask_to_log_in(struct call *call)
{
    const struct console *console = call->console;
    char shown[PHRASE_SIZE];
    char cookie[COOKIE_SIZE];
    struct response *response = response_json(
        RESPONSE_UNAUTHORIZED,
        json_pack("{s:{s:s, s:s}, s:b, s:i}", "error", "code", "log_in", "text",
                  phrase_in("log in first", request_language(call->request), shown, sizeof shown),
                  "first", console->accounts.needs_first != 0, "password_length",
                  (int)console->accounts.password_length));
    cookie_write(cookie, "", request_is_secure(call->request));
    if (response != NULL && call->token[0] != '\0')
        response_header(response, "Set-Cookie", cookie);
    request_answer(call->request, response);
}

void api_session(struct call *call)
{
    call_answer(call, session_json(call, call->token, &call->who));
}

void api_here(struct call *call)
{
    call_answer(call, json_pack("{s:i}", "idle_s", (int)call->who.idle_s));
}

/* ---- in and out ---- */

static bool logged_in(struct call *call, const struct keeper_answer *answer)
{
    const struct message_session *session = &answer->payload->session;
    char cookie[COOKIE_SIZE];
    if (answer->type != MESSAGE_SESSION)
        return call_pass_on(call, answer);
    struct response *response =
        response_json(RESPONSE_OK, session_json(call, session->token, session));
    cookie_write(cookie, session->token, request_is_secure(call->request));
    if (response != NULL)
        response_header(response, "Set-Cookie", cookie);
    explicit_bzero(cookie, sizeof cookie);
    request_answer(call->request, response);
    return true;
}

/* A session that the browser had before is not taken over: the keeper gives a new one. */
void api_login(struct call *call)
{
    const struct login *login = call->body;
    struct message_login message = {0};
    memcpy(message.account, login->account, sizeof message.account);
    memcpy(message.password, login->password, sizeof message.password);
    message_text(message.address, sizeof message.address, request_address(call->request));
    call_ask(call, MESSAGE_LOGIN, &message, logged_in);
    explicit_bzero(&message, sizeof message);
}

static bool logged_out(struct call *call, const struct keeper_answer *answer)
{
    char cookie[COOKIE_SIZE];
    struct response *response = NULL;
    if (answer->type != MESSAGE_DONE)
        return false;
    response = response_json(RESPONSE_OK, json_object());
    cookie_write(cookie, "", request_is_secure(call->request));
    if (response != NULL)
        response_header(response, "Set-Cookie", cookie);
    request_answer(call->request, response);
    return true;
}

void api_logout(struct call *call)
{
    struct message_logout message = {0};
    memcpy(message.session, call->token, sizeof message.session);
    call_ask(call, MESSAGE_LOGOUT, &message, logged_out);
}

void api_password(struct call *call)
{
    const struct new_password *said = call->body;
    struct message_password_change message = {0};
    memcpy(message.session, call->token, sizeof message.session);
    memcpy(message.old_password, said->old, sizeof message.old_password);
    memcpy(message.new_password, said->new, sizeof message.new_password);
    call_ask(call, MESSAGE_PASSWORD_CHANGE, &message, call_pass_on);
    explicit_bzero(&message, sizeof message);
}

void api_first(struct call *call)
{
    const struct first *first = call->body;
    struct message_account_first message = {0};
    memcpy(message.code, first->code, sizeof message.code);
    memcpy(message.account, first->account, sizeof message.account);
    memcpy(message.name, first->name, sizeof message.name);
    memcpy(message.password, first->password, sizeof message.password);
    message_text(message.address, sizeof message.address, request_address(call->request));
    call_ask(call, MESSAGE_ACCOUNT_FIRST, &message, call_pass_on);
    explicit_bzero(&message, sizeof message);
}
