/*
 * What the console's process is given: the socket it listens at, its key and certificate, the
 * device's certificate, and what the configuration says. All of it is opened here, so that the
 * process needs no right and no name of a file.
 */
#ifndef SEALROOM_SUPERVISOR_CONSOLE_SETUP_H
#define SEALROOM_SUPERVISOR_CONSOLE_SETUP_H

#include "base/channel.h"
#include "firmware/config/config.h"

struct console_setup;

/* The configuration is borrowed for its life. Nothing is opened yet. */
MUST_CHECK enum status console_setup_new(const struct config *config, struct console_setup **setup,
                                         struct error *error);
/* NULL is allowed. */
void console_setup_free(struct console_setup *setup);
/* Opens the socket, unless it is open, if key and certificate are there: it stays so while the
 * process is started again, and whoever connects meanwhile waits. */
MUST_CHECK enum status console_setup_listen(struct console_setup *setup, struct error *error);
/* Writes its arguments behind the program's name; the texts are the configuration's. */
void console_setup_arguments(const struct console_setup *setup, const char **arguments);
/* Over its control socket, before its link. */
MUST_CHECK enum status console_setup_send(const struct console_setup *setup,
                                          struct channel *control, struct error *error);

#endif
