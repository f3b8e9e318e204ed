/*
 * A question for sealroom-picture as a stranger asks it: the fixed part, then an MP4. Whatever it
 * is, it is refused, or has an answer of the form that is said, and a picture in it is a JPEG.
 */
#include <string.h>

#include "evidence/still.h"
#include "firmware/picture/answerer.h"
#include "firmware/picture/decoder.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    decoder_prepare();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct question question;
    struct buffer answer = {0};
    size_t fixed = size < STILL_QUESTION_SIZE ? size : STILL_QUESTION_SIZE;
    if (question_parse((struct bytes){data, fixed}, &question, NULL) != STATUS_OK) {
        return 0;
    }
    struct bytes footage = {data + fixed, size - fixed};
    MUST(answer_make(&question, footage, &answer, NULL) == STATUS_OK);
    struct reader reader = reader_of(buffer_bytes(&answer));
    MUST(bytes_equal(read_bytes(&reader, 4), bytes_of_text(STILL_ANSWER_MAGIC)));
    uint32_t outcome = read_u32(&reader);
    (void)read_i64(&reader);
    uint32_t said = read_u32(&reader);
    MUST(!reader.failed && said == reader_left(&reader) && said <= STILL_ANSWER_MAX);
    MUST(outcome != 0 || memcmp(answer.data + STILL_ANSWER_SIZE, "\xff\xd8\xff", 3) == 0);
    buffer_release(&answer);
    return 0;
}
