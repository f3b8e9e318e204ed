#include "base/array.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64u

void *array_room(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    void *grown = reallocarray(items, larger, size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}
