/*
 * What camera processes say: the stream's state, and a segment's life from grant to end.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/janitor.h"
#include "keeper/parts.h"
#include "keeper/plausible.h"
#include "keeper/salvager.h"
#include "keeper/sealer.h"
#include "store/segment_index.h"

/* A process that was cut off ends as soon as it sees it; if the supervisor does not say so
 * before, its files are left alone for so long. */
#define CUT_OFF_WAIT_NS (10 * NS_PER_SECOND)

/* The peer's camera: it was checked when the peer was made, and cameras do not go. */
static struct camera *camera_of(const struct keeper *keeper, const struct peer *peer)
{
    return roster_camera(&keeper->roster, peer_source(peer));
}

static const char NO_ROOM[] = "no room, and nothing may be deleted";

void camera_hear(struct keeper *keeper, const struct camera *camera)
{
    struct peer *peer = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
    if (peer != NULL && keeper->phase == KEEPER_RUNNING)
        peer_pause(peer, camera->recovering || camera->completing > 0);
}

void camera_lost(struct keeper *keeper, struct camera *camera, enum gap_cause cause,
                 const char *detail, struct moment at)
{
    if (!camera->recovered)
        return;
    /* whatever else becomes of it: nothing could be recorded */
    bool full = camera->paused || (!camera->may_begin && !camera->coverage.recording &&
                                   camera->coverage.cause == GAP_DISK_FULL);
    if (full && cause != GAP_DISK_FULL) {
        cause = GAP_DISK_FULL;
        detail = NO_ROOM;
    }
    struct coverage_gap gap = coverage_cause(&camera->coverage, cause, detail, at);
    keeper_gap(keeper, camera, &gap);
}

void camera_pause(struct keeper *keeper, struct camera *camera, bool paused)
{
    struct peer *peer = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
    struct message_pause pause = {.paused = paused};
    if (camera->paused == paused)
        return;
    camera->paused = paused;
    log_warning("camera %s: %s", camera->id, paused ? NO_ROOM : "there is room again");
    if (peer != NULL)
        peer_send(peer, MESSAGE_PAUSE, &pause, -1);
    camera->was_paused = camera->was_paused || (paused && peer != NULL);
    if (paused)
        camera_lost(keeper, camera, GAP_DISK_FULL, NO_ROOM, keeper_moment(keeper));
    else if (camera->coverage.recording)
        coverage_unsay(&camera->coverage);
}

/* Comes before or after the end of its socket was seen, which is_gone deals with. */
void camera_ended(struct keeper *keeper, struct camera *camera, bool ordered)
{
    bool blamed = camera->coverage.cause == GAP_CAMERA_PROCESS;
    camera->told_to_end = ordered;
    camera->ended = true;
    if (!camera->coverage.recording && !camera->online && blamed == ordered) {
        camera->cause = ordered ? GAP_RECORDER_STOPPED : GAP_CAMERA_PROCESS;
        camera_lost(keeper, camera, camera->cause, "", keeper_moment(keeper));
    }
    sealer_writer_ended(keeper->sealer, camera);
}

/* Takes up the segment that the camera has had open since before this keeper was started. */
static enum status resume(struct keeper *keeper, struct camera *camera, const char *id,
                          struct error *error)
{
    struct segment_row row;
    if (camera->recovered)
        return error_set(error, STATUS_REFUSED, "segment %s is sealed already", id);
    if (segment_id_is_valid(id) &&
        segment_index_find(ledger_database(keeper->identity.ledger), id, &row, error) == STATUS_OK)
        return error_set(error, STATUS_REFUSED, "segment %s is on record already", id);
    return segment_adopt(keeper->identity.video, camera->id, id, keeper_with_sm3(keeper),
                         &camera->grant, error);
}

static enum status take_hello(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const char *id = letter->payload->hello.resume;
    struct message_welcome welcome = keeper_welcome(keeper);
    if (id[0] != '\0') {
        enum status status = resume(keeper, camera, id, error);
        if (status != STATUS_OK)
            return status;
    }
    peer_send(peer, MESSAGE_WELCOME, &welcome, -1);
    if (camera->paused)
        peer_send(peer, MESSAGE_PAUSE, &(struct message_pause){.paused = 1}, -1);
    camera->was_paused = camera->paused;
    camera->told_to_end = false;
    salvager_recover(keeper->salvager, camera);
    camera_hear(keeper, camera);
    return STATUS_OK;
}

void camera_grant(struct keeper *keeper, struct camera *camera)
{
    struct error error;
    struct message_segment_granted granted = {0};
    struct peer *peer = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
    if (peer != NULL && camera->wants_grant && !camera->may_begin && camera->open == NULL)
        camera_lost(keeper, camera, GAP_DISK_FULL, NO_ROOM, keeper_moment(keeper));
    if (peer == NULL || keeper->phase != KEEPER_RUNNING || !camera->wants_grant ||
        camera->grant != NULL || camera->sealing >= CAMERA_SEALING_MAX || !camera->may_begin)
        return;
    enum status status =
        segment_create(keeper->identity.video, camera->id, clock_now(keeper->clock).utc_ns,
                       keeper_with_sm3(keeper), &camera->grant, &error);
    if (status != STATUS_OK) {
        /* the janitor tries again when there is room, or in a while */
        janitor_refused(keeper->janitor, camera, &error);
        return;
    }
    camera->wants_grant = false;
    message_text(granted.segment, sizeof granted.segment, segment_id(camera->grant));
    peer_send(peer, MESSAGE_SEGMENT_GRANTED, &granted, segment_descriptor(camera->grant));
}

static enum status take_request(void *context, struct peer *peer, const struct letter *letter,
                                struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    (void)letter;
    if (camera->grant != NULL || camera->wants_grant)
        return error_set(error, STATUS_REFUSED, "a second segment was asked for");
    camera->wants_grant = true;
    if (janitor_has_room(keeper->janitor))
        camera_grant(keeper, camera);
    else
        janitor_wake(keeper->janitor);
    return STATUS_OK;
}

/* Seen by a stream that comes up, or, after the keeper was started again, by the next segment. */
static void has_picture(struct keeper *keeper, struct camera *camera, int64_t since_utc_ns,
                        bool ends_alarm)
{
    if (!camera->online || camera->since_utc_ns == 0)
        camera->since_utc_ns = since_utc_ns;
    camera->online = true;
    if (ends_alarm)
        alarms_end(keeper->alarms, word_camera_note(CAMERA_OFFLINE)->name, camera->source,
                   camera->id, "");
}

static enum status take_begin(void *context, struct peer *peer, const struct letter *letter,
                              struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const struct message_segment_begin *begin = &letter->payload->segment_begin;
    struct moment start = {.utc_ns = begin->start_utc_ns,
                           .monotonic_ns = begin->start_monotonic_ns};
    if (camera->open != NULL || camera->grant == NULL)
        return error_set(error, STATUS_REFUSED, "segment %s begins out of order", begin->segment);
    if (!plausible_moment(keeper, start))
        return error_set(error, STATUS_INVALID, "segment %s begins when it cannot", begin->segment);
    enum status status = segment_begin(camera->grant, begin, error);
    if (status != STATUS_OK)
        return status;
    camera->open = camera->grant;
    camera->grant = NULL;
    memcpy(camera->video_codec, begin->video_codec, sizeof camera->video_codec);
    camera->width = begin->width;
    camera->height = begin->height;
    has_picture(keeper, camera, begin->start_utc_ns, true);
    /* it ended a segment, and its stream did not end: a pause, that may have been over by then */
    if (camera->was_paused && !camera->coverage.recording && !camera->coverage.said)
        camera_lost(keeper, camera, GAP_DISK_FULL, NO_ROOM, start);
    struct coverage_gap gap = coverage_begin(&camera->coverage, start);
    keeper_gap(keeper, camera, &gap);
    return STATUS_OK;
}

static enum status take_fragment(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error)
{
    struct camera *camera = camera_of(context, peer);
    const struct message_fragment *fragment = &letter->payload->fragment;
    if (camera->open == NULL)
        return error_set(error, STATUS_REFUSED, "a fragment of no open segment");
    if (!plausible_time(fragment->start_utc_ns) || !plausible_time(fragment->duration_ns) ||
        !plausible_end(context, camera->open, fragment->start_utc_ns + fragment->duration_ns))
        return error_set(error, STATUS_INVALID, "a fragment of a time that cannot be");
    return segment_add(camera->open, fragment, error);
}

static enum status take_end(void *context, struct peer *peer, const struct letter *letter,
                            struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const struct message_segment_end *end = &letter->payload->segment_end;
    if (camera->open == NULL)
        return error_set(error, STATUS_REFUSED, "segment %s ends, but is not open", end->segment);
    if (!plausible_end(keeper, camera->open, end->end_utc_ns))
        return error_set(error, STATUS_INVALID, "segment %s ends when it cannot", end->segment);
    enum status status = segment_end(camera->open, end, error);
    bool torn = status == STATUS_AGAIN;
    if (status != STATUS_OK && !torn)
        return status;
    struct segment *segment = camera->open;
    camera->open = NULL;
    coverage_end(&camera->coverage, camera_segment_end(segment), end->continues != 0 && !torn);
    if (camera->paused)
        camera_lost(keeper, camera, GAP_DISK_FULL, NO_ROOM, camera_segment_end(segment));
    if (!torn) {
        sealer_seal(keeper->sealer, camera, segment);
        return STATUS_OK;
    }
    /* a piece that the disk had no room for, or none at all: like the rest that a crash leaves */
    sealer_complete(keeper->sealer, camera, segment, 0);
    camera_hear(keeper, camera);
    janitor_wake(keeper->janitor);
    return STATUS_OK;
}

/* What identifies the camera, compared with its connection before. */
static void compare_identity(struct keeper *keeper, struct camera *camera,
                             const struct message_stream_up *up)
{
    struct digest certificate;
    struct digest description;
    memcpy(certificate.bytes, up->certificate_sha256, sizeof certificate.bytes);
    memcpy(description.bytes, up->sdp_sha256, sizeof description.bytes);
    bool known = camera->address[0] != '\0';
    const char *kind = word_camera_note(CAMERA_IDENTITY_CHANGED)->name;
    const char *what = strcmp(camera->address, up->address) != 0           ? "address"
                       : !digest_equal(&certificate, &camera->certificate) ? "certificate"
                       : !digest_equal(&description, &camera->description) ? "stream description"
                                                                           : NULL;
    if (known && what != NULL) {
        keeper_camera_note(keeper, camera, CAMERA_IDENTITY_CHANGED, 0, what);
        alarms_begin(keeper->alarms, kind, camera->source, camera->id, what);
    } else if (known) {
        alarms_end(keeper->alarms, kind, camera->source, camera->id, "the same again");
    }
    memcpy(camera->address, up->address, sizeof camera->address);
    camera->certificate = certificate;
    camera->description = description;
}

static bool may_note(const struct keeper *keeper, struct camera *camera)
{
    return allowance_take(&camera->notes, clock_monotonic_ns(keeper->clock));
}

static enum status take_up(void *context, struct peer *peer, const struct letter *letter,
                           struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const struct message_stream_up *up = &letter->payload->stream_up;
    (void)error;
    bool may = may_note(keeper, camera);
    if (may) {
        (void)committer_record(keeper->committer, RECORD_CAMERA, camera->source,
                               body_camera_online(up));
        compare_identity(keeper, camera, up);
    }
    /* one that goes up and down without end stays an alarm until there is a segment */
    has_picture(keeper, camera, up->at_utc_ns, may);
    return STATUS_OK;
}

/* The picture has gone: one record and one alarm for as long as it stays away for this cause. */
static void went_down(struct keeper *keeper, struct camera *camera,
                      const struct message_stream_down *down)
{
    bool news = camera->online || camera->cause != down->cause || camera->since_utc_ns == 0;
    if (camera->online || camera->since_utc_ns == 0)
        camera->since_utc_ns = down->at_utc_ns;
    camera->online = false;
    camera->cause = (enum gap_cause)down->cause;
    if (news && may_note(keeper, camera))
        (void)committer_record(keeper->committer, RECORD_CAMERA, camera->source,
                               body_camera_offline(down));
    alarms_begin(keeper->alarms, word_camera_note(CAMERA_OFFLINE)->name, camera->source, camera->id,
                 down->detail);
}

void camera_not_started(struct keeper *keeper, struct camera *camera,
                        const struct message_worker_ended *ended)
{
    struct moment now = keeper_moment(keeper);
    struct message_stream_down down = {
        .at_utc_ns = now.utc_ns, .at_monotonic_ns = now.monotonic_ns, .cause = ended->cause};
    if (word_gap_cause((enum gap_cause)down.cause) == NULL)
        down.cause = GAP_CAMERA_PROCESS;
    message_text(down.detail, sizeof down.detail, ended->detail);
    if (camera->coverage.recording || camera->online)
        return; /* the one before it has not been seen to end, which names the gap */
    if (camera->recovered)
        camera_lost(keeper, camera, (enum gap_cause)down.cause, down.detail, now);
    else
        camera->unheard = down;
    went_down(keeper, camera, &down);
}

static enum status take_down(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const struct message_stream_down *down = &letter->payload->stream_down;
    if (word_gap_cause((enum gap_cause)down->cause) == NULL)
        return error_set(error, STATUS_INVALID, "there is no cause %u", down->cause);
    struct moment at = {.utc_ns = down->at_utc_ns, .monotonic_ns = down->at_monotonic_ns};
    if (!plausible_moment(keeper, at))
        return error_set(error, STATUS_INVALID, "the stream ended when it cannot have");
    camera_lost(keeper, camera, (enum gap_cause)down->cause, down->detail, at);
    went_down(keeper, camera, down);
    return STATUS_OK;
}

static enum status take_note(void *context, struct peer *peer, const struct letter *letter,
                             struct error *error)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    const struct message_stream_note *note = &letter->payload->stream_note;
    if (word_camera_note((enum camera_note)note->note) == NULL)
        return error_set(error, STATUS_INVALID, "there is no note %u", note->note);
    if (may_note(keeper, camera))
        (void)committer_record(keeper->committer, RECORD_CAMERA, camera->source,
                               body_camera_note((enum camera_note)note->note, note->at_utc_ns,
                                                note->count, note->detail));
    return STATUS_OK;
}

/* One that had a picture, or was cut off, names the gap that begins; one that had none leaves the
 * cause it reported. */
static void name_the_end(struct keeper *keeper, struct camera *camera, bool writing,
                         const char *reason, struct moment now)
{
    if (!writing && reason == NULL && !camera->online)
        return;
    bool stops = camera->told_to_end || keeper->phase != KEEPER_RUNNING;
    camera->cause = stops ? GAP_RECORDER_STOPPED : GAP_CAMERA_PROCESS;
    camera_lost(keeper, camera, camera->cause, reason == NULL ? "" : reason, now);
}

/* Its files are sealed from what they hold; it may still be writing if it was cut off. */
static void is_gone(void *context, struct peer *peer, const char *reason)
{
    struct keeper *keeper = context;
    struct camera *camera = camera_of(keeper, peer);
    struct moment now = keeper_moment(keeper);
    bool may_write = !camera->ended && reason != NULL;
    int64_t not_before_ns = may_write ? now.monotonic_ns + CUT_OFF_WAIT_NS : 0;
    keeper_worker_cut_off(keeper, ROLE_CAMERA, camera->id, reason);
    bool writing = camera->open != NULL;
    camera->wants_grant = false;
    if (writing) {
        coverage_end(&camera->coverage, camera_segment_end(camera->open), false);
        sealer_complete(keeper->sealer, camera, camera->open, not_before_ns);
        camera->open = NULL;
    }
    if (camera->grant != NULL)
        sealer_complete(keeper->sealer, camera, camera->grant, not_before_ns);
    camera->grant = NULL;
    camera->coverage.recording = false;
    name_the_end(keeper, camera, writing, reason, now);
    if (keeper->phase == KEEPER_RUNNING) {
        if (camera->online)
            camera->since_utc_ns = now.utc_ns;
        camera->online = false;
        salvager_recover(keeper->salvager, camera);
    }
    keeper_stop_continue(keeper);
}

static const struct desk_handler handlers[] = {
    {MESSAGE_HELLO, take_hello},
    {MESSAGE_STREAM_UP, take_up},
    {MESSAGE_STREAM_DOWN, take_down},
    {MESSAGE_STREAM_NOTE, take_note},
    {MESSAGE_SEGMENT_REQUEST, take_request},
    {MESSAGE_SEGMENT_BEGIN, take_begin},
    {MESSAGE_FRAGMENT, take_fragment},
    {MESSAGE_SEGMENT_END, take_end},
};

const struct desk desk_camera = {
    .role = ROLE_CAMERA,
    .count = sizeof handlers / sizeof handlers[0],
    .handlers = handlers,
    .gone = is_gone,
};
