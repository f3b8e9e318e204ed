/*
 * Room in an owned array that grows by itself.
 *
 *     struct item *items = array_room(list->items, list->count, &list->capacity, sizeof *items);
 *     if (items == NULL)
 *         return STATUS_NO_MEMORY;
 *     list->items = items;
 *     list->items[list->count++] = item;
 */
#ifndef SEALROOM_BASE_ARRAY_H
#define SEALROOM_BASE_ARRAY_H

#include <stddef.h>

/* The array with room for one more after its `count`: `items` itself, or where it lies now, with
 * *capacity as it is then. NULL and nothing changed if there is no memory. The array begins as NULL
 * with a capacity of 0, and is freed by free(). `size` is an item's, in bytes. */
void *array_room(void *items, size_t count, size_t *capacity, size_t size);

#endif
