/*
 * Messages of sealroomd: what it tells the keeper and the workers, and the keeper's answers. Forms
 * are those of base/message.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_SUPERVISOR_H
#define SEALROOM_BASE_MESSAGE_SUPERVISOR_H

#include <stdint.h>

#include "base/message_field.h"

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
    uint8_t card; /* enum card_display: how card numbers are shown; stands in the records */
};

struct message_camera_settings {
    char camera[ID_SIZE];
    char name[NAME_SIZE];
    uint8_t share_percent; /* of the volume; 0: an equal part of what is not given out */
};

#define DOOR_CONTROLLERS_MAX 4 /* of one door */

/* Of a door of several controllers one for each, in their order; it is the same but for
 * `controller` and the times of that. */
struct message_door_settings {
    char door[ID_SIZE];
    char name[NAME_SIZE];
    char controller[ID_SIZE];
    char cameras[DETAIL_SIZE]; /* ids, separated by one space */
    uint8_t rules;             /* 1: the recorder draws conclusions, by what follows */
    uint32_t held_s;           /* open for so long is held; 0: not judged */
    uint32_t prealarm_s;       /* so long before; 0: none */
    uint32_t grant_s;          /* a grant may be used for so long; 0: not judged */
    uint32_t grace_ms;         /* for what comes late */
    uint32_t poll_ms;          /* its controller is asked so often */
    uint32_t trouble_ms;       /* and is not said to be offline until it has not answered so long */
    uint32_t two_persons_s;    /* two credentials within so long; 0: not judged */
    uint8_t anti_passback;     /* 1: who enters twice is observed */
};

/* Before START, where the console is reached from other machines and has no certificate of the
 * configuration: it needs a key of its own, for these. */
struct message_console_names {
    char names[PATH_SIZE]; /* host names and numeric addresses, by spaces */
};

/* Comes with a descriptor: of each person one line, credential, name and department ("" if none)
 * with tabs between. Before START, or later in place of what came before; with a fault, what came
 * before stays. */
struct message_people {
    uint32_t count;
    char path[PATH_SIZE]; /* the roster's file, and its digests */
    uint8_t sha256[DIGEST_SIZE];
    uint8_t sm3[DIGEST_SIZE];
    char fault[DETAIL_SIZE]; /* why the file cannot be used, "" if it can */
};

/* Comes with a descriptor: the keeper's end of that worker's socket. Who a peer is is what the
 * supervisor says here, never what the peer says. */
struct message_peer {
    uint8_t role;         /* ROLE_CAMERA, ROLE_DOOR, ROLE_EXPORT, ROLE_CONSOLE or ROLE_INSPECT */
    char source[ID_SIZE]; /* camera or controller id; what is inspected; "" of the others */
};

/* Settings and live peers are all sent; recover and record. Answered by DONE when the keeper is
 * ready to acknowledge. */
struct message_start {
    uint32_t peers; /* how many PEER messages came before */
};

/* As a shell has it: no program, a name without an address, or no file that it needs. */
#define WORKER_NOT_STARTED 127

struct message_worker_ended {
    uint8_t role;
    char source[ID_SIZE];
    int64_t exit_code; /* -1 if by a signal; WORKER_NOT_STARTED is said once a reason in a row */
    uint32_t signal;   /* 0 if by exit */
    uint32_t restarts; /* since the appliance started */
    uint8_t ordered;   /* 1: it was told to stop */
    /* Of one that could not be started: */
    uint16_t cause; /* of the camera's gap, enum gap_cause */
    char detail[DETAIL_SIZE];
};

struct message_progress_ask {
    uint32_t unused;
};

struct message_progress {
    uint64_t size;                /* records in the ledger */
    int64_t durable_monotonic_ns; /* when the newest checkpoint was committed */
    uint32_t alarms;              /* open */
};

/* A worker's link was cut off, and it was told to end; or it says nothing any more. As it stands
 * nothing it says is heard. */
struct message_worker_cut_off {
    uint8_t role;
    char source[ID_SIZE];
    uint32_t link; /* sequence of the PEER that introduced it */
};

/* An ordered stop: seal what is open, record it, answer DONE, end. */
struct message_stop {
    char reason[DETAIL_SIZE];
};

enum transport { TRANSPORT_TCP = 1, TRANSPORT_UDP, TRANSPORT_SERIAL, TRANSPORT_GPIO };

/* To a camera process, on its control socket, before anything else. */
struct message_camera_setup {
    char camera[ID_SIZE];
    char url[PATH_SIZE];     /* rtsp:// or rtsps://, without credentials */
    char address[NAME_SIZE]; /* numeric, already resolved; several are separated by blanks */
    char user[NAME_SIZE];
    char password[NAME_SIZE];
    char certificate[PATH_SIZE]; /* PEM file of the pinned certificate, "" if none */
    uint8_t transport;           /* TRANSPORT_TCP or TRANSPORT_UDP */
    uint8_t audio;               /* 1: copy AAC and Opus */
    uint32_t segment_seconds;
    uint32_t stall_ms; /* no picture for so long is a stall; at most 10000 */
};

/* When a controller's clock is set. */
enum set_clock { SET_CLOCK_NEVER = 0, SET_CLOCK_AT_START, SET_CLOCK_DAILY };

/* Kernel direction control of a serial line: RTS as it is while sending, and inverted. */
enum rs485 { RS485_OFF = 0, RS485_RTS_ON_SEND, RS485_RTS_AFTER_SEND };

/* To a door process, on its control socket, before anything else: one for each controller of its
 * bus. Those of one bus differ in neither transport, address, port nor speed. */
struct message_door_setup {
    uint8_t more; /* so many follow, of the other controllers on the bus */
    char controller[ID_SIZE];
    char profile[PATH_SIZE]; /* file */
    uint8_t transport;       /* TRANSPORT_TCP, TRANSPORT_SERIAL or TRANSPORT_GPIO */
    char address[PATH_SIZE]; /* numeric address, the device's path, or the chip's label or name */
    uint16_t port;
    uint32_t baud;
    uint8_t parity; /* 'N', 'E', 'O' */
    uint8_t stop_bits;
    uint8_t rs485; /* enum rs485 */
    uint8_t unit;
    uint8_t set_clock; /* enum set_clock */
    uint32_t poll_ms;
    uint32_t timeout_ms;
    char doors[DETAIL_SIZE]; /* door ids of this controller, in the profile's order, by spaces */
};

/* Comes with a descriptor: this worker's socket to the (newly started) keeper, for one of its
 * sources. */
struct message_keeper_link {
    uint32_t generation;  /* 1 for the first keeper, then one more each time */
    char source[ID_SIZE]; /* camera or controller id */
};

/* To a camera process: its camera's name has other addresses by now, which hold from the next
 * connection on. */
struct message_camera_address {
    char address[NAME_SIZE]; /* as in the set-up */
};

#define CONSOLE "console" /* the source of its link, and of what is said of its process */

enum console_file { CONSOLE_KEY = 1, CONSOLE_CERTIFICATE, CONSOLE_DEVICE_CERTIFICATE };

/* To the console, which opens nothing of this by its name: comes with a descriptor, of the file. */
struct message_console_file {
    uint8_t what; /* enum console_file; the first two only where it talks TLS */
};

/* The last of what it is told: CAMERA_SETTINGS and DOOR_SETTINGS, as the keeper is told them, and
 * CONSOLE_FILE for each came before. Comes with a descriptor: the socket it listens at. */
struct message_console_setup {
    char name[NAME_SIZE]; /* what browsers may call it, besides its address; "" for nothing */
    char site[NAME_SIZE];
    char unit[NAME_SIZE];
    uint8_t card;            /* enum card_display: how card numbers are shown */
    uint32_t recent_minutes; /* what is newer may be looked at without a reason */
};

/* To the console, after its set-up, and again whenever another takes its place; comes with a
 * descriptor: a stream socket to a sealroom-picture of its own (evidence/still.h). */
struct message_console_picture {
    uint32_t unused;
};

#endif
