#include "evidence/content.h"

#include <string.h>

struct reading {
    const struct content *content;
    enum digest_algorithm algorithm;
    enum status (*each)(void *context, const struct content_row *row);
    void *context;
};

static bool is_asked_for(const struct export_record *request, const char *source)
{
    for (size_t i = 0; i < request->count; i++) {
        if (strcmp(request->sources[i].source, source) == 0) {
            return true;
        }
    }
    return false;
}

/* The body is the caller's to json_decref. */
static enum content_state judge(const struct reading *reading, const struct ledger_row *row,
                                enum shown_as as, const struct record_head *head, json_t **body)
{
    *body = NULL;
    if (!row->has_body) {
        return CONTENT_GONE;
    }
    if (as == SHOWN_HEAD) {
        return CONTENT_WITHHELD;
    }
    return record_body_check(reading->algorithm, head, row->body, NULL) == STATUS_OK &&
                   record_body_parse(row->body, body, NULL) == STATUS_OK
               ? CONTENT_SHOWN
               : CONTENT_ALTERED;
}

static enum status each_row(void *context, const struct ledger_row *row)
{
    const struct reading *reading = context;
    const struct export_record *request = reading->content->request;
    enum shown_as as;
    json_t *body = NULL;
    struct content_row found = {.number = row->number};
    if (row->number >= reading->content->size) {
        return STATUS_END;
    }
    if (!selection_shows(reading->content->selection, row, &as) ||
        record_head_parse(row->head, &found.head, NULL) != STATUS_OK ||
        !is_asked_for(request, found.head.source)) {
        return STATUS_OK;
    }
    found.beside =
        found.head.at_utc_ns < request->from_utc_ns || found.head.at_utc_ns >= request->to_utc_ns;
    if (as == SHOWN_HEAD && found.beside) {
        return STATUS_OK;
    }
    found.state = judge(reading, row, as, &found.head, &body);
    found.body = body;
    enum status status = reading->each(reading->context, &found);
    json_decref(body);
    return status;
}

enum status content_each(const struct content *content,
                         enum status (*each)(void *context, const struct content_row *row),
                         void *context, struct error *error)
{
    const struct suite *suite = ledger_view_suite(content->view);
    if (suite == NULL) {
        return error_set(error, STATUS_UNSUPPORTED, "the ledger is of no known suite");
    }
    struct reading reading = {content, suite_digest_algorithm(suite), each, context};
    enum status status = ledger_view_rows(content->view, selection_first(content->selection),
                                          each_row, &reading, error);
    return status == STATUS_END ? STATUS_OK : status;
}
