#include "camera/link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "camera/journal.h"

struct report {
    uint64_t ticket;
    enum message_type type;
    union {
        struct message_stream_up up;
        struct message_stream_down down;
        struct message_stream_note note;
    } payload;
};

struct link {
    struct channel *channel;
    bool welcomed;
    bool cut_off;
    bool paused;
    bool with_sm3;
    bool requested;
    int grant; /* descriptor, -1 if none */
    char grant_id[SEGMENT_ID_SIZE];
    bool seal_asked;
    uint64_t tickets;
    struct journal before;                   /* ended, its end not yet told */
    struct journal current;                  /* the newest segment */
    struct report reports[LINK_REPORTS_MAX]; /* not yet told, oldest first */
    size_t report_count;
    struct report state; /* the last STREAM_UP or STREAM_DOWN; ticket 0 if there was none */
};

enum status link_new(struct link **link, struct error *error)
{
    struct link *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the link to the keeper");
    }
    made->grant = -1;
    *link = made;
    return STATUS_OK;
}

static void drop_channel(struct link *link)
{
    channel_free(link->channel);
    link->channel = NULL;
    link->welcomed = false;
    link->requested = false;
    file_close(&link->grant);
}

void link_free(struct link *link)
{
    if (link != NULL) {
        drop_channel(link);
        journal_release(&link->before);
        journal_release(&link->current);
        free(link);
    }
}

int link_descriptor(const struct link *link)
{
    return link->channel != NULL ? channel_descriptor(link->channel) : -1;
}

bool link_is_up(const struct link *link)
{
    return link->welcomed;
}

bool link_is_cut_off(const struct link *link)
{
    return link->cut_off;
}

bool link_is_paused(const struct link *link)
{
    return link->paused;
}

bool link_wants_sm3(const struct link *link)
{
    return link->with_sm3;
}

bool link_has_grant(const struct link *link)
{
    return link->grant >= 0;
}

bool link_take_seal(struct link *link)
{
    bool asked = link->seal_asked;
    link->seal_asked = false;
    return asked;
}

/* STATUS_END: it is gone, and another will come. Anything else: the two do not understand each
 * other, and no other will. Then the socket is left open until the process ends: that tells the
 * keeper that nothing is written any more. */
static void lose_keeper(struct link *link, enum status status, const char *why)
{
    if (status == STATUS_END) {
        log_warning("keeper: %s", why);
        drop_channel(link);
        return;
    }
    log_error("cut off from the keeper: %s", why);
    link->cut_off = true;
}

/* Sends; false if it has to be tried again later, or if the keeper is gone. */
static bool tell(struct link *link, enum message_type type, const void *payload)
{
    struct error error;
    if (link->channel == NULL || link->cut_off) {
        return false;
    }
    enum status status = channel_send(link->channel, type, payload, -1, NULL, &error);
    if (status == STATUS_OK) {
        return true;
    }
    if (status != STATUS_FULL && status != STATUS_AGAIN) {
        lose_keeper(link, status, error.text);
    }
    return false;
}

static void forget_report(struct link *link, size_t index)
{
    link->report_count--;
    memmove(&link->reports[index], &link->reports[index + 1],
            (link->report_count - index) * sizeof link->reports[0]);
}

/* Whether the picture comes is told to every keeper: one that was started again knows nothing.
 * What was told is older than whatever waits. */
static void tell_state_again(struct link *link)
{
    for (size_t i = 0; i < link->report_count; i++) {
        if (link->reports[i].ticket == link->state.ticket) {
            return;
        }
    }
    if (link->report_count == LINK_REPORTS_MAX) {
        forget_report(link, 0);
    }
    memmove(&link->reports[1], &link->reports[0], link->report_count * sizeof link->reports[0]);
    link->reports[0] = link->state;
    link->report_count++;
}

void link_attach(struct link *link, int descriptor)
{
    struct error error;
    drop_channel(link);
    if (channel_new(descriptor, &link->channel, &error) != STATUS_OK) {
        log_warning("keeper: %s", error.text);
        (void)close(descriptor);
        return;
    }
    link->before.used = false;
    link->current.told = 0;
    if (link->state.ticket != 0) {
        tell_state_again(link);
    }
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroom-camera");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    if (link->current.used) {
        message_text(hello.resume, sizeof hello.resume, link->current.begin.segment);
    }
    (void)tell(link, MESSAGE_HELLO, &hello);
}

static void take_grant(struct link *link, const struct message_segment_granted *granted, int file)
{
    file_close(&link->grant);
    link->grant = file;
    link->requested = false;
    memcpy(link->grant_id, granted->segment, sizeof link->grant_id);
}

static void take_message(struct link *link, enum message_type type,
                         const union message_payload *payload, int *attached)
{
    if (type == MESSAGE_WELCOME) {
        link->welcomed = true;
        link->paused = false;
        link->with_sm3 = payload->welcome.with_sm3 != 0;
    } else if (type == MESSAGE_SEGMENT_GRANTED && *attached >= 0) {
        take_grant(link, &payload->segment_granted, file_steal(attached));
    } else if (type == MESSAGE_PAUSE) {
        link->paused = payload->pause.paused != 0;
    } else if (type == MESSAGE_SEAL_NOW) {
        link->seal_asked = true;
    } else if (type == MESSAGE_DONE && payload->done.status != STATUS_OK) {
        log_error("cut off by the keeper: %s", payload->done.text);
        link->cut_off = true;
    }
}

static void receive_all(struct link *link)
{
    while (link->channel != NULL && !link->cut_off) {
        enum message_type type = 0;
        union message_payload payload;
        AUTO_CLOSE int attached = -1;
        struct error error;
        enum status status =
            channel_receive(link->channel, &type, NULL, &payload, &attached, &error);
        if (status == STATUS_AGAIN) {
            return;
        }
        if (status != STATUS_OK) {
            lose_keeper(link, status, status == STATUS_END ? "the connection ended" : error.text);
            return;
        }
        take_message(link, type, &payload, &attached);
    }
}

/* Tells the oldest thing that has not been told; false if there is none, or it cannot be now. */
static bool tell_next(struct link *link)
{
    struct journal *journal = link->before.used ? &link->before : &link->current;
    enum message_type type = 0;
    const void *payload = NULL;
    uint64_t ticket = UINT64_MAX;
    bool item = journal_next(journal, &type, &payload, &ticket);
    if (link->report_count > 0 && (!item || link->reports[0].ticket < ticket)) {
        if (!tell(link, link->reports[0].type, &link->reports[0].payload)) {
            return false;
        }
        forget_report(link, 0);
        return true;
    }
    if (!item || !tell(link, type, payload)) {
        return false;
    }
    journal->told++;
    if (journal_is_done(journal)) {
        journal->used = false;
    }
    return true;
}

void link_serve(struct link *link)
{
    receive_all(link);
    if (!link->welcomed) {
        return;
    }
    while (tell_next(link)) {
    }
    struct message_segment_request request = {0};
    if (link->welcomed && !link_has_grant(link) && !link->requested) {
        link->requested = tell(link, MESSAGE_SEGMENT_REQUEST, &request);
    }
}

enum status link_begin(struct link *link, struct message_segment_begin *begin, int *file,
                       struct error *error)
{
    if (!link_has_grant(link)) {
        return error_set(error, STATUS_NOT_FOUND, "no granted segment is in hand");
    }
    if (link->current.used) {
        struct journal kept = link->before;
        link->before = link->current;
        link->current = kept;
    }
    memcpy(begin->segment, link->grant_id, sizeof begin->segment);
    *file = file_steal(&link->grant);
    journal_begin(&link->current, begin, ++link->tickets);
    link_serve(link);
    return STATUS_OK;
}

enum status link_piece(struct link *link, const struct message_fragment *piece, struct error *error)
{
    enum status status = journal_add(&link->current, piece, ++link->tickets);
    if (status != STATUS_OK) {
        return error_set(error, STATUS_UNCERTAIN, "the keeper has been gone for too long");
    }
    link_serve(link);
    return STATUS_OK;
}

void link_end(struct link *link, struct message_segment_end *end)
{
    memcpy(end->segment, link->current.begin.segment, sizeof end->segment);
    journal_end(&link->current, end, ++link->tickets);
    link_serve(link);
}

/* The same odd thing again, while the first is waiting to be told? */
static bool merge_note(struct link *link, const struct message_stream_note *note)
{
    for (size_t i = 0; i < link->report_count; i++) {
        struct report *report = &link->reports[i];
        if (report->type == MESSAGE_STREAM_NOTE && report->payload.note.note == note->note) {
            report->payload.note.count += note->count;
            return true;
        }
    }
    return false;
}

void link_report(struct link *link, enum message_type type, const void *payload)
{
    if (type == MESSAGE_STREAM_NOTE && merge_note(link, payload)) {
        return;
    }
    if (link->report_count == LINK_REPORTS_MAX) {
        forget_report(link, 0);
    }
    struct report *report = &link->reports[link->report_count++];
    report->ticket = ++link->tickets;
    report->type = type;
    if (type == MESSAGE_STREAM_UP) {
        report->payload.up = *(const struct message_stream_up *)payload;
    } else if (type == MESSAGE_STREAM_DOWN) {
        report->payload.down = *(const struct message_stream_down *)payload;
    } else {
        report->payload.note = *(const struct message_stream_note *)payload;
    }
    if (type != MESSAGE_STREAM_NOTE) {
        link->state = *report;
    }
    link_serve(link);
}

bool link_is_idle(const struct link *link)
{
    enum message_type type = 0;
    const void *payload = NULL;
    uint64_t ticket = 0;
    return link->report_count == 0 && !link->before.used &&
           !journal_next(&link->current, &type, &payload, &ticket);
}
