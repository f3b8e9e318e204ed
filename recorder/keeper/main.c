/*
 * sealroom-keeper --state DIR [--video DIR] --suite sm|nist [--common-name NAME]
 *                 [--stop-limit SECONDS] [--page FILE]
 * sealroom-keeper --request --state DIR [--video DIR] --suite sm|nist [--common-name NAME]
 *
 * Started by sealroomd with its control socket as descriptor 3. With --request it prints a
 * certificate request for the site's CA and ends.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/keeper.h"
#include "keeper/sandbox.h"

#define CONTROL     3
#define DESCRIPTORS 4096

static int usage(void)
{
    (void)fputs(
        "usage: sealroom-keeper [--request] --state DIR [--video DIR] --suite sm|nist\n"
        "                       [--common-name NAME] [--stop-limit SECONDS] [--page FILE]\n",
        stderr);
    return KEEPER_EXIT_UNUSABLE;
}

static int print_request(const struct identity_settings *settings)
{
    struct error error;
    struct buffer pem = {0};
    if (identity_request(settings, &pem, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return KEEPER_EXIT_UNUSABLE;
    }
    size_t written = fwrite(pem.data, 1, pem.size, stdout);
    int result = written == pem.size && fflush(stdout) == 0 ? 0 : KEEPER_EXIT_UNUSABLE;
    buffer_release(&pem);
    return result;
}

/* A segment has two descriptors, and on a stalled disk many segments wait. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            log_warning("no more than the usual number of descriptors");
    }
}

/* What another try cannot change. */
static bool needs_somebody(enum status status)
{
    return status == STATUS_REFUSED || status == STATUS_INVALID || status == STATUS_MISMATCH ||
           status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED;
}

static int keep(const struct identity_settings *settings, unsigned stop_limit_s, const char *page)
{
    struct error error;
    struct keeper *keeper = NULL;
    struct stat about;
    if (fstat(CONTROL, &about) != 0 || !S_ISSOCK(about.st_mode)) {
        (void)fputs("sealroom-keeper is started by sealroomd\n", stderr);
        return usage();
    }
    allow_descriptors();
    enum status status = sandbox_enter(&error);
    if (status == STATUS_OK)
        status = keeper_new(settings, CONTROL, &keeper, &error);
    if (status != STATUS_OK) {
        log_error("%s", error.text);
        keeper_refuse(CONTROL, &error);
        return needs_somebody(status) ? KEEPER_EXIT_UNUSABLE : KEEPER_EXIT_AGAIN;
    }
    keeper_limit_stop(keeper, stop_limit_s);
    keeper_set_page(keeper, page);
    int result = keeper_run(keeper);
    keeper_free(keeper);
    return result;
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"video", required_argument, NULL, 'v'},
        {"suite", required_argument, NULL, 'u'}, {"common-name", required_argument, NULL, 'n'},
        {"request", no_argument, NULL, 'r'},     {"stop-limit", required_argument, NULL, 'l'},
        {"page", required_argument, NULL, 'p'},  {NULL, 0, NULL, 0},
    };
    struct identity_settings settings = {.common_name = "sealroom"};
    char *video = NULL;
    const char *page = NULL;
    bool request = false;
    unsigned long stop_limit_s = KEEPER_STOP_S;
    file_hold_standard();
    log_set_program("sealroom-keeper");
    (void)umask(0027); /* evidence is for the keeper's group to read, and for nobody else */
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == 's')
            settings.state = optarg;
        else if (option == 'v')
            settings.video = optarg;
        else if (option == 'u')
            settings.suite = optarg;
        else if (option == 'n')
            settings.common_name = optarg;
        else if (option == 'r')
            request = true;
        else if (option == 'p')
            page = optarg;
        else if (option == 'l')
            stop_limit_s = strtoul(optarg, NULL, 10);
        else
            return usage();
    }
    if (settings.state == NULL || settings.suite == NULL || optind != count || stop_limit_s == 0 ||
        stop_limit_s > KEEPER_STOP_S)
        return usage();
    if (settings.video == NULL) {
        if (asprintf(&video, "%s/video", settings.state) < 0)
            return KEEPER_EXIT_AGAIN;
        settings.video = video;
    }
    int result = request ? print_request(&settings) : keep(&settings, (unsigned)stop_limit_s, page);
    free(video);
    return result;
}
