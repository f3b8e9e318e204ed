/*
 * A clip of hostile pieces, and whether its own bytes follow from them (check_own.c). The input is
 * an init part and fragments, as their boxes say; what is no box any more is a fragment too. What
 * the exporter's code makes of them fits, and with one bit of it another does not; where it makes
 * nothing, nothing fits.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "evidence/check_own.h"
#include "evidence/check_stretches.h"
#include "evidence/zip_writer.h"
#include "fuzz.h"

#define UTC        (INT64_C(1700000000) * NS_PER_SECOND)
#define NAME       "clips/a.mp4"
#define PIECES_MAX 256u

static const uint8_t meta[] = {0, 0, 0, 12, 'm', 'e', 't', 'a', 0, 0, 0, 0};

struct pieces {
    struct bytes bytes;
    struct piece list[PIECES_MAX];
    size_t count;
};

static void list_pieces(struct pieces *pieces)
{
    const struct box_source source = box_source_bytes(&pieces->bytes);
    struct box_range range = {0};
    for (uint64_t at = 0;
         pieces->count < PIECES_MAX && box_next_piece(&source, at, &range, NULL) == STATUS_OK;
         at += range.size) {
        pieces->list[pieces->count++] =
            (struct piece){.kind = range.kind == PIECE_TORN ? PIECE_FRAGMENT : range.kind,
                           .offset = range.offset,
                           .size = range.size,
                           .start_utc_ns = UTC};
    }
}

/* As the exporter does: out of a segment's file. */
static enum status make_front(const struct pieces *pieces, struct buffer *front)
{
    AUTO_CLOSE int file = memfd_create("segment", MFD_CLOEXEC);
    const struct footage_segment segment = {.file = "segment", .descriptor = file};
    struct clip_movie movie = {0};
    struct footage_fragment fragment = {0};
    uint64_t data = pieces->list[0].size;
    MUST(file_write_all(file, pieces->bytes, NULL) == STATUS_OK);
    enum status status = pieces->count > 1 ? clip_movie_begin(&movie, &segment, &pieces->list[0],
                                                              &pieces->list[1], &fragment, NULL)
                                           : STATUS_INVALID;
    for (size_t i = 1; i < pieces->count && status == STATUS_OK; i++) {
        status = clip_movie_add(&movie, &segment, &pieces->list[i], data, &fragment, NULL);
        data += pieces->list[i].size;
    }
    if (status == STATUS_OK) {
        status = clip_movie_end(&movie);
    }
    if (status == STATUS_OK) {
        status = clip_movie_front(&movie, data, front, NULL);
    }
    clip_movie_release(&movie);
    buffer_release(&fragment.moof);
    return status;
}

static void write_clip(int file, const struct pieces *pieces, struct bytes front)
{
    struct zip_writer *zip = NULL;
    MUST(zip_writer_new(file, &zip, NULL) == STATUS_OK);
    MUST(zip_writer_begin(zip, NAME, NULL) == STATUS_OK);
    MUST(zip_writer_add(zip, front, NULL) == STATUS_OK);
    MUST(zip_writer_add(zip, pieces->bytes, NULL) == STATUS_OK);
    MUST(zip_writer_add(zip, (struct bytes){meta, sizeof meta}, NULL) == STATUS_OK);
    MUST(zip_writer_end(zip, NULL) == STATUS_OK);
    MUST(zip_writer_finish(zip, NULL) == STATUS_OK);
    zip_writer_free(zip);
}

static void take(struct check *check, struct own_bytes *own, struct stretch_job job)
{
    job.member = zip_reader_at(check->zip, 0);
    MUST(own_bytes_take(check, own, &job, NULL) == STATUS_OK);
}

static bool fits(const struct pieces *pieces, struct bytes front)
{
    AUTO_CLOSE int file = memfd_create("package", MFD_CLOEXEC);
    const struct package_options options = {.file = file, .name = "package.zip"};
    struct package_report report = {0};
    struct check check = {.options = &options, .report = &report};
    struct own_bytes own = {0};
    uint32_t at = (uint32_t)front.size;
    write_clip(file, pieces, front);
    MUST(zip_reader_open(file, NULL, NULL, &check.zip, NULL) == STATUS_OK);
    take(&check, &own, (struct stretch_job){.size = at});
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->list[i];
        take(&check, &own,
             (struct stretch_job){.offset = at,
                                  .size = (uint32_t)piece->size,
                                  .is_piece = true,
                                  .kind = piece->kind,
                                  .index = i,
                                  .start_utc_ns = piece->start_utc_ns});
        at += (uint32_t)piece->size;
    }
    take(&check, &own, (struct stretch_job){.offset = at, .size = sizeof meta});
    bool is_found = report.findings.count > 0;
    own_bytes_release(&own);
    zip_reader_free(check.zip);
    package_report_release(&report);
    return !is_found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[] = {0, 0, 0, 8, 'm', 'd', 'a', 't'};
    struct pieces pieces = {.bytes = {data, size}};
    struct buffer front = {0};
    list_pieces(&pieces);
    if (pieces.count == 0 || pieces.count == PIECES_MAX) {
        return 0;
    }
    if (make_front(&pieces, &front) == STATUS_OK) {
        MUST(fits(&pieces, buffer_bytes(&front)));
        front.data[size % front.size] ^= (uint8_t)(1U << size % 8);
    } else {
        buffer_clear(&front);
        MUST(buffer_append(&front, nothing, sizeof nothing) == STATUS_OK);
    }
    MUST(!fits(&pieces, buffer_bytes(&front)));
    buffer_release(&front);
    return 0;
}
