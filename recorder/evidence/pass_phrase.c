#include "evidence/pass_phrase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/ui.h>

#include "base/file.h"
#include "base/sealed.h"
#include "crypto/suite.h"

/* Without 0, 1, i, l, o, which are taken for one another. 20 of them are 99 bits. */
#define SIGNS       "23456789abcdefghjkmnpqrstuvwxyz"
#define SIGN_COUNT  (sizeof(SIGNS) - 1)
#define GROUPS      5
#define GROUP_SIGNS 4

void pass_phrase_wipe(struct pass_phrase *phrase)
{
    OPENSSL_cleanse(phrase, sizeof(*phrase));
}

/* Each as likely as any other: bytes beyond the last whole multiple are drawn again. */
static char random_sign(void)
{
    uint8_t byte = UINT8_MAX;
    while (byte >= UINT8_MAX / SIGN_COUNT * SIGN_COUNT) {
        random_fill(&byte, 1);
    }
    return SIGNS[byte % SIGN_COUNT];
}

void pass_phrase_generate(struct pass_phrase *phrase)
{
    char *at = phrase->text;
    for (unsigned i = 0; i < GROUPS * GROUP_SIGNS; i++) {
        if (i > 0 && i % GROUP_SIGNS == 0) {
            *at++ = '-';
        }
        *at++ = random_sign();
    }
    *at = '\0';
}

static enum status check(const struct pass_phrase *phrase, struct error *error)
{
    size_t size = strlen(phrase->text);
    for (size_t i = 0; i < size; i++) {
        if (phrase->text[i] < ' ' || phrase->text[i] > '~') {
            return error_set(error, STATUS_REFUSED,
                             "a pass phrase has ASCII letters, digits and signs only: programs "
                             "disagree on others");
        }
    }
    return size >= PASS_PHRASE_SIZE_MIN
               ? STATUS_OK
               : error_set(error, STATUS_REFUSED, "a pass phrase has at least %u characters",
                           (unsigned)PASS_PHRASE_SIZE_MIN);
}

/* Both answers into the two; OpenSSL holds the terminal, its echo and signals. */
static enum status ask_twice(struct pass_phrase answers[2], const char *prompt, const char *again,
                             struct error *error)
{
    UI *terminal = UI_new_method(UI_OpenSSL());
    if (terminal == NULL ||
        UI_add_input_string(terminal, prompt, 0, answers[0].text, 0, PASS_PHRASE_SIZE_MAX) < 0 ||
        UI_add_input_string(terminal, again, 0, answers[1].text, 0, PASS_PHRASE_SIZE_MAX) < 0) {
        UI_free(terminal);
        return error_set(error, STATUS_NO_MEMORY, "no memory to ask for a pass phrase");
    }
    int result = UI_process(terminal);
    UI_free(terminal);
    return result == 0 ? STATUS_OK : error_set(error, STATUS_END, "no pass phrase was typed");
}

enum status pass_phrase_ask(struct pass_phrase *phrase, const char *prompt, const char *again,
                            struct error *error)
{
    struct pass_phrase answers[2] = {0};
    AUTO_CLOSE int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    *phrase = (struct pass_phrase){0};
    if (terminal < 0) {
        return error_set(error, STATUS_UNSUPPORTED, "there is no terminal to ask at");
    }
    enum status status = ask_twice(answers, prompt, again, error);
    if (status == STATUS_OK) {
        status = check(&answers[0], error);
    }
    if (status == STATUS_OK && strcmp(answers[0].text, answers[1].text) != 0) {
        status = error_set(error, STATUS_MISMATCH, "the second pass phrase is another");
    }
    if (status == STATUS_OK) {
        *phrase = answers[0];
    }
    pass_phrase_wipe(&answers[0]);
    pass_phrase_wipe(&answers[1]);
    return status;
}

/* Until its end, or until there is more than fits. */
static enum status read_all(int file, char *text, size_t limit, size_t *size, struct error *error)
{
    *size = 0;
    for (ssize_t got = 1; got != 0 && *size < limit;) {
        got = read(file, text + *size, limit - *size);
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, STATUS_IO, errno, "the pass phrase cannot be read");
        }
        *size += got > 0 ? (size_t)got : 0;
    }
    return STATUS_OK;
}

/* The first `size` bytes of a text. */
static enum status take(struct pass_phrase *phrase, const char *text, size_t size,
                        struct error *error)
{
    *phrase = (struct pass_phrase){0};
    if (size > PASS_PHRASE_SIZE_MAX) {
        return error_set(error, STATUS_REFUSED, "a pass phrase has at most %u characters",
                         (unsigned)PASS_PHRASE_SIZE_MAX);
    }
    if (memchr(text, '\0', size) == NULL) { /* check() would see the part before it only */
        memcpy(phrase->text, text, size);
    }
    enum status status = check(phrase, error);
    if (status != STATUS_OK) {
        pass_phrase_wipe(phrase);
    }
    return status;
}

enum status pass_phrase_read(struct pass_phrase *phrase, int file, struct error *error)
{
    char text[PASS_PHRASE_SIZE_MAX + 3]; /* with CR LF, and one too many */
    size_t size = 0;
    *phrase = (struct pass_phrase){0};
    enum status status = read_all(file, text, sizeof(text), &size, error);
    size_t end = size;
    if (end > 0 && text[end - 1] == '\n') {
        end--;
    }
    if (end < size && end > 0 && text[end - 1] == '\r') {
        end--;
    }
    if (status == STATUS_OK) {
        status = take(phrase, text, end, error);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}

enum status pass_phrase_seal(const struct pass_phrase *phrase, int *file, struct error *error)
{
    return sealed_new("pass phrase", bytes_of_text(phrase->text), file, error);
}

enum status pass_phrase_unseal(struct pass_phrase *phrase, int file, struct error *error)
{
    char text[PASS_PHRASE_SIZE_MAX];
    size_t size = 0;
    *phrase = (struct pass_phrase){0};
    enum status status =
        sealed_read(file, text, sizeof(text), &size) == STATUS_OK
            ? take(phrase, text, size, error)
            : error_set(error, STATUS_REFUSED, "what was handed over is no pass phrase");
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}
