#include "evidence/export_link.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/sealed.h"

#define ANSWER_LIMIT_MS 30000
#define PROGRESS_MS     500

struct export_link {
    struct channel *control;
    struct channel *keeper;
    struct export_task task;
    int64_t told_ms; /* when progress was told last */
    enum export_step told_step;
};

static int64_t monotonic_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

/* ---- what comes ---- */

struct arrival {
    enum message_type type;
    union message_payload payload;
    int attached;
};

static enum status receive(struct channel *channel, struct arrival *arrival, struct error *error)
{
    arrival->attached = -1;
    enum status status = channel_wait(channel, ANSWER_LIMIT_MS);
    if (status != STATUS_OK) {
        return error_set(error, status, "the keeper does not answer");
    }
    status = channel_receive(channel, &arrival->type, NULL, &arrival->payload, &arrival->attached,
                             error);
    if (status == STATUS_OK && arrival->type == MESSAGE_DONE) {
        status =
            error_set(error, STATUS_REFUSED, "the keeper refuses: %s", arrival->payload.done.text);
    }
    return status == STATUS_END ? error_set(error, status, "the keeper is gone") : status;
}

static enum status take_keeper(struct export_link *link, struct error *error)
{
    struct arrival arrival;
    enum status status = receive(link->control, &arrival, error);
    if (status == STATUS_OK && arrival.type == MESSAGE_EXPORT_PICTURE) {
        link->task.picture = arrival.attached;
        status = receive(link->control, &arrival, error);
    }
    if (status == STATUS_OK && arrival.type != MESSAGE_KEEPER_LINK) {
        file_close(&arrival.attached);
        status = error_set(error, STATUS_INVALID, "no link to the keeper came");
    }
    if (status == STATUS_OK) {
        status = channel_new(arrival.attached, &link->keeper, error);
    }
    if (status != STATUS_OK) {
        file_close(&arrival.attached);
    }
    return status;
}

static enum status greet(struct export_link *link, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroom-export");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    return channel_send(link->keeper, MESSAGE_HELLO, &hello, -1, NULL, error);
}

/* Where the descriptor that comes with a message goes; NULL: such a one is not due. */
static int *place_of(struct export_link *link, enum message_type type)
{
    switch ((int)type) {
    case MESSAGE_EXPORT_SCRATCH:
        return &link->task.scratch;
    case MESSAGE_EXPORT_PAGE:
        return &link->task.page;
    case MESSAGE_EXPORT_PLAIN:
        return &link->task.plain;
    case MESSAGE_EXPORT_PHRASE:
        return &link->task.phrase;
    case MESSAGE_EXPORT_TASK:
        return &link->task.output;
    default:
        return NULL;
    }
}

static enum status take_task(struct export_link *link, struct error *error)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && link->task.output < 0) {
        struct arrival arrival;
        status = receive(link->keeper, &arrival, error);
        if (status == STATUS_OK && arrival.type == MESSAGE_EXPORT_KEYS) {
            link->task.keys = arrival.payload.export_keys;
        }
        if (status != STATUS_OK || arrival.type == MESSAGE_WELCOME ||
            arrival.type == MESSAGE_EXPORT_KEYS) {
            file_close(&arrival.attached);
            continue;
        }
        int *place = place_of(link, arrival.type);
        if (place == NULL || *place >= 0) {
            file_close(&arrival.attached);
            return error_set(error, STATUS_INVALID, "%s is not due", message_name(arrival.type));
        }
        *place = arrival.attached;
        if (arrival.type == MESSAGE_EXPORT_TASK) {
            link->task.request = arrival.payload.export_task.request;
            link->task.language = arrival.payload.export_task.language;
            memcpy(link->task.since, arrival.payload.export_task.since, sizeof link->task.since);
        }
    }
    bool is_whole = link->task.scratch >= 0 && (link->task.plain >= 0) == (link->task.phrase >= 0);
    return status == STATUS_OK && !is_whole
               ? error_set(error, STATUS_INVALID, "no scratch file came")
               : status;
}

enum status export_link_open(int control, struct export_link **link, struct error *error)
{
    struct export_link *made = calloc(1, sizeof *made);
    *link = NULL;
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the link to the keeper");
    }
    made->task = (struct export_task){
        .output = -1, .scratch = -1, .phrase = -1, .plain = -1, .page = -1, .picture = -1};
    enum status status = channel_new(control, &made->control, error);
    if (status == STATUS_OK) {
        status = take_keeper(made, error);
    }
    if (status == STATUS_OK) {
        status = greet(made, error);
    }
    if (status == STATUS_OK) {
        status = take_task(made, error);
    }
    if (status != STATUS_OK) {
        export_link_free(made);
        return status;
    }
    *link = made;
    return STATUS_OK;
}

void export_link_free(struct export_link *link)
{
    if (link != NULL) {
        file_close(&link->task.output);
        file_close(&link->task.scratch);
        file_close(&link->task.phrase);
        file_close(&link->task.plain);
        file_close(&link->task.page);
        file_close(&link->task.picture);
        channel_free(link->keeper);
        channel_free(link->control);
        free(link);
    }
}

const struct export_task *export_link_task(const struct export_link *link)
{
    return &link->task;
}

/* ---- what is said ---- */

enum status export_link_plan(struct export_link *link, const struct message_export_plan *plan,
                             struct error *error)
{
    return channel_send(link->keeper, MESSAGE_EXPORT_PLAN, plan, -1, NULL, error);
}

/* Nothing is due but an end. */
static enum status see_end(struct export_link *link, struct error *error)
{
    struct arrival arrival = {.attached = -1};
    if (channel_wait(link->keeper, 0) != STATUS_OK) {
        return STATUS_OK;
    }
    enum status status = receive(link->keeper, &arrival, error);
    file_close(&arrival.attached);
    return status == STATUS_OK
               ? error_set(error, STATUS_INVALID, "%s is not due", message_name(arrival.type))
               : status;
}

enum status export_link_progress(struct export_link *link, enum export_step step, uint64_t bytes,
                                 uint64_t total, struct error *error)
{
    struct message_export_progress progress = {
        .bytes = bytes, .total = total, .step = (uint8_t)step};
    int64_t now_ms = monotonic_ms();
    if (link->told_ms != 0 && step == link->told_step && now_ms - link->told_ms < PROGRESS_MS) {
        return STATUS_OK;
    }
    link->told_ms = now_ms;
    link->told_step = step;
    enum status status = see_end(link, error);
    if (status == STATUS_OK) {
        status = channel_send(link->keeper, MESSAGE_EXPORT_PROGRESS, &progress, -1, NULL, error);
    }
    /* a keeper that is busy just now hears of the next one */
    return status == STATUS_FULL ? STATUS_OK : status;
}

/* Exactly this is due. */
static enum status receive_answer(struct export_link *link, enum message_type type,
                                  struct arrival *answer, struct error *error)
{
    enum status status = receive(link->keeper, answer, error);
    file_close(&answer->attached);
    return status == STATUS_OK && answer->type != type
               ? error_set(error, STATUS_INVALID, "%s is not due", message_name(answer->type))
               : status;
}

static bool take_signature(const char *text, uint8_t *signature, size_t *size)
{
    *size = strlen(text) / 2;
    return *size > 0 && *size <= EXPORT_KEY_SIGNATURE_SIZE_MAX &&
           hex_decode(signature, *size, text) == STATUS_OK;
}

enum status export_link_seal(struct export_link *link, enum export_key_kind kind,
                             const struct digest *digest, uint8_t *signature, size_t *size,
                             struct error *error)
{
    struct message_export_seal ask = {.kind = (uint8_t)kind};
    struct arrival answer;
    memcpy(ask.digest, digest->bytes, sizeof ask.digest);
    enum status status = channel_send(link->keeper, MESSAGE_EXPORT_SEAL, &ask, -1, NULL, error);
    if (status == STATUS_OK) {
        status = receive_answer(link, MESSAGE_EXPORT_SEALED, &answer, error);
    }
    if (status == STATUS_OK &&
        !take_signature(answer.payload.export_sealed.signature, signature, size)) {
        status = error_set(error, STATUS_INVALID, "that is no seal");
    }
    return status;
}

enum status export_link_sign(struct export_link *link, struct buffer *note, struct error *error)
{
    AUTO_CLOSE int file = -1;
    struct arrival answer;
    struct message_export_sign sign = {.size = (uint32_t)note->size};
    enum status status = sealed_new("manifest", buffer_bytes(note), &file, error);
    if (status == STATUS_OK) {
        status = channel_send(link->keeper, MESSAGE_EXPORT_SIGN, &sign, file, NULL, error);
    }
    if (status == STATUS_OK) {
        status = receive_answer(link, MESSAGE_EXPORT_SIGNED, &answer, error);
    }
    return status == STATUS_OK ? buffer_append_text(note, answer.payload.export_signed.signature)
                               : status;
}

enum status export_link_end(struct export_link *link, const struct message_export_end *end,
                            struct error *error)
{
    return channel_send(link->keeper, MESSAGE_EXPORT_END, end, -1, NULL, error);
}
