/*
 * Stills of recorded segments, for picture_test.py: what sealroom-export does for its report.
 *
 *   make_still SUITE OUTPUT AT_NS… < SEGMENTS
 *
 * SEGMENTS is as listing.h says, descriptor 3 a socket to sealroom-picture. The stills are
 * OUTPUT-0.jpg, OUTPUT-1.jpg …; prints when each was taken, or why there is none.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "evidence/still.h"
#include "listing.h"

#define PICTURE 3

static void make_still(const struct footage *footage, int64_t at_utc_ns, const char *name)
{
    static const struct still_wish wish = {.width_max = 640, .quality = 90};
    struct footage_segment segment;
    struct buffer jpeg = {0};
    struct error error = {0};
    int64_t taken_utc_ns = 0;
    enum status status = STATUS_NOT_FOUND;

    for (size_t i = 0; i < footage->count && status == STATUS_NOT_FOUND; i++) {
        must(footage->open(footage->context, i, &segment, &error), &error);
        int64_t end = piece_list_end_utc_ns(segment.pieces);
        if (at_utc_ns < end)
            status =
                still_of_segment(PICTURE, &segment, at_utc_ns, &wish, &jpeg, &taken_utc_ns, &error);
        footage->close(footage->context, &segment);
    }
    if (status == STATUS_OK) {
        AUTO_CLOSE int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        must(file_write_all(out, buffer_bytes(&jpeg), &error), &error);
        printf("%" PRId64 "\n", taken_utc_ns);
    } else {
        printf("%s: %s\n", status_name(status), error.text);
    }
    buffer_release(&jpeg);
}

int main(int count, char **arguments)
{
    struct footage footage;

    if (count < 4)
        return 2;
    listing_read(strcmp(arguments[1], "sm") == 0, &footage);
    for (int i = 3; i < count; i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s-%d.jpg", arguments[2], i - 3);
        make_still(&footage, strtoll(arguments[i], NULL, 10), name);
    }
    listing_release(&footage);
    return 0;
}
