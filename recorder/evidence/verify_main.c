/*
 * sealroom-verify: is this package as it was made? Needs the file, and what somebody brings along.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/file_hash.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/allocation.h"
#include "evidence/custody.h"
#include "evidence/package_check.h"
#include "evidence/trust_memory.h"
#include "evidence/zip_reader.h"
#include "ledger/number.h"
#include "phrase/phrase.h"

#define COULD_NOT_RUN 2
#define FILE_LIMIT    65536u
#define THREADS_MAX   64u

struct invocation {
    const char *package;
    const char *trust; /* a file, or a fingerprint */
    const char *since;
    const char *custody; /* the name of who verifies, for the file beside the package */
    bool json;
    unsigned threads;
    enum language language;
};

static const char *const usage[] = {
    [LANGUAGE_ENGLISH] =
        "usage: sealroom-verify PACKAGE [OPTION...]\n"
        "Says whether an evidence package is as it was made, and what is absent from it.\n\n"
        "  --trust CERT|FINGERPRINT  the device's certificate, or its issuer's, or the SHA-256\n"
        "                            fingerprint that was copied down at its installation;\n"
        "                            remembered once it fitted\n"
        "  --since CHECKPOINT        a checkpoint that was kept outside the box\n"
        "  --custody NAME            adds a line to PACKAGE.custody: NAME had it and verified it\n"
        "  --threads N               so many threads (one a core)\n"
        "  --json                    for programs\n\n"
        "Exit status: 0 authentic, 1 altered, 3 authentic but incomplete, 4 cannot tell, 2 could\n"
        "not run.\n",
    [LANGUAGE_CHINESE] =
        "用法：sealroom-verify 证据包 [选项...]\n"
        "核验证据包是否与制作时一致，以及缺少什么。\n\n"
        "  --trust 证书|指纹   设备证书或其签发者证书，或安装时抄录的 SHA-256 指纹；\n"
        "                      相符后会被记住\n"
        "  --since 检查点      机外保存的检查点\n"
        "  --custody 姓名      在“证据包.custody”中加一行：此人持有并核验过\n"
        "  --threads N         线程数（默认每核一个）\n"
        "  --json              供程序使用\n\n"
        "退出码：0 真实完整，1 已被更改，3 真实但不完整，4 无法判定，2 无法运行。\n",
};

static int fail(const struct invocation *invocation, const char *what, const struct error *error)
{
    char shown[PHRASE_SIZE];
    (void)fprintf(stderr, "sealroom-verify: %s%s%s\n", what, what[0] != '\0' ? ": " : "",
                  phrase_in(error->text, invocation->language, shown, sizeof shown));
    return COULD_NOT_RUN;
}

/* 64 hexadecimal digits, as people copy them: in capitals, in groups. False: it is none. */
static bool read_fingerprint(const char *text, char fingerprint[FINGERPRINT_SIZE])
{
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (*text == ':' || *text == ' ' || *text == '-') {
            continue;
        }
        if (size == FINGERPRINT_SIZE - 1 || !isxdigit((unsigned char)*text)) {
            return false;
        }
        fingerprint[size++] = (char)tolower((unsigned char)*text);
    }
    fingerprint[size] = '\0';
    return size == FINGERPRINT_SIZE - 1;
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    if (total > 0) {
        (void)fprintf(stderr, "\r%3u %%\r", (unsigned)(done * 100 / total));
    }
}

/* What was trusted and fitted is trusted from now on. */
static void remember(const struct invocation *invocation, const struct package_report *report)
{
    static const char *const failed[] = {"whom you trust is not remembered",
                                         "未能记住所信任的设备"};
    struct error error = {0};
    if ((report->trust == PACKAGE_TRUST_CERTIFICATE || report->trust == PACKAGE_TRUST_ISSUER ||
         report->trust == PACKAGE_TRUST_FINGERPRINT) &&
        report->verdict != AUDIT_ALTERED &&
        trust_memory_add(report->fingerprint, &error) != STATUS_OK) {
        (void)fail(invocation, failed[invocation->language], &error);
    }
}

/* ---- custody ---- */

static void say_custody(const struct invocation *invocation, const struct custody_state *state)
{
    enum { BEGUN, HOLDS, BROKEN, OTHER };
    static const char *const words[][2] = {
        [BEGUN] = {"custody: %u line, the first; a package that is renamed takes its .custody file "
                   "along\n",
                   "保管记录：%u 行，自此开始；证据包改名时，其 .custody 文件须一并改名\n"},
        [HOLDS] = {"custody: %u lines, each follows on the one before\n",
                   "保管记录：%u 行，前后相接\n"},
        [BROKEN] = {"custody: line %u does not follow on the one before: something was changed or "
                    "cut out before it\n",
                    "保管记录：第 %u 行与前一行不相接：其前有内容被更改或删除\n"},
        [OTHER] = {"custody: %u lines, and not all of them are of this package\n",
                   "保管记录：%u 行，其中有的属于另一证据包\n"},
    };
    unsigned line = state->broken;
    if (invocation->json) {
        (void)printf("{\"type\":\"custody\",\"acts\":%u,\"broken_line\":%u,\"other_package\":%s}\n",
                     state->acts, line, state->is_other ? "true" : "false");
        return;
    }
    unsigned what = line != 0 ? BROKEN : state->is_other ? OTHER : state->acts == 1 ? BEGUN : HOLDS;
    (void)printf(words[what][invocation->language], what == BROKEN ? line : state->acts);
}

/* One more line of the file beside the package, made durable. */
static enum status add_act(const struct custody_act *act, enum digest_algorithm algorithm,
                           const char *path, struct buffer *text, struct error *error)
{
    enum status status = custody_append(algorithm, act, text, error);
    return status == STATUS_OK ? file_replace(AT_FDCWD, path, buffer_bytes(text), 0644, error)
                               : status;
}

/* Reads that file, adds to it if that was asked, and says what it says. */
static enum status keep_custody(const struct invocation *invocation,
                                const struct package_report *report, const char *path,
                                struct buffer *text, struct error *error)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(suite_named(report->suite));
    struct custody_act act = {.verdict = audit_verdict_name(report->verdict),
                              .name = invocation->custody};
    struct custody_state state;
    enum status status = hex_decode(act.package.bytes, sizeof(act.package.bytes), report->digest);
    if (status == STATUS_OK) {
        status = file_read(AT_FDCWD, path, CUSTODY_SIZE_MAX, text, error);
        status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    if (status == STATUS_OK && invocation->custody != NULL) {
        act.at_utc_ns = clock_utc_ns(); /* struct clock asks for a /proc too */
        status = add_act(&act, algorithm, path, text, error);
    }
    if (status == STATUS_OK && text->size > 0) {
        custody_judge(algorithm, buffer_bytes(text), &act.package, &state);
        say_custody(invocation, &state);
    }
    return status;
}

/* False: it was said why not. */
static bool take_custody(const struct invocation *invocation, const struct package_report *report)
{
    static const char *const not_added[] = {"no line was added to the custody; the verdict stands",
                                            "未能加入保管记录；核验结论不受影响"};
    char path[PATH_MAX];
    struct buffer text = {0};
    struct error error = {0};
    int size = snprintf(path, sizeof(path), "%s" CUSTODY_SUFFIX, invocation->package);
    enum status status = STATUS_OK;
    if (size > 0 && (size_t)size < sizeof(path) && report->digest[0] != '\0') {
        status = keep_custody(invocation, report, path, &text, &error);
    } else if (invocation->custody != NULL) {
        status = error_set(&error, STATUS_INVALID, "the package has no digest to name it by");
    }
    buffer_release(&text);
    if (status != STATUS_OK) {
        (void)fail(invocation, path, &error);
    }
    if (status != STATUS_OK && invocation->custody != NULL) {
        (void)fprintf(stderr, "sealroom-verify: %s\n", not_added[invocation->language]);
    }
    return status == STATUS_OK;
}

static int judge(const struct invocation *invocation, const struct package_options *options)
{
    struct package_report report;
    struct error error = {0};
    bool bar = isatty(STDERR_FILENO) == 1;
    if (package_check(options, bar ? show_progress : NULL, NULL, &report, &error) != STATUS_OK) {
        return fail(invocation,
                    error.status == STATUS_MISMATCH && invocation->since != NULL
                        ? invocation->since
                        : invocation->package,
                    &error);
    }
    remember(invocation, &report);
    enum status status = invocation->json
                             ? package_print_json(stdout, &report)
                             : package_print_text(stdout, &report, invocation->language);
    /* what lies beside the package changes no verdict; a line that was asked for must be there */
    bool is_done =
        status == STATUS_OK && (take_custody(invocation, &report) || invocation->custody == NULL);
    int result = is_done && fflush(stdout) == 0 ? audit_exit_code(report.verdict) : COULD_NOT_RUN;
    package_report_release(&report);
    return result;
}

/* False: it was said why not. */
static bool read_trust(const struct invocation *invocation, char fingerprint[FINGERPRINT_SIZE],
                       struct certificate **certificate)
{
    struct buffer content = {0};
    struct error error = {0};
    fingerprint[0] = '\0';
    if (invocation->trust == NULL || read_fingerprint(invocation->trust, fingerprint)) {
        return true;
    }
    fingerprint[0] = '\0';
    enum status status = file_read(AT_FDCWD, invocation->trust, FILE_LIMIT, &content, &error);
    if (status == STATUS_OK) {
        status = certificate_parse(buffer_bytes(&content), certificate, &error);
    }
    buffer_release(&content);
    if (status != STATUS_OK) {
        (void)fail(invocation, invocation->trust, &error);
    }
    return status == STATUS_OK;
}

/* What editors and mail do to a checkpoint. It is said, and not mended on the way: a signature is
 * over bytes. */
static enum status name_damage(struct bytes note, enum status status, struct error *error)
{
    if (memchr(note.data, '\r', note.size) != NULL)
        return error_set(error, status,
                         "its lines end with CR LF, which some program made of LF: save it with LF "
                         "line ends, as dos2unix does");
    if (note.data[note.size - 1] != '\n')
        return error_set(error, status,
                         "its last newline is missing: add one at the end of the file");
    return status;
}

static bool read_since(const struct invocation *invocation, struct buffer *note)
{
    struct error error = {0};
    struct checkpoint checkpoint;
    if (invocation->since == NULL) {
        return true;
    }
    enum status status = file_read(AT_FDCWD, invocation->since, FILE_LIMIT, note, &error);
    if (status == STATUS_OK) {
        status = checkpoint_parse(buffer_bytes(note), &checkpoint, &error);
        status = status == STATUS_OK || note->size == 0
                     ? status
                     : name_damage(buffer_bytes(note), status, &error);
    }
    if (status != STATUS_OK) {
        (void)fail(invocation, invocation->since, &error);
    }
    return status == STATUS_OK;
}

static int run(const struct invocation *invocation)
{
    char fingerprint[FINGERPRINT_SIZE];
    struct certificate *certificate = NULL;
    struct buffer since = {0};
    struct buffer memory = {0};
    struct error error = {0};
    int result = COULD_NOT_RUN;
    AUTO_CLOSE int file = -1;
    if (file_open_regular(AT_FDCWD, invocation->package, O_RDONLY, &file, &error) != STATUS_OK) {
        return fail(invocation, "", &error);
    }
    if (zip_is_encrypted(file)) {
        (void)error_set(&error, STATUS_UNSUPPORTED,
                        "it is encrypted for transport: open it with 7-Zip, or another program for "
                        "AES-256 ZIP files, and its pass phrase, and verify the package inside");
        return fail(invocation, invocation->package, &error);
    }
    if (read_trust(invocation, fingerprint, &certificate) && read_since(invocation, &since)) {
        const char *name = strrchr(invocation->package, '/');
        trust_memory_read(&memory);
        struct package_options options = {
            .file = file,
            .name = name != NULL ? name + 1 : invocation->package,
            .trust = certificate,
            .fingerprint = fingerprint[0] != '\0' ? fingerprint : NULL,
            .remembered = buffer_bytes(&memory),
            .since = buffer_bytes(&since),
            .threads = invocation->threads,
        };
        result = judge(invocation, &options);
    }
    certificate_free(certificate);
    buffer_release(&since);
    buffer_release(&memory);
    return result;
}

static int refuse_usage(const struct invocation *invocation)
{
    (void)fputs(usage[invocation->language], stderr);
    return COULD_NOT_RUN;
}

static bool read_threads(const char *text, unsigned *threads)
{
    uint64_t number = 0;
    bool is_sound = number_parse_u64(text, &number) == STATUS_OK && number <= THREADS_MAX;
    *threads = is_sound ? (unsigned)number : 0;
    return is_sound;
}

static const char *const cut_off[] = {
    [LANGUAGE_ENGLISH] = "sealroom-verify: the package was cut off while it was read, or its disk "
                         "failed: nothing was verified\n",
    [LANGUAGE_CHINESE] = "sealroom-verify：读取时证据包被截断，或磁盘出错：未完成核验\n",
};

int main(int argc, char **argv)
{
    static const struct option options[] = {{"trust", required_argument, NULL, 't'},
                                            {"since", required_argument, NULL, 's'},
                                            {"threads", required_argument, NULL, 'n'},
                                            {"custody", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct invocation invocation = {.language = language_of_environment()};
    allocation_or_exit();
    file_hash_or_exit(cut_off[invocation.language]);
    log_set_program("sealroom-verify");
    log_set_plain();
    for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't':
            invocation.trust = optarg;
            break;
        case 's':
            invocation.since = optarg;
            break;
        case 'n':
            if (!read_threads(optarg, &invocation.threads)) {
                return refuse_usage(&invocation);
            }
            break;
        case 'c':
            invocation.custody = optarg;
            break;
        case 'j':
            invocation.json = true;
            break;
        case 'h':
            (void)fputs(usage[invocation.language], stdout);
            return EXIT_SUCCESS;
        default:
            return refuse_usage(&invocation);
        }
    }
    if (optind != argc - 1) {
        return refuse_usage(&invocation);
    }
    invocation.package = argv[optind];
    if (invocation.custody != NULL && !custody_name_is_valid(invocation.custody)) {
        struct error error = {0};
        (void)error_set(&error, STATUS_INVALID, CUSTODY_BAD_NAME);
        return fail(&invocation, "--custody", &error);
    }
    return run(&invocation);
}
