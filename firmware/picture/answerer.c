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
#include "firmware/picture/transcoder.h"

#define MAGIC_SIZE        4u
#define QUESTION_SIZE_MAX STILL_VIDEO_QUESTION_SIZE

static bool sizes_are_allowed(const struct question *question)
{
    return question->init_size != 0 && question->init_size <= STILL_INIT_MAX &&
           question->fragments_size != 0 && question->fragments_size <= STILL_FRAGMENTS_MAX &&
           question->width_max != 0 && question->width_max <= STILL_WIDTH_MAX;
}

static void read_still(struct reader *reader, struct question *question)
{
    question->to_ns = read_i64(reader);
    question->width_max = read_u16(reader);
    question->quality = read_u8(reader);
    uint8_t clock = read_u8(reader);
    question->by_showing = clock == 1;
    question->zero = clock > 1;
}

static void read_video(struct reader *reader, struct question *question)
{
    question->from_ns = read_i64(reader);
    question->to_ns = read_i64(reader);
    question->base_ns = read_i64(reader);
    question->width_max = read_u16(reader);
    question->zero = read_u16(reader);
}

static bool still_is_allowed(const struct question *question)
{
    return question->zero == 0 && question->quality > 0 && question->quality <= 100;
}

static bool video_is_allowed(const struct question *question)
{
    int64_t most = STILL_VIDEO_NS_MAX;
    return question->zero == 0 && question->from_ns >= 0 && question->base_ns >= 0 &&
           question->from_ns < question->to_ns && question->to_ns <= INT64_MAX / 4 &&
           question->base_ns <= INT64_MAX / 4 && question->to_ns - question->from_ns <= most;
}

static enum status make_jpeg(const struct question *question, struct bytes footage,
                             struct buffer *jpeg, int64_t *shown_ns, struct error *error)
{
    const struct decoder_wish wish = {
        question->by_showing ? DECODER_BY_SHOWING : DECODER_BY_DECODING, question->to_ns};
    AVFrame *frame = NULL;
    enum status status = decoder_picture_at(footage, &wish, &frame, shown_ns, error);
    if (status == STATUS_OK)
        status = jpeg_make(frame, question->width_max, question->quality, jpeg, error);
    av_frame_free(&frame);
    return status;
}

static enum status make_video(const struct question *question, struct bytes footage,
                              struct buffer *video, int64_t *pictures, struct error *error)
{
    const struct transcoder_wish wish = {question->from_ns, question->to_ns, question->base_ns,
                                         question->width_max};
    return transcode(footage, &wish, video, pictures, error);
}

struct question_kind {
    const char *asked; /* its magic */
    const char *said;  /* that of its answer */
    size_t size;       /* of its fixed part */
    void (*read)(struct reader *reader, struct question *question);
    bool (*is_allowed)(const struct question *question);
    enum status (*make)(const struct question *question, struct bytes footage, struct buffer *made,
                        int64_t *number, struct error *error);
    uint32_t answer_max;
};

static const struct question_kind kinds[] = {
    {STILL_QUESTION_MAGIC, STILL_ANSWER_MAGIC, STILL_QUESTION_SIZE, read_still, still_is_allowed,
     make_jpeg, STILL_ANSWER_MAX},
    {STILL_VIDEO_MAGIC, STILL_VIDEO_ANSWER_MAGIC, STILL_VIDEO_QUESTION_SIZE, read_video,
     video_is_allowed, make_video, STILL_VIDEO_ANSWER_MAX},
};

static const struct question_kind *kind_of(struct bytes header)
{
    for (size_t i = 0; header.size >= MAGIC_SIZE && i < sizeof kinds / sizeof kinds[0]; i++)
        if (memcmp(header.data, kinds[i].asked, MAGIC_SIZE) == 0)
            return &kinds[i];
    return NULL;
}

enum status question_parse(struct bytes header, struct question *question, struct error *error)
{
    struct reader reader = reader_of(header);
    *question = (struct question){.kind = kind_of(header)};
    if (question->kind == NULL)
        return error_set(error, STATUS_INVALID, "that is no question");
    (void)read_bytes(&reader, MAGIC_SIZE);
    question->init_size = read_u32(&reader);
    question->fragments_size = read_u32(&reader);
    question->kind->read(&reader, question);
    return !reader.failed && reader_left(&reader) == 0 && sizes_are_allowed(question) &&
                   question->kind->is_allowed(question)
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "a question that may not be asked");
}

enum status answer_make(const struct question *question, struct bytes footage,
                        struct buffer *answer, struct error *error)
{
    uint8_t header[STILL_ANSWER_SIZE];
    struct writer writer = writer_of(header, sizeof header);
    struct buffer made = {0};
    struct error why = {0};
    int64_t number = 0;
    enum status status = question->kind->make(question, footage, &made, &number, &why);
    if (status == STATUS_OK && made.size > question->kind->answer_max)
        status = error_set(&why, STATUS_UNSUPPORTED, "what was made is too large");
    struct bytes said = status == STATUS_OK ? buffer_bytes(&made) : bytes_of_text(why.text);
    write_bytes(&writer, question->kind->said, MAGIC_SIZE);
    write_u32(&writer, status == STATUS_OK ? 0 : 1);
    write_i64(&writer, status == STATUS_OK ? number : 0);
    write_u32(&writer, (uint32_t)said.size);
    buffer_clear(answer);
    enum status kept = buffer_append(answer, header, sizeof header);
    kept = kept == STATUS_OK ? buffer_append(answer, said.data, said.size) : kept;
    buffer_release(&made);
    return kept == STATUS_OK ? STATUS_OK : error_set(error, kept, "no memory for an answer");
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

static enum status cut_short(enum status status, struct error *error)
{
    return status == STATUS_END ? error_set(error, STATUS_INVALID, "a question that is cut short")
                                : status;
}

static enum status read_question(int socket, struct question *question, struct error *error)
{
    uint8_t header[QUESTION_SIZE_MAX];
    size_t least = STILL_QUESTION_SIZE; /* no kind has less */
    enum status status = read_all(socket, header, least, error);
    if (status != STATUS_OK)
        return status;
    const struct question_kind *kind = kind_of((struct bytes){header, least});
    if (kind == NULL)
        return error_set(error, STATUS_INVALID, "that is no question");
    status = cut_short(read_all(socket, header + least, kind->size - least, error), error);
    return status == STATUS_OK ? question_parse((struct bytes){header, kind->size}, question, error)
                               : status;
}

static enum status answer_one(int socket, struct buffer *footage, struct error *error)
{
    struct question question;
    struct buffer answer = {0};
    enum status status = read_question(socket, &question, error);
    if (status != STATUS_OK)
        return status;
    size_t size = (size_t)question.init_size + question.fragments_size;
    status = cut_short(read_all(socket, footage->data, size, error), error);
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
