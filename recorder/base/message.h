/*
 * What the processes say to one another: enumerated messages of exact or bounded length.
 *
 * One message is one packet of a SOCK_SEQPACKET socket. All integers are little-endian.
 *
 *   offset  size  field
 *   0       2     type, enum message_type
 *   2       2     zero
 *   4       4     sequence: 1 for a sender's first packet, then one more each time
 *   8       …     the fields of the type, in the order of its struct below, nothing after them:
 *                 u8 u16 u32 u64 i64 as they are; a digest is 32 bytes; a text is u16 length
 *                 and that many bytes of UTF-8 without control characters (`lines` texts may
 *                 hold '\n')
 *
 * One table in message_table.c says for each type which role may send it, which fields it has,
 * whether a descriptor comes with it, and hence its smallest and largest size. A packet that does
 * not fit the table is STATUS_INVALID, and its sender is cut off.
 *
 * Units: *_utc_ns and *_monotonic_ns are nanoseconds as in base/clock.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_H
#define SEALROOM_BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

#define MESSAGE_PROTOCOL    1u
#define MESSAGE_SIZE_MAX    16384u
#define MESSAGE_HEADER_SIZE 8u

#define ID_SIZE         33  /* camera, door, controller: [a-z0-9][a-z0-9-]{0,31} and NUL */
#define NAME_SIZE       97  /* what people call it */
#define DETAIL_SIZE     257 /* one sentence */
#define PATH_SIZE       512
#define DIGEST_SIZE     32
#define SEGMENT_ID_SIZE 65

enum role {
    ROLE_KEEPER = 1,
    ROLE_SUPERVISOR,
    ROLE_CAMERA,
    ROLE_DOOR,
    ROLE_COMMAND, /* the command line, known by the uid the kernel gives */
};

const char *role_name(enum role role);

enum message_type {
    /* any peer to the keeper, first of all; and its answer */
    MESSAGE_HELLO = 1,
    MESSAGE_WELCOME,
    MESSAGE_DONE,

    /* supervisor to keeper */
    MESSAGE_KEEPER_SETTINGS = 16,
    MESSAGE_CAMERA_SETTINGS,
    MESSAGE_DOOR_SETTINGS,
    MESSAGE_PEER,
    MESSAGE_START,
    MESSAGE_WORKER_ENDED,
    MESSAGE_PROGRESS_ASK,
    MESSAGE_STOP,
    /* keeper to supervisor */
    MESSAGE_PROGRESS,

    /* supervisor to a worker */
    MESSAGE_CAMERA_SETUP = 32,
    MESSAGE_DOOR_SETUP,
    MESSAGE_KEEPER_LINK,
    MESSAGE_CAMERA_ADDRESS,

    /* camera to keeper */
    MESSAGE_STREAM_UP = 48,
    MESSAGE_STREAM_DOWN,
    MESSAGE_STREAM_NOTE,
    MESSAGE_SEGMENT_REQUEST,
    MESSAGE_SEGMENT_BEGIN,
    MESSAGE_FRAGMENT,
    MESSAGE_SEGMENT_END,
    /* keeper to camera */
    MESSAGE_SEGMENT_GRANTED,
    MESSAGE_PAUSE,

    /* door to keeper */
    MESSAGE_ENTRY = 64,
    MESSAGE_SOURCE_STATE,

    /* command line to keeper */
    MESSAGE_STATUS_ASK = 80,
    MESSAGE_CHECKPOINT_TAKE,
    MESSAGE_HOLD_SET,
    MESSAGE_HOLD_RELEASE,
    MESSAGE_LOOKUP,
    MESSAGE_SEAL_NOW,
    /* keeper to command line */
    MESSAGE_STATUS,
    MESSAGE_STATUS_CAMERA,
    MESSAGE_STATUS_SOURCE,
    MESSAGE_STATUS_ALARM,
    MESSAGE_CHECKPOINT_NOTE,
};

/* First message of every peer. `resume` is used by cameras: the id of the segment it still has
 * open from before the keeper was started again, else "". */
struct message_hello {
    uint32_t protocol; /* MESSAGE_PROTOCOL */
    uint32_t process;  /* pid */
    char program[NAME_SIZE];
    char version[ID_SIZE];
    char resume[SEGMENT_ID_SIZE];
};

struct message_welcome {
    uint32_t protocol;
    uint8_t with_sm3; /* cameras: digest with SM3 as well */
    char origin[NAME_SIZE];
    /* Doors: the newest numbered entry of this controller in the ledger (entry_key_newest), so
     * that a loss is seen and a number is not used twice across restarts of the door process. */
    uint8_t has_position;
    uint64_t boot_epoch;
    uint64_t device_seq;
};

/* The answer to a message that asks for one; sent only after what it reports is durable. A camera
 * or door process that gets one whose status is not STATUS_OK has been cut off, whatever it
 * refers to: nothing it says is heard any more, and it must end at once (a mere end of the link
 * is a keeper that died, and is waited for). */
struct message_done {
    uint32_t reference;     /* sequence of the message that is answered */
    uint16_t status;        /* enum status */
    uint64_t record;        /* number of the record that was made, where one was */
    char text[DETAIL_SIZE]; /* what went wrong, "" if nothing */
};

enum full_policy { FULL_DELETE_OLDEST = 1, FULL_STOP = 2 };

struct message_keeper_settings {
    uint32_t video_days;      /* at least 30 */
    uint32_t record_days;     /* at least 180 */
    uint8_t full_policy;      /* enum full_policy */
    uint64_t reserve_bytes;   /* emergency reserve that video never uses */
    uint32_t segment_seconds; /* nominal */
    char site[NAME_SIZE];
    char configuration_path[PATH_SIZE];
    uint8_t configuration_sha256[DIGEST_SIZE];
    uint8_t configuration_sm3[DIGEST_SIZE];
};

struct message_camera_settings {
    char camera[ID_SIZE];
    char name[NAME_SIZE];
    uint8_t share_percent; /* of the volume; 0: an equal part of what is not given out */
};

struct message_door_settings {
    char door[ID_SIZE];
    char name[NAME_SIZE];
    char controller[ID_SIZE];
    char cameras[DETAIL_SIZE]; /* ids, separated by one space */
};

/* Comes with a descriptor: the keeper's end of that worker's socket. Who a peer is is what the
 * supervisor says here, never what the peer says. */
struct message_peer {
    uint8_t role;         /* ROLE_CAMERA or ROLE_DOOR */
    char source[ID_SIZE]; /* camera or controller id */
};

/* Settings and live peers are all sent; recover and record. Answered by DONE when the keeper is
 * ready to acknowledge. */
struct message_start {
    uint32_t peers; /* how many PEER messages came before */
};

#define WORKER_NOT_STARTED 127 /* as a shell has it: no program, or a name without an address */

struct message_worker_ended {
    uint8_t role;
    char source[ID_SIZE];
    int64_t exit_code; /* -1 if by a signal; WORKER_NOT_STARTED is said once in a row */
    uint32_t signal;   /* 0 if by exit */
    uint32_t restarts; /* since the appliance started */
    uint8_t ordered;   /* 1: it was told to stop */
};

struct message_progress_ask {
    uint32_t unused;
};

struct message_progress {
    uint64_t size;                /* records in the ledger */
    int64_t durable_monotonic_ns; /* when the newest checkpoint was committed */
    uint32_t alarms;              /* open */
};

/* An ordered stop: seal what is open, record it, answer DONE, end. */
struct message_stop {
    char reason[DETAIL_SIZE];
};

enum transport { TRANSPORT_TCP = 1, TRANSPORT_UDP, TRANSPORT_SERIAL };

/* To a camera process, on its control socket, before anything else. */
struct message_camera_setup {
    char camera[ID_SIZE];
    char url[PATH_SIZE];     /* rtsp:// or rtsps://, without credentials */
    char address[NAME_SIZE]; /* numeric, already resolved */
    char user[NAME_SIZE];
    char password[NAME_SIZE];
    char certificate[PATH_SIZE]; /* PEM file of the pinned certificate, "" if none */
    uint8_t transport;           /* TRANSPORT_TCP or TRANSPORT_UDP */
    uint8_t audio;               /* 1: copy AAC and Opus */
    uint32_t segment_seconds;
    uint32_t stall_ms; /* no picture for so long is a stall; at most 10000 */
};

/* To a door process, on its control socket, before anything else. */
struct message_door_setup {
    char controller[ID_SIZE];
    char profile[PATH_SIZE]; /* file */
    uint8_t transport;       /* TRANSPORT_TCP or TRANSPORT_SERIAL */
    char address[PATH_SIZE]; /* numeric address, or the device's path */
    uint16_t port;
    uint32_t baud;
    uint8_t parity; /* 'N', 'E', 'O' */
    uint8_t stop_bits;
    uint8_t unit;
    uint32_t poll_ms;
    uint32_t timeout_ms;
    char doors[DETAIL_SIZE]; /* door ids of this controller, in the profile's order, by spaces */
};

/* Comes with a descriptor: this worker's socket to the (newly started) keeper. */
struct message_keeper_link {
    uint32_t generation; /* 1 for the first keeper, then one more each time */
};

/* To a camera process: its camera's name has another address by now, which holds from the next
 * connection on. */
struct message_camera_address {
    char address[NAME_SIZE]; /* numeric */
};

/* A connection to the camera delivers pictures. What identifies the camera is kept. */
struct message_stream_up {
    int64_t at_utc_ns;
    int64_t at_monotonic_ns;
    char address[NAME_SIZE];
    uint16_t port;
    uint8_t transport;
    uint8_t encrypted;
    uint8_t certificate_sha256[DIGEST_SIZE]; /* zeros if none */
    uint8_t sdp_sha256[DIGEST_SIZE];
    char video_codec[ID_SIZE]; /* "h264", "hevc" */
    char audio_codec[ID_SIZE]; /* recorded; "" if none */
    char server[NAME_SIZE];
};

struct message_stream_down {
    int64_t at_utc_ns;
    int64_t at_monotonic_ns;
    uint16_t cause; /* enum gap_cause */
    char detail[DETAIL_SIZE];
};

struct message_stream_note {
    int64_t at_utc_ns;
    uint16_t note;  /* enum camera_note */
    uint64_t count; /* how many, how long: the note's own figure */
    char detail[DETAIL_SIZE];
};

/* Asks for a segment to write next. A camera keeps one grant in hand, so that a cut never
 * waits; a grant ends with the connection to the keeper. */
struct message_segment_request {
    uint32_t unused;
};

/* Comes with a descriptor: the segment's file, empty, append only. */
struct message_segment_granted {
    char segment[SEGMENT_ID_SIZE];
};

/* The disk has no room for video (1): end the open segment now, and hold pictures back; or it has
 * again (0): go on. Grants and requests stay as they are. After a WELCOME a camera is not paused
 * until it is told so. */
struct message_pause {
    uint8_t paused;
};

enum cut_reason {
    CUT_FIRST = 1,     /* first of a connection */
    CUT_TIME,          /* the segment before was long enough */
    CUT_PARAMETERS,    /* parameter sets changed */
    CUT_CLOCK,         /* the wall clock stepped */
    CUT_DISCONTINUITY, /* media time jumped */
    CUT_SEAL,          /* the keeper asked */
};

/* The granted segment begins; the segment before has ended. Also sent again after a HELLO with
 * `resume`, followed by every FRAGMENT so far. */
struct message_segment_begin {
    char segment[SEGMENT_ID_SIZE];
    uint16_t reason;      /* enum cut_reason */
    int64_t start_utc_ns; /* of the first frame, as placed on the wall clock */
    int64_t start_monotonic_ns;
    int64_t utc_minus_raw_ns;       /* CLOCK_REALTIME - CLOCK_MONOTONIC_RAW at the start */
    uint8_t clock_quality;          /* enum clock_quality */
    uint8_t camera_clock_known;     /* an RTCP sender report was seen */
    int64_t camera_clock_offset_ns; /* camera minus recorder */
    char video_codec[ID_SIZE];
    uint32_t width;
    uint32_t height;
    char audio_codec[ID_SIZE];
    uint32_t connection; /* counts this camera process's connections */
};

enum piece_kind {
    PIECE_INIT = 1, /* ftyp and moov */
    PIECE_FRAGMENT, /* moof and mdat */
    PIECE_TORN,     /* what a crash left after the last whole fragment; made by recovery only */
};

/* The next piece of the open segment has been written. Pieces tile the file. */
struct message_fragment {
    uint16_t kind;    /* PIECE_INIT or PIECE_FRAGMENT */
    uint8_t keyframe; /* begins with one */
    uint64_t offset;  /* in the file, bytes */
    uint32_t size;    /* bytes */
    uint32_t frames;  /* video access units in it */
    int64_t start_utc_ns;
    int64_t duration_ns;
    uint8_t sha256[DIGEST_SIZE];
    uint8_t sm3[DIGEST_SIZE]; /* zeros unless WELCOME asked for it */
};

struct message_segment_end {
    char segment[SEGMENT_ID_SIZE];
    uint64_t size; /* bytes */
    uint32_t pieces;
    uint32_t frames;
    int64_t end_utc_ns; /* end of the last frame */
    uint8_t continues;  /* 1: the next segment begins with the very next frame */
};

#define CREDENTIAL_SIZE 65
#define RAW_SIZE        257 /* hexadecimal */

enum verdict { VERDICT_NONE = 0, VERDICT_GRANTED, VERDICT_DENIED };
enum direction { DIRECTION_UNKNOWN = 0, DIRECTION_IN, DIRECTION_OUT };
enum device_time_quality { DEVICE_TIME_NONE = 0, DEVICE_TIME_GOOD, DEVICE_TIME_FAULT };

/* One event of a controller. Answered by DONE when durable; only then may the controller's log
 * be advanced. Known again by (controller, boot_epoch, device_seq): a second time it is answered
 * with the first record's number.
 *
 * device_seq never runs backwards within a boot_epoch: where the controller's own number wraps,
 * sealroom-door carries on counting, and where it has none, sealroom-door numbers the events
 * itself. boot_epoch changes only when the numbers began anew. RECORDS_LOST has device_seq equal
 * to lost_to, SOURCE_REBOOTED with new numbers has 0. */
struct message_entry {
    uint16_t event;     /* enum door_event */
    char door[ID_SIZE]; /* "" if it is the controller's own */
    uint8_t has_device_seq;
    uint64_t device_seq;
    uint64_t boot_epoch;         /* counts the controller's reboots as seen, or what it reports */
    uint8_t device_time_quality; /* enum device_time_quality */
    int64_t device_utc_ns;
    int64_t received_utc_ns;
    int64_t received_monotonic_ns;
    uint8_t verdict;                  /* the controller's: enum verdict */
    uint16_t deny_reason;             /* enum deny_reason */
    uint8_t direction;                /* enum direction */
    char credential[CREDENTIAL_SIZE]; /* card number or user id as the controller gives it */
    char method[ID_SIZE];             /* "card", "pin", "face", … as the profile names it */
    char reader[ID_SIZE];
    uint8_t derived;    /* 1: the recorder's own conclusion, not the controller's */
    uint64_t lost_from; /* records_lost: first and last device number */
    uint64_t lost_to;
    uint16_t device_code; /* the controller's raw event code */
    char raw[RAW_SIZE];   /* the record's registers as read */
    char detail[DETAIL_SIZE];
};

/* The controller answers, or does not. Answered by DONE when durable; sent again, as it was, on
 * each new link: the present state, and before it what was not answered. One that says the same
 * as the source's last makes no new record. */
struct message_source_state {
    uint16_t event; /* DOOR_SOURCE_ONLINE or DOOR_SOURCE_OFFLINE */
    int64_t at_utc_ns;
    int64_t at_monotonic_ns;
    uint64_t poll_interval_ns; /* measured */
    char address[NAME_SIZE];
    char detail[DETAIL_SIZE];
};

struct message_status_ask {
    uint32_t unused;
};

/* Hands out the newest checkpoint and records that it left the box. Answered by
 * CHECKPOINT_NOTE. */
struct message_checkpoint_take {
    char place[NAME_SIZE]; /* where it goes, in the taker's words; "" for the command line */
};

#define NOTE_SIZE 2049

struct message_checkpoint_note {
    uint32_t reference;
    uint64_t record;      /* the anchor record */
    char note[NOTE_SIZE]; /* lines */
};

struct message_hold_set {
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char cameras[DETAIL_SIZE]; /* ids by spaces */
    char doors[DETAIL_SIZE];   /* ids by spaces: their cameras are meant; neither: all cameras */
    char reason[DETAIL_SIZE];
};

struct message_hold_release {
    uint64_t hold; /* record number of the hold */
    char reason[DETAIL_SIZE];
};

/* A look-up is a record before it is answered. */
struct message_lookup {
    char what[ID_SIZE]; /* "entries", "coverage", "records", "verify" */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char filter[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
};

/* From a command: seal every open segment now, so that a look-up or export reaches to this moment.
 * From the keeper to a camera: end the open segment at the next keyframe (CUT_SEAL). */
struct message_seal_now {
    uint32_t unused;
};

/* STATUS comes first, then one STATUS_CAMERA a camera, one STATUS_SOURCE a controller, one
 * STATUS_ALARM an open alarm, then DONE. */
struct message_status {
    uint32_t reference;
    char origin[NAME_SIZE];
    char site[NAME_SIZE];
    char suite[ID_SIZE];
    char fingerprint[RAW_SIZE]; /* of the device certificate, lower-case hexadecimal */
    int64_t started_utc_ns;
    uint64_t records;
    int64_t checkpoint_utc_ns;
    uint8_t clock_quality;
    uint64_t volume_bytes;
    uint64_t volume_free_bytes;
    uint64_t reserve_bytes;
    int64_t oldest_video_utc_ns; /* 0 if none */
    uint32_t reach_days;         /* forecast; UINT32_MAX while unknown */
    uint32_t video_days;
    uint32_t record_days;
    uint8_t encrypted; /* the evidence volume lies on dm-crypt: 1 yes, 0 no, 2 unknown */
    uint64_t holds;
};

struct message_status_camera {
    char camera[ID_SIZE];
    char name[NAME_SIZE];
    uint8_t recording;
    uint16_t cause; /* enum gap_cause while not recording */
    int64_t since_utc_ns;
    uint64_t bytes_stored;
    uint64_t bytes_per_second; /* measured */
    char video_codec[ID_SIZE];
    uint32_t width;
    uint32_t height;
};

struct message_status_source {
    char controller[ID_SIZE];
    uint8_t online;
    int64_t since_utc_ns;
    uint64_t entries; /* since the keeper started */
    int64_t last_utc_ns;
};

struct message_status_alarm {
    uint64_t record;
    int64_t since_utc_ns;
    char kind[ID_SIZE];
    char detail[DETAIL_SIZE];
};

/* Room for the payload of any message. */
union message_payload {
    struct message_hello hello;
    struct message_welcome welcome;
    struct message_done done;
    struct message_keeper_settings keeper_settings;
    struct message_camera_settings camera_settings;
    struct message_door_settings door_settings;
    struct message_peer peer;
    struct message_start start;
    struct message_worker_ended worker_ended;
    struct message_progress_ask progress_ask;
    struct message_progress progress;
    struct message_stop stop;
    struct message_camera_setup camera_setup;
    struct message_door_setup door_setup;
    struct message_keeper_link keeper_link;
    struct message_camera_address camera_address;
    struct message_stream_up stream_up;
    struct message_stream_down stream_down;
    struct message_stream_note stream_note;
    struct message_segment_request segment_request;
    struct message_segment_begin segment_begin;
    struct message_fragment fragment;
    struct message_segment_end segment_end;
    struct message_segment_granted segment_granted;
    struct message_pause pause;
    struct message_entry entry;
    struct message_source_state source_state;
    struct message_status_ask status_ask;
    struct message_checkpoint_take checkpoint_take;
    struct message_hold_set hold_set;
    struct message_hold_release hold_release;
    struct message_lookup lookup;
    struct message_seal_now seal_now;
    struct message_status status;
    struct message_status_camera status_camera;
    struct message_status_source status_source;
    struct message_status_alarm status_alarm;
    struct message_checkpoint_note checkpoint_note;
};

/* "segment_begin"; NULL for a type that does not exist. */
const char *message_name(enum message_type type);
/* May `role` send this type to the keeper (or, for ROLE_KEEPER and ROLE_SUPERVISOR, at all)? */
bool message_allowed(enum message_type type, enum role role);
bool message_has_descriptor(enum message_type type);

/* Writes one packet into `packet` (MESSAGE_SIZE_MAX bytes). `payload` points to the struct of
 * `type`. A text that is not clean UTF-8 is STATUS_INVALID: senders clean what devices gave. */
MUST_CHECK enum status message_encode(enum message_type type, uint32_t sequence,
                                      const void *payload, struct writer *packet);
/* Reads one packet. On success *payload is filled, every text ending in NUL. */
MUST_CHECK enum status message_decode(struct bytes packet, enum message_type *type,
                                      uint32_t *sequence, union message_payload *payload,
                                      struct error *error);

/* Copies text into a message's field of `size` bytes: cut at a character's end, and every byte
 * that is not clean UTF-8 replaced by '?'. */
void message_text(char *field, size_t size, const char *text);

#endif
