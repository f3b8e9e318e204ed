/* The file of a package that is taken away through a browser: on the volume of the video, whose
 * room is looked after, and without a name. The console reads it; only the exporter writes it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "keeper/accounts.h"
#include "keeper/exports_parts.h"

/* The same file, for reading only. */
static int open_for_reading(int file)
{
    char path[sizeof "/proc/self/fd/" + 11];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static enum status open_spool(struct exports *exports, int *reading, struct error *error)
{
    AUTO_CLOSE int made =
        openat(exports->keeper->identity.video, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    *reading = made >= 0 ? open_for_reading(made) : -1;
    if (*reading < 0)
        return error_set_errno(error, STATUS_IO, errno,
                               "the video folder has no room for a package");
    file_close(&exports->spool);
    exports->spool = file_steal(&made);
    return STATUS_OK;
}

void exports_give_spool(struct exports *exports, struct peer *asker, const struct letter *letter)
{
    struct message_export_spool spool = {.reference = letter->sequence};
    struct operator_peer operator;
    struct error error = {0};
    AUTO_CLOSE int reading = -1;
    enum status status =
        accounts_may(exports->keeper->accounts, asker, letter->payload->export_spool_ask.session,
                     ACT_EXPORT, &operator, & error);
    if (status == STATUS_OK)
        status = open_spool(exports, &reading, &error);
    if (status == STATUS_OK) {
        exports->spooler = peer_number(asker);
        peer_send(asker, MESSAGE_EXPORT_SPOOL, &spool, reading);
    }
    peer_done(asker, letter->sequence, status, 0, error.text);
}

bool exports_take_spool(struct exports *exports, const struct peer *asker, int *file)
{
    struct stat given;
    struct stat ours;
    if (exports->spool < 0 || exports->spooler != peer_number(asker) || fstat(*file, &given) != 0 ||
        fstat(exports->spool, &ours) != 0 || given.st_dev != ours.st_dev ||
        given.st_ino != ours.st_ino)
        return false;
    file_close(file);
    *file = file_steal(&exports->spool);
    return true;
}
