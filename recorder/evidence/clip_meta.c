/*
 * The box, in order; FORMAT.md, "Meta" and "Its seals", gives every byte:
 *
 *   meta   hdlr (null), suep, cstb, ipro
 *   ipro   protection_count 1, sinf (RSA), sinf (the suite)
 *   sinf   schm (oeff 1.0), schi
 *   schi   sibo, cert, sigC where it is not the format's default, auib where there is a text
 */
#include "evidence/clip_meta.h"

#include "base/clock.h"

#define EPOCH_1904_S     INT64_C(2082844800)         /* 1904-01-01 to 1970-01-01 */
#define EPOCH_1601_100NS INT64_C(116444736000000000) /* 1601-01-01 to 1970-01-01 */

#define SCHEME_OEFF    BOX_TYPE('o', 'e', 'f', 'f')
#define SCHEME_VERSION 0x00010000u

/* 14496-12, 8.4.3: a meta box that merely holds resources. */
static void put_hdlr(struct box_writer *writer)
{
    size_t begin = full_box_begin(writer, BOX_TYPE('h', 'd', 'l', 'r'), 0, 0);

    put_u32(writer, 0);
    put_u32(writer, BOX_TYPE('n', 'u', 'l', 'l'));
    put_zeros(writer, 12);
    put_text(writer, "");
    box_end(writer, begin);
}

static uint32_t track_count(const struct clip_movie *movie)
{
    uint32_t count = 0;

    for (size_t i = 0; i < movie->tracks.count; i++)
        count += clip_movie_has(movie, i) ? 1 : 0;
    return count;
}

/* SurveillanceExportBox */
static void put_suep(const struct clip_movie *movie, const struct clip_about *about,
                     struct box_writer *writer)
{
    size_t begin = full_box_begin(writer, BOX_TYPE('s', 'u', 'e', 'p'), 1, 0);

    put_text(writer, about->unit_name);
    put_text(writer, about->unit_url);
    put_text(writer, about->unit_mac);
    put_u64(writer, (uint64_t)(about->exported_utc_ns / NS_PER_SECOND + EPOCH_1904_S));
    put_text(writer, about->operator_name);
    put_u32(writer, track_count(movie));
    for (size_t i = 0; i < movie->tracks.count; i++) {
        if (!clip_movie_has(movie, i))
            continue;
        put_u16(writer, (uint16_t)movie->tracks.items[i].track);
        put_text(writer, about->source_name);
        put_text(writer, about->source_url);
        put_text(writer, about->source_mac);
        put_text(writer, about->source_line);
    }
    box_end(writer, begin);
}

/* StartTimeBox: a Box, without version and flags. */
static void put_cstb(const struct clip_movie *movie, struct box_writer *writer)
{
    size_t begin = box_begin(writer, BOX_TYPE('c', 's', 't', 'b'));

    put_u32(writer, track_count(movie));
    for (size_t i = 0; i < movie->tracks.count; i++) {
        if (!clip_movie_has(movie, i))
            continue;
        put_u32(writer, movie->tracks.items[i].track);
        put_u64(writer, (uint64_t)(clip_movie_origin_utc_ns(movie, i) / 100 + EPOCH_1601_100NS));
    }
    box_end(writer, begin);
}

/* One seal: ProtectionSchemeInfoBox. */
struct seal {
    struct bytes signature;
    struct bytes certificate;
    struct bytes algorithm;       /* empty: the format's default */
    const char *user_information; /* NULL: no box for it */
};

static void put_sinf(const struct seal *seal, struct box_writer *writer)
{
    size_t sinf = box_begin(writer, BOX_TYPE('s', 'i', 'n', 'f'));
    size_t schm = full_box_begin(writer, BOX_TYPE('s', 'c', 'h', 'm'), 0, 0);
    size_t schi = 0;
    size_t auib = 0;

    put_u32(writer, SCHEME_OEFF);
    put_u32(writer, SCHEME_VERSION);
    box_end(writer, schm);
    schi = box_begin(writer, BOX_TYPE('s', 'c', 'h', 'i'));
    put_box(writer, BOX_TYPE('s', 'i', 'b', 'o'), seal->signature);
    put_box(writer, BOX_TYPE('c', 'e', 'r', 't'), seal->certificate);
    if (seal->algorithm.size > 0)
        put_box(writer, BOX_TYPE('s', 'i', 'g', 'C'), seal->algorithm);
    if (seal->user_information != NULL) {
        auib = box_begin(writer, BOX_TYPE('a', 'u', 'i', 'b'));
        put_text(writer, seal->user_information);
        box_end(writer, auib);
    }
    box_end(writer, schi);
    box_end(writer, sinf);
}

static void put_suite_seal(const struct certificate *certificate,
                           const struct clip_signature *signature, struct box_writer *writer)
{
    __attribute__((cleanup(buffer_release))) struct buffer algorithm = {0};

    if (suite_signature_algorithm(certificate_suite(certificate), &algorithm) != STATUS_OK)
        writer->failed = true;
    put_sinf(&(struct seal){.signature = {signature->bytes, signature->size},
                            .certificate = certificate_der(certificate),
                            .algorithm = buffer_bytes(&algorithm)},
             writer);
}

void clip_meta_put(const struct clip_movie *movie, const struct clip_about *about,
                   const struct clip_sealer *sealer,
                   const struct clip_signature signatures[CLIP_SEALS], unsigned seals,
                   struct box_writer *writer)
{
    size_t meta = full_box_begin(writer, BOX_TYPE('m', 'e', 't', 'a'), 0, 0);
    size_t ipro = 0;

    put_hdlr(writer);
    put_suep(movie, about, writer);
    put_cstb(movie, writer);
    ipro = full_box_begin(writer, BOX_TYPE('i', 'p', 'r', 'o'), 0, 0);
    put_u16(writer, 1); /* protection_count, whatever the number of seals */
    put_sinf(&(struct seal){.signature = {signatures[CLIP_SEAL_RSA].bytes,
                                          signatures[CLIP_SEAL_RSA].size},
                            .certificate = certificate_der(sealer->certificates[CLIP_SEAL_RSA]),
                            .user_information = about->user_information},
             writer);
    if (seals > CLIP_SEAL_SUITE)
        put_suite_seal(sealer->certificates[CLIP_SEAL_SUITE], &signatures[CLIP_SEAL_SUITE], writer);
    box_end(writer, ipro);
    box_end(writer, meta);
}
