#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "camera/address.h"
#include "camera/hold.h"
#include "camera/link.h"

/* The keeper's end is a channel of this test. */
struct fixture {
    struct link *link;
    struct channel *keeper;
    enum message_type type;
    union message_payload payload;
};

static void connect_keeper(struct fixture *fixture)
{
    int ends[2];
    channel_free(fixture->keeper);
    fixture->keeper = NULL;
    assert_int_equal(channel_pair(ends, NULL), STATUS_OK);
    assert_int_equal(channel_new(ends[1], &fixture->keeper, NULL), STATUS_OK);
    link_attach(fixture->link, ends[0]);
}

static bool hear(struct fixture *fixture)
{
    int attached = -1;
    return channel_receive(fixture->keeper, &fixture->type, NULL, &fixture->payload, &attached,
                           NULL) == STATUS_OK;
}

static void expect(struct fixture *fixture, enum message_type type)
{
    assert_true(hear(fixture));
    assert_string_equal(message_name(fixture->type), message_name(type));
}

static void welcome(struct fixture *fixture)
{
    struct message_welcome message = {.protocol = MESSAGE_PROTOCOL, .with_sm3 = 1};
    assert_int_equal(channel_send(fixture->keeper, MESSAGE_WELCOME, &message, -1, NULL, NULL),
                     STATUS_OK);
    link_serve(fixture->link);
}

static void grant(struct fixture *fixture, const char *id)
{
    struct message_segment_granted message = {0};
    message_text(message.segment, sizeof message.segment, id);
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(
        channel_send(fixture->keeper, MESSAGE_SEGMENT_GRANTED, &message, file, NULL, NULL),
        STATUS_OK);
    (void)close(file);
    link_serve(fixture->link);
}

static void begin(struct fixture *fixture)
{
    struct message_segment_begin message = {.reason = CUT_FIRST};
    int file = -1;
    assert_int_equal(link_begin(fixture->link, &message, &file, NULL), STATUS_OK);
    assert_true(file >= 0);
    (void)close(file);
}

static void piece(struct fixture *fixture, uint64_t offset)
{
    struct message_fragment message = {.kind = PIECE_FRAGMENT, .offset = offset, .size = 1};
    assert_int_equal(link_piece(fixture->link, &message, NULL), STATUS_OK);
}

static void down(struct fixture *fixture)
{
    struct message_stream_down message = {.cause = GAP_ENDED};
    link_report(fixture->link, MESSAGE_STREAM_DOWN, &message);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_int_equal(link_new(&fixture->link, NULL), STATUS_OK);
    *state = fixture;
    return 0;
}

/* As far as a segment that is open and has one piece. */
static int set_up_open(void **state)
{
    (void)set_up(state);
    struct fixture *fixture = *state;
    connect_keeper(fixture);
    expect(fixture, MESSAGE_HELLO);
    assert_string_equal(fixture->payload.hello.resume, "");
    welcome(fixture);
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
    grant(fixture, "one");
    begin(fixture);
    piece(fixture, 0);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    link_free(fixture->link);
    channel_free(fixture->keeper);
    free(fixture);
    return 0;
}

static void nothing_is_said_before_the_keeper_answers(void **state)
{
    struct fixture *fixture = *state;
    down(fixture);
    connect_keeper(fixture);
    link_serve(fixture->link);
    expect(fixture, MESSAGE_HELLO);
    assert_false(hear(fixture));
    welcome(fixture);
    assert_true(link_wants_sm3(fixture->link));
    expect(fixture, MESSAGE_STREAM_DOWN);
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
}

static void one_grant_is_kept_in_hand(void **state)
{
    struct fixture *fixture = *state;
    expect(fixture, MESSAGE_SEGMENT_BEGIN);
    assert_string_equal(fixture->payload.segment_begin.segment, "one");
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
    expect(fixture, MESSAGE_FRAGMENT);
    assert_false(hear(fixture));
    grant(fixture, "two");
    assert_true(link_has_grant(fixture->link));
    assert_false(hear(fixture));
}

static void what_happened_first_is_told_first(void **state)
{
    struct fixture *fixture = *state;
    struct message_segment_end end = {.pieces = 1};
    link_end(fixture->link, &end);
    assert_string_equal(end.segment, "one");
    down(fixture);
    expect(fixture, MESSAGE_SEGMENT_BEGIN);
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
    expect(fixture, MESSAGE_FRAGMENT);
    expect(fixture, MESSAGE_SEGMENT_END);
    expect(fixture, MESSAGE_STREAM_DOWN);
    assert_true(link_is_idle(fixture->link));
}

static void the_next_segment_is_told_from_its_beginning(void **state)
{
    struct fixture *fixture = *state;
    for (int segment = 0; segment < 3; segment++) {
        struct message_segment_end end = {.pieces = 1};
        grant(fixture, "next");
        link_end(fixture->link, &end);
        while (hear(fixture)) {
        }
        begin(fixture);
        piece(fixture, 0);
        expect(fixture, MESSAGE_SEGMENT_BEGIN);
        assert_string_equal(fixture->payload.segment_begin.segment, "next");
        expect(fixture, MESSAGE_SEGMENT_REQUEST);
        expect(fixture, MESSAGE_FRAGMENT);
    }
}

static void what_came_between_two_pieces_is_told_between_them(void **state)
{
    struct fixture *fixture = *state;
    struct message_stream_note message = {.note = CAMERA_LONG_GOP, .count = 1};
    channel_free(fixture->keeper);
    fixture->keeper = NULL;
    link_report(fixture->link, MESSAGE_STREAM_NOTE, &message);
    piece(fixture, 1);
    connect_keeper(fixture);
    expect(fixture, MESSAGE_HELLO);
    welcome(fixture);
    expect(fixture, MESSAGE_SEGMENT_BEGIN);
    expect(fixture, MESSAGE_FRAGMENT);
    expect(fixture, MESSAGE_STREAM_NOTE);
    expect(fixture, MESSAGE_FRAGMENT);
}

static void a_new_keeper_is_told_the_open_segment_again(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "two");
    channel_free(fixture->keeper);
    fixture->keeper = NULL;
    link_serve(fixture->link);
    assert_false(link_is_up(fixture->link));
    assert_false(link_has_grant(fixture->link)); /* it ended with the keeper that gave it */
    piece(fixture, 1);
    connect_keeper(fixture);
    expect(fixture, MESSAGE_HELLO);
    assert_string_equal(fixture->payload.hello.resume, "one");
    welcome(fixture);
    expect(fixture, MESSAGE_SEGMENT_BEGIN);
    expect(fixture, MESSAGE_FRAGMENT);
    assert_int_equal(fixture->payload.fragment.offset, 0);
    expect(fixture, MESSAGE_FRAGMENT);
    assert_int_equal(fixture->payload.fragment.offset, 1);
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
}

static void an_end_while_the_keeper_is_gone_is_told_to_the_next(void **state)
{
    struct fixture *fixture = *state;
    channel_free(fixture->keeper);
    fixture->keeper = NULL;
    struct message_segment_end end = {.pieces = 1};
    link_end(fixture->link, &end);
    down(fixture);
    connect_keeper(fixture);
    expect(fixture, MESSAGE_HELLO);
    assert_string_equal(fixture->payload.hello.resume, "one");
    welcome(fixture);
    expect(fixture, MESSAGE_SEGMENT_BEGIN);
    expect(fixture, MESSAGE_FRAGMENT);
    expect(fixture, MESSAGE_SEGMENT_END);
    expect(fixture, MESSAGE_STREAM_DOWN);
}

static void every_keeper_is_told_whether_the_picture_comes(void **state)
{
    struct fixture *fixture = *state;
    struct message_stream_up up = {.port = 554};
    link_report(fixture->link, MESSAGE_STREAM_UP, &up);
    down(fixture);
    for (int keeper = 0; keeper < 3; keeper++) {
        connect_keeper(fixture);
        expect(fixture, MESSAGE_HELLO);
        welcome(fixture);
        if (keeper == 0) {
            expect(fixture, MESSAGE_STREAM_UP);
        }
        expect(fixture, MESSAGE_STREAM_DOWN);
        expect(fixture, MESSAGE_SEGMENT_REQUEST);
        assert_false(hear(fixture));
    }
}

static void a_keeper_that_does_not_read_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 1; i < 5000; i++) {
        piece(fixture, i);
    }
    assert_false(link_is_idle(fixture->link));
    uint64_t next = 0;
    for (int turn = 0; next < 5000 && turn < 10000; turn++) {
        while (hear(fixture)) {
            if (fixture->type == MESSAGE_FRAGMENT) {
                assert_int_equal(fixture->payload.fragment.offset, next++);
            }
        }
        link_serve(fixture->link);
    }
    assert_int_equal(next, 5000);
}

static void the_same_note_waits_once_with_its_count(void **state)
{
    struct fixture *fixture = *state;
    struct message_stream_note message = {.note = CAMERA_FLOODED, .count = 3};
    for (int i = 0; i < 100; i++) {
        link_report(fixture->link, MESSAGE_STREAM_NOTE, &message);
    }
    connect_keeper(fixture);
    welcome(fixture);
    expect(fixture, MESSAGE_HELLO);
    expect(fixture, MESSAGE_STREAM_NOTE);
    assert_int_equal(fixture->payload.stream_note.count, 300);
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
}

static void the_oldest_report_makes_way(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 3 * LINK_REPORTS_MAX; i++) {
        down(fixture);
    }
    connect_keeper(fixture);
    welcome(fixture);
    expect(fixture, MESSAGE_HELLO);
    for (int i = 0; i < LINK_REPORTS_MAX; i++) {
        expect(fixture, MESSAGE_STREAM_DOWN);
    }
    expect(fixture, MESSAGE_SEGMENT_REQUEST);
}

static void a_refusal_is_being_cut_off(void **state)
{
    struct fixture *fixture = *state;
    struct message_done done = {.status = STATUS_INVALID};
    assert_false(link_is_cut_off(fixture->link));
    assert_int_equal(channel_send(fixture->keeper, MESSAGE_DONE, &done, -1, NULL, NULL), STATUS_OK);
    link_serve(fixture->link);
    assert_true(link_is_cut_off(fixture->link));
}

static struct access_unit unit_of(size_t size, bool key)
{
    struct access_unit unit = {.kind = UNIT_VIDEO, .key = key};
    uint8_t *bytes = calloc(1, size);
    assert_int_equal(buffer_append(&unit.sample, bytes, size), STATUS_OK);
    free(bytes);
    return unit;
}

/* What is open is sealed when the socket closes, so it closes when nothing is written any more. */
static void keeper_that_is_not_understood_hears_nothing_more(void **state)
{
    struct fixture *fixture = *state;
    while (hear(fixture)) {
    }
    assert_int_equal(send(channel_descriptor(fixture->keeper), "rubbish", 7, 0), 7);
    link_serve(fixture->link);
    assert_true(link_is_cut_off(fixture->link));
    down(fixture);
    int attached = -1;
    assert_int_equal(
        channel_receive(fixture->keeper, &fixture->type, NULL, &fixture->payload, &attached, NULL),
        STATUS_AGAIN);
}

static void put(struct hold *hold, size_t size, bool key)
{
    struct access_unit unit = unit_of(size, key);
    hold_put(hold, &unit);
    access_unit_release(&unit);
}

static void holding_begins_with_a_keyframe(void **state)
{
    (void)state;
    struct hold hold = {0};
    struct access_unit unit = {0};
    put(&hold, 10, false);
    assert_false(hold_take(&hold, &unit));
    put(&hold, 11, true);
    put(&hold, 12, false);
    assert_int_equal(hold.lost_pictures, 0);
    assert_true(hold_take(&hold, &unit));
    assert_int_equal(unit.sample.size, 11);
    assert_true(hold_take(&hold, &unit));
    assert_false(hold_take(&hold, &unit));
    access_unit_release(&unit);
    hold_release(&hold);
}

static void a_full_hold_keeps_the_newest_gop_and_counts(void **state)
{
    (void)state;
    struct hold hold = {0};
    struct access_unit unit = {0};
    put(&hold, HOLD_BYTES - 10, true);
    put(&hold, 20, false);
    put(&hold, 20, false);
    assert_int_equal(hold.lost_pictures, 3);
    put(&hold, 20, true);
    put(&hold, 20, false);
    assert_true(hold.bytes <= HOLD_BYTES);
    assert_int_equal(hold.count, 2);
    hold_give_up(&hold);
    assert_int_equal(hold.lost_pictures, 5);
    assert_false(hold_take(&hold, &unit));
    hold_release(&hold);
}

static void urls_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool encrypted;
        uint16_t port;
        const char *path;
    } good[] = {
        {"rtsp://camera/a?b=c", false, 554, "/a?b=c"},
        {"rtsp://camera:8554", false, 8554, ""},
        {"rtsps://10.0.0.1/x", true, 322, "/x"},
        {"rtsp://[fe80::1]:99/y@z", false, 99, "/y@z"},
        {"rtsp://[fe80::1]/", false, 554, "/"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct address address;
        assert_int_equal(address_parse(good[i].url, &address, NULL), STATUS_OK);
        assert_int_equal(address.encrypted, good[i].encrypted);
        assert_int_equal(address.port, good[i].port);
        assert_true(bytes_equal(address.path, bytes_of_text(good[i].path)));
    }
    static const char *const bad[] = {"",
                                      "http://camera/",
                                      "rtsp://",
                                      "rtsp:///path",
                                      "rtsp://user:word@camera/",
                                      "rtsp://camera:0/",
                                      "rtsp://camera:70000/",
                                      "rtsp://camera:x/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct address address;
        assert_int_equal(address_parse(bad[i], &address, NULL), STATUS_INVALID);
    }
}

static void credentials_are_encoded_into_the_url(void **state)
{
    (void)state;
    struct address address;
    struct buffer url = {0};
    assert_int_equal(address_parse("rtsp://camera/live", &address, NULL), STATUS_OK);
    assert_int_equal(address_compose(&address, "::1", 554, "a@b", "p:w/%", &url), STATUS_OK);
    assert_string_equal((const char *)url.data, "rtsp://a%40b:p%3Aw%2F%25@[::1]:554/live");
    buffer_clear(&url);
    assert_int_equal(address_compose(&address, "10.0.0.9", 1, "", "", &url), STATUS_OK);
    assert_string_equal((const char *)url.data, "rtsp://10.0.0.9:1/live");
    buffer_release(&url);
}

#define FRESH(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define OPEN(function)  cmocka_unit_test_setup_teardown(function, set_up_open, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(nothing_is_said_before_the_keeper_answers),
        OPEN(one_grant_is_kept_in_hand),
        OPEN(what_happened_first_is_told_first),
        OPEN(the_next_segment_is_told_from_its_beginning),
        OPEN(what_came_between_two_pieces_is_told_between_them),
        OPEN(a_new_keeper_is_told_the_open_segment_again),
        OPEN(an_end_while_the_keeper_is_gone_is_told_to_the_next),
        FRESH(every_keeper_is_told_whether_the_picture_comes),
        OPEN(a_keeper_that_does_not_read_is_waited_for),
        FRESH(the_same_note_waits_once_with_its_count),
        FRESH(the_oldest_report_makes_way),
        OPEN(a_refusal_is_being_cut_off),
        OPEN(keeper_that_is_not_understood_hears_nothing_more),
        cmocka_unit_test(holding_begins_with_a_keyframe),
        cmocka_unit_test(a_full_hold_keeps_the_newest_gop_and_counts),
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(credentials_are_encoded_into_the_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
