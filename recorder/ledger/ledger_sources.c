#include "ledger/ledger_sources.h"

#include <stdlib.h>
#include <string.h>

void ledger_sources_release(struct ledger_sources *sources)
{
    free(sources->items);
    *sources = (struct ledger_sources){0};
}

struct ledger_source *ledger_sources_find(const struct ledger_sources *sources, const char *name)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->items[i].name, name) == 0) {
            return &sources->items[i];
        }
    }
    return NULL;
}

enum status ledger_sources_add(struct ledger_sources *sources, const char *name,
                               struct ledger_source **source)
{
    if (sources->count == LEDGER_SOURCES_MAX) {
        return STATUS_FULL;
    }
    if (sources->count == sources->capacity) {
        size_t capacity = sources->capacity == 0 ? 32 : 2 * sources->capacity;
        struct ledger_source *items = realloc(sources->items, capacity * sizeof *items);
        if (items == NULL) {
            return STATUS_NO_MEMORY;
        }
        sources->items = items;
        sources->capacity = capacity;
    }
    struct ledger_source *added = &sources->items[sources->count++];
    memset(added, 0, sizeof *added);
    (void)memccpy(added->name, name, 0, sizeof added->name - 1);
    *source = added;
    return STATUS_OK;
}

enum status ledger_sources_note(struct ledger_sources *sources, const struct record_head *head,
                                uint64_t number)
{
    struct ledger_source *source = ledger_sources_find(sources, head->source);
    if (source == NULL) {
        enum status status = ledger_sources_add(sources, head->source, &source);
        if (status != STATUS_OK) {
            return status;
        }
    }
    source->seq = head->seq;
    source->number = number;
    source->at_utc_ns = head->at_utc_ns;
    source->monotonic_ns = head->monotonic_ns;
    source->changed = true;
    return STATUS_OK;
}

uint64_t ledger_sources_sum(const struct ledger_sources *sources)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sources->count; i++) {
        sum += sources->items[i].seq;
    }
    return sum;
}
