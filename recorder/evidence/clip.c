/*
 * The file, in order; FORMAT.md, "Clip", gives every byte:
 *
 *   ftyp, moov   clip_movie.c
 *   mdat         8 bytes of header; the first segment's init part; the fragments, verbatim
 *   meta         clip_meta.c
 */
#include "evidence/clip.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/digest_thread.h"

struct clip {
    const struct footage *footage;
    struct clip_stretch stretch;
    struct clip_about about;
    struct clip_sealer sealer;
    struct public_key *suite_key; /* of the second seal */
    struct clip_movie movie;
    struct clip_fragment *fragments;
    size_t count;
    size_t capacity;
    struct buffer head; /* ftyp, moov, and the header of mdat */
    uint64_t data_size; /* mdat's content */
    uint64_t size;
    struct clip_signature signatures[CLIP_SEALS];
    /* of the second pass */
    const struct clip_sink *sink;
    struct hasher *sha256; /* of the file */
    struct hasher *sm3;    /* what an SM2 seal is over: Z, then the file; NULL without */
    struct hasher *branch; /* sha256 gone on with in another way */
    struct hasher *piece;
    struct digest_thread *digests; /* of sha256 and sm3, while fragments are copied */
    struct digest file_sha256;
};

void clip_free(struct clip *clip)
{
    if (clip == NULL)
        return;
    clip_movie_release(&clip->movie);
    buffer_release(&clip->head);
    public_key_free(clip->suite_key);
    digest_thread_free(clip->digests); /* before what it uses */
    hasher_free(clip->sha256);
    hasher_free(clip->sm3);
    hasher_free(clip->branch);
    hasher_free(clip->piece);
    free(clip->fragments);
    free(clip);
}

uint64_t clip_size(const struct clip *clip)
{
    return clip->size;
}

int64_t clip_start_utc_ns(const struct clip *clip)
{
    return clip_movie_start_utc_ns(&clip->movie);
}

int64_t clip_end_utc_ns(const struct clip *clip)
{
    return clip->stretch.end_utc_ns;
}

size_t clip_fragment_count(const struct clip *clip)
{
    return clip->count;
}

const struct clip_fragment *clip_fragment_at(const struct clip *clip, size_t index)
{
    return &clip->fragments[index];
}

const struct digest *clip_sha256(const struct clip *clip)
{
    return &clip->file_sha256;
}

/* The next recorded piece of the mdat; its offset is within the content until the first pass is
 * over. */
static enum status list_piece(struct clip *clip, size_t segment, size_t index,
                              const struct piece *piece, struct error *error)
{
    if (clip->count == clip->capacity)
        return error_set(error, STATUS_FULL, "a clip of more fragments than were planned");
    clip->fragments[clip->count++] = (struct clip_fragment){.segment = segment,
                                                            .piece = index,
                                                            .offset = clip->data_size,
                                                            .size = piece->size,
                                                            .sha256 = piece->sha256,
                                                            .sm3 = piece->sm3};
    clip->data_size += piece->size;
    return STATUS_OK;
}

/* First and last piece that a segment gives. */
static void find_range(const struct clip *clip, size_t index, const struct footage_segment *segment,
                       size_t *first, size_t *last)
{
    const struct clip_stretch *stretch = &clip->stretch;

    *first = index == stretch->first_segment ? stretch->first_piece : 1;
    *last = index == stretch->last_segment ? stretch->last_piece
                                           : piece_list_count(segment->pieces) - 1;
}

static enum status scan_segment(struct clip *clip, size_t index,
                                const struct footage_segment *segment,
                                struct footage_fragment *fragment, struct error *error)
{
    enum status status = STATUS_OK;
    size_t at = 0;
    size_t last = 0;

    find_range(clip, index, segment, &at, &last);
    if (at == 0 || last < at || last >= piece_list_count(segment->pieces))
        return footage_error(segment, 0, STATUS_INVALID, "not the segment that was planned", error);
    if (index == clip->stretch.first_segment) {
        status = clip_movie_begin(&clip->movie, segment, footage_init(segment),
                                  piece_list_at(segment->pieces, at), fragment, error);
        if (status == STATUS_OK)
            status = clip_movie_lead(&clip->movie, segment, piece_list_at(segment->pieces, 1),
                                     fragment, error);
        if (status == STATUS_OK)
            status = list_piece(clip, index, 0, piece_list_at(segment->pieces, 0), error);
    }
    for (; status == STATUS_OK && at <= last; at++) {
        const struct piece *piece = piece_list_at(segment->pieces, at);

        status = clip_movie_add(&clip->movie, segment, piece, clip->data_size, fragment, error);
        if (status == STATUS_OK)
            status = list_piece(clip, index, at, piece, error);
    }
    return status;
}

static enum status scan(struct clip *clip, struct error *error)
{
    struct footage_fragment fragment = {0};
    enum status status = STATUS_OK;

    for (size_t i = clip->stretch.first_segment;
         status == STATUS_OK && i <= clip->stretch.last_segment; i++) {
        struct footage_segment segment;

        status = clip->footage->open(clip->footage->context, i, &segment, error);
        if (status != STATUS_OK)
            break;
        status = scan_segment(clip, i, &segment, &fragment, error);
        clip->footage->close(clip->footage->context, &segment);
    }
    buffer_release(&fragment.moof);
    return status == STATUS_OK ? clip_movie_end(&clip->movie) : status;
}

static enum status make_head(struct clip *clip, struct error *error)
{
    enum status status = clip_movie_front(&clip->movie, clip->data_size, &clip->head, error);

    for (size_t i = 0; i < clip->count; i++)
        clip->fragments[i].offset += clip->head.size;
    return status;
}

static enum status make_meta(const struct clip *clip, unsigned seals, struct buffer *meta,
                             struct error *error)
{
    struct box_writer writer = {.out = meta};

    buffer_clear(meta);
    clip_meta_put(&clip->movie, &clip->about, &clip->sealer, clip->signatures, seals, &writer);
    return writer.failed ? error_set(error, STATUS_NO_MEMORY, "no memory for a clip") : STATUS_OK;
}

static enum status measure(struct clip *clip, struct error *error)
{
    __attribute__((cleanup(buffer_release))) struct buffer meta = {0};
    enum status status = make_head(clip, error);

    if (status == STATUS_OK)
        status = make_meta(clip, CLIP_SEALS, &meta, error);
    clip->size = clip->head.size + clip->data_size + meta.size;
    return status;
}

/* The second seal's digest; the first one's is always SHA-256. */
static bool clip_has_sm3(const struct clip *clip)
{
    return suite_digest_algorithm(certificate_suite(clip->sealer.certificates[CLIP_SEAL_SUITE])) ==
           DIGEST_SM3;
}

/* One RSA key and one of a suite, with signatures that fit their boxes. */
static enum status check_sealer(struct clip *clip, struct error *error)
{
    const struct certificate *rsa = clip->sealer.certificates[CLIP_SEAL_RSA];
    const struct certificate *suite = clip->sealer.certificates[CLIP_SEAL_SUITE];
    size_t size = certificate_signature_size(rsa);

    if (certificate_suite(rsa) != NULL || size < EXPORT_KEY_BITS_MIN / 8 ||
        size > CLIP_SIGNATURE_SIZE_MAX ||
        certificate_signature_size(suite) > CLIP_SUITE_SIGNATURE_SIZE)
        return error_set(error, STATUS_INVALID, "the certificates are not those of export keys");
    clip->signatures[CLIP_SEAL_RSA].size = size;
    clip->signatures[CLIP_SEAL_SUITE].size = CLIP_SUITE_SIGNATURE_SIZE;
    return certificate_public_key(suite, &clip->suite_key, error);
}

static enum status allocate(struct clip *clip, struct error *error)
{
    enum status status = hasher_new(DIGEST_SHA256, &clip->sha256, error);

    if (status == STATUS_OK)
        status = hasher_new(DIGEST_SHA256, &clip->branch, error);
    if (status == STATUS_OK)
        status = hasher_new(DIGEST_SHA256, &clip->piece, error);
    if (status == STATUS_OK && clip_has_sm3(clip))
        status = hasher_new(DIGEST_SM3, &clip->sm3, error);
    if (status != STATUS_OK)
        return status;
    clip->capacity = (size_t)clip->stretch.fragments + 1;
    clip->fragments = calloc(clip->capacity, sizeof(*clip->fragments));
    if (clip->fragments == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a clip");
    return STATUS_OK;
}

/* They stand in the file as UTF-8, each ended by a NUL. */
static enum status check_texts(const struct clip_about *about, struct error *error)
{
    const char *const texts[] = {about->unit_name,     about->unit_url,    about->unit_mac,
                                 about->operator_name, about->source_name, about->source_url,
                                 about->source_mac,    about->source_line, about->user_information};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i] != NULL && !utf8_is_clean(bytes_of_text(texts[i]), true))
            return error_set(error, STATUS_INVALID, "what is said of a clip is not plain text");
    return STATUS_OK;
}

enum status clip_open(const struct footage *footage, const struct clip_stretch *stretch,
                      const struct clip_about *about, const struct clip_sealer *sealer,
                      struct clip **clip, struct error *error)
{
    struct clip *made = calloc(1, sizeof(*made));
    enum status status = STATUS_OK;

    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a clip");
    made->footage = footage;
    made->stretch = *stretch;
    made->about = *about;
    made->sealer = *sealer;
    status = check_texts(about, error);
    if (status == STATUS_OK)
        status = check_sealer(made, error);
    if (status == STATUS_OK)
        status = allocate(made, error);
    if (status == STATUS_OK)
        status = scan(made, error);
    if (status == STATUS_OK)
        status = measure(made, error);
    if (status != STATUS_OK) {
        clip_free(made);
        return status;
    }
    *clip = made;
    return STATUS_OK;
}

static enum status copy_piece(struct clip *clip, const struct footage_segment *segment,
                              const struct piece *piece, struct error *error)
{
    uint64_t end = piece->offset + piece->size;
    struct box_source source = box_source_file(&segment->descriptor, end);
    struct error reason;
    struct digest digest;

    hasher_begin(clip->piece);
    for (uint64_t at = piece->offset; at < end;) {
        size_t size = end - at < DIGEST_BLOCK_SIZE ? (size_t)(end - at) : DIGEST_BLOCK_SIZE;
        uint8_t *block = digest_thread_block(clip->digests);
        struct bytes bytes = {block, size};
        enum status status = source.read(source.context, at, block, size, &reason);

        if (status != STATUS_OK)
            return footage_error(segment, at, status, reason.text, error);
        digest_thread_add(clip->digests, size);
        hasher_add(clip->piece, bytes);
        status = clip->sink->write(clip->sink->context, bytes, error);
        if (status != STATUS_OK)
            return status;
        at += size;
    }
    hasher_end(clip->piece, &digest);
    if (!digest_equal(&digest, &piece->sha256))
        return error_set(error, STATUS_MISMATCH,
                         "%s: bytes %llu to %llu are not those that were recorded", segment->file,
                         (unsigned long long)piece->offset, (unsigned long long)end - 1);
    return STATUS_OK;
}

/* Copies the listed pieces of one segment, from *next on. */
static enum status copy_segment(struct clip *clip, size_t *next, struct error *error)
{
    size_t index = clip->fragments[*next].segment;
    struct footage_segment segment;
    enum status status = clip->footage->open(clip->footage->context, index, &segment, error);

    if (status != STATUS_OK)
        return status;
    while (status == STATUS_OK && *next < clip->count && clip->fragments[*next].segment == index) {
        const struct clip_fragment *fragment = &clip->fragments[(*next)++];

        if (fragment->piece >= piece_list_count(segment.pieces) ||
            piece_list_at(segment.pieces, fragment->piece)->size != fragment->size)
            status =
                footage_error(&segment, 0, STATUS_INVALID, "not the segment it was before", error);
        else
            status =
                copy_piece(clip, &segment, piece_list_at(segment.pieces, fragment->piece), error);
    }
    clip->footage->close(clip->footage->context, &segment);
    return status;
}

/* `hasher`, gone on with by meta as it is with the first seals. */
static enum status digest_with_meta(struct clip *clip, struct hasher *hasher, unsigned seals,
                                    struct buffer *meta, struct digest *digest, struct error *error)
{
    enum status status = make_meta(clip, seals, meta, error);

    if (status != STATUS_OK)
        return status;
    hasher_add(hasher, buffer_bytes(meta));
    hasher_end(hasher, digest);
    return STATUS_OK;
}

static enum status sign(struct clip *clip, enum clip_seal seal, const struct digest *digest,
                        struct error *error)
{
    const struct clip_sealer *sealer = &clip->sealer;
    struct clip_signature *place = &clip->signatures[seal];
    uint8_t signature[CLIP_SIGNATURE_SIZE_MAX] = {0};
    size_t size = 0;
    enum status status = sealer->sign(sealer->context, seal, digest, signature, &size, error);

    if (status == STATUS_OK && size > place->size)
        status = error_set(error, STATUS_UNSUPPORTED, "a signature of %zu bytes", size);
    if (status == STATUS_OK)
        memcpy(place->bytes, signature, size);
    return status;
}

/* The first seal is over the file as if it were the only one. */
static enum status seal_by_rsa(struct clip *clip, struct buffer *meta, struct error *error)
{
    struct digest digest;
    enum status status = STATUS_OK;

    hasher_copy(clip->branch, clip->sha256);
    status = digest_with_meta(clip, clip->branch, CLIP_SEAL_RSA + 1, meta, &digest, error);
    return status == STATUS_OK ? sign(clip, CLIP_SEAL_RSA, &digest, error) : status;
}

/* The second is over everything, the first among it. */
static enum status seal_by_suite(struct clip *clip, struct buffer *meta, struct error *error)
{
    struct digest digest;
    enum status status = STATUS_OK;

    hasher_copy(clip->branch, clip->sha256);
    status = digest_with_meta(clip, clip->sm3 != NULL ? clip->sm3 : clip->branch,
                              CLIP_SEAL_SUITE + 1, meta, &digest, error);
    if (status == STATUS_OK)
        status = sign(clip, CLIP_SEAL_SUITE, &digest, error);
    return status == STATUS_OK ? make_meta(clip, CLIP_SEALS, meta, error) : status;
}

static enum status write_meta(struct clip *clip, struct error *error)
{
    __attribute__((cleanup(buffer_release))) struct buffer meta = {0};
    enum status status = seal_by_rsa(clip, &meta, error);

    if (status == STATUS_OK)
        status = seal_by_suite(clip, &meta, error);
    if (status == STATUS_OK)
        status = clip->sink->write(clip->sink->context, buffer_bytes(&meta), error);
    if (status != STATUS_OK)
        return status;
    hasher_add(clip->sha256, buffer_bytes(&meta));
    hasher_end(clip->sha256, &clip->file_sha256);
    return STATUS_OK;
}

/* Everything before meta, into what both seals are over as well. */
static enum status write_media(struct clip *clip, struct error *error)
{
    struct hasher *const hashers[] = {clip->sha256, clip->sm3};
    size_t count = clip->sm3 != NULL ? 2 : 1;
    struct bytes head = buffer_bytes(&clip->head);
    enum status status = clip->sink->write(clip->sink->context, head, error);

    for (size_t i = 0; i < count; i++)
        hasher_add(hashers[i], head);
    if (status == STATUS_OK)
        status = digest_thread_new(hashers, count, &clip->digests, error);
    for (size_t next = 0; status == STATUS_OK && next < clip->count;)
        status = copy_segment(clip, &next, error);
    digest_thread_free(clip->digests);
    clip->digests = NULL;
    return status;
}

enum status clip_write(struct clip *clip, const struct clip_sink *sink, struct error *error)
{
    enum status status = STATUS_OK;

    clip->sink = sink;
    hasher_begin(clip->sha256);
    if (clip->sm3 != NULL) {
        hasher_begin(clip->sm3);
        public_key_hash_identity(clip->suite_key, clip->sm3);
    }
    status = write_media(clip, error);
    return status == STATUS_OK ? write_meta(clip, error) : status;
}
