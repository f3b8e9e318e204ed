/*
 * How a function says that it failed.
 *
 * A function that can fail returns `enum status`, 0 being success, and takes an optional
 * `struct error *` as its last argument. The status is for the program to branch on; the error's
 * sentence is for a person to act on and names the place (file, line, peer, record).
 */
#ifndef SEALROOM_BASE_STATUS_H
#define SEALROOM_BASE_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_AGAIN,       /* nothing to do yet; not an error */
    STATUS_END,         /* the other side is done, or the data ended in order */
    STATUS_INVALID,     /* malformed input: file, message, stream, configuration */
    STATUS_MISMATCH,    /* well-formed, but a digest, signature or root does not fit */
    STATUS_NOT_FOUND,   /* what was asked for does not exist */
    STATUS_EXISTS,      /* what was to be made is already there */
    STATUS_REFUSED,     /* a rule forbids it */
    STATUS_UNSUPPORTED, /* understood, but this build or device cannot */
    STATUS_FULL,        /* no space, or a bounded queue or table is full */
    STATUS_TIMEOUT,     /* a deadline passed */
    STATUS_IO,          /* the system failed an operation; errno_value says how */
    STATUS_UNCERTAIN,   /* a write's outcome is unknown: stop, reopen, rebuild from disk */
    STATUS_NO_MEMORY,
};

#define ERROR_TEXT_SIZE 256

struct error {
    enum status status;
    int errno_value; /* 0 where errno has no part in it */
    char text[ERROR_TEXT_SIZE];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Fills *error (which may be NULL) with one sentence and returns `status`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like error_set, and appends ": <strerror(errno_value)>". */
enum status error_set_errno(struct error *error, enum status status, int errno_value,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

#ifdef __clang_analyzer__
/* The static analyser does not look into other files; it is shown here what is returned. */
#define error_set(error, status, ...) ((void)error_set(error, status, __VA_ARGS__), (status))
#define error_set_errno(error, status, ...)                                                        \
    ((void)error_set_errno(error, status, __VA_ARGS__), (status))
#endif

/* A short, stable, lower-case name: "mismatch". Never NULL. */
const char *status_name(enum status status);

#endif
