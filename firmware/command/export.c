/* sealroom export: a package of evidence, for an inspector to carry away. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "firmware/command/command.h"
#include "firmware/command/export_file.h"
#include "firmware/command/export_phrase.h"
#include "firmware/command/export_show.h"
#include "firmware/command/export_texts.h"
#include "firmware/command/keeper_link.h"
#include "ledger/checkpoint.h"

/* ---- what is asked ---- */

/* None of these is in an id. */
static bool has_other_separator(const char *ids)
{
    static const char *const separators[] = {",", ";", "，", "、", "；"};
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++)
        if (strstr(ids, separators[i]) != NULL)
            return true;
    return false;
}

static bool take_ids(const struct invocation *invocation, const char *option, char *field,
                     size_t size)
{
    const char *ids = invocation_value(invocation, option);
    message_text(field, size, ids == NULL ? "" : ids);
    if (ids != NULL && utf8_is_blank(bytes_of_text(ids))) {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_NO_IDS], option);
        return false;
    }
    if (ids != NULL && has_other_separator(ids)) {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_SEPARATOR], option, ids, option);
        return false;
    }
    if (ids == NULL || strlen(ids) < size)
        return true;
    invocation_warn(invocation, &export_texts[EXPORT_TEXT_TOO_MANY], option);
    return false;
}

static bool take_words(const struct invocation *invocation, const char *option, char *field,
                       size_t size)
{
    if (!invocation_words(invocation, option, field, size))
        return false;
    bool is_blank = utf8_is_blank(bytes_of_text(field));
    if (!is_blank && utf8_is_legible(bytes_of_text(field)))
        return true;
    invocation_warn(invocation,
                    &export_texts[is_blank ? EXPORT_TEXT_NEEDS_WORDS : EXPORT_TEXT_HIDDEN], option);
    return false;
}

static bool take_since(const struct invocation *invocation, char since[NOTE_SIZE])
{
    const char *path = invocation_value(invocation, "since");
    struct buffer note = {0};
    struct error error = {0};
    struct checkpoint checkpoint;
    if (path == NULL)
        return true;
    if (file_read(AT_FDCWD, path, CHECKPOINT_SIZE_MAX, &note, &error) != STATUS_OK) {
        (void)invocation_fail(invocation, &error);
        return false;
    }
    bool is_one = checkpoint_parse(buffer_bytes(&note), &checkpoint, &error) == STATUS_OK &&
                  note.size < NOTE_SIZE;
    if (is_one)
        memcpy(since, note.data, note.size);
    else
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_BAD_SINCE], path);
    buffer_release(&note);
    return is_one;
}

static bool take_ask(const struct invocation *invocation, struct message_export_ask *ask)
{
    bool bounded = invocation_value(invocation, "day") != NULL ||
                   (invocation_value(invocation, "from") != NULL &&
                    invocation_value(invocation, "to") != NULL);
    if (!invocation_period(invocation, &ask->from_utc_ns, &ask->to_utc_ns))
        return false;
    if (!bounded) {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_NEEDS_PERIOD]);
        return false;
    }
    ask->language = (uint8_t)invocation->language;
    return take_ids(invocation, "camera", ask->cameras, sizeof ask->cameras) &&
           take_ids(invocation, "door", ask->doors, sizeof ask->doors) &&
           take_words(invocation, "purpose", ask->purpose, sizeof ask->purpose) &&
           take_words(invocation, "case", ask->case_number, sizeof ask->case_number) &&
           take_since(invocation, ask->since);
}

/* ---- while it is made ---- */

struct export
{
    const struct invocation *invocation;
    struct keeper_link *link;
    int signals;
    uint32_t reference;
    struct export_show show;
    struct export_file *file;
    struct export_phrase *phrase;
    int64_t asked_to_utc_ns;
    bool is_on_record; /* the request is */
    bool is_whole;     /* the package is, and the appliance was told what became of it */
    struct error kept; /* why it could not be kept */
    bool is_interrupted;
    struct message_export_result result;
};

static enum status await(struct export *export, struct error *error)
{
    struct pollfd polled[] = {{.fd = keeper_link_descriptor(export->link), .events = POLLIN},
                              {.fd = export->signals, .events = POLLIN}};
    int ready = 0;
    do {
        ready = poll(polled, 2, -1);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot wait for the appliance");
    export->is_interrupted = (polled[1].revents & POLLIN) != 0;
    return export->is_interrupted ? STATUS_END : STATUS_OK;
}

static void show(struct export *export, enum message_type type,
                 const union message_payload *payload)
{
    if (type == MESSAGE_EXPORT_BEGUN) {
        export->is_on_record = true;
        export_show_begun(&export->show, &payload->export_begun, export->asked_to_utc_ns);
    } else if (type == MESSAGE_EXPORT_PLAN)
        export_show_plan(&export->show, &payload->export_plan);
    else if (type == MESSAGE_EXPORT_PROGRESS)
        export_show_progress(&export->show, &payload->export_progress);
}

/* One that nobody could open is no package. `kept`: whether it could be; what is returned then. */
static enum status show_phrase(struct export *export, enum status kept)
{
    struct error error;
    if (export_file_whole(export->file) == NULL ||
        export_phrase_show(export->phrase, export->invocation, &error) == STATUS_OK)
        return kept;
    export_file_discard(export->file);
    export->kept = error;
    return error.status;
}

/* The package is whole. It gets its name, and a pass phrase that was made for it is shown, before
 * the record calls it done: what is on record as done is there, and somebody can open it. */
static enum status keep(struct export *export, const struct message_export_result *result,
                        struct error *error)
{
    struct message_export_kept kept = {.reference = export->reference};
    export->result = *result;
    export->is_whole = true;
    enum status status = export_file_keep(export->file, &export->kept);
    export_show_end(&export->show);
    status = show_phrase(export, status);
    kept.status = (uint16_t)status;
    if (kept.status != STATUS_OK)
        message_text(kept.text, sizeof kept.text, export->kept.text);
    return keeper_link_send(export->link, MESSAGE_EXPORT_KEPT, &kept, -1, NULL, error);
}

static enum status judge(const struct export *export, const struct message_done *done,
                         struct error *error)
{
    enum status status = (enum status)done->status;
    const char *text = done->text[0] != '\0' ? done->text : status_name(status);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (export->is_whole)
        return export->kept.status != STATUS_OK
                   ? error_set(error, export->kept.status, "%s", export->kept.text)
                   : error_set(error, status, "the package is not on record as done: %s", text);
    return export->is_on_record
               ? error_set(error, status, "there is no package %s: %s", export->file->path, text)
               : error_set(error, status, "the appliance refuses: %s", text);
}

/* Until DONE, which tells what became of it. */
static enum status follow(struct export *export, struct error *error)
{
    for (;;) {
        enum message_type type = MESSAGE_DONE;
        union message_payload payload;
        enum status status = await(export, error);
        if (status == STATUS_OK)
            status = keeper_link_receive(export->link, &type, &payload, error);
        if (status == STATUS_AGAIN && error->status != STATUS_AGAIN)
            continue;
        if (status == STATUS_OK && type == MESSAGE_EXPORT_RESULT && !export->is_whole)
            status = keep(export, &payload.export_result, error);
        if (status != STATUS_OK)
            return status;
        if (type != MESSAGE_DONE) {
            show(export, type, &payload);
        } else if (payload.done.reference == export->reference) {
            return judge(export, &payload.done, error);
        }
    }
}

static enum status catch_signals(int *signals, sigset_t *before, struct error *error)
{
    sigset_t stopping;
    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGTERM);
    (void)sigaddset(&stopping, SIGINT);
    (void)sigaddset(&stopping, SIGHUP);
    /* Who does not read on wants the package all the same; that not all was said, the status says.
     */
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &stopping, before) == 0)
        *signals = signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
    return *signals >= 0 ? STATUS_OK : error_set_errno(error, STATUS_IO, errno, "signals");
}

static enum status make(struct export *export, const struct message_export_ask *ask,
                        struct error *error)
{
    enum status status = keeper_link_open(export->invocation->state, &export->link, error);
    if (status == STATUS_OK)
        status = keeper_link_send(export->link, MESSAGE_EXPORT_ASK, ask, export->file->file,
                                  &export->reference, error);
    if (status == STATUS_OK)
        status = export_phrase_send(export->phrase, export->link, export->reference, error);
    if (status == STATUS_OK)
        status = follow(export, error);
    export_show_end(&export->show);
    keeper_link_close(export->link);
    return status;
}

/* The truth at each stage: what is on record, and what lies where. */
static int fail(const struct export *export, const struct error *error)
{
    const struct invocation *invocation = export->invocation;
    const char *whole = export_file_whole(export->file);
    if (!export->is_interrupted)
        (void)invocation_fail(invocation, error);
    else if (!export->is_on_record)
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_INTERRUPTED_EARLY]);
    else if (!export->is_whole)
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_INTERRUPTED]);
    else
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_INTERRUPTED_LATE]);
    if (whole != NULL)
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_WHOLE], whole);
    return COMMAND_FAILED;
}

/* By whatever name it has. Whoever reads what lies under the one that was asked for would have
 * another's file: that is no success. */
static int succeed(struct export *export)
{
    const struct export_file *file = export->file;
    export_show_result(&export->show, export_file_whole(file), &export->result);
    if (file->is_named)
        return COMMAND_OK;
    invocation_warn(export->invocation, &export_texts[EXPORT_TEXT_OTHER_NAME], file->unnamed.text,
                    file->part);
    return COMMAND_FAILED;
}

/* A trial ends before the phrase is taken, and whoever is asked for that can be interrupted. */
static int export_to(const struct invocation *invocation, const char *out,
                     const struct message_export_ask *ask, struct export_phrase *phrase)
{
    struct export_file file = {.directory = -1, .file = -1};
    struct error error = {0};
    AUTO_CLOSE int signals = -1;
    sigset_t before;
    enum status status = catch_signals(&signals, &before, &error);
    struct export export = {.invocation = invocation,
                            .signals = signals,
                            .show = export_show_begin(invocation),
                            .file = &file,
                            .phrase = phrase,
                            .asked_to_utc_ns = ask->to_utc_ns};
    if (status == STATUS_OK)
        status = export_file_open(&file, out, &error);
    if (status == STATUS_OK)
        status = make(&export, ask, &error);
    export_file_close(&file);
    if (status != STATUS_OK)
        return fail(&export, &error);
    if (ask->is_trial == 0)
        return succeed(&export);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return COMMAND_OK;
}

static int run(const struct invocation *invocation)
{
    struct message_export_ask ask = {0};
    struct export_phrase phrase = {.terminal = -1};
    const char *out = invocation_value(invocation, "out");
    if (!take_ask(invocation, &ask))
        return COMMAND_FAILED;
    if (out == NULL || out[0] == '\0') {
        invocation_warn(invocation, &export_texts[EXPORT_TEXT_NEEDS_OUT]);
        return COMMAND_FAILED;
    }
    ask.is_encrypted = ask.is_trial = export_phrase_is_wanted(invocation);
    /* nobody types a pass phrase to be told then that the medium is not there */
    if (ask.is_trial != 0 && export_to(invocation, out, &ask, &phrase) != COMMAND_OK)
        return COMMAND_FAILED;
    ask.is_trial = 0;
    bool has_phrase = export_phrase_take(invocation, &phrase);
    int result = has_phrase ? export_to(invocation, out, &ask, &phrase) : COMMAND_FAILED;
    export_phrase_release(&phrase);
    return result;
}

static const struct command_option options[] = {
    {"from", "TIME", {"from this time", "起始时间"}},
    {"to",
     "TIME",
     {"up to this time; what is recorded just now is sealed first",
      "截止时间；正在录制的内容会先封存"}},
    {"day", "DATE", {"this day", "这一天"}},
    {"camera", "IDS", {"these cameras, by blanks", "这些摄像机，以空格分隔"}},
    {"door",
     "IDS",
     {"these doors, by blanks; neither: everything", "这些门，以空格分隔；都不写则为全部"}},
    {"purpose", "TEXT", {"what it is for; it stands in the record", "用途，记入记录"}},
    {"case", "TEXT", {"the case's number; it stands in the record", "案号，记入记录"}},
    {"since",
     "FILE",
     {"prove that the history goes on from this checkpoint", "证明账本由此检查点延续而来"}},
    {"encrypt",
     NULL,
     {"encrypt it for transport; the pass phrase is asked for", "作传输加密，口令由终端输入"}},
    {"pass-phrase-file",
     "FILE",
     {"the same, with the pass phrase in this file; -: standard input",
      "同上，口令取自此文件；- 为标准输入"}},
    {"generate-pass-phrase",
     NULL,
     {"the same, with a new one, shown once at the terminal",
      "同上，口令随机生成，在终端上只显示一次"}},
    {"out", "FILE.zip", {"the package; there must be no such file yet", "证据包文件，须尚不存在"}},
    {0},
};

const struct command command_export = {
    .name = "export",
    .about = {"make a package of evidence that proves itself", "导出可自行证明的证据包"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(export_texts),
    .run = run,
};
