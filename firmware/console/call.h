/*
 * A request on its way through its route: what it asks for, who asks, and what its handler waits
 * for. Made when the route is found, freed with the request.
 */
#ifndef SEALROOM_CONSOLE_CALL_H
#define SEALROOM_CONSOLE_CALL_H

#include "firmware/console/keeper_link.h"
#include "firmware/console/request.h"
#include "firmware/console/route.h"

struct console;

struct call {
    struct console *console;
    struct request *request;
    const struct route *route;
    struct path_values path;
    struct query query;
    void *body;                 /* a struct of the route's form; NULL without one */
    char token[TOKEN_SIZE];     /* of the session, as the cookie has it; "" for none */
    struct message_session who; /* what the keeper said of it; all zero where nobody was asked */
    void *kept;                 /* the handler's own, freed with the call by `release` */
    void (*release)(void *kept);
    bool (*answered)(struct call *call, const struct keeper_answer *answer);
};

/* One answer to what was asked; true: it was the last. */
typedef bool (*call_answered)(struct call *call, const struct keeper_answer *answer);

/* Asks the keeper. One question at a time; `answered` must answer the request with the last of the
 * answers, or ask again. */
void call_ask(struct call *call, enum message_type type, const void *payload,
              call_answered answered);
/* For questions whose one answer is a DONE: {"record": N} when it is listed, or why not. */
bool call_pass_on(struct call *call, const struct keeper_answer *answer);
/* Says no as a DONE does that is no STATUS_OK. */
void call_refuse(struct call *call, const struct message_done *done);
/* Answers with JSON, which is taken. */
void call_answer(struct call *call, json_t *json);

#endif
