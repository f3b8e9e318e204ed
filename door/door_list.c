#include "door/door_list.h"

#include <string.h>

enum status door_list_parse(const char *text, struct door_list *list, struct error *error)
{
    *list = (struct door_list){0};
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (length == 0 || length >= ID_SIZE || list->count == DOOR_LIST_MAX)
            return error_set(error, STATUS_INVALID,
                             "the list of doors must hold at most %d ids with one space between",
                             DOOR_LIST_MAX);
        memcpy(list->ids[list->count++], text, length);
        text += length;
        text += *text == ' ' ? 1 : 0;
    }
    return STATUS_OK;
}

const char *door_list_id(const struct door_list *list, uint64_t number)
{
    return number >= 1 && number <= list->count ? list->ids[number - 1] : "";
}
