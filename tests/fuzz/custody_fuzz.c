/* The file beside a package. What is not broken can be gone on with, and is then one act longer. */
#include <string.h>

#include "evidence/custody.h"
#include "fuzz.h"

/* Whose act the first one is: its second field. */
static struct digest spoken_of(struct bytes text)
{
    struct digest digest = {{0}};
    char hex[2 * DIGEST_BYTES + 1] = {0};
    const uint8_t *line = text.size > 0 ? memchr(text.data, '\n', text.size) : NULL;
    size_t left = line != NULL ? text.size - (size_t)(line - text.data) : 0;
    if (left > 1 + TIME_TEXT_SIZE + 2 * DIGEST_BYTES) {
        memcpy(hex, line + 1 + TIME_TEXT_SIZE, 2 * DIGEST_BYTES);
        if (hex_decode(digest.bytes, DIGEST_BYTES, hex) != STATUS_OK) {
            memset(&digest, 0, sizeof digest);
        }
    }
    return digest;
}

static void go_on(enum digest_algorithm algorithm, struct bytes text, const struct custody_act *act)
{
    struct custody_state before;
    struct custody_state after;
    struct buffer content = {0};
    MUST(buffer_append(&content, text.data, text.size) == STATUS_OK);
    custody_judge(algorithm, text, &act->package, &before);
    bool is_whole = text.size == 0 || (before.broken == 0 && !before.is_other);
    enum status status = custody_append(algorithm, act, &content, NULL);
    MUST(is_whole ? status == STATUS_OK || status == STATUS_FULL : status == STATUS_INVALID);
    if (status == STATUS_OK) {
        custody_judge(algorithm, buffer_bytes(&content), &act->package, &after);
        MUST(after.broken == 0 && !after.is_other);
        MUST(after.acts == (text.size == 0 ? 0 : before.acts) + 1);
    }
    buffer_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {data, size};
    struct custody_act act = {
        .package = spoken_of(text), .verdict = "authentic", .name = "\xe5\xbc\xa0"};
    go_on(DIGEST_SHA256, text, &act);
    go_on(DIGEST_SM3, text, &act);
    return 0;
}
