#include "evidence/export_room.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "evidence/report.h"

/* Lines of proof/clips.txt; of proof/records.txt beside head and body, with the nodes up to the
 * next record that is shown. */
#define PIECE_LINE_BYTES   192u
#define RECORD_LINES_BYTES 900u
/* In entries.csv and in the report, both with names as long as they may be. */
#define ENTRY_BYTES UINT64_C(3072)
#define GAP_BYTES   UINT64_C(1024)
/* A clip in the report, in the manifest, and its two headers. */
#define CLIP_BYTES UINT64_C(2048)
/* The report without anything in it, each camera's part of it, and everything that is there once.
 */
#define REPORT_BYTES UINT64_C(131072)
#define CAMERA_BYTES UINT64_C(131072)
/* A still of nothing but noise, 480 pixels wide, 4:3; in base64 four bytes for three. */
#define STILL_BYTES UINT64_C(131072)

static uint64_t stills_bytes(const struct export_parts *parts, uint64_t entries)
{
    uint64_t count = entries * parts->cameras->count;
    uint64_t bytes = STILL_BYTES * (count < REPORT_STILLS_MAX ? count : REPORT_STILLS_MAX);
    return (bytes < REPORT_STILL_BYTES_MAX ? bytes : REPORT_STILL_BYTES_MAX) / 3 * 4;
}

static uint64_t page_bytes(int page)
{
    struct stat about;
    return page >= 0 && fstat(page, &about) == 0 ? (uint64_t)about.st_size : 0;
}

static uint64_t megabytes(uint64_t bytes)
{
    return bytes / 1000000;
}

enum status export_room_plan(const struct export_parts *parts, int output, struct export_room *room,
                             struct error *error)
{
    const struct export_cameras *cameras = parts->cameras;
    struct selection_counts counts = selection_counts(parts->selection);
    struct statvfs space;
    room->scratch = cameras->fragments * PIECE_LINE_BYTES;
    room->package = cameras->bytes + room->scratch + cameras->clips * CLIP_BYTES + counts.bytes +
                    counts.records * RECORD_LINES_BYTES + counts.entries * ENTRY_BYTES +
                    counts.gaps * GAP_BYTES + REPORT_BYTES + cameras->count * CAMERA_BYTES +
                    page_bytes(parts->page) +
                    (parts->with_stills ? stills_bytes(parts, counts.entries) : 0);
    room->free = UINT64_MAX; /* where it is not known, it shows */
    if (fstatvfs(output, &space) == 0) {
        room->free = (uint64_t)space.f_bavail * space.f_frsize;
    }
    return room->package <= room->free
               ? STATUS_OK
               : error_set(error, STATUS_FULL,
                           "the package needs up to %" PRIu64 " MB, and where it goes %" PRIu64
                           " MB are free",
                           megabytes(room->package) + 1, megabytes(room->free));
}

enum status export_room_explain(const struct export_room *room, enum status status,
                                struct error *error)
{
    if (status == STATUS_OK || room->package == 0) {
        return status;
    }
    switch (error->errno_value) {
    case ENOSPC:
    case EDQUOT:
        return error_set(error, STATUS_FULL,
                         "the medium it goes to is full (not the recorder): it needs up to "
                         "%" PRIu64 " MB, and %" PRIu64 " MB were free there; take a larger one, "
                         "or ask for less",
                         megabytes(room->package) + 1, megabytes(room->free));
    case EFBIG:
        return error_set(error, STATUS_FULL,
                         "the medium it goes to holds no file so large, up to %" PRIu64
                         " MB: format it as exFAT or NTFS, or ask for less",
                         megabytes(room->package) + 1);
    default:
        return status;
    }
}
