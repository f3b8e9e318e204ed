#include "firmware/console/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "firmware/console/server_parts.h"

#define BLOCK 4096

struct stream {
    struct connection *connection;
    struct buffer waiting;
    size_t taken; /* of `waiting` */
    bool is_over;
    void (*closed)(void *context, struct stream *stream);
    void *context;
};

static ssize_t on_read(void *context, uint64_t position, char *data, size_t room)
{
    struct stream *stream = context;
    size_t left = stream->waiting.size - stream->taken;
    size_t size = left < room ? left : room;
    (void)position;
    if (size == 0 && stream->is_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (size == 0) {
        buffer_clear(&stream->waiting);
        stream->taken = 0;
        connection_allow(stream->connection, 0);
        connection_suspend(stream->connection);
        return 0;
    }
    memcpy(data, stream->waiting.data + stream->taken, size);
    stream->taken += size;
    return (ssize_t)size;
}

static void on_freed(void *context)
{
    struct stream *stream = context;
    stream->closed(stream->context, stream);
    buffer_release(&stream->waiting);
    free(stream);
}

static void cut_off(struct stream *stream)
{
    (void)shutdown(stream->connection->descriptor, SHUT_RDWR);
    connection_resume(stream->connection);
}

static void write_text(struct stream *stream, const char *text)
{
    bool was_empty = stream->waiting.size == stream->taken;
    if (stream->waiting.size + strlen(text) > STREAM_ROOM ||
        buffer_append_text(&stream->waiting, text) != STATUS_OK) {
        cut_off(stream);
        return;
    }
    if (was_empty)
        connection_allow(stream->connection, STREAM_PATIENCE_MS * UINT64_C(1000));
    connection_resume(stream->connection);
}

struct stream *stream_open(struct request *request,
                           void (*closed)(void *context, struct stream *stream), void *context)
{
    struct stream *stream = calloc(1, sizeof *stream);
    struct response *response = NULL;
    if (stream != NULL) {
        *stream = (struct stream){
            .connection = request->connection, .closed = closed, .context = context};
        response = response_of(
            RESPONSE_OK,
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, stream, on_freed),
            0);
    }
    if (response == NULL) {
        request_answer(request, NULL);
        return NULL;
    }
    response->is_endless = true;
    response_header(response, "Content-Type", "text/event-stream");
    response_header(response, "Cache-Control", "no-store");
    write_text(stream, "retry: 2000\n\n");
    request_answer(request, response);
    return stream;
}

void stream_send(struct stream *stream, const char *name, const json_t *json)
{
    struct buffer text = {0};
    char *data = json_dumps(json, JSON_COMPACT);
    if (data == NULL ||
        buffer_append_format(&text, "event: %s\ndata: %s\n\n", name, data) != STATUS_OK ||
        buffer_append(&text, "", 1) != STATUS_OK)
        cut_off(stream);
    else
        write_text(stream, (const char *)text.data);
    free(data);
    buffer_release(&text);
}

void stream_beat(struct stream *stream)
{
    write_text(stream, ":\n\n");
}

void stream_close(struct stream *stream)
{
    stream->is_over = true;
    connection_allow(stream->connection, STREAM_PATIENCE_MS * UINT64_C(1000));
    connection_resume(stream->connection);
}
