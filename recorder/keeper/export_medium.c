#include "keeper/export_medium.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/message.h"

/* A disk says it, a partition's disk one level up. */
static bool is_removable(dev_t device)
{
    static const char *const forms[] = {"/sys/dev/block/%u:%u/removable",
                                        "/sys/dev/block/%u:%u/../removable"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, i == 0 ? forms[0] : forms[1], major(device),
                       minor(device));
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        int said = fgetc(file);
        (void)fclose(file);
        if (said == '1')
            return true;
    }
    return false;
}

/* A line of mountinfo (proc(5)): id, parent, device, root, place, options, fields up to a "-",
 * type, source. */
static bool describe(char *line, dev_t device, char medium[DETAIL_SIZE])
{
    char *words[6];
    char *rest = NULL;
    char wanted[32];
    char text[2 * DETAIL_SIZE];
    size_t count = 0;
    for (char *word = strtok_r(line, " ", &rest); word != NULL && count < 6;
         word = count < 6 ? strtok_r(NULL, " ", &rest) : NULL)
        words[count++] = word;
    (void)snprintf(wanted, sizeof wanted, "%u:%u", major(device), minor(device));
    char *after = count == 6 && rest != NULL ? strstr(rest, "- ") : NULL;
    if (after == NULL || strcmp(words[2], wanted) != 0)
        return false;
    const char *type = strtok_r(after + 2, " ", &rest);
    const char *source = strtok_r(NULL, " ", &rest);
    if (type == NULL || source == NULL)
        return false;
    (void)snprintf(text, sizeof text, "%.32s on %.120s (%.60s)%s", type, words[4], source,
                   is_removable(device) ? ", removable" : "");
    message_text(medium, DETAIL_SIZE, text);
    return true;
}

void export_medium_of(int output, char medium[DETAIL_SIZE])
{
    struct stat about;
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    medium[0] = '\0';
    if (file == NULL)
        return;
    bool is_found = fstat(output, &about) != 0;
    while (!is_found && getline(&line, &size, file) > 0)
        is_found = describe(line, about.st_dev, medium);
    free(line);
    (void)fclose(file);
}
