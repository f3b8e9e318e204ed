/*
 * Messages between the command line, or the console, and the keeper. Forms are those of
 * base/message.h. `session` and `second` are those of base/message_account.h; without a session it
 * is the local user, by uid, and only the command line may do without.
 */
#ifndef SEALROOM_BASE_MESSAGE_COMMAND_H
#define SEALROOM_BASE_MESSAGE_COMMAND_H

#include <stdint.h>

#include "base/message_account.h"

struct message_status_ask {
    uint32_t unused;
};

/* Hands out the newest checkpoint and records that it left the box. Answered by
 * CHECKPOINT_NOTE. */
struct message_checkpoint_take {
    char place[NAME_SIZE]; /* where it goes, in the taker's words; "" for the command line */
    char session[TOKEN_SIZE];
};

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
    char session[TOKEN_SIZE];
};

struct message_hold_release {
    uint64_t hold; /* record number of the hold */
    char reason[DETAIL_SIZE];
    char session[TOKEN_SIZE];
    char second[TOKEN_SIZE];
};

/* A look-up is a record before it is answered. */
struct message_lookup {
    char what[ID_SIZE]; /* "entries", "coverage", "records", "verify"; "video", "live", "report" */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char filter[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
    char session[TOKEN_SIZE];
};

/* From a command: seal every open segment now, so that a look-up or export reaches to this moment.
 * From the keeper to a camera: end the open segment at the next keyframe (CUT_SEAL). */
struct message_seal_now {
    char session[TOKEN_SIZE];
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
    char console_fingerprint[RAW_SIZE]; /* of the console's own certificate; "": it has none */
    uint8_t page_sha256[DIGEST_SIZE];   /* of verify.html as it is installed; zeros if it is not */
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

#endif
