/*
 * What stands before a clip's pieces, as sealroom-export makes it, of many clips: for
 * fronts_test.py, which holds the other verifiers against it.
 *
 *   clip_front HEADS < CASES
 *
 * HEADS is a file with the first bytes of pieces: an init part whole, of a fragment what stands
 * before its samples and 16 bytes. CASES is, for each clip, a line `case START` and for each of its
 * pieces `piece OFFSET SIZE`: where it begins in HEADS, and its size. Prints for each the SHA-256
 * of what it made, or `none`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "crypto/suite.h"
#include "evidence/clip_movie.h"

struct clip_case {
    struct footage_segment heads;
    struct piece init;
    int64_t start_utc_ns;
    struct clip_movie movie;
    struct footage_fragment fragment;
    uint64_t data;
    unsigned pieces;
    enum status status;
};

static void add_piece(struct clip_case *clip, uint64_t offset, uint64_t size)
{
    const struct piece piece = {.kind = clip->pieces == 0 ? PIECE_INIT : PIECE_FRAGMENT,
                                .offset = offset,
                                .size = size,
                                .start_utc_ns = clip->start_utc_ns};
    if (clip->pieces == 0) {
        clip->init = piece;
    }
    if (clip->pieces == 1) {
        clip->status = clip_movie_begin(&clip->movie, &clip->heads, &clip->init, &piece,
                                        &clip->fragment, NULL);
    }
    if (clip->pieces > 0 && clip->status == STATUS_OK) {
        clip->status =
            clip_movie_add(&clip->movie, &clip->heads, &piece, clip->data, &clip->fragment, NULL);
    }
    clip->data += size;
    clip->pieces++;
}

static void print_front(struct clip_case *clip)
{
    char text[2 * DIGEST_BYTES + 1] = "none";
    struct buffer front = {0};
    struct digest digest;
    enum status status = clip->pieces > 1 ? clip->status : STATUS_INVALID;
    if (status == STATUS_OK) {
        status = clip_movie_end(&clip->movie);
    }
    if (status == STATUS_OK) {
        status = clip_movie_front(&clip->movie, clip->data, &front, NULL);
    }
    if (status == STATUS_OK) {
        digest_of(DIGEST_SHA256, buffer_bytes(&front), &digest);
        hex_encode(text, digest.bytes, DIGEST_BYTES);
    }
    puts(text);
    buffer_release(&front);
    clip_movie_release(&clip->movie);
    buffer_release(&clip->fragment.moof);
}

int main(int count, char **arguments)
{
    char line[128];
    AUTO_CLOSE int heads = count == 2 ? open(arguments[1], O_RDONLY | O_CLOEXEC) : -1;
    struct clip_case clip = {0};
    bool any = false;
    if (heads < 0) {
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *end = line;
        if (strncmp(line, "piece ", 6) == 0) {
            uint64_t offset = strtoull(line + 6, &end, 10);
            add_piece(&clip, offset, strtoull(end, NULL, 10));
        } else if (strncmp(line, "case ", 5) == 0) {
            if (any) {
                print_front(&clip);
            }
            clip = (struct clip_case){.heads = {.file = "heads", .descriptor = heads},
                                      .start_utc_ns = strtoll(line + 5, NULL, 10)};
            any = true;
        }
    }
    if (any) {
        print_front(&clip);
    }
    return 0;
}
