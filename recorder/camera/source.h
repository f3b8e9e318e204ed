/*
 * Where access units come from: a table of functions, so that a leaner source can take the place
 * of libavformat's without anything behind it knowing.
 */
#ifndef SEALROOM_CAMERA_SOURCE_H
#define SEALROOM_CAMERA_SOURCE_H

#include "base/message.h"
#include "base/vocabulary.h"
#include "camera/access_unit.h"
#include "camera/nal/parameter_sets.h"
#include "camera/sound.h"

struct relay;

struct source_settings {
    const struct message_camera_setup *setup; /* borrowed */
    struct relay *relay;                      /* borrowed; NULL unless the URL is rtsps:// */
    /* Called at least every 100 ms while the source waits; false makes it give up. */
    bool (*go_on)(void *context);
    void *context;
};

/* What identifies the connection, and what it carries. */
struct source_facts {
    const struct parameter_sets *parameters; /* borrowed from the source; grows */
    struct sound_format sound;   /* codec SOUND_NONE: there is none, or it is not recorded */
    char sound_refused[ID_SIZE]; /* what other sound the camera offers; "" if none */
    char server[NAME_SIZE];      /* the RTSP Server header, "" if none */
    uint8_t sdp_sha256[DIGEST_SIZE];
};

struct source;

struct source_operations {
    enum status (*open)(const struct source_settings *settings, struct source **source,
                        enum gap_cause *cause, struct error *error);
    enum status (*next)(struct source *source, struct access_unit *unit, enum gap_cause *cause,
                        struct error *error);
    const struct source_facts *(*facts)(const struct source *source);
    bool (*camera_clock)(const struct source *source, int64_t *media_time, int64_t *camera_utc_ns);
    uint64_t (*take_dropped)(struct source *source);
    void (*close)(struct source *source);
};

/* RTSP by libavformat. */
extern const struct source_operations source_rtsp;

struct source {
    const struct source_operations *operations;
};

/* Connects and asks for the stream. On failure *cause says why there is no video. */
MUST_CHECK enum status source_open(const struct source_operations *operations,
                                   const struct source_settings *settings, struct source **source,
                                   enum gap_cause *cause, struct error *error);
/* The next unit; waits for it. STATUS_END: the camera closed the stream; STATUS_TIMEOUT: go_on
 * said no; anything else: the stream cannot be read on. *cause as above. */
MUST_CHECK enum status source_next(struct source *source, struct access_unit *unit,
                                   enum gap_cause *cause, struct error *error);
const struct source_facts *source_facts(const struct source *source);
/* The camera's own clock (RTCP sender report): what it showed at a media time of 1/90000 s.
 * False while unknown. */
bool source_camera_clock(const struct source *source, int64_t *media_time, int64_t *camera_utc_ns);
/* Bytes that were no picture, and packets that were lost, since the last call. */
uint64_t source_take_dropped(struct source *source);
/* Says good-bye and frees; NULL is allowed. */
void source_close(struct source *source);

#endif
