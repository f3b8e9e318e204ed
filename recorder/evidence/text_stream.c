#include "evidence/text_stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crypto/suite.h"

void stream_begin(struct text_stream *stream, const struct text_sink *sink, struct error *error)
{
    stream->sink = sink;
    stream->error = error;
    stream->status = STATUS_OK;
    stream->size = 0;
}

static void put_block(struct text_stream *stream)
{
    if (stream->status == STATUS_OK && stream->size > 0) {
        stream->status = stream->sink->put(
            stream->sink->context, (struct bytes){stream->block, stream->size}, stream->error);
    }
    stream->size = 0;
}

void stream_bytes(struct text_stream *stream, const void *data, size_t size)
{
    const uint8_t *from = data;
    while (size > 0) {
        size_t room = sizeof stream->block - stream->size;
        size_t part = size < room ? size : room;
        memcpy(stream->block + stream->size, from, part);
        stream->size += part;
        from += part;
        size -= part;
        if (stream->size == sizeof stream->block) {
            put_block(stream);
        }
    }
}

void stream_text(struct text_stream *stream, const char *text)
{
    stream_bytes(stream, text, strlen(text));
}

void stream_format(struct text_stream *stream, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size > 0) {
        stream_bytes(stream, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
    }
}

void stream_base64(struct text_stream *stream, struct bytes bytes)
{
    enum { STEP = 3 * 4096 };
    struct buffer text = {0};
    for (size_t at = 0; at < bytes.size && stream->status == STATUS_OK; at += STEP) {
        size_t left = bytes.size - at;
        buffer_clear(&text);
        stream->status =
            base64_append(&text, (struct bytes){bytes.data + at, left < STEP ? left : STEP});
        stream_bytes(stream, text.data, text.size);
    }
    buffer_release(&text);
}

enum status stream_end(struct text_stream *stream)
{
    put_block(stream);
    return stream->status;
}
