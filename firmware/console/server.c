#include "firmware/console/server.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "firmware/console/server_parts.h"

#define US_PER_MS UINT64_C(1000)
#define SWEEP_US  UINT64_C(500000) /* at most */
#define TLS_RULES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct server {
    struct server_plan plan;
    struct MHD_Daemon *daemon;
    sd_event_source *readable; /* its epoll descriptor */
    sd_event_source *due;      /* when it wants to run without anything to read */
    sd_event_source *sweep;
    struct connection *connections;
    size_t count;
    bool has_to_run; /* libmicrohttpd is to run without anything to read: it does not see to that */
};

/* ---- connections ---- */

void connection_allow(struct connection *connection, uint64_t allowed_us)
{
    connection->since_us = clock_timer_us();
    connection->allowed_us = allowed_us;
}

void connection_suspend(struct connection *connection)
{
    connection->is_suspended = true;
    MHD_suspend_connection(connection->handle);
}

void connection_resume(struct connection *connection)
{
    if (!connection->is_suspended)
        return;
    connection->is_suspended = false;
    connection->server->has_to_run = true;
    MHD_resume_connection(connection->handle);
}

static void write_address(struct connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->handle, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info == NULL ? NULL : info->client_addr;
    const void *number = NULL;
    if (address != NULL && address->sa_family == AF_INET)
        number = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address != NULL && address->sa_family == AF_INET6)
        number = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (number == NULL || inet_ntop(address->sa_family, number, connection->address,
                                    sizeof connection->address) == NULL)
        connection->address[0] = '\0';
}

static void open_connection(struct server *server, struct MHD_Connection *handle, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof *connection);
    *context = connection;
    if (connection == NULL)
        return;
    connection->server = server;
    connection->handle = handle;
    connection->descriptor = info == NULL ? -1 : info->connect_fd;
    connection->next = server->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->connections = connection;
    server->count++;
    write_address(connection);
    connection_allow(connection, server->plan.request_ms * US_PER_MS);
}

static void close_connection(struct server *server, struct connection *connection)
{
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    server->count--;
    /* Where there were as many as there may be, it listens again in its next run, not in this. */
    server->has_to_run = true;
    free(connection);
}

static void on_connection(void *context, struct MHD_Connection *handle, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        open_connection(context, handle, own);
    else if (*own != NULL)
        close_connection(context, *own);
}

static struct connection *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static uint64_t sweep_us(const struct server *server)
{
    uint64_t part_us = server->plan.request_ms * US_PER_MS / 8;
    return part_us < SWEEP_US ? part_us : SWEEP_US;
}

/* Where many wait to be let in, whoever says nothing does not hold a place for long. */
static uint64_t patience_us(const struct server *server, const struct connection *connection)
{
    uint64_t hurried_us = server->plan.request_ms * US_PER_MS / 8;
    bool is_asking = connection->request == NULL || !connection->request->is_handled;
    return is_asking && server->count > SERVER_CROWD && connection->allowed_us > hurried_us
               ? hurried_us
               : connection->allowed_us;
}

/* Only its socket is shut down: what hangs on it libmicrohttpd then ends itself. */
static int on_sweep(sd_event_source *source, uint64_t at_us, void *context)
{
    struct server *server = context;
    uint64_t now = clock_timer_us();
    (void)at_us;
    for (struct connection *each = server->connections; each != NULL; each = each->next) {
        if (each->allowed_us == 0 || now - each->since_us < patience_us(server, each))
            continue;
        log_debug("%s is too slow", each->address);
        each->allowed_us = 0;
        (void)shutdown(each->descriptor, SHUT_RDWR);
        connection_resume(each);
    }
    sd_event_source_set_time_relative(source, sweep_us(server));
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

/* ---- requests ---- */

static void *on_target(void *context, const char *target, struct MHD_Connection *handle)
{
    struct connection *connection = connection_of(handle);
    struct request *request = connection == NULL ? NULL : request_new(target);
    (void)context;
    if (request == NULL)
        return NULL;
    request->connection = connection;
    connection->request = request;
    return request;
}

static enum MHD_Result send_answer(struct request *request)
{
    struct response *response = request->response;
    uint64_t allowed_us = 0;
    request->response = NULL;
    if (response == NULL)
        return MHD_NO;
    if (!response->is_endless)
        allowed_us = SERVER_ANSWER_MS * US_PER_MS + response->size * 1000000u / SERVER_PACE;
    connection_allow(request->connection, allowed_us);
    enum MHD_Result result =
        MHD_queue_response(request->connection->handle, response->code, response->body);
    response_free(response);
    return result;
}

/* Refuses by its headers what need not be read. */
static void look_at_headers(struct request *request)
{
    struct MHD_Connection *handle = request->connection->handle;
    const char *length = request_header(request, "Content-Length");
    char *end = NULL;
    unsigned long size = length == NULL ? 0 : strtoul(length, &end, 10);
    if (MHD_get_connection_values(handle, MHD_HEADER_KIND, NULL, NULL) > SERVER_HEADERS_MAX)
        request_refuse(request, RESPONSE_HEADERS_TOO_LARGE, STATUS_INVALID,
                       "the request has too many headers");
    else if (request_says_twice(request))
        request_refuse(request, RESPONSE_BAD_REQUEST, STATUS_INVALID,
                       "the request has a header twice");
    else if (request_header(request, "Transfer-Encoding") != NULL)
        request_refuse(request, RESPONSE_LENGTH_REQUIRED, STATUS_INVALID,
                       "the request does not say how long it is");
    else if (length != NULL && (*end != '\0' || size > REQUEST_BODY_MAX))
        request_refuse(request, RESPONSE_TOO_LARGE, STATUS_INVALID, "the request is too long");
}

static enum MHD_Result take_body(struct request *request, const char *data, size_t *size)
{
    size_t given = *size;
    *size = 0;
    if (given > REQUEST_BODY_MAX - request->body.size)
        return MHD_NO;
    return buffer_append(&request->body, data, given) == STATUS_OK ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *handle, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **own)
{
    struct server *server = context;
    struct request *request = *own;
    (void)handle;
    (void)url;
    (void)version;
    if (request == NULL)
        return MHD_NO;
    if (!request->is_begun) {
        request->is_begun = true;
        request->method = method;
        look_at_headers(request);
        return request->is_answered ? send_answer(request) : MHD_YES;
    }
    if (*size > 0)
        return take_body(request, data, size);
    if (!request->is_handled) {
        request->is_handled = true;
        connection_allow(request->connection, 0);
        server->plan.handle(server->plan.context, request);
    }
    if (request->is_answered)
        return send_answer(request);
    connection_suspend(request->connection);
    return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *handle, void **own,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct request *request = *own;
    (void)handle;
    (void)code;
    if (request == NULL)
        return;
    request->connection->request = NULL;
    connection_allow(request->connection, server->plan.request_ms * US_PER_MS);
    request_free(request);
    *own = NULL;
}

/* ---- the event loop ---- */

static void run(struct server *server)
{
    server->has_to_run = false;
    if (MHD_run(server->daemon) != MHD_YES)
        log_warning("the HTTP server could not run");
}

static int on_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    (void)source;
    (void)descriptor;
    (void)events;
    run(context);
    return 0;
}

static int on_due(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    run(context);
    return 0;
}

/* Before each wait: until when it may last. */
static int on_prepare(sd_event_source *source, void *context)
{
    struct server *server = context;
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    (void)source;
    if (!server->has_to_run && MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES)
        return sd_event_source_set_enabled(server->due, SD_EVENT_OFF);
    int problem = sd_event_source_set_time(server->due, clock_timer_us() + wait_ms * US_PER_MS);
    return problem < 0 ? problem : sd_event_source_set_enabled(server->due, SD_EVENT_ONESHOT);
}

static int watch(struct server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    sd_event *event = server->plan.event;
    if (info == NULL)
        return -1;
    int problem =
        sd_event_add_io(event, &server->readable, info->epoll_fd, EPOLLIN, on_readable, server);
    if (problem >= 0)
        problem = sd_event_add_time(event, &server->due, CLOCK_MONOTONIC, 0, 1, on_due, server);
    if (problem >= 0)
        problem = sd_event_source_set_prepare(server->readable, on_prepare);
    if (problem >= 0)
        problem = sd_event_add_time_relative(event, &server->sweep, CLOCK_MONOTONIC,
                                             sweep_us(server), 0, on_sweep, server);
    return problem;
}

static void on_log(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* What clients do wrong is theirs. */
static void on_log(void *context, const char *format, va_list arguments)
{
    char text[256];
    (void)context;
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    log_debug("%s", text);
}

static struct MHD_Daemon *start(struct server *server)
{
    const struct server_plan *plan = &server->plan;
    struct MHD_OptionItem tls[] = {
        {plan->certificate == NULL ? MHD_OPTION_END : MHD_OPTION_HTTPS_MEM_KEY, 0,
         (void *)(uintptr_t)plan->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)plan->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_RULES},
        {MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (plan->certificate != NULL)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
        MHD_OPTION_LISTEN_SOCKET, plan->socket, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_CONNECTION_LIMIT, SERVER_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, SERVER_ADDRESS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVER_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
}

enum status server_new(const struct server_plan *plan, struct server **result, struct error *error)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the HTTP server");
    server->plan = *plan;
    server->plan.event = sd_event_ref(plan->event);
    if (server->plan.request_ms == 0)
        server->plan.request_ms = SERVER_REQUEST_MS;
    server->daemon = start(server);
    if (server->daemon == NULL || watch(server) < 0) {
        server_free(server);
        return error_set(error, STATUS_IO,
                         "the HTTP server cannot be started: with TLS, certificate "
                         "and key may not be PEM, or not fit each other");
    }
    *result = server;
    return STATUS_OK;
}

static void end_all(struct server *server)
{
    for (struct connection *each = server->connections; each != NULL; each = each->next) {
        if (each->request != NULL)
            each->request->is_answered = each->request->is_handled = true;
        connection_resume(each);
    }
    MHD_stop_daemon(server->daemon);
}

void server_free(struct server *server)
{
    if (server == NULL)
        return;
    sd_event_source_disable_unref(server->readable);
    sd_event_source_disable_unref(server->due);
    sd_event_source_disable_unref(server->sweep);
    if (server->daemon != NULL)
        end_all(server);
    sd_event_unref(server->plan.event);
    free(server);
}
