#include "camera/source.h"

enum status source_open(const struct source_operations *operations,
                        const struct source_settings *settings, struct source **source,
                        enum gap_cause *cause, struct error *error)
{
    enum status status = operations->open(settings, source, cause, error);
    if (status == STATUS_OK) {
        (*source)->operations = operations;
    }
    return status;
}

enum status source_next(struct source *source, struct access_unit *unit, enum gap_cause *cause,
                        struct error *error)
{
    return source->operations->next(source, unit, cause, error);
}

const struct source_facts *source_facts(const struct source *source)
{
    return source->operations->facts(source);
}

bool source_camera_clock(const struct source *source, int64_t *media_time, int64_t *camera_utc_ns)
{
    return source->operations->camera_clock(source, media_time, camera_utc_ns);
}

uint64_t source_take_dropped(struct source *source)
{
    return source->operations->take_dropped(source);
}

void source_close(struct source *source)
{
    if (source != NULL) {
        source->operations->close(source);
    }
}
