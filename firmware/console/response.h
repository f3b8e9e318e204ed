/*
 * What a request is answered with: a status, headers, and bytes or a stream. Every one bears the
 * headers that keep a browser from running, framing, sniffing or keeping what it should not.
 *
 * An answer that says no is JSON: {"error": {"code": a word, "text": a sentence in the asked
 * language}}.
 */
#ifndef SEALROOM_CONSOLE_RESPONSE_H
#define SEALROOM_CONSOLE_RESPONSE_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/vocabulary.h"

struct response;

/* HTTP's own numbers (RFC 9110, 15). */
enum response_code {
    RESPONSE_OK = 200,
    RESPONSE_NOT_MODIFIED = 304,
    RESPONSE_BAD_REQUEST = 400,
    RESPONSE_UNAUTHORIZED = 401,
    RESPONSE_FORBIDDEN = 403,
    RESPONSE_NOT_FOUND = 404,
    RESPONSE_METHOD_NOT_ALLOWED = 405,
    RESPONSE_CONFLICT = 409,
    RESPONSE_GONE = 410,
    RESPONSE_LENGTH_REQUIRED = 411,
    RESPONSE_TOO_LARGE = 413,
    RESPONSE_UNSUPPORTED_MEDIA = 415,
    RESPONSE_MISDIRECTED = 421,
    RESPONSE_TOO_MANY = 429,
    RESPONSE_HEADERS_TOO_LARGE = 431,
    RESPONSE_INTERNAL = 500,
    RESPONSE_UNAVAILABLE = 503,
};

/* All of these return NULL without memory, and a NULL is answered by an end of the connection. */

/* Takes `json`; NULL is no memory. */
struct response *response_json(enum response_code code, json_t *json);
/* Takes the buffer's bytes. `type` as in Content-Type. */
struct response *response_bytes(enum response_code code, const char *type, struct buffer *bytes);
/* An open file of that size, which is taken. */
struct response *response_file(const char *type, int file, uint64_t size);
/* Borrows the bytes for as long as the process lives. A browser may keep them, and asks with
 * `etag` whether they still hold. */
struct response *response_static(const char *type, struct bytes bytes, const char *etag);
struct response *response_not_modified(const char *etag);
/* `sentence` is English, as recorder/phrase knows it. `word`: what a program may branch on. */
struct response *response_refusal(enum response_code code, const char *word, const char *sentence,
                                  enum language language);
/* What becomes of a status that has none of its own. */
enum response_code response_code_of(enum status status);

/* Adds a header. Both texts without control characters: other bytes are left out. */
void response_header(struct response *response, const char *name, const char *value);
void response_free(struct response *response);

#endif
