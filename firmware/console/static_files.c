#include "firmware/console/static_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "crypto/suite.h"

struct static_files {
    struct static_file *items;
    size_t count;
    size_t capacity;
    size_t size;
};

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(ending, types[i].ending) == 0)
            return types[i].type;
    return NULL;
}

static void write_etag(struct static_file *file)
{
    struct digest digest;
    char text[STATIC_ETAG_SIZE - 2];
    digest_of(DIGEST_SHA256, buffer_bytes(&file->content), &digest);
    hex_encode(text, digest.bytes, DIGEST_BYTES / 2);
    (void)snprintf(file->etag, sizeof file->etag, "\"%s\"", text);
}

static enum status take_file(struct static_files *files, int folder, const char *name,
                             const char *path, struct error *error)
{
    struct static_file *items =
        array_room(files->items, files->count, &files->capacity, sizeof *items);
    if (items == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the pages");
    files->items = items;
    if (files->count == STATIC_FILES_MAX)
        return error_set(error, STATUS_FULL, "the pages are more than %u files", STATIC_FILES_MAX);
    struct static_file *file = &items[files->count];
    memset(file, 0, sizeof *file);
    file->type = type_of(name);
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    enum status status =
        file_read(folder, name, STATIC_SIZE_MAX - files->size, &file->content, error);
    if (status != STATUS_OK) {
        buffer_release(&file->content);
        return status;
    }
    write_etag(file);
    files->size += file->content.size;
    files->count++;
    return STATUS_OK;
}

static enum status take_folder(struct static_files *files, int folder, const char *path,
                               unsigned depth, struct error *error);

static enum status take(struct static_files *files, int folder, const char *name, const char *above,
                        unsigned depth, struct error *error)
{
    char path[256];
    struct stat facts;
    if (name[0] == '.' || fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return STATUS_OK;
    if (snprintf(path, sizeof path, "%s/%s", above, name) >= (int)sizeof path)
        return error_set(error, STATUS_INVALID, "the path of %.100s is too long", name);
    if (S_ISREG(facts.st_mode) && type_of(name) != NULL)
        return take_file(files, folder, name, path, error);
    if (!S_ISDIR(facts.st_mode) || depth == STATIC_DEPTH_MAX)
        return STATUS_OK;
    AUTO_CLOSE int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0)
        return error_set_errno(error, STATUS_IO, errno, "%.100s cannot be read", path);
    return take_folder(files, below, path, depth + 1, error);
}

static enum status take_folder(struct static_files *files, int folder, const char *path,
                               unsigned depth, struct error *error)
{
    enum status status = STATUS_OK;
    AUTO_CLOSE int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = own < 0 ? NULL : fdopendir(own);
    if (list == NULL)
        return error_set_errno(error, STATUS_IO, errno, "the folder of pages cannot be read");
    (void)file_steal(&own);
    for (struct dirent *each; status == STATUS_OK && (each = readdir(list)) != NULL;)
        status = take(files, folder, each->d_name, path, depth, error);
    (void)closedir(list);
    return status;
}

enum status static_files_read(int folder, struct static_files **result, struct error *error)
{
    struct static_files *files = calloc(1, sizeof *files);
    if (files == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the pages");
    enum status status = take_folder(files, folder, "", 0, error);
    if (status != STATUS_OK) {
        static_files_free(files);
        return status;
    }
    *result = files;
    return STATUS_OK;
}

void static_files_free(struct static_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++)
        buffer_release(&files->items[i].content);
    free(files->items);
    free(files);
}

const struct static_file *static_files_find(const struct static_files *files, const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, wanted) == 0)
            return &files->items[i];
    return NULL;
}

size_t static_files_count(const struct static_files *files)
{
    return files->count;
}

bool static_file_is_known(const struct static_file *file, const char *if_none_match)
{
    return if_none_match != NULL && strstr(if_none_match, file->etag) != NULL;
}
