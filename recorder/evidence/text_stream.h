/*
 * Text on its way to a sink, a block at a time. The first failure is kept and nothing is written
 * after it, so that what writes looks once, at the end.
 */
#ifndef SEALROOM_EVIDENCE_TEXT_STREAM_H
#define SEALROOM_EVIDENCE_TEXT_STREAM_H

#include "evidence/tiling.h"

#define TEXT_STREAM_BLOCK 16384u

struct text_stream {
    const struct text_sink *sink; /* borrowed */
    struct error *error;          /* may be NULL */
    enum status status;
    size_t size;
    uint8_t block[TEXT_STREAM_BLOCK];
};

void stream_begin(struct text_stream *stream, const struct text_sink *sink, struct error *error);
void stream_bytes(struct text_stream *stream, const void *data, size_t size);
void stream_text(struct text_stream *stream, const char *text);
/* At most 511 bytes. */
void stream_format(struct text_stream *stream, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Base64 without line breaks (RFC 4648, 4). */
void stream_base64(struct text_stream *stream, struct bytes bytes);
/* Whether all went well, and the last block gone. */
MUST_CHECK enum status stream_end(struct text_stream *stream);

#endif
