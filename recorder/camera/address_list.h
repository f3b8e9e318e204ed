/*
 * All addresses that a camera's name has, and which of them is in use: the set-up's.
 */
#ifndef SEALROOM_CAMERA_ADDRESS_LIST_H
#define SEALROOM_CAMERA_ADDRESS_LIST_H

#include "base/message.h"

struct address_list {
    struct message_camera_setup *setup; /* borrowed; its address is the one in use */
    char all[NAME_SIZE];
    bool moved; /* the camera has another address, which is in use now; the caller's to clear */
};

/* The set-up has all of them: the first comes into use. */
void address_list_init(struct address_list *list, struct message_camera_setup *setup);
/* What the name has now. The address in use stays, if it is among them. */
void address_list_take(struct address_list *list, const char *addresses);
/* The one in use did not answer: the one after it comes into use. */
void address_list_next(struct address_list *list);

#endif
