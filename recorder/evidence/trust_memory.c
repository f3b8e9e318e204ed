#include "evidence/trust_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define FOLDER          "sealroom"
#define NAME            "sealroom/trusted"
#define MEMORY_SIZE_MAX 65536u

bool trust_memory_has(struct bytes memory, const char *fingerprint)
{
    size_t size = strlen(fingerprint);
    while (memory.size > size && size > 0) {
        if (memcmp(memory.data, fingerprint, size) == 0 && memory.data[size] == '\n') {
            return true;
        }
        const uint8_t *end = memchr(memory.data, '\n', memory.size);
        size_t line = end != NULL ? (size_t)(end - memory.data) + 1 : memory.size;
        memory.data += line;
        memory.size -= line;
    }
    return false;
}

/* The folder of settings; -1 if there is none. */
static int open_home(bool make)
{
    char path[PATH_MAX];
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config != NULL && config[0] == '/') {
        if (make && directory_make(AT_FDCWD, config, 0700, NULL) != STATUS_OK) {
            return -1;
        }
        return open(config, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (home == NULL || home[0] != '/') {
        return -1;
    }
    AUTO_CLOSE int folder = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (make && folder >= 0 && directory_make(folder, ".config", 0700, NULL) != STATUS_OK) {
        return -1;
    }
    int size = snprintf(path, sizeof(path), "%s/.config", home);
    return size > 0 && (size_t)size < sizeof(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                                   : -1;
}

void trust_memory_read(struct buffer *memory)
{
    AUTO_CLOSE int home = open_home(false);
    buffer_clear(memory);
    if (home < 0 || file_read(home, NAME, MEMORY_SIZE_MAX, memory, NULL) != STATUS_OK) {
        buffer_clear(memory);
    }
}

enum status trust_memory_add(const char *fingerprint, struct error *error)
{
    struct buffer memory = {0};
    AUTO_CLOSE int home = open_home(true);
    if (home < 0) {
        return error_set_errno(error, STATUS_IO, errno, "there is no folder for settings");
    }
    trust_memory_read(&memory);
    enum status status = STATUS_OK;
    if (!trust_memory_has(buffer_bytes(&memory), fingerprint)) {
        status = buffer_append_format(&memory, "%s\n", fingerprint);
        if (status == STATUS_OK) {
            status = directory_make(home, FOLDER, 0700, error);
        }
        if (status == STATUS_OK) {
            status = file_replace(home, NAME, buffer_bytes(&memory), 0600, error);
        }
    }
    buffer_release(&memory);
    return status;
}
