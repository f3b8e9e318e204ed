#include "keeper/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keeper/accounts_parts.h"
#include "keeper/body_operator.h"
#include "keeper/inspections.h"
#include "store/lived.h"

#define TURN_MS  1000u
#define LOOK_NS  (60 * NS_PER_SECOND)
#define SWEEP_NS (3600 * NS_PER_SECOND)

/* Failed log-ins on record: so many at once, and one a period in the long run. */
#define FAILURES_MOST      16u
#define FAILURES_PERIOD_NS (10 * NS_PER_SECOND)

static void session_has_ended(void *context, const struct session *session, enum session_end end)
{
    struct accounts *accounts = context;
    char source[SOURCE_SIZE];
    accounts_source(session->account, source);
    (void)committer_record(accounts->keeper->committer, RECORD_OPERATOR, source,
                           body_logout(session, end));
    inspections_leave(accounts->keeper->inspections, session);
}

enum status accounts_new(struct keeper *keeper, struct accounts **accounts, struct error *error)
{
    struct accounts *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for accounts");
    made->keeper = keeper;
    made->rules = account_rules_usual();
    made->failures = allowance_of(FAILURES_MOST, FAILURES_PERIOD_NS);
    enum status status =
        session_table_new(&made->rules, session_has_ended, made, &made->sessions, error);
    if (status == STATUS_OK)
        status =
            password_thread_new(keeper->event, keeper->identity.suite, &made->passwords, error);
    if (status != STATUS_OK) {
        accounts_free(made);
        return status;
    }
    *accounts = made;
    return STATUS_OK;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL)
        return;
    ticker_free(accounts->ticker);
    password_thread_free(accounts->passwords);
    session_table_free(accounts->sessions);
    account_book_release(&accounts->book);
    free(accounts);
}

void accounts_settle(struct accounts *accounts, const struct message_account_settings *settings)
{
    accounts->rules = account_rules_settle(settings);
}

const struct message_account_settings *accounts_rules(const struct accounts *accounts)
{
    return &accounts->rules;
}

#define RULE(name, usual, least, most, unit) body_small(&body, #name, rules->name);

json_t *accounts_rules_body(const struct accounts *accounts)
{
    static const enum act acts[] = {ACT_EXPORT, ACT_HOLD_RELEASE, ACT_CHANGE_ACCOUNTS};
    const struct message_account_settings *rules = &accounts->rules;
    struct body body = body_begin();
    json_t *seconds = json_array();
    ACCOUNT_LIMITS(RULE)
    body_small(&body, "recent_minutes", rules->recent_minutes);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (account_rules_need_second(rules, acts[i]) &&
            json_array_append_new(seconds, json_string(word_act(acts[i])->name)) != 0)
            body.failed = true;
    }
    body_put(&body, "second_person", seconds);
    return body_end(&body);
}

/* ---- what stands ---- */

size_t accounts_index(const struct accounts *accounts, const char *name)
{
    const struct account *found = account_book_find(&accounts->book, name);
    return found == NULL ? accounts->book.count : (size_t)(found - accounts->book.accounts);
}

enum account_state accounts_state(const struct accounts *accounts, size_t index)
{
    const struct account *account = &accounts->book.accounts[index];
    int64_t until_ns = accounts->known[index].locked_until_ns;
    bool is_over = account->state == ACCOUNT_LOCKED && account->locked_until_utc_ns != 0 &&
                   clock_monotonic_ns(accounts->keeper->clock) >= until_ns;
    return is_over ? ACCOUNT_ACTIVE : account->state;
}

bool accounts_is_usable(const struct accounts *accounts, size_t index)
{
    return !accounts->known[index].altered && accounts_state(accounts, index) == ACCOUNT_ACTIVE;
}

/* A lock that ends by itself leaves somebody who can. */
bool accounts_need_first(const struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->book.count; i++) {
        const struct account *account = &accounts->book.accounts[i];
        bool waits = account->state == ACCOUNT_LOCKED && account->locked_until_utc_ns != 0;
        if (account->role == OPERATOR_SECURITY_ADMINISTRATOR && !accounts->known[i].altered &&
            (account->state == ACCOUNT_ACTIVE || waits))
            return false;
    }
    return true;
}

void accounts_source(const char *account, char source[SOURCE_SIZE])
{
    (void)snprintf(source, SOURCE_SIZE, "operator/%s", account);
}

enum digest_algorithm accounts_algorithm(const struct accounts *accounts)
{
    return suite_digest_algorithm(accounts->keeper->identity.suite);
}

int64_t accounts_lived_ns(const struct accounts *accounts)
{
    const struct keeper *keeper = accounts->keeper;
    return lived_now(segment_index_lived(keeper->books.segments), keeper->clock->boot_id,
                     clock_monotonic_ns(keeper->clock));
}

void accounts_used(struct accounts *accounts, struct account *account)
{
    account->recent.used_utc_ns = clock_now(accounts->keeper->clock).utc_ns;
    account->recent.used_lived_ns = accounts_lived_ns(accounts);
}

void accounts_put_standing(const struct accounts *accounts, struct body *standing)
{
    json_t *array = json_array();
    bool failed = array == NULL;
    for (size_t i = 0; !failed && i < accounts->book.count; i++) {
        struct body body = body_begin();
        body_text(&body, "account", accounts->book.accounts[i].name);
        body_u64(&body, "record", accounts->known[i].record);
        failed = json_array_append_new(array, body_end(&body)) != 0;
    }
    standing->failed = standing->failed || failed;
    if (accounts->book.count > 0)
        body_put(standing, "accounts", array);
    else
        json_decref(array);
}

/* ---- the console ---- */

void accounts_greet(struct accounts *accounts, struct peer *console)
{
    const struct message_account_settings *rules = &accounts->rules;
    struct message_accounts_state state = {
        .needs_first = accounts_need_first(accounts),
        .second_export = rules->second_export,
        .second_hold_release = rules->second_hold_release,
        .second_accounts = rules->second_accounts,
        .idle_s = rules->idle_minutes * 60,
        .password_length = rules->password_length,
        .recent_minutes = rules->recent_minutes,
    };
    accounts->needed_first = state.needs_first != 0;
    peer_send(console, MESSAGE_ACCOUNTS_STATE, &state, -1);
}

void accounts_tell(struct accounts *accounts)
{
    struct peer *console = peers_of(accounts->keeper->peers, ROLE_CONSOLE, CONSOLE);
    if (console != NULL && accounts->needed_first != accounts_need_first(accounts))
        accounts_greet(accounts, console);
}

void accounts_refuse(struct peer *peer, uint32_t reference, const struct error *error)
{
    peer_done(peer, reference, error->status, 0, error->text);
}

/* ---- who may do what ---- */

static enum status permit_local(const struct accounts *accounts, const struct peer *peer,
                                enum act act, struct error *error)
{
    if (peer_role(peer) != ROLE_COMMAND)
        return error_set(error, STATUS_NOT_FOUND, "nobody is logged in");
    if (account_rules_need_second(&accounts->rules, act))
        return error_set(error, STATUS_REFUSED,
                         "this needs two persons with accounts: it is done at the console");
    return STATUS_OK;
}

static enum status refuse_act(struct accounts *accounts, struct session *session, enum act act,
                              const struct operator_peer *operator, struct error * error)
{
    uint64_t bit = (size_t)act < 64 ? UINT64_C(1) << (unsigned)act : 1;
    char source[SOURCE_SIZE];
    accounts_source(session->account, source);
    if ((session->refused & bit) == 0)
        (void)committer_record(accounts->keeper->committer, RECORD_OPERATOR, source,
                               body_refused(operator, act));
    session->refused |= bit;
    return error_set(error, STATUS_REFUSED, "this is not the part of a %s",
                     word_operator_role(session->role)->english);
}

static enum status may_session(struct accounts *accounts, struct session *session, enum act act,
                               struct operator_peer *operator, struct error * error)
{
    const struct account *account = account_book_find(&accounts->book, session->account);
    memcpy(operator->account, session->account, sizeof operator->account);
    if (account != NULL)
        memcpy(operator->person, account->person, sizeof operator->person);
    if (!permission_allows(session->role, act))
        return refuse_act(accounts, session, act, operator, error);
    if (session->must_change && act != ACT_OWN_PASSWORD)
        return error_set(error, STATUS_REFUSED, "the password has to be changed first");
    return STATUS_OK;
}

enum status accounts_may(struct accounts *accounts, const struct peer *peer, const char *session,
                         enum act act, struct operator_peer *operator, struct error * error)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    *operator= * peer_operator(peer);
    if (session[0] == '\0')
        return permit_local(accounts, peer, act, error);
    struct session *found = session_find(accounts->sessions, session, now_ns);
    if (found == NULL)
        return error_set(error, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    return may_session(accounts, found, act, operator, error);
}

enum status accounts_second(struct accounts *accounts, const char *session, const char *second,
                            enum act act, struct operator_peer *operator, struct error * error)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    struct session *found = session_find(accounts->sessions, session, now_ns);
    if (session[0] == '\0')
        return STATUS_OK; /* the local user was refused before, where two are needed */
    if (found == NULL)
        return error_set(error, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    if (second[0] == '\0' && !account_rules_need_second(&accounts->rules, act))
        return STATUS_OK;
    if (second[0] == '\0')
        return error_set(error, STATUS_REFUSED, "this needs a second person");
    if (session_second_take(found, act, second, now_ns, operator->second) != STATUS_OK)
        return error_set(error, STATUS_REFUSED,
                         "what the second person said is not for this, or its time is over");
    size_t index = accounts_index(accounts, operator->second);
    return index < accounts->book.count && accounts_is_usable(accounts, index)
               ? STATUS_OK
               : error_set(error, STATUS_REFUSED, "the second person's account was changed");
}

/* ---- as time passes ---- */

/* Accounts that nobody uses are a door that nobody watches. Age is the lesser of the wall clock's
 * and the time that the ledger has lived through, so no step of a clock disables anybody. */
static void sweep(struct accounts *accounts)
{
    const struct author author = {.source = APPLIANCE};
    int64_t now_utc_ns = clock_now(accounts->keeper->clock).utc_ns;
    int64_t lived_ns = accounts_lived_ns(accounts);
    for (size_t i = 0; i < accounts->book.count; i++) {
        struct account account = accounts->book.accounts[i];
        struct error error;
        int64_t age_ns = lived_age_ns(now_utc_ns, lived_ns, account.recent.used_utc_ns,
                                      account.recent.used_lived_ns);
        if (accounts->known[i].altered || account.state != ACCOUNT_ACTIVE ||
            age_ns < accounts->rules.unused_days * NS_PER_DAY)
            continue;
        account.state = ACCOUNT_DISABLED;
        if (accounts_put(accounts, &account, ACCOUNT_EVENT_UNUSED, &author, NULL, &error) !=
            STATUS_OK)
            log_warning("an unused account is not disabled: %s", error.text);
    }
}

static void turn(void *context)
{
    struct accounts *accounts = context;
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    if (accounts->keeper->phase != KEEPER_RUNNING)
        return;
    session_table_expire(accounts->sessions, now_ns);
    if (accounts->is_dirty)
        accounts_save(accounts);
    if (now_ns - accounts->looked_ns >= LOOK_NS) {
        accounts->looked_ns = now_ns;
        accounts_look(accounts);
    }
    if (accounts->swept_ns == 0 || now_ns - accounts->swept_ns >= SWEEP_NS) {
        accounts->swept_ns = now_ns;
        sweep(accounts);
    }
    accounts_tell(accounts);
}

enum status accounts_start(struct accounts *accounts, struct error *error)
{
    accounts->looked_ns = clock_monotonic_ns(accounts->keeper->clock);
    return ticker_new(accounts->keeper->event, TURN_MS, turn, accounts, &accounts->ticker, error);
}
