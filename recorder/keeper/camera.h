/*
 * One configured camera as the keeper sees it: its segments on their way into the ledger, its
 * coverage, and what is known of its stream. Transparent: desk_camera, sealer and status read
 * and write it; nothing here decides.
 */
#ifndef SEALROOM_KEEPER_CAMERA_H
#define SEALROOM_KEEPER_CAMERA_H

#include "keeper/allowance.h"
#include "keeper/coverage.h"
#include "keeper/crashes.h"
#include "ledger/record.h"
#include "store/recovery.h"
#include "store/segment.h"

/* Segments that ended and are not on record yet. A camera whose disk is so slow gets no grant. */
#define CAMERA_SEALING_MAX 4u

struct camera {
    char id[ID_SIZE];
    char source[SOURCE_SIZE]; /* "camera/gate" */
    char name[NAME_SIZE];
    uint8_t share_percent;

    struct coverage coverage;
    struct crashes crashes;
    struct segment *grant;        /* handed out, not begun */
    struct segment *open;         /* begun */
    int64_t cut_utc_ns;           /* the start of the one that an export asked to end last */
    unsigned sealing;             /* ended, not on record yet */
    unsigned completing;          /* of these: the rest of the file is still to be hashed */
    char unsure[SEGMENT_ID_SIZE]; /* its fsync failed once: no note vouches for it any more */
    bool wants_grant;             /* asked while none could be given */
    bool may_begin;               /* space and policy allow a new segment */
    bool paused;                  /* told to write nothing: the reserve is not video's */
    bool was_paused;              /* its process was told so once */

    bool recovering; /* what a crash left is looked through; its peer is not read */
    bool recovered;  /* that is done since the keeper started */
    struct recovery *recovery;
    /* Why its process could not be started, said before that was done; cause 0: it was not said. */
    struct message_stream_down unheard;

    uint32_t link;           /* see roster_link */
    bool told_to_end;        /* its process ended in order: the recorder stops */
    bool ended;              /* its process has ended, and no other has been introduced since */
    bool online;             /* the stream is up, as its process says */
    int64_t since_utc_ns;    /* of `online` */
    enum gap_cause cause;    /* while not online */
    char address[NAME_SIZE]; /* what identified it at its last connection, "" before the first */
    struct digest certificate;
    struct digest description;
    char video_codec[ID_SIZE];
    uint32_t width;
    uint32_t height;
    struct allowance notes; /* records that its process may cause by reports */
};

MUST_CHECK enum status camera_new(const struct message_camera_settings *settings,
                                  struct camera **camera, struct error *error);
/* The end of what is known of a segment: its last piece's, or its start if it has none. */
struct moment camera_segment_end(const struct segment *segment);
/* Closes its files, which stay. */
void camera_free(struct camera *camera);

#endif
