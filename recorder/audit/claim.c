#include "audit/claim.h"

#include <stdlib.h>
#include <string.h>

enum status claims_add(struct claims *claims, const struct claim *claim)
{
    if (claims->count == claims->capacity) {
        size_t capacity = claims->capacity == 0 ? 64 : claims->capacity * 2;
        struct claim *list = realloc(claims->list, capacity * sizeof(*list));
        if (list == NULL) {
            return STATUS_NO_MEMORY;
        }
        claims->list = list;
        claims->capacity = capacity;
    }
    claims->list[claims->count++] = *claim;
    return STATUS_OK;
}

static int compare(const void *left, const void *right)
{
    const struct claim *a = left;
    const struct claim *b = right;
    if (a->size != b->size) {
        return a->size < b->size ? -1 : 1;
    }
    return memcmp(a->root.bytes, b->root.bytes, DIGEST_BYTES);
}

void claims_sort(struct claims *claims)
{
    if (claims->count > 0) {
        qsort(claims->list, claims->count, sizeof(*claims->list), compare);
    }
}

void claims_release(struct claims *claims)
{
    free(claims->list);
    *claims = (struct claims){0};
}

enum claim_verdict claims_verdict(const struct claims *claims, uint64_t size,
                                  const struct digest *root)
{
    const struct claim key = {.size = size, .root = *root};
    const struct claim *found = claims->count == 0 ? NULL
                                                   : bsearch(&key, claims->list, claims->count,
                                                             sizeof(*claims->list), compare);
    return found != NULL ? found->verdict : CLAIM_UNKNOWN;
}
