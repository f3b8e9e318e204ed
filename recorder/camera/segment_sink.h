/*
 * Where a segment's pieces go, in the order begin, piece ..., end.
 */
#ifndef SEALROOM_CAMERA_SEGMENT_SINK_H
#define SEALROOM_CAMERA_SEGMENT_SINK_H

#include "base/message.h"
#include "base/vocabulary.h"

struct segment_sink {
    /* Can a segment begin now? */
    bool (*ready)(void *context);
    /* A segment begins: everything but its id is filled in. */
    enum status (*begin)(void *context, struct message_segment_begin *begin, struct error *error);
    /* The next piece: kind, keyframe, frames, times are filled in; the bytes are lent. */
    enum status (*piece)(void *context, struct message_fragment *piece, struct bytes bytes,
                         struct error *error);
    /* It ends: end and `continues` are filled in. */
    enum status (*end)(void *context, struct message_segment_end *end, struct error *error);
    void *context;
    /* Something is odd about the stream; with a context of its own. */
    void (*note)(void *note_context, enum camera_note note, uint64_t count, const char *detail);
    void *note_context;
};

#endif
