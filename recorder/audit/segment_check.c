#include "audit/segment_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/file_hash.h"
#include "base/file.h"
#include "store/piece_table.h"
#include "store/salvage.h"

#define READ_BUDGET (UINT64_C(8) * 1024 * 1024)

static void add_fault(struct segment_check *check, enum audit_fault fault, uint64_t from,
                      uint64_t to, const char *detail)
{
    struct segment_fault *last = check->count > 0 ? &check->faults[check->count - 1] : NULL;
    bool full = check->count == SEGMENT_FAULTS_MAX;
    if (last != NULL && (full || (last->fault == fault && last->to == from))) {
        last->to = to > last->to ? to : last->to;
        return;
    }
    struct segment_fault *added = &check->faults[check->count++];
    *added = (struct segment_fault){.fault = fault, .from = from, .to = to};
    (void)snprintf(added->detail, sizeof(added->detail), "%s", detail);
}

/* A thread's tools for one file. */
struct tools {
    int descriptor;
    uint64_t file_size;
    struct hasher *hashers[2]; /* the suite's; the other one, if it was asked for */
    size_t count;              /* of them */
    uint8_t *buffer;
};

static void tools_release(struct tools *tools)
{
    file_close(&tools->descriptor);
    hasher_free(tools->hashers[0]);
    hasher_free(tools->hashers[1]);
    free(tools->buffer);
}

static bool tools_prepare(struct tools *tools, const struct segment_check *check)
{
    enum digest_algorithm other = check->algorithm == DIGEST_SM3 ? DIGEST_SHA256 : DIGEST_SM3;
    bool second = check->both_digests && piece_roots_of(&check->record.roots, other) != NULL;
    tools->buffer = malloc(FILE_HASH_ROOM);
    tools->count = second ? 2 : 1;
    return tools->buffer != NULL &&
           hasher_new(check->algorithm, &tools->hashers[0], NULL) == STATUS_OK &&
           (!second || hasher_new(other, &tools->hashers[1], NULL) == STATUS_OK);
}

/* Hashes one piece. STATUS_END: the file ends before it does. */
static enum status hash_piece(struct segment_check *check, struct tools *tools,
                              struct file_window *window, const struct piece *piece,
                              struct digest digests[2])
{
    for (size_t i = 0; i < tools->count; i++)
        hasher_begin(tools->hashers[i]);
    enum status status =
        file_hash(window, piece->offset, piece->size, tools->hashers, tools->count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tools->count; i++)
        hasher_end(tools->hashers[i], &digests[i]);
    atomic_fetch_add_explicit(check->hashed, piece->size, memory_order_relaxed);
    return STATUS_OK;
}

static const struct digest *piece_digest(const struct piece *piece, enum digest_algorithm algorithm)
{
    return algorithm == DIGEST_SHA256 ? &piece->sha256 : &piece->sm3;
}

static void check_pieces(struct segment_check *check, struct tools *tools)
{
    enum digest_algorithm other = check->algorithm == DIGEST_SM3 ? DIGEST_SHA256 : DIGEST_SM3;
    struct file_window window = {
        .file = tools->descriptor, .room = tools->buffer, .until = tools->file_size};
    for (size_t i = 0; i < piece_list_count(check->pieces); i++) {
        const struct piece *piece = piece_list_at(check->pieces, i);
        struct digest digests[2];
        uint64_t end = piece->offset + piece->size;
        enum status status = hash_piece(check, tools, &window, piece, digests);
        if (status == STATUS_END) {
            break; /* the cut is reported by the size */
        }
        if (status == STATUS_IO) {
            add_fault(check, FAULT_VIDEO_UNREADABLE, piece->offset, end, strerror(errno));
        } else if (!digest_equal(&digests[0], piece_digest(piece, check->algorithm)) ||
                   (tools->count == 2 && !digest_equal(&digests[1], piece_digest(piece, other)))) {
            add_fault(check, FAULT_VIDEO_ALTERED, piece->offset, end, "");
        }
    }
    file_window_close(&window);
}

/* Without a list of pieces that can be believed, the file's own boxes say where they are. */
static void check_boxes(struct segment_check *check, struct tools *tools)
{
    AUTO_PIECES struct piece_list *pieces = NULL;
    AUTO_SALVAGE struct salvage *salvage = NULL;
    struct piece_roots roots;
    enum status status = piece_list_new(check->record.roots.has_sm3, &pieces, NULL);
    if (status == STATUS_OK) {
        status = salvage_new(tools->descriptor, pieces, &salvage, NULL);
    }
    while (status == STATUS_OK &&
           (status = salvage_step(salvage, READ_BUDGET, NULL)) == STATUS_AGAIN) {
        status = STATUS_OK;
        atomic_fetch_add_explicit(check->hashed, 0, memory_order_relaxed);
    }
    if (status == STATUS_OK && tools->file_size == check->record.size) {
        piece_list_roots(pieces, &roots);
        if (piece_roots_equal(&roots, &check->record.roots)) {
            return;
        }
    }
    add_fault(check, status == STATUS_IO ? FAULT_VIDEO_UNREADABLE : FAULT_VIDEO_ALTERED, 0,
              check->record.size, "the list of its pieces is altered too: nothing tells where");
}

static bool open_file(struct segment_check *check, struct tools *tools)
{
    struct stat facts;
    const uint64_t size = check->record.size;
    tools->descriptor = file_open_below(check->volume, check->record.file, O_RDONLY | O_NONBLOCK);
    if (tools->descriptor < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        bool other = errno == ELOOP || errno == ENXIO;
        add_fault(check,
                  missing ? FAULT_VIDEO_MISSING
                  : other ? FAULT_VIDEO_ALTERED
                          : FAULT_VIDEO_UNREADABLE,
                  0, size, missing ? "" : strerror(errno));
        return false;
    }
    if (fstat(tools->descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        add_fault(check, FAULT_VIDEO_ALTERED, 0, size, "it is no longer a file");
        return false;
    }
    tools->file_size = (uint64_t)facts.st_size;
    return true;
}

void segment_check(struct segment_check *check)
{
    struct tools tools = {.descriptor = -1};
    if (!tools_prepare(&tools, check)) {
        add_fault(check, FAULT_VIDEO_UNREADABLE, 0, check->record.size, "no memory to read it");
    } else if (open_file(check, &tools)) {
        (void)posix_fadvise(tools.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
        if (check->pieces != NULL) {
            check_pieces(check, &tools);
        } else if (tools.file_size >= check->record.size) {
            check_boxes(check, &tools);
        }
        if (tools.file_size < check->record.size) {
            add_fault(check, FAULT_VIDEO_CUT, tools.file_size, check->record.size, "");
        } else if (tools.file_size > check->record.size) {
            add_fault(check, FAULT_VIDEO_GROWN, check->record.size, tools.file_size, "");
        }
        /* a month of video would push everything else out of the page cache */
        (void)posix_fadvise(tools.descriptor, 0, 0, POSIX_FADV_DONTNEED);
    }
    tools_release(&tools);
}

bool segment_pieces_fit(const struct segment_record *record, const struct piece_list *pieces,
                        char *detail, size_t size)
{
    struct piece_roots roots;
    struct digest digest;
    piece_list_roots(pieces, &roots);
    if (!piece_roots_equal(&roots, &record->roots)) {
        (void)snprintf(detail, size, "its root is another");
    } else if (piece_list_digest(pieces, &digest) != STATUS_OK ||
               !digest_equal(&digest, &record->pieces_sha256)) {
        (void)snprintf(detail, size, "its times or frames are others");
    } else if (piece_list_count(pieces) != record->pieces ||
               piece_list_size(pieces) != record->size ||
               piece_list_frames(pieces) != record->frames) {
        (void)snprintf(detail, size, "its pieces or frames are of another number");
    } else {
        return true;
    }
    return false;
}
