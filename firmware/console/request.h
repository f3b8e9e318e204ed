/*
 * One request, as it reaches its handler: complete, within the limits, everything in it parsed.
 *
 * A handler answers once, at once or later: until it does, the connection is suspended and costs
 * nothing. The request is the server's and lives until its answer has been sent or the client has
 * gone, which comes after the answer; so whoever is going to answer may keep the pointer till then.
 */
#ifndef SEALROOM_CONSOLE_REQUEST_H
#define SEALROOM_CONSOLE_REQUEST_H

#include "firmware/console/body.h"
#include "firmware/console/origin.h"
#include "firmware/console/path.h"
#include "firmware/console/query.h"
#include "firmware/console/response.h"

struct request;

/* The texts live as long as the request. */
const char *request_method(const struct request *request);
/* Before the '?', as it came. */
const char *request_path(const struct request *request);
/* Behind it. */
struct bytes request_query_text(const struct request *request);
struct bytes request_body(const struct request *request);
/* NULL where it is absent. */
const char *request_header(const struct request *request, const char *name);
/* Does it have one of those headers twice that must mean the same to everybody? */
bool request_says_twice(const struct request *request);
bool request_is_secure(const struct request *request);
enum language request_language(const struct request *request);
/* Numeric, of the other side. */
const char *request_address(const struct request *request);

/* Is the client there still? One that has gone is not noticed while its answer is waited for. */
bool request_is_wanted(const struct request *request);

/* What its route makes of it, and is needed until the request ends: freed then. */
void request_keep(struct request *request, void *data, void (*release)(void *data));

/* Takes `response`; NULL closes the connection. Not twice. */
void request_answer(struct request *request, struct response *response);
/* Says no; `sentence` is English. */
void request_refuse(struct request *request, enum response_code code, enum status status,
                    const char *sentence);
/* The same, with the code that belongs to error->status. */
void request_fail(struct request *request, const struct error *error);

#endif
