#include "door/shape.h"

const struct shape *shape_of(enum profile_shape shape)
{
    return shape == PROFILE_LEVEL ? &shape_level : &shape_cursor;
}
