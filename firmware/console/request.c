#include "firmware/console/request.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/console/language.h"
#include "firmware/console/server_parts.h"

struct request *request_new(const char *target)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return NULL;
    request->target = strdup(target);
    if (request->target == NULL) {
        free(request);
        return NULL;
    }
    char *mark = strchr(request->target, '?');
    request->query = "";
    if (mark != NULL) {
        *mark = '\0';
        request->query = mark + 1;
    }
    return request;
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    request_keep(request, NULL, NULL);
    response_free(request->response);
    if (request->body.data != NULL) /* a password may stand in it */
        explicit_bzero(request->body.data, request->body.capacity);
    buffer_release(&request->body);
    free(request->target);
    free(request);
}

const char *request_method(const struct request *request)
{
    return request->method;
}

const char *request_path(const struct request *request)
{
    return request->target;
}

struct bytes request_query_text(const struct request *request)
{
    return bytes_of_text(request->query);
}

struct bytes request_body(const struct request *request)
{
    return buffer_bytes(&request->body);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->handle, MHD_HEADER_KIND, name);
}

/* Each is looked at, and has to mean the same to everybody who looks. */
static const char *const single[] = {"Content-Length", "Content-Type",     "Cookie",
                                     "Host",           "Origin",           "Sec-Fetch-Site",
                                     "X-Sealroom",     "Transfer-Encoding"};
#define SINGLE (sizeof single / sizeof single[0])

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    unsigned *times = context;
    (void)kind;
    (void)value;
    for (size_t i = 0; i < SINGLE; i++)
        times[i] += strcasecmp(name, single[i]) == 0;
    return MHD_YES;
}

bool request_says_twice(const struct request *request)
{
    unsigned times[SINGLE] = {0};
    (void)MHD_get_connection_values(request->connection->handle, MHD_HEADER_KIND, count_header,
                                    times);
    for (size_t i = 0; i < SINGLE; i++)
        if (times[i] > 1)
            return true;
    return false;
}

bool request_is_secure(const struct request *request)
{
    return MHD_get_connection_info(request->connection->handle, MHD_CONNECTION_INFO_PROTOCOL) !=
           NULL;
}

enum language request_language(const struct request *request)
{
    return language_of(request_header(request, "Accept-Language"));
}

const char *request_address(const struct request *request)
{
    return request->connection->address;
}

bool request_is_wanted(const struct request *request)
{
    struct pollfd client = {.fd = request->connection->descriptor, .events = POLLRDHUP};
    return poll(&client, 1, 0) <= 0 || (client.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

void request_keep(struct request *request, void *data, void (*release)(void *data))
{
    if (request->release != NULL)
        request->release(request->kept);
    request->kept = data;
    request->release = release;
}

void request_answer(struct request *request, struct response *response)
{
    request->response = response;
    request->is_answered = true;
    connection_resume(request->connection);
}

void request_refuse(struct request *request, enum response_code code, enum status status,
                    const char *sentence)
{
    request_answer(
        request, response_refusal(code, status_name(status), sentence, request_language(request)));
}

void request_fail(struct request *request, const struct error *error)
{
    request_refuse(request, response_code_of(error->status), error->status, error->text);
}
