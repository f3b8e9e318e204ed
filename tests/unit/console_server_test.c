/* The console's HTTP server on a real socket: its limits, answers that come later, streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "firmware/console/route.h"
#include "firmware/console/server.h"
#include "firmware/console/static_files.h"
#include "firmware/console/stream.h"

#define PATIENCE_MS 10000

/* The server on a thread of its own; the test is the client. */
struct rig {
    uint16_t port;
    int stop; /* an eventfd */
    pthread_t thread;
    int socket;
    uint32_t request_ms;
    sd_event *event;
    struct server *server;
    struct request *waiting; /* that asked for /later */
    struct stream *stream;
    unsigned closed_streams;
};

static void on_closed(void *context, struct stream *stream)
{
    struct rig *rig = context;
    assert_ptr_equal(stream, rig->stream);
    rig->stream = NULL;
    rig->closed_streams++;
}

static void say(struct request *request, const char *text)
{
    request_answer(request, response_json(RESPONSE_OK, json_pack("{s:s}", "said", text)));
}

static int on_soon(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    say(context, "soon");
    return 0;
}

static void handle(void *context, struct request *request)
{
    struct rig *rig = context;
    const char *path = request_path(request);
    struct bytes body = request_body(request);
    char text[64];
    if (strcmp(path, "/later") == 0) {
        rig->waiting = request;
    } else if (strcmp(path, "/now") == 0) {
        say(rig->waiting, "at last");
        say(request, "done");
    } else if (strcmp(path, "/soon") == 0) {
        assert_true(sd_event_add_time_relative(rig->event, NULL, CLOCK_MONOTONIC, 20000, 1, on_soon,
                                               request) >= 0);
    } else if (strcmp(path, "/stream") == 0) {
        rig->stream = stream_open(request, on_closed, rig);
    } else if (strcmp(path, "/event") == 0) {
        json_t *data = json_pack("{s:i}", "record", 7);
        stream_send(rig->stream, "news", data);
        json_decref(data);
        say(request, "done");
    } else if (strcmp(path, "/streams") == 0) {
        if (rig->stream != NULL)
            stream_beat(rig->stream);
        (void)snprintf(text, sizeof text, "%u", rig->closed_streams);
        say(request, text);
    } else {
        (void)snprintf(text, sizeof text, "%s %.20s %zu", request_method(request),
                       request_address(request), body.size);
        say(request, text);
    }
}

static int on_stop(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    (void)descriptor;
    (void)events;
    (void)context;
    return sd_event_exit(sd_event_source_get_event(source), 0);
}

static void *serve(void *context)
{
    struct rig *rig = context;
    struct error error = {0};
    const struct server_plan plan = {
        .socket = rig->socket, .request_ms = rig->request_ms, .handle = handle, .context = rig};
    struct server_plan own = plan;
    assert_true(sd_event_new(&rig->event) >= 0);
    own.event = rig->event;
    assert_int_equal(server_new(&own, &rig->server, &error), STATUS_OK);
    assert_true(sd_event_add_io(rig->event, NULL, rig->stop, POLLIN, on_stop, rig) >= 0);
    assert_true(sd_event_loop(rig->event) >= 0);
    server_free(rig->server);
    sd_event_unref(rig->event);
    return NULL;
}

static int set_up_with(void **state, uint32_t request_ms)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    rig->request_ms = request_ms;
    rig->stop = eventfd(0, EFD_CLOEXEC);
    rig->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(rig->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(rig->socket, 256), 0);
    assert_int_equal(getsockname(rig->socket, (struct sockaddr *)&address, &size), 0);
    rig->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&rig->thread, NULL, serve, rig), 0);
    *state = rig;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, 0);
}

static int set_up_impatient(void **state)
{
    return set_up_with(state, 300);
}

static int set_up_hurried(void **state)
{
    return set_up_with(state, 4000);
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    uint64_t one = 1;
    assert_int_equal(write(rig->stop, &one, sizeof one), sizeof one);
    pthread_join(rig->thread, NULL);
    close(rig->stop);
    free(rig);
    return 0;
}

/* ---- the client ---- */

/* From 127.0.0.`from`. */
static int dial_from(const struct rig *rig, unsigned from)
{
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(rig->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(client, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static int dial(const struct rig *rig)
{
    return dial_from(rig, 1);
}

static void put(int client, const char *text)
{
    (void)send(client, text, strlen(text), MSG_NOSIGNAL);
}

/* Reads until `wanted` has come, or the end if it is NULL. */
static bool comes(int client, const char *wanted, char *text, size_t size)
{
    size_t at = 0;
    struct pollfd wait = {.fd = client, .events = POLLIN};
    text[0] = '\0';
    while (at + 1 < size && poll(&wait, 1, PATIENCE_MS) == 1) {
        ssize_t got = recv(client, text + at, size - 1 - at, 0);
        if (got <= 0)
            return wanted == NULL;
        at += (size_t)got;
        text[at] = '\0';
        if (wanted != NULL && strstr(text, wanted) != NULL)
            return true;
    }
    return false;
}

/* One request on a connection of its own; the whole answer. */
static const char *ask(const struct rig *rig, const char *request)
{
    static char text[8192];
    int client = dial(rig);
    put(client, request);
    assert_true(comes(client, "}", text, sizeof text));
    close(client);
    return text;
}

static void expect_code(const struct rig *rig, const char *request, const char *code)
{
    const char *answer = ask(rig, request);
    assert_non_null(strstr(answer, code));
    assert_ptr_equal(strstr(answer, "HTTP/1.1 "), answer);
}

static void every_answer_bears_what_keeps_a_browser_in_check(void **state)
{
    const char *answer = ask(*state, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_non_null(strstr(answer, "GET 127.0.0.1 0"));
    assert_non_null(
        strstr(answer, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
    assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(answer, "Referrer-Policy: no-referrer"));
    assert_non_null(strstr(answer, "Cache-Control: no-store"));
}

static void a_body_is_taken_up_to_its_limit(void **state)
{
    static char request[REQUEST_BODY_MAX + 256];
    int size =
        snprintf(request, sizeof request,
                 "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", REQUEST_BODY_MAX);
    memset(request + size, 'x', REQUEST_BODY_MAX);
    request[size + REQUEST_BODY_MAX] = '\0';
    assert_non_null(strstr(ask(*state, request), "POST 127.0.0.1 16384"));
    expect_code(*state, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", " 413 ");
    expect_code(*state, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                " 411 ");
}

static void what_is_refused_is_said_in_the_asked_language(void **state)
{
    const char *answer = ask(*state, "POST /x HTTP/1.1\r\nHost: a\r\nAccept-Language: zh-CN\r\n"
                                     "Content-Length: 16385\r\n\r\n");
    assert_non_null(strstr(answer, "{\"error\":{\"code\":\"invalid\""));
    assert_non_null(strstr(answer, "请求过长"));
}

static void too_many_headers_are_refused(void **state)
{
    struct buffer request = {0};
    assert_int_equal(buffer_append_text(&request, "GET /x HTTP/1.1\r\nHost: a\r\n"), STATUS_OK);
    for (int i = 0; i < SERVER_HEADERS_MAX; i++)
        assert_int_equal(buffer_append_text(&request, "X-A: b\r\n"), STATUS_OK);
    assert_int_equal(buffer_append(&request, "\r\n", sizeof "\r\n"), STATUS_OK);
    expect_code(*state, (const char *)request.data, " 431 ");
    buffer_release(&request);
}

static void an_answer_may_come_later_while_others_are_answered(void **state)
{
    struct rig *rig = *state;
    char text[4096];
    int client = dial(rig);
    put(client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    for (bool is_there = false; !is_there;) {
        const char *answer = ask(rig, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_non_null(strstr(answer, " 200 "));
        is_there = __atomic_load_n(&rig->waiting, __ATOMIC_SEQ_CST) != NULL;
    }
    expect_code(rig, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", " 200 ");
    assert_true(comes(client, "at last", text, sizeof text));
    close(client);
}

static void an_answer_that_comes_while_nothing_else_happens_is_sent_at_once(void **state)
{
    for (int i = 0; i < 3; i++)
        assert_non_null(strstr(ask(*state, "GET /soon HTTP/1.1\r\nHost: a\r\n\r\n"), "soon"));
}

static void a_client_that_never_finishes_its_request_is_cut_off(void **state)
{
    char text[4096];
    static const char *const beginnings[] = {
        "", "GET /x HT", "GET /x HTTP/1.1\r\nHost: a\r\nX-A: ",
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        int client = dial(*state);
        put(client, beginnings[i]);
        assert_true(comes(client, NULL, text, sizeof text));
        close(client);
    }
}

static void a_client_that_sends_a_byte_now_and_then_is_cut_off_too(void **state)
{
    struct pollfd wait = {.fd = dial(*state), .events = POLLIN};
    put(wait.fd, "GET /x HTTP/1.1\r\nX-A: ");
    int sent = 0;
    while (sent < 200 && poll(&wait, 1, 50) == 0) {
        put(wait.fd, "b");
        sent++;
    }
    assert_in_range(sent, 1, 100);
    close(wait.fd);
}

static void one_address_has_its_share_of_connections_and_no_more(void **state)
{
    struct rig *rig = *state;
    int clients[200];
    char text[64];
    for (size_t i = 0; i < 200; i++)
        clients[i] = dial(rig);
    size_t closed = 0;
    /* those beyond are closed at once, the others are heard */
    for (size_t i = 0; i < 200; i++) {
        struct pollfd wait = {.fd = clients[i], .events = POLLIN};
        if (i >= SERVER_ADDRESS_MAX)
            closed += poll(&wait, 1, PATIENCE_MS) == 1 && recv(clients[i], text, 1, 0) <= 0;
    }
    assert_int_equal(closed, 200 - SERVER_ADDRESS_MAX);
    put(clients[0], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(comes(clients[0], " 200 ", text, sizeof text));
    for (size_t i = 0; i < 200; i++)
        close(clients[i]);
}

static void in_a_crowd_nobody_who_says_nothing_keeps_his_place(void **state)
{
    struct rig *rig = *state;
    int clients[SERVER_CONNECTIONS_MAX];
    char text[256];
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        clients[i] = dial_from(rig, 2 + (unsigned)i % 4);
        put(clients[i], "GET /x HTTP/1.1\r\nX: ");
    }
    uint64_t began = clock_timer_us();
    int late = dial(rig);
    put(late, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(comes(late, " 200 ", text, sizeof text));
    assert_true(clock_timer_us() - began < 3000000);
    close(late);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++)
        close(clients[i]);
}

static void a_header_that_says_two_things_is_refused(void **state)
{
    static const char *const twice[] = {
        "Content-Length: 0\r\nContent-Length: 5", "Cookie: sealroom=a\r\nCookie: sealroom=a",
        "X-Sealroom: a\r\nx-sealroom: b", "Origin: http://a\r\nOrigin: http://b", "Host: b"};
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        char request[256];
        (void)snprintf(request, sizeof request, "POST /x HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n",
                       twice[i]);
        expect_code(*state, request, " 400 ");
    }
}

static void events_come_as_they_happen_and_a_gone_client_is_noticed(void **state)
{
    struct rig *rig = *state;
    char text[4096];
    int client = dial(rig);
    put(client, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(comes(client, "retry: 2000", text, sizeof text));
    for (int i = 0; i < 3; i++) {
        expect_code(rig, "GET /event HTTP/1.1\r\nHost: a\r\n\r\n", " 200 ");
        assert_true(comes(client, "event: news\ndata: {\"record\":7}\n\n", text, sizeof text));
    }
    close(client);
    while (strstr(ask(rig, "GET /streams HTTP/1.1\r\nHost: a\r\n\r\n"), "\"1\"") == NULL)
        continue;
}

static void a_stop_with_requests_that_wait_comes_to_its_end(void **state)
{
    struct rig *rig = *state;
    char text[4096];
    int client = dial(rig);
    put(client, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(comes(client, "retry: 2000", text, sizeof text));
    int other = dial(rig);
    put(other, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    while (__atomic_load_n(&rig->waiting, __ATOMIC_SEQ_CST) == NULL)
        expect_code(rig, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", " 200 ");
    close(client);
    close(other);
}

static void garbage_is_no_request(void **state)
{
    static const char *const garbage[] = {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n",
                                          "\x16\x03\x01\x02\r\n\r\n",
                                          "GET /x HTTP/1.1\r\nno colon\r\n\r\n"};
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int client = dial(*state);
        put(client, garbage[i]);
        (void)shutdown(client, SHUT_WR);
        char text[4096];
        (void)comes(client, NULL, text, sizeof text);
        assert_null(strstr(text, " 200 "));
        close(client);
    }
    expect_code(*state, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", " 200 ");
}

/* ---- routes and files ---- */

static void nothing(struct call *call)
{
    (void)call;
}

static void a_route_is_found_by_method_and_path(void **state)
{
    (void)state;
    static const struct route routes[] = {
        {"GET", "/api/x", .query = "", .handle = nothing},
        {"POST", "/api/x", .query = "", .handle = nothing},
        {"POST", "/api/x/{number}", .query = "", .handle = nothing}};
    static const struct route_table table = {routes, 3};
    const struct route *route = NULL;
    struct path_values values;
    assert_int_equal(route_find(&table, "POST", "/api/x", &values, &route), ROUTE_FITS);
    assert_ptr_equal(route, &routes[1]);
    assert_int_equal(route_find(&table, "HEAD", "/api/x", &values, &route), ROUTE_FITS);
    assert_ptr_equal(route, &routes[0]);
    assert_int_equal(route_find(&table, "DELETE", "/api/x", &values, &route), ROUTE_OTHER_METHOD);
    assert_int_equal(route_find(&table, "HEAD", "/api/x/1", &values, &route), ROUTE_OTHER_METHOD);
    assert_int_equal(route_find(&table, "GET", "/api/y", &values, &route), ROUTE_NOT_FOUND);
}

static void make_file(const char *folder, const char *name, const char *content)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void pages_are_read_once_and_known_by_their_content(void **state)
{
    (void)state;
    char folder[] = "/tmp/console-pages-XXXXXX";
    char below[256];
    char command[300];
    struct static_files *files = NULL;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(below, sizeof below, "%s/player", folder);
    assert_int_equal(mkdir(below, 0700), 0);
    make_file(folder, "index.html", "<p>");
    make_file(folder, ".hidden.js", "x");
    make_file(folder, "key.pem", "x");
    make_file(below, "player.js", "x");
    (void)snprintf(command, sizeof command, "%s/link.js", folder);
    assert_int_equal(symlink("/etc/passwd", command), 0);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(static_files_read(descriptor, &files, NULL), STATUS_OK);
    assert_int_equal(static_files_count(files), 2);
    const struct static_file *file = static_files_find(files, "/");
    assert_non_null(file);
    assert_string_equal(file->type, "text/html; charset=utf-8");
    assert_true(static_file_is_known(file, file->etag));
    assert_false(static_file_is_known(file, "\"other\""));
    assert_false(static_file_is_known(file, NULL));
    assert_non_null(static_files_find(files, "/player/player.js"));
    assert_null(static_files_find(files, "/key.pem"));
    assert_null(static_files_find(files, "/../index.html"));
    static_files_free(files);
    close(descriptor);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

#define SERVED(test)             cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define SERVED_IMPATIENTLY(test) cmocka_unit_test_setup_teardown(test, set_up_impatient, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(every_answer_bears_what_keeps_a_browser_in_check),
        SERVED(a_body_is_taken_up_to_its_limit),
        SERVED(what_is_refused_is_said_in_the_asked_language),
        SERVED(too_many_headers_are_refused),
        SERVED(an_answer_may_come_later_while_others_are_answered),
        SERVED(an_answer_that_comes_while_nothing_else_happens_is_sent_at_once),
        SERVED_IMPATIENTLY(a_client_that_never_finishes_its_request_is_cut_off),
        SERVED_IMPATIENTLY(a_client_that_sends_a_byte_now_and_then_is_cut_off_too),
        SERVED(one_address_has_its_share_of_connections_and_no_more),
        cmocka_unit_test_setup_teardown(in_a_crowd_nobody_who_says_nothing_keeps_his_place,
                                        set_up_hurried, tear_down),
        SERVED(a_header_that_says_two_things_is_refused),
        SERVED(events_come_as_they_happen_and_a_gone_client_is_noticed),
        SERVED(a_stop_with_requests_that_wait_comes_to_its_end),
        SERVED_IMPATIENTLY(garbage_is_no_request),
        cmocka_unit_test(a_route_is_found_by_method_and_path),
        cmocka_unit_test(pages_are_read_once_and_known_by_their_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
