#include "evidence/export_cameras.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "evidence/report.h"
#include "evidence/still.h"

static const char prefix[] = "camera/";

void export_cameras_release(struct export_cameras *cameras)
{
    for (size_t i = 0; i < cameras->count; i++) {
        clip_plan_free(cameras->list[i].plan);
        export_segments_free(cameras->list[i].segments);
    }
    *cameras = (struct export_cameras){.count = 0};
}

static enum status open_camera(const struct export_ground *ground, uint32_t source,
                               const struct export_absents *absents, struct export_camera *camera,
                               struct error *error)
{
    size_t count = 0;
    const struct selected_segment *segments = selection_segments(ground->selection, &count);
    export_segments_free(camera->segments);
    return export_segments_new(ground->view, ground->video, segments, count, source, absents,
                               &camera->segments, error);
}

/* Looks through all of them; those that are no use are absent. */
static enum status look_through(struct export_camera *camera,
                                enum status (*looked)(void *context, struct error *error),
                                void *context, struct export_absents *absents, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < export_segments_footage(camera->segments)->count; i++) {
        const char *cause = NULL;
        status = export_segments_check(camera->segments, i, &cause, error);
        if (status == STATUS_OK && cause != NULL) {
            status = export_absents_add(absents, export_segments_record(camera->segments, i), cause,
                                        error);
        }
        if (status == STATUS_OK && looked != NULL) {
            status = looked(context, error);
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    return status;
}

/* Where one cannot be opened, others behind it may be gone as well: found at once, for each that
 * is found by itself has the whole camera planned again. */
static enum status give_up_behind(struct export_camera *camera, size_t index,
                                  struct export_absents *absents, struct error *error)
{
    size_t count = export_segments_footage(camera->segments)->count;
    enum status status = STATUS_OK;
    for (size_t i = index + 1; i < count && status == STATUS_OK; i++) {
        const char *cause = export_segments_opens(camera->segments, i);
        if (cause != NULL) {
            status = export_absents_add(absents, export_segments_record(camera->segments, i), cause,
                                        error);
        }
    }
    return status;
}

/* A segment of which no clip can be planned: why? */
static enum status give_up_segment(struct export_camera *camera, struct export_absents *absents,
                                   const struct error *reason, struct error *error)
{
    size_t index = 0;
    const char *cause = NULL;
    if (!export_segments_last(camera->segments, &index)) {
        return error_set(error, reason->status, "%s", reason->text);
    }
    enum status status = export_segments_check(camera->segments, index, &cause, error);
    if (status != STATUS_OK) {
        return status;
    }
    log_warning("%s", reason->text);
    if (cause == NULL) {
        /* as it was recorded, and of no use: what is in it was never a stream that can be cut */
        return error_set(error, reason->status, "%s", reason->text);
    }
    status =
        export_absents_add(absents, export_segments_record(camera->segments, index), cause, error);
    return status == STATUS_OK ? give_up_behind(camera, index, absents, error) : status;
}

static enum status plan_camera(const struct export_ground *ground, uint32_t source,
                               struct export_absents *absents, struct export_camera *camera,
                               struct error *error)
{
    const struct export_record *request = ground->request;
    enum status status = STATUS_AGAIN;
    while (status == STATUS_AGAIN) {
        struct error reason = {0};
        status = open_camera(ground, source, absents, camera, error);
        if (status != STATUS_OK) {
            break;
        }
        status = clip_plan_new(export_segments_footage(camera->segments), request->from_utc_ns,
                               request->to_utc_ns, &camera->plan, &reason);
        if (status != STATUS_OK) {
            status = give_up_segment(camera, absents, &reason, error);
            status = status == STATUS_OK ? STATUS_AGAIN : status;
        }
    }
    return status;
}

static void add_up(struct export_cameras *cameras, const struct export_camera *camera)
{
    for (size_t i = 0; i < clip_plan_count(camera->plan); i++) {
        const struct clip_stretch *stretch = clip_plan_at(camera->plan, i);
        cameras->clips++;
        cameras->bytes += clip_stretch_bytes_max(stretch);
        cameras->fragments += stretch->fragments;
    }
}

enum status export_cameras_plan(const struct export_ground *ground, bool thoroughly,
                                enum status (*looked)(void *context, struct error *error),
                                void *context, struct export_absents *absents,
                                struct export_cameras *cameras, struct error *error)
{
    enum status status = STATUS_OK;
    *cameras = (struct export_cameras){.count = 0};
    for (uint32_t i = 0; i < ground->request->count && status == STATUS_OK; i++) {
        const char *source = ground->request->sources[i].source;
        struct export_camera *camera = &cameras->list[cameras->count];
        if (strncmp(source, prefix, sizeof prefix - 1) != 0) {
            continue;
        }
        cameras->count++;
        message_text(camera->id, sizeof camera->id, source + sizeof prefix - 1);
        if (thoroughly) {
            status = open_camera(ground, i, absents, camera, error);
            if (status == STATUS_OK) {
                status = look_through(camera, looked, context, absents, error);
            }
        }
        if (status == STATUS_OK) {
            status = plan_camera(ground, i, absents, camera, error);
        }
        if (status == STATUS_OK) {
            add_up(cameras, camera);
        }
    }
    return status;
}

/* ---- stills ---- */

static enum status still_of(const struct export_segments *segments, size_t index, int picture,
                            int64_t at_utc_ns, struct buffer *jpeg, int64_t *taken_utc_ns,
                            struct error *error)
{
    static const struct still_wish wish = {.width_max = REPORT_STILL_WIDTH, .quality = 70};
    const struct footage *footage = export_segments_footage(segments);
    struct footage_segment segment;
    enum status status = footage->open(footage->context, index, &segment, error);
    if (status != STATUS_OK) {
        /* it is the disk that fails, not sealroom-picture */
        return status == STATUS_IO ? STATUS_NOT_FOUND : status;
    }
    status = still_of_segment(picture, &segment, at_utc_ns, &wish, jpeg, taken_utc_ns, error);
    footage->close(footage->context, &segment);
    return status;
}

enum status export_cameras_still(const struct export_cameras *cameras, int picture, uint64_t record,
                                 int64_t at_utc_ns, struct buffer *jpeg, int64_t *taken_utc_ns,
                                 struct error *error)
{
    for (size_t i = 0; i < cameras->count; i++) {
        const struct export_segments *segments = cameras->list[i].segments;
        for (size_t j = 0; j < export_segments_footage(segments)->count; j++) {
            if (export_segments_record(segments, j) == record) {
                return still_of(segments, j, picture, at_utc_ns, jpeg, taken_utc_ns, error);
            }
        }
    }
    return error_set(error, STATUS_NOT_FOUND, "its segment is not there");
}
