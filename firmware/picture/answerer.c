#include "firmware/picture/answerer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "evidence/still.h"
#include "firmware/picture/decoder.h"
#include "firmware/picture/jpeg.h"

enum status question_parse(struct bytes header, struct question *question, struct error *error)
{
    struct reader reader = reader_of(header);
    struct bytes magic = read_bytes(&reader, strlen(STILL_QUESTION_MAGIC));
    *question = (struct question){.init_size = read_u32(&reader)};
    question->fragments_size = read_u32(&reader);
    question->wanted_ns = read_i64(&reader);
    question->width_max = read_u16(&reader);
    question->quality = read_u8(&reader);
    uint8_t zero = read_u8(&reader);
    if (reader.failed || reader_left(&reader) != 0 || zero != 0 ||
        !bytes_equal(magic, bytes_of_text(STILL_QUESTION_MAGIC)) || question->init_size == 0 ||
        question->init_size > STILL_INIT_MAX || question->fragments_size == 0 ||
        question->fragments_size > STILL_FRAGMENTS_MAX || question->width_max == 0 ||
        question->width_max > STILL_WIDTH_MAX || question->quality == 0 ||
        question->quality > 100) {
        return error_set(error, STATUS_INVALID, "a question that may not be asked");
    }
    return STATUS_OK;
}

static enum status make_jpeg(const struct question *question, struct bytes footage,
                             struct buffer *jpeg, int64_t *shown_ns, struct error *error)
{
    AVFrame *frame = NULL;
    enum status status = decoder_picture_at(footage, question->wanted_ns, &frame, shown_ns, error);
    if (status == STATUS_OK) {
        status = jpeg_make(frame, question->width_max, question->quality, jpeg, error);
    }
    if (status == STATUS_OK && jpeg->size > STILL_ANSWER_MAX) {
        status = error_set(error, STATUS_UNSUPPORTED, "the picture is too large as a JPEG");
    }
    av_frame_free(&frame);
    return status;
}

enum status answer_make(const struct question *question, struct bytes footage,
                        struct buffer *answer, struct error *error)
{
    uint8_t header[STILL_ANSWER_SIZE];
    struct writer writer = writer_of(header, sizeof header);
    struct buffer jpeg = {0};
    struct error why = {0};
    int64_t shown_ns = 0;
    enum status status = make_jpeg(question, footage, &jpeg, &shown_ns, &why);
    struct bytes said = status == STATUS_OK ? buffer_bytes(&jpeg) : bytes_of_text(why.text);
    write_bytes(&writer, STILL_ANSWER_MAGIC, strlen(STILL_ANSWER_MAGIC));
    write_u32(&writer, status == STATUS_OK ? 0 : 1);
    write_i64(&writer, status == STATUS_OK ? shown_ns : 0);
    write_u32(&writer, (uint32_t)said.size);
    buffer_clear(answer);
    enum status made = buffer_append(answer, header, sizeof header);
    made = made == STATUS_OK ? buffer_append(answer, said.data, said.size) : made;
    buffer_release(&jpeg);
    return made == STATUS_OK ? STATUS_OK : error_set(error, made, "no memory for an answer");
}

/* STATUS_END: the other side ended before the first byte. */
static enum status read_all(int socket, uint8_t *into, size_t size, struct error *error)
{
    for (size_t at = 0; at < size;) {
        ssize_t got = read(socket, into + at, size - at);
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, STATUS_IO, errno, "the question cannot be read");
        }
        if (got == 0) {
            return at == 0 ? STATUS_END
                           : error_set(error, STATUS_INVALID, "a question that is cut short");
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return STATUS_OK;
}

/* 0: no limit. */
static void limit_processor(long seconds)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    (void)setitimer(ITIMER_PROF, &timer, NULL);
}

static enum status answer_one(int socket, struct buffer *footage, struct error *error)
{
    uint8_t header[STILL_QUESTION_SIZE];
    struct question question;
    struct buffer answer = {0};
    enum status status = read_all(socket, header, sizeof header, error);
    if (status == STATUS_OK) {
        status = question_parse((struct bytes){header, sizeof header}, &question, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = (size_t)question.init_size + question.fragments_size;
    status = read_all(socket, footage->data, size, error);
    if (status == STATUS_END) {
        status = error_set(error, STATUS_INVALID, "a question that is cut short");
    }
    if (status == STATUS_OK) {
        limit_processor(ANSWER_CPU_SECONDS);
        status = answer_make(&question, (struct bytes){footage->data, size}, &answer, error);
        limit_processor(0);
    }
    if (status == STATUS_OK) {
        status = file_write_all(socket, buffer_bytes(&answer), error);
    }
    buffer_release(&answer);
    return status;
}

enum status answerer_run(int socket, struct error *error)
{
    struct buffer footage = {.capacity = (size_t)STILL_INIT_MAX + STILL_FRAGMENTS_MAX};
    enum status status = STATUS_OK;
    footage.data = malloc(footage.capacity);
    if (footage.data == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a question");
    }
    while (status == STATUS_OK) {
        status = answer_one(socket, &footage, error);
    }
    buffer_release(&footage);
    return status == STATUS_END ? STATUS_OK : status;
}
