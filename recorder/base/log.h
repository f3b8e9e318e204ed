/*
 * One line a message on standard error, with the "<N>" priority prefix of sd-daemon(3) when
 * standard error is not a terminal. Never log a password, a key, or a URL with credentials.
 */
#ifndef SEALROOM_BASE_LOG_H
#define SEALROOM_BASE_LOG_H

#include "base/status.h"

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* The only mutable state at file scope in the project. Default: info. */
void log_set_level(enum log_level level);
/* The program's name, shown before each line; borrowed, must live as long as the process. */
void log_set_program(const char *program);
/* What is said is for people, wherever it goes: without the journal's priority before a line. */
void log_set_plain(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
