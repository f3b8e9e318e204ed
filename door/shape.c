#include "door/shape.h"

const struct shape *shape_of(enum profile_shape shape)
{
    static const struct shape *const shapes[] = {
        [PROFILE_CURSOR] = &shape_cursor,
        [PROFILE_LATCH] = &shape_latch,
        [PROFILE_HISTORY] = &shape_history,
        [PROFILE_LEVEL] = &shape_level,
    };
    return shapes[shape];
}

struct reporter *shape_reporter(const struct shape *shape, void *state)
{
    return (void *)((char *)state + shape->reporter_at);
}

enum status shape_write(const struct watch *watch, const struct profile_writes *writes,
                        uint64_t number, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; at < writes->count && status == STATUS_OK; at++)
        status = bus_write(watch->bus, &writes->items[at], number, error);
    return status;
}

enum status shape_write_once(const struct watch *watch, const struct profile_writes *writes,
                             uint64_t number, struct error *error)
{
    enum status status = shape_write(watch, writes, number, error);
    return status == STATUS_REFUSED && !bus_refused(watch->bus) ? STATUS_INVALID : status;
}

bool shape_is_idle(const struct watch *watch)
{
    return link_is_idle(watch->link);
}
