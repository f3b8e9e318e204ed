#include "firmware/console/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/console/console.h"
#include "firmware/console/range.h"
#include "phrase/phrase.h"
#include "store/catalog_page.h"

#define NS_PER_MINUTE (60 * NS_PER_SECOND)
/* A look-up of what is being recorded covers so much of what is still to come. */
#define AHEAD_NS (10 * NS_PER_MINUTE)

static int64_t recent_utc_ns(const struct console *console)
{
    return clock_utc_ns() - (int64_t)console->settings->setup.recent_minutes * NS_PER_MINUTE;
}

int64_t scope_recent_utc_ns(const struct call *call)
{
    return recent_utc_ns(call->console);
}

bool scope_is_open_to(const struct console *console, const char *session,
                      const struct lookup_scope *scope)
{
    struct lookup_scope older = *scope;
    int64_t recent = recent_utc_ns(console);
    if (older.to_utc_ns > recent)
        older.to_utc_ns = recent;
    return older.from_utc_ns >= older.to_utc_ns || lookups_cover(console->lookups, session, &older);
}

bool scope_is_covered(const struct call *call, const struct lookup_scope *scope)
{
    return scope_is_open_to(call->console, call->token, scope);
}

void scope_ask_reason(struct call *call)
{
    char shown[PHRASE_SIZE];
    request_answer(
        call->request,
        response_json(RESPONSE_FORBIDDEN,
                      json_pack("{s:{s:s, s:s}}", "error", "code", "reason_needed", "text",
                                phrase_in("that is looked up for a reason only",
                                          request_language(call->request), shown, sizeof shown))));
}

bool scope_is_open(struct call *call, const struct lookup_scope *scope)
{
    bool is_open = scope_is_covered(call, scope);
    if (!is_open)
        scope_ask_reason(call);
    return is_open;
}

bool scope_is_on_record(struct call *call, const struct lookup_scope *scope)
{
    bool is_on_record = lookups_cover(call->console->lookups, call->token, scope);
    if (!is_on_record)
        scope_ask_reason(call);
    return is_on_record;
}

/* ---- a look-up with its reason ---- */

struct said {
    char what[ID_SIZE];
    int64_t from; /* milliseconds */
    int64_t to;
    int64_t number; /* of an entry, in place of the range */
    char cameras[DETAIL_SIZE];
    char doors[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
};
static const struct body_member members[] = {
    BODY_MEMBER(struct said, what, BODY_TEXT, true),
    BODY_MEMBER(struct said, from, BODY_NUMBER, false),
    BODY_MEMBER(struct said, to, BODY_NUMBER, false),
    BODY_MEMBER(struct said, number, BODY_NUMBER, false),
    BODY_MEMBER(struct said, cameras, BODY_TEXT, false),
    BODY_MEMBER(struct said, doors, BODY_TEXT, false),
    BODY_MEMBER(struct said, reason, BODY_TEXT, true),
};
const struct body_form lookup_form = BODY_FORM(struct said, members);

static bool recorded(struct call *call, const struct keeper_answer *answer)
{
    const struct message_lookup *asked = call->kept;
    if (answer->type == MESSAGE_DONE && answer->payload->done.status == STATUS_OK) {
        const struct lookup_scope scope = {asked->what, asked->filter, asked->from_utc_ns,
                                           asked->to_utc_ns};
        lookups_add(call->console->lookups, call->token, &scope);
    }
    return call_pass_on(call, answer);
}

/* The range of one entry: of its time, which a page that was given its number alone cannot say. */
static enum status take_number(struct call *call, uint64_t number, struct message_lookup *message,
                               struct error *error)
{
    struct catalog_page_entry entry;
    enum status status = catalog_page_entry(call->console->catalog, number, &entry, error);
    if (status != STATUS_OK)
        return error_set(error, status, "there is no such entry");
    message->from_utc_ns = entry_record_time(&entry.entry.entry).utc_ns;
    message->to_utc_ns = message->from_utc_ns + NS_PER_MS;
    return STATUS_OK;
}

static enum status fill(struct call *call, const struct said *said, struct message_lookup *message,
                        struct error *error)
{
    static const char *const kinds[] = {"entries", "video", "register"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        is_known = is_known || strcmp(said->what, kinds[i]) == 0;
    if (!is_known)
        return error_set(error, STATUS_INVALID, "%s cannot be looked up", said->what);
    memcpy(message->session, call->token, sizeof message->session);
    memcpy(message->what, said->what, sizeof message->what);
    memcpy(message->reason, said->reason, sizeof message->reason);
    memcpy(message->filter, said->cameras[0] != '\0' ? said->cameras : said->doors,
           sizeof message->filter);
    if (said->number > 0)
        return take_number(call, (uint64_t)said->number, message, error);
    return range_utc_ns(said->from, said->to, &message->from_utc_ns, &message->to_utc_ns, error);
}

void api_lookup(struct call *call)
{
    struct error error = {0};
    struct message_lookup *message = calloc(1, sizeof *message);
    if (message == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    call->kept = message;
    call->release = free;
    if (fill(call, call->body, message, &error) != STATUS_OK)
        request_fail(call->request, &error);
    else
        call_ask(call, MESSAGE_LOOKUP, message, recorded);
}

/* ---- the newest stretch ---- */

struct recent {
    struct message_lookup message;
    void (*then)(struct call *call);
};

static bool recorded_recent(struct call *call, const struct keeper_answer *answer)
{
    struct recent *recent = call->kept;
    const struct message_lookup *message = &recent->message;
    const struct lookup_scope scope = {message->what, message->filter, message->from_utc_ns,
                                       message->to_utc_ns};
    void (*then)(struct call * call) = recent->then;
    if (answer->type != MESSAGE_DONE || answer->payload->done.status != STATUS_OK)
        return call_pass_on(call, answer);
    lookups_add(call->console->lookups, call->token, &scope);
    free(recent);
    call->kept = NULL;
    call->release = NULL;
    then(call);
    return true;
}

void scope_record_recent(struct call *call, const char *what, const char *camera,
                         void (*then)(struct call *call))
{
    int64_t now = clock_utc_ns();
    const struct lookup_scope scope = {what, camera, scope_recent_utc_ns(call) + AHEAD_NS, now};
    if (lookups_cover(call->console->lookups, call->token, &scope)) {
        then(call);
        return;
    }
    struct recent *recent = calloc(1, sizeof *recent);
    if (recent == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    recent->then = then;
    recent->message.from_utc_ns = scope_recent_utc_ns(call);
    recent->message.to_utc_ns = now + AHEAD_NS;
    message_text(recent->message.what, sizeof recent->message.what, what);
    message_text(recent->message.filter, sizeof recent->message.filter, camera);
    (void)snprintf(recent->message.reason, sizeof recent->message.reason,
                   "the newest %u minutes need no reason",
                   call->console->settings->setup.recent_minutes);
    memcpy(recent->message.session, call->token, sizeof recent->message.session);
    call->kept = recent;
    call->release = free;
    call_ask(call, MESSAGE_LOOKUP, &recent->message, recorded_recent);
}
