#include "camera/address_list.h"

#include <string.h>

#include "base/log.h"
#include "camera/address.h"

void address_list_init(struct address_list *list, struct message_camera_setup *setup)
{
    *list = (struct address_list){.setup = setup};
    message_text(list->all, sizeof list->all, setup->address);
    address_next(list->all, "", setup->address);
}

void address_list_take(struct address_list *list, const char *addresses)
{
    char *in_use = list->setup->address;
    char first[NAME_SIZE];
    address_next(addresses, "", first);
    if (strcmp(list->all, addresses) == 0 || address_endpoint(first, 0).size == 0) {
        return;
    }
    message_text(list->all, sizeof list->all, addresses);
    if (address_is_among(addresses, in_use)) {
        return;
    }
    log_info("the camera's address is %s now, no longer %s", first, in_use);
    message_text(in_use, sizeof list->setup->address, first);
    list->moved = true;
}

void address_list_next(struct address_list *list)
{
    address_next(list->all, list->setup->address, list->setup->address);
}
