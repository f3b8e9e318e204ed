#include "firmware/console/video_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/piece_table.h"

#define PIECE_SIZE_MAX ((size_t)64 * 1024 * 1024)
#define TABLE_SIZE_MAX ((size_t)16 * 1024 * 1024)

struct video_cache {
    struct video_segment items[VIDEO_CACHE_MAX];
    uint64_t clock;
};

enum status video_cache_new(struct video_cache **cache, struct error *error)
{
    *cache = calloc(1, sizeof **cache);
    return *cache != NULL ? STATUS_OK
                          : error_set(error, STATUS_NO_MEMORY, "no memory for segments");
}

static void forget(struct video_segment *segment)
{
    piece_list_free(segment->pieces);
    *segment = (struct video_segment){0};
}

void video_cache_free(struct video_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < VIDEO_CACHE_MAX; i++)
        forget(&cache->items[i]);
    free(cache);
}

struct video_segment *video_cache_find(struct video_cache *cache, const char *id)
{
    for (size_t i = 0; i < VIDEO_CACHE_MAX; i++)
        if (cache->items[i].id[0] != '\0' && strcmp(cache->items[i].id, id) == 0) {
            cache->items[i].used = ++cache->clock;
            return &cache->items[i];
        }
    return NULL;
}

struct video_segment *video_cache_find_record(struct video_cache *cache, uint64_t record)
{
    for (size_t i = 0; i < VIDEO_CACHE_MAX; i++)
        if (cache->items[i].id[0] != '\0' && !cache->items[i].is_open &&
            cache->items[i].record == record)
            return &cache->items[i];
    return NULL;
}

/* In place of the same one, a free place, or the one unused for longest. */
static struct video_segment *place_for(struct video_cache *cache, const char *id)
{
    struct video_segment *place = video_cache_find(cache, id);
    for (size_t i = 0; place == NULL && i < VIDEO_CACHE_MAX; i++)
        if (cache->items[i].id[0] == '\0')
            place = &cache->items[i];
    if (place == NULL) {
        place = &cache->items[0];
        for (size_t i = 1; i < VIDEO_CACHE_MAX; i++)
            if (cache->items[i].used < place->used)
                place = &cache->items[i];
    }
    forget(place);
    place->used = ++cache->clock;
    message_text(place->id, sizeof place->id, id);
    return place;
}

static enum digest_algorithm algorithm_of(const struct piece_list *pieces)
{
    return piece_list_with_sm3(pieces) ? DIGEST_SM3 : DIGEST_SHA256;
}

/* ---- a sealed one ---- */

/* The table's row is worth something only by its digest, its times by that, its digests by the
 * roots. */
static enum status prove_pieces(const struct sheet *sheet, const struct segment_record *record,
                                struct piece_list **pieces, struct error *error)
{
    struct digest digest;
    struct piece_roots roots;
    digest_of(DIGEST_SHA256, sheet->pieces, &digest);
    if (sheet->pieces.size == 0 || !digest_equal(&digest, &record->pieces_sha256) ||
        piece_list_decode(sheet->pieces, pieces, NULL) != STATUS_OK)
        return error_set(error, STATUS_MISMATCH,
                         "the list of this video's pieces is not the one that was sealed");
    piece_list_roots(*pieces, &roots);
    return piece_roots_equal(&roots, &record->roots) && piece_list_size(*pieces) == record->size
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "the digests of this video's pieces are not those that were sealed");
}

static enum status read_record(const struct sheet *sheet, struct segment_record *record,
                               struct error *error)
{
    json_t *body = NULL;
    enum status status = sheet->head.kind == RECORD_SEGMENT && sheet->body_line.size > 0
                             ? record_body_parse(sheet->body_line, &body, error)
                             : error_set(error, STATUS_MISMATCH, "that record is no video");
    if (status == STATUS_OK)
        status = segment_record_parse(body, record, error);
    json_decref(body);
    return status;
}

enum status video_cache_add_sealed(struct video_cache *cache, const struct sheet *sheet,
                                   uint64_t number, struct video_segment **result,
                                   struct error *error)
{
    struct segment_record record;
    AUTO_PIECES struct piece_list *pieces = NULL;
    enum status status = read_record(sheet, &record, error);
    if (status == STATUS_OK)
        status = prove_pieces(sheet, &record, &pieces, error);
    if (status != STATUS_OK)
        return status;
    struct video_segment *segment = place_for(cache, record.id);
    memcpy(segment->camera, record.camera, sizeof segment->camera);
    message_text(segment->file, sizeof segment->file, record.file);
    memcpy(segment->codec, record.video_codec, sizeof segment->codec);
    segment->record = number;
    segment->start_utc_ns = record.start_utc_ns;
    segment->end_utc_ns = record.end_utc_ns;
    segment->size = record.size;
    segment->algorithm = algorithm_of(pieces);
    segment->pieces = pieces;
    pieces = NULL;
    *result = segment;
    return STATUS_OK;
}

/* ---- an open one ---- */

static enum status read_table(int descriptor, uint32_t size, struct buffer *bytes,
                              struct error *error)
{
    uint8_t block[4096];
    if (size > TABLE_SIZE_MAX)
        return error_set(error, STATUS_INVALID, "a list of pieces is too large");
    while (bytes->size < size) {
        size_t wanted = size - bytes->size < sizeof block ? size - bytes->size : sizeof block;
        ssize_t got = TEMP_FAILURE_RETRY(pread(descriptor, block, wanted, (off_t)bytes->size));
        if (got <= 0)
            return error_set(error, STATUS_INVALID, "a list of pieces is cut short");
        enum status status = buffer_append(bytes, block, (size_t)got);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status video_cache_add_open(struct video_cache *cache, const struct message_open_segment *said,
                                 int descriptor, struct video_segment **result, struct error *error)
{
    AUTO_PIECES struct piece_list *pieces = NULL;
    struct buffer bytes = {0};
    enum status status = read_table(descriptor, said->pieces_size, &bytes, error);
    if (status == STATUS_OK)
        status = piece_list_decode(buffer_bytes(&bytes), &pieces, error);
    buffer_release(&bytes);
    if (status == STATUS_OK && !segment_id_is_valid(said->segment))
        status = error_set(error, STATUS_INVALID, "that is no segment");
    if (status != STATUS_OK)
        return status;
    struct video_segment *segment = place_for(cache, said->segment);
    segment->is_open = true;
    memcpy(segment->camera, said->camera, sizeof segment->camera);
    memcpy(segment->file, said->path, sizeof segment->file);
    segment->start_utc_ns = said->start_utc_ns;
    segment->end_utc_ns = piece_list_end_utc_ns(pieces);
    segment->size = said->size;
    segment->algorithm = algorithm_of(pieces);
    segment->pieces = pieces;
    pieces = NULL;
    *result = segment;
    return STATUS_OK;
}

/* The sample entry of the first track, which is video (ISO/IEC 14496-12, 8.5.2). */
static const char *codec_of(struct bytes init)
{
    static const char *const names[][2] = {
        {"avc1", "h264"}, {"avc3", "h264"}, {"hvc1", "hevc"}, {"hev1", "hevc"}};
    const uint8_t *table = memmem(init.data, init.size, "stsd", 4);
    size_t left = table == NULL ? 0 : init.size - (size_t)(table - init.data);
    for (size_t i = 0; left >= 20 && i < sizeof names / sizeof names[0]; i++)
        if (memcmp(table + 16, names[i][0], 4) == 0)
            return names[i][1];
    return "";
}

void video_learn_codec(struct video_segment *segment, int folder)
{
    struct buffer init = {0};
    if (segment->codec[0] == '\0' && piece_list_count(segment->pieces) > 0 &&
        video_piece_read(segment, folder, 0, &init) == VIDEO_OPEN)
        message_text(segment->codec, sizeof segment->codec, codec_of(buffer_bytes(&init)));
    buffer_release(&init);
}

/* ---- files ---- */

const char *video_verdict_name(enum video_verdict verdict)
{
    static const char *const names[] = {
        [VIDEO_INTACT] = "intact",   [VIDEO_ALTERED] = "altered",
        [VIDEO_MISSING] = "missing", [VIDEO_EXPIRED] = "expired",
        [VIDEO_OPEN] = "open",       [VIDEO_UNREADABLE] = "unreadable"};
    return names[verdict];
}

/* By why it could not be opened: not there, or a link in its place. */
static enum video_verdict without_file(const struct video_segment *segment, int problem)
{
    if (segment->has_expired)
        return VIDEO_EXPIRED;
    return problem == ENOENT || problem == ENOTDIR || problem == ELOOP || problem == EINVAL
               ? VIDEO_MISSING
               : VIDEO_UNREADABLE;
}

enum video_verdict video_file_look(const struct video_segment *segment, int folder)
{
    struct stat facts;
    AUTO_CLOSE int file = file_open_below(folder, segment->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &facts) != 0)
        return without_file(segment, errno);
    if (!S_ISREG(facts.st_mode))
        return without_file(segment, ENOENT);
    if (segment->is_open)
        return VIDEO_OPEN;
    return (uint64_t)facts.st_size == segment->size ? VIDEO_INTACT : VIDEO_ALTERED;
}

/* STATUS_MISMATCH: it was cut. */
static enum status read_piece(int file, const struct piece *piece, struct buffer *bytes)
{
    size_t at = 0;
    uint8_t *data = piece->size <= PIECE_SIZE_MAX ? malloc((size_t)piece->size) : NULL;
    if (data == NULL)
        return STATUS_NO_MEMORY;
    while (at < piece->size) {
        ssize_t got = TEMP_FAILURE_RETRY(
            pread(file, data + at, (size_t)piece->size - at, (off_t)(piece->offset + at)));
        if (got <= 0) {
            free(data);
            return got == 0 ? STATUS_MISMATCH : STATUS_IO;
        }
        at += (size_t)got;
    }
    *bytes = (struct buffer){.data = data, .size = at, .capacity = at};
    return STATUS_OK;
}

enum video_verdict video_piece_read(const struct video_segment *segment, int folder, size_t index,
                                    struct buffer *bytes)
{
    const struct piece *piece = piece_list_at(segment->pieces, index);
    const struct digest *wanted = segment->algorithm == DIGEST_SM3 ? &piece->sm3 : &piece->sha256;
    struct digest digest;
    AUTO_CLOSE int file = file_open_below(folder, segment->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return without_file(segment, errno);
    enum status status = read_piece(file, piece, bytes);
    if (status != STATUS_OK)
        return status == STATUS_MISMATCH ? VIDEO_ALTERED : VIDEO_UNREADABLE;
    digest_of(segment->algorithm, buffer_bytes(bytes), &digest);
    if (digest_equal(&digest, wanted))
        return segment->is_open ? VIDEO_OPEN : VIDEO_INTACT;
    buffer_release(bytes);
    return VIDEO_ALTERED;
}
