#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/file.h"

/* A real socket pair with a channel at each end. */
struct ends {
    struct channel *here;
    struct channel *there;
};

static int setup(void **state)
{
    static struct ends ends;
    int pair[2];
    if (channel_pair(pair, NULL) != STATUS_OK ||
        channel_new(pair[0], &ends.here, NULL) != STATUS_OK ||
        channel_new(pair[1], &ends.there, NULL) != STATUS_OK) {
        return -1;
    }
    *state = &ends;
    return 0;
}

static int teardown(void **state)
{
    struct ends *ends = *state;
    channel_cleanup(&ends->here);
    channel_cleanup(&ends->there);
    return 0;
}

static int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    int count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static enum status receive(struct channel *channel)
{
    enum message_type type = MESSAGE_HELLO;
    union message_payload payload;
    int attached = -1;
    enum status status = channel_receive(channel, &type, NULL, &payload, &attached, NULL);
    if (status != STATUS_OK) {
        assert_int_equal(attached, -1);
    }
    file_close(&attached);
    return status;
}

static enum status send_stop(struct channel *channel)
{
    struct message_stop stop = {.reason = "test"};
    return channel_send(channel, MESSAGE_STOP, &stop, -1, NULL, NULL);
}

/* Sends bytes as they are, past the channel, with descriptors. */
static void send_raw(struct channel *channel, struct bytes bytes, size_t descriptor_count)
{
    struct iovec piece = {.iov_base = (void *)bytes.data, .iov_len = bytes.size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(64 * sizeof(int))];
    } control = {0};
    if (descriptor_count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
        for (size_t i = 0; i < descriptor_count; i++) {
            int descriptor = STDERR_FILENO;
            memcpy(CMSG_DATA(header) + i * sizeof(int), &descriptor, sizeof descriptor);
        }
    }
    assert_int_equal(sendmsg(channel_descriptor(channel), &message, MSG_NOSIGNAL), bytes.size);
}

static struct bytes encoded(enum message_type type, uint32_t sequence, uint8_t *data)
{
    union message_payload payload = {0};
    struct writer packet = writer_of(data, MESSAGE_SIZE_MAX);
    assert_int_equal(message_encode(type, sequence, &payload, &packet), STATUS_OK);
    return (struct bytes){data, packet.size};
}

static void messages_arrive_in_order_with_their_sequence(void **state)
{
    struct ends *ends = *state;
    for (uint32_t i = 1; i <= 5; i++) {
        struct message_start start = {.peers = 10 * i};
        uint32_t sequence = 0;
        assert_int_equal(channel_send(ends->here, MESSAGE_START, &start, -1, &sequence, NULL),
                         STATUS_OK);
        assert_int_equal(sequence, i);
    }
    for (uint32_t i = 1; i <= 5; i++) {
        enum message_type type = MESSAGE_HELLO;
        uint32_t sequence = 0;
        union message_payload payload;
        int attached = 7;
        assert_int_equal(channel_receive(ends->there, &type, &sequence, &payload, &attached, NULL),
                         STATUS_OK);
        assert_int_equal(type, MESSAGE_START);
        assert_int_equal(sequence, i);
        assert_int_equal(payload.start.peers, 10 * i);
        assert_int_equal(attached, -1);
    }
    assert_int_equal(receive(ends->there), STATUS_AGAIN);
}

static void a_descriptor_is_lent_not_given(void **state)
{
    struct ends *ends = *state;
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    struct message_peer peer = {.role = ROLE_CAMERA, .source = "gate"};
    assert_int_equal(channel_send(ends->here, MESSAGE_PEER, &peer, pipes[1], NULL, NULL),
                     STATUS_OK);
    enum message_type type = MESSAGE_HELLO;
    union message_payload payload;
    AUTO_CLOSE int attached = -1;
    assert_int_equal(channel_receive(ends->there, &type, NULL, &payload, &attached, NULL),
                     STATUS_OK);
    assert_true(attached >= 0 && attached != pipes[1]);
    assert_int_equal(fcntl(attached, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(pipes[1], F_GETFD), FD_CLOEXEC);
    char byte = 'x';
    assert_int_equal(write(attached, &byte, 1), 1);
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    file_close(&pipes[0]);
    file_close(&pipes[1]);
}

static void a_descriptor_must_fit_the_type_when_sent(void **state)
{
    struct ends *ends = *state;
    struct message_peer peer = {.role = ROLE_CAMERA, .source = "gate"};
    struct message_stop stop = {.reason = ""};
    assert_int_equal(channel_send(ends->here, MESSAGE_PEER, &peer, -1, NULL, NULL), STATUS_INVALID);
    assert_int_equal(channel_send(ends->here, MESSAGE_STOP, &stop, STDERR_FILENO, NULL, NULL),
                     STATUS_INVALID);
    /* Nothing was sent, and no sequence number was used up. */
    assert_int_equal(receive(ends->there), STATUS_AGAIN);
    assert_int_equal(send_stop(ends->here), STATUS_OK);
    assert_int_equal(receive(ends->there), STATUS_OK);
}

static void a_missing_descriptor_is_refused(void **state)
{
    struct ends *ends = *state;
    uint8_t data[MESSAGE_SIZE_MAX];
    send_raw(ends->here, encoded(MESSAGE_PEER, 1, data), 0);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
}

static void a_descriptor_too_many_is_refused_and_closed(void **state)
{
    struct ends *ends = *state;
    uint8_t data[MESSAGE_SIZE_MAX];
    static const size_t counts[] = {2, 4, 5, 60};
    int before = count_descriptors();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        send_raw(ends->here, encoded(MESSAGE_PEER, 1, data), counts[i]);
        assert_int_equal(receive(ends->there), STATUS_INVALID);
        send_raw(ends->here, encoded(MESSAGE_STOP, 1, data), counts[i]);
        assert_int_equal(receive(ends->there), STATUS_INVALID);
    }
    send_raw(ends->here, encoded(MESSAGE_STOP, 1, data), 1);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
    /* A malformed packet's descriptor is closed too. */
    send_raw(ends->here, bytes_of_text("nonsense"), 1);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
    assert_int_equal(count_descriptors(), before);
}

static void a_sequence_must_follow(void **state)
{
    struct ends *ends = *state;
    static const uint32_t wrong[] = {0, 2, 3, UINT32_MAX};
    uint8_t data[MESSAGE_SIZE_MAX];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        send_raw(ends->here, encoded(MESSAGE_STOP, wrong[i], data), 0);
        assert_int_equal(receive(ends->there), STATUS_INVALID);
    }
    send_raw(ends->here, encoded(MESSAGE_STOP, 1, data), 0);
    assert_int_equal(receive(ends->there), STATUS_OK);
    send_raw(ends->here, encoded(MESSAGE_STOP, 1, data), 0);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
}

static void an_oversize_packet_is_refused(void **state)
{
    struct ends *ends = *state;
    static uint8_t data[2 * MESSAGE_SIZE_MAX];
    struct bytes packet = encoded(MESSAGE_STOP, 1, data);
    send_raw(ends->here, (struct bytes){packet.data, MESSAGE_SIZE_MAX}, 0);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
    send_raw(ends->here, (struct bytes){packet.data, MESSAGE_SIZE_MAX + 1}, 0);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
    send_raw(ends->here, (struct bytes){packet.data, sizeof data}, 0);
    assert_int_equal(receive(ends->there), STATUS_INVALID);
}

static void what_a_dead_peer_sent_is_read_before_its_end(void **state)
{
    struct ends *ends = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(send_stop(ends->here) == STATUS_OK ? 0 : 1);
    }
    channel_cleanup(&ends->here);
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(channel_wait(ends->there, 5000), STATUS_OK);
    assert_int_equal(receive(ends->there), STATUS_OK);
    assert_int_equal(channel_wait(ends->there, 5000), STATUS_OK);
    assert_int_equal(receive(ends->there), STATUS_END);
    assert_int_equal(send_stop(ends->there), STATUS_END);
}

static void a_peer_that_died_without_reading_is_gone(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(send_stop(ends->there), STATUS_OK);
    channel_cleanup(&ends->here);
    /* Unread data in the other's queue makes the kernel say "reset" first. */
    assert_int_equal(receive(ends->there), STATUS_END);
    assert_int_equal(receive(ends->there), STATUS_END);
}

static void a_full_queue_is_said_and_loses_nothing(void **state)
{
    struct ends *ends = *state;
    uint32_t sent = 0;
    enum status status = STATUS_OK;
    while ((status = send_stop(ends->here)) == STATUS_OK) {
        sent++;
        assert_true(sent < 100000);
    }
    assert_int_equal(status, STATUS_FULL);
    assert_true(sent > 0);
    for (uint32_t i = 0; i < sent; i++) {
        assert_int_equal(receive(ends->there), STATUS_OK);
    }
    assert_int_equal(receive(ends->there), STATUS_AGAIN);
    /* The refused message took no number. */
    assert_int_equal(send_stop(ends->here), STATUS_OK);
    assert_int_equal(receive(ends->there), STATUS_OK);
}

static void waiting_ends_with_a_message_or_in_time(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(channel_wait(ends->there, 0), STATUS_TIMEOUT);
    assert_int_equal(channel_wait(ends->there, 20), STATUS_TIMEOUT);
    assert_int_equal(send_stop(ends->here), STATUS_OK);
    assert_int_equal(channel_wait(ends->there, 5000), STATUS_OK);
}

/* Answers a question from another thread, as the keeper would. */
struct answers {
    struct channel *channel;
    enum message_type asked;
    enum status status;
};

static uint32_t await(struct channel *channel, enum message_type expected)
{
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    if (channel_wait(channel, 5000) != STATUS_OK ||
        channel_receive(channel, &type, &sequence, &payload, &attached, NULL) != STATUS_OK ||
        type != expected) {
        return 0;
    }
    return sequence;
}

static void *answer_status(void *context)
{
    struct answers *answers = context;
    uint32_t sequence = await(answers->channel, MESSAGE_STATUS_ASK);
    struct message_done stale = {.reference = sequence + 1, .record = 1};
    struct message_status status = {.reference = sequence, .origin = "o"};
    struct message_done done = {.reference = sequence, .status = STATUS_REFUSED, .record = 9};
    answers->status = channel_send(answers->channel, MESSAGE_DONE, &stale, -1, NULL, NULL);
    if (answers->status == STATUS_OK) {
        answers->status = channel_send(answers->channel, MESSAGE_STATUS, &status, -1, NULL, NULL);
    }
    if (answers->status == STATUS_OK) {
        answers->status = channel_send(answers->channel, MESSAGE_DONE, &done, -1, NULL, NULL);
    }
    return NULL;
}

static void *answer_note(void *context)
{
    struct answers *answers = context;
    uint32_t sequence = await(answers->channel, MESSAGE_CHECKPOINT_TAKE);
    struct message_checkpoint_note note = {
        .reference = sequence, .record = 5, .note = "origin\n5\nroot\n"};
    answers->status =
        channel_send(answers->channel, MESSAGE_CHECKPOINT_NOTE, &note, -1, NULL, NULL);
    return NULL;
}

static void *answer_hello(void *context)
{
    struct answers *answers = context;
    (void)await(answers->channel, MESSAGE_HELLO);
    struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL, .with_sm3 = 1};
    answers->status = channel_send(answers->channel, MESSAGE_WELCOME, &welcome, -1, NULL, NULL);
    return NULL;
}

struct heard {
    unsigned count;
    enum message_type last;
    union message_payload payload;
};

static void hear(void *context, enum message_type type, const union message_payload *payload)
{
    struct heard *heard = context;
    heard->count++;
    heard->last = type;
    heard->payload = *payload;
}

static struct heard ask(struct ends *ends, enum message_type type, void *(*answer)(void *),
                        struct message_done *done)
{
    struct answers answers = {.channel = ends->there, .asked = type, .status = STATUS_IO};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, &answers), 0);
    struct heard heard = {0};
    union message_payload question = {0};
    assert_int_equal(channel_ask(ends->here, type, &question, 5000, hear, &heard, done, NULL),
                     STATUS_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(answers.status, STATUS_OK);
    return heard;
}

static void a_question_is_answered_by_the_done_that_refers_to_it(void **state)
{
    struct message_done done = {0};
    struct heard heard = ask(*state, MESSAGE_STATUS_ASK, answer_status, &done);
    assert_int_equal(done.record, 9);
    assert_int_equal(done.status, STATUS_REFUSED);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.last, MESSAGE_STATUS);
    assert_string_equal(heard.payload.status.origin, "o");
}

static void a_checkpoint_note_is_its_own_answer(void **state)
{
    struct message_done done = {.status = STATUS_IO};
    struct heard heard = ask(*state, MESSAGE_CHECKPOINT_TAKE, answer_note, &done);
    assert_int_equal(done.status, STATUS_OK);
    assert_int_equal(done.record, 5);
    assert_int_equal(heard.last, MESSAGE_CHECKPOINT_NOTE);
    assert_string_equal(heard.payload.checkpoint_note.note, "origin\n5\nroot\n");
}

static void a_hello_is_answered_by_welcome(void **state)
{
    struct message_done done = {.status = STATUS_IO};
    struct heard heard = ask(*state, MESSAGE_HELLO, answer_hello, &done);
    assert_int_equal(done.status, STATUS_OK);
    assert_int_equal(heard.last, MESSAGE_WELCOME);
    assert_int_equal(heard.payload.welcome.with_sm3, 1);
}

static void a_question_that_nobody_answers_times_out(void **state)
{
    struct ends *ends = *state;
    struct message_status_ask question = {0};
    struct message_done done;
    assert_int_equal(
        channel_ask(ends->here, MESSAGE_STATUS_ASK, &question, 20, NULL, NULL, &done, NULL),
        STATUS_TIMEOUT);
    channel_cleanup(&ends->there);
    assert_int_equal(
        channel_ask(ends->here, MESSAGE_STATUS_ASK, &question, 20, NULL, NULL, &done, NULL),
        STATUS_END);
}

static void what_is_no_descriptor_makes_no_channel(void **state)
{
    (void)state;
    struct channel *channel = NULL;
    struct error error = {0};
    assert_int_equal(channel_new(-1, &channel, &error), STATUS_IO);
    assert_null(channel);
    channel_free(NULL);
}

static void channels_do_not_leak_into_programs(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(fcntl(channel_descriptor(ends->here), F_GETFD), FD_CLOEXEC);
    assert_true((fcntl(channel_descriptor(ends->here), F_GETFL) & O_NONBLOCK) != 0);
}

#define CHANNEL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHANNEL_TEST(messages_arrive_in_order_with_their_sequence),
        CHANNEL_TEST(a_descriptor_is_lent_not_given),
        CHANNEL_TEST(a_descriptor_must_fit_the_type_when_sent),
        CHANNEL_TEST(a_missing_descriptor_is_refused),
        CHANNEL_TEST(a_descriptor_too_many_is_refused_and_closed),
        CHANNEL_TEST(a_sequence_must_follow),
        CHANNEL_TEST(an_oversize_packet_is_refused),
        CHANNEL_TEST(what_a_dead_peer_sent_is_read_before_its_end),
        CHANNEL_TEST(a_peer_that_died_without_reading_is_gone),
        CHANNEL_TEST(a_full_queue_is_said_and_loses_nothing),
        CHANNEL_TEST(waiting_ends_with_a_message_or_in_time),
        CHANNEL_TEST(a_question_is_answered_by_the_done_that_refers_to_it),
        CHANNEL_TEST(a_checkpoint_note_is_its_own_answer),
        CHANNEL_TEST(a_hello_is_answered_by_welcome),
        CHANNEL_TEST(a_question_that_nobody_answers_times_out),
        CHANNEL_TEST(what_is_no_descriptor_makes_no_channel),
        CHANNEL_TEST(channels_do_not_leak_into_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
