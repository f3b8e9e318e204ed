/*
 * sealroom-verify: is this package as it was made? Needs the file, and what somebody brings along.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "evidence/package_check.h"
#include "evidence/trust_memory.h"
#include "phrase/phrase.h"

#define COULD_NOT_RUN 2
#define FILE_LIMIT    65536u

struct invocation {
    const char *package;
    const char *trust; /* a file, or a fingerprint */
    const char *since;
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
static void remember(const struct package_report *report)
{
    struct error error = {0};
    if ((report->trust == PACKAGE_TRUST_CERTIFICATE || report->trust == PACKAGE_TRUST_ISSUER ||
         report->trust == PACKAGE_TRUST_FINGERPRINT) &&
        report->verdict != AUDIT_ALTERED &&
        trust_memory_add(report->fingerprint, &error) != STATUS_OK) {
        log_warning("not remembered: %s", error.text);
    }
}

static int judge(const struct invocation *invocation, const struct package_options *options)
{
    struct package_report report;
    struct error error = {0};
    bool bar = isatty(STDERR_FILENO) == 1;
    if (package_check(options, bar ? show_progress : NULL, NULL, &report, &error) != STATUS_OK) {
        return fail(invocation, invocation->package, &error);
    }
    remember(&report);
    enum status status = invocation->json
                             ? package_print_json(stdout, &report)
                             : package_print_text(stdout, &report, invocation->language);
    int result = status == STATUS_OK ? audit_exit_code(report.verdict) : COULD_NOT_RUN;
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
    AUTO_CLOSE int file = open(invocation->package, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        (void)error_set_errno(&error, STATUS_IO, errno, "it cannot be opened");
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

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"trust", required_argument, NULL, 't'},   {"since", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 'n'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct invocation invocation = {.language = language_of_environment()};
    log_set_program("sealroom-verify");
    for (int option = 0; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't':
            invocation.trust = optarg;
            break;
        case 's':
            invocation.since = optarg;
            break;
        case 'n':
            invocation.threads = (unsigned)strtoul(optarg, NULL, 10) % 65;
            break;
        case 'j':
            invocation.json = true;
            break;
        case 'h':
            (void)fputs(usage[invocation.language], stdout);
            return EXIT_SUCCESS;
        default:
            (void)fputs(usage[invocation.language], stderr);
            return COULD_NOT_RUN;
        }
    }
    if (optind != argc - 1) {
        (void)fputs(usage[invocation.language], stderr);
        return COULD_NOT_RUN;
    }
    invocation.package = argv[optind];
    return run(&invocation);
}
