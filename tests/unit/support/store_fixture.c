#include "store_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "evidence/box_writer.h"

static void attach(struct store_fixture *fixture)
{
    struct ledger *ledger = fixture->base.ledger;
    struct error error = {0};

    if (piece_table_attach(ledger, &fixture->pieces, &error) != STATUS_OK ||
        segment_index_attach(ledger, &fixture->segments, &error) != STATUS_OK ||
        entry_key_attach(ledger, &fixture->entries, &error) != STATUS_OK ||
        hold_index_attach(ledger, &fixture->holds, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    fixture->books = (struct segment_books){ledger, fixture->pieces, fixture->segments};
}

static void detach(struct store_fixture *fixture)
{
    fixture_close(&fixture->base);
    piece_table_free(fixture->pieces);
    segment_index_free(fixture->segments);
    entry_key_free(fixture->entries);
    hold_index_free(fixture->holds);
}

void store_begin(struct store_fixture *fixture, const char *suite)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture_begin(&fixture->base, suite);
    snprintf(fixture->video, sizeof(fixture->video), "%s/video", fixture->base.folder);
    assert_int_equal(mkdir(fixture->video, 0750), 0);
    fixture->volume = open(fixture->video, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fixture->volume >= 0);
    attach(fixture);
}

void store_end(struct store_fixture *fixture)
{
    detach(fixture);
    file_close(&fixture->volume);
    fixture_end(&fixture->base);
}

void store_reopen(struct store_fixture *fixture)
{
    detach(fixture);
    assert_int_equal(fixture_reopen(&fixture->base), STATUS_OK);
    attach(fixture);
}

void store_commit(struct store_fixture *fixture)
{
    struct error error = {0};

    if (ledger_commit(fixture->base.ledger, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

bool store_with_sm3(const struct store_fixture *fixture)
{
    return suite_digest_algorithm(fixture->base.suite) == DIGEST_SM3;
}

void store_pass(struct store_fixture *fixture, int64_t ns)
{
    fixture->base.now.utc_ns += ns;
    fixture->base.now.monotonic_ns += ns;
}

void store_live(struct store_fixture *fixture, unsigned days)
{
    for (unsigned i = 0; i < days; i++) {
        store_pass(fixture, NS_PER_DAY);
        (void)fixture_append(&fixture->base, "appliance");
    }
    store_commit(fixture);
}

int64_t store_lived_ns(const struct store_fixture *fixture)
{
    return lived_now(segment_index_lived(fixture->segments), fixture->base.clock.boot_id,
                     fixture->base.now.monotonic_ns);
}

uint64_t store_append(struct store_fixture *fixture, enum record_kind kind, const char *source,
                      json_t *members)
{
    uint64_t number = 0;

    assert_non_null(members);
    assert_int_equal(ledger_append(fixture->base.ledger, kind, source, members, &number, NULL),
                     STATUS_OK);
    json_decref(members);
    store_commit(fixture);
    return number;
}

uint64_t store_hold(struct store_fixture *fixture, const struct hold_record *hold)
{
    json_t *members = NULL;

    assert_int_equal(hold_record_members(hold, &members, NULL), STATUS_OK);
    return store_append(fixture, RECORD_HOLD, "operator/uid-0", members);
}

bool store_check_holds(struct store_fixture *fixture)
{
    struct hold_check *check = NULL;
    enum status status = STATUS_AGAIN;
    bool differed = false;

    assert_int_equal(hold_check_new(fixture->base.ledger, fixture->holds, &check, NULL), STATUS_OK);
    while (status == STATUS_AGAIN)
        status = hold_check_step(check, &differed, NULL);
    assert_int_equal(status, STATUS_OK);
    hold_check_free(check);
    return differed;
}

struct expiry_books store_expiry_books(const struct store_fixture *fixture)
{
    return (struct expiry_books){fixture->volume, fixture->base.ledger, fixture->pieces,
                                 fixture->segments, fixture->holds};
}

/* ---- made-up video ---- */

/* 90000 units a second, four pictures a second; ends of boxes are filled in. */
#define TIMESCALE      90000u
#define PICTURES       4u
#define PICTURE        (TIMESCALE / PICTURES)
#define SECONDS_MAX    65536 /* decoding times are of the wall clock, less so many days */
#define TFHD_MOOF_BASE 0x020000u
#define TRUN_FLAGS     0x000f01u /* data offset; of each: duration, size, flags, composition */
#define NO_SYNC        0x00010000u

static void put_full_box(struct box_writer *writer, uint32_t type, uint32_t word, size_t zeros)
{
    size_t begin = box_begin(writer, type);
    put_u32(writer, word);
    put_zeros(writer, zeros);
    box_end(writer, begin);
}

static void put_track(struct box_writer *writer)
{
    size_t trak = box_begin(writer, BOX_TYPE('t', 'r', 'a', 'k'));
    size_t box = full_box_begin(writer, BOX_TYPE('t', 'k', 'h', 'd'), 0, 3);
    put_zeros(writer, 8);
    put_u32(writer, 1);
    put_zeros(writer, 64);
    put_u32(writer, 320u << 16);
    put_u32(writer, 176u << 16);
    box_end(writer, box);
    size_t mdia = box_begin(writer, BOX_TYPE('m', 'd', 'i', 'a'));
    box = full_box_begin(writer, BOX_TYPE('m', 'd', 'h', 'd'), 0, 0);
    put_zeros(writer, 8);
    put_u32(writer, TIMESCALE);
    put_zeros(writer, 4);
    put_u32(writer, 0x55c40000); /* no language */
    box_end(writer, box);
    box = full_box_begin(writer, BOX_TYPE('h', 'd', 'l', 'r'), 0, 0);
    put_u32(writer, 0);
    put_u32(writer, BOX_TYPE('v', 'i', 'd', 'e'));
    put_zeros(writer, 13);
    box_end(writer, box);
    size_t minf = box_begin(writer, BOX_TYPE('m', 'i', 'n', 'f'));
    put_full_box(writer, BOX_TYPE('v', 'm', 'h', 'd'), 1, 8);
    size_t stbl = box_begin(writer, BOX_TYPE('s', 't', 'b', 'l'));
    put_full_box(writer, BOX_TYPE('s', 't', 's', 'd'), 0, 4); /* no picture can be decoded */
    box_end(writer, stbl);
    box_end(writer, minf);
    box_end(writer, mdia);
    box_end(writer, trak);
}

static void put_init(struct box_writer *writer)
{
    size_t box = box_begin(writer, BOX_TYPE('f', 't', 'y', 'p'));
    put_u32(writer, BOX_TYPE('i', 's', 'o', 'm'));
    put_u32(writer, 0);
    box_end(writer, box);
    size_t moov = box_begin(writer, BOX_TYPE('m', 'o', 'o', 'v'));
    put_track(writer);
    size_t mvex = box_begin(writer, BOX_TYPE('m', 'v', 'e', 'x'));
    box = full_box_begin(writer, BOX_TYPE('t', 'r', 'e', 'x'), 0, 0);
    put_u32(writer, 1);
    put_u32(writer, 1);
    put_zeros(writer, 12);
    box_end(writer, box);
    box_end(writer, mvex);
    put_zeros(writer, 4); /* a box of no meaning fills the piece */
    put_u32(writer, BOX_TYPE('f', 'r', 'e', 'e'));
    size_t left = FRAGMENT_SIZE - writer->out->size;
    put_zeros(writer, left);
    writer->out->data[FRAGMENT_SIZE - left - 6] = (uint8_t)((left + 8) >> 8);
    writer->out->data[FRAGMENT_SIZE - left - 5] = (uint8_t)(left + 8);
    box_end(writer, moov);
}

/* Pictures 0 2 1 3 of a second, the first a keyframe; all of another size. */
static void put_moof(struct box_writer *writer, uint64_t decode_time)
{
    static const uint32_t shown_later[PICTURES] = {1, 2, 0, 1};
    size_t moof = box_begin(writer, BOX_TYPE('m', 'o', 'o', 'f'));
    put_full_box(writer, BOX_TYPE('m', 'f', 'h', 'd'), 0, 4);
    size_t traf = box_begin(writer, BOX_TYPE('t', 'r', 'a', 'f'));
    size_t box = full_box_begin(writer, BOX_TYPE('t', 'f', 'h', 'd'), 0, TFHD_MOOF_BASE);
    put_u32(writer, 1);
    box_end(writer, box);
    box = full_box_begin(writer, BOX_TYPE('t', 'f', 'd', 't'), 1, 0);
    put_u64(writer, decode_time);
    box_end(writer, box);
    box = full_box_begin(writer, BOX_TYPE('t', 'r', 'u', 'n'), 0, TRUN_FLAGS);
    put_u32(writer, PICTURES);
    put_u32(writer, (uint32_t)writer->out->size + 4 + 16 * PICTURES + 8); /* behind mdat's header */
    for (uint32_t i = 0; i < PICTURES; i++) {
        put_u32(writer, PICTURE);
        put_u32(writer, 100 + 10 * i);
        put_u32(writer, i == 0 ? 0 : NO_SYNC);
        put_u32(writer, shown_later[i] * PICTURE);
    }
    box_end(writer, box);
    box_end(writer, traf);
    box_end(writer, moof);
}

void store_piece(unsigned which, int64_t start_utc_ns, uint8_t data[FRAGMENT_SIZE])
{
    struct buffer piece = {0};
    struct box_writer writer = {.out = &piece};

    if (which == 0) {
        put_init(&writer);
    } else {
        put_moof(&writer, (uint64_t)(start_utc_ns / NS_PER_SECOND % SECONDS_MAX) * TIMESCALE);
        put_u32(&writer, (uint32_t)(FRAGMENT_SIZE - piece.size));
        put_u32(&writer, BOX_TYPE('m', 'd', 'a', 't'));
    }
    assert_false(writer.failed);
    memset(data, (int)(which + 1), FRAGMENT_SIZE);
    memcpy(data, piece.data, piece.size);
    buffer_release(&piece);
}

static void write_piece(struct segment *segment, bool with_sm3, unsigned which,
                        int64_t start_utc_ns)
{
    uint8_t data[FRAGMENT_SIZE];
    struct digest digest;
    struct error error = {0};
    struct message_fragment message = {
        .kind = which == 0 ? PIECE_INIT : PIECE_FRAGMENT,
        .keyframe = which > 0,
        .offset = (uint64_t)which * FRAGMENT_SIZE,
        .size = FRAGMENT_SIZE,
        .frames = which == 0 ? 0 : 25,
        .start_utc_ns = start_utc_ns,
        .duration_ns = which == 0 ? 0 : NS_PER_SECOND,
    };

    store_piece(which, start_utc_ns, data);
    assert_int_equal(write(segment_descriptor(segment), data, sizeof(data)), sizeof(data));
    digest_of(DIGEST_SHA256, (struct bytes){data, sizeof(data)}, &digest);
    memcpy(message.sha256, digest.bytes, sizeof(message.sha256));
    if (with_sm3) {
        digest_of(DIGEST_SM3, (struct bytes){data, sizeof(data)}, &digest);
        memcpy(message.sm3, digest.bytes, sizeof(message.sm3));
    }
    if (segment_add(segment, &message, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

void store_record(struct store_fixture *fixture, const char *camera, unsigned fragments,
                  char id[SEGMENT_ID_SIZE], uint64_t *number)
{
    struct segment *segment AUTO_SEGMENT = NULL;
    struct message_segment_begin begin = {.reason = CUT_TIME, .video_codec = "h264"};
    struct message_segment_end end = {.pieces = fragments + 1, .frames = fragments * 25};
    uint64_t unused = 0;

    assert_int_equal(segment_create(fixture->volume, camera, fixture->base.now.utc_ns,
                                    store_with_sm3(fixture), &segment, NULL),
                     STATUS_OK);
    memcpy(begin.segment, segment_id(segment), SEGMENT_ID_SIZE);
    begin.start_utc_ns = fixture->base.now.utc_ns;
    assert_int_equal(segment_begin(segment, &begin, NULL), STATUS_OK);
    for (unsigned i = 0; i <= fragments; i++) {
        write_piece(segment, store_with_sm3(fixture), i, fixture->base.now.utc_ns);
        if (i > 0)
            store_pass(fixture, NS_PER_SECOND);
    }
    memcpy(end.segment, segment_id(segment), SEGMENT_ID_SIZE);
    end.size = (uint64_t)(fragments + 1) * FRAGMENT_SIZE;
    end.end_utc_ns = fixture->base.now.utc_ns;
    end.continues = fixture->continues;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_OK);
    assert_int_equal(segment_sync(segment_descriptor(segment), segment_directory(segment),
                                  segment_file(segment), NULL),
                     STATUS_OK);
    assert_int_equal(segment_seal(segment, &fixture->books, number ? number : &unused, NULL),
                     STATUS_OK);
    if (id)
        memcpy(id, segment_id(segment), SEGMENT_ID_SIZE);
}

bool store_has_file(const struct store_fixture *fixture, const char *file)
{
    return faccessat(fixture->volume, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool store_same_body(json_t *a, json_t *b)
{
    bool same = json_equal(a, b) == 1;

    json_decref(a);
    json_decref(b);
    return same;
}

struct buffer store_vector(void)
{
    struct buffer bytes = {0};

    assert_int_equal(file_read(AT_FDCWD, VECTOR_FOLDER "/fragmented.mp4", 65536, &bytes, NULL),
                     STATUS_OK);
    return bytes;
}
