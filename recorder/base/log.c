#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static enum log_level level_now = LOG_LEVEL_INFO;
static const char *program_now = "sealroom";
static bool is_plain;

#define LINE_SIZE 1024

void log_set_level(enum log_level level)
{
    level_now = level;
}

void log_set_program(const char *program)
{
    program_now = program;
}

void log_set_plain(void)
{
    is_plain = true;
}

/* One write(2) a line, so that lines of several processes do not run into one another; what a
 * device sent cannot start a line of its own. */
__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
                                                           va_list arguments)
{
    if (level > level_now) {
        return;
    }
    char line[LINE_SIZE];
    int start = is_plain || isatty(STDERR_FILENO) == 1
                    ? snprintf(line, sizeof line, "%s: ", program_now)
                    : snprintf(line, sizeof line, "<%d>%s: ", (int)level, program_now);
    if (start < 0 || (size_t)start >= sizeof line - 1) {
        return;
    }
    size_t room = sizeof line - 1 - (size_t)start;
    int length = vsnprintf(line + start, room, format, arguments);
    if (length < 0) {
        return;
    }
    size_t end = (size_t)start + ((size_t)length < room ? (size_t)length : room - 1);
    for (size_t i = (size_t)start; i < end; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = ' ';
        }
    }
    line[end] = '\n';
    /* Nobody is left to tell if this fails. */
    ssize_t written = write(STDERR_FILENO, line, end + 1);
    (void)written;
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        log_line(level, format, arguments);                                                        \
        va_end(arguments);                                                                         \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
