#include "evidence/text_line.h"

#include <string.h>

#include "ledger/number.h"

struct text_line text_line_of(struct bytes line)
{
    return (struct text_line){.rest = line};
}

static void pass(struct text_line *line, size_t size)
{
    line->rest.data += size;
    line->rest.size -= size;
}

bool text_is(struct text_line *line, const char *word)
{
    size_t size = strlen(word);
    if (line->rest.size <= size || memcmp(line->rest.data, word, size) != 0 ||
        line->rest.data[size] != ' ') {
        return false;
    }
    pass(line, size + 1);
    return true;
}

void text_word(struct text_line *line, char *word, size_t size)
{
    const uint8_t *space =
        line->rest.size > 0 ? memchr(line->rest.data, ' ', line->rest.size) : NULL;
    size_t length = space != NULL ? (size_t)(space - line->rest.data) : line->rest.size;
    word[0] = '\0';
    if (length == 0 || length >= size || memchr(line->rest.data, 0, length) != NULL ||
        (space != NULL && length + 1 == line->rest.size)) {
        line->failed = true;
        return;
    }
    memcpy(word, line->rest.data, length);
    word[length] = '\0';
    pass(line, space != NULL ? length + 1 : length);
}

uint64_t text_u64(struct text_line *line)
{
    char word[NUMBER_TEXT_SIZE];
    uint64_t value = 0;
    text_word(line, word, sizeof(word));
    if (number_parse_u64(word, &value) != STATUS_OK) {
        line->failed = true;
    }
    return value;
}

int64_t text_i64(struct text_line *line)
{
    char word[NUMBER_TEXT_SIZE];
    int64_t value = 0;
    text_word(line, word, sizeof(word));
    if (number_parse_i64(word, &value) != STATUS_OK) {
        line->failed = true;
    }
    return value;
}

uint64_t text_u64_within(struct text_line *line, uint64_t limit)
{
    uint64_t value = text_u64(line);
    if (value > limit) {
        line->failed = true;
        return 0;
    }
    return value;
}

void text_digest(struct text_line *line, struct digest *digest)
{
    char word[2 * DIGEST_BYTES + 1];
    text_word(line, word, sizeof(word));
    if (hex_decode(digest->bytes, DIGEST_BYTES, word) != STATUS_OK) {
        line->failed = true;
    }
}

uint32_t text_crc(struct text_line *line)
{
    char word[2 * sizeof(uint32_t) + 1];
    uint8_t bytes[sizeof(uint32_t)] = {0};
    text_word(line, word, sizeof(word));
    if (hex_decode(bytes, sizeof(bytes), word) != STATUS_OK) {
        line->failed = true;
    }
    return big_u32(bytes);
}

bool text_line_is_over(const struct text_line *line)
{
    return !line->failed && line->rest.size == 0;
}
