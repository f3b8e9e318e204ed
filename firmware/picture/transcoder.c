#include "firmware/picture/transcoder.h"

#include "firmware/picture/decoder.h"
#include "firmware/picture/movie.h"
#include "firmware/picture/scaler.h"

struct transcoder {
    const struct transcoder_wish *wish;
    struct scaler scaler;
    struct movie *movie; /* NULL until there is a picture */
    AVFrame *before;     /* the last one that is shown before it begins */
    int64_t last_ns;
    int64_t pictures;
};

/* The first one is on the screen from the beginning on, whenever it came. */
static enum status add(struct transcoder *transcoder, const AVFrame *frame, int64_t shown_ns,
                       struct error *error)
{
    const struct transcoder_wish *wish = transcoder->wish;
    AVFrame *picture = NULL;
    enum status status = scaler_make(&transcoder->scaler, frame, &picture, error);
    if (status != STATUS_OK)
        return status;
    picture->colorspace = scaler_space_of(frame);
    if (transcoder->movie == NULL) {
        shown_ns = wish->from_ns;
        status = movie_new(picture, &transcoder->movie, error);
    }
    if (status == STATUS_OK)
        status = movie_add(transcoder->movie, picture, wish->base_ns + (shown_ns - wish->from_ns),
                           error);
    transcoder->last_ns = shown_ns;
    transcoder->pictures++;
    av_frame_free(&picture);
    return status;
}

static enum status take(struct transcoder *transcoder, AVFrame *frame, int64_t shown_ns,
                        struct error *error)
{
    const struct transcoder_wish *wish = transcoder->wish;
    if (shown_ns < wish->from_ns) {
        av_frame_unref(transcoder->before);
        av_frame_move_ref(transcoder->before, frame);
        return STATUS_OK;
    }
    bool is_wanted =
        shown_ns < wish->to_ns &&
        (transcoder->movie == NULL || shown_ns - transcoder->last_ns >= TRANSCODER_STEP_NS);
    return is_wanted ? add(transcoder, frame, shown_ns, error) : STATUS_OK;
}

static enum status take_all(struct transcoder *transcoder, struct decoder *decoder,
                            struct error *error)
{
    enum status status = STATUS_OK;
    int64_t shown_ns = 0;
    AVFrame *frame = av_frame_alloc();
    if (frame == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to decode a picture");
    while (status == STATUS_OK && decoder_next(decoder, frame))
        if (decoder_time_of(decoder, frame, &shown_ns))
            status = take(transcoder, frame, shown_ns, error);
    av_frame_free(&frame);
    bool is_still = status == STATUS_OK && transcoder->movie == NULL;
    if (is_still && transcoder->before->buf[0] != NULL)
        return add(transcoder, transcoder->before, transcoder->wish->from_ns, error);
    return is_still ? error_set(error, STATUS_INVALID, "no picture could be decoded") : status;
}

enum status transcode(struct bytes footage, const struct transcoder_wish *wish,
                      struct buffer *movie, int64_t *pictures, struct error *error)
{
    const struct decoder_wish decoding = {DECODER_BY_SHOWING, wish->to_ns};
    struct transcoder transcoder = {
        .wish = wish,
        .scaler = {.format = AV_PIX_FMT_YUV420P, .width_max = wish->width_max},
        .before = av_frame_alloc()};
    struct decoder *decoder = NULL;
    buffer_clear(movie);
    enum status status = transcoder.before == NULL
                             ? error_set(error, STATUS_NO_MEMORY, "no memory to decode a picture")
                             : decoder_new(footage, &decoding, &decoder, error);
    if (status == STATUS_OK)
        status = take_all(&transcoder, decoder, error);
    if (status == STATUS_OK)
        status = movie_end(transcoder.movie, wish->base_ns + (wish->to_ns - wish->from_ns), movie,
                           error);
    *pictures = transcoder.pictures;
    decoder_free(decoder);
    movie_free(transcoder.movie);
    scaler_release(&transcoder.scaler);
    av_frame_free(&transcoder.before);
    return status;
}
