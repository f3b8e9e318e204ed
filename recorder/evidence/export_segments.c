#include "evidence/export_segments.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "store/box.h"
#include "store/piece_table.h"
#include "store/segment_record.h"

#define BLOCK_SIZE ((size_t)64 * 1024)
#define APART_NS   INT64_C(150000000) /* FORMAT.md, "Clip" */

static const char unreadable[] = "unreadable";
static const char altered[] = "altered";
static const char missing[] = "missing";

struct entry {
    const struct selected_segment *segment;
    bool is_followed; /* by one that a clip may go on in */
};

struct export_segments {
    struct ledger_view *view;
    int video;
    enum digest_algorithm algorithm;
    struct entry *list; /* in the order of time */
    struct footage footage;
    struct segment_record record; /* of the one that is open */
    struct piece_list *pieces;
    size_t last;
    bool was_opened;
    const char *cause; /* why the last one could not be opened */
};

enum status export_absents_add(struct export_absents *absents, uint64_t record, const char *cause,
                               struct error *error)
{
    struct export_absent *list =
        array_room(absents->list, absents->count, &absents->capacity, sizeof *list);
    if (list == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for what is absent");
    }
    absents->list = list;
    absents->list[absents->count++] = (struct export_absent){record, cause};
    return STATUS_OK;
}

static bool is_absent(const struct export_absents *absents, uint64_t record)
{
    for (size_t i = 0; i < absents->count; i++) {
        if (absents->list[i].record == record) {
            return true;
        }
    }
    return false;
}

/* ---- opening one ---- */

static enum status read_record(struct export_segments *segments, uint64_t number,
                               struct error *error)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    enum status status = ledger_view_row(segments->view, number, &row, error);
    if (status == STATUS_OK) {
        status = record_head_parse(row.head, &head, error);
    }
    if (status == STATUS_OK) {
        status = record_body_check(segments->algorithm, &head, row.body, error);
    }
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    if (status == STATUS_OK) {
        status = segment_record_parse(body, &segments->record, error);
    }
    json_decref(body);
    return status;
}

/* Untrusted but for what the record says of it. */
static enum status read_pieces(struct export_segments *segments, uint64_t number,
                               struct error *error)
{
    struct piece_roots roots;
    struct digest digest;
    enum status status =
        piece_table_read(ledger_view_database(segments->view), number, &segments->pieces, error);
    if (status != STATUS_OK) {
        return status;
    }
    piece_list_roots(segments->pieces, &roots);
    status = piece_list_digest(segments->pieces, &digest);
    if (status != STATUS_OK) {
        return status;
    }
    return piece_roots_equal(&roots, &segments->record.roots) &&
                   digest_equal(&digest, &segments->record.pieces_sha256)
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "the list of pieces of record %" PRIu64 " is altered", number);
}

static enum status open_file(struct export_segments *segments, int *file, struct error *error)
{
    struct stat about;
    const char *name = segments->record.file;
    *file = file_open_below(segments->video, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*file < 0) {
        bool is_gone = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
        segments->cause = is_gone ? missing : unreadable;
        return error_set_errno(error, is_gone ? STATUS_NOT_FOUND : STATUS_IO, errno, "%s", name);
    }
    if (fstat(*file, &about) != 0) {
        segments->cause = unreadable;
        return error_set_errno(error, STATUS_IO, errno, "%s", name);
    }
    if (!S_ISREG(about.st_mode) || (uint64_t)about.st_size != segments->record.size) {
        segments->cause = altered;
        return error_set(error, STATUS_MISMATCH, "%s is not of the size that was recorded", name);
    }
    return STATUS_OK;
}

static void close_segment(void *context, struct footage_segment *segment)
{
    struct export_segments *segments = context;
    file_close(&segment->descriptor);
    piece_list_free(segments->pieces);
    segments->pieces = NULL;
}

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    struct export_segments *segments = context;
    uint64_t number = segments->list[index].segment->record;
    *segment = (struct footage_segment){.file = segments->record.file, .descriptor = -1};
    segments->last = index;
    segments->was_opened = true;
    segments->cause = altered;
    enum status status = read_record(segments, number, error);
    if (status == STATUS_OK) {
        status = read_pieces(segments, number, error);
    }
    if (status == STATUS_OK) {
        status = open_file(segments, &segment->descriptor, error);
    }
    if (status != STATUS_OK) {
        if (status == STATUS_IO) { /* the ledger's disk too: nobody has altered anything */
            segments->cause = unreadable;
        }
        close_segment(segments, segment);
        return status;
    }
    segments->cause = NULL;
    segment->pieces = segments->pieces;
    segment->continues = segments->record.continues && segments->list[index].is_followed;
    return STATUS_OK;
}

const char *export_segments_opens(struct export_segments *segments, size_t index)
{
    struct footage_segment segment;
    enum status status = open_segment(segments, index, &segment, NULL);
    if (status == STATUS_OK) {
        close_segment(segments, &segment);
    }
    return status == STATUS_NO_MEMORY ? NULL : segments->cause;
}

/* ---- the list ---- */

static int by_time(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    return (left->segment->start_utc_ns > right->segment->start_utc_ns) -
           (left->segment->start_utc_ns < right->segment->start_utc_ns);
}

/* Not where the wall clock was set between them: verifiers allow no gap in a clip, and what was
 * recorded before it was set back stands behind what was recorded later. */
static bool follows(const struct selected_segment *segment, const struct selected_segment *before)
{
    int64_t apart = 0;
    return segment->record > before->record &&
           !__builtin_sub_overflow(segment->start_utc_ns, before->end_utc_ns, &apart) &&
           apart <= APART_NS && apart >= -APART_NS;
}

/* All of the camera's, then without those that cannot be copied: of these the one before is not
 * followed by its next. */
static void fill(struct export_segments *made, const struct selected_segment *segments,
                 size_t count, uint32_t source, const struct export_absents *absents)
{
    size_t all = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (segments[i].source == source) {
            made->list[all++] = (struct entry){.segment = &segments[i]};
        }
    }
    qsort(made->list, all, sizeof(*made->list), by_time);
    for (size_t i = 1; i < all; i++) {
        made->list[i - 1].is_followed = follows(made->list[i].segment, made->list[i - 1].segment);
    }
    for (size_t i = 0; i < all; i++) {
        const struct selected_segment *segment = made->list[i].segment;
        if (segment->expired_by == 0 && !is_absent(absents, segment->record)) {
            made->list[kept++] = made->list[i];
        } else if (kept > 0) {
            made->list[kept - 1].is_followed = false;
        }
    }
    made->footage.count = kept;
}

enum status export_segments_new(struct ledger_view *view, int video,
                                const struct selected_segment *segments, size_t count,
                                uint32_t source, const struct export_absents *absents,
                                struct export_segments **made, struct error *error)
{
    struct export_segments *begun = calloc(1, sizeof *begun);
    *made = NULL;
    if (begun == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a camera's segments");
    }
    begun->view = view;
    begun->video = video;
    begun->algorithm = suite_digest_algorithm(ledger_view_suite(view));
    begun->list = calloc(count + 1, sizeof(*begun->list));
    if (begun->list == NULL) {
        export_segments_free(begun);
        return error_set(error, STATUS_NO_MEMORY, "no memory for a camera's segments");
    }
    begun->footage =
        (struct footage){.open = open_segment, .close = close_segment, .context = begun};
    fill(begun, segments, count, source, absents);
    *made = begun;
    return STATUS_OK;
}

void export_segments_free(struct export_segments *segments)
{
    if (segments != NULL) {
        piece_list_free(segments->pieces);
        free(segments->list);
        free(segments);
    }
}

const struct footage *export_segments_footage(const struct export_segments *segments)
{
    return &segments->footage;
}

uint64_t export_segments_record(const struct export_segments *segments, size_t index)
{
    return segments->list[index].segment->record;
}

bool export_segments_last(const struct export_segments *segments, size_t *index)
{
    *index = segments->last;
    return segments->was_opened;
}

/* ---- looking through one ---- */

static enum status check_piece(const struct footage_segment *segment, const struct piece *piece,
                               struct hasher *hasher, uint8_t *block)
{
    uint64_t end = piece->offset + piece->size;
    struct box_source source = box_source_file(&segment->descriptor, end);
    struct digest digest;
    hasher_begin(hasher);
    for (uint64_t at = piece->offset; at < end;) {
        size_t size = end - at < BLOCK_SIZE ? (size_t)(end - at) : BLOCK_SIZE;
        enum status status = source.read(source.context, at, block, size, NULL);
        if (status != STATUS_OK) {
            return status;
        }
        hasher_add(hasher, (struct bytes){block, size});
        at += size;
    }
    hasher_end(hasher, &digest);
    return digest_equal(&digest, &piece->sha256) ? STATUS_OK : STATUS_MISMATCH;
}

static const char *cause_of(enum status status)
{
    return status == STATUS_OK ? NULL : status == STATUS_IO ? unreadable : altered;
}

enum status export_segments_check(struct export_segments *segments, size_t index,
                                  const char **cause, struct error *error)
{
    struct footage_segment segment;
    struct hasher *hasher = NULL;
    enum status status = open_segment(segments, index, &segment, error);
    *cause = segments->cause;
    if (status != STATUS_OK) {
        return status == STATUS_NO_MEMORY ? status : STATUS_OK;
    }
    uint8_t *block = malloc(BLOCK_SIZE);
    status = block != NULL ? hasher_new(DIGEST_SHA256, &hasher, error) : STATUS_NO_MEMORY;
    for (size_t i = 0; status == STATUS_OK && i < piece_list_count(segments->pieces); i++) {
        status = check_piece(&segment, piece_list_at(segments->pieces, i), hasher, block);
    }
    bool failed = block == NULL || hasher == NULL;
    close_segment(segments, &segment);
    hasher_free(hasher);
    free(block);
    if (failed) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to look through a segment");
    }
    *cause = cause_of(status);
    return STATUS_OK;
}
