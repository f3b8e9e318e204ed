#include "firmware/console/api_holds.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sealed.h"
#include "firmware/console/range.h"

#define HOLDS_SIZE_MAX ((size_t)4 * 1024 * 1024)

/* ---- which there are ---- */

static enum status read_holds(int file, size_t size, json_t **holds, struct error *error)
{
    size_t got = 0;
    char *text = size > HOLDS_SIZE_MAX ? NULL : malloc(size + 1);
    if (text != NULL && sealed_read(file, text, size, &got) == STATUS_OK)
        *holds = json_loadb(text, got, 0, NULL);
    free(text);
    return *holds != NULL ? STATUS_OK
                          : error_set(error, STATUS_INVALID, "the list of holds cannot be read");
}

static bool take_holds(struct call *call, const struct keeper_answer *answer)
{
    struct error error = {0};
    json_t *holds = NULL;
    if (answer->type != MESSAGE_HOLDS)
        return call_pass_on(call, answer);
    if (read_holds(*answer->attached, answer->payload->holds.size, &holds, &error) != STATUS_OK)
        request_fail(call->request, &error);
    else
        call_answer(call, json_pack("{s:o}", "holds", holds));
    return true;
}

void api_holds(struct call *call)
{
    struct message_holds_ask ask = {0};
    memcpy(ask.session, call->token, sizeof ask.session);
    call_ask(call, MESSAGE_HOLDS_ASK, &ask, take_holds);
}

/* ---- setting and releasing ---- */

struct said {
    int64_t from; /* milliseconds */
    int64_t to;
    char cameras[DETAIL_SIZE];
    char doors[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
};
static const struct body_member hold_members[] = {
    BODY_MEMBER(struct said, from, BODY_NUMBER, true),
    BODY_MEMBER(struct said, to, BODY_NUMBER, true),
    BODY_MEMBER(struct said, cameras, BODY_TEXT, false),
    BODY_MEMBER(struct said, doors, BODY_TEXT, false),
    BODY_MEMBER(struct said, reason, BODY_TEXT, true),
};
const struct body_form hold_form = BODY_FORM(struct said, hold_members);

void api_hold_set(struct call *call)
{
    const struct said *said = call->body;
    struct message_hold_set set = {0};
    struct error error = {0};
    if (range_utc_ns(said->from, said->to, &set.from_utc_ns, &set.to_utc_ns, &error) != STATUS_OK) {
        request_fail(call->request, &error);
        return;
    }
    memcpy(set.session, call->token, sizeof set.session);
    memcpy(set.cameras, said->cameras, sizeof set.cameras);
    memcpy(set.doors, said->doors, sizeof set.doors);
    memcpy(set.reason, said->reason, sizeof set.reason);
    call_ask(call, MESSAGE_HOLD_SET, &set, call_pass_on);
}

struct release {
    char reason[DETAIL_SIZE];
    char second[TOKEN_SIZE];
};
static const struct body_member release_members[] = {
    BODY_MEMBER(struct release, reason, BODY_TEXT, true),
    BODY_MEMBER(struct release, second, BODY_TEXT, false),
};
const struct body_form release_form = BODY_FORM(struct release, release_members);

void api_hold_release(struct call *call)
{
    const struct release *said = call->body;
    struct message_hold_release release = {.hold = path_number(&call->path, 0)};
    memcpy(release.session, call->token, sizeof release.session);
    memcpy(release.second, said->second, sizeof release.second);
    memcpy(release.reason, said->reason, sizeof release.reason);
    call_ask(call, MESSAGE_HOLD_RELEASE, &release, call_pass_on);
}
