/* A segment file, as a power cut or a stranger left it: pieces tile it, whatever is in it. */
#include "fuzz.h"
#include "store/box.h"

static void parse(struct bytes piece, enum piece_kind kind, struct box_track *track, bool *known)
{
    struct box_fragment fragment = {0};
    if (kind == PIECE_INIT && box_parse_init(piece, track, NULL) == STATUS_OK) {
        MUST(track->timescale != 0);
        MUST(utf8_is_clean(bytes_of_text(track->video_codec), false));
        *known = true;
    } else if (kind == PIECE_FRAGMENT && *known) {
        (void)!box_parse_fragment(piece, track, &fragment, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes file = {data, size};
    const struct box_source source = box_source_bytes(&file);
    struct box_track track = {.timescale = 1};
    bool known = false;
    uint64_t offset = 0;
    enum status status = STATUS_OK;
    struct box_range range = {0};
    while ((status = box_next_piece(&source, offset, &range, NULL)) == STATUS_OK) {
        MUST(range.offset == offset && range.size > 0 && range.size <= size - offset);
        MUST(range.kind != PIECE_TORN || offset + range.size == size);
        MUST((range.kind == PIECE_INIT) == (offset == 0 && range.kind != PIECE_TORN));
        parse((struct bytes){data + offset, (size_t)range.size}, range.kind, &track, &known);
        offset += range.size;
    }
    MUST(status == STATUS_END && offset == size);
    /* Pieces that nobody has found by their length are parsed with the same care. */
    struct box box;
    struct box_fragment fragment;
    (void)!box_header(file, &box);
    (void)!box_parse_init(file, &track, NULL);
    track.timescale = track.timescale != 0 ? track.timescale : 1;
    (void)!box_parse_fragment(file, &track, &fragment, NULL);
    return 0;
}
