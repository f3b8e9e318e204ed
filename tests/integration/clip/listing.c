#include "listing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define SEGMENTS_MAX 4096

struct recorded {
    char file[512];
    bool continues;
    struct piece_list *pieces;
};

static struct recorded segments[SEGMENTS_MAX];

void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", status_name(status), error->text);
        exit(1);
    }
}

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    const struct recorded *recorded = &segments[index];

    (void)context;
    *segment = (struct footage_segment){.file = recorded->file,
                                        .descriptor = open(recorded->file, O_RDONLY | O_CLOEXEC),
                                        .pieces = recorded->pieces,
                                        .continues = recorded->continues};
    return segment->descriptor >= 0
               ? STATUS_OK
               : error_set(error, STATUS_IO, "%s cannot be opened", recorded->file);
}

static void close_segment(void *context, struct footage_segment *segment)
{
    (void)context;
    file_close(&segment->descriptor);
}

/* The next word of a line; "" at its end. */
static const char *word(char **line)
{
    const char *found = strsep(line, " \n");

    return found != NULL ? found : "";
}

static int64_t number(char **line)
{
    return strtoll(word(line), NULL, 10);
}

static void read_piece(char *line, struct recorded *segment, bool with_sm3)
{
    struct piece piece = {.offset = piece_list_size(segment->pieces)};
    struct error error = {.text = "a digest that is none"};

    piece.kind = (enum piece_kind)number(&line);
    piece.keyframe = number(&line) != 0;
    piece.size = (uint64_t)number(&line);
    piece.frames = (uint32_t)number(&line);
    piece.start_utc_ns = number(&line);
    piece.duration_ns = number(&line);
    must(hex_decode(piece.sha256.bytes, DIGEST_BYTES, word(&line)), &error);
    if (with_sm3)
        must(hex_decode(piece.sm3.bytes, DIGEST_BYTES, word(&line)), &error);
    must(piece_list_add(segment->pieces, &piece, &error), &error);
}

static void read_segment(char *line, struct recorded *segment, bool with_sm3)
{
    struct error error;

    segment->continues = number(&line) != 0;
    snprintf(segment->file, sizeof(segment->file), "%s", word(&line));
    must(piece_list_new(with_sm3, &segment->pieces, &error), &error);
}

void listing_read(bool with_sm3, struct footage *footage)
{
    char text[1024];
    size_t count = 0;

    *footage = (struct footage){.open = open_segment, .close = close_segment};
    while (fgets(text, sizeof(text), stdin) != NULL) {
        char *line = text;

        if (strcmp(word(&line), "piece") != 0 && count < SEGMENTS_MAX)
            read_segment(line, &segments[count++], with_sm3);
        else if (count > 0)
            read_piece(line, &segments[count - 1], with_sm3);
    }
    footage->count = count;
}

void listing_release(const struct footage *footage)
{
    for (size_t i = 0; i < footage->count; i++)
        piece_list_free(segments[i].pieces);
}
