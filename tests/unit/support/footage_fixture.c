#include "footage_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "camera/mp4.h"
#include "crypto/certificate_issue.h"

#define SPS "6742c01ed900a02ff97ff000300041000003000100000300320f162e48"
#define PPS "68cb83cb20"

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    struct fixture *fixture = context;

    (void)error;
    *segment = (struct footage_segment){.file = fixture->segments[index].name,
                                        .descriptor = fixture->segments[index].descriptor,
                                        .pieces = fixture->segments[index].pieces,
                                        .continues = fixture->segments[index].continues};
    return STATUS_OK;
}

static void close_segment(void *context, struct footage_segment *segment)
{
    (void)context;
    segment->descriptor = -1;
}

static void describe(struct fixture *fixture, const char *hex)
{
    uint8_t stream[128] = {0, 0, 0, 1};
    size_t size = strlen(hex) / 2;

    assert_int_equal(hex_decode(stream + 4, size, hex), STATUS_OK);
    assembler_describe(fixture->assembler, (struct bytes){stream, size + 4});
}

static enum status sign(void *context, enum clip_seal seal, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error)
{
    struct fixture *fixture = context;

    return export_key_sign(fixture->keys[seal], digest, signature, size, error);
}

int footage_make_keys(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct suite *suite = suite_named("sm");
    struct device_key *device = NULL;
    struct certificate *issuer = NULL;
    int directory = -1;

    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/sealroom-clip-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    directory = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(device_key_create(suite, directory, &device, NULL), STATUS_OK);
    assert_int_equal(certificate_self_sign(device, "recorder", &issuer, NULL), STATUS_OK);
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        assert_int_equal(export_key_generate((enum export_key_kind)seal, suite, NULL,
                                             &fixture->keys[seal], NULL),
                         STATUS_OK);
        assert_int_equal(
            certificate_issue_export(device, issuer, export_key_spki(fixture->keys[seal]),
                                     "recorder export", &fixture->certificates[seal], NULL),
            STATUS_OK);
        fixture->sealer.certificates[seal] = fixture->certificates[seal];
    }
    fixture->sealer.sign = sign;
    fixture->sealer.context = fixture;
    certificate_free(issuer);
    device_key_free(device);
    unlinkat(directory, "device.key", 0);
    close(directory);
    rmdir(fixture->directory);
    *state = fixture;
    return 0;
}

int footage_drop_keys(void **state)
{
    struct fixture *fixture = *state;

    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        export_key_free(fixture->keys[seal]);
        certificate_free(fixture->certificates[seal]);
    }
    free(fixture);
    return 0;
}

int footage_set_up(void **state)
{
    struct fixture *fixture = *state;

    fixture->footage =
        (struct footage){.open = open_segment, .close = close_segment, .context = fixture};
    fixture->reordered = fixture->sound = fixture->jittery = fixture->all_keys = false;
    fixture->frame = fixture->sound_at = fixture->sound_after = 0;
    assert_int_equal(assembler_new(&codec_h264, &fixture->assembler, NULL), STATUS_OK);
    describe(fixture, SPS);
    describe(fixture, PPS);
    return 0;
}

int footage_tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->footage.count; i++) {
        close(fixture->segments[i].descriptor);
        piece_list_free(fixture->segments[i].pieces);
    }
    assembler_free(fixture->assembler);
    return 0;
}

/* Pictures 0 2 1 4 3 6 5 …, each decoded a frame before the earliest it could be shown. */
static int64_t composition(const struct fixture *fixture, int64_t in_segment)
{
    if (!fixture->reordered)
        return 0;
    return in_segment == 0 ? FRAME : in_segment % 2 == 1 ? 2 * FRAME : 0;
}

static void add_frames(struct fixture *fixture, struct mp4 *mp4, int64_t first)
{
    for (int64_t i = first; i < first + FRAGMENT_FRAMES; i++) {
        bool key = fixture->all_keys ? i == first : i == 0;
        uint8_t nal[] = {0, 0, 0, 6, key ? 0x65 : 0x41, 0x88, (uint8_t)i, 4, 5, 6};
        int64_t late = fixture->jittery ? FRAME / 4 : 0; /* every other one */
        int64_t decode = (fixture->frame + i - first) * FRAME + late * (i % 2);
        struct mp4_sample sample = {.data = {nal, sizeof nal},
                                    .decode = decode,
                                    .presentation = decode + composition(fixture, i),
                                    .duration = FRAME + (i % 2 == 0 ? late : -late),
                                    .key = key};

        assert_int_equal(mp4_add(mp4, &sample, NULL), STATUS_OK);
    }
}

/* Up to the end of the pictures. */
static void add_sound(struct fixture *fixture, struct mp4 *mp4)
{
    int64_t end = (fixture->frame + FRAGMENT_FRAMES) * 48000 / 25;
    uint8_t packet[] = {0xfc, 1, 2};

    for (; fixture->sound && fixture->sound_at + 960 <= end; fixture->sound_at += 960) {
        int64_t late = fixture->jittery ? 1 : 0;
        int64_t which = fixture->sound_at / 960 % 2;
        int64_t decode = fixture->sound_at + late * which;
        struct mp4_sample sample = {.sound = true,
                                    .data = {packet, sizeof packet},
                                    .decode = decode,
                                    .presentation = decode,
                                    .duration = 960 + (which == 0 ? late : -late),
                                    .key = true};

        if (fixture->sound_at >= fixture->sound_after)
            assert_int_equal(mp4_add(mp4, &sample, NULL), STATUS_OK);
    }
}

void footage_add(struct recorded *segment, struct buffer *bytes, struct piece piece)
{
    piece.offset = piece_list_size(segment->pieces);
    piece.size = bytes->size;
    digest_of(DIGEST_SHA256, buffer_bytes(bytes), &piece.sha256);
    digest_of(DIGEST_SM3, buffer_bytes(bytes), &piece.sm3);
    assert_int_equal(piece_list_add(segment->pieces, &piece, NULL), STATUS_OK);
    assert_int_equal(file_write_all(segment->descriptor, buffer_bytes(bytes), NULL), STATUS_OK);
    buffer_clear(bytes);
}

struct recorded *footage_begin(struct fixture *fixture, bool continues)
{
    struct recorded *segment = &fixture->segments[fixture->footage.count++];

    snprintf(segment->name, sizeof segment->name, "segment-%zu", fixture->footage.count - 1);
    segment->descriptor = memfd_create(segment->name, MFD_CLOEXEC);
    segment->continues = continues;
    assert_int_equal(piece_list_new(true, &segment->pieces, NULL), STATUS_OK);
    return segment;
}

struct recorded *footage_record(struct fixture *fixture, bool continues)
{
    struct recorded *segment = footage_begin(fixture, continues);
    struct buffer bytes = {0};
    struct mp4 *mp4 = NULL;
    struct sound_format sound = {.codec = SOUND_OPUS};

    sound_describe_opus(&sound, 2);
    assert_int_equal(mp4_new(assembler_parameters(fixture->assembler),
                             fixture->sound ? &sound : NULL, 1, &bytes, &mp4, NULL),
                     STATUS_OK);
    footage_add(
        segment, &bytes,
        (struct piece){.kind = PIECE_INIT, .start_utc_ns = UTC + fixture->frame * FRAME_NS});
    for (int64_t i = 0; i < FRAGMENTS; i++) {
        add_frames(fixture, mp4, i * FRAGMENT_FRAMES);
        add_sound(fixture, mp4);
        assert_int_equal(mp4_cut(mp4, NULL), STATUS_OK);
        footage_add(segment, &bytes,
                    (struct piece){.kind = PIECE_FRAGMENT,
                                   .keyframe = fixture->all_keys || i == 0,
                                   .frames = FRAGMENT_FRAMES,
                                   .start_utc_ns = UTC + fixture->frame * FRAME_NS,
                                   .duration_ns = FRAGMENT_FRAMES * FRAME_NS});
        fixture->frame += FRAGMENT_FRAMES;
    }
    mp4_free(mp4);
    buffer_release(&bytes);
    return segment;
}

void footage_flip(const struct recorded *segment, uint64_t offset, uint32_t bit)
{
    uint8_t byte = 0;

    assert_int_equal(pread(segment->descriptor, &byte, 1, (off_t)offset), 1);
    byte ^= (uint8_t)(1u << bit);
    assert_int_equal(pwrite(segment->descriptor, &byte, 1, (off_t)offset), 1);
}
