#include "fault_vfs.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Test code: the one armed fault of the process. */
static struct {
    enum fault_kind kind;
    unsigned nth;
    unsigned calls;
    unsigned keep;
    bool forever;
    bool fired;
} armed;

/* What undoes one write: the bytes it replaced, and the size before it. */
struct undo {
    struct undo *older;
    sqlite3_int64 at;
    sqlite3_int64 size_before;
    int size; /* bytes there were below the write */
    uint8_t bytes[];
};

static sqlite3_vfs shim;
static sqlite3_vfs *real;

struct shim_file {
    sqlite3_file base;
    sqlite3_file *inner; /* behind this struct in the same allocation */
    struct shim_file *next;
    struct undo *unsynced; /* newest first */
    unsigned unsynced_count;
};

static struct shim_file *open_files;

static sqlite3_file *inner_of(sqlite3_file *file)
{
    return ((struct shim_file *)file)->inner;
}

static void forget(struct shim_file *file)
{
    while (file->unsynced != NULL) {
        struct undo *undo = file->unsynced;
        file->unsynced = undo->older;
        free(undo);
    }
    file->unsynced_count = 0;
}

/* Before a write or truncation that touches `size` bytes at `at`. */
static void remember(struct shim_file *file, int size, sqlite3_int64 at)
{
    sqlite3_file *inner = file->inner;
    struct undo *undo = malloc(sizeof *undo + (size_t)size);
    if (armed.kind != FAULT_POWER || undo == NULL) {
        free(undo);
        return;
    }
    *undo = (struct undo){.older = file->unsynced, .at = at};
    (void)inner->pMethods->xFileSize(inner, &undo->size_before);
    sqlite3_int64 below = undo->size_before - at;
    undo->size = below < 0 ? 0 : below < size ? (int)below : size;
    (void)inner->pMethods->xRead(inner, undo->bytes, undo->size, at);
    file->unsynced = undo;
    file->unsynced_count++;
}

static void cut_power(void)
{
    for (struct shim_file *file = open_files; file != NULL; file = file->next) {
        sqlite3_file *inner = file->inner;
        unsigned stay = file->unsynced_count * armed.keep / 256;
        for (const struct undo *undo = file->unsynced; undo != NULL && file->unsynced_count > stay;
             undo = undo->older, file->unsynced_count--) {
            (void)inner->pMethods->xWrite(inner, undo->bytes, undo->size, undo->at);
            (void)inner->pMethods->xTruncate(inner, undo->size_before);
        }
    }
    _exit(42);
}

static bool strikes(void)
{
    if (armed.kind == FAULT_NONE) {
        return false;
    }
    armed.calls++;
    bool now = armed.calls == armed.nth || (armed.forever && armed.calls > armed.nth);
    armed.fired = armed.fired || now;
    if (now && armed.kind == FAULT_POWER) {
        cut_power();
    }
    return now;
}

static int shim_close(sqlite3_file *file)
{
    struct shim_file *own = (struct shim_file *)file;
    for (struct shim_file **at = &open_files; *at != NULL; at = &(*at)->next) {
        if (*at == own) {
            *at = own->next;
            break;
        }
    }
    forget(own);
    return inner_of(file)->pMethods->xClose(inner_of(file));
}

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
    return inner_of(file)->pMethods->xRead(inner_of(file), data, size, at);
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    sqlite3_file *inner = inner_of(file);
    if (!strikes()) {
        remember((struct shim_file *)file, size, at);
        return inner->pMethods->xWrite(inner, data, size, at);
    }
    if (armed.kind == FAULT_EIO_DONE) {
        (void)inner->pMethods->xWrite(inner, data, size, at);
    }
    if (armed.kind == FAULT_SHORT) {
        (void)inner->pMethods->xWrite(inner, data, size / 2, at);
    }
    return armed.kind == FAULT_ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (strikes()) {
        return SQLITE_IOERR_TRUNCATE;
    }
    sqlite3_int64 before = 0;
    (void)inner_of(file)->pMethods->xFileSize(inner_of(file), &before);
    remember((struct shim_file *)file, before > size ? (int)(before - size) : 0, size);
    return inner_of(file)->pMethods->xTruncate(inner_of(file), size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *inner = inner_of(file);
    if (!strikes()) {
        forget((struct shim_file *)file);
        return inner->pMethods->xSync(inner, flags);
    }
    if (armed.kind == FAULT_EIO_DONE) {
        (void)inner->pMethods->xSync(inner, flags);
    }
    return SQLITE_IOERR_FSYNC;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return inner_of(file)->pMethods->xFileSize(inner_of(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return inner_of(file)->pMethods->xLock(inner_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return inner_of(file)->pMethods->xUnlock(inner_of(file), level);
}

static int shim_check_lock(sqlite3_file *file, int *held)
{
    return inner_of(file)->pMethods->xCheckReservedLock(inner_of(file), held);
}

static int shim_control(sqlite3_file *file, int operation, void *argument)
{
    return inner_of(file)->pMethods->xFileControl(inner_of(file), operation, argument);
}

static int shim_sector(sqlite3_file *file)
{
    return inner_of(file)->pMethods->xSectorSize(inner_of(file));
}

static int shim_traits(sqlite3_file *file)
{
    return inner_of(file)->pMethods->xDeviceCharacteristics(inner_of(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return inner_of(file)->pMethods->xShmMap(inner_of(file), page, size, extend, memory);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return inner_of(file)->pMethods->xShmLock(inner_of(file), offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    inner_of(file)->pMethods->xShmBarrier(inner_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int delete)
{
    return inner_of(file)->pMethods->xShmUnmap(inner_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    (void)vfs;
    struct shim_file *own = (struct shim_file *)file;
    own->inner = (sqlite3_file *)(own + 1);
    own->unsynced = NULL;
    own->unsynced_count = 0;
    int code = real->xOpen(real, name, own->inner, flags, out_flags);
    if (code == SQLITE_OK) {
        own->next = open_files;
        open_files = own;
    }
    file->pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

void fault_vfs_install(void)
{
    real = sqlite3_vfs_find(NULL);
    shim = *real;
    shim.zName = "fault";
    shim.szOsFile = (int)sizeof(struct shim_file) + real->szOsFile;
    shim.xOpen = shim_open;
    shim.pNext = NULL;
    (void)sqlite3_vfs_register(&shim, 1);
}

void fault_vfs_arm(enum fault_kind kind, unsigned nth, bool forever)
{
    memset(&armed, 0, sizeof armed);
    armed.kind = kind;
    armed.nth = nth;
    armed.forever = forever;
}

void fault_vfs_keep(unsigned parts)
{
    armed.keep = parts;
}

unsigned fault_vfs_calls(void)
{
    return armed.calls;
}

bool fault_vfs_fired(void)
{
    return armed.fired;
}
