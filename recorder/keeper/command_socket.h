/*
 * STATE/run/keeper.sock: where the command line comes in. Each connection is a peer of role
 * command, known by the uid that the kernel gives (SO_PEERCRED).
 */
#ifndef SEALROOM_KEEPER_COMMAND_SOCKET_H
#define SEALROOM_KEEPER_COMMAND_SOCKET_H

#include "keeper/parts.h"

/* Connections at a time; one more is closed at once. */
#define COMMANDS_MAX 32u

/* Takes the place of what an earlier run left, listens; makes it again within a second or so when
 * somebody removes it. The group of the process may connect, others not. */
MUST_CHECK enum status command_socket_new(struct keeper *keeper,
                                          struct command_socket **command_socket,
                                          struct error *error);
/* Stops listening and removes the socket. NULL is allowed. */
void command_socket_free(struct command_socket *command_socket);

#endif
