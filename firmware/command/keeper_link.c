#include "firmware/command/keeper_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/file.h"

#define ANSWER_LIMIT_MS 30000
#define PATIENCE_MS     5000 /* with an appliance that is just starting */

struct keeper_link {
    struct channel *channel;
};

/* Does a sealroomd hold the state? Then a keeper that does not listen is about to, or was. */
static bool is_held(int state)
{
    return flock(state, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static enum status explain(int problem, const char *state, struct error *error)
{
    AUTO_CLOSE int folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (problem == EACCES || problem == EPERM)
        return error_set(error, STATUS_REFUSED,
                         "this user may not speak to the appliance on %s: try as root", state);
    if (problem != ENOENT && problem != ENOTDIR && problem != ECONNREFUSED)
        return error_set_errno(error, STATUS_IO, problem, "cannot connect to the appliance on %s",
                               state);
    if (folder >= 0 && is_held(folder))
        return error_set(error, STATUS_AGAIN,
                         "the appliance on %s is just starting or stopping: try again (if it is "
                         "not, its run/keeper.sock is gone and cannot be made again: see its log)",
                         state);
    return error_set(error, STATUS_NOT_FOUND, "no appliance runs on %s", state);
}

static enum status connect_to(const char *state, int *result, struct error *error)
{
    char path[PATH_SIZE + 8];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(path, sizeof path, "%s/run", state);
    AUTO_CLOSE int run = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (run < 0)
        return explain(errno, state, error);
    /* Through the folder's descriptor, for a socket's path may have 107 bytes only. */
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/keeper.sock", run);
    AUTO_CLOSE int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make a socket");
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0)
        return explain(errno, state, error);
    *result = file_steal(&descriptor);
    return STATUS_OK;
}

/* One that goes while it is spoken to is the same as one that has gone. */
static enum status name_end(enum status status, struct error *error)
{
    bool reset = status == STATUS_IO && error->errno_value == ECONNRESET;
    if (status != STATUS_END && !reset)
        return status;
    return error_set(error, STATUS_AGAIN, "the appliance ended while it was asked: try again");
}

static enum status greet(struct channel *channel, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    enum message_type type = MESSAGE_HELLO;
    union message_payload payload;
    AUTO_CLOSE int attached = -1;
    message_text(hello.program, sizeof hello.program, "sealroom");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    enum status status = channel_send(channel, MESSAGE_HELLO, &hello, -1, NULL, error);
    if (status == STATUS_OK && channel_wait(channel, ANSWER_LIMIT_MS) != STATUS_OK)
        return error_set(error, STATUS_TIMEOUT, "the appliance does not answer");
    if (status == STATUS_OK)
        status = channel_receive(channel, &type, NULL, &payload, &attached, error);
    if (status != STATUS_OK)
        return name_end(status, error);
    if (type != MESSAGE_WELCOME)
        return error_set(error, STATUS_INVALID, "the appliance does not welcome this program");
    return status;
}

static enum status open_once(const char *state, struct keeper_link **result, struct error *error)
{
    int descriptor = -1;
    enum status status = connect_to(state, &descriptor, error);
    if (status != STATUS_OK)
        return status;
    struct keeper_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        close(descriptor);
        return error_set(error, STATUS_NO_MEMORY, "no memory");
    }
    status = channel_new(descriptor, &link->channel, error);
    if (status != STATUS_OK)
        close(descriptor);
    else
        status = greet(link->channel, error);
    if (status != STATUS_OK) {
        keeper_link_close(link);
        return status;
    }
    *result = link;
    return STATUS_OK;
}

/* ---- waiting for one that is just starting ---- */

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* Its socket comes by a rename, as soon as it listens; the folder itself may have to come first.
 * Watched before it is looked for, or it could come in between. */
static void watch(int inotify, const char *state)
{
    char run[PATH_SIZE + 8];
    snprintf(run, sizeof run, "%s/run", state);
    (void)inotify_add_watch(inotify, state, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    (void)inotify_add_watch(inotify, run, IN_MOVED_TO | IN_ONLYDIR);
}

/* What happened does not matter, only that something did. */
static void await(int inotify, int64_t limit_ms)
{
    char events[4096];
    struct pollfd polled = {.fd = inotify, .events = POLLIN};
    int64_t left_ms = limit_ms - monotonic_ms();
    if (left_ms > 0 && poll(&polled, 1, (int)left_ms) > 0)
        while (read(inotify, events, sizeof events) > 0)
            continue;
}

enum status keeper_link_open(const char *state, struct keeper_link **link, struct error *error)
{
    struct error why = {0};
    int64_t limit_ms = monotonic_ms() + PATIENCE_MS;
    AUTO_CLOSE int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch(inotify, state);
    enum status status = open_once(state, link, &why);
    while (status == STATUS_AGAIN && monotonic_ms() < limit_ms) {
        await(inotify, limit_ms);
        watch(inotify, state);
        status = open_once(state, link, &why);
    }
    if (status != STATUS_OK && error != NULL)
        *error = why;
    return status;
}

void keeper_link_close(struct keeper_link *link)
{
    if (link == NULL)
        return;
    channel_free(link->channel);
    free(link);
}

enum status keeper_link_ask(struct keeper_link *link, enum message_type type, const void *payload,
                            keeper_link_other *other, void *context, uint64_t *record,
                            struct error *error)
{
    struct message_done done = {0};
    enum status status =
        channel_ask(link->channel, type, payload, ANSWER_LIMIT_MS, other, context, &done, error);
    if (status != STATUS_OK)
        return name_end(status, error);
    if (done.status != STATUS_OK)
        return error_set(error, (enum status)done.status, "the appliance refuses: %s",
                         done.text[0] != '\0' ? done.text : status_name((enum status)done.status));
    if (record != NULL)
        *record = done.record;
    return STATUS_OK;
}

enum status keeper_link_send(struct keeper_link *link, enum message_type type, const void *payload,
                             int attached, uint32_t *reference, struct error *error)
{
    return name_end(channel_send(link->channel, type, payload, attached, reference, error), error);
}

int keeper_link_descriptor(const struct keeper_link *link)
{
    return channel_descriptor(link->channel);
}

enum status keeper_link_receive(struct keeper_link *link, enum message_type *type,
                                union message_payload *payload, struct error *error)
{
    AUTO_CLOSE int attached = -1;
    return name_end(channel_receive(link->channel, type, NULL, payload, &attached, error), error);
}
