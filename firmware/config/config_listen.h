/*
 * Where the console listens, out of one text: 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8443.
 */
#ifndef SEALROOM_CONFIG_CONFIG_LISTEN_H
#define SEALROOM_CONFIG_CONFIG_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message_field.h"

/* The numeric address, without brackets, and the port; false if the text is anything else. */
bool config_listen_read(const char *text, char address[NAME_SIZE], uint32_t *port);
/* Can nobody but this machine reach it? */
bool config_listen_is_loopback(const char *address);
/* Is it every address of this machine? */
bool config_listen_is_any(const char *address);

#endif
