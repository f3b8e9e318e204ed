#include "camera/access_unit.h"

void access_unit_swap(struct access_unit *a, struct access_unit *b)
{
    struct access_unit kept = *a;
    *a = *b;
    *b = kept;
}

void access_unit_release(struct access_unit *unit)
{
    buffer_release(&unit->sample);
}
