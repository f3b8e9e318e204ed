#include "firmware/console/console.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/console/cookie.h"
#include "firmware/console/token.h"

static void free_call(void *data)
{
    struct call *call = data;
    if (call->release != NULL)
        call->release(call->kept);
    if (call->body != NULL)
        explicit_bzero(call->body, call->route->body->size);
    free(call->body);
    explicit_bzero(call->token, sizeof call->token);
    free(call);
}

/* ---- pages ---- */

static bool is_reading(const struct request *request)
{
    const char *method = request_method(request);
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void give_page(const struct console *console, struct request *request)
{
    const struct static_file *file = static_files_find(console->files, request_path(request));
    if (file == NULL)
        request_refuse(request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND, "there is no such page");
    else if (!is_reading(request))
        request_refuse(request, RESPONSE_METHOD_NOT_ALLOWED, STATUS_UNSUPPORTED,
                       "that cannot be done with this page");
    else if (static_file_is_known(file, request_header(request, "If-None-Match")))
        request_answer(request, response_not_modified(file->etag));
    else
        request_answer(request,
                       response_static(file->type, buffer_bytes(&file->content), file->etag));
}

/* ---- routes ---- */

/* The keeper has said who it is, and that he may. */
static bool let_in(struct call *call, const struct keeper_answer *answer)
{
    const struct message_done *done = &answer->payload->done;
    if (answer->type == MESSAGE_SESSION) {
        call->who = answer->payload->session;
        call->route->handle(call);
    } else if (answer->type != MESSAGE_DONE) {
        return false;
    } else if (done->status == STATUS_NOT_FOUND) {
        console_ask_to_log_in(call);
    } else {
        call_refuse(call, done);
    }
    return true;
}

static void ask_who_it_is(struct call *call)
{
    struct message_session_check check = {.act = (uint16_t)call->route->act,
                                          .active = !call->route->is_poll};
    if (call->token[0] == '\0') {
        console_ask_to_log_in(call);
        return;
    }
    memcpy(check.session, call->token, sizeof check.session);
    call_ask(call, MESSAGE_SESSION_CHECK, &check, let_in);
    explicit_bzero(check.session, sizeof check.session);
}

static bool is_json(const struct request *request)
{
    const char *type = request_header(request, "Content-Type");
    return type != NULL && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';');
}

/* What another site's page cannot make a browser send. */
static bool is_ours(struct call *call)
{
    struct request *request = call->request;
    const struct origin origin = {.host = request_header(request, "Host"),
                                  .origin = request_header(request, "Origin"),
                                  .fetch_site = request_header(request, "Sec-Fetch-Site"),
                                  .is_secure = request_is_secure(request)};
    if (!origin_is_own(&origin)) {
        request_refuse(request, RESPONSE_FORBIDDEN, STATUS_REFUSED,
                       "another site's page asks for this");
        return false;
    }
    if (call->route->body == NULL)
        return true;
    const char *given = request_header(request, "X-Sealroom");
    if (!is_json(request))
        request_refuse(request, RESPONSE_UNSUPPORTED_MEDIA, STATUS_INVALID,
                       "the request is not a JSON object");
    else if (given == NULL ||
             (call->route->act != ACT_NONE && !form_token_fits(call->token, given)))
        request_refuse(request, RESPONSE_FORBIDDEN, STATUS_REFUSED,
                       "this page is out of date: load it again");
    else
        return true;
    return false;
}

static bool read_parts(struct call *call)
{
    struct error error = {0};
    const struct route *route = call->route;
    struct request *request = call->request;
    enum status status =
        query_read(request_query_text(request), route->query, &call->query, &error);
    if (status == STATUS_OK && route->body != NULL) {
        call->body = calloc(1, route->body->size);
        status = call->body == NULL
                     ? error_set(&error, STATUS_NO_MEMORY, "no memory for the request")
                     : body_read(request_body(request), route->body, call->body, &error);
    }
    if (status != STATUS_OK)
        request_fail(request, &error);
    return status == STATUS_OK;
}

static void take_call(struct call *call)
{
    const char *cookies = request_header(call->request, "Cookie");
    if (cookies != NULL)
        (void)cookie_find(bytes_of_text(cookies), COOKIE_NAME, call->token, sizeof call->token);
    if (!is_ours(call) || !read_parts(call))
        return;
    if (call->route->act == ACT_NONE)
        call->route->handle(call);
    else
        ask_who_it_is(call);
}

static void find_route(struct console *console, struct request *request)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        request_answer(request, NULL);
        return;
    }
    call->console = console;
    call->request = request;
    request_keep(request, call, free_call);
    switch (route_find(&console_routes, request_method(request), request_path(request), &call->path,
                       &call->route)) {
    case ROUTE_FITS:
        take_call(call);
        break;
    case ROUTE_OTHER_METHOD:
        request_refuse(request, RESPONSE_METHOD_NOT_ALLOWED, STATUS_UNSUPPORTED,
                       "that cannot be done with this page");
        break;
    case ROUTE_NOT_FOUND:
        request_refuse(request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND, "there is no such page");
        break;
    }
}

void console_handle(void *context, struct request *request)
{
    struct console *console = context;
    if (!origin_is_here(request_header(request, "Host"), console->settings->setup.name))
        request_refuse(request, RESPONSE_MISDIRECTED, STATUS_REFUSED,
                       "the console does not go by this name: see console.name in the "
                       "configuration");
    else if (strncmp(request_path(request), "/api/", 5) == 0)
        find_route(console, request);
    else
        give_page(console, request);
}
