/*
 * Segments of which the console knows what it needs to serve their pieces: where the file is, and
 * the pieces with their digests. Of a sealed one all of that was proved (sheet.h); of an open one
 * it is what the keeper was told so far, and nothing vouches for it yet.
 */
#ifndef SEALROOM_CONSOLE_VIDEO_CACHE_H
#define SEALROOM_CONSOLE_VIDEO_CACHE_H

#include "firmware/console/sheet.h"
#include "store/segment_record.h"

#define VIDEO_CACHE_MAX 512u /* segments; the one that was not used for longest goes */

struct video_segment {
    char id[SEGMENT_ID_SIZE]; /* "" where there is none */
    char camera[ID_SIZE];
    char file[PATH_SIZE]; /* below the video folder */
    char codec[ID_SIZE];
    bool is_open;
    bool has_expired; /* by what the catalog says */
    uint64_t record;  /* of a sealed one */
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint64_t size;
    struct piece_list *pieces;
    enum digest_algorithm algorithm; /* that its pieces are held against */
    uint64_t used;
};

struct video_cache;

MUST_CHECK enum status video_cache_new(struct video_cache **cache, struct error *error);
/* NULL is allowed. */
void video_cache_free(struct video_cache *cache);
/* Borrowed until something is added; NULL if it is not there. */
struct video_segment *video_cache_find(struct video_cache *cache, const char *id);
struct video_segment *video_cache_find_record(struct video_cache *cache, uint64_t record);

/* A sealed one, out of its sheet, which has been judged: its pieces must be those of its record.
 * STATUS_MISMATCH, and a sentence, if they are not. */
MUST_CHECK enum status video_cache_add_sealed(struct video_cache *cache, const struct sheet *sheet,
                                              uint64_t record, struct video_segment **segment,
                                              struct error *error);
/* One that is being recorded: the descriptor is the message's. */
MUST_CHECK enum status video_cache_add_open(struct video_cache *cache,
                                            const struct message_open_segment *said, int descriptor,
                                            struct video_segment **segment, struct error *error);

/* Unreadable: it could not be read just now, for want of memory or descriptors or because the disk
 * failed, which says nothing of what is there. */
enum video_verdict {
    VIDEO_INTACT = 1,
    VIDEO_ALTERED,
    VIDEO_MISSING,
    VIDEO_EXPIRED,
    VIDEO_OPEN,
    VIDEO_UNREADABLE
};

/* "intact" and so on, as in the header Sealroom-Verdict. */
const char *video_verdict_name(enum video_verdict verdict);
/* Reads one piece below the folder and holds it against its digest; the bytes are there if it is
 * intact or open. */
enum video_verdict video_piece_read(const struct video_segment *segment, int folder, size_t index,
                                    struct buffer *bytes);
/* Of an open segment, which nobody has said yet: by its init part. */
void video_learn_codec(struct video_segment *segment, int folder);
/* Is its file there, and as large as it must be? */
enum video_verdict video_file_look(const struct video_segment *segment, int folder);

#endif
