/* Salvage of files that a crash left, on a real fragmented MP4 cut at every byte. */
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

#include "store/recovery.h"
#include "support/store_fixture.h"

#define AUTO_BUFFER   __attribute__((cleanup(buffer_release)))
#define AUTO_RECOVERY __attribute__((cleanup(recovery_cleanup)))
#define BUDGET        (1 << 20)

static void recovery_cleanup(struct recovery **recovery)
{
    recovery_free(*recovery);
}

/* Puts bytes where a camera's segment would be. */
static void put_file(struct store_fixture *fixture, const char *camera, const void *data,
                     size_t size, char id[SEGMENT_ID_SIZE], char file[SEGMENT_FILE_SIZE])
{
    struct segment *segment AUTO_SEGMENT = NULL;

    assert_int_equal(
        segment_create(fixture->volume, camera, fixture->base.now.utc_ns, false, &segment, NULL),
        STATUS_OK);
    assert_int_equal(write(segment_descriptor(segment), data, size), (ssize_t)size);
    memcpy(id, segment_id(segment), SEGMENT_ID_SIZE);
    (void)snprintf(file, SEGMENT_FILE_SIZE, "%s", segment_file(segment));
}

static struct recovery *begin(struct store_fixture *fixture, const char *camera,
                              const struct progress_note *note)
{
    struct recovery *recovery = NULL;
    struct recovery_settings settings = {.volume = fixture->volume,
                                         .camera = camera,
                                         .note = note,
                                         .with_sm3 = store_with_sm3(fixture),
                                         .database = ledger_database(fixture->base.ledger)};

    assert_int_equal(recovery_new(&settings, &recovery, NULL), STATUS_OK);
    return recovery;
}

/* Steps until something is found. */
static enum status find(struct recovery *recovery, struct recovery_result *result)
{
    enum status status = STATUS_AGAIN;

    for (int i = 0; i < 10000 && status == STATUS_AGAIN; i++)
        status = recovery_step(recovery, BUDGET, result, NULL);
    return status;
}

/* What the vector's pieces are, told as a camera would. */
static struct piece_list *pieces_of(struct bytes bytes, bool with_sm3)
{
    struct piece_list *list = NULL;
    struct box_source source = box_source_bytes(&bytes);
    struct box_range range;

    assert_int_equal(piece_list_new(with_sm3, &list, NULL), STATUS_OK);
    while (box_next_piece(&source, piece_list_size(list), &range, NULL) == STATUS_OK) {
        struct piece piece = {.kind = range.kind, .offset = range.offset, .size = range.size};
        struct bytes part = {bytes.data + range.offset, (size_t)range.size};

        digest_of(DIGEST_SHA256, part, &piece.sha256);
        if (with_sm3)
            digest_of(DIGEST_SM3, part, &piece.sm3);
        assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_OK);
    }
    return list;
}

/* A note that vouches for the first `count` pieces. */
static void note_of(struct progress_note *note, const char *camera, const char *id,
                    const struct piece_list *pieces, size_t count, int64_t start_utc_ns)
{
    struct progress_segment *segment = &note->segments[note->count++];

    SET_TEXT(segment->camera, camera);
    SET_TEXT(segment->id, id);
    segment->pieces = (uint32_t)count;
    segment->start_utc_ns = start_utc_ns;
    segment->end_utc_ns = start_utc_ns;
    for (size_t i = 0; i < count; i++)
        segment->size += piece_list_at(pieces, i)->size;
    piece_list_roots_at(pieces, count, &segment->roots);
}

/* Cut at every byte of the last two fragments, and told of up to the fragment before them. */
static void a_file_torn_anywhere_is_sealed_to_its_last_byte(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct piece_list *whole AUTO_PIECES = NULL;
    struct progress_note *note = calloc(1, sizeof(*note));
    size_t covered = 0;
    size_t count = 0;

    (void)state;
    store_begin(&fixture, "sm");
    whole = pieces_of(buffer_bytes(&file), true);
    count = piece_list_count(whole);
    covered = (size_t)piece_list_at(whole, count - 2)->offset;
    for (size_t size = covered; size <= file.size; size++) {
        struct recovery *recovery AUTO_RECOVERY = NULL;
        struct recovery_result result;
        struct piece_list *expected AUTO_PIECES = NULL;
        struct piece_roots roots;
        char id[SEGMENT_ID_SIZE];
        char name[SEGMENT_FILE_SIZE];
        uint64_t number = 0;

        put_file(&fixture, "gate", file.data, size, id, name);
        note->count = 0;
        memset(note->segments, 0, sizeof(note->segments[0]));
        note_of(note, "gate", id, whole, count - 2, fixture.base.now.utc_ns);
        recovery = begin(&fixture, "gate", note);
        assert_int_equal(find(recovery, &result), STATUS_OK);
        assert_int_equal(result.found, RECOVERY_SEALED_LATE);
        assert_string_equal(result.record.file, name);
        assert_int_equal(result.record.size, size);
        assert_false(result.record.contradicts_note);
        assert_true(result.record.recovered);
        assert_int_equal(result.record.recovered_from, covered);
        assert_int_equal(result.record.has_not_covered, size > covered);
        assert_int_equal(result.record.not_covered_from, size > covered ? covered : 0);
        expected = pieces_of((struct bytes){file.data, size}, true);
        piece_list_roots(expected, &roots);
        assert_true(piece_roots_equal(&roots, &result.record.roots));
        assert_int_equal(result.record.start_utc_ns, fixture.base.now.utc_ns);
        assert_false(result.record.times_estimated);
        assert_string_equal(result.record.video_codec, "h264");
        assert_int_equal(result.record.frames,
                         size == file.size                                         ? 25
                         : size >= covered + piece_list_at(whole, count - 2)->size ? 20
                                                                                   : 15);
        assert_int_equal(result.record.end_utc_ns - result.record.start_utc_ns,
                         (int64_t)result.record.frames * NS_PER_SECOND / 5);
        assert_int_equal(
            segment_record_seal(&result.record, result.pieces, &fixture.books, &number, NULL),
            STATUS_OK);
        assert_int_equal(find(recovery, &result), STATUS_END);
        /* The same name again would be known. */
        if (size % 500 == 0)
            store_commit(&fixture);
        assert_int_equal(unlinkat(fixture.volume, name, 0), 0);
        note->count = 0;
    }
    free(note);
}

static void without_a_note_nothing_is_covered(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;
    char id[SEGMENT_ID_SIZE];
    char name[SEGMENT_FILE_SIZE];

    (void)state;
    store_begin(&fixture, "nist");
    put_file(&fixture, "gate", file.data, file.size, id, name);
    recovery = begin(&fixture, "gate", NULL);
    assert_int_equal(find(recovery, &result), STATUS_OK);
    assert_true(result.record.has_not_covered);
    assert_int_equal(result.record.not_covered_from, 0);
    assert_true(result.record.times_estimated);
    assert_int_equal(result.record.end_utc_ns - result.record.start_utc_ns, 5 * NS_PER_SECOND);
    assert_int_equal(find(recovery, &result), STATUS_END);
}

static void what_the_note_vouched_for_and_is_changed_is_said(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct piece_list *whole AUTO_PIECES = pieces_of(buffer_bytes(&file), false);
    struct progress_note *note = calloc(1, sizeof(*note));
    size_t sizes[] = {file.size, file.size / 2, 0};

    (void)state;
    store_begin(&fixture, "nist");
    /* One bit of it changed; half of it cut off; all of it. */
    for (size_t i = 0; i < 3; i++) {
        struct recovery *recovery AUTO_RECOVERY = NULL;
        struct recovery_result result;
        char id[SEGMENT_ID_SIZE];
        char name[SEGMENT_FILE_SIZE];

        file.data[piece_list_at(whole, 1)->offset + 200] ^= i == 0;
        put_file(&fixture, "gate", file.data, sizes[i], id, name);
        memset(note, 0, sizeof(*note));
        note_of(note, "gate", id, whole, 4, 1000);
        recovery = begin(&fixture, "gate", note);
        assert_int_equal(find(recovery, &result), STATUS_OK);
        assert_int_equal(result.found, RECOVERY_SEALED_LATE);
        assert_true(result.record.contradicts_note);
        assert_int_equal(result.record.size, sizes[i]);
        assert_int_equal(result.record.noted_size, note->segments[0].size);
        assert_true(piece_roots_equal(&result.record.noted, &note->segments[0].roots));
        assert_int_equal(result.record.recovered_from, 0);
        file.data[piece_list_at(whole, 1)->offset + 200] ^= i == 0;
        assert_int_equal(unlinkat(fixture.volume, name, 0), 0);
    }
    free(note);
}

static void a_file_the_note_vouched_for_and_is_missing_is_put_on_record(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    AUTO_BUFFER struct buffer file = store_vector();
    struct piece_list *whole AUTO_PIECES = pieces_of(buffer_bytes(&file), false);
    struct progress_note *note = calloc(1, sizeof(*note));
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery *again AUTO_RECOVERY = NULL;
    struct recovery_result result;
    struct segment_record back;
    json_t *body = NULL;
    char id[SEGMENT_ID_SIZE];
    uint64_t number = 0;

    (void)state;
    store_begin(&fixture, "nist");
    segment_id_make(id, fixture.base.now.utc_ns);
    note_of(note, "gate", id, whole, 4, 1000);
    note_of(note, "other", id, whole, 4, 1000);
    recovery = begin(&fixture, "gate", note);
    assert_int_equal(find(recovery, &result), STATUS_OK);
    assert_int_equal(result.found, RECOVERY_SEALED_LATE);
    assert_true(result.record.contradicts_note);
    assert_int_equal(result.record.size, 0);
    assert_int_equal(segment_record_members(&result.record, &body, NULL), STATUS_OK);
    assert_int_equal(segment_record_parse(body, &back, NULL), STATUS_OK);
    assert_true(back.contradicts_note);
    json_decref(body);
    assert_int_equal(
        segment_record_seal(&result.record, result.pieces, &fixture.books, &number, NULL),
        STATUS_OK);
    assert_int_equal(find(recovery, &result), STATUS_END);
    store_commit(&fixture);
    again = begin(&fixture, "gate", note);
    assert_int_equal(find(again, &result), STATUS_END);
    free(note);
}

static void what_is_on_record_is_left_alone(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;

    (void)state;
    store_begin(&fixture, "nist");
    store_record(&fixture, "gate", 2, NULL, NULL);
    store_commit(&fixture);
    recovery = begin(&fixture, "gate", NULL);
    assert_int_equal(find(recovery, &result), STATUS_END);
}

static void a_seal_that_a_kill_undid_is_made_again(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;
    char id[SEGMENT_ID_SIZE];

    (void)state;
    store_begin(&fixture, "nist");
    store_record(&fixture, "gate", 2, id, NULL);
    store_reopen(&fixture);
    recovery = begin(&fixture, "gate", NULL);
    assert_int_equal(find(recovery, &result), STATUS_OK);
    assert_int_equal(result.found, RECOVERY_SEALED_LATE);
    assert_string_equal(result.record.id, id);
}

static bool all_are_open(void *context, const char *id)
{
    (void)context;
    (void)id;
    return true;
}

static void what_somebody_holds_is_left_alone(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;
    char id[SEGMENT_ID_SIZE];
    char name[SEGMENT_FILE_SIZE];
    struct recovery_settings settings = {.camera = "gate", .is_open = all_are_open};

    (void)state;
    store_begin(&fixture, "nist");
    put_file(&fixture, "gate", "", 0, id, name);
    settings.volume = fixture.volume;
    settings.database = ledger_database(fixture.base.ledger);
    assert_int_equal(recovery_new(&settings, &recovery, NULL), STATUS_OK);
    assert_int_equal(find(recovery, &result), STATUS_END);
    assert_true(store_has_file(&fixture, name));
}

static void empty_files_are_removed_and_foreign_ones_are_not(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;
    char id[SEGMENT_ID_SIZE];
    char name[SEGMENT_FILE_SIZE];
    char other[PATH_SIZE];
    unsigned empty = 0;
    unsigned foreign = 0;

    (void)state;
    store_begin(&fixture, "nist");
    put_file(&fixture, "gate", "", 0, id, name);
    snprintf(other, sizeof(other), "%s/gate/%.8s/notes.txt", fixture.video, id);
    close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    /* A link with the right name: following it would seal another file's bytes. */
    snprintf(other, sizeof(other), "gate/%.8s/%.17sffffffffffffffff.mp4", id, id);
    assert_int_equal(symlinkat("/etc/passwd", fixture.volume, other), 0);
    snprintf(other, sizeof(other), "%s/gate/lost+found", fixture.video);
    assert_int_equal(mkdir(other, 0700), 0);
    recovery = begin(&fixture, "gate", NULL);
    while (find(recovery, &result) == STATUS_OK) {
        empty += result.found == RECOVERY_EMPTY_REMOVED;
        foreign += result.found == RECOVERY_FOREIGN;
    }
    assert_int_equal(empty, 1);
    assert_int_equal(foreign, 3);
    assert_false(store_has_file(&fixture, name));
}

static void another_cameras_segment_is_a_copy(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct recovery *recovery AUTO_RECOVERY = NULL;
    struct recovery_result result;
    char id[SEGMENT_ID_SIZE];
    char from[SEGMENT_FILE_SIZE];
    char to[SEGMENT_FILE_SIZE];
    char folder[SEGMENT_FILE_SIZE];

    (void)state;
    store_begin(&fixture, "nist");
    store_record(&fixture, "gate", 2, id, NULL);
    store_commit(&fixture);
    segment_file_name(from, "gate", id);
    segment_file_name(to, "yard", id);
    snprintf(folder, sizeof(folder), "yard/%.8s", id);
    assert_int_equal(directory_make(fixture.volume, folder, 0750, NULL), STATUS_OK);
    assert_int_equal(linkat(fixture.volume, from, fixture.volume, to, 0), 0);
    recovery = begin(&fixture, "yard", NULL);
    assert_int_equal(find(recovery, &result), STATUS_OK);
    assert_int_equal(result.found, RECOVERY_COPY);
    assert_true(store_has_file(&fixture, to));
}

struct names {
    char text[200];
};

static enum status collect(void *context, const char *camera)
{
    struct names *names = context;
    size_t length = strlen(names->text);

    (void)snprintf(names->text + length, sizeof(names->text) - length, "%s ", camera);
    return STATUS_OK;
}

static void cameras_are_found_by_their_folders_and_by_the_note(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct progress_note *note = calloc(1, sizeof(*note));
    struct names found = {0};

    (void)state;
    store_begin(&fixture, "nist");
    assert_int_equal(mkdirat(fixture.volume, "yard", 0750), 0);
    assert_int_equal(mkdirat(fixture.volume, "gate", 0750), 0);
    assert_int_equal(mkdirat(fixture.volume, "lost+found", 0750), 0);
    note->count = 3;
    SET_TEXT(note->segments[0].camera, "gate");
    SET_TEXT(note->segments[1].camera, "roof");
    SET_TEXT(note->segments[2].camera, "roof");
    assert_int_equal(recovery_cameras(fixture.volume, note, collect, &found, NULL), STATUS_OK);
    assert_string_equal(found.text, "gate yard roof ");
    free(note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_torn_anywhere_is_sealed_to_its_last_byte),
        cmocka_unit_test(without_a_note_nothing_is_covered),
        cmocka_unit_test(what_the_note_vouched_for_and_is_changed_is_said),
        cmocka_unit_test(a_file_the_note_vouched_for_and_is_missing_is_put_on_record),
        cmocka_unit_test(what_is_on_record_is_left_alone),
        cmocka_unit_test(a_seal_that_a_kill_undid_is_made_again),
        cmocka_unit_test(what_somebody_holds_is_left_alone),
        cmocka_unit_test(empty_files_are_removed_and_foreign_ones_are_not),
        cmocka_unit_test(another_cameras_segment_is_a_copy),
        cmocka_unit_test(cameras_are_found_by_their_folders_and_by_the_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
