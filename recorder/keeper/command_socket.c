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
#include "keeper/ticker.h"

#define SOCKET_DIRECTORY "run"
#define SOCKET_NAME      "keeper.sock"
#define PASSING_NAME     "keeper.sock.new"
#define BACKLOG          16
#define LOOK_MS          1000 /* how often it is looked whether it is still in its place */

struct command_socket {
    struct keeper *keeper;
    int directory;
    int descriptor;
    struct stat about; /* which file it is */
    bool refused;      /* the last try failed, and was told of */
    sd_event_source *source;
    struct ticker *ticker;
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

static enum status open_directory(struct command_socket *command_socket, struct error *error)
{
    int state = command_socket->keeper->identity.state;
    enum status status = directory_make(state, SOCKET_DIRECTORY, 0750, error);
    if (status != STATUS_OK && status != STATUS_EXISTS)
        return status;
    command_socket->directory = openat(state, SOCKET_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return command_socket->directory >= 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "cannot open run/");
}

/* Bound through /proc/self/fd, so that a long state path does not matter. It gets its name when it
 * listens: who waits for the name finds it open. */
static enum status listen_in(struct command_socket *command_socket, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" PASSING_NAME,
                   command_socket->directory);
    if (unlinkat(command_socket->directory, PASSING_NAME, 0) != 0 && errno != ENOENT)
        return error_set_errno(error, STATUS_IO, errno, "cannot remove the old run/" PASSING_NAME);
    command_socket->descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (command_socket->descriptor < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a socket");
    mode_t mask = umask(0117); /* 0660 from the first moment */
    int result = bind(command_socket->descriptor, (struct sockaddr *)&address, sizeof address);
    int errno_value = errno;
    (void)umask(mask);
    if (result != 0)
        return error_set_errno(error, STATUS_IO, errno_value, "cannot bind run/" SOCKET_NAME);
    if (listen(command_socket->descriptor, BACKLOG) != 0 ||
        fstatat(command_socket->directory, PASSING_NAME, &command_socket->about,
                AT_SYMLINK_NOFOLLOW) != 0 ||
        renameat(command_socket->directory, PASSING_NAME, command_socket->directory, SOCKET_NAME) !=
            0)
        return error_set_errno(error, STATUS_IO, errno, "cannot listen on run/" SOCKET_NAME);
    return STATUS_OK;
}

static void stop_listening(struct command_socket *command_socket)
{
    command_socket->source = sd_event_source_disable_unref(command_socket->source);
    file_close(&command_socket->descriptor);
    file_close(&command_socket->directory);
}

static enum status start_listening(struct command_socket *command_socket, struct error *error)
{
    enum status status = open_directory(command_socket, error);
    if (status == STATUS_OK)
        status = listen_in(command_socket, error);
    if (status != STATUS_OK)
        return status;
    int result = sd_event_add_io(command_socket->keeper->event, &command_socket->source,
                                 command_socket->descriptor, EPOLLIN, is_called, command_socket);
    return result >= 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, -result, "cannot watch the command socket");
}

static bool is_in_place(const struct command_socket *command_socket)
{
    struct stat found;
    return fstatat(command_socket->keeper->identity.state, SOCKET_DIRECTORY "/" SOCKET_NAME, &found,
                   AT_SYMLINK_NOFOLLOW) == 0 &&
           found.st_dev == command_socket->about.st_dev &&
           found.st_ino == command_socket->about.st_ino;
}

/* Told of once. */
static bool listen_again(struct command_socket *command_socket, struct error *error)
{
    bool told = command_socket->refused;
    stop_listening(command_socket);
    command_socket->refused = start_listening(command_socket, error) != STATUS_OK;
    if (!command_socket->refused)
        return true;
    stop_listening(command_socket);
    if (!told)
        log_warning("no command finds the recorder: %s", error->text);
    return false;
}

/* run/ is nothing that evidence depends on: somebody may tidy it away, or put something in its
 * place. */
static void look_after(void *context)
{
    struct command_socket *command_socket = context;
    struct keeper *keeper = command_socket->keeper;
    struct error error = {0};
    bool listens = is_in_place(command_socket);
    if (!listens && !command_socket->refused)
        log_warning("run/" SOCKET_NAME " is gone: it is made again");
    if (!listens)
        listens = listen_again(command_socket, &error);
    if (keeper->phase == KEEPER_RUNNING)
        alarms_set(keeper->alarms, !listens, word_health_event(HEALTH_STORAGE_ERROR)->name,
                   APPLIANCE, SOCKET_DIRECTORY "/" SOCKET_NAME, error.text);
}

enum status command_socket_new(struct keeper *keeper, struct command_socket **command_socket,
                               struct error *error)
{
    struct command_socket *made = calloc(1, sizeof *made);
    struct error refusal;
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the command socket");
    *made = (struct command_socket){.keeper = keeper, .descriptor = -1, .directory = -1};
    (void)listen_again(made, &refusal); /* recording does not wait for whoever asks */
    enum status status = ticker_new(keeper->event, LOOK_MS, look_after, made, &made->ticker, error);
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
    ticker_free(command_socket->ticker);
    if (command_socket->descriptor >= 0 && is_in_place(command_socket))
        (void)unlinkat(command_socket->directory, SOCKET_NAME, 0);
    stop_listening(command_socket);
    free(command_socket);
}
