#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/piece_table.h"
#include "support/store_fixture.h"

static struct piece piece_at(uint64_t offset, enum piece_kind kind)
{
    struct piece piece = {.kind = kind,
                          .offset = offset,
                          .size = 100,
                          .frames = kind == PIECE_FRAGMENT ? 25 : 0,
                          .keyframe = kind == PIECE_FRAGMENT,
                          .start_utc_ns = kind == PIECE_FRAGMENT ? (int64_t)offset * 1000 : 0,
                          .duration_ns = kind == PIECE_FRAGMENT ? 5000 : 0};

    memset(piece.sha256.bytes, (int)(offset / 100 + 1), DIGEST_BYTES);
    memset(piece.sm3.bytes, (int)(offset / 100 + 101), DIGEST_BYTES);
    return piece;
}

static struct piece_list *list_of(unsigned fragments, bool with_sm3)
{
    struct piece_list *list = NULL;

    assert_int_equal(piece_list_new(with_sm3, &list, NULL), STATUS_OK);
    for (unsigned i = 0; i <= fragments; i++) {
        struct piece piece = piece_at(UINT64_C(100) * i, i == 0 ? PIECE_INIT : PIECE_FRAGMENT);

        if (!with_sm3)
            memset(&piece.sm3, 0, sizeof(piece.sm3));
        assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_OK);
    }
    return list;
}

static void leaf_is_as_described(void **state)
{
    struct piece piece = piece_at(0x0100, PIECE_FRAGMENT);
    uint8_t data[PIECE_LEAF_SIZE];
    char text[2 * PIECE_LEAF_SIZE + 1];

    (void)state;
    piece.size = 0x0a0b0c;
    memset(piece.sha256.bytes, 0xee, DIGEST_BYTES);
    piece_leaf_data(DIGEST_SHA256, &piece, data);
    hex_encode(text, data, sizeof(data));
    assert_string_equal(text, "02"
                              "0001000000000000"
                              "0c0b0a0000000000"
                              "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
}

static void what_does_not_tile_is_refused(void **state)
{
    struct piece_list *list AUTO_PIECES = list_of(2, false);
    struct piece_list *empty AUTO_PIECES = list_of(0, false);
    struct piece piece = piece_at(300, PIECE_FRAGMENT);

    (void)state;
    piece.offset = 299;
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    piece.offset = 301;
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    piece = piece_at(300, PIECE_INIT);
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    piece = piece_at(300, PIECE_FRAGMENT);
    piece.size = 0;
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    piece.size = UINT64_MAX;
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    piece = piece_at(300, PIECE_TORN);
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_OK);
    piece = piece_at(400, PIECE_FRAGMENT);
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
    assert_int_equal(piece_list_count(list), 4);
    assert_int_equal(piece_list_size(list), 400);
    assert_int_equal(piece_list_frames(list), 50);
    piece = piece_at(100, PIECE_FRAGMENT);
    piece.kind = 9;
    assert_int_equal(piece_list_add(empty, &piece, NULL), STATUS_INVALID);
}

static void a_fragment_cannot_come_first(void **state)
{
    struct piece_list *list AUTO_PIECES = NULL;
    struct piece piece = piece_at(0, PIECE_FRAGMENT);

    (void)state;
    assert_int_equal(piece_list_new(false, &list, NULL), STATUS_OK);
    assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_INVALID);
}

static void roots_grow_with_the_list(void **state)
{
    struct piece_list *list AUTO_PIECES = list_of(60, true);

    (void)state;
    for (unsigned count = 1; count <= 60; count++) {
        struct piece_list *part AUTO_PIECES = list_of(count - 1, true);
        struct piece_roots grown;
        struct piece_roots cut;

        piece_list_roots(part, &grown);
        piece_list_roots_at(list, count, &cut);
        assert_true(piece_roots_equal(&grown, &cut));
        assert_false(digest_equal(&grown.sha256, &grown.sm3));
    }
}

static void swapped_pieces_have_another_root(void **state)
{
    struct piece_list *list AUTO_PIECES = NULL;
    struct piece_list *swapped AUTO_PIECES = NULL;
    struct piece_roots a;
    struct piece_roots b;

    (void)state;
    list = list_of(1, false);
    swapped = list_of(1, false);
    for (unsigned i = 0; i < 2; i++) {
        struct piece piece = piece_at(200 + UINT64_C(100) * i, PIECE_FRAGMENT);
        struct piece other = piece_at(200 + UINT64_C(100) * i, PIECE_FRAGMENT);

        memset(piece.sha256.bytes, (int)i, DIGEST_BYTES);
        memset(other.sha256.bytes, (int)(1 - i), DIGEST_BYTES);
        assert_int_equal(piece_list_add(list, &piece, NULL), STATUS_OK);
        assert_int_equal(piece_list_add(swapped, &other, NULL), STATUS_OK);
    }
    piece_list_roots(list, &a);
    piece_list_roots(swapped, &b);
    assert_false(piece_roots_equal(&a, &b));
}

static void a_stored_list_comes_back_the_same(void **state)
{
    (void)state;
    for (unsigned with_sm3 = 0; with_sm3 < 2; with_sm3++) {
        struct piece_list *list AUTO_PIECES = list_of(7, with_sm3 != 0);
        struct piece_list *back AUTO_PIECES = NULL;
        struct piece_roots roots;
        struct piece_roots roots_back;
        struct buffer bytes __attribute__((cleanup(buffer_release))) = {0};

        assert_int_equal(piece_list_encode(list, &bytes), STATUS_OK);
        assert_int_equal(piece_list_decode(buffer_bytes(&bytes), &back, NULL), STATUS_OK);
        assert_int_equal(piece_list_count(back), 8);
        assert_int_equal(piece_list_frames(back), piece_list_frames(list));
        assert_int_equal(piece_list_at(back, 7)->kind, PIECE_FRAGMENT);
        assert_true(piece_list_at(back, 7)->keyframe);
        assert_int_equal(piece_list_end_utc_ns(back), piece_list_end_utc_ns(list));
        piece_list_roots(list, &roots);
        piece_list_roots(back, &roots_back);
        assert_true(piece_roots_equal(&roots, &roots_back));
    }
}

static void a_cut_or_lengthened_list_is_refused(void **state)
{
    struct piece_list *list AUTO_PIECES = list_of(3, true);
    struct piece_list *back = NULL;
    struct buffer bytes __attribute__((cleanup(buffer_release))) = {0};

    (void)state;
    assert_int_equal(piece_list_encode(list, &bytes), STATUS_OK);
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *copy = malloc(size + 1);

        memcpy(copy, bytes.data, size);
        assert_int_equal(piece_list_decode((struct bytes){copy, size}, &back, NULL),
                         STATUS_INVALID);
        assert_null(back);
        free(copy);
    }
    assert_int_equal(buffer_append(&bytes, "", 1), STATUS_OK);
    assert_int_equal(piece_list_decode(buffer_bytes(&bytes), &back, NULL), STATUS_INVALID);
}

static void a_message_with_impossible_figures_is_no_piece(void **state)
{
    struct message_fragment message = {.kind = PIECE_FRAGMENT, .size = 1};
    struct piece piece;

    (void)state;
    assert_int_equal(piece_of_message(&message, &piece, NULL), STATUS_OK);
    message.kind = PIECE_TORN;
    assert_int_equal(piece_of_message(&message, &piece, NULL), STATUS_INVALID);
    message.kind = PIECE_FRAGMENT;
    message.keyframe = 2;
    assert_int_equal(piece_of_message(&message, &piece, NULL), STATUS_INVALID);
    message.keyframe = 1;
    message.duration_ns = -1;
    assert_int_equal(piece_of_message(&message, &piece, NULL), STATUS_INVALID);
    message.duration_ns = 1;
    message.size = 0;
    assert_int_equal(piece_of_message(&message, &piece, NULL), STATUS_INVALID);
}

static void the_table_keeps_a_segments_pieces(void **state)
{
    AUTO_STORE struct store_fixture fixture;
    struct piece_list *back AUTO_PIECES = NULL;
    struct piece_list *gone AUTO_PIECES = NULL;
    uint64_t number = 0;

    (void)state;
    store_begin(&fixture, "sm");
    store_record(&fixture, "gate", 3, NULL, &number);
    assert_int_equal(piece_table_read(ledger_database(fixture.base.ledger), number, &back, NULL),
                     STATUS_NOT_FOUND);
    store_commit(&fixture);
    assert_int_equal(piece_table_read(ledger_database(fixture.base.ledger), number, &back, NULL),
                     STATUS_OK);
    assert_int_equal(piece_list_count(back), 4);
    assert_int_equal(piece_list_size(back), 4000);
    assert_int_equal(piece_table_remove(fixture.pieces, number, NULL), STATUS_OK);
    (void)fixture_append(&fixture.base, "appliance");
    store_commit(&fixture);
    assert_int_equal(piece_table_read(ledger_database(fixture.base.ledger), number, &gone, NULL),
                     STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_is_as_described),
        cmocka_unit_test(what_does_not_tile_is_refused),
        cmocka_unit_test(a_fragment_cannot_come_first),
        cmocka_unit_test(roots_grow_with_the_list),
        cmocka_unit_test(swapped_pieces_have_another_root),
        cmocka_unit_test(a_stored_list_comes_back_the_same),
        cmocka_unit_test(a_cut_or_lengthened_list_is_refused),
        cmocka_unit_test(a_message_with_impossible_figures_is_no_piece),
        cmocka_unit_test(the_table_keeps_a_segments_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
