#include "keeper/camera.h"

#include <stdio.h>
#include <stdlib.h>

enum status camera_new(const struct message_camera_settings *settings, struct camera **camera,
                       struct error *error)
{
    struct camera *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for camera %s", settings->camera);
    message_text(made->id, sizeof made->id, settings->camera);
    message_text(made->name, sizeof made->name, settings->name);
    (void)snprintf(made->source, sizeof made->source, "camera/%s", made->id);
    made->share_percent = settings->share_percent;
    made->may_begin = true;
    made->notes = CAMERA_NOTES_MAX;
    coverage_init(&made->coverage);
    *camera = made;
    return STATUS_OK;
}

bool camera_may_note(struct camera *camera, int64_t now_monotonic_ns)
{
    int64_t more = (now_monotonic_ns - camera->notes_since_ns) / NS_PER_SECOND;
    if (more > 0) {
        bool fills = more >= CAMERA_NOTES_MAX - camera->notes;
        camera->notes = fills ? CAMERA_NOTES_MAX : camera->notes + (uint32_t)more;
        camera->notes_since_ns = now_monotonic_ns;
    }
    if (camera->notes == 0)
        return false;
    camera->notes--;
    return true;
}

struct moment camera_segment_end(const struct segment *segment)
{
    const struct segment_record *known = segment_known(segment);
    struct moment end = {.utc_ns = known->end_utc_ns};
    if (end.utc_ns < known->start_utc_ns)
        end.utc_ns = known->start_utc_ns;
    if (known->start_monotonic_ns != 0)
        end.monotonic_ns = known->start_monotonic_ns + (end.utc_ns - known->start_utc_ns);
    return end;
}

void camera_free(struct camera *camera)
{
    recovery_free(camera->recovery);
    segment_free(camera->grant);
    segment_free(camera->open);
    free(camera);
}
