/*
 * What sealroomd tells the console before it begins: the room's cameras and doors, and the files it
 * may not open by their names.
 */
#ifndef SEALROOM_CONSOLE_SETTINGS_H
#define SEALROOM_CONSOLE_SETTINGS_H

#include "base/channel.h"

#define SETTINGS_CAMERAS_MAX 64
#define SETTINGS_DOORS_MAX   64

struct settings_named {
    char id[ID_SIZE];
    char name[NAME_SIZE];
};

struct settings_door {
    struct settings_named named;
    char cameras[DETAIL_SIZE]; /* ids by spaces */
};

struct settings {
    struct message_console_setup setup;
    size_t camera_count;
    struct settings_named cameras[SETTINGS_CAMERAS_MAX];
    size_t door_count;
    struct settings_door doors[SETTINGS_DOORS_MAX];
    int socket;                /* listening */
    struct buffer key;         /* PEM, ends in a NUL; empty: no TLS */
    struct buffer certificate; /* the same */
    struct buffer device;      /* the device's certificate, PEM */
};

/* Waits for all of it, `timeout_ms` for each message. Release it also after a failure. */
MUST_CHECK enum status settings_receive(struct channel *control, int timeout_ms,
                                        struct settings *settings, struct error *error);
/* Wipes the key, closes the socket. */
void settings_release(struct settings *settings);
/* NULL if there is none of that id. */
const struct settings_named *settings_camera(const struct settings *settings, const char *id);

#endif
