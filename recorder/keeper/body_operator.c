#include "keeper/body_operator.h"

static struct body begin(enum operator_action action)
{
    struct body body = body_begin();
    body_text(&body, "action", word_operator_action(action)->name);
    return body;
}

void body_put_operator(struct body *body, const struct operator_peer *operator)
{
    if (operator->account[0] != '\0') {
        body_text(body, "account", operator->account);
        body_text(body, "person", operator->person);
        body_text(body, "second", operator->second);
        return;
    }
    body_small(body, "uid", operator->uid);
    body_small(body, "process", operator->process);
}

json_t *body_login(const char *account, const char *person, const char *address)
{
    struct body body = begin(OPERATOR_LOGIN);
    body_text(&body, "account", account);
    body_text(&body, "person", person);
    body_text(&body, "address", address);
    return body_end(&body);
}

json_t *body_login_failed(const char *account, const char *address, uint64_t folded)
{
    struct body body = begin(OPERATOR_LOGIN_FAILED);
    body_text(&body, "account", account);
    body_text(&body, "address", address);
    if (folded > 0)
        body_u64(&body, "folded", folded);
    return body_end(&body);
}

json_t *body_logout(const struct session *session, enum session_end end)
{
    static const char *const causes[] = {
        [SESSION_LOGGED_OUT] = "logged_out", [SESSION_IDLE] = "idle",
        [SESSION_TOO_LONG] = "too_long",     [SESSION_ACCOUNT] = "account_changed",
        [SESSION_PUSHED] = "too_many",
    };
    struct body body = begin(OPERATOR_LOGOUT);
    body_text(&body, "account", session->account);
    body_text(&body, "address", session->address);
    body_text(&body, "ended", causes[end]);
    return body_end(&body);
}

json_t *body_refused(const struct operator_peer *operator, enum act act)
{
    const struct word *word = word_act(act);
    struct body body = begin(OPERATOR_REFUSED);
    body_text(&body, "act", word == NULL ? "none" : word->name);
    body_put_operator(&body, operator);
    return body_end(&body);
}

json_t *body_review(const struct operator_peer *operator, uint64_t entry, const char *note)
{
    struct body body = begin(OPERATOR_REVIEW);
    body_u64(&body, "entry", entry);
    body_text(&body, "note", note);
    body_put_operator(&body, operator);
    return body_end(&body);
}

json_t *body_acknowledge(const struct operator_peer *operator, uint64_t alarm, const char *note)
{
    struct body body = begin(OPERATOR_ACKNOWLEDGE);
    body_u64(&body, "begin", alarm);
    body_text(&body, "note", note);
    body_put_operator(&body, operator);
    return body_end(&body);
}

json_t *body_verified(const struct operator_peer *operator, const struct message_verified * said,
                      const char *failed)
{
    struct body body = begin(OPERATOR_VERIFIED);
    body_u64(&body, "lookup", said->lookup);
    body_text(&body, "outcome", failed == NULL ? "done" : "failed");
    if (failed == NULL) {
        body_text(&body, "verdict", said->verdict);
        body_u64(&body, "records", said->records);
        body_u64(&body, "segments", said->segments);
        body_u64(&body, "bytes", said->bytes);
        body_u64(&body, "findings", said->findings);
        body_text(&body, "limits", said->limits);
    } else {
        body_text(&body, "detail", failed);
    }
    body_put_operator(&body, operator);
    return body_end(&body);
}
