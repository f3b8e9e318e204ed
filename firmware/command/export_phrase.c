#include "firmware/command/export_phrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/command/export_texts.h"

static bool read_one(const struct invocation *invocation, const char *path,
                     struct pass_phrase *phrase)
{
    struct error error = {0};
    bool is_named = strcmp(path, "-") != 0;
    AUTO_CLOSE int opened = is_named ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
    int file = is_named ? opened : STDIN_FILENO;
    struct error why = {0};
    enum status status = STATUS_OK;
    if (file < 0)
        status = error_set_errno(&error, STATUS_IO, errno, "cannot open %s", path);
    else if (pass_phrase_read(phrase, file, &why) != STATUS_OK)
        status = error_set(&error, why.status, "the pass phrase from %s: %s", path, why.text);
    if (status != STATUS_OK)
        (void)invocation_fail(invocation, &error);
    return status == STATUS_OK;
}

static bool ask(const struct invocation *invocation, struct pass_phrase *phrase)
{
    struct error error = {0};
    enum status status = pass_phrase_ask(
        phrase, text_in(&export_texts[EXPORT_TEXT_ASK_PHRASE], invocation->language),
        text_in(&export_texts[EXPORT_TEXT_ASK_AGAIN], invocation->language), &error);
    if (status == STATUS_UNSUPPORTED)
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_NO_TERMINAL]);
    else if (status != STATUS_OK)
        (void)invocation_fail(invocation, &error);
    return status == STATUS_OK;
}

/* Looked for before, for without it nobody could ever open what is made. */
static bool make(const struct invocation *invocation, struct export_phrase *phrase)
{
    phrase->terminal = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (phrase->terminal < 0) {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_NOWHERE_TO_SHOW]);
        return false;
    }
    pass_phrase_generate(&phrase->phrase);
    return true;
}

bool export_phrase_is_wanted(const struct invocation *invocation)
{
    return invocation_value(invocation, "encrypt") != NULL ||
           invocation_value(invocation, "pass-phrase-file") != NULL ||
           invocation_value(invocation, "generate-pass-phrase") != NULL;
}

bool export_phrase_take(const struct invocation *invocation, struct export_phrase *phrase)
{
    const char *path = invocation_value(invocation, "pass-phrase-file");
    bool is_made = invocation_value(invocation, "generate-pass-phrase") != NULL;
    *phrase = (struct export_phrase){.terminal = -1};
    phrase->is_wanted = export_phrase_is_wanted(invocation);
    if (!phrase->is_wanted)
        return true;
    if (path != NULL && is_made) {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_TWO_PHRASES]);
        return false;
    }
    if (path != NULL)
        return read_one(invocation, path, &phrase->phrase);
    return is_made ? make(invocation, phrase) : ask(invocation, &phrase->phrase);
}

enum status export_phrase_send(const struct export_phrase *phrase, struct keeper_link *link,
                               uint32_t reference, struct error *error)
{
    const struct message_export_phrase message = {.reference = reference};
    AUTO_CLOSE int sealed = -1;
    if (!phrase->is_wanted)
        return STATUS_OK;
    enum status status = pass_phrase_seal(&phrase->phrase, &sealed, error);
    return status == STATUS_OK
               ? keeper_link_send(link, MESSAGE_EXPORT_PHRASE, &message, sealed, NULL, error)
               : status;
}

enum status export_phrase_show(struct export_phrase *phrase, const struct invocation *invocation,
                               struct error *error)
{
    if (phrase->terminal < 0)
        return STATUS_OK;
    (void)fflush(stdout);
    bool is_shown =
        dprintf(phrase->terminal, text_in(&export_texts[EXPORT_TEXT_PHRASE], invocation->language),
                phrase->phrase.text) > 0;
    file_close(&phrase->terminal);
    return is_shown ? STATUS_OK
                    : error_set(error, STATUS_IO,
                                "the new pass phrase could not be shown, so nobody could open the "
                                "package: it is removed");
}

void export_phrase_release(struct export_phrase *phrase)
{
    pass_phrase_wipe(&phrase->phrase);
    file_close(&phrase->terminal);
}
