/*
 * Messages between a camera's process and the keeper. Forms are those of base/message.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_CAMERA_H
#define SEALROOM_BASE_MESSAGE_CAMERA_H

#include <stdint.h>

#include "base/message_field.h"

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

#endif
