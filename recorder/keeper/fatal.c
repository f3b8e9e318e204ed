#include "keeper/fatal.h"

#include <unistd.h>

#include "base/log.h"

_Noreturn void fatal(const char *what, const struct error *error)
{
    log_error("%s: %s (%s); the keeper ends and must be started again", what, error->text,
              status_name(error->status));
    _exit(KEEPER_EXIT_AGAIN);
}

_Noreturn void fatal_memory(const char *what)
{
    struct error error;
    (void)error_set(&error, STATUS_NO_MEMORY, "no memory");
    fatal(what, &error);
}
