/*
 * One question of evidence/still.h after the other, answered on the socket they come from.
 */
#ifndef SEALROOM_PICTURE_ANSWERER_H
#define SEALROOM_PICTURE_ANSWERER_H

#include "base/bytes.h"

struct question_kind;

/* A question's fixed part. */
struct question {
    const struct question_kind *kind; /* a still, or video */
    uint32_t init_size;
    uint32_t fragments_size;
    int64_t from_ns; /* of video */
    int64_t to_ns;   /* of a still: the wanted time */
    int64_t base_ns; /* of video */
    uint16_t width_max;
    uint16_t zero;
    uint8_t quality; /* of a still */
    bool by_showing; /* of a still: its time counts from when the first picture is shown */
};

/* STATUS_INVALID: it is no question, or asks for more than may be asked. */
MUST_CHECK enum status question_parse(struct bytes header, struct question *question,
                                      struct error *error);
/* The whole answer to a question with these bytes; *answer is cleared first. A question that has no
 * answer is told why. STATUS_NO_MEMORY alone is a failure. */
MUST_CHECK enum status answer_make(const struct question *question, struct bytes footage,
                                   struct buffer *answer, struct error *error);
/* Answers until the other side ends, which is STATUS_OK. A question may take ANSWER_CPU_SECONDS of
 * the processor; then the process is killed by SIGPROF. */
#define ANSWER_CPU_SECONDS 20
MUST_CHECK enum status answerer_run(int socket, struct error *error);

#endif
