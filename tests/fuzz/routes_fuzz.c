/*
 * A request as the console's own table of routes takes it apart: "PATH?QUERY", a line with a
 * cookie, a line with the page's word, the body. Whatever a route is given is what its form and its
 * query allow, and says the same when it is said again. The first byte picks the method, and where
 * its highest bit is set the route too, whatever the path.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/console/cookie.h"
#include "firmware/console/query.h"
#include "firmware/console/route.h"
#include "firmware/console/token.h"
#include "fuzz.h"

static struct bytes take_line(struct bytes *text)
{
    const uint8_t *end = text->size == 0 ? NULL : memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data);
    struct bytes line = {text->data, size};
    size_t taken = size + (end != NULL);
    *text = (struct bytes){taken == 0 ? text->data : text->data + taken, text->size - taken};
    return line;
}

static char *text_of(struct bytes bytes)
{
    char *text = calloc(1, bytes.size + 1);
    MUST(text != NULL);
    if (bytes.size > 0)
        memcpy(text, bytes.data, bytes.size);
    return text;
}

static json_t *say_again(const struct body_member *member, const uint8_t *at)
{
    if (member->kind == BODY_NUMBER)
        return json_integer(*(const int64_t *)(const void *)at);
    if (member->kind == BODY_BOOLEAN)
        return json_boolean(*(const bool *)at);
    MUST(memchr(at, '\0', member->size) != NULL);
    struct bytes text = bytes_of_text((const char *)at);
    MUST(utf8_is_clean(text, member->kind == BODY_LINES));
    MUST(text.size > 0 || !member->is_required);
    return json_string((const char *)at);
}

static void take_body(const struct body_form *form, struct bytes text)
{
    uint8_t *first = calloc(1, form->size + 1); /* a form may have no members */
    uint8_t *second = calloc(1, form->size + 1);
    json_t *object = json_object();
    MUST(first != NULL && second != NULL && object != NULL);
    if (body_read(text, form, first, NULL) == STATUS_OK) {
        for (size_t i = 0; i < form->count; i++)
            MUST(json_object_set_new(
                     object, form->members[i].name,
                     say_again(&form->members[i], first + form->members[i].offset)) == 0);
        char *said = json_dumps(object, JSON_COMPACT);
        MUST(said != NULL);
        enum status status = body_read(bytes_of_text(said), form, second, NULL);
        MUST(strlen(said) > REQUEST_BODY_MAX ||
             (status == STATUS_OK && memcmp(first, second, form->size) == 0));
        free(said);
    }
    json_decref(object);
    free(second);
    free(first);
}

static void take_query(const struct route *route, const char *text)
{
    struct query query;
    if (query_read(bytes_of_text(text), route->query, &query, NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < query.count; i++) {
        MUST(text_names(route->query, query.items[i].name));
        MUST(utf8_is_clean(bytes_of_text(query.items[i].value), false));
        MUST(query_text(&query, query.items[i].name) == query.items[i].value);
    }
}

static void take_session(struct bytes cookies, struct bytes word)
{
    char token[TOKEN_SIZE];
    char right[FORM_TOKEN_SIZE];
    char *given = text_of(word);
    if (cookie_find(cookies, COOKIE_NAME, token, sizeof token)) {
        form_token_make(token, right);
        MUST(form_token_fits(token, right));
        MUST(form_token_fits(token, given) == (strcmp(given, right) == 0));
    }
    free(given);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct path_values values = {0};
    const struct route *route = NULL;
    if (size == 0)
        return 0;
    struct bytes rest = {data + 1, size - 1};
    char *target = text_of(take_line(&rest));
    struct bytes cookies = take_line(&rest);
    struct bytes word = take_line(&rest);
    char *mark = strchr(target, '?');
    if (mark != NULL)
        *mark = '\0';
    if (route_find(&console_routes, data[0] % 2 == 0 ? "GET" : "POST", target, &values, &route) ==
        ROUTE_FITS)
        MUST(strstr(target, "..") == NULL && strpbrk(target, "%\\") == NULL);
    if (data[0] >= 128)
        route = &console_routes.routes[(data[0] - 128u) % console_routes.count];
    if (route != NULL) {
        take_session(cookies, word);
        take_query(route, mark == NULL ? "" : mark + 1);
        if (route->body != NULL)
            take_body(route->body, rest);
    }
    free(target);
    return 0;
}
