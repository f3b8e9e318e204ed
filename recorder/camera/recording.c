#include "camera/recording.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "camera/address_list.h"
#include "camera/hold.h"
#include "camera/noticeboard.h"
#include "camera/piece_writer.h"
#include "camera/relay.h"
#include "camera/retry.h"
#include "camera/segmenter.h"
#include "camera/stream_state.h"

#define SERVE_NS    (50 * NS_PER_MS)
#define FAREWELL_NS (2 * NS_PER_SECOND)
/* A connection that lasted this long was a good one: the waits begin anew. */
#define GOOD_NS (10 * NS_PER_SECOND)
/* libavformat can be kept busy inside one call by a stream made for it. The alarm ends the
 * process then, and the supervisor starts another. */
#define ALARM_S 40

struct recording {
    struct recording_parts parts;
    struct relay *relay;
    struct link *link;
    struct piece_writer *writer;
    struct segmenter *segmenter;
    struct noticeboard board;
    struct stream_state state;
    struct address_list addresses; /* one that it moved to is tried at once */
    struct hold hold;
    struct access_unit unit;
    uint32_t connection;
    struct retry retry;
    /* of the moment */
    bool stopping;
    int64_t served_ns;
    int64_t deadline_ns; /* monotonic: the source gives up then */
};

/* Asked more than a thousand times a second: without the question after the clock's quality, which
 * is a system call. */
static int64_t monotonic(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void read_control(struct recording *recording)
{
    for (;;) {
        enum message_type type = 0;
        union message_payload payload;
        AUTO_CLOSE int attached = -1;
        struct error error;
        enum status status =
            channel_receive(recording->parts.control, &type, NULL, &payload, &attached, &error);
        if (status == STATUS_AGAIN) {
            return;
        }
        if (status != STATUS_OK || type == MESSAGE_STOP) {
            recording->stopping = true; /* the supervisor is gone, or says so */
            return;
        }
        if (type == MESSAGE_KEEPER_LINK && attached >= 0) {
            link_attach(recording->link, file_steal(&attached));
        } else if (type == MESSAGE_CAMERA_ADDRESS) {
            address_list_take(&recording->addresses, payload.camera_address.address);
        }
    }
}

static void read_signals(struct recording *recording)
{
    struct signalfd_siginfo signal;
    if (read(recording->parts.signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        recording->stopping = true;
    }
}

static void serve(struct recording *recording, int64_t now)
{
    recording->served_ns = now;
    (void)alarm(ALARM_S);
    read_control(recording);
    read_signals(recording);
    link_serve(recording->link);
    noticeboard_tell(&recording->board, false);
    if (link_take_seal(recording->link)) {
        segmenter_seal(recording->segmenter);
    }
}

static bool is_over(const struct recording *recording)
{
    return recording->stopping || link_is_cut_off(recording->link);
}

static bool go_on(void *context)
{
    struct recording *recording = context;
    int64_t now = monotonic();
    if (now - recording->served_ns >= SERVE_NS) {
        serve(recording, now);
    }
    return !is_over(recording) && now < recording->deadline_ns;
}

/* Waits for the sockets until `until_ns`, serving them; an address that has not been tried yet ends
 * the wait. */
static void rest(struct recording *recording, int64_t until_ns)
{
    int64_t now = monotonic();
    while (!is_over(recording) && !recording->addresses.moved && now < until_ns) {
        struct pollfd polled[3] = {
            {.fd = channel_descriptor(recording->parts.control), .events = POLLIN},
            {.fd = recording->parts.signals, .events = POLLIN},
            {.fd = link_descriptor(recording->link), .events = POLLIN},
        };
        int64_t left_ms = (until_ns - now) / NS_PER_MS + 1;
        (void)poll(polled, 3, left_ms > 1000 ? 1000 : (int)left_ms);
        now = monotonic();
        serve(recording, now);
    }
}

static void take_note(void *context, enum camera_note note, uint64_t count, const char *detail)
{
    struct recording *recording = context;
    log_info("%s: %s", word_camera_note(note)->name, detail);
    noticeboard_put(&recording->board, note, count, detail);
}

static enum gap_cause cause_of(enum status status)
{
    return status == STATUS_FULL                               ? GAP_DISK_FULL
           : status == STATUS_IO || status == STATUS_UNCERTAIN ? GAP_STORAGE
                                                               : GAP_BAD_STREAM;
}

static void note_flood(struct recording *recording)
{
    if (recording->hold.lost_pictures > 0) {
        take_note(recording, CAMERA_FLOODED, recording->hold.lost_pictures,
                  "pictures lost while there was no file to write to");
        recording->hold.lost_pictures = 0;
    }
}

/* The disk has no room: what is open ends at once, and pictures are held. */
static enum status hold_back(struct recording *recording, enum gap_cause *cause,
                             struct error *error)
{
    if (segmenter_is_open(recording->segmenter)) {
        enum status status = segmenter_pause(recording->segmenter, ++recording->connection, error);
        if (status != STATUS_OK) {
            *cause = cause_of(status);
            return status;
        }
    }
    hold_put(&recording->hold, &recording->unit);
    return STATUS_OK;
}

/* Records what is held, then the unit; or holds it while there is no file. */
static enum status record(struct recording *recording, enum gap_cause *cause, struct error *error)
{
    if (link_is_paused(recording->link)) {
        return hold_back(recording, cause, error);
    }
    if (!segmenter_is_open(recording->segmenter) && !link_has_grant(recording->link)) {
        hold_put(&recording->hold, &recording->unit);
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    if (recording->hold.count > 0) {
        hold_put(&recording->hold, &recording->unit);
        while (status == STATUS_OK && hold_take(&recording->hold, &recording->unit)) {
            status = segmenter_add(recording->segmenter, &recording->unit, error);
        }
    } else {
        status = segmenter_add(recording->segmenter, &recording->unit, error);
    }
    note_flood(recording);
    if (status != STATUS_OK) {
        *cause = cause_of(status);
    }
    return status;
}

static void note_dropped(struct recording *recording, struct source *source)
{
    uint64_t dropped = source_take_dropped(source);
    if (dropped > 0) {
        take_note(recording, CAMERA_MALFORMED, dropped, "bytes or packets that make no picture");
    }
}

static void look_at_clock(struct recording *recording, const struct source *source)
{
    int64_t media_time = 0;
    int64_t camera_utc_ns = 0;
    if (source_camera_clock(source, &media_time, &camera_utc_ns)) {
        segmenter_camera_clock(recording->segmenter, media_time, camera_utc_ns);
    }
}

static enum status read_stream(struct recording *recording, struct source *source,
                               enum gap_cause *cause, struct error *error)
{
    int64_t stall_ns = recording->parts.setup->stall_ms * NS_PER_MS;
    enum status status = STATUS_OK;
    bool up = false;
    recording->deadline_ns = monotonic() + stall_ns;
    while (status == STATUS_OK) {
        status = source_next(source, &recording->unit, cause, error);
        if (status != STATUS_OK || is_over(recording)) {
            break;
        }
        if (recording->unit.kind == UNIT_VIDEO) {
            if (!up) {
                stream_state_up(&recording->state, recording->parts.setup, recording->relay,
                                source_facts(source));
                up = true;
            }
            if (recording->unit.key) {
                note_dropped(recording, source);
                look_at_clock(recording, source);
            }
        }
        bool picture = recording->unit.kind == UNIT_VIDEO;
        status = record(recording, cause, error);
        if (picture) {
            /* from here on: a volume that took its time is no stall of the camera's */
            recording->deadline_ns = monotonic() + stall_ns;
        }
    }
    note_dropped(recording, source);
    return status;
}

/* Ends what is open, whatever has happened. */
static void finish_stream(struct recording *recording, enum gap_cause cause)
{
    struct error error;
    if (link_is_cut_off(recording->link)) {
        return; /* the file is the keeper's now */
    }
    if (cause == GAP_STORAGE || cause == GAP_DISK_FULL) {
        segmenter_abandon(recording->segmenter);
    } else if (segmenter_disconnect(recording->segmenter, &error) != STATUS_OK) {
        log_warning("the segment's end: %s", error.text);
    }
    hold_give_up(&recording->hold);
    note_flood(recording);
}

static void run_connection(struct recording *recording)
{
    struct source_settings settings = {
        .setup = recording->parts.setup,
        .relay = recording->relay,
        .go_on = go_on,
        .context = recording,
    };
    struct source *source = NULL;
    struct error error = {0};
    enum gap_cause cause = GAP_UNREACHABLE;
    int64_t began = monotonic();
    recording->deadline_ns = began + recording->parts.setup->stall_ms * NS_PER_MS;
    enum status status = source_open(recording->parts.source, &settings, &source, &cause, &error);
    if (status == STATUS_OK) {
        const struct source_facts *facts = source_facts(source);
        segmenter_connect(recording->segmenter, facts->parameters, &facts->sound,
                          ++recording->connection);
        (void)!read_stream(recording, source, &cause, &error);
        finish_stream(recording, cause);
        source_close(source);
    }
    if (!is_over(recording)) {
        stream_state_down(&recording->state, cause, error.text);
    }
    if (status != STATUS_OK && !recording->addresses.moved) {
        address_list_next(&recording->addresses);
    }
    if (status == STATUS_OK && monotonic() - began > GOOD_NS) {
        retry_reset(&recording->retry);
    }
}

static void back_off(struct recording *recording)
{
    rest(recording, monotonic() + retry_next_ns(&recording->retry));
    if (recording->addresses.moved) {
        retry_reset(&recording->retry);
        recording->addresses.moved = false;
    }
}

/* What was recorded last is told before the process ends. */
static void say_farewell(struct recording *recording)
{
    int64_t until = monotonic() + FAREWELL_NS;
    noticeboard_tell(&recording->board, true);
    while (link_is_up(recording->link) && !link_is_idle(recording->link) && monotonic() < until) {
        struct pollfd polled = {.fd = link_descriptor(recording->link), .events = POLLOUT};
        (void)poll(&polled, 1, 100);
        link_serve(recording->link);
    }
}

static enum status prepare(struct recording *recording, struct error *error)
{
    const struct message_camera_setup *setup = recording->parts.setup;
    enum status status = link_new(&recording->link, error);
    if (status == STATUS_OK) {
        status = piece_writer_new(recording->link, &recording->writer, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    recording->board.link = recording->link;
    recording->board.clock = recording->parts.clock;
    recording->state.link = recording->link;
    recording->state.clock = recording->parts.clock;
    recording->state.board = &recording->board;
    retry_reset(&recording->retry);
    struct segment_sink sink = piece_writer_sink(recording->writer);
    sink.note = take_note;
    sink.note_context = recording;
    return segmenter_new(recording->parts.clock, &sink,
                         (int64_t)setup->segment_seconds * NS_PER_SECOND, &recording->segmenter,
                         error);
}

static void release(struct recording *recording)
{
    relay_free(recording->relay);
    segmenter_free(recording->segmenter);
    piece_writer_free(recording->writer);
    link_free(recording->link);
    hold_release(&recording->hold);
    access_unit_release(&recording->unit);
}

/* What it needs may come only while it runs. */
static enum status enclose(struct recording *recording, struct error *error)
{
    enum status status = STATUS_AGAIN;
    while (status != STATUS_OK && !is_over(recording)) {
        enum gap_cause cause = 0;
        status =
            recording->parts.enclose(recording->parts.context, &recording->relay, &cause, error);
        if (status != STATUS_OK && cause == 0) {
            return status;
        }
        if (status != STATUS_OK) {
            stream_state_down(&recording->state, cause, error->text);
            back_off(recording);
        }
    }
    retry_reset(&recording->retry);
    return STATUS_OK;
}

enum status recording_run(const struct recording_parts *parts, struct error *error)
{
    struct recording recording = {.parts = *parts};
    address_list_init(&recording.addresses, parts->setup);
    enum status status = prepare(&recording, error);
    if (status == STATUS_OK) {
        serve(&recording, monotonic());
        status = enclose(&recording, error);
    }
    if (status == STATUS_OK) {
        while (!is_over(&recording)) {
            run_connection(&recording);
            if (!is_over(&recording)) {
                back_off(&recording);
            }
        }
        say_farewell(&recording);
    }
    if (status == STATUS_OK && link_is_cut_off(recording.link)) {
        status = error_set(error, STATUS_REFUSED, "the keeper has cut this camera off");
    }
    release(&recording);
    return status;
}
