#include "firmware/console/lookups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/suite.h"

struct lookup {
    struct digest session; /* of its token, which need not lie about */
    char what[ID_SIZE];
    char which[DETAIL_SIZE];
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

struct lookups {
    struct lookup items[LOOKUPS_MAX];
    size_t next;
};

enum status lookups_new(struct lookups **lookups, struct error *error)
{
    *lookups = calloc(1, sizeof **lookups);
    return *lookups != NULL ? STATUS_OK
                            : error_set(error, STATUS_NO_MEMORY, "no memory for look-ups");
}

void lookups_free(struct lookups *lookups)
{
    free(lookups);
}

void lookups_add(struct lookups *lookups, const char *session, const struct lookup_scope *scope)
{
    struct lookup *lookup = &lookups->items[lookups->next++ % LOOKUPS_MAX];
    digest_of(DIGEST_SHA256, bytes_of_text(session), &lookup->session);
    message_text(lookup->what, sizeof lookup->what, scope->what);
    message_text(lookup->which, sizeof lookup->which, scope->which);
    lookup->from_utc_ns = scope->from_utc_ns;
    lookup->to_utc_ns = scope->to_utc_ns;
}

static bool is_of(const struct lookup *lookup, const struct digest *session,
                  const struct lookup_scope *scope)
{
    return strcmp(lookup->what, scope->what) == 0 && digest_equal(&lookup->session, session) &&
           (lookup->which[0] == '\0' ||
            (scope->which[0] != '\0' && text_names(lookup->which, scope->which)));
}

bool lookups_cover(const struct lookups *lookups, const char *session,
                   const struct lookup_scope *scope)
{
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text(session), &digest);
    for (size_t i = 0; i < LOOKUPS_MAX; i++)
        if (is_of(&lookups->items[i], &digest, scope) &&
            lookups->items[i].from_utc_ns <= scope->from_utc_ns &&
            scope->to_utc_ns <= lookups->items[i].to_utc_ns)
            return true;
    return false;
}

bool lookups_touch(const struct lookups *lookups, const char *session,
                   const struct lookup_scope *scope)
{
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text(session), &digest);
    for (size_t i = 0; i < LOOKUPS_MAX; i++)
        if (is_of(&lookups->items[i], &digest, scope) &&
            lookups->items[i].from_utc_ns <= scope->to_utc_ns &&
            scope->from_utc_ns <= lookups->items[i].to_utc_ns)
            return true;
    return false;
}
