/*
 * The console's pages: read once, at the start, from one folder, and served from memory. No request
 * opens a file, so none can name one that it should not.
 */
#ifndef SEALROOM_CONSOLE_STATIC_FILES_H
#define SEALROOM_CONSOLE_STATIC_FILES_H

#include "base/bytes.h"

#define STATIC_FILES_MAX 256u
#define STATIC_SIZE_MAX  ((size_t)8 * 1024 * 1024) /* of all together */
#define STATIC_DEPTH_MAX 4u
#define STATIC_ETAG_SIZE 35 /* '"', 32 digits, '"', NUL */

struct static_files;

struct static_file {
    char path[256];   /* "/player/player.js" */
    const char *type; /* as in Content-Type */
    char etag[STATIC_ETAG_SIZE];
    struct buffer content;
};

/* `folder` is borrowed. What begins with a '.' and what has no known type is passed over; links are
 * not followed. */
MUST_CHECK enum status static_files_read(int folder, struct static_files **files,
                                         struct error *error);
/* NULL is allowed. */
void static_files_free(struct static_files *files);
/* "/" is "/index.html". NULL if there is none. */
const struct static_file *static_files_find(const struct static_files *files, const char *path);
size_t static_files_count(const struct static_files *files);
/* Does `etag` stand in an If-None-Match header (RFC 9110, 13.1.2)? The header may be NULL. */
bool static_file_is_known(const struct static_file *file, const char *if_none_match);

#endif
