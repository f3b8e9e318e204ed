#include "evidence/list.h"

#include <stdlib.h>

void *list_add(struct list *list, size_t item_size)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        void *data = reallocarray(list->data, capacity, item_size);
        if (data == NULL) {
            return NULL;
        }
        list->data = data;
        list->capacity = capacity;
    }
    return (char *)list->data + item_size * list->count++;
}
