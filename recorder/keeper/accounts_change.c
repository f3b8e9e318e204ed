/*
 * Making and changing accounts.
 */
#include <string.h>

#include "base/utf8.h"
#include "keeper/accounts_parts.h"

static enum status check_person(const char *person, struct error *error)
{
    return utf8_is_blank(bytes_of_text(person)) || !utf8_is_visible(bytes_of_text(person))
               ? error_set(error, STATUS_INVALID, "an account needs its person's name")
               : STATUS_OK;
}

enum status accounts_check_new(const struct accounts *accounts, const char *name,
                               const char *person, uint16_t role, struct error *error)
{
    if (!account_name_is_valid(name))
        return error_set(error, STATUS_INVALID,
                         "an account's name is made of small letters, digits and hyphens, and does "
                         "not begin with uid-");
    if (accounts_index(accounts, name) < accounts->book.count)
        return error_set(error, STATUS_EXISTS, "an account of this name exists, or did once");
    if (accounts->book.count >= ACCOUNTS_MAX)
        return error_set(error, STATUS_FULL, "there are %u accounts already", ACCOUNTS_MAX);
    if (word_operator_role((enum operator_role)role) == NULL)
        return error_set(error, STATUS_INVALID, "there is no such role");
    return check_person(person, error);
}

struct step {
    enum account_event event;
    /* What changes in *account; STATUS_REFUSED: not as it stands. */
    enum status (*apply)(const struct message_account_change *said, struct account *account,
                         struct error *error);
    bool mends; /* allowed of one that was altered */
};

static enum status refuse_state(const struct account *account, struct error *error)
{
    return error_set(error, STATUS_REFUSED, "the account is %s",
                     word_account_state(account->state)->english);
}

static enum status apply_person(const struct message_account_change *said, struct account *account,
                                struct error *error)
{
    memcpy(account->person, said->name, sizeof account->person);
    return check_person(said->name, error);
}

static enum status apply_role(const struct message_account_change *said, struct account *account,
                              struct error *error)
{
    if (word_operator_role((enum operator_role)said->role) == NULL)
        return error_set(error, STATUS_INVALID, "there is no such role");
    account->role = (enum operator_role)said->role;
    return STATUS_OK;
}

static enum status apply_disable(const struct message_account_change *said, struct account *account,
                                 struct error *error)
{
    (void)said;
    if (account->state == ACCOUNT_DISABLED)
        return refuse_state(account, error);
    account->state = ACCOUNT_DISABLED;
    return STATUS_OK;
}

static enum status apply_enable(const struct message_account_change *said, struct account *account,
                                struct error *error)
{
    (void)said;
    if (account->state != ACCOUNT_DISABLED)
        return refuse_state(account, error);
    account->state = ACCOUNT_ACTIVE;
    return STATUS_OK;
}

static enum status apply_unlock(const struct message_account_change *said, struct account *account,
                                struct error *error)
{
    (void)said;
    if (account->state != ACCOUNT_LOCKED)
        return refuse_state(account, error);
    account->state = ACCOUNT_ACTIVE;
    account->locked_until_utc_ns = 0;
    return STATUS_OK;
}

static enum status apply_close(const struct message_account_change *said, struct account *account,
                               struct error *error)
{
    (void)said;
    (void)error;
    account->state = ACCOUNT_CLOSED;
    return STATUS_OK;
}

/* A password is looked at first. */
static const struct step steps[] = {
    [CHANGE_PERSON] = {ACCOUNT_EVENT_PERSON_CHANGED, apply_person, false},
    [CHANGE_ROLE] = {ACCOUNT_EVENT_ROLE_CHANGED, apply_role, false},
    [CHANGE_DISABLE] = {ACCOUNT_EVENT_DISABLED, apply_disable, false},
    [CHANGE_ENABLE] = {ACCOUNT_EVENT_ENABLED, apply_enable, false},
    [CHANGE_UNLOCK] = {ACCOUNT_EVENT_UNLOCKED, apply_unlock, false},
    [CHANGE_CLOSE] = {ACCOUNT_EVENT_CLOSED, apply_close, true},
};

/* Of an account that is there: may it be changed at all? */
static enum status check_target(const struct accounts *accounts, size_t index, bool mends,
                                struct error *error)
{
    if (index == accounts->book.count)
        return error_set(error, STATUS_NOT_FOUND, "there is no such account");
    if (accounts->book.accounts[index].state == ACCOUNT_CLOSED)
        return error_set(error, STATUS_REFUSED, "the account is closed for ever");
    if (accounts->known[index].altered && !mends)
        return error_set(error, STATUS_REFUSED,
                         "the account was changed behind the program's back: give it a new "
                         "password or close it");
    return STATUS_OK;
}

static enum status change_now(struct accounts *accounts, const struct message_account_change *said,
                              const struct author *author, struct error *error)
{
    const struct step *step = &steps[said->change];
    size_t index = accounts_index(accounts, said->account);
    enum status status = check_target(accounts, index, step->mends, error);
    if (status != STATUS_OK)
        return status;
    struct account account = accounts->book.accounts[index];
    account.state = accounts_state(accounts, index);
    status = step->apply(said, &account, error);
    if (step->event == ACCOUNT_EVENT_ENABLED)
        accounts_used(accounts, &account);
    account.recent.tries = 0;
    if (account.state != ACCOUNT_LOCKED)
        account.locked_until_utc_ns = 0;
    return status == STATUS_OK ? accounts_put(accounts, &account, step->event, author, NULL, error)
                               : status;
}

/* ---- changed, with a password ---- */

void accounts_put_password(struct accounts *accounts, const struct password_job *job,
                           const struct author *author)
{
    size_t index = accounts_index(accounts, job->account);
    bool is_new = index == accounts->book.count;
    bool is_first = job->code[0] != '\0';
    struct clock_reading now = clock_now(accounts->keeper->clock);
    struct account account = {.created_utc_ns = now.utc_ns, .state = ACCOUNT_ACTIVE};
    struct error error;
    if (is_new) {
        memcpy(account.name, job->account, sizeof account.name);
        memcpy(account.person, job->person, sizeof account.person);
        account.role = (enum operator_role)job->number;
    } else {
        account = accounts->book.accounts[index];
        account.state = accounts_state(accounts, index);
    }
    /* what somebody else wrote is none of its passwords */
    if (!is_new && accounts->known[index].altered)
        account.verifier_count = 0;
    if (is_new || account.state == ACCOUNT_ACTIVE)
        accounts_used(accounts, &account);
    account.recent.tries = 0;
    account_set_password(&account, &job->made, now.utc_ns, !is_first);
    enum account_event event = is_first ? ACCOUNT_EVENT_FIRST_CREATED
                               : is_new ? ACCOUNT_EVENT_CREATED
                                        : ACCOUNT_EVENT_PASSWORD_GIVEN;
    struct peer *peer = peers_find(accounts->keeper->peers, job->peer);
    if (accounts_put(accounts, &account, event, author, NULL, &error) != STATUS_OK && peer != NULL)
        accounts_refuse(peer, job->reference, &error);
}

static void given_is_looked_at(void *context, const struct password_job *job)
{
    struct accounts *accounts = context;
    struct keeper *keeper = accounts->keeper;
    struct peer *peer = peers_find(keeper->peers, job->peer);
    struct author author = {.second = job->second,
                            .reason = job->reason,
                            .peer = job->peer,
                            .reference = job->reference};
    struct session *session =
        session_find(accounts->sessions, job->session, clock_monotonic_ns(keeper->clock));
    struct error error;
    enum status status = STATUS_OK;
    bool is_new = job->person[0] != '\0';
    if (keeper->phase != KEEPER_RUNNING)
        return;
    size_t index = accounts_index(accounts, job->account);
    if (session == NULL)
        status = error_set(&error, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    else if (job->status == STATUS_EXISTS)
        status = error_set(&error, STATUS_INVALID, "the password was used before");
    else if (job->status != STATUS_OK)
        status = error_set(&error, job->status, "the password cannot be taken in");
    else if (is_new)
        status = accounts_check_new(accounts, job->account, job->person, job->number, &error);
    else
        status = check_target(accounts, index, true, &error);
    if (status != STATUS_OK && peer != NULL)
        accounts_refuse(peer, job->reference, &error);
    if (status != STATUS_OK)
        return;
    accounts_source(session->account, author.source);
    accounts_put_password(accounts, job, &author);
}

static enum status give_password(struct accounts *accounts, const struct peer *peer,
                                 const struct letter *letter, const struct operator_peer *operator,
                                 struct error * error)
{
    const struct message_account_change *said = &letter->payload->account_change;
    size_t index = accounts_index(accounts, said->account);
    bool is_new = said->change == CHANGE_CREATE;
    struct password_job job = {.makes = true,
                               .finished = given_is_looked_at,
                               .context = accounts,
                               .peer = peer_number(peer),
                               .reference = letter->sequence,
                               .number = said->role};
    enum status status =
        is_new ? accounts_check_new(accounts, said->account, said->name, said->role, error)
               : check_target(accounts, index, true, error);
    if (status == STATUS_OK)
        status = password_judge(&accounts->rules, said->account, said->password, error);
    if (status != STATUS_OK)
        return status;
    memcpy(job.account, said->account, sizeof job.account);
    memcpy(job.new_password, said->password, sizeof job.new_password);
    memcpy(job.session, said->session, sizeof job.session);
    memcpy(job.reason, said->reason, sizeof job.reason);
    memcpy(job.second, operator->second, sizeof job.second);
    if (is_new) {
        memcpy(job.person, said->name, sizeof job.person);
    } else if (!accounts->known[index].altered) {
        job.history_count = accounts->book.accounts[index].verifier_count;
        memcpy(job.history, accounts->book.accounts[index].verifiers, sizeof job.history);
    }
    status = password_thread_ask(accounts->passwords, &job);
    explicit_bzero(&job, sizeof job);
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status,
                           "too many passwords are being looked at: try again in a moment");
}

static enum status check_change(const struct message_account_change *said,
                                const struct operator_peer *operator, struct error * error)
{
    if (operator->account[0] == '\0')
        return error_set(error, STATUS_NOT_FOUND, "nobody is logged in");
    if (said->change < CHANGE_CREATE || said->change > CHANGE_CLOSE)
        return error_set(error, STATUS_INVALID, "there is no such change");
    if (strcmp(operator->account, said->account) == 0)
        return error_set(error, STATUS_REFUSED, "nobody changes his own account");
    return utf8_is_blank(bytes_of_text(said->reason))
               ? error_set(error, STATUS_INVALID, "a change of an account needs a reason")
               : STATUS_OK;
}

void accounts_change(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    const struct message_account_change *said = &letter->payload->account_change;
    struct operator_peer operator;
    struct error error;
    enum status status =
        accounts_may(accounts, peer, said->session, ACT_CHANGE_ACCOUNTS, &operator, & error);
    struct author author = {.second = operator.second,
                            .reason = said->reason,
                            .peer = peer_number(peer),
                            .reference = letter->sequence};
    if (status == STATUS_OK)
        status = check_change(said, &operator, & error);
    if (status == STATUS_OK)
        status = accounts_second(accounts, said->session, said->second, ACT_CHANGE_ACCOUNTS,
                                 &operator, & error);
    if (status == STATUS_OK) {
        operator_source(&operator, author.source);
        bool has_password = said->change == CHANGE_CREATE || said->change == CHANGE_PASSWORD;
        status = has_password ? give_password(accounts, peer, letter, &operator, & error)
                              : change_now(accounts, said, &author, &error);
    }
    if (status != STATUS_OK)
        accounts_refuse(peer, letter->sequence, &error);
}
