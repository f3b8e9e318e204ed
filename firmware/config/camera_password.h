/*
 * A camera's password, out of the file of its own that the configuration names (password_file).
 */
#ifndef SEALROOM_CONFIG_CAMERA_PASSWORD_H
#define SEALROOM_CONFIG_CAMERA_PASSWORD_H

#include "base/message.h"
#include "base/status.h"

/* Reads the one line of `file`. Anything but STATUS_OK: nobody may use it (missing, open to others,
 * not one line of text), `password` is "", and the error says what would be right. */
MUST_CHECK enum status camera_password_read(const char *file, char password[NAME_SIZE],
                                            struct error *error);

#endif
