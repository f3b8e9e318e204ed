/*
 * Stands in for libFuzzer's main where a target is only held to its seeds: gives it every file of
 * the folder that is named, once. A crash, a sanitizer or a MUST ends the program.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define SEED_SIZE_MAX 65536u /* as tests/fuzz/run limits what libFuzzer tries */

/* A target may have one. */
int LLVMFuzzerInitialize(int *count, char ***arguments) __attribute__((weak));

static int hold(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *seed = malloc(SEED_SIZE_MAX);
    size_t size = seed == NULL ? 0 : fread(seed, 1, SEED_SIZE_MAX, file);
    (void)fclose(file);
    /* To its size, so that a byte too far is seen. */
    uint8_t *exact = size == 0 ? NULL : malloc(size);
    if (exact != NULL) {
        memcpy(exact, seed, size);
        (void)fprintf(stderr, "%s\n", path);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(seed);
    return exact == NULL;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    if (LLVMFuzzerInitialize != NULL) {
        (void)LLVMFuzzerInitialize(&count, &arguments);
    }
    int failed = 0;
    size_t seeds = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            failed |= hold(arguments[1], entry->d_name);
            seeds++;
        }
    }
    (void)closedir(folder);
    if (seeds == 0) {
        (void)fprintf(stderr, "%s holds no seeds\n", arguments[1]);
    }
    return failed != 0 || seeds == 0;
}
