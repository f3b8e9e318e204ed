#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts/token.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "keeper/accounts.h"
#include "keeper/body_operator.h"
#include "keeper/inspections_parts.h"

#define LOOK_MS 1000u

/* By their codes: the source of its process, what its look-up is called, who may ask for it. */
static const struct {
    const char *source;
    enum act act;
} kinds[INSPECT_KINDS] = {
    [INSPECT_REPORT] = {"report", ACT_SEE_REPORT},
    [INSPECT_VERIFY] = {"verify", ACT_VERIFY},
};

static bool is_kind(uint8_t kind)
{
    return kind >= INSPECT_REPORT && kind < INSPECT_KINDS;
}

/* ---- runs ---- */

static void clear(struct run *run)
{
    file_close(&run->file);
    *run = (struct run){.file = -1};
}

static struct run *running(struct inspections *inspections, enum inspect_kind kind)
{
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (inspections->runs[i].kind == kind && inspections->runs[i].phase == INSPECT_RUNNING)
            return &inspections->runs[i];
    return NULL;
}

struct run *inspections_wanted(struct inspections *inspections, const char *source)
{
    for (uint8_t kind = INSPECT_REPORT; kind < INSPECT_KINDS; kind++)
        if (strcmp(kinds[kind].source, source) == 0)
            return running(inspections, (enum inspect_kind)kind);
    return NULL;
}

/* The session's report, whatever its range; NULL if it has none. */
static struct run *report_of(struct inspections *inspections, const struct digest *session)
{
    for (size_t i = 1; i < RUNS_MAX; i++)
        if (inspections->runs[i].kind == INSPECT_REPORT && !inspections->runs[i].is_left &&
            digest_equal(&inspections->runs[i].session, session))
            return &inspections->runs[i];
    return NULL;
}

/* A free place, or that of the oldest. */
static struct run *place_for_report(struct inspections *inspections)
{
    struct run *found = &inspections->runs[1];
    for (size_t i = 1; i < RUNS_MAX && found->kind != 0; i++)
        if (inspections->runs[i].kind == 0 ||
            inspections->runs[i].state.asked_utc_ns < found->state.asked_utc_ns)
            found = &inspections->runs[i];
    return found;
}

/* Its socket is closed, which ends it; if not, the supervisor does. */
static void let_go(struct inspections *inspections, struct run *run)
{
    struct keeper *keeper = inspections->keeper;
    struct peer *inspector = peers_find(keeper->peers, run->inspector);
    struct peer *supervisor = peers_of(keeper->peers, ROLE_SUPERVISOR, SUPERVISOR);
    struct message_worker_cut_off message = {.role = ROLE_INSPECT, .link = run->link};
    message_text(message.source, sizeof message.source, kinds[run->kind].source);
    run->inspector = 0;
    if (run->link != 0 && supervisor != NULL)
        peer_send(supervisor, MESSAGE_WORKER_CUT_OFF, &message, -1);
    run->link = 0;
    if (inspector != NULL)
        peer_close(inspector, NULL);
}

/* ---- the verdict, on record ---- */

static uint64_t record_verdict(struct keeper *keeper, const struct operator_peer *operator,
                               const struct message_verified * said, const char *failed)
{
    char source[SOURCE_SIZE];
    operator_source(operator, source);
    return committer_record(keeper->committer, RECORD_OPERATOR, source,
                            body_verified(operator, said, failed));
}

void inspections_conclude(struct inspections *inspections, struct run *run, const char *failed)
{
    struct message_inspect_state *state = &run->state;
    struct message_verified said = {.lookup = state->lookup,
                                    .records = state->records,
                                    .segments = state->segments,
                                    .bytes = state->bytes,
                                    .findings = state->findings};
    memcpy(said.verdict, state->verdict, sizeof said.verdict);
    run->phase = failed == NULL ? INSPECT_DONE : INSPECT_FAILED;
    state->ended_utc_ns = clock_now(inspections->keeper->clock).utc_ns;
    if (failed != NULL)
        message_text(state->text, sizeof state->text, failed);
    if (run->kind == INSPECT_VERIFY)
        state->record = record_verdict(inspections->keeper, &run->operator, & said, failed);
}

void inspections_fail(struct inspections *inspections, struct run *run, const char *detail)
{
    if (run->phase != INSPECT_RUNNING)
        return;
    log_warning("%s was not brought to an end: %s", kinds[run->kind].source, detail);
    let_go(inspections, run);
    run->state.verdict[0] = '\0';
    inspections_conclude(inspections, run, detail);
}

static void drop(struct inspections *inspections, struct run *run)
{
    if (run->phase == INSPECT_RUNNING)
        let_go(inspections, run);
    clear(run);
}

static void look(void *context)
{
    struct inspections *inspections = context;
    int64_t now_ns = clock_monotonic_ns(inspections->keeper->clock);
    for (size_t i = 0; i < RUNS_MAX; i++)
        if (inspections->runs[i].is_left)
            drop(inspections, &inspections->runs[i]);
        else if (inspections->runs[i].lost_by_ns != 0 && now_ns >= inspections->runs[i].lost_by_ns)
            inspections_fail(inspections, &inspections->runs[i], "its process is gone");
}

enum status inspections_new(struct keeper *keeper, struct inspections **inspections,
                            struct error *error)
{
    struct inspections *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for inspections");
    made->keeper = keeper;
    for (size_t i = 0; i < RUNS_MAX; i++)
        made->runs[i].file = -1;
    enum status status = ticker_new(keeper->event, LOOK_MS, look, made, &made->ticker, error);
    if (status != STATUS_OK) {
        inspections_free(made);
        return status;
    }
    *inspections = made;
    return STATUS_OK;
}

void inspections_free(struct inspections *inspections)
{
    if (inspections == NULL)
        return;
    ticker_free(inspections->ticker);
    for (size_t i = 0; i < RUNS_MAX; i++)
        file_close(&inspections->runs[i].file);
    free(inspections);
}

void inspections_leave(struct inspections *inspections, const struct session *session)
{
    struct run *run = report_of(inspections, &session->token);
    if (run != NULL)
        run->is_left = true; /* sessions end in the middle of much, where no peer may be closed */
}

void inspections_stop(struct inspections *inspections)
{
    for (size_t i = 0; i < RUNS_MAX; i++)
        inspections_fail(inspections, &inspections->runs[i], "the recorder was stopped");
}

/* ---- what is asked ---- */

static enum status find_place(struct inspections *inspections,
                              const struct message_inspect_ask *ask, struct run **place,
                              struct error *error)
{
    struct digest session = token_digest(ask->session);
    struct run *busy = running(inspections, (enum inspect_kind)ask->kind);
    if (ask->kind == INSPECT_VERIFY) {
        *place = &inspections->runs[0];
        return busy == NULL ? STATUS_OK
                            : error_set(error, STATUS_FULL, "a verification is at work already");
    }
    if (busy != NULL && busy->is_left) {
        drop(inspections, busy);
        busy = NULL;
    }
    if (busy != NULL && !digest_equal(&busy->session, &session))
        return error_set(error, STATUS_FULL,
                         "a report is being made for somebody else: try again in a moment");
    if (ask->from_utc_ns < 0 || ask->from_utc_ns >= ask->to_utc_ns ||
        ask->from_utc_ns >= clock_now(inspections->keeper->clock).utc_ns)
        return error_set(error, STATUS_INVALID, "the range ends before it begins");
    if (utf8_is_blank(bytes_of_text(ask->reason)))
        return error_set(error, STATUS_INVALID, "that is looked up for a reason only");
    *place = report_of(inspections, &session);
    if (*place == NULL)
        *place = place_for_report(inspections);
    return STATUS_OK;
}

static uint64_t record_lookup(struct keeper *keeper, const struct operator_peer *operator,
                              const struct message_inspect_ask * ask)
{
    char source[SOURCE_SIZE];
    struct message_lookup lookup = {.from_utc_ns = ask->from_utc_ns, .to_utc_ns = ask->to_utc_ns};
    message_text(lookup.what, sizeof lookup.what, kinds[ask->kind].source);
    memcpy(lookup.reason, ask->reason, sizeof lookup.reason);
    operator_source(operator, source);
    return committer_record(keeper->committer, RECORD_OPERATOR, source,
                            body_lookup(&lookup, operator));
}

static void begin(struct inspections *inspections, struct run *run,
                  const struct message_inspect_ask *ask, const struct operator_peer *operator)
{
    struct keeper *keeper = inspections->keeper;
    struct peer *supervisor = peers_of(keeper->peers, ROLE_SUPERVISOR, SUPERVISOR);
    struct message_inspect_start start = {.kind = ask->kind};
    drop(inspections, run);
    run->kind = (enum inspect_kind)ask->kind;
    run->phase = INSPECT_RUNNING;
    run->session = token_digest(ask->session);
    run->operator= * operator;
    run->from_utc_ns = ask->from_utc_ns;
    run->to_utc_ns = ask->to_utc_ns;
    run->state.lookup = record_lookup(keeper, operator, ask);
    run->state.asked_utc_ns = clock_now(keeper->clock).utc_ns;
    message_text(run->state.by, sizeof run->state.by, operator->account);
    if (supervisor != NULL)
        peer_send(supervisor, MESSAGE_INSPECT_START, &start, -1);
}

/* What he asks is of a kind that there is, and his to ask; else he was answered why not. */
static bool may(struct inspections *inspections, struct peer *peer, const struct letter *letter,
                const char *session, uint8_t kind, struct operator_peer *operator)
{
    struct error error = {0};
    enum status status = is_kind(kind)
                             ? accounts_may(inspections->keeper->accounts, peer, session,
                                            kinds[kind].act, operator, & error)
                             : error_set(&error, STATUS_INVALID, "there is no such inspection");
    if (status != STATUS_OK)
        peer_done(peer, letter->sequence, status, 0, error.text);
    return status == STATUS_OK;
}

void inspections_ask(struct inspections *inspections, struct peer *peer,
                     const struct letter *letter)
{
    const struct message_inspect_ask *ask = &letter->payload->inspect_ask;
    struct operator_peer operator;
    struct run *run = NULL;
    struct error error = {0};
    if (!may(inspections, peer, letter, ask->session, ask->kind, &operator))
        return;
    enum status status = find_place(inspections, ask, &run, &error);
    if (status != STATUS_OK) {
        peer_done(peer, letter->sequence, status, 0, error.text);
        return;
    }
    begin(inspections, run, ask, &operator);
    keeper_promise_done(inspections->keeper, peer, letter->sequence, run->state.lookup);
}

/* NULL: nobody asked for that one. */
static struct run *run_asked_for(struct inspections *inspections, uint8_t kind, const char *session,
                                 int64_t from_utc_ns, int64_t to_utc_ns)
{
    struct digest digest = token_digest(session);
    struct run *run =
        kind == INSPECT_VERIFY ? &inspections->runs[0] : report_of(inspections, &digest);
    bool is_it = run != NULL && run->kind == kind &&
                 (kind == INSPECT_VERIFY ||
                  (run->from_utc_ns == from_utc_ns && run->to_utc_ns == to_utc_ns));
    return is_it ? run : NULL;
}

void inspections_look(struct inspections *inspections, struct peer *peer,
                      const struct letter *letter)
{
    const struct message_inspect_look *ask = &letter->payload->inspect_look;
    struct message_inspect_state state = {0};
    struct operator_peer operator;
    if (!may(inspections, peer, letter, ask->session, ask->kind, &operator))
        return;
    struct run *run =
        run_asked_for(inspections, ask->kind, ask->session, ask->from_utc_ns, ask->to_utc_ns);
    if (run != NULL) {
        state = run->state;
        state.phase = (uint8_t)run->phase;
    }
    state.reference = letter->sequence;
    peer_send(peer, MESSAGE_INSPECT_STATE, &state, -1);
    if (run != NULL && run->kind == INSPECT_REPORT && run->phase == INSPECT_FAILED)
        clear(run); /* so that it may be asked for again */
}

void inspections_give(struct inspections *inspections, struct peer *peer,
                      const struct letter *letter)
{
    const struct message_inspect_result_ask *ask = &letter->payload->inspect_result_ask;
    struct operator_peer operator;
    if (!may(inspections, peer, letter, ask->session, ask->kind, &operator))
        return;
    struct run *run =
        run_asked_for(inspections, ask->kind, ask->session, ask->from_utc_ns, ask->to_utc_ns);
    if (run == NULL || run->phase != INSPECT_DONE || run->file < 0) {
        peer_done(peer, letter->sequence, STATUS_NOT_FOUND, 0, "there is no such result");
        return;
    }
    struct message_inspect_result result = run->result;
    result.reference = letter->sequence;
    peer_send(peer, MESSAGE_INSPECT_RESULT, &result, run->file);
}

void inspections_record(struct inspections *inspections, struct peer *peer,
                        const struct letter *letter)
{
    const struct message_verified *said = &letter->payload->verified;
    struct operator_peer operator;
    if (!may(inspections, peer, letter, "", INSPECT_VERIFY, &operator))
        return;
    uint64_t number = record_verdict(inspections->keeper, &operator, said, NULL);
    keeper_promise_done(inspections->keeper, peer, letter->sequence, number);
}
