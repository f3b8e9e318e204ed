#include "inspection/inspect_link.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sealed.h"

#define ANSWER_LIMIT_MS 30000
#define PROGRESS_MS     500

struct inspect_link {
    struct channel *control;
    struct channel *keeper;
    struct message_inspect_task task;
    int64_t told_ms; /* when progress was told last */
    uint8_t told_stage;
};

static int64_t monotonic_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* The next message, which must be of this type; its descriptor goes to *attached. */
static enum status receive(struct channel *channel, enum message_type due,
                           union message_payload *payload, int *attached, struct error *error)
{
    enum message_type type = 0;
    enum status status = channel_wait(channel, ANSWER_LIMIT_MS);
    if (status != STATUS_OK)
        return error_set(error, status, "the keeper does not answer");
    status = channel_receive(channel, &type, NULL, payload, attached, error);
    if (status == STATUS_END)
        return error_set(error, status, "the keeper is gone");
    if (status == STATUS_OK && type != due)
        status =
            type == MESSAGE_DONE
                ? error_set(error, STATUS_REFUSED, "the keeper refuses: %s", payload->done.text)
                : error_set(error, STATUS_INVALID, "%s is not due", message_name(type));
    return status;
}

static enum status take_keeper(struct inspect_link *link, struct error *error)
{
    union message_payload payload;
    AUTO_CLOSE int descriptor = -1;
    enum status status = receive(link->control, MESSAGE_KEEPER_LINK, &payload, &descriptor, error);
    if (status == STATUS_OK)
        status = channel_new(descriptor, &link->keeper, error);
    if (status == STATUS_OK)
        descriptor = -1;
    return status;
}

static enum status take_task(struct inspect_link *link, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    union message_payload payload;
    AUTO_CLOSE int none = -1;
    message_text(hello.program, sizeof hello.program, "sealroom-inspect");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    enum status status = channel_send(link->keeper, MESSAGE_HELLO, &hello, -1, NULL, error);
    if (status == STATUS_OK)
        status = receive(link->keeper, MESSAGE_WELCOME, &payload, &none, error);
    if (status == STATUS_OK)
        status = receive(link->keeper, MESSAGE_INSPECT_TASK, &payload, &none, error);
    if (status == STATUS_OK)
        link->task = payload.inspect_task;
    return status;
}

enum status inspect_link_open(int control, struct inspect_link **link, struct error *error)
{
    struct inspect_link *made = calloc(1, sizeof *made);
    *link = NULL;
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the link to the keeper");
    enum status status = channel_new(control, &made->control, error);
    if (status == STATUS_OK)
        status = take_keeper(made, error);
    if (status == STATUS_OK)
        status = take_task(made, error);
    if (status != STATUS_OK) {
        inspect_link_free(made);
        return status;
    }
    *link = made;
    return STATUS_OK;
}

void inspect_link_free(struct inspect_link *link)
{
    if (link == NULL)
        return;
    channel_free(link->keeper);
    channel_free(link->control);
    free(link);
}

const struct message_inspect_task *inspect_link_task(const struct inspect_link *link)
{
    return &link->task;
}

enum status inspect_link_status(struct inspect_link *link,
                                void (*take)(void *context, enum message_type type,
                                             const union message_payload *payload),
                                void *context, struct error *error)
{
    const struct message_status_ask ask = {0};
    struct message_done done;
    return channel_ask(link->keeper, MESSAGE_STATUS_ASK, &ask, ANSWER_LIMIT_MS, take, context,
                       &done, error);
}

void inspect_link_progress(struct inspect_link *link,
                           const struct message_inspect_progress *progress)
{
    int64_t now_ms = monotonic_ms();
    if (link->told_ms != 0 && progress->stage == link->told_stage &&
        now_ms - link->told_ms < PROGRESS_MS)
        return;
    link->told_ms = now_ms;
    link->told_stage = progress->stage;
    /* a keeper that is busy just now hears of the next one */
    if (channel_send(link->keeper, MESSAGE_INSPECT_PROGRESS, progress, -1, NULL, NULL) != STATUS_OK)
        log_debug("the keeper does not hear how far it is");
}

enum status inspect_link_result(struct inspect_link *link, struct bytes bytes,
                                const struct message_inspect_result *sizes, struct error *error)
{
    AUTO_CLOSE int file = -1;
    enum status status = sealed_new("inspection", bytes, &file, error);
    return status == STATUS_OK
               ? channel_send(link->keeper, MESSAGE_INSPECT_RESULT, sizes, file, NULL, error)
               : status;
}

enum status inspect_link_end(struct inspect_link *link, const struct message_inspect_end *end,
                             struct error *error)
{
    return channel_send(link->keeper, MESSAGE_INSPECT_END, end, -1, NULL, error);
}
