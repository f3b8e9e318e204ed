/*
 * A question for sealroom-picture as a stranger asks it: the fixed part, then an MP4. Whatever it
 * is, it is refused, or has an answer of the form that is said, with a JPEG or an MP4 in it.
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
    bool is_video = size >= 4 && memcmp(data, STILL_VIDEO_MAGIC, 4) == 0;
    size_t fixed = is_video ? STILL_VIDEO_QUESTION_SIZE : STILL_QUESTION_SIZE;
    fixed = size < fixed ? size : fixed;
    if (question_parse((struct bytes){data, fixed}, &question, NULL) != STATUS_OK) {
        return 0;
    }
    struct bytes footage = {data + fixed, size - fixed};
    MUST(answer_make(&question, footage, &answer, NULL) == STATUS_OK);
    struct reader reader = reader_of(buffer_bytes(&answer));
    MUST(bytes_equal(read_bytes(&reader, 4),
                     bytes_of_text(is_video ? STILL_VIDEO_ANSWER_MAGIC : STILL_ANSWER_MAGIC)));
    uint32_t outcome = read_u32(&reader);
    (void)read_i64(&reader);
    uint32_t said = read_u32(&reader);
    MUST(!reader.failed && said == reader_left(&reader) && said <= STILL_VIDEO_ANSWER_MAX);
    const uint8_t *made = answer.data + STILL_ANSWER_SIZE;
    MUST(outcome != 0 || memcmp(is_video ? made + 4 : made, is_video ? "ftyp" : "\xff\xd8\xff",
                                is_video ? 4 : 3) == 0);
    buffer_release(&answer);
    return 0;
}
