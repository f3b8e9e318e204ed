#include "evidence/check_times.h"

#include <stdlib.h>
#include <string.h>

#define FRONT_SIZE ((size_t)256 * 1024) /* FORMAT.md, "Clips" */
#define MOSTLY     ((size_t)4 * 1024)

enum status check_times_track(const struct zip_reader *zip, const struct zip_member *clip,
                              uint64_t offset, uint64_t size, struct box_track *track,
                              struct error *error)
{
    size_t front_size = size < FRONT_SIZE ? (size_t)size : FRONT_SIZE;
    *track = (struct box_track){0};
    uint8_t *front = malloc(front_size);
    if (front == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
    }
    enum status status = zip_reader_read(zip, clip, offset, front, front_size, error);
    if (status == STATUS_OK &&
        box_parse_init((struct bytes){front, front_size}, track, NULL) != STATUS_OK) {
        *track = (struct box_track){0};
    }
    free(front);
    /* one that does not lie in the clip is refused where its place is judged */
    return status == STATUS_INVALID ? STATUS_OK : status;
}

enum status check_times_read(const struct zip_reader *zip, struct stretch_job *job, uint8_t *room,
                             size_t size)
{
    if (job->kind != PIECE_FRAGMENT || job->track.timescale == 0) {
        return STATUS_OK;
    }
    /* mostly all that is looked for stands in the first few bytes */
    const size_t sizes[] = {MOSTLY, size};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < 2 && status == STATUS_OK && !job->has_media; i++) {
        size_t front_size = job->size < sizes[i] ? job->size : sizes[i];
        status = zip_reader_read(zip, job->member, job->offset, room, front_size, NULL);
        job->has_media = status == STATUS_OK &&
                         box_parse_fragment((struct bytes){room, front_size}, &job->track,
                                            &job->media, NULL) == STATUS_OK &&
                         job->media.frames > 0;
    }
    return status;
}

/* Units of a timescale in nanoseconds, up to a century, which no camera runs for. */
static int64_t ns_of(uint64_t units, uint32_t timescale)
{
    const uint64_t limit = UINT64_C(100) * 366 * 86400;
    uint64_t seconds = units / timescale;
    if (seconds > limit) {
        return (int64_t)limit * NS_PER_SECOND;
    }
    return (int64_t)seconds * NS_PER_SECOND +
           (int64_t)(units % timescale * (uint64_t)NS_PER_SECOND / timescale);
}

/* Give or take a thousandth of the distance too: clocks are slewed, by no more. */
static bool is_near(int64_t stated, int64_t held, int64_t distance)
{
    int64_t apart = 0;
    int64_t room = CHECK_TOLERANCE_NS + distance / 1000;
    return !__builtin_sub_overflow(stated, held, &apart) && apart <= room && apart >= -room;
}

/* By the segment's record: where it begins and ends. */
static bool fits_record(const struct shown_segment *segment, const struct stretch_job *job)
{
    int64_t end = job->start_utc_ns + job->duration_ns; /* fits: that was judged */
    return (job->index != 1 || is_near(job->start_utc_ns, segment->start_utc_ns, 0)) &&
           (job->index + 1 != segment->pieces || is_near(end, segment->end_utc_ns, 0));
}

/* By the fragment itself: how long it is, and how far from the first that is shown. The last piece
 * lasts until the segment ends, which may be later than its last picture by as much as pictures are
 * reordered. */
static bool fits_media(struct media_start *first, const struct shown_segment *segment,
                       const struct stretch_job *job)
{
    int64_t duration = ns_of(job->media.duration, job->track.timescale);
    if (!first->is_known || first->record != job->record) {
        *first = (struct media_start){true, job->record, job->media.decode_time, job->start_utc_ns};
    }
    if (job->media.decode_time < first->time) {
        return false; /* they grow through a segment */
    }
    int64_t way = 0;
    int64_t distance = ns_of(job->media.decode_time - first->time, job->track.timescale);
    return (job->index + 1 == segment->pieces || is_near(job->duration_ns, duration, duration)) &&
           !__builtin_sub_overflow(job->start_utc_ns, first->utc_ns, &way) &&
           is_near(way, distance, distance);
}

void check_times_judge(struct check *check, const struct stretch_job *job)
{
    const struct shown_segment *segment = check_segment(check, job->record);
    if (job->kind != PIECE_FRAGMENT || segment == NULL) {
        return;
    }
    bool fits = !job->has_media ||
                fits_media(&check->media, segment, job); /* the first one is remembered */
    if (fits && fits_record(segment, job)) {
        return;
    }
    struct finding finding = check_finding(check, FAULT_VIDEO_MISTIMED, job->member->name);
    finding_set_record(&finding, job->record);
    finding_set_bytes(&finding, job->offset, (uint64_t)job->offset + job->size);
    finding.from_utc_ns = job->start_utc_ns;
    finding.to_utc_ns = job->start_utc_ns + job->duration_ns;
    memcpy(finding.subject, check->sources[segment->source].name, sizeof(finding.subject));
    check_add(check, &finding);
}
