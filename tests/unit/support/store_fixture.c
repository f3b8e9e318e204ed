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

/* A camera's: 90000 units a second, a picture a second. Ends of boxes are filled in. */
static const uint8_t init_part[] = "\0\0\0\x10"
                                   "ftypisom\0\0\0\0"
                                   "\0\0\0\x94"
                                   "moov"
                                   "\0\0\0\x64"
                                   "trak"
                                   "\0\0\0\x18"
                                   "tkhd\0\0\0\0"
                                   "\0\0\0\0\0\0\0\0"
                                   "\0\0\0\x01"
                                   "\0\0\0\x44"
                                   "mdia"
                                   "\0\0\0\x1c"
                                   "mdhd\0\0\0\0"
                                   "\0\0\0\0\0\0\0\0"
                                   "\0\x01\x5f\x90"
                                   "\0\0\0\0"
                                   "\0\0\0\x20"
                                   "hdlr\0\0\0\0"
                                   "\0\0\0\0"
                                   "vide"
                                   "\0\0\0\0\0\0\0\0\0\0\0\0"
                                   "\0\0\0\x28"
                                   "mvex"
                                   "\0\0\0\x20"
                                   "trex\0\0\0\0"
                                   "\0\0\0\x01"
                                   "\0\0\0\x01"
                                   "\0\0\0\0\0\0\0\0\0\0\0\0";

static const uint8_t free_box[8] = {0, 0, 0, 0, 'f', 'r', 'e', 'e'};

static const uint8_t fragment_front[] = "\0\0\0\x5c"
                                        "moof"
                                        "\0\0\0\x10"
                                        "mfhd\0\0\0\0"
                                        "\0\0\0\x01"
                                        "\0\0\0\x44"
                                        "traf"
                                        "\0\0\0\x10"
                                        "tfhd\0\x02\0\0"
                                        "\0\0\0\x01"
                                        "\0\0\0\x14"
                                        "tfdt\x01\0\0\0"
                                        "\0\0\0\0\0\0\0\0"
                                        "\0\0\0\x18"
                                        "trun\0\0\x03\0"
                                        "\0\0\0\x01"
                                        "\0\x01\x5f\x90"
                                        "\0\0\0\x01"
                                        "\0\0\x03\x8c"
                                        "mdat";
#define DECODE_TIME_AT 64 /* in it, the lower half of the 8 bytes */
#define TIMESCALE      90000u

void store_piece(unsigned which, uint8_t data[FRAGMENT_SIZE])
{
    memset(data, (int)(which + 1), FRAGMENT_SIZE);
    if (which == 0) {
        /* the rest is a box of no meaning before the others */
        size_t size = sizeof(init_part) - 1;
        size_t moov = size - 16;
        memcpy(data, init_part, 16);
        memcpy(data + 16, free_box, sizeof(free_box));
        data[18] = (uint8_t)((FRAGMENT_SIZE - size) >> 8);
        data[19] = (uint8_t)(FRAGMENT_SIZE - size);
        memcpy(data + FRAGMENT_SIZE - moov, init_part + 16, moov);
        return;
    }
    uint32_t decode_time = (which - 1) * TIMESCALE;
    memcpy(data, fragment_front, sizeof(fragment_front) - 1);
    for (int i = 0; i < 4; i++)
        data[DECODE_TIME_AT + i] = (uint8_t)(decode_time >> (24 - 8 * i));
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

    store_piece(which, data);
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
