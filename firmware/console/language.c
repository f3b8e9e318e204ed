#include "firmware/console/language.h"

#include <string.h>
#include <strings.h>

enum language language_of(const char *header)
{
    for (const char *at = header; at != NULL; at = strchr(at, ',')) {
        at += strspn(at, ", \t");
        if (strncasecmp(at, "zh", 2) == 0)
            return LANGUAGE_CHINESE;
        if (strncasecmp(at, "en", 2) == 0)
            return LANGUAGE_ENGLISH;
    }
    return LANGUAGE_ENGLISH;
}
