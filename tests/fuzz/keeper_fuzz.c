/*
 * Hostile peers: well-formed messages with values that no honest process sends, in any order, to a
 * whole keeper with a ledger of its own. It must not fall over; a peer may be cut off; and what it
 * leaves is a ledger that verifies.
 *
 * The input is a script. Each step: one byte for who speaks, one for what is said, one for how
 * many fields (0 to 3) are bent, then for each of these which field and which value. What is not
 * bent is what an honest peer would say at this point.
 */
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/message_table.h"
#include "fuzz.h"
#include "keeper/fatal.h"
#include "keeper/keeper.h"

#define KEEPER_STEPS_MAX 40
#define WAIT_MS          3000
#define PIECE_BYTES      24

enum speaker { SPEAKER_CAMERA = 0, SPEAKER_DOOR, SPEAKER_COMMAND, SPEAKER_SUPERVISOR, SPEAKERS };

static const enum role roles[SPEAKERS] = {ROLE_CAMERA, ROLE_DOOR, ROLE_COMMAND, ROLE_SUPERVISOR};

/* The messages that a script may have each speaker say. */
static const enum message_type sayings[SPEAKERS][8] = {
    [SPEAKER_CAMERA] = {MESSAGE_SEGMENT_REQUEST, MESSAGE_SEGMENT_BEGIN, MESSAGE_FRAGMENT,
                        MESSAGE_SEGMENT_END, MESSAGE_STREAM_UP, MESSAGE_STREAM_DOWN,
                        MESSAGE_STREAM_NOTE, MESSAGE_HELLO},
    [SPEAKER_DOOR] = {MESSAGE_ENTRY, MESSAGE_ENTRY, MESSAGE_SOURCE_STATE, MESSAGE_ENTRY,
                      MESSAGE_HELLO, MESSAGE_ENTRY, MESSAGE_ENTRY, MESSAGE_SOURCE_STATE},
    [SPEAKER_COMMAND] = {MESSAGE_HELLO, MESSAGE_STATUS_ASK, MESSAGE_CHECKPOINT_TAKE,
                         MESSAGE_HOLD_SET, MESSAGE_HOLD_RELEASE, MESSAGE_LOOKUP, MESSAGE_SEAL_NOW,
                         MESSAGE_STATUS_ASK},
    [SPEAKER_SUPERVISOR] = {MESSAGE_WORKER_ENDED, MESSAGE_PROGRESS_ASK, MESSAGE_PEER,
                            MESSAGE_PROGRESS_ASK, MESSAGE_PEER, MESSAGE_PROGRESS_ASK,
                            MESSAGE_WORKER_ENDED, MESSAGE_PROGRESS_ASK},
};

struct stage {
    char path[64];
    struct clock clock;
    struct channel *channels[SPEAKERS];
    bool welcomed[SPEAKERS];
    struct reader script;
    int granted; /* the camera's file, -1 if it has none */
    char segment[SEGMENT_ID_SIZE];
    bool open;
    uint64_t offset;
    uint32_t pieces;
    uint32_t frames;
    uint64_t device_seq;
    bool lied; /* about a piece: what the file holds is then not what was sealed */
};

static int64_t integer_of(const struct stage *stage, uint8_t choice)
{
    struct clock_reading now = clock_now(&stage->clock);
    const int64_t values[] = {0,
                              1,
                              2,
                              -1,
                              INT64_MIN,
                              INT64_MAX,
                              INT32_MAX,
                              UINT32_MAX,
                              now.utc_ns,
                              now.utc_ns - NS_PER_DAY,
                              now.utc_ns + NS_PER_DAY,
                              now.monotonic_ns,
                              now.monotonic_ns + 3600 * NS_PER_SECOND,
                              (int64_t)stage->offset,
                              65536,
                              INT64_MIN + 1};
    return values[choice % 16];
}

static const char *text_of(const struct stage *stage, uint8_t choice)
{
    const char *const texts[] = {
        "",
        "gate",
        "east",
        "panel",
        "gate hall nowhere",
        stage->segment,
        "20261122T081342Z-0123456789abcdef",
        "../../etc/passwd",
        "-",
        "a\"b\\c",
        "档案室",
        "verify",
        "00ff",
        "h264",
        "            ",
        "0000000000000000000000000000000000000000000000000000000000000000"};
    return texts[choice % 16];
}

static void bend(struct stage *stage, const struct message_form *form,
                 union message_payload *payload)
{
    const struct field *field = &form->fields[read_u8(&stage->script) % form->field_count];
    uint8_t choice = read_u8(&stage->script);
    uint8_t *member = (uint8_t *)payload + field->offset;
    int64_t integer = integer_of(stage, choice);
    if (field->kind == FIELD_TEXT || field->kind == FIELD_LINES) {
        message_text((char *)member, field->size, text_of(stage, choice));
    } else if (field->kind == FIELD_DIGEST) {
        memset(member, choice, DIGEST_SIZE);
    } else {
        /* The little end of it, which is what a smaller field keeps. */
        memcpy(member, &integer, field->size);
    }
}

static void honest_begin(struct stage *stage, struct message_segment_begin *begin)
{
    struct clock_reading now = clock_now(&stage->clock);
    *begin = (struct message_segment_begin){.reason = CUT_FIRST,
                                            .start_utc_ns = now.utc_ns,
                                            .start_monotonic_ns = now.monotonic_ns,
                                            .utc_minus_raw_ns = now.utc_ns - now.monotonic_ns,
                                            .clock_quality = (uint8_t)now.quality,
                                            .video_codec = "h264",
                                            .width = 64,
                                            .height = 64,
                                            .connection = 1};
    memcpy(begin->segment, stage->segment, sizeof begin->segment);
    stage->open = stage->granted >= 0;
    stage->offset = 0;
    stage->pieces = 0;
    stage->frames = 0;
}

/* Writes a piece: a box that the length of which is right, and nothing in it. */
static void honest_fragment(struct stage *stage, struct message_fragment *fragment)
{
    static const uint8_t init[PIECE_BYTES] = {0, 0, 0, 8,  'f', 't', 'y', 'p',
                                              0, 0, 0, 16, 'm', 'o', 'o', 'v'};
    static const uint8_t piece[PIECE_BYTES] = {0, 0, 0, 8,  'm', 'o', 'o', 'f',
                                               0, 0, 0, 16, 'm', 'd', 'a', 't'};
    bool first = stage->pieces == 0;
    struct bytes bytes = {first ? init : piece, PIECE_BYTES};
    struct digest digest;
    struct clock_reading now = clock_now(&stage->clock);
    digest_of(DIGEST_SHA256, bytes, &digest);
    *fragment = (struct message_fragment){.kind = first ? PIECE_INIT : PIECE_FRAGMENT,
                                          .keyframe = !first,
                                          .offset = stage->offset,
                                          .size = PIECE_BYTES,
                                          .frames = first ? 0 : 1,
                                          .start_utc_ns = now.utc_ns,
                                          .duration_ns = first ? 0 : NS_PER_MS};
    memcpy(fragment->sha256, digest.bytes, DIGEST_SIZE);
    if (stage->open) {
        MUST(file_write_all(stage->granted, bytes, NULL) == STATUS_OK);
        stage->offset += PIECE_BYTES;
        stage->pieces++;
        stage->frames += fragment->frames;
    }
}

static void honest_entry(struct stage *stage, struct message_entry *entry)
{
    struct clock_reading now = clock_now(&stage->clock);
    *entry = (struct message_entry){.event = DOOR_ACCESS_GRANTED,
                                    .door = "east",
                                    .has_device_seq = 1,
                                    .device_seq = ++stage->device_seq,
                                    .boot_epoch = 1,
                                    .received_utc_ns = now.utc_ns,
                                    .received_monotonic_ns = now.monotonic_ns,
                                    .verdict = VERDICT_GRANTED,
                                    .credential = "1234"};
}

static void honest(struct stage *stage, enum message_type type, union message_payload *payload)
{
    struct clock_reading now = clock_now(&stage->clock);
    memset(payload, 0, sizeof *payload);
    if (type == MESSAGE_HELLO) {
        payload->hello.protocol = MESSAGE_PROTOCOL;
    } else if (type == MESSAGE_SEGMENT_BEGIN) {
        honest_begin(stage, &payload->segment_begin);
    } else if (type == MESSAGE_FRAGMENT) {
        honest_fragment(stage, &payload->fragment);
    } else if (type == MESSAGE_SEGMENT_END) {
        payload->segment_end = (struct message_segment_end){.size = stage->offset,
                                                            .pieces = stage->pieces,
                                                            .frames = stage->frames,
                                                            .end_utc_ns = now.utc_ns};
        memcpy(payload->segment_end.segment, stage->segment, SEGMENT_ID_SIZE);
        stage->open = false;
        file_close(&stage->granted);
    } else if (type == MESSAGE_STREAM_UP) {
        payload->stream_up = (struct message_stream_up){.at_utc_ns = now.utc_ns,
                                                        .at_monotonic_ns = now.monotonic_ns,
                                                        .address = "192.0.2.1",
                                                        .port = 554,
                                                        .transport = TRANSPORT_TCP,
                                                        .video_codec = "h264"};
    } else if (type == MESSAGE_STREAM_DOWN) {
        payload->stream_down = (struct message_stream_down){
            .at_utc_ns = now.utc_ns, .at_monotonic_ns = now.monotonic_ns, .cause = GAP_ENDED};
    } else if (type == MESSAGE_STREAM_NOTE) {
        payload->stream_note =
            (struct message_stream_note){.at_utc_ns = now.utc_ns, .note = CAMERA_LONG_GOP};
    } else if (type == MESSAGE_ENTRY) {
        honest_entry(stage, &payload->entry);
    } else if (type == MESSAGE_SOURCE_STATE) {
        payload->source_state = (struct message_source_state){.event = DOOR_SOURCE_ONLINE,
                                                              .at_utc_ns = now.utc_ns,
                                                              .at_monotonic_ns = now.monotonic_ns,
                                                              .profile = "panel",
                                                              .profile_sha256 = {1}};
    } else if (type == MESSAGE_HOLD_SET) {
        payload->hold_set = (struct message_hold_set){
            .from_utc_ns = now.utc_ns - NS_PER_DAY, .to_utc_ns = now.utc_ns, .reason = "r"};
    } else if (type == MESSAGE_LOOKUP) {
        payload->lookup = (struct message_lookup){.what = "entries", .to_utc_ns = now.utc_ns};
    } else if (type == MESSAGE_WORKER_ENDED) {
        payload->worker_ended = (struct message_worker_ended){
            .role = ROLE_CAMERA, .source = "gate", .exit_code = -1, .signal = 9};
    }
}

static void take_grant(struct stage *stage, const union message_payload *payload, int *attached)
{
    file_close(&stage->granted);
    stage->granted = file_steal(attached);
    memcpy(stage->segment, payload->segment_granted.segment, sizeof stage->segment);
    stage->open = false;
}

/* Reads what there is. What the keeper sends is always well-formed and the keeper's to send. */
static void hear(struct stage *stage, enum speaker speaker)
{
    struct channel **channel = &stage->channels[speaker];
    enum status status = STATUS_OK;
    while (*channel != NULL && status == STATUS_OK) {
        enum message_type type = MESSAGE_HELLO;
        union message_payload payload;
        AUTO_CLOSE int attached = -1;
        status = channel_receive(*channel, &type, NULL, &payload, &attached, NULL);
        MUST(status != STATUS_INVALID);
        if (status == STATUS_OK) {
            MUST(message_allowed(type, ROLE_KEEPER));
        }
        stage->welcomed[speaker] =
            stage->welcomed[speaker] || (status == STATUS_OK && type == MESSAGE_WELCOME);
        if (status == STATUS_OK && type == MESSAGE_SEGMENT_GRANTED) {
            take_grant(stage, &payload, &attached);
        }
    }
    if (status == STATUS_END) {
        channel_cleanup(channel);
    }
}

static void hear_all(struct stage *stage)
{
    for (int i = 0; i < SPEAKERS; i++) {
        hear(stage, (enum speaker)i);
    }
}

static void say(struct stage *stage, enum speaker speaker, enum message_type type,
                const void *payload, int attached)
{
    if (stage->channels[speaker] != NULL) {
        (void)!channel_send(stage->channels[speaker], type, payload, attached, NULL, NULL);
    }
}

/* A question that is answered once everything said before was heard, more or less. */
static void settle(struct stage *stage)
{
    struct message_progress_ask question = {0};
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_PROGRESS_ASK, &question, -1);
    if (stage->channels[SPEAKER_SUPERVISOR] != NULL) {
        (void)!channel_wait(stage->channels[SPEAKER_SUPERVISOR], WAIT_MS);
    }
    hear_all(stage);
}

/* A new process of a worker, with a socket of its own. */
static void introduce(struct stage *stage, enum speaker speaker, struct message_peer *peer)
{
    int pair[2];
    MUST(channel_pair(pair, NULL) == STATUS_OK);
    AUTO_CLOSE int given = pair[1];
    channel_cleanup(&stage->channels[speaker]);
    stage->welcomed[speaker] = false;
    MUST(channel_new(pair[0], &stage->channels[speaker], NULL) == STATUS_OK);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_PEER, peer, given);
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL};
    say(stage, speaker, MESSAGE_HELLO, &hello, -1);
    if (speaker == SPEAKER_CAMERA) {
        file_close(&stage->granted);
        stage->open = false;
    }
}

static void introduce_worker(struct stage *stage, enum speaker speaker)
{
    struct message_peer peer = {.role = (uint8_t)roles[speaker]};
    message_text(peer.source, sizeof peer.source, speaker == SPEAKER_CAMERA ? "gate" : "panel");
    introduce(stage, speaker, &peer);
}

static void connect_command(struct stage *stage)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/run/keeper.sock", stage->path);
    AUTO_CLOSE int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    channel_cleanup(&stage->channels[SPEAKER_COMMAND]);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0 &&
        channel_new(descriptor, &stage->channels[SPEAKER_COMMAND], NULL) == STATUS_OK) {
        (void)file_steal(&descriptor);
        struct message_hello hello = {.protocol = MESSAGE_PROTOCOL};
        say(stage, SPEAKER_COMMAND, MESSAGE_HELLO, &hello, -1);
    }
}

/* Waits until the keeper has said WELCOME: before that it may not read what a worker says. */
static void be_welcomed(struct stage *stage, enum speaker speaker)
{
    while (stage->channels[speaker] != NULL && !stage->welcomed[speaker] &&
           channel_wait(stage->channels[speaker], WAIT_MS) == STATUS_OK) {
        hear(stage, speaker);
    }
}

/* Its process ends, and the supervisor says so: until then the keeper would leave its file alone.
 */
static void end_worker(struct stage *stage, enum speaker speaker)
{
    struct message_worker_ended ended = {.role = (uint8_t)roles[speaker], .signal = 9};
    message_text(ended.source, sizeof ended.source, speaker == SPEAKER_CAMERA ? "gate" : "panel");
    channel_cleanup(&stage->channels[speaker]);
    /* The keeper should have read to the end of its socket when it hears that. */
    for (int i = 0; i < 3; i++) {
        settle(stage);
    }
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_WORKER_ENDED, &ended, -1);
    settle(stage);
}

/* Comes back after it was cut off, as the supervisor would see to it. */
static void revive(struct stage *stage, enum speaker speaker)
{
    if (stage->channels[speaker] != NULL) {
        return;
    }
    if (speaker == SPEAKER_COMMAND) {
        connect_command(stage);
    } else if (speaker != SPEAKER_SUPERVISOR) {
        end_worker(stage, speaker);
        introduce_worker(stage, speaker);
        be_welcomed(stage, speaker);
    }
    settle(stage);
}

static void play_step(struct stage *stage)
{
    enum speaker speaker = (enum speaker)(read_u8(&stage->script) % SPEAKERS);
    enum message_type type = sayings[speaker][read_u8(&stage->script) % 8];
    unsigned bent = read_u8(&stage->script) % 4;
    const struct message_form *form = message_form(type);
    union message_payload payload;
    revive(stage, speaker);
    if (type == MESSAGE_PEER) {
        speaker = bent % 2 == 0 ? SPEAKER_CAMERA : SPEAKER_DOOR;
        end_worker(stage, speaker);
        introduce_worker(stage, speaker);
        be_welcomed(stage, speaker);
    } else {
        honest(stage, type, &payload);
        for (unsigned i = 0; i < bent; i++) {
            bend(stage, form, &payload);
            stage->lied = stage->lied || type == MESSAGE_FRAGMENT;
        }
        say(stage, speaker, type, &payload, -1);
    }
    settle(stage);
    if (type == MESSAGE_SEGMENT_REQUEST && stage->channels[speaker] != NULL &&
        channel_wait(stage->channels[speaker], 50) == STATUS_OK) {
        hear(stage, speaker);
    }
}

static void begin(struct stage *stage)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL};
    struct message_keeper_settings settings = {.video_days = 30,
                                               .record_days = 180,
                                               .full_policy = FULL_DELETE_OLDEST,
                                               .segment_seconds = 10,
                                               .site = "fuzz",
                                               .configuration_path = "/nonexistent"};
    struct message_camera_settings camera = {.camera = "gate", .name = "Gate"};
    struct message_door_settings door = {.door = "east",
                                         .name = "East",
                                         .controller = "panel",
                                         .cameras = "gate",
                                         .rules = 1,
                                         .held_s = 1,
                                         .grant_s = 1,
                                         .grace_ms = 1,
                                         .two_persons_s = 1,
                                         .anti_passback = 1};
    struct message_start start = {.peers = 2};
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_HELLO, &hello, -1);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_KEEPER_SETTINGS, &settings, -1);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_CAMERA_SETTINGS, &camera, -1);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_DOOR_SETTINGS, &door, -1);
    introduce_worker(stage, SPEAKER_CAMERA);
    introduce_worker(stage, SPEAKER_DOOR);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_START, &start, -1);
    be_welcomed(stage, SPEAKER_CAMERA);
    be_welcomed(stage, SPEAKER_DOOR);
}

/* The workers end, then the supervisor asks for the end and goes. */
static void finish(struct stage *stage)
{
    end_worker(stage, SPEAKER_CAMERA);
    end_worker(stage, SPEAKER_DOOR);
    struct message_stop stop = {.reason = "the script is over"};
    channel_cleanup(&stage->channels[SPEAKER_COMMAND]);
    say(stage, SPEAKER_SUPERVISOR, MESSAGE_STOP, &stop, -1);
    while (stage->channels[SPEAKER_SUPERVISOR] != NULL) {
        MUST(channel_wait(stage->channels[SPEAKER_SUPERVISOR], 4 * WAIT_MS) == STATUS_OK);
        hear(stage, SPEAKER_SUPERVISOR);
    }
    file_close(&stage->granted);
}

static void *play(void *context)
{
    struct stage *stage = context;
    begin(stage);
    for (int i = 0; i < KEEPER_STEPS_MAX && reader_left(&stage->script) > 2; i++) {
        play_step(stage);
    }
    finish(stage);
    return NULL;
}

static void verify(const struct stage *stage)
{
    const struct audit_options options = {.state = stage->path, .threads = 1};
    struct audit_report report;
    MUST(audit_run(&options, NULL, NULL, &report, NULL) == STATUS_OK);
    if (report.verdict == AUDIT_ALTERED && !stage->lied) {
        MUST(audit_print_text(stderr, &report, LANGUAGE_ENGLISH) == STATUS_OK);
        MUST(false);
    }
    audit_release(&report);
}

/*
 * In place of keeper/fatal.c, which the linker then leaves where it is: the keeper may end itself
 * when the disk fails it, and here no disk does. libFuzzer keeps the input of what aborts, and
 * loses that of what calls _exit.
 */
_Noreturn void fatal(const char *what, const struct error *error)
{
    (void)fprintf(stderr, "fatal: %s: %s (%s)\n", what, error->text, status_name(error->status));
    abort();
}

_Noreturn void fatal_memory(const char *what)
{
    (void)fprintf(stderr, "fatal: %s: no memory\n", what);
    abort();
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stage stage = {.script = reader_of((struct bytes){data, size}), .granted = -1};
    char video[80];
    struct keeper *keeper = NULL;
    pthread_t thread;
    int control[2];
    log_set_level((enum log_level)0);
    (void)snprintf(stage.path, sizeof stage.path, "/dev/shm/sealroom-fuzz-XXXXXX");
    MUST(mkdtemp(stage.path) != NULL);
    (void)snprintf(video, sizeof video, "%s/video", stage.path);
    const struct identity_settings settings = {
        .state = stage.path, .video = video, .suite = "nist", .common_name = "fuzz"};
    MUST(clock_system(&stage.clock, NULL) == STATUS_OK);
    MUST(channel_pair(control, NULL) == STATUS_OK);
    MUST(channel_new(control[0], &stage.channels[SPEAKER_SUPERVISOR], NULL) == STATUS_OK);
    MUST(keeper_new(&settings, control[1], &keeper, NULL) == STATUS_OK);
    MUST(pthread_create(&thread, NULL, play, &stage) == 0);
    int result = keeper_run(keeper);
    keeper_free(keeper);
    MUST(pthread_join(thread, NULL) == 0);
    MUST(result == 0);
    verify(&stage);
    MUST(nftw(stage.path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
    return 0;
}
