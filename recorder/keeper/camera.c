#include "keeper/camera.h"

#include <stdio.h>
#include <stdlib.h>

/* Each of its process's reports may be a record; one that reports without end is not followed for
 * ever. */
#define NOTES_MAX 60u

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
    made->notes = allowance_of(NOTES_MAX, NS_PER_SECOND);
    coverage_init(&made->coverage);
    *camera = made;
    return STATUS_OK;
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
