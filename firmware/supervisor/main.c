/*
 * sealroomd: reads the configuration, starts the keeper, the cameras' and the doors' processes,
 * keeps them running, and feeds the watchdog while evidence reaches the disk.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "firmware/config/config.h"
#include "firmware/supervisor/state_directory.h"
#include "firmware/supervisor/supervisor.h"

#define DEFAULT_PATIENCE_S 30 /* cheap flash can hold an fsync up for many seconds */

struct arguments {
    const char *config;
    char programs[PATH_SIZE];
    uint32_t patience_s;
};

static void print_usage(FILE *file)
{
    fputs("usage: sealroomd [--config FILE] [--programs DIR] [--patience SECONDS] [--verbose]\n"
          "       sealroomd --version\n"
          "  --config FILE       the configuration (" CONFIG_DEFAULT_PATH ")\n"
          "  --programs DIR      where sealroom-keeper, sealroom-camera and sealroom-door are\n"
          "                      (the folder sealroomd is in)\n"
          "  --patience SECONDS  how long the keeper may leave a question unanswered before it\n"
          "                      is killed, 1 to 600 (30)\n",
          file);
}

static enum status own_directory(char path[PATH_SIZE], struct error *error)
{
    ssize_t size = readlink("/proc/self/exe", path, PATH_SIZE - 1);
    if (size <= 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot read /proc/self/exe");
    path[size] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return STATUS_OK;
}

static bool read_programs(const char *text, char programs[PATH_SIZE])
{
    if (access(text, X_OK) == 0 && snprintf(programs, PATH_SIZE, "%s", text) < (int)PATH_SIZE)
        return true;
    fprintf(stderr, "sealroomd: --programs %s: %s\n", text, strerror(errno));
    return false;
}

static bool read_patience(const char *text, uint32_t *seconds)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    *seconds = (uint32_t)value;
    if (end != text && *end == '\0' && value >= 1 && value <= 600)
        return true;
    fprintf(stderr, "sealroomd: --patience %s: 1 to 600 seconds\n", text);
    return false;
}

/* Returns -1 to go on, else the exit status. */
static int parse_arguments(int count, char **values, struct arguments *arguments)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"programs", required_argument, NULL, 'p'},
        {"patience", required_argument, NULL, 'w'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    int option;
    while ((option = getopt_long(count, values, "c:hv", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case 'p':
            if (!read_programs(optarg, arguments->programs))
                return EX_USAGE;
            break;
        case 'w':
            if (!read_patience(optarg, &arguments->patience_s))
                return EX_USAGE;
            break;
        case 'v':
            log_set_level(LOG_LEVEL_DEBUG);
            break;
        case 'V':
            puts("sealroomd " SEALROOM_VERSION);
            return EX_OK;
        case 'h':
            print_usage(stdout);
            return EX_OK;
        default:
            print_usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind == count)
        return -1;
    print_usage(stderr);
    return EX_USAGE;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
    (void)source;
    if (info->ssi_signo == SIGHUP) {
        log_info("reading the roster again; the configuration is read when sealroomd starts: "
                 "restart it to take it over");
        supervisor_read_people(context);
        return 0;
    }
    supervisor_stop(context, info->ssi_signo == SIGINT ? "interrupted" : "terminated");
    return 0;
}

static int add_signals(sd_event *event, struct supervisor *supervisor)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    int problem = 0;
    for (size_t i = 0; problem >= 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        problem = sd_event_add_signal(event, NULL, numbers[i], on_signal, supervisor);
    return problem;
}

static void block_signals(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void say_who_runs(const struct config *config)
{
    const struct config_run_as *as = &config->run_as;
    bool users = as->keeper[0] != '\0' || as->cameras[0] != '\0' || as->doors[0] != '\0' ||
                 as->exports[0] != '\0';
    if (geteuid() == 0 && !users)
        log_warning("run_as is not in %s: every process runs as root", config->path);
    else if (geteuid() != 0 && users)
        log_warning("sealroomd was not started as root: run_as has no effect, every process runs "
                    "as uid %d",
                    (int)geteuid());
}

static int run(const struct config *config, const struct arguments *arguments, const char *page)
{
    struct error error = {0};
    struct supervisor *supervisor = NULL;
    struct identity keeper;
    struct state_locks locks = {-1, -1};
    sd_event *event = NULL;

    say_who_runs(config);
    block_signals();
    enum status status = identity_of(config->run_as.keeper, &keeper, &error);
    if (status == STATUS_OK)
        status = state_directory_prepare(config->state, config->video, &keeper, &locks, &error);
    if (status == STATUS_OK && sd_event_default(&event) < 0)
        status = error_set(&error, STATUS_IO, "cannot make an event loop");
    const struct supervisor_plan plan = {
        .config = config,
        .ground = {.programs = arguments->programs, .lock = locks.processes},
        .page = page,
        .patience_ms = arguments->patience_s * 1000u};
    if (status == STATUS_OK)
        status = supervisor_new(event, &plan, &supervisor, &error);
    if (status == STATUS_OK && add_signals(event, supervisor) < 0)
        status = error_set(&error, STATUS_IO, "cannot listen to signals");
    int result = EX_OSERR;
    if (status == STATUS_OK) {
        supervisor_start(supervisor);
        result = sd_event_loop(event);
    } else {
        log_error("%s", error.text);
        sd_notifyf(0, "STATUS=%s", error.text);
    }
    supervisor_free(supervisor);
    sd_event_unref(event);
    file_close(&locks.processes);
    file_close(&locks.own);
    return result < 0 ? EX_OSERR : result;
}

int main(int count, char **values)
{
    struct arguments arguments = {.config = CONFIG_DEFAULT_PATH, .patience_s = DEFAULT_PATIENCE_S};
    AUTO_CONFIG struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    char share[PATH_SIZE];
    char page[PATH_SIZE + sizeof "/verify.html"];

    file_hold_standard();
    log_set_program("sealroomd");
    /* The passwords of the cameras pass through this process. */
    prctl(PR_SET_DUMPABLE, 0);
    enum status status = own_directory(arguments.programs, &error);
    int result = parse_arguments(count, values, &arguments);
    if (result >= 0)
        return result;
    if (status == STATUS_OK)
        status = config_share_directory(share, &error);
    if (status == STATUS_OK)
        status = config_read(arguments.config, share, &config, &mistakes, &error);
    if (mistakes.size > 0)
        fprintf(stderr, "%.*s", (int)mistakes.size, (const char *)mistakes.data);
    else if (status != STATUS_OK)
        log_error("%s", error.text);
    buffer_release(&mistakes);
    (void)snprintf(page, sizeof page, "%s/verify.html", share);
    return status == STATUS_OK ? run(config, &arguments, page) : EX_CONFIG;
}
