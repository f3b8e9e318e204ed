#include "firmware/config/camera_password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define FILE_LIMIT 1024

/* One line of clean text, without its end. NULL, or what would be right. */
static const char *take_line(struct bytes line, char password[NAME_SIZE])
{
    if (line.size > 0 && line.data[line.size - 1] == '\n')
        line.size--;
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    if (line.size == 0)
        return "it is empty: the password stands on its first line";
    if (line.size >= NAME_SIZE)
        return "it is too long: one line of at most 96 bytes";
    if (!utf8_is_clean(line, false))
        return "it is not one line of UTF-8 text";
    memcpy(password, line.data, line.size);
    password[line.size] = '\0';
    return NULL;
}

enum status camera_password_read(const char *file, char password[NAME_SIZE], struct error *error)
{
    struct stat found;
    struct buffer line = {0};

    password[0] = '\0';
    if (stat(file, &found) != 0 || access(file, R_OK) != 0)
        return error_set(error, STATUS_NOT_FOUND, "%s cannot be read: %s%s", file, strerror(errno),
                         errno == EACCES ? " (check as root, which sealroomd reads it as)"
                                         : "; put the password there, on one line (mode 0600)");
    if ((found.st_mode & 077) != 0)
        return error_set(error, STATUS_REFUSED,
                         "others can read the password in %s (mode %04o): chmod 0600 %s", file,
                         found.st_mode & 07777u, file);
    enum status status = file_read(AT_FDCWD, file, FILE_LIMIT, &line, error);
    if (status == STATUS_OK) {
        const char *wrong = take_line(buffer_bytes(&line), password);
        if (wrong != NULL)
            status = error_set(error, STATUS_INVALID, "%s: %s", file, wrong);
    }
    if (line.data != NULL)
        explicit_bzero(line.data, line.size);
    buffer_release(&line);
    return status;
}
