#include "firmware/console/response.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "firmware/console/response_parts.h"
#include "phrase/phrase.h"

#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "              \
    "media-src blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "               \
    "form-action 'self'"

static const struct {
    const char *name;
    const char *value;
} common_headers[] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

struct response *response_of(enum response_code code, struct MHD_Response *body, uint64_t size)
{
    struct response *response = body == NULL ? NULL : calloc(1, sizeof *response);
    if (response == NULL) {
        if (body != NULL)
            MHD_destroy_response(body);
        return NULL;
    }
    response->code = code;
    response->body = body;
    response->size = size;
    for (size_t i = 0; i < sizeof common_headers / sizeof common_headers[0]; i++)
        response_header(response, common_headers[i].name, common_headers[i].value);
    return response;
}

void response_free(struct response *response)
{
    if (response == NULL)
        return;
    MHD_destroy_response(response->body);
    free(response);
}

void response_header(struct response *response, const char *name, const char *value)
{
    char clean[1024];
    size_t size = 0;
    for (; *value != '\0' && size + 1 < sizeof clean; value++)
        if ((unsigned char)*value >= ' ' && *value != '\x7f')
            clean[size++] = *value;
    clean[size] = '\0';
    (void)MHD_add_response_header(response->body, name, clean);
}

struct response *response_bytes(enum response_code code, const char *type, struct buffer *bytes)
{
    static uint8_t nothing[1];
    struct MHD_Response *body =
        bytes->data == NULL
            ? MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT)
            : MHD_create_response_from_buffer(bytes->size, bytes->data, MHD_RESPMEM_MUST_FREE);
    if (body == NULL)
        buffer_release(bytes);
    struct response *response = response_of(code, body, bytes->size);
    *bytes = (struct buffer){0};
    if (response == NULL)
        return NULL;
    response_header(response, "Content-Type", type);
    response_header(response, "Cache-Control", "no-store");
    return response;
}

struct response *response_file(const char *type, int file, uint64_t size)
{
    struct MHD_Response *body = MHD_create_response_from_fd_at_offset64(size, file, 0);
    if (body == NULL)
        file_close(&file);
    struct response *response = response_of(RESPONSE_OK, body, size);
    if (response == NULL)
        return NULL;
    response_header(response, "Content-Type", type);
    response_header(response, "Cache-Control", "no-store");
    return response;
}

struct response *response_json(enum response_code code, json_t *json)
{
    struct buffer bytes = {0};
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return NULL;
    bytes.data = (uint8_t *)text; /* jansson's allocator is malloc */
    bytes.size = strlen(text);
    return response_bytes(code, "application/json", &bytes);
}

/* They are read at the start and stay as they are: a const_cast that is never written through. */
struct response *response_static(const char *type, struct bytes bytes, const char *etag)
{
    union {
        const uint8_t *given;
        void *lent;
    } data = {.given = bytes.data};
    struct response *response = response_of(
        RESPONSE_OK, MHD_create_response_from_buffer(bytes.size, data.lent, MHD_RESPMEM_PERSISTENT),
        bytes.size);
    if (response == NULL)
        return NULL;
    response_header(response, "Content-Type", type);
    response_header(response, "ETag", etag);
    response_header(response, "Cache-Control", "no-cache");
    return response;
}

struct response *response_not_modified(const char *etag)
{
    static uint8_t nothing[1];
    struct response *response =
        response_of(RESPONSE_NOT_MODIFIED,
                    MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT), 0);
    if (response == NULL)
        return NULL;
    response_header(response, "ETag", etag);
    response_header(response, "Cache-Control", "no-cache");
    return response;
}

struct response *response_refusal(enum response_code code, const char *word, const char *sentence,
                                  enum language language)
{
    char shown[PHRASE_SIZE];
    return response_json(code, json_pack("{s:{s:s, s:s}}", "error", "code", word, "text",
                                         phrase_in(sentence, language, shown, sizeof shown)));
}

enum response_code response_code_of(enum status status)
{
    static const struct {
        enum status status;
        enum response_code code;
    } codes[] = {
        {STATUS_INVALID, RESPONSE_BAD_REQUEST},  {STATUS_NOT_FOUND, RESPONSE_NOT_FOUND},
        {STATUS_REFUSED, RESPONSE_FORBIDDEN},    {STATUS_EXISTS, RESPONSE_CONFLICT},
        {STATUS_UNSUPPORTED, RESPONSE_CONFLICT}, {STATUS_AGAIN, RESPONSE_UNAVAILABLE},
        {STATUS_FULL, RESPONSE_TOO_MANY},        {STATUS_TIMEOUT, RESPONSE_UNAVAILABLE},
        {STATUS_END, RESPONSE_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].status == status)
            return codes[i].code;
    return RESPONSE_INTERNAL;
}
