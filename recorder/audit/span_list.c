#include "audit/span_list.h"

#include <stdlib.h>

void span_list_release(struct span_list *list)
{
    free(list->spans);
    *list = (struct span_list){0};
}

enum status span_list_add(struct span_list *list, struct span span)
{
    if (list->count > 0 && list->spans[list->count - 1].to == span.from) {
        list->spans[list->count - 1].to = span.to;
        return STATUS_OK;
    }
    if (list->count == list->capacity) {
        size_t larger = list->capacity == 0 ? 16 : list->capacity * 2;
        struct span *grown = reallocarray(list->spans, larger, sizeof(*grown));
        if (grown == NULL) {
            return STATUS_NO_MEMORY;
        }
        list->spans = grown;
        list->capacity = larger;
    }
    list->spans[list->count++] = span;
    return STATUS_OK;
}

/* Adds what of the span is in the list, or is not below `size`. */
static enum status add_common(struct span_list *common, struct span span,
                              const struct span_list *other, uint64_t size)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < other->count && status == STATUS_OK; i++) {
        uint64_t from = span.from > other->spans[i].from ? span.from : other->spans[i].from;
        uint64_t to = span.to < other->spans[i].to ? span.to : other->spans[i].to;
        if (from < to) {
            status = span_list_add(common, (struct span){from, to});
        }
    }
    if (span.to > size && status == STATUS_OK) {
        uint64_t from = span.from > size ? span.from : size;
        status = span_list_add(common, (struct span){from, span.to});
    }
    return status;
}

enum status span_list_keep_common(struct span_list *list, const struct span_list *other,
                                  uint64_t size)
{
    struct span_list common = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        status = add_common(&common, list->spans[i], other, size);
    }
    span_list_release(list);
    *list = common;
    return status;
}

void span_list_cut_below(struct span_list *list, uint64_t from)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct span span = list->spans[i];
        if (span.to > from) {
            span.from = span.from > from ? span.from : from;
            list->spans[kept++] = span;
        }
    }
    list->count = kept;
}
