#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/box.h"
#include "store/volume.h"
#include "support/store_fixture.h"

#define AUTO_BUFFER __attribute__((cleanup(buffer_release)))

static struct segment *created(struct store_fixture *fixture)
{
    struct segment *segment = NULL;

    assert_int_equal(
        segment_create(fixture->volume, "gate", fixture->base.now.utc_ns, false, &segment, NULL),
        STATUS_OK);
    return segment;
}

static void begin(struct segment *segment)
{
    struct message_segment_begin message = {
        .reason = CUT_FIRST, .start_utc_ns = 5000, .video_codec = "h264", .width = 64};

    SET_TEXT(message.segment, segment_id(segment));
    assert_int_equal(segment_begin(segment, &message, NULL), STATUS_OK);
}

/* Tells of the next piece of the vector as a camera would. */
static enum status tell(struct segment *segment, struct bytes file, struct box_range range)
{
    struct digest digest;
    struct message_fragment message = {.kind = (uint16_t)range.kind,
                                       .offset = range.offset,
                                       .size = (uint32_t)range.size,
                                       .frames = range.kind == PIECE_FRAGMENT ? 5 : 0,
                                       .keyframe = range.kind == PIECE_FRAGMENT,
                                       .start_utc_ns = 5000};

    if (range.kind == PIECE_FRAGMENT)
        message.duration_ns = NS_PER_SECOND;
    digest_of(DIGEST_SHA256, (struct bytes){file.data + range.offset, range.size}, &digest);
    memcpy(message.sha256, digest.bytes, sizeof(message.sha256));
    return segment_add(segment, &message, NULL);
}

static void ids_are_never_the_same_and_hold_their_time(void **state)
{
    char a[SEGMENT_ID_SIZE];
    char b[SEGMENT_ID_SIZE];
    char file[SEGMENT_FILE_SIZE];
    int64_t utc_ns = 0;

    (void)state;
    segment_id_make(a, INT64_C(1795335222) * NS_PER_SECOND + 999);
    segment_id_make(b, INT64_C(1795335222) * NS_PER_SECOND + 999);
    assert_string_not_equal(a, b);
    assert_int_equal(segment_id_time(a, &utc_ns), STATUS_OK);
    assert_int_equal(utc_ns, INT64_C(1795335222) * NS_PER_SECOND);
    (void)snprintf(a + 17, sizeof(a) - 17, "0123456789abcdef");
    assert_string_equal(a, "20261122T081342Z-0123456789abcdef");
    segment_file_name(file, "gate", a);
    assert_string_equal(file, "gate/20261122/20261122T081342Z-0123456789abcdef.mp4");
}

static void what_is_no_id_leads_nowhere(void **state)
{
    static const char *const ids[] = {"",
                                      "../../../etc/passwd",
                                      "20261122T081342Z-0123456789ABCDEF",
                                      "20261122T081342Z-0123456789abcde",
                                      "20261322T081342Z-0123456789abcdef",
                                      "20261122T081342Z/0123456789abcdef"};
    static const char *const cameras[] = {"", "-a", "A", "a/b", "..", "a b"};
    struct segment *segment = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_false(segment_id_is_valid(ids[i]));
        assert_int_equal(segment_adopt(-1, "gate", ids[i], false, &segment, NULL), STATUS_INVALID);
    }
    for (size_t i = 0; i < sizeof(cameras) / sizeof(cameras[0]); i++)
        assert_int_equal(segment_create(-1, cameras[i], 0, false, &segment, NULL), STATUS_INVALID);
}

static void a_grant_can_only_append(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct segment *segment AUTO_SEGMENT = NULL;
    struct stat file;

    (void)state;
    store_begin(&fixture, "nist");
    segment = created(&fixture);
    assert_int_equal(fcntl(segment_descriptor(segment), F_GETFL) & (O_ACCMODE | O_APPEND),
                     O_WRONLY | O_APPEND);
    assert_int_equal(write(segment_descriptor(segment), "abc", 3), 3);
    assert_int_equal(lseek(segment_descriptor(segment), 0, SEEK_SET), 0);
    assert_int_equal(write(segment_descriptor(segment), "def", 3), 3);
    assert_int_equal(fstat(segment_descriptor(segment), &file), 0);
    assert_int_equal(file.st_size, 6);
    assert_int_equal(file.st_mode & 07777, 0640);
}

static void a_camera_that_lies_about_its_file_is_refused(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct segment *segment AUTO_SEGMENT = NULL;
    struct message_segment_end end = {.pieces = 1, .end_utc_ns = 9000};
    struct box_range range = {PIECE_INIT, 0, 500};

    (void)state;
    store_begin(&fixture, "nist");
    segment = created(&fixture);
    /* A piece before the segment has begun; one that was not written; two that overlap. */
    assert_int_equal(tell(segment, buffer_bytes(&file), range), STATUS_INVALID);
    begin(segment);
    assert_int_equal(tell(segment, buffer_bytes(&file), range), STATUS_INVALID);
    assert_int_equal(write(segment_descriptor(segment), file.data, 600), 600);
    assert_int_equal(tell(segment, buffer_bytes(&file), range), STATUS_OK);
    assert_int_equal(tell(segment, buffer_bytes(&file), range), STATUS_INVALID);
    /* The end does not fit; there are 100 bytes nobody was told of. */
    SET_TEXT(end.segment, segment_id(segment));
    end.size = 600;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_INVALID);
    end.size = 500;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_AGAIN);
    assert_int_equal(ftruncate(segment_descriptor(segment), 500), 0);
    end.frames = 1;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_INVALID);
    end.frames = 0;
    end.end_utc_ns = 4999;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_INVALID);
    end.end_utc_ns = 5000;
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_OK);
}

static void one_that_ends_without_a_piece_is_not_ready_to_be_sealed(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct segment *segment AUTO_SEGMENT = NULL;
    struct message_segment_end end = {.end_utc_ns = 9000, .continues = 1};

    (void)state;
    store_begin(&fixture, "nist");
    segment = created(&fixture);
    begin(segment);
    SET_TEXT(end.segment, segment_id(segment));
    assert_int_equal(segment_end(segment, &end, NULL), STATUS_AGAIN);
    assert_int_equal(segment_known(segment)->end_utc_ns, 5000);
    assert_false(segment_known(segment)->continues);
    assert_int_equal(segment_discard(segment, fixture.volume, NULL), STATUS_OK);
}

static void what_a_dead_camera_did_not_tell_is_hashed(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct bytes bytes = buffer_bytes(&file);
    struct box_source source = box_source_bytes(&bytes);
    struct segment *whole AUTO_SEGMENT = NULL;
    struct piece_roots expected;
    struct box_range range;
    uint64_t at = 0;

    (void)state;
    store_begin(&fixture, "nist");
    whole = created(&fixture);
    begin(whole);
    assert_int_equal(write(segment_descriptor(whole), file.data, file.size), file.size);
    while (box_next_piece(&source, at, &range, NULL) == STATUS_OK) {
        assert_int_equal(tell(whole, bytes, range), STATUS_OK);
        at += range.size;
    }
    piece_list_roots(segment_pieces(whole), &expected);
    for (unsigned told = 0; told <= 6; told++) {
        struct segment *segment AUTO_SEGMENT = created(&fixture);
        struct piece_roots roots;
        enum status status = STATUS_AGAIN;

        begin(segment);
        assert_int_equal(write(segment_descriptor(segment), file.data, file.size), file.size);
        at = 0;
        for (unsigned i = 0; i < told; i++) {
            assert_int_equal(box_next_piece(&source, at, &range, NULL), STATUS_OK);
            assert_int_equal(tell(segment, bytes, range), STATUS_OK);
            at += range.size;
        }
        while (status == STATUS_AGAIN)
            status = segment_complete(segment, 1, NULL);
        assert_int_equal(status, STATUS_OK);
        piece_list_roots(segment_pieces(segment), &roots);
        assert_true(piece_roots_equal(&roots, &expected));
        assert_int_equal(segment_known(segment)->recovered, told < 6);
        assert_int_equal(segment_known(segment)->recovered_from, told < 6 ? at : 0);
        assert_int_equal(segment_known(segment)->frames, 25);
        assert_int_equal(segment_known(segment)->size, file.size);
        assert_false(segment_known(segment)->has_not_covered);
        /* Times follow on from what was told. */
        if (told >= 2)
            assert_int_equal(segment_known(segment)->end_utc_ns,
                             5000 + (7 - (int64_t)told) * NS_PER_SECOND);
    }
}

static void an_adopted_segment_goes_on(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct segment *first AUTO_SEGMENT = NULL;
    struct segment *second AUTO_SEGMENT = NULL;
    struct segment *none = NULL;
    char id[SEGMENT_ID_SIZE];

    (void)state;
    store_begin(&fixture, "nist");
    first = created(&fixture);
    assert_int_equal(write(segment_descriptor(first), file.data, 500), 500);
    assert_int_equal(segment_adopt(fixture.volume, "gate", segment_id(first), false, &second, NULL),
                     STATUS_OK);
    begin(second);
    assert_int_equal(tell(second, buffer_bytes(&file), (struct box_range){PIECE_INIT, 0, 500}),
                     STATUS_OK);
    segment_id_make(id, fixture.base.now.utc_ns);
    assert_int_equal(segment_adopt(fixture.volume, "gate", id, false, &none, NULL),
                     STATUS_NOT_FOUND);
}

static void only_an_empty_segment_is_discarded(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct segment *segment AUTO_SEGMENT = NULL;
    uint64_t number = 0;

    (void)state;
    store_begin(&fixture, "nist");
    segment = created(&fixture);
    assert_int_equal(segment_seal(segment, &fixture.books, &number, NULL), STATUS_REFUSED);
    assert_int_equal(write(segment_descriptor(segment), "x", 1), 1);
    assert_int_equal(segment_discard(segment, fixture.volume, NULL), STATUS_REFUSED);
    assert_true(store_has_file(&fixture, segment_file(segment)));
    assert_int_equal(ftruncate(segment_descriptor(segment), 0), 0);
    assert_int_equal(segment_discard(segment, fixture.volume, NULL), STATUS_OK);
    assert_false(store_has_file(&fixture, segment_file(segment)));
}

static void a_record_says_what_was_told(void **state)
{
    struct segment_record record = {
        .camera = "gate",
        .id = "20261122T081342Z-0123456789abcdef",
        .file = "gate/20261122/20261122T081342Z-0123456789abcdef.mp4",
        .start_utc_ns = 5,
        .end_utc_ns = 6,
        .size = UINT64_MAX,
        .pieces = 3,
        .frames = 50,
        .video_codec = "hevc",
        .width = 1920,
        .height = 1080,
        .connection = 2,
        .continues = true,
        .cut = CUT_PARAMETERS,
        .quality = CLOCK_SYNCED,
        .start_monotonic_ns = -1,
        .utc_minus_raw_ns = INT64_MIN,
        .camera_clock_known = true,
        .roots = {.has_sm3 = true},
        .recovered = true,
        .recovered_from = 17,
        .has_not_covered = true,
        .not_covered_from = 18,
    };
    struct segment_record back;
    json_t *body = NULL;
    json_t *again = NULL;

    (void)state;
    memset(record.roots.sha256.bytes, 1, DIGEST_BYTES);
    memset(record.roots.sm3.bytes, 2, DIGEST_BYTES);
    assert_int_equal(segment_record_members(&record, &body, NULL), STATUS_OK);
    assert_int_equal(segment_record_parse(body, &back, NULL), STATUS_OK);
    assert_int_equal(segment_record_members(&back, &again, NULL), STATUS_OK);
    assert_true(store_same_body(json_incref(body), again));
    json_decref(body);
}

static void a_record_that_points_elsewhere_is_refused(void **state)
{
    static const struct {
        const char *key;
        const char *value;
    } cases[] = {
        {"file", "gate/20261122/../../key/device.key"},
        {"camera", "yard"},
        {"segment", "20261122T081342Z-ffffffffffffffff"},
        {"start", "2027-01-01T00:00:00.000000000Z"},
        {"size", "016"},
        {"size", "-1"},
        {"recovered_from", "17"},
        {"cut", "Boredom"},
        {"root_sha256", "00"},
        {"noted_size", "16"}, /* and no root */
    };
    struct segment_record record = {
        .camera = "gate",
        .id = "20261122T081342Z-0123456789abcdef",
        .file = "gate/20261122/20261122T081342Z-0123456789abcdef.mp4",
        .size = 16,
    };
    struct segment_record back;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *body = NULL;
        struct error error;

        assert_int_equal(segment_record_members(&record, &body, NULL), STATUS_OK);
        assert_int_equal(segment_record_parse(body, &back, NULL), STATUS_OK);
        assert_int_equal(json_object_set_new(body, cases[i].key, json_string(cases[i].value)), 0);
        assert_int_equal(segment_record_parse(body, &back, &error), STATUS_INVALID);
        assert_true(error.text[0] != '\0');
        json_decref(body);
    }
}

static void a_swapped_or_missing_volume_is_caught(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_STORE struct store_fixture other;
    struct volume_identity own;
    struct volume_identity back;
    struct volume_identity foreign;
    struct error error;

    (void)state;
    store_begin(&fixture, "sm");
    store_begin(&other, "nist");
    volume_identity_of(ledger_origin(fixture.base.ledger), device_key_public(fixture.base.key),
                       &own);
    volume_identity_of(ledger_origin(other.base.ledger), device_key_public(other.base.key),
                       &foreign);
    assert_int_equal(volume_check(fixture.volume, &own, &error), STATUS_NOT_FOUND);
    assert_int_equal(volume_identity_create(fixture.volume, &own, NULL), STATUS_OK);
    assert_int_equal(volume_check(fixture.volume, &own, NULL), STATUS_OK);
    assert_int_equal(volume_identity_read(fixture.volume, &back, NULL), STATUS_OK);
    assert_memory_equal(&back, &own, sizeof(own));
    assert_int_equal(volume_check(fixture.volume, &foreign, &error), STATUS_MISMATCH);
    assert_non_null(strstr(error.text, own.origin));
    assert_int_equal(volume_identity_create(fixture.volume, &own, NULL), STATUS_EXISTS);
    SET_TEXT(foreign.origin, own.origin);
    assert_int_equal(volume_check(fixture.volume, &foreign, &error), STATUS_MISMATCH);
    assert_int_equal(volume_identity_replace(fixture.volume, &foreign, NULL), STATUS_OK);
    assert_int_equal(volume_check(fixture.volume, &foreign, NULL), STATUS_OK);
}

static void a_damaged_identity_is_invalid(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer whole = {0};
    struct volume_identity own;

    (void)state;
    store_begin(&fixture, "nist");
    volume_identity_of(ledger_origin(fixture.base.ledger), device_key_public(fixture.base.key),
                       &own);
    assert_int_equal(volume_identity_create(fixture.volume, &own, NULL), STATUS_OK);
    assert_int_equal(file_read(fixture.volume, VOLUME_IDENTITY_FILE, 4096, &whole, NULL),
                     STATUS_OK);
    for (size_t size = 0; size < whole.size; size += 7) {
        assert_int_equal(file_replace(fixture.volume, VOLUME_IDENTITY_FILE,
                                      (struct bytes){whole.data, size}, 0644, NULL),
                         STATUS_OK);
        assert_int_equal(volume_check(fixture.volume, &own, NULL), STATUS_INVALID);
    }
}

static void space_is_what_the_file_system_says(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct volume_space space;

    (void)state;
    store_begin(&fixture, "nist");
    assert_int_equal(volume_space(fixture.volume, &space, NULL), STATUS_OK);
    assert_true(space.total_bytes > 0);
    assert_true(space.free_bytes <= space.total_bytes);
    assert_int_equal(volume_space(-1, &space, NULL), STATUS_IO);
    assert_true(volume_encryption(fixture.volume) <= VOLUME_ENCRYPTION_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_never_the_same_and_hold_their_time),
        cmocka_unit_test(what_is_no_id_leads_nowhere),
        cmocka_unit_test(a_grant_can_only_append),
        cmocka_unit_test(a_camera_that_lies_about_its_file_is_refused),
        cmocka_unit_test(one_that_ends_without_a_piece_is_not_ready_to_be_sealed),
        cmocka_unit_test(what_a_dead_camera_did_not_tell_is_hashed),
        cmocka_unit_test(an_adopted_segment_goes_on),
        cmocka_unit_test(only_an_empty_segment_is_discarded),
        cmocka_unit_test(a_record_says_what_was_told),
        cmocka_unit_test(a_record_that_points_elsewhere_is_refused),
        cmocka_unit_test(a_swapped_or_missing_volume_is_caught),
        cmocka_unit_test(a_damaged_identity_is_invalid),
        cmocka_unit_test(space_is_what_the_file_system_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
