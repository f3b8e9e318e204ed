#include "accounts/session_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct session_table {
    const struct message_account_settings *rules;
    void (*ended)(void *context, const struct session *session, enum session_end end);
    void *context;
    size_t count;
    struct session sessions[SESSIONS_MAX];
};

enum status session_table_new(const struct message_account_settings *rules,
                              void (*ended)(void *context, const struct session *session,
                                            enum session_end end),
                              void *context, struct session_table **table, struct error *error)
{
    struct session_table *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for sessions");
    made->rules = rules;
    made->ended = ended;
    made->context = context;
    *table = made;
    return STATUS_OK;
}

void session_table_free(struct session_table *table)
{
    free(table);
}

static int64_t idle_ns(const struct session_table *table)
{
    return (int64_t)table->rules->idle_minutes * 60 * NS_PER_SECOND;
}

static int64_t limit_ns(const struct session_table *table)
{
    return (int64_t)table->rules->session_hours * 3600 * NS_PER_SECOND;
}

void session_end(struct session_table *table, struct session *session, enum session_end end)
{
    struct session gone = *session;
    *session = table->sessions[--table->count];
    table->sessions[table->count] = (struct session){0};
    if (table->ended != NULL)
        table->ended(table->context, &gone, end);
}

void session_table_expire(struct session_table *table, int64_t now_ns)
{
    for (size_t i = table->count; i > 0; i--) {
        struct session *session = &table->sessions[i - 1];
        if (now_ns - session->begun_ns >= limit_ns(table))
            session_end(table, session, SESSION_TOO_LONG);
        else if (now_ns - session->active_ns >= idle_ns(table))
            session_end(table, session, SESSION_IDLE);
    }
}

/* Of an account, or (NULL) of all; and how many there are. */
static struct session *idle_longest(struct session_table *table, const char *account, size_t *count)
{
    struct session *found = NULL;
    *count = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct session *session = &table->sessions[i];
        if (account != NULL && strcmp(session->account, account) != 0)
            continue;
        if (found == NULL || session->active_ns < found->active_ns)
            found = session;
        *count += 1;
    }
    return found;
}

static void make_room(struct session_table *table, const char *account)
{
    size_t own = 0;
    size_t all = 0;
    struct session *oldest_own = idle_longest(table, account, &own);
    struct session *oldest = idle_longest(table, NULL, &all);
    if (own >= SESSIONS_OF_ACCOUNT_MAX)
        session_end(table, oldest_own, SESSION_PUSHED);
    else if (all >= SESSIONS_MAX)
        session_end(table, oldest, SESSION_PUSHED);
}

struct session *session_begin(struct session_table *table, const char *account,
                              enum operator_role role, const char *address, bool must_change,
                              int64_t now_ns, char token[TOKEN_SIZE])
{
    session_table_expire(table, now_ns);
    make_room(table, account);
    struct session *session = &table->sessions[table->count++];
    *session = (struct session){
        .role = role, .must_change = must_change, .begun_ns = now_ns, .active_ns = now_ns};
    (void)strncpy(session->account, account, sizeof session->account - 1);
    (void)strncpy(session->address, address, sizeof session->address - 1);
    token_make(token, &session->token);
    return session;
}

struct session *session_find(struct session_table *table, const char *token, int64_t now_ns)
{
    struct digest digest = token_digest(token);
    session_table_expire(table, now_ns);
    for (size_t i = 0; i < table->count; i++) {
        if (digest_equal(&table->sessions[i].token, &digest))
            return &table->sessions[i];
    }
    return NULL;
}

void session_touch(struct session *session, int64_t now_ns)
{
    session->active_ns = now_ns;
}

uint32_t session_left_s(const struct session_table *table, const struct session *session,
                        int64_t now_ns)
{
    int64_t idle = session->active_ns + idle_ns(table) - now_ns;
    int64_t whole = session->begun_ns + limit_ns(table) - now_ns;
    int64_t left = idle < whole ? idle : whole;
    return left < 0 ? 0 : (uint32_t)(left / NS_PER_SECOND);
}

void session_end_account(struct session_table *table, const char *account,
                         const struct session *except)
{
    /* ending one puts the last in its place: what is excepted is known by its token */
    struct digest kept = except == NULL ? (struct digest){0} : except->token;
    for (size_t i = table->count; i > 0; i--) {
        struct session *session = &table->sessions[i - 1];
        if (strcmp(session->account, account) == 0 &&
            (except == NULL || !digest_equal(&session->token, &kept)))
            session_end(table, session, SESSION_ACCOUNT);
    }
}

size_t session_table_count(const struct session_table *table)
{
    return table->count;
}

/* ---- the second person ---- */

/* Where the word for this act stands, else a free place, else the oldest. */
static struct session_second *place_for(struct session *session, enum act act)
{
    struct session_second *found = &session->seconds[0];
    for (size_t i = 0; i < SECONDS_MAX; i++) {
        struct session_second *second = &session->seconds[i];
        if (second->act == act)
            return second;
        if (second->until_ns < found->until_ns)
            found = second;
    }
    return found;
}

void session_second_give(struct session *session, enum act act, const char *account, int64_t now_ns,
                         char token[TOKEN_SIZE])
{
    struct session_second *second = place_for(session, act);
    *second = (struct session_second){.act = act, .until_ns = now_ns + SECOND_S * NS_PER_SECOND};
    (void)strncpy(second->account, account, sizeof second->account - 1);
    token_make(token, &second->token);
}

enum status session_second_take(struct session *session, enum act act, const char *token,
                                int64_t now_ns, char account[ID_SIZE])
{
    struct digest digest = token_digest(token);
    for (size_t i = 0; i < SECONDS_MAX; i++) {
        struct session_second *second = &session->seconds[i];
        if (act == ACT_NONE || second->act != act || now_ns >= second->until_ns ||
            !digest_equal(&second->token, &digest))
            continue;
        memcpy(account, second->account, ID_SIZE);
        *second = (struct session_second){0};
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}
