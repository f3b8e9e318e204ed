#include "evidence/allocation.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#define COULD_NOT_RUN 2

/* Nothing here may need memory. */
static void *checked(void *data, size_t size)
{
    static const char text[] = "sealroom-verify: no memory\n";
    if (data == NULL && size > 0) {
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(COULD_NOT_RUN);
    }
    return data;
}

static void *allocate(size_t size)
{
    return checked(malloc(size), size);
}

static void *allocate_for_openssl(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return allocate(size);
}

static void *reallocate_for_openssl(void *data, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return checked(realloc(data, size), size);
}

static void free_for_openssl(void *data, const char *file, int line)
{
    (void)file;
    (void)line;
    free(data);
}

void allocation_or_exit(void)
{
    json_set_alloc_funcs(allocate, free);
    (void)CRYPTO_set_mem_functions(allocate_for_openssl, reallocate_for_openssl, free_for_openssl);
}
