#include "base/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK)

enum status sealed_new(const char *name, struct bytes bytes, int *file, struct error *error)
{
    AUTO_CLOSE int made = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (made < 0) {
        return error_set_errno(error, STATUS_IO, errno, "cannot hand over what is in memory");
    }
    enum status status = file_write_all(made, bytes, error);
    if (status == STATUS_OK && fcntl(made, F_ADD_SEALS, NEEDED | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        status = error_set_errno(error, STATUS_IO, errno, "cannot hand over what is in memory");
    }
    if (status == STATUS_OK) {
        *file = file_steal(&made);
    }
    return status;
}

enum status sealed_read(int file, void *data, size_t limit, size_t *size)
{
    struct stat about;
    int seals = fcntl(file, F_GET_SEALS);
    if (seals < 0 || (seals & NEEDED) != NEEDED || fstat(file, &about) != 0 || about.st_size <= 0 ||
        (size_t)about.st_size > limit) {
        return STATUS_INVALID;
    }
    *size = (size_t)about.st_size;
    return pread(file, data, *size, 0) == (ssize_t)*size ? STATUS_OK : STATUS_INVALID;
}
