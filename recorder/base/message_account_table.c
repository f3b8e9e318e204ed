#include "base/message_form.h"

/* clang-format off */
static const struct field account_settings_fields[] = {
    FIELD(account_settings, idle_minutes),
    FIELD(account_settings, session_hours),
    FIELD(account_settings, password_length),
    FIELD(account_settings, password_days),
    FIELD(account_settings, lock_after),
    FIELD(account_settings, lock_minutes),
    FIELD(account_settings, unused_days),
    FIELD(account_settings, recent_minutes),
    FIELD(account_settings, second_export),
    FIELD(account_settings, second_hold_release),
    FIELD(account_settings, second_accounts),
};
static const struct field accounts_state_fields[] = {
    FIELD(accounts_state, needs_first),
    FIELD(accounts_state, second_export),
    FIELD(accounts_state, second_hold_release),
    FIELD(accounts_state, second_accounts),
    FIELD(accounts_state, idle_s),
    FIELD(accounts_state, password_length),
    FIELD(accounts_state, recent_minutes),
};
static const struct field login_fields[] = {
    FIELD(login, account),
    FIELD(login, password),
    FIELD(login, address),
};
static const struct field session_fields[] = {
    FIELD(session, reference),
    FIELD(session, token),
    FIELD(session, account),
    FIELD(session, name),
    FIELD(session, role),
    FIELD(session, last_login_utc_ns),
    FIELD(session, last_login_address),
    FIELD(session, failures),
    FIELD(session, must_change),
    FIELD(session, idle_s),
    FIELD(session, password_until_utc_ns),
};
static const struct field session_check_fields[] = {
    FIELD(session_check, session),
    FIELD(session_check, act),
    FIELD(session_check, active),
};
static const struct field logout_fields[] = {
    FIELD(logout, session),
};
static const struct field password_change_fields[] = {
    FIELD(password_change, session),
    FIELD(password_change, old_password),
    FIELD(password_change, new_password),
};
static const struct field second_fields[] = {
    FIELD(second, session),
    FIELD(second, act),
    FIELD(second, account),
    FIELD(second, password),
};
static const struct field second_given_fields[] = {
    FIELD(second_given, reference),
    FIELD(second_given, token),
};
static const struct field accounts_ask_fields[] = {
    FIELD(accounts_ask, session),
};
static const struct field account_fields[] = {
    FIELD(account, reference),
    FIELD(account, account),
    FIELD(account, name),
    FIELD(account, role),
    FIELD(account, state),
    FIELD(account, altered),
    FIELD(account, must_change),
    FIELD(account, locked_until_utc_ns),
    FIELD(account, created_utc_ns),
    FIELD(account, password_until_utc_ns),
    FIELD(account, last_login_utc_ns),
    FIELD(account, last_login_address),
    FIELD(account, failures),
};
static const struct field account_change_fields[] = {
    FIELD(account_change, session),
    FIELD(account_change, second),
    FIELD(account_change, account),
    FIELD(account_change, change),
    FIELD(account_change, name),
    FIELD(account_change, role),
    FIELD(account_change, password),
    FIELD(account_change, reason),
};
static const struct field first_code_ask_fields[] = {
    FIELD(first_code_ask, unused),
};
static const struct field first_code_fields[] = {
    FIELD(first_code, reference),
    FIELD(first_code, code),
    FIELD(first_code, until_utc_ns),
};
static const struct field account_first_fields[] = {
    FIELD(account_first, code),
    FIELD(account_first, account),
    FIELD(account_first, name),
    FIELD(account_first, password),
    FIELD(account_first, address),
};

static const struct message_form forms[] = {
    FORM(ACCOUNT_SETTINGS, account_settings, BY(SUPERVISOR), false),
    FORM(ACCOUNTS_STATE, accounts_state, BY(KEEPER), false),
    FORM(LOGIN, login, BY(CONSOLE), false),
    FORM(SESSION, session, BY(KEEPER), false),
    FORM(SESSION_CHECK, session_check, BY(CONSOLE), false),
    FORM(LOGOUT, logout, BY(CONSOLE), false),
    FORM(PASSWORD_CHANGE, password_change, BY(CONSOLE), false),
    FORM(SECOND, second, BY(CONSOLE), false),
    FORM(SECOND_GIVEN, second_given, BY(KEEPER), false),
    FORM(ACCOUNTS_ASK, accounts_ask, BY(CONSOLE) | BY(COMMAND), false),
    FORM(ACCOUNT, account, BY(KEEPER), false),
    FORM(ACCOUNT_CHANGE, account_change, BY(CONSOLE), false),
    FORM(FIRST_CODE_ASK, first_code_ask, BY(COMMAND), false),
    FORM(FIRST_CODE, first_code, BY(KEEPER), false),
    FORM(ACCOUNT_FIRST, account_first, BY(CONSOLE), false),
};
/* clang-format on */

MESSAGE_TABLE(account);
