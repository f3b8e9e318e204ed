/* sealroom verify: is this ledger, and the video it seals, what was recorded? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/file_hash.h"
#include "base/file.h"
#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"
#include "firmware/config/config.h"

#define FILE_SIZE_MAX 65536u
#define BAR_WIDTH     30

enum {
    TEXT_RECORDS,
    TEXT_VIDEO,
    TEXT_CATALOG,
    TEXT_FILE,
    TEXT_NO_RECORD,
    TEXT_NO_VERDICT,
    TEXT_EMPTY,
    TEXT_LINE_ENDS,
    TEXT_LAST_LINE_END,
};

static const struct text texts[] = {
    [TEXT_RECORDS] = {"records", "记录"},
    [TEXT_VIDEO] = {"video", "录像"},
    [TEXT_CATALOG] = {"catalog", "目录"},
    [TEXT_FILE] = {"%s: %s", "%s：%s"},
    [TEXT_NO_RECORD] = {"no record of this verification could be made: %s",
                        "未能为本次核验留下记录：%s"},
    [TEXT_NO_VERDICT] = {"the verdict could not be put on record: %s", "核验结论未能记录在案：%s"},
    [TEXT_EMPTY] = {"%s is empty: it is no checkpoint, and nothing was verified",
                    "%s 是空文件：不是检查点，未进行核验"},
    [TEXT_LINE_ENDS] = {"%s: its line ends were changed (to CR LF): a checkpoint has to be kept "
                        "byte for byte; nothing was verified",
                        "%s：行尾已被改动（成为 CR LF）：检查点必须逐字节保存；未进行核验"},
    [TEXT_LAST_LINE_END] = {"%s: its last line end is missing, or there is more than one: a "
                            "checkpoint has to be kept byte for byte; nothing was verified",
                            "%s：末尾的换行缺失或多余：检查点必须逐字节保存；未进行核验"},
};

static const int stage_texts[] = {
    [AUDIT_STAGE_RECORDS] = TEXT_RECORDS,
    [AUDIT_STAGE_VIDEO] = TEXT_VIDEO,
    [AUDIT_STAGE_CATALOG] = TEXT_CATALOG,
};

static void show_progress(void *context, const struct audit_progress *progress)
{
    const struct invocation *invocation = context;
    char bar[BAR_WIDTH + 1];
    uint64_t total = progress->total > 0 ? progress->total : 1;
    uint64_t done = progress->done < total ? progress->done : total;
    size_t filled = (size_t)((double)done / (double)total * BAR_WIDTH);
    for (size_t i = 0; i < BAR_WIDTH; i++) {
        bar[i] = i < filled ? '#' : '.';
    }
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r\033[K%s [%s] %3.0f%%",
            text_in(&texts[stage_texts[progress->stage]], invocation->language), bar,
            100.0 * (double)done / (double)total);
    if (done == total) {
        fputs("\r\033[K", stderr);
    }
    fflush(stderr);
}

/* Who verifies is on record as who looks anything up; on a stopped appliance nobody keeps one.
 * False: what was said cannot stand in a record. */
static bool record_lookup(const struct invocation *invocation, const struct audit_options *options,
                          struct message_verified *said)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    struct message_lookup lookup = {
        .what = "verify", .from_utc_ns = options->from_utc_ns, .to_utc_ns = options->to_utc_ns};
    char shown[PHRASE_SIZE];
    if (options->camera != NULL) {
        snprintf(lookup.filter, sizeof lookup.filter, "camera=%s", options->camera);
    } else if (options->door != NULL) {
        snprintf(lookup.filter, sizeof lookup.filter, "door=%s", options->door);
    }
    if (!invocation_lookup(invocation, &lookup)) {
        return false;
    }
    if (lookup.filter[0] != '\0' || options->from_utc_ns != 0 || options->to_utc_ns != 0) {
        message_text(said->limits, sizeof said->limits,
                     lookup.filter[0] != '\0' ? lookup.filter : "time");
    }
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_OK) {
        status = keeper_link_ask(link, MESSAGE_LOOKUP, &lookup, NULL, NULL, &said->lookup, &error);
        keeper_link_close(link);
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        invocation_warn(invocation, &texts[TEXT_NO_RECORD],
                        phrase_in(error.text, invocation->language, shown, sizeof shown));
    }
    return true;
}

/* What came of it is on record, too, where what was asked for is. */
static void record_verdict(const struct invocation *invocation, const struct audit_report *report,
                           struct message_verified *said)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    char shown[PHRASE_SIZE];
    if (said->lookup == 0) {
        return;
    }
    message_text(said->verdict, sizeof said->verdict, audit_verdict_name(report->verdict));
    said->records = report->records;
    said->segments = report->segments;
    said->bytes = report->segment_bytes;
    said->findings = audit_findings_count(report);
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_OK) {
        status = keeper_link_ask(link, MESSAGE_VERIFIED, said, NULL, NULL, NULL, &error);
        keeper_link_close(link);
    }
    if (status != STATUS_OK) {
        invocation_warn(invocation, &texts[TEXT_NO_VERDICT],
                        phrase_in(error.text, invocation->language, shown, sizeof shown));
    }
}

/* A file named by an option; false if it cannot be read. */
static bool read_option(const struct invocation *invocation, const char *name,
                        struct buffer *content)
{
    struct error error = {0};
    const char *path = invocation_value(invocation, name);
    if (path == NULL || file_read(AT_FDCWD, path, FILE_SIZE_MAX, content, &error) == STATUS_OK) {
        return true;
    }
    (void)invocation_fail(invocation, &error);
    return false;
}

/* Returns false. */
static bool refuse_file(const struct invocation *invocation, const char *path,
                        const struct error *error)
{
    char shown[PHRASE_SIZE];
    invocation_warn(invocation, &texts[TEXT_FILE], path,
                    phrase_in(error->text, invocation->language, shown, sizeof shown));
    return false;
}

/* Would it be a checkpoint with one line end at its end? */
static bool lacks_only_its_end(const struct buffer *note)
{
    struct checkpoint checkpoint;
    struct buffer ended = {0};
    size_t size = note->size;
    while (size > 0 && note->data[size - 1] == '\n') {
        size--;
    }
    bool lacks = buffer_append(&ended, note->data, size) == STATUS_OK &&
                 buffer_append(&ended, "\n", 1) == STATUS_OK &&
                 checkpoint_parse(buffer_bytes(&ended), &checkpoint, NULL) == STATUS_OK;
    buffer_release(&ended);
    return lacks;
}

/* Nothing may pass for "no checkpoint was given" that was given. */
static bool read_since(const struct invocation *invocation, struct buffer *note)
{
    struct checkpoint checkpoint;
    struct error error = {0};
    const char *path = invocation_value(invocation, "since");
    if (path == NULL || !read_option(invocation, "since", note)) {
        return path == NULL;
    }
    if (note->size == 0) {
        invocation_warn(invocation, &texts[TEXT_EMPTY], path);
        return false;
    }
    if (memchr(note->data, '\r', note->size) != NULL) {
        invocation_warn(invocation, &texts[TEXT_LINE_ENDS], path);
        return false;
    }
    if (checkpoint_parse(buffer_bytes(note), &checkpoint, &error) != STATUS_OK) {
        if (lacks_only_its_end(note)) {
            invocation_warn(invocation, &texts[TEXT_LAST_LINE_END], path);
            return false;
        }
        return refuse_file(invocation, path, &error);
    }
    return true;
}

static bool read_trust(const struct invocation *invocation, struct certificate **trust)
{
    struct buffer content = {0};
    struct error error = {0};
    bool read = read_option(invocation, "trust", &content);
    if (read && invocation_value(invocation, "trust") != NULL &&
        certificate_parse(buffer_bytes(&content), trust, &error) != STATUS_OK) {
        read = refuse_file(invocation, invocation_value(invocation, "trust"), &error);
    }
    buffer_release(&content);
    return read;
}

static bool is_same_folder(const char *one, const char *other)
{
    struct stat a;
    struct stat b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Of a copy of a state the configuration says where the original's video is: that is another's. */
static bool ask_video(const char *state, const char *configuration, const struct digest *sha256,
                      char video[PATH_SIZE])
{
    struct buffer content = {0};
    struct digest found = {0};
    char its_state[PATH_SIZE];
    bool known = file_read(AT_FDCWD, configuration, CONFIG_FILE_MAX, &content, NULL) == STATUS_OK;
    digest_of(DIGEST_SHA256, buffer_bytes(&content), &found);
    known = known && digest_equal(&found, sha256) &&
            config_read_folders(configuration, its_state, video, NULL) == STATUS_OK &&
            is_same_folder(state, its_state);
    if (content.data != NULL) {
        explicit_bzero(content.data, content.size); /* a password may stand in it */
    }
    buffer_release(&content);
    return known;
}

static const char *const cut_off[] = {
    [LANGUAGE_ENGLISH] = "sealroom: a file of video was cut off while it was read, or its disk "
                         "failed: the verification is not complete\n",
    [LANGUAGE_CHINESE] = "sealroom：读取时录像文件被截断，或磁盘出错：核验未完成\n",
};

static int judge(const struct invocation *invocation, const struct audit_options *options)
{
    struct audit_report report;
    struct message_verified said = {0};
    struct error error = {0};
    bool bar = isatty(STDERR_FILENO) == 1;
    if (!record_lookup(invocation, options, &said)) {
        return COMMAND_FAILED;
    }
    file_hash_or_exit(cut_off[invocation->language]);
    enum status status =
        audit_run(options, bar ? show_progress : NULL, (void *)invocation, &report, &error);
    if (status != STATUS_OK) {
        return invocation_fail(invocation, &error);
    }
    status = invocation->json ? audit_print_json(stdout, &report)
                              : audit_print_text(stdout, &report, invocation->language);
    int result = status == STATUS_OK ? audit_exit_code(report.verdict) : COMMAND_FAILED;
    record_verdict(invocation, &report, &said);
    audit_release(&report);
    return result;
}

static int run(const struct invocation *invocation)
{
    struct buffer since = {0};
    struct certificate *trust = NULL;
    uint64_t threads = 0;
    struct audit_options options = {
        .state = invocation->state,
        .video = invocation_value(invocation, "video"),
        .ask_video = ask_video,
        .camera = invocation_value(invocation, "camera"),
        .door = invocation_value(invocation, "door"),
        .both_digests = invocation_value(invocation, "both-digests") != NULL,
    };
    int result = COMMAND_FAILED;
    if (options.video == NULL && invocation->video[0] != '\0') {
        options.video = invocation->video;
        options.video_is_known = true;
    }
    if (read_trust(invocation, &trust) && read_since(invocation, &since) &&
        invocation_period(invocation, &options.from_utc_ns, &options.to_utc_ns) &&
        invocation_number(invocation, "threads", &threads)) {
        options.trust = trust;
        options.since = buffer_bytes(&since);
        options.threads = threads > 64 ? 64 : (unsigned)threads;
        result = judge(invocation, &options);
    }
    buffer_release(&since);
    certificate_free(trust);
    return result;
}

static const struct command_option options[] = {
    {"trust",
     "CERT",
     {"the device's certificate, or its issuer's, from outside the box",
      "机外保存的设备证书或其签发者证书"}},
    {"since", "CHECKPOINT", {"a checkpoint that was kept outside the box", "机外保存的检查点"}},
    {"from", "TIME", {"hash and report video from this time", "核验此时间之后的录像"}},
    {"to", "TIME", {"hash and report video up to this time", "核验此时间之前的录像"}},
    {"day", "DATE", {"this day, from midnight to midnight", "这一天，从零点到零点"}},
    {"camera", "ID", {"this camera's video only", "只核验这个摄像机的录像"}},
    {"door", "ID", {"the video of this door's cameras only", "只核验这扇门的摄像机录像"}},
    {"video",
     "DIR",
     {"the video folder, if it is not the configured one", "录像目录（不是配置所指的目录时）"}},
    {"both-digests", NULL, {"suite sm: check SHA-256 besides SM3", "国密套件：同时核验 SHA-256"}},
    {"threads", "N", {"so many threads (one a core)", "线程数（默认每核一个）"}},
    {"reason", "TEXT", {"why you verify, for the record", "核验理由，记入记录"}},
    {0},
};

const struct command command_verify = {
    .name = "verify",
    .about = {"verify the whole ledger and its video; exit status 0 authentic, 1 altered, 3 "
              "authentic but incomplete, 4 cannot tell, 2 could not run",
              "核验整个账本及录像；退出码 0 真实完整，1 已被更改，3 真实但不完整，4 无法判定，2 "
              "无法运行"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
