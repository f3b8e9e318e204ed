/*
 * What a `segment` record says: its body as a struct, made and parsed in one place.
 * FORMAT.md, "Segment", gives every member.
 */
#ifndef SEALROOM_STORE_SEGMENT_RECORD_H
#define SEALROOM_STORE_SEGMENT_RECORD_H

#include <jansson.h>

#include "ledger/record.h"
#include "store/piece.h"

#define SEGMENT_FILE_SIZE 128 /* CAMERA/YYYYMMDD/ID.mp4 and NUL */

struct segment_record {
    char camera[ID_SIZE];
    char id[SEGMENT_ID_SIZE];
    char file[SEGMENT_FILE_SIZE]; /* below the video folder */
    int64_t start_utc_ns;         /* first frame */
    int64_t end_utc_ns;           /* end of the last frame */
    bool times_estimated;         /* recovered: start and end come from the file, not the camera */
    uint64_t size;                /* bytes, the whole file */
    uint32_t pieces;
    uint32_t frames;
    char video_codec[ID_SIZE]; /* "" if recovery could not tell */
    char audio_codec[ID_SIZE]; /* "" if none */
    uint32_t width;
    uint32_t height;
    uint32_t connection; /* counts the camera process's connections; 0 if not known */
    bool continues;      /* the next segment begins with the very next frame */
    enum cut_reason cut; /* why this segment began; 0 if not known */
    enum clock_quality quality;
    int64_t start_monotonic_ns; /* 0 if not known */
    int64_t utc_minus_raw_ns;   /* CLOCK_REALTIME - CLOCK_MONOTONIC_RAW at the start */
    bool camera_clock_known;
    int64_t camera_clock_offset_ns; /* camera minus recorder, from RTCP */
    struct piece_roots roots;
    struct digest pieces_sha256; /* of its row in table `piece`: times and frames are in no root */
    bool recovered;              /* hashed by the recorder after a crash, not told by the camera */
    uint64_t recovered_from;     /* first byte that the camera had not told of */
    bool has_not_covered;        /* bytes that no progress note covers */
    uint64_t not_covered_from;   /* to the end of the file */
    bool contradicts_note; /* the file is not what the signed progress note vouched for: it was
                              altered, cut or removed before it was sealed */
    uint64_t noted_size;   /* what the note said */
    struct piece_roots noted;
};

const char *cut_reason_name(enum cut_reason reason); /* NULL if there is no such reason */

/* A camera id: [a-z0-9][a-z0-9-]{0,31}. */
bool camera_id_is_valid(const char *camera);
/* "YYYYMMDDTHHMMSSZ-" and 16 lower-case digits: the time it was granted and 64 random bits.
 * Never used again. */
void segment_id_make(char id[SEGMENT_ID_SIZE], int64_t utc_ns);
bool segment_id_is_valid(const char *id);
/* The time in an id. */
MUST_CHECK enum status segment_id_time(const char *id, int64_t *utc_ns);
/* CAMERA/YYYYMMDD/ID.mp4, the day being the id's. Both must be valid. */
void segment_file_name(char file[SEGMENT_FILE_SIZE], const char *camera, const char *id);

/* The body's members; *members is the caller's to json_decref. */
MUST_CHECK enum status segment_record_members(const struct segment_record *record, json_t **members,
                                              struct error *error);
/* Strict: every member in its form, `file` the one that follows from camera and id, ranges
 * within the size. STATUS_INVALID says which member is wrong. */
MUST_CHECK enum status segment_record_parse(const json_t *body, struct segment_record *record,
                                            struct error *error);

#endif
