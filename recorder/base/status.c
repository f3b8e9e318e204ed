#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
    [STATUS_OK] = "ok",
    [STATUS_AGAIN] = "again",
    [STATUS_END] = "end",
    [STATUS_INVALID] = "invalid",
    [STATUS_MISMATCH] = "mismatch",
    [STATUS_NOT_FOUND] = "not_found",
    [STATUS_EXISTS] = "exists",
    [STATUS_REFUSED] = "refused",
    [STATUS_UNSUPPORTED] = "unsupported",
    [STATUS_FULL] = "full",
    [STATUS_TIMEOUT] = "timeout",
    [STATUS_IO] = "io",
    [STATUS_UNCERTAIN] = "uncertain",
    [STATUS_NO_MEMORY] = "no_memory",
};

#undef error_set
#undef error_set_errno

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    if (error == NULL) {
        return status;
    }
    error->status = status;
    error->errno_value = 0;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

enum status error_set_errno(struct error *error, enum status status, int errno_value,
                            const char *format, ...)
{
    if (error == NULL) {
        return status;
    }
    error->status = status;
    error->errno_value = errno_value;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    size_t length = strlen(error->text);
    /* strerrordesc_np, unlike strerror, shares no buffer between threads. */
    const char *description = strerrordesc_np(errno_value);
    (void)snprintf(error->text + length, sizeof error->text - length, ": %s",
                   description != NULL ? description : "unknown error");
    return status;
}

const char *status_name(enum status status)
{
    size_t index = (size_t)status;
    if (index >= sizeof status_names / sizeof status_names[0]) {
        return "unknown";
    }
    return status_names[index];
}
