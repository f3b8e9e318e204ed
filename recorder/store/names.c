#include "store/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    names->count = 0;
    names->next = 0;
}

static enum status names_add(struct names *names, const char *name)
{
    char *copy = NULL;

    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        char **items = realloc(names->items, capacity * sizeof(*items));

        if (!items)
            return STATUS_NO_MEMORY;
        names->items = items;
        names->capacity = capacity;
    }
    copy = strdup(name);
    if (!copy)
        return STATUS_NO_MEMORY;
    names->items[names->count] = copy;
    names->count++;
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status names_read(struct names *names, int at, const char *folder, struct error *error)
{
    AUTO_CLOSE int descriptor = strcmp(folder, ".") == 0
                                    ? openat(at, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                    : file_open_below(at, folder, O_RDONLY | O_DIRECTORY);
    DIR *entries = NULL;
    enum status status = STATUS_OK;
    struct dirent *entry = NULL;

    names_clear(names);
    if (descriptor < 0 && errno == ENOENT)
        return STATUS_OK;
    entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!entries)
        return error_set_errno(error, STATUS_IO, errno, "cannot read the folder %s", folder);
    file_steal(&descriptor);
    errno = 0;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = names_add(names, entry->d_name);
        errno = 0;
    }
    if (status != STATUS_OK)
        error_set(error, status, "no memory for the names in %s", folder);
    else if (errno != 0)
        status = error_set_errno(error, STATUS_IO, errno, "cannot read the folder %s", folder);
    closedir(entries);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    return status;
}

void names_release(struct names *names)
{
    names_clear(names);
    free(names->items);
    *names = (struct names){0};
}
