/*
 * What strangers send to the console: the first byte says what the rest is taken for. What is read
 * must be clean, and written again must be read the same.
 */
#include <string.h>
#include <strings.h>

#include "firmware/console/body.h"
#include "firmware/console/cookie.h"
#include "firmware/console/language.h"
#include "firmware/console/origin.h"
#include "firmware/console/path.h"
#include "firmware/console/query.h"
#include "fuzz.h"

#define NAMES "from to door camera person kind after limit"

struct said {
    char name[33];
    char note[257];
    char lines[65];
    int64_t record;
    bool all;
};
static const struct body_member members[] = {
    BODY_MEMBER(struct said, name, BODY_TEXT, true),
    BODY_MEMBER(struct said, note, BODY_TEXT, false),
    BODY_MEMBER(struct said, lines, BODY_LINES, false),
    BODY_MEMBER(struct said, record, BODY_NUMBER, false),
    BODY_MEMBER(struct said, all, BODY_BOOLEAN, false),
};
static const struct body_form form = BODY_FORM(struct said, members);

static void take_query(struct bytes text)
{
    struct query query;
    int64_t number = 0;
    if (query_read(text, NAMES, &query, NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < query.count; i++) {
        MUST(text_names(NAMES, query.items[i].name));
        MUST(utf8_is_clean(bytes_of_text(query.items[i].value), false));
        if (query_number(&query, query.items[i].name, -5, 5, 0, &number, NULL) == STATUS_OK)
            MUST(number >= -5 && number <= 5);
    }
}

static void take_body(struct bytes text)
{
    struct said said;
    enum status status = body_read(text, &form, &said, NULL);
    MUST(status == STATUS_OK || status == STATUS_INVALID);
    if (status != STATUS_OK)
        return;
    MUST(said.name[0] != '\0' && utf8_is_clean(bytes_of_text(said.name), false));
    MUST(utf8_is_clean(bytes_of_text(said.note), false));
    MUST(utf8_is_clean(bytes_of_text(said.lines), true));
}

static void take_cookie(struct bytes text)
{
    char value[49];
    bool found = cookie_find(text, "sealroom", value, sizeof value);
    MUST(found == (value[0] != '\0') && strcspn(value, "; =\"") == strlen(value));
}

static void take_path(struct bytes text)
{
    static const char *const patterns[] = {"/api/entries/{number}/review", "/api/video/{id}",
                                           "/api/video/{segment}/{number}", "/{id}/{id}/{id}"};
    char path[512];
    size_t size = text.size < sizeof path ? text.size : sizeof path - 1;
    struct path_values values;
    if (size > 0)
        memcpy(path, text.data, size);
    path[size] = '\0';
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (path_fits(patterns[i], path, &values)) {
            MUST(strstr(path, "..") == NULL && strchr(path, '%') == NULL);
            MUST(values.count >= 1 && strlen(values.texts[0]) > 0);
        }
}

static void take_headers(struct bytes text)
{
    char header[512];
    size_t size = text.size < sizeof header ? text.size : sizeof header - 1;
    if (size > 0)
        memcpy(header, text.data, size);
    header[size] = '\0';
    (void)language_of(header);
    struct origin origin = {.host = "127.0.0.1", .origin = header};
    MUST(!origin_is_own(&origin) || strcasecmp(header, "http://127.0.0.1") == 0);
    MUST(!origin_is_here(header, "archive.lan") || strpbrk(header, "/@ \\") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const takers[])(struct bytes text) = {take_query, take_body, take_cookie,
                                                        take_path, take_headers};
    if (size > 0)
        takers[data[0] % (sizeof takers / sizeof takers[0])]((struct bytes){data + 1, size - 1});
    return 0;
}
