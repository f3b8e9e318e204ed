/*
 * A segment file, as a stranger left it, made into clips: its pieces are what its boxes say, twice
 * over, as two segments. Whatever is in it, a clip is as long as was said and holds the pieces, or
 * it is refused.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "evidence/clip_movie.h"
#include "evidence/clip_plan.h"
#include "fuzz.h"

#define UTC (INT64_C(1700000000) * NS_PER_SECOND)

struct file {
    int descriptor;
    struct piece_list *pieces;
};

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    const struct file *file = context;
    (void)error;
    *segment = (struct footage_segment){.file = "segment",
                                        .descriptor = file->descriptor,
                                        .pieces = file->pieces,
                                        .continues = index == 0};
    return STATUS_OK;
}

static void close_segment(void *context, struct footage_segment *segment)
{
    (void)context;
    (void)segment;
}

static void list_pieces(struct file *file, struct bytes bytes)
{
    const struct box_source source = box_source_bytes(&bytes);
    struct box_range range = {0};
    int64_t start = UTC;
    for (uint64_t at = 0; box_next_piece(&source, at, &range, NULL) == STATUS_OK;
         at += range.size) {
        const struct piece piece = {.kind = range.kind,
                                    .offset = range.offset,
                                    .size = range.size,
                                    .frames = 1,
                                    .keyframe = true,
                                    .start_utc_ns = start,
                                    .duration_ns = NS_PER_SECOND};
        MUST(piece_list_add(file->pieces, &piece, NULL) == STATUS_OK);
        start += range.kind == PIECE_FRAGMENT ? NS_PER_SECOND : 0;
    }
}

static enum status add_pieces(struct clip_movie *movie, const struct clip_stretch *stretch,
                              struct footage_segment *segment)
{
    struct footage_fragment fragment = {0};
    enum status status =
        clip_movie_begin(movie, segment, footage_init(segment),
                         piece_list_at(segment->pieces, stretch->first_piece), &fragment, NULL);
    uint64_t at = 0;
    for (size_t i = stretch->first_piece; status == STATUS_OK && i <= stretch->last_piece; i++) {
        const struct piece *piece = piece_list_at(segment->pieces, i);
        status = clip_movie_add(movie, segment, piece, at, &fragment, NULL);
        at += piece->size;
    }
    buffer_release(&fragment.moof);
    return status == STATUS_OK ? clip_movie_end(movie) : status;
}

/* The first clip's tables, of its first segment. */
static void make_movie(const struct footage *footage, const struct clip_stretch *stretch)
{
    struct clip_movie movie = {0};
    struct buffer head = {0};
    struct footage_segment segment;
    struct clip_stretch first = *stretch;
    MUST(footage->open(footage->context, first.first_segment, &segment, NULL) == STATUS_OK);
    if (first.last_segment != first.first_segment) {
        first.last_piece = piece_list_count(segment.pieces) - 1;
    }
    if (add_pieces(&movie, &first, &segment) == STATUS_OK) {
        MUST(clip_movie_front(&movie, 0, &head, NULL) == STATUS_OK);
        size_t size = head.size;
        MUST(clip_movie_front(&movie, 1000, &head, NULL) == STATUS_OK && head.size == size);
        MUST(clip_movie_has(&movie, 0));
        (void)clip_movie_origin_utc_ns(&movie, 0);
    }
    buffer_release(&head);
    clip_movie_release(&movie);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file file = {.descriptor = memfd_create("segment", MFD_CLOEXEC)};
    const struct footage footage = {
        .count = 2, .open = open_segment, .close = close_segment, .context = &file};
    struct clip_plan *plan = NULL;
    MUST(file.descriptor >= 0 && write(file.descriptor, data, size) == (ssize_t)size);
    MUST(piece_list_new(false, &file.pieces, NULL) == STATUS_OK);
    list_pieces(&file, (struct bytes){data, size});
    if (clip_plan_new(&footage, UTC + NS_PER_SECOND / 2, UTC + 3 * NS_PER_SECOND, &plan, NULL) ==
            STATUS_OK &&
        clip_plan_count(plan) > 0) {
        make_movie(&footage, clip_plan_at(plan, 0));
    }
    clip_plan_free(plan);
    piece_list_free(file.pieces);
    close(file.descriptor);
    return 0;
}
