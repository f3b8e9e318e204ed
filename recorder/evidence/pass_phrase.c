#include "evidence/pass_phrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/file.h"
#include "base/sealed.h"
#include "crypto/suite.h"

/* Without 0, 1, i, l, o, which are taken for one another. 20 of them are 99 bits. */
#define SIGNS       "23456789abcdefghjkmnpqrstuvwxyz"
#define SIGN_COUNT  (sizeof(SIGNS) - 1)
#define GROUPS      5
#define GROUP_SIGNS 4

/* Of a file that holds one: beyond it nobody looks. */
#define LINE_SIZE_MAX 1024

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

/* A terminal that does not show what is typed. Whatever ends or stops the process waits meanwhile:
 * it must not leave a terminal behind that shows nothing. */
struct terminal {
    int file;
    int signals;
    sigset_t mask;        /* as it was before */
    struct termios shown; /* as it was before */
    bool is_hidden;
};

static enum status terminal_hide(struct terminal *terminal, struct error *error)
{
    static const int waiting[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    sigset_t signals;
    (void)sigemptyset(&signals);
    for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++) {
        (void)sigaddset(&signals, waiting[i]);
    }
    terminal->signals = signalfd(-1, &signals, SFD_CLOEXEC);
    if (terminal->signals < 0 || tcgetattr(terminal->file, &terminal->shown) != 0 ||
        sigprocmask(SIG_BLOCK, &signals, &terminal->mask) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "the terminal cannot be used");
    }
    struct termios hidden = terminal->shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ISIG | ECHONL;
    terminal->is_hidden = true;
    return tcsetattr(terminal->file, TCSAFLUSH, &hidden) == 0
               ? STATUS_OK
               : error_set_errno(error, STATUS_IO, errno, "the terminal cannot be used");
}

/* An interrupt is an answer: nothing was typed. What else came takes its effect now. */
static void terminal_show(struct terminal *terminal)
{
    const struct timespec at_once = {0};
    sigset_t interrupt;
    if (terminal->is_hidden) {
        (void)tcsetattr(terminal->file, TCSAFLUSH, &terminal->shown);
        (void)sigemptyset(&interrupt);
        (void)sigaddset(&interrupt, SIGINT);
        (void)sigtimedwait(&interrupt, NULL, &at_once);
        (void)sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
    }
    file_close(&terminal->signals);
    file_close(&terminal->file);
}

/* The next of what is typed; 0 at its end, and when the process is to end. */
static ssize_t terminal_read(const struct terminal *terminal, char *text, size_t size)
{
    struct pollfd polled[] = {{.fd = terminal->file, .events = POLLIN},
                              {.fd = terminal->signals, .events = POLLIN}};
    while (poll(polled, 2, -1) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return polled[1].revents != 0 ? 0 : read(terminal->file, text, size);
}

/* A line of it, without its end; of one that is too long so much that this is seen. */
static enum status terminal_ask(const struct terminal *terminal, const char *prompt,
                                char line[PASS_PHRASE_SIZE_MAX + 2], struct error *error)
{
    size_t size = 0;
    bool is_ended = false;
    if (dprintf(terminal->file, "%s", prompt) < 0) {
        return error_set_errno(error, STATUS_IO, errno, "the terminal cannot be used");
    }
    while (!is_ended) {
        char sign = '\0';
        if (terminal_read(terminal, &sign, 1) != 1) {
            return error_set(error, STATUS_END, "no pass phrase was typed");
        }
        if (sign == '\0') {
            sign = '\x7f'; /* refused as well, and not where a text ends */
        }
        is_ended = sign == '\n';
        if (!is_ended && size <= PASS_PHRASE_SIZE_MAX) {
            line[size++] = sign;
        }
    }
    line[size] = '\0';
    return STATUS_OK;
}

enum status pass_phrase_ask(struct pass_phrase *phrase, const char *prompt, const char *again,
                            struct error *error)
{
    char lines[2][PASS_PHRASE_SIZE_MAX + 2] = {0};
    struct terminal terminal = {.signals = -1};
    terminal.file = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    *phrase = (struct pass_phrase){0};
    if (terminal.file < 0) {
        return error_set(error, STATUS_UNSUPPORTED, "there is no terminal to ask at");
    }
    enum status status = terminal_hide(&terminal, error);
    if (status == STATUS_OK) {
        status = terminal_ask(&terminal, prompt, lines[0], error);
    }
    if (status == STATUS_OK) {
        status = terminal_ask(&terminal, again, lines[1], error);
    }
    terminal_show(&terminal);
    if (status == STATUS_OK) {
        status = take(phrase, lines[0], strlen(lines[0]), error);
    }
    if (status == STATUS_OK && strcmp(lines[0], lines[1]) != 0) {
        pass_phrase_wipe(phrase);
        status = error_set(error, STATUS_MISMATCH, "the second pass phrase is another");
    }
    OPENSSL_cleanse(lines, sizeof(lines));
    return status;
}

/* Until its end, or until there is more than fits. */
static enum status read_all(int file, char *text, size_t limit, size_t *size, struct error *error)
{
    *size = 0;
    for (ssize_t got = 1; got != 0 && *size < limit;) {
        got = read(file, text + *size, limit - *size);
        if (got < 0 && errno == EISDIR) {
            return error_set(error, STATUS_IO, "it is a folder");
        }
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, STATUS_IO, errno, "the pass phrase cannot be read");
        }
        *size += got > 0 ? (size_t)got : 0;
    }
    return STATUS_OK;
}

/* What is there instead of a line. */
static enum status check_line(const char *text, size_t size, size_t end, struct error *error)
{
    if (end == 0) {
        return error_set(error, STATUS_REFUSED, size == 0 ? "it is empty" : "its line is empty");
    }
    return memchr(text, '\n', end) == NULL
               ? STATUS_OK
               : error_set(error, STATUS_REFUSED,
                           "it has more lines than one, and the pass phrase is one line");
}

enum status pass_phrase_read(struct pass_phrase *phrase, int file, struct error *error)
{
    char text[LINE_SIZE_MAX];
    size_t size = 0;
    *phrase = (struct pass_phrase){0};
    enum status status = read_all(file, text, sizeof(text), &size, error);
    size_t end = size;
    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
        end--;
    }
    if (status == STATUS_OK) {
        status = check_line(text, size, end, error);
    }
    if (status == STATUS_OK) { /* one of which not all was read is too long anyhow */
        status = take(phrase, text, size < sizeof(text) ? end : size, error);
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
