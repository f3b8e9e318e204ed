#include "camera/piece_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "crypto/suite.h"

struct piece_writer {
    struct link *link;
    int file; /* -1 while no segment is open */
    uint64_t size;
    uint32_t pieces;
    uint32_t frames;
    int64_t end_utc_ns;
};

enum status piece_writer_new(struct link *link, struct piece_writer **writer, struct error *error)
{
    struct piece_writer *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the writer");
    }
    made->link = link;
    made->file = -1;
    *writer = made;
    return STATUS_OK;
}

void piece_writer_free(struct piece_writer *writer)
{
    if (writer != NULL) {
        file_close(&writer->file);
        free(writer);
    }
}

static bool ready(void *context)
{
    struct piece_writer *writer = context;
    return link_has_grant(writer->link);
}

static enum status begin(void *context, struct message_segment_begin *message, struct error *error)
{
    struct piece_writer *writer = context;
    file_close(&writer->file);
    writer->size = 0;
    writer->pieces = 0;
    writer->frames = 0;
    writer->end_utc_ns = message->start_utc_ns;
    return link_begin(writer->link, message, &writer->file, error);
}

static void tell_end(struct piece_writer *writer, struct message_segment_end *message)
{
    file_close(&writer->file);
    link_end(writer->link, message);
}

/* A piece could not be written: what is whole is what the segment is. */
static void give_up(struct piece_writer *writer)
{
    struct message_segment_end message = {
        .size = writer->size,
        .pieces = writer->pieces,
        .frames = writer->frames,
        .end_utc_ns = writer->end_utc_ns,
    };
    tell_end(writer, &message);
}

static enum status write_piece(void *context, struct message_fragment *message, struct bytes bytes,
                               struct error *error)
{
    struct piece_writer *writer = context;
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes, &digest);
    memcpy(message->sha256, digest.bytes, sizeof message->sha256);
    if (link_wants_sm3(writer->link)) {
        digest_of(DIGEST_SM3, bytes, &digest);
        memcpy(message->sm3, digest.bytes, sizeof message->sm3);
    }
    enum status status = file_write_all(writer->file, bytes, error);
    if (status == STATUS_OK) {
        status = link_piece(writer->link, message, error);
    }
    if (status != STATUS_OK) {
        give_up(writer);
        return status;
    }
    writer->size += bytes.size;
    writer->pieces++;
    writer->frames += message->frames;
    writer->end_utc_ns = message->start_utc_ns + message->duration_ns;
    return STATUS_OK;
}

static enum status end(void *context, struct message_segment_end *message, struct error *error)
{
    struct piece_writer *writer = context;
    if (writer->file < 0) {
        return error_set(error, STATUS_END, "the segment has ended before");
    }
    tell_end(writer, message);
    return STATUS_OK;
}

struct segment_sink piece_writer_sink(struct piece_writer *writer)
{
    return (struct segment_sink){
        .ready = ready, .begin = begin, .piece = write_piece, .end = end, .context = writer};
}
