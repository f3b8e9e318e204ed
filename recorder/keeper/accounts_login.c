/*
 * Logging in and out, one's own password, and the second person. Whoever fails is told one sentence
 * for every cause, after the same time, and before anything is written: nothing tells whether there
 * is such an account.
 */
#include <stdlib.h>
#include <string.h>

#include "keeper/accounts_parts.h"
#include "keeper/body_operator.h"
#include "keeper/fatal.h"

static const char failed_text[] =
    "the name or the password is not right, or the account may not log in now";
static const char full_text[] = "too many passwords are being looked at: try again in a moment";

/* ---- passwords that are being looked at ---- */

static void ask(struct accounts *accounts, struct peer *peer, const struct password_job *job)
{
    if (password_thread_ask(accounts->passwords, job) != STATUS_OK)
        peer_done(peer, job->reference, STATUS_FULL, 0, full_text);
}

static struct password_job job_of(struct accounts *accounts, const struct peer *peer,
                                  const struct letter *letter, const char *account,
                                  void (*finished)(void *context, const struct password_job *job))
{
    struct password_job job = {.finished = finished,
                               .context = accounts,
                               .peer = peer_number(peer),
                               .reference = letter->sequence};
    message_text(job.account, sizeof job.account, account);
    return job;
}

/* The password of an account, or of nobody: that takes as long. */
static void check_password(const struct accounts *accounts, struct password_job *job,
                           const char *password)
{
    size_t index = accounts_index(accounts, job->account);
    job->checks = true;
    memcpy(job->password, password, sizeof job->password);
    if (index < accounts->book.count && accounts->book.accounts[index].verifier_count > 0)
        job->verifier = accounts->book.accounts[index].verifiers[0];
    else
        verifier_of_nobody(accounts->keeper->identity.suite, &job->verifier);
}

/* It fits, is still the account's, and the account may log in. */
static bool is_let_in(const struct accounts *accounts, const struct password_job *job, size_t index)
{
    return job->status == STATUS_OK && index < accounts->book.count &&
           accounts_is_usable(accounts, index) &&
           memcmp(&accounts->book.accounts[index].verifiers[0], &job->verifier,
                  sizeof job->verifier) == 0;
}

/* ---- failures ---- */

static void record_failure(struct accounts *accounts, const char *account, const char *address)
{
    if (!allowance_take(&accounts->failures, clock_monotonic_ns(accounts->keeper->clock))) {
        accounts->folded++;
        return;
    }
    (void)committer_record(accounts->keeper->committer, RECORD_OPERATOR, APPLIANCE,
                           body_login_failed(account, address, accounts->folded));
    accounts->folded = 0;
}

static void lock(struct accounts *accounts, size_t index)
{
    const struct author author = {.source = APPLIANCE};
    struct account account = accounts->book.accounts[index];
    struct error error;
    int64_t lock_ns = (int64_t)accounts->rules.lock_minutes * 60 * NS_PER_SECOND;
    account.state = ACCOUNT_LOCKED;
    account.locked_until_utc_ns =
        lock_ns == 0 ? 0 : clock_now(accounts->keeper->clock).utc_ns + lock_ns;
    account.recent.tries = 0;
    if (accounts_put(accounts, &account, ACCOUNT_EVENT_LOCKED, &author, NULL, &error) != STATUS_OK)
        accounts_save(accounts); /* the next failure tries again */
}

static void count_failure(struct accounts *accounts, size_t index)
{
    struct account *account = &accounts->book.accounts[index];
    account->recent.failures++;
    account->recent.tries++;
    if (account->recent.tries >= accounts->rules.lock_after)
        lock(accounts, index);
    else
        accounts_save(accounts);
}

static void fail(struct accounts *accounts, const struct password_job *job, size_t index)
{
    struct peer *peer = peers_find(accounts->keeper->peers, job->peer);
    bool is_known = index < accounts->book.count;
    /* of one that is not in use nothing is counted: so tries at it cost no writes */
    bool counts = is_known && accounts_is_usable(accounts, index);
    if (peer != NULL)
        peer_done(peer, job->reference, STATUS_REFUSED, 0, failed_text);
    record_failure(accounts, is_known ? job->account : "", job->address);
    if (counts)
        count_failure(accounts, index);
}

/* ---- a session ---- */

static int64_t password_until_utc_ns(const struct accounts *accounts, const struct account *account)
{
    return account->password_utc_ns + (int64_t)accounts->rules.password_days * NS_PER_DAY;
}

static bool must_change_first(const struct accounts *accounts, size_t index)
{
    const struct account *account = &accounts->book.accounts[index];
    return account->must_change ||
           clock_now(accounts->keeper->clock).utc_ns >= password_until_utc_ns(accounts, account);
}

/* What is said of a session, but for its token. */
static struct message_session describe(const struct accounts *accounts,
                                       const struct session *session, uint32_t reference)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    struct message_session said = {.reference = reference, .role = (uint16_t)session->role};
    const struct account *account = account_book_find(&accounts->book, session->account);
    message_text(said.account, sizeof said.account, session->account);
    said.must_change = session->must_change;
    said.idle_s = session_left_s(accounts->sessions, session, now_ns);
    said.last_login_utc_ns = session->last_login_utc_ns;
    memcpy(said.last_login_address, session->last_login_address, sizeof said.last_login_address);
    said.failures = session->failures;
    if (account == NULL)
        return said;
    memcpy(said.name, account->person, sizeof said.name);
    said.password_until_utc_ns = password_until_utc_ns(accounts, account);
    return said;
}

/* A session that is told of when its record is durable. */
struct begun {
    struct accounts *accounts;
    struct message_session said;
};

static void keep_session(void *context, const struct promise *promise)
{
    struct begun *begun = context;
    struct peer *peer = peers_find(begun->accounts->keeper->peers, promise->peer);
    if (peer != NULL)
        peer_send(peer, MESSAGE_SESSION, &begun->said, -1);
    explicit_bzero(begun, sizeof *begun);
    free(begun);
}

static void promise_session(struct accounts *accounts, const struct password_job *job,
                            const struct session *session, const char *token)
{
    struct begun *begun = calloc(1, sizeof *begun);
    if (begun == NULL)
        fatal_memory("beginning a session");
    begun->accounts = accounts;
    begun->said = describe(accounts, session, job->reference);
    message_text(begun->said.token, sizeof begun->said.token, token);
    struct promise promise = {.keep = keep_session, .context = begun, .peer = job->peer};
    committer_promise(accounts->keeper->committer, &promise);
}

static void note_login(struct accounts *accounts, struct account *account, struct session *session,
                       int64_t now_utc_ns)
{
    struct account_recent *recent = &account->recent;
    session->last_login_utc_ns = recent->last_login_utc_ns;
    memcpy(session->last_login_address, recent->last_login_address,
           sizeof session->last_login_address);
    session->failures = recent->failures;
    recent->last_login_utc_ns = now_utc_ns;
    memcpy(recent->last_login_address, session->address, sizeof recent->last_login_address);
    recent->failures = 0;
    recent->tries = 0;
    accounts_used(accounts, account);
}

static void begin_session(struct accounts *accounts, const struct password_job *job, size_t index)
{
    struct keeper *keeper = accounts->keeper;
    struct account *account = &accounts->book.accounts[index];
    struct clock_reading now = clock_now(keeper->clock);
    char token[TOKEN_SIZE];
    char source[SOURCE_SIZE];
    bool must_change = must_change_first(accounts, index);
    struct session *session = session_begin(accounts->sessions, account->name, account->role,
                                            job->address, must_change, now.monotonic_ns, token);
    note_login(accounts, account, session, now.utc_ns);
    accounts_source(account->name, source);
    (void)committer_record(keeper->committer, RECORD_OPERATOR, source,
                           body_login(account->name, account->person, job->address));
    promise_session(accounts, job, session, token);
    explicit_bzero(token, sizeof token);
    accounts_save(accounts);
}

static void login_is_looked_at(void *context, const struct password_job *job)
{
    struct accounts *accounts = context;
    size_t index = accounts_index(accounts, job->account);
    if (accounts->keeper->phase != KEEPER_RUNNING)
        return;
    if (is_let_in(accounts, job, index))
        begin_session(accounts, job, index);
    else
        fail(accounts, job, index);
}

void accounts_log_in(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    const struct message_login *said = &letter->payload->login;
    struct password_job job = job_of(accounts, peer, letter, said->account, login_is_looked_at);
    check_password(accounts, &job, said->password);
    memcpy(job.address, said->address, sizeof job.address);
    ask(accounts, peer, &job);
    explicit_bzero(&job, sizeof job);
}

void accounts_check(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    const struct message_session_check *said = &letter->payload->session_check;
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    struct operator_peer operator;
    struct error error;
    struct session *session = session_find(accounts->sessions, said->session, now_ns);
    if (session != NULL && said->active != 0)
        session_touch(session, now_ns);
    /* what needs a second person needs him for the act itself, not for asking whether it may be */
    enum status status =
        accounts_may(accounts, peer, said->session, (enum act)said->act, &operator, & error);
    session = session_find(accounts->sessions, said->session, now_ns);
    if (status == STATUS_OK && session == NULL)
        status = error_set(&error, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    if (status != STATUS_OK) {
        accounts_refuse(peer, letter->sequence, &error);
        return;
    }
    struct message_session answer = describe(accounts, session, letter->sequence);
    peer_send(peer, MESSAGE_SESSION, &answer, -1);
}

void accounts_log_out(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    struct session *session =
        session_find(accounts->sessions, letter->payload->logout.session, now_ns);
    if (session == NULL) {
        peer_done(peer, letter->sequence, STATUS_NOT_FOUND, 0,
                  "nobody is logged in, or not any more");
        return;
    }
    session_end(accounts->sessions, session, SESSION_LOGGED_OUT);
    keeper_promise_done(accounts->keeper, peer, letter->sequence, 0);
}

/* ---- one's own password ---- */

static void answer(struct accounts *accounts, const struct password_job *job, enum status status,
                   const char *text)
{
    struct peer *peer = peers_find(accounts->keeper->peers, job->peer);
    if (peer != NULL)
        peer_done(peer, job->reference, status, 0, text);
}

static void put_own(struct accounts *accounts, const struct password_job *job, size_t index,
                    struct session *session)
{
    struct account account = accounts->book.accounts[index];
    struct author author = {.peer = job->peer, .reference = job->reference};
    struct error error = {.status = STATUS_OK};
    accounts_source(account.name, author.source);
    account_set_password(&account, &job->made, clock_now(accounts->keeper->clock).utc_ns, false);
    account.recent.tries = 0;
    if (accounts_put(accounts, &account, ACCOUNT_EVENT_PASSWORD_CHANGED, &author, session,
                     &error) != STATUS_OK)
        answer(accounts, job, error.status, error.text);
    /* others of the account have ended, which may have moved this one */
    session =
        session_find(accounts->sessions, job->session, clock_monotonic_ns(accounts->keeper->clock));
    if (error.status == STATUS_OK && session != NULL)
        session->must_change = false;
}

/* Tries at the old password count as failed log-ins do. */
static void own_is_looked_at(void *context, const struct password_job *job)
{
    struct accounts *accounts = context;
    size_t index = accounts_index(accounts, job->account);
    struct session *session =
        session_find(accounts->sessions, job->session, clock_monotonic_ns(accounts->keeper->clock));
    if (accounts->keeper->phase != KEEPER_RUNNING)
        return;
    if (session == NULL)
        answer(accounts, job, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    else if (job->status == STATUS_EXISTS)
        answer(accounts, job, STATUS_INVALID, "the password was used before");
    else if (is_let_in(accounts, job, index))
        put_own(accounts, job, index, session);
    else
        fail(accounts, job, index);
}

void accounts_change_password(struct accounts *accounts, struct peer *peer,
                              const struct letter *letter)
{
    const struct message_password_change *said = &letter->payload->password_change;
    struct operator_peer operator;
    struct error error;
    enum status status =
        accounts_may(accounts, peer, said->session, ACT_OWN_PASSWORD, &operator, & error);
    if (status == STATUS_OK && operator.account[0] == '\0')
        status = error_set(&error, STATUS_NOT_FOUND, "nobody is logged in");
    if (status == STATUS_OK)
        status = password_judge(&accounts->rules, operator.account, said->new_password, &error);
    if (status != STATUS_OK) {
        accounts_refuse(peer, letter->sequence, &error);
        return;
    }
    struct password_job job = job_of(accounts, peer, letter, operator.account, own_is_looked_at);
    const struct account *account = account_book_find(&accounts->book, operator.account);
    check_password(accounts, &job, said->old_password);
    job.makes = true;
    memcpy(job.new_password, said->new_password, sizeof job.new_password);
    job.history_count = account->verifier_count;
    memcpy(job.history, account->verifiers, sizeof job.history);
    memcpy(job.session, said->session, sizeof job.session);
    ask(accounts, peer, &job);
    explicit_bzero(&job, sizeof job);
}

/* ---- the second person ---- */

static void give_second(struct accounts *accounts, const struct password_job *job,
                        struct session *session)
{
    struct message_second_given given = {.reference = job->reference};
    struct peer *peer = peers_find(accounts->keeper->peers, job->peer);
    session_second_give(session, (enum act)job->number, job->account,
                        clock_monotonic_ns(accounts->keeper->clock), given.token);
    if (peer != NULL)
        peer_send(peer, MESSAGE_SECOND_GIVEN, &given, -1);
    explicit_bzero(&given, sizeof given);
}

static void second_is_looked_at(void *context, const struct password_job *job)
{
    struct accounts *accounts = context;
    size_t index = accounts_index(accounts, job->account);
    struct session *session =
        session_find(accounts->sessions, job->session, clock_monotonic_ns(accounts->keeper->clock));
    enum act second = permission_second((enum act)job->number);
    if (accounts->keeper->phase != KEEPER_RUNNING)
        return;
    if (session == NULL) {
        answer(accounts, job, STATUS_NOT_FOUND, "nobody is logged in, or not any more");
    } else if (!is_let_in(accounts, job, index)) {
        fail(accounts, job, index);
    } else if (!permission_allows(accounts->book.accounts[index].role, second)) {
        answer(accounts, job, STATUS_REFUSED, "this account may not be the second person here");
    } else if (must_change_first(accounts, index)) {
        /* whoever gave him that password could be the second person himself */
        answer(accounts, job, STATUS_REFUSED, "the second person has to change his password first");
    } else {
        accounts->book.accounts[index].recent.tries = 0;
        give_second(accounts, job, session);
    }
}

void accounts_ask_second(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    const struct message_second *said = &letter->payload->second;
    struct operator_peer operator;
    struct error error;
    enum status status =
        accounts_may(accounts, peer, said->session, (enum act)said->act, &operator, & error);
    if (status == STATUS_OK && operator.account[0] == '\0')
        status = error_set(&error, STATUS_NOT_FOUND, "nobody is logged in");
    if (status == STATUS_OK && permission_second((enum act)said->act) == ACT_NONE)
        status = error_set(&error, STATUS_INVALID, "this needs no second person");
    if (status == STATUS_OK && strcmp(operator.account, said->account) == 0)
        status = error_set(&error, STATUS_REFUSED, "the second person is another than the first");
    if (status != STATUS_OK) {
        accounts_refuse(peer, letter->sequence, &error);
        return;
    }
    struct password_job job = job_of(accounts, peer, letter, said->account, second_is_looked_at);
    check_password(accounts, &job, said->password);
    memcpy(job.session, said->session, sizeof job.session);
    const struct session *session = session_find(accounts->sessions, said->session,
                                                 clock_monotonic_ns(accounts->keeper->clock));
    if (session != NULL)
        memcpy(job.address, session->address, sizeof job.address);
    job.number = said->act;
    ask(accounts, peer, &job);
    explicit_bzero(&job, sizeof job);
}
