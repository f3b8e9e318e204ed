#include "keeper/command_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define SOCKET_DIRECTORY "run"
#define SOCKET_NAME      "keeper.sock"
#define BACKLOG          16

struct command_socket {
    struct keeper *keeper;
    int directory;
    int descriptor;
    sd_event_source *source;
};

static void admit(struct keeper *keeper, int descriptor)
{
    AUTO_CLOSE int owned = descriptor;
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    struct peer *peer = NULL;
    struct error error;
    char source[ID_SIZE];
    if (getsockopt(owned, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        log_warning("a connection without credentials is closed");
        return;
    }
    if (peers_count(keeper->peers, ROLE_COMMAND) >= COMMANDS_MAX) {
        log_warning("uid %u is turned away: %u commands are connected", credentials.uid,
                    COMMANDS_MAX);
        return;
    }
    (void)snprintf(source, sizeof source, "uid-%u", credentials.uid);
    if (peers_add(keeper->peers, file_steal(&owned), &desk_command, source, false, &peer, &error) !=
        STATUS_OK) {
        log_warning("%s", error.text);
        return;
    }
    struct operator_peer operator= {.uid = credentials.uid, .process = (uint32_t)credentials.pid};
    peer_set_operator(peer, &operator);
}

static int is_called(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    (void)source;
    (void)events;
    struct command_socket *command_socket = context;
    int accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0)
        admit(command_socket->keeper, accepted);
    else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
        log_warning("a connection could not be taken: errno %d", errno);
    return 0;
}

/* Bound through /proc/self/fd, so that a long state path does not matter. */
static enum status listen_in(struct command_socket *command_socket, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" SOCKET_NAME,
                   command_socket->directory);
    if (unlinkat(command_socket->directory, SOCKET_NAME, 0) != 0 && errno != ENOENT)
        return error_set_errno(error, STATUS_IO, errno, "cannot remove the old run/" SOCKET_NAME);
    command_socket->descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (command_socket->descriptor < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a socket");
    mode_t mask = umask(0117); /* 0660 from the first moment */
    int result = bind(command_socket->descriptor, (struct sockaddr *)&address, sizeof address);
    int errno_value = errno;
    (void)umask(mask);
    if (result != 0)
        return error_set_errno(error, STATUS_IO, errno_value, "cannot bind run/" SOCKET_NAME);
    if (listen(command_socket->descriptor, BACKLOG) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot listen on run/" SOCKET_NAME);
    return STATUS_OK;
}

enum status command_socket_new(struct keeper *keeper, struct command_socket **command_socket,
                               struct error *error)
{
    struct command_socket *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the command socket");
    *made = (struct command_socket){.keeper = keeper, .descriptor = -1, .directory = -1};
    enum status status = directory_make(keeper->identity.state, SOCKET_DIRECTORY, 0750, error);
    if (status == STATUS_OK) {
        made->directory =
            openat(keeper->identity.state, SOCKET_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (made->directory < 0)
            status = error_set_errno(error, STATUS_IO, errno, "cannot open run/");
    }
    if (status == STATUS_OK)
        status = listen_in(made, error);
    if (status == STATUS_OK) {
        int result = sd_event_add_io(keeper->event, &made->source, made->descriptor, EPOLLIN,
                                     is_called, made);
        if (result < 0)
            status = error_set_errno(error, STATUS_IO, -result, "cannot watch the command socket");
    }
    if (status != STATUS_OK) {
        command_socket_free(made);
        return status;
    }
    *command_socket = made;
    return STATUS_OK;
}

void command_socket_free(struct command_socket *command_socket)
{
    if (command_socket == NULL)
        return;
    (void)sd_event_source_disable_unref(command_socket->source);
    if (command_socket->descriptor >= 0 && command_socket->directory >= 0)
        (void)unlinkat(command_socket->directory, SOCKET_NAME, 0);
    file_close(&command_socket->descriptor);
    file_close(&command_socket->directory);
    free(command_socket);
}
