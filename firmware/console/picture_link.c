#include "firmware/console/picture_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/still.h"

#define SWEEP_US   UINT64_C(1000000)
#define BLOCK_SIZE 65536u

struct waiting {
    struct picture_question question;
    uint64_t since_us;
};

struct picture_link {
    sd_event *event;
    sd_event_source *io;
    sd_event_source *sweep;
    int descriptor; /* -1: there is none */
    bool is_known;
    bool is_pumping;
    struct waiting waiting[PICTURE_LINK_WAITING_MAX];
    size_t count;
    bool is_asked; /* `asked` is on its way */
    struct waiting asked;
    uint64_t asked_us;
    struct buffer sent;
    size_t sent_size;
    struct buffer heard;
};

static void settle(const struct picture_question *question, enum status status)
{
    struct buffer nothing = {0};
    question->answered(question->context, status, &nothing);
}

/* ---- one question ---- */

static void forget_question(struct picture_link *link)
{
    link->is_asked = false;
    buffer_release(&link->sent);
    buffer_release(&link->heard);
    link->sent_size = 0;
}

static void cut_off(struct picture_link *link)
{
    bool was_asked = link->is_asked;
    bool was_heard = link->sent_size > 0;
    const struct waiting asked = link->asked;
    link->io = sd_event_source_disable_unref(link->io);
    file_close(&link->descriptor);
    forget_question(link);
    if (was_asked && !was_heard && link->count < PICTURE_LINK_WAITING_MAX) { /* for the next one */
        memmove(link->waiting + 1, link->waiting, link->count * sizeof asked);
        link->waiting[0] = asked;
        link->count++;
    } else if (was_asked) {
        settle(&asked.question, STATUS_INVALID);
    }
}

/* The other side has decoded hostile bytes: nothing it says is believed further than this. */
static bool read_answer(struct picture_link *link, uint32_t *outcome, size_t *size)
{
    bool is_video = memcmp(link->sent.data, STILL_VIDEO_MAGIC, 4) == 0;
    uint32_t most = is_video ? STILL_VIDEO_ANSWER_MAX : STILL_ANSWER_MAX;
    struct reader reader = reader_of((struct bytes){link->heard.data, STILL_ANSWER_SIZE});
    struct bytes magic = read_bytes(&reader, 4);
    *outcome = read_u32(&reader);
    (void)read_i64(&reader);
    *size = read_u32(&reader);
    return *size <= most && bytes_equal(magic, bytes_of_text(is_video ? STILL_VIDEO_ANSWER_MAGIC
                                                                      : STILL_ANSWER_MAGIC));
}

/* Nothing but a JPEG or an MP4 reaches a browser by that name. */
static bool is_of_its_kind(const struct buffer *made)
{
    return made->size > 8 &&
           (memcmp(made->data, "\xff\xd8\xff", 3) == 0 || memcmp(made->data + 4, "ftyp", 4) == 0);
}

static enum status end_answer(struct picture_link *link, uint32_t outcome)
{
    struct buffer *heard = &link->heard;
    memmove(heard->data, heard->data + STILL_ANSWER_SIZE, heard->size - STILL_ANSWER_SIZE);
    heard->size -= STILL_ANSWER_SIZE;
    if (outcome == 0 && !is_of_its_kind(heard))
        return STATUS_IO;
    const struct picture_question question = link->asked.question;
    struct buffer made = *heard;
    *heard = (struct buffer){0};
    forget_question(link);
    question.answered(question.context, outcome == 0 ? STATUS_OK : STATUS_UNSUPPORTED, &made);
    buffer_release(&made);
    return STATUS_OK;
}

static enum status take_answer(struct picture_link *link)
{
    uint32_t outcome = 0;
    size_t size = 0;
    if (link->heard.size < STILL_ANSWER_SIZE)
        return STATUS_OK;
    if (!read_answer(link, &outcome, &size) || link->heard.size > STILL_ANSWER_SIZE + size)
        return STATUS_IO;
    return link->heard.size < STILL_ANSWER_SIZE + size ? STATUS_OK : end_answer(link, outcome);
}

/* STATUS_AGAIN: there is nothing more for now. */
static enum status hear(struct picture_link *link)
{
    uint8_t block[BLOCK_SIZE];
    ssize_t got = TEMP_FAILURE_RETRY(recv(link->descriptor, block, sizeof block, MSG_DONTWAIT));
    if (got < 0)
        return errno == EAGAIN ? STATUS_AGAIN : STATUS_IO;
    if (got == 0 || !link->is_asked)
        return STATUS_END;
    return buffer_append(&link->heard, block, (size_t)got) == STATUS_OK ? take_answer(link)
                                                                        : STATUS_NO_MEMORY;
}

static enum status say(struct picture_link *link)
{
    while (link->is_asked && link->sent_size < link->sent.size) {
        ssize_t sent = TEMP_FAILURE_RETRY(send(link->descriptor, link->sent.data + link->sent_size,
                                               link->sent.size - link->sent_size,
                                               MSG_DONTWAIT | MSG_NOSIGNAL));
        if (sent < 0)
            return errno == EAGAIN ? STATUS_OK : STATUS_IO;
        link->sent_size += (size_t)sent;
    }
    return STATUS_OK;
}

static void watch(struct picture_link *link)
{
    bool is_sending = link->is_asked && link->sent_size < link->sent.size;
    if (link->io != NULL)
        sd_event_source_set_io_events(link->io, is_sending ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* ---- one after the other ---- */

static struct waiting take_first(struct picture_link *link)
{
    struct waiting first = link->waiting[0];
    link->count--;
    memmove(link->waiting, link->waiting + 1, link->count * sizeof first);
    return first;
}

static void begin(struct picture_link *link, struct waiting first)
{
    struct buffer question = {0};
    if (!first.question.is_wanted(first.question.context)) {
        settle(&first.question, STATUS_AGAIN);
        return;
    }
    if (!first.question.write(first.question.context, &question)) {
        buffer_release(&question);
        return;
    }
    link->asked = first;
    link->asked_us = clock_timer_us();
    link->is_asked = true;
    link->sent = question;
    link->sent_size = 0;
    if (say(link) != STATUS_OK)
        cut_off(link);
    watch(link);
}

static void pump(struct picture_link *link)
{
    if (link->is_pumping)
        return;
    link->is_pumping = true;
    while (link->descriptor >= 0 && !link->is_asked && link->count > 0)
        begin(link, take_first(link));
    link->is_pumping = false;
}

static int on_io(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct picture_link *link = context;
    (void)source;
    (void)descriptor;
    enum status status = (events & EPOLLOUT) != 0 ? say(link) : STATUS_OK;
    while (status == STATUS_OK)
        status = hear(link);
    if (status != STATUS_AGAIN) {
        log_debug("sealroom-picture is gone");
        cut_off(link);
    }
    watch(link);
    pump(link);
    return 0;
}

static int on_sweep(sd_event_source *source, uint64_t at_us, void *context)
{
    struct picture_link *link = context;
    uint64_t now = clock_timer_us();
    (void)at_us;
    if (link->is_asked && now - link->asked_us > PICTURE_LINK_ANSWER_MS * UINT64_C(1000)) {
        log_warning("sealroom-picture does not answer: it is cut off");
        cut_off(link);
    }
    while (link->count > 0 &&
           now - link->waiting[0].since_us > PICTURE_LINK_WAIT_MS * UINT64_C(1000)) {
        const struct waiting first = take_first(link);
        settle(&first.question, STATUS_TIMEOUT);
    }
    sd_event_source_set_time_relative(source, SWEEP_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

void picture_link_ask(struct picture_link *link, const struct picture_question *question)
{
    if (link->count == PICTURE_LINK_WAITING_MAX) {
        settle(question, STATUS_FULL);
        return;
    }
    link->waiting[link->count++] = (struct waiting){*question, clock_timer_us()};
    pump(link);
}

/* ---- the link ---- */

bool picture_link_is_known(const struct picture_link *link)
{
    return link->is_known;
}

enum status picture_link_take(struct picture_link *link, int descriptor, struct error *error)
{
    cut_off(link);
    if (sd_event_add_io(link->event, &link->io, descriptor, EPOLLIN, on_io, link) < 0) {
        file_close(&descriptor);
        return error_set(error, STATUS_IO, "cannot watch sealroom-picture");
    }
    link->descriptor = descriptor;
    link->is_known = true;
    pump(link);
    return STATUS_OK;
}

enum status picture_link_new(sd_event *event, struct picture_link **result, struct error *error)
{
    struct picture_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the pictures' link");
    link->event = sd_event_ref(event);
    link->descriptor = -1;
    if (sd_event_add_time_relative(event, &link->sweep, CLOCK_MONOTONIC, SWEEP_US, 0, on_sweep,
                                   link) < 0) {
        picture_link_free(link);
        return error_set(error, STATUS_IO, "cannot set a timer");
    }
    *result = link;
    return STATUS_OK;
}

void picture_link_free(struct picture_link *link)
{
    if (link == NULL)
        return;
    sd_event_source_disable_unref(link->io);
    sd_event_source_disable_unref(link->sweep);
    file_close(&link->descriptor);
    forget_question(link);
    sd_event_unref(link->event);
    free(link);
}
