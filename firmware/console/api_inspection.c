#include "firmware/console/api_inspection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sealed.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/range.h"
#include "firmware/console/scope.h"
#include "ledger/record.h"
#include "phrase/phrase.h"
#include "store/catalog_page.h"

#define RESULT_SIZE_MAX ((size_t)8 * 1024 * 1024)

static const char *phase_name(uint8_t phase)
{
    static const char *const names[] = {[INSPECT_NONE] = "none",
                                        [INSPECT_RUNNING] = "running",
                                        [INSPECT_DONE] = "done",
                                        [INSPECT_FAILED] = "failed"};
    return phase < sizeof names / sizeof names[0] ? names[phase] : "none";
}

/* By enum audit_stage. */
static const char *stage_name(uint8_t stage)
{
    static const char *const names[] = {"begun", "records", "video", "catalog"};
    return stage < sizeof names / sizeof names[0] ? names[stage] : "begun";
}

static void put_sentence(json_t *json, const char *name, const char *english,
                         enum language language)
{
    char shown[PHRASE_SIZE];
    if (english[0] != '\0')
        json_object_set_new(json, name,
                            json_string(phrase_in(english, language, shown, sizeof shown)));
}

static json_t *state_json(const struct message_inspect_state *state, enum language language)
{
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:I}", "phase", phase_name(state->phase), "id",
                  (json_int_t)state->lookup, "at", JSON_MS(state->asked_utc_ns), "by", state->by,
                  "stage", stage_name(state->stage), "done", (json_int_t)state->done, "total",
                  (json_int_t)state->total);
    put_sentence(json, "text", state->text, language);
    return json;
}

/* ---- what came of it ---- */

/* Which part of a result. */
enum part { PART_JSON, PART_ENGLISH, PART_CHINESE };

/* Copied, with a NUL behind it. */
static enum status read_part(const struct keeper_answer *answer, enum part part,
                             struct buffer *text)
{
    const struct message_inspect_result *said = &answer->payload->inspect_result;
    const struct {
        size_t at;
        size_t size;
    } parts[] = {{0, said->json_size},
                 {said->json_size, said->english_size},
                 {(size_t)said->json_size + said->english_size, said->chinese_size}};
    size_t at = parts[part % 3].at;
    size_t wanted = parts[part % 3].size;
    size_t size = 0;
    uint8_t *all = malloc(RESULT_SIZE_MAX);
    if (all == NULL)
        return STATUS_NO_MEMORY;
    enum status status = sealed_read(*answer->attached, all, RESULT_SIZE_MAX, &size);
    if (status == STATUS_OK && at + wanted > size)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = buffer_append(text, all + at, wanted);
    if (status == STATUS_OK)
        status = buffer_append(text, "", 1);
    free(all);
    return status;
}

static void fail(struct call *call, enum status status)
{
    struct error error = {0};
    (void)error_set(&error, status, "what came of it cannot be read");
    request_fail(call->request, &error);
}

/* ---- what is asked about ---- */

struct asked {
    struct message_inspect_look look;
    struct message_inspect_state state;
    enum part part;
    uint64_t number; /* of the verification that is asked for; 0: the newest */
};

static struct asked *keep_asked(struct call *call, enum inspect_kind kind)
{
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL) {
        request_answer(call->request, NULL);
        return NULL;
    }
    call->kept = asked;
    call->release = free;
    asked->look.kind = (uint8_t)kind;
    memcpy(asked->look.session, call->token, sizeof asked->look.session);
    return asked;
}

static void ask_result(struct call *call, call_answered answered)
{
    const struct asked *asked = call->kept;
    struct message_inspect_result_ask ask = {.kind = asked->look.kind,
                                             .from_utc_ns = asked->look.from_utc_ns,
                                             .to_utc_ns = asked->look.to_utc_ns};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_INSPECT_RESULT_ASK, &ask, answered);
}

/* ---- the report ---- */

struct period {
    int64_t from; /* milliseconds */
    int64_t to;
    char reason[DETAIL_SIZE];
};
static const struct body_member members[] = {
    BODY_MEMBER(struct period, from, BODY_NUMBER, true),
    BODY_MEMBER(struct period, to, BODY_NUMBER, true),
    BODY_MEMBER(struct period, reason, BODY_TEXT, true),
};
const struct body_form report_form = BODY_FORM(struct period, members);

/* It leads to the records that its figures rest on (api_records.h). */
static bool report_begun(struct call *call, const struct keeper_answer *answer)
{
    const struct period *period = call->body;
    const struct lookup_scope scope = {"report", "", period->from * NS_PER_MS,
                                       period->to * NS_PER_MS};
    if (answer->type == MESSAGE_DONE && answer->payload->done.status == STATUS_OK)
        lookups_add(call->console->lookups, call->token, &scope);
    return call_pass_on(call, answer);
}

void api_report_ask(struct call *call)
{
    const struct period *period = call->body;
    struct message_inspect_ask ask = {.kind = INSPECT_REPORT};
    struct error error = {0};
    if (range_utc_ns(period->from, period->to, &ask.from_utc_ns, &ask.to_utc_ns, &error) !=
        STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    memcpy(ask.session, call->token, sizeof ask.session);
    memcpy(ask.reason, period->reason, sizeof ask.reason);
    call_ask(call, MESSAGE_INSPECT_ASK, &ask, report_begun);
}

static bool report_given(struct call *call, const struct keeper_answer *answer)
{
    const struct asked *asked = call->kept;
    struct buffer text = {0};
    if (answer->type != MESSAGE_INSPECT_RESULT)
        return call_pass_on(call, answer);
    enum status status = read_part(answer, PART_JSON, &text);
    json_t *report = status == STATUS_OK ? json_loads((const char *)text.data, 0, NULL) : NULL;
    buffer_release(&text);
    if (report == NULL) {
        fail(call, status == STATUS_OK ? STATUS_INVALID : status);
        return true;
    }
    json_t *json = state_json(&asked->state, request_language(call->request));
    json_object_set_new(json, "report", report);
    call_answer(call, json);
    return true;
}

static bool report_page_given(struct call *call, const struct keeper_answer *answer)
{
    const struct asked *asked = call->kept;
    char name[96];
    struct buffer text = {0};
    if (answer->type != MESSAGE_INSPECT_RESULT)
        return call_pass_on(call, answer);
    enum status status = read_part(answer, asked->part, &text);
    if (status != STATUS_OK) {
        buffer_release(&text);
        fail(call, status);
        return true;
    }
    text.size--; /* without the NUL */
    struct response *response = response_bytes(RESPONSE_OK, "text/html; charset=utf-8", &text);
    (void)snprintf(name, sizeof name, "attachment; filename=\"inspection-report-%llu.html\"",
                   (unsigned long long)asked->state.lookup);
    if (response != NULL)
        response_header(response, "Content-Disposition", name);
    request_answer(call->request, response);
    return true;
}

static bool report_looked_at(struct call *call, const struct keeper_answer *answer)
{
    struct asked *asked = call->kept;
    if (answer->type != MESSAGE_INSPECT_STATE)
        return call_pass_on(call, answer);
    asked->state = answer->payload->inspect_state;
    if (asked->state.phase == INSPECT_NONE)
        scope_ask_reason(call);
    else if (asked->state.phase == INSPECT_DONE)
        ask_result(call, asked->part == PART_JSON ? report_given : report_page_given);
    else
        call_answer(call, state_json(&asked->state, request_language(call->request)));
    return true;
}

static void look_at_report(struct call *call, enum part part)
{
    struct error error = {0};
    int64_t from = 0;
    int64_t to = 0;
    struct asked *asked = keep_asked(call, INSPECT_REPORT);
    if (asked == NULL)
        return;
    enum status status = query_number(&call->query, "from", 0, TIME_MS_MAX, 0, &from, &error);
    if (status == STATUS_OK)
        status = query_number(&call->query, "to", 0, TIME_MS_MAX, 0, &to, &error);
    if (status != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    asked->part = part;
    asked->look.from_utc_ns = from * NS_PER_MS;
    asked->look.to_utc_ns = to * NS_PER_MS;
    call_ask(call, MESSAGE_INSPECT_LOOK, &asked->look, report_looked_at);
}

void api_report(struct call *call)
{
    look_at_report(call, PART_JSON);
}

void api_report_page(struct call *call)
{
    bool is_chinese = strcmp(query_text(&call->query, "language"), "zh") == 0;
    look_at_report(call, is_chinese ? PART_CHINESE : PART_ENGLISH);
}

/* ---- the verification ---- */

static bool verification_begun(struct call *call, const struct keeper_answer *answer)
{
    const struct message_done *done = &answer->payload->done;
    if (answer->type != MESSAGE_DONE || done->status != STATUS_OK)
        return call_pass_on(call, answer);
    call_answer(call, json_pack("{s:I}", "id", (json_int_t)done->record));
    return true;
}

void api_verify_ask(struct call *call)
{
    struct message_inspect_ask ask = {.kind = INSPECT_VERIFY};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_INSPECT_ASK, &ask, verification_begun);
}

static void put_count(json_t *json, const char *name, const json_t *body)
{
    uint64_t number = 0;
    if (json_get_u64(body, name, &number) == STATUS_OK)
        json_object_set_new(json, name, json_integer((json_int_t)number));
}

static void put_text(json_t *json, const char *name, const json_t *body)
{
    const char *text = json_get_text(body, name);
    if (text != NULL)
        json_object_set_new(json, name, json_string(text));
}

/* A verdict on record, by its deed. */
static enum status take_verdict(void *context, const struct catalog_deed *deed)
{
    static const char *const counts[] = {"lookup", "records", "segments", "bytes", "findings"};
    static const char *const texts[] = {"outcome", "verdict", "limits", "detail"};
    json_t **found = context;
    json_t *body = NULL;
    if (record_body_parse(deed->body, &body, NULL) != STATUS_OK)
        return STATUS_OK;
    *found =
        json_pack("{s:I, s:I, s:s}", "record", (json_int_t)deed->record.number, "at",
                  JSON_MS(deed->record.at_utc_ns), "by", deed_person(body, deed->record.source));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        put_count(*found, counts[i], body);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(*found, texts[i], body);
    json_decref(body);
    return STATUS_OK;
}

/* The newest on record, or that of one look-up; NULL: there is none. */
static json_t *verdict_on_record(struct call *call, uint64_t lookup)
{
    const struct catalog_deeds_wanted wanted = {
        .to_utc_ns = INT64_MAX, .action = "verified", .limit = 1};
    json_t *found = NULL;
    enum status status =
        lookup == 0
            ? catalog_page_deeds(call->console->catalog, &wanted, take_verdict, &found, NULL)
            : catalog_page_deed_about(call->console->catalog, lookup, "verified", take_verdict,
                                      &found, NULL);
    if (status == STATUS_OK)
        return found;
    json_decref(found);
    return NULL;
}

static json_t *verification_json(struct call *call)
{
    const struct asked *asked = call->kept;
    const struct message_inspect_state *state = &asked->state;
    json_t *json = state_json(state, request_language(call->request));
    if (state->phase == INSPECT_DONE) {
        json_t *verdict =
            json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:I}", "record", (json_int_t)state->record,
                      "at", JSON_MS(state->ended_utc_ns), "verdict", state->verdict, "records",
                      (json_int_t)state->records, "segments", (json_int_t)state->segments, "bytes",
                      (json_int_t)state->bytes, "findings", (json_int_t)state->findings);
        json_object_update_missing(json, verdict);
        json_object_set_new(json, "ended", json_integer(JSON_MS(state->ended_utc_ns)));
        json_decref(verdict);
    }
    json_object_set_new(json, "last", verdict_on_record(call, 0));
    return json;
}

static bool found_given(struct call *call, const struct keeper_answer *answer)
{
    struct buffer text = {0};
    enum part part =
        request_language(call->request) == LANGUAGE_CHINESE ? PART_CHINESE : PART_ENGLISH;
    if (answer->type == MESSAGE_DONE && answer->payload->done.status == STATUS_NOT_FOUND) {
        call_answer(call, verification_json(call)); /* another was begun meanwhile */
        return true;
    }
    if (answer->type != MESSAGE_INSPECT_RESULT)
        return call_pass_on(call, answer);
    json_t *json = verification_json(call);
    if (read_part(answer, part, &text) == STATUS_OK)
        json_object_set_new(json, "found", json_string((const char *)text.data));
    buffer_release(&text);
    call_answer(call, json);
    return true;
}

/* One that this keeper does not know of any more may be on record. */
static void answer_by_record(struct call *call, uint64_t number)
{
    json_t *last = verdict_on_record(call, number);
    if (last == NULL) {
        request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                       "there is no such verification");
        return;
    }
    json_t *json = json_pack("{s:s, s:I}", "phase", "done", "id", (json_int_t)number);
    json_object_update_missing(json, last);
    json_decref(last);
    call_answer(call, json);
}

static bool verification_looked_at(struct call *call, const struct keeper_answer *answer)
{
    struct asked *asked = call->kept;
    if (answer->type != MESSAGE_INSPECT_STATE)
        return call_pass_on(call, answer);
    asked->state = answer->payload->inspect_state;
    if (asked->number != 0 && asked->number != asked->state.lookup)
        answer_by_record(call, asked->number);
    else if (asked->state.phase == INSPECT_DONE)
        ask_result(call, found_given);
    else
        call_answer(call, verification_json(call));
    return true;
}

static void look_at_verification(struct call *call, uint64_t number)
{
    struct asked *asked = keep_asked(call, INSPECT_VERIFY);
    if (asked == NULL)
        return;
    asked->number = number;
    call_ask(call, MESSAGE_INSPECT_LOOK, &asked->look, verification_looked_at);
}

void api_verify(struct call *call)
{
    look_at_verification(call, 0);
}

void api_verify_one(struct call *call)
{
    look_at_verification(call, path_number(&call->path, 0));
}
