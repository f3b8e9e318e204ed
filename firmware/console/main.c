/*
 * sealroom-console console --state DIR --video DIR: the guards' pages. Started by sealroomd, with
 * its control socket as descriptor 3. It holds no key but that of its own TLS, decides nobody's
 * rights and writes no evidence: it reads the catalog and the video, and asks the keeper for the
 * rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "firmware/config/config.h"
#include "firmware/console/console.h"
#include "firmware/console/listed.h"
#include "firmware/console/live.h"
#include "firmware/console/lookups.h"
#include "firmware/console/packages.h"
#include "firmware/console/picture_link.h"
#include "firmware/console/sandbox.h"
#include "firmware/console/sheet.h"
#include "firmware/console/still_cache.h"
#include "firmware/console/video_cache.h"

#define CONTROL         3
#define SETUP_WAIT_MS   30000
#define VERIFY_PAGE_MAX ((size_t)8 * 1024 * 1024)
#define LOOK_US         UINT64_C(1000000)
#define CATALOG_IS_GONE 3 /* exit status */

struct program {
    struct console console;
    struct settings settings;
    struct static_files *files;
    struct channel *control;
    char catalog_path[PATH_SIZE];
    ino_t catalog; /* that is open */
};

struct places {
    const char *state;
    const char *video;
};

/* ---- what comes ---- */

static void on_news(void *context, const struct message_news *news)
{
    struct program *program = context;
    live_news(program->console.live, news);
    listed_news(program->console.listed, news->through);
}

static void on_accounts(void *context, const struct message_accounts_state *state)
{
    struct program *program = context;
    program->console.accounts = *state;
    program->console.has_accounts = true;
}

static void on_linked(void *context, bool is_linked)
{
    (void)context;
    log_debug("the keeper is %s", is_linked ? "linked" : "gone");
}

static int on_control(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct program *program = context;
    union message_payload payload;
    enum message_type type = 0;
    uint32_t sequence = 0;
    struct error error = {0};
    AUTO_CLOSE int attached = -1;
    (void)descriptor;
    (void)events;
    enum status status =
        channel_receive(program->control, &type, &sequence, &payload, &attached, &error);
    if (status == STATUS_OK && type == MESSAGE_KEEPER_LINK)
        status = keeper_link_take(program->console.keeper, file_steal(&attached), &error);
    else if (status == STATUS_OK && type == MESSAGE_CONSOLE_PICTURE)
        status = picture_link_take(program->console.pictures, file_steal(&attached), &error);
    else if (status == STATUS_OK)
        status = error_set(&error, STATUS_INVALID, "%s is not due", message_name(type));
    if (status == STATUS_OK || status == STATUS_AGAIN)
        return 0;
    if (status != STATUS_END)
        log_error("%s", error.text);
    return sd_event_exit(sd_event_source_get_event(source), status == STATUS_END ? 0 : 1);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
    (void)info;
    (void)context;
    return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* A catalog that was made anew is another file, which this process may not open: the one that
 * follows it may. */
static int on_look(sd_event_source *source, uint64_t at_us, void *context)
{
    struct program *program = context;
    struct stat facts;
    (void)at_us;
    if (stat(program->catalog_path, &facts) == 0 && facts.st_ino != program->catalog) {
        log_info("the catalog was made anew: starting again");
        return sd_event_exit(sd_event_source_get_event(source), CATALOG_IS_GONE);
    }
    sd_event_source_set_time_relative(source, LOOK_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

/* ---- the start ---- */

static enum status read_pages(struct program *program, struct error *error)
{
    char path[PATH_SIZE];
    char folder[PATH_SIZE + sizeof "/verify.html"];
    enum status status = config_share_directory(path, error);
    if (status != STATUS_OK)
        return status;
    (void)snprintf(folder, sizeof folder, "%s/console", path);
    AUTO_CLOSE int pages = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pages < 0)
        return error_set_errno(error, STATUS_NOT_FOUND, errno, "the pages are not in %s", folder);
    status = static_files_read(pages, &program->files, error);
    (void)snprintf(folder, sizeof folder, "%s/verify.html", path);
    if (status == STATUS_OK && file_read(AT_FDCWD, folder, VERIFY_PAGE_MAX,
                                         &program->console.verify_page, NULL) != STATUS_OK)
        log_warning("there is no %s to take away", folder);
    return status;
}

static enum status open_catalog(struct program *program, const char *state, struct error *error)
{
    struct stat facts;
    int size =
        snprintf(program->catalog_path, sizeof program->catalog_path, "%s/catalog.db", state);
    if (size >= (int)sizeof program->catalog_path)
        return error_set(error, STATUS_INVALID, "the path of the state folder is too long");
    enum status status = catalog_view_open(program->catalog_path, &program->console.catalog, error);
    if (status == STATUS_OK && stat(program->catalog_path, &facts) != 0)
        status = error_set_errno(error, STATUS_IO, errno, "catalog.db");
    program->catalog = status == STATUS_OK ? facts.st_ino : 0;
    return status;
}

static enum status open_all(struct program *program, const struct places *places,
                            struct error *error)
{
    struct console *console = &program->console;
    enum status status = channel_new(CONTROL, &program->control, error);
    if (status == STATUS_OK)
        status = settings_receive(program->control, SETUP_WAIT_MS, &program->settings, error);
    if (status == STATUS_OK)
        status = read_pages(program, error);
    if (status == STATUS_OK)
        status = open_catalog(program, places->state, error);
    if (status != STATUS_OK)
        return status;
    console->video = open(places->video, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (console->video < 0)
        return error_set_errno(error, STATUS_IO, errno, "the video folder cannot be opened");
    console->settings = &program->settings;
    console->files = program->files;
    return STATUS_OK;
}

static enum status start_server(struct program *program, struct error *error)
{
    struct settings *settings = &program->settings;
    const struct server_plan plan = {.event = program->console.event,
                                     .socket = settings->socket,
                                     .certificate = (const char *)settings->certificate.data,
                                     .key = (const char *)settings->key.data,
                                     .handle = console_handle,
                                     .context = &program->console};
    enum status status = server_new(&plan, &program->console.server, error);
    if (status == STATUS_OK)
        settings->socket = -1;
    return status;
}

static int watch(struct program *program)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    sd_event *event = program->console.event;
    int problem = sd_event_add_io(event, NULL, channel_descriptor(program->control), EPOLLIN,
                                  on_control, program);
    for (size_t i = 0; problem >= 0 && i < sizeof numbers / sizeof numbers[0]; i++)
        problem = sd_event_add_signal(event, NULL, numbers[i], on_signal, program);
    return problem < 0 ? problem
                       : sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, LOOK_US, 0,
                                                    on_look, program);
}

static enum status start(struct program *program, struct error *error)
{
    struct console *console = &program->console;
    const struct keeper_link_hooks hooks = {on_news, on_accounts, on_linked, program};
    /* without the NUL behind it */
    const struct bytes device = {
        program->settings.device.data,
        program->settings.device.size > 0 ? program->settings.device.size - 1 : 0};
    if (sd_event_default(&console->event) < 0)
        return error_set(error, STATUS_IO, "cannot make an event loop");
    enum status status = keeper_link_new(console->event, &hooks, &console->keeper, error);
    if (status == STATUS_OK)
        status = live_new(console, &console->live, error);
    if (status == STATUS_OK)
        status = listed_new(console->event, &console->listed, error);
    if (status == STATUS_OK)
        status = lookups_new(&console->lookups, error);
    if (status == STATUS_OK)
        status = packages_new(console->event, console->keeper, &console->packages, error);
    if (status == STATUS_OK)
        status = video_cache_new(&console->segments, error);
    if (status == STATUS_OK)
        status = picture_link_new(console->event, &console->pictures, error);
    if (status == STATUS_OK)
        status = still_cache_new(&console->stills, error);
    if (status == STATUS_OK)
        status = sheet_judge_new(device, &console->judge, error);
    if (status == STATUS_OK)
        status = start_server(program, error);
    if (status == STATUS_OK && watch(program) < 0)
        status = error_set(error, STATUS_IO, "cannot listen to the supervisor");
    return status == STATUS_OK ? console_sandbox_enter(console->video, error) : status;
}

static void end(struct program *program)
{
    struct console *console = &program->console;
    server_free(console->server);
    live_free(console->live);
    listed_free(console->listed);
    lookups_free(console->lookups);
    packages_free(console->packages);
    video_cache_free(console->segments);
    picture_link_free(console->pictures);
    still_cache_free(console->stills);
    sheet_judge_free(console->judge);
    keeper_link_free(console->keeper);
    catalog_view_free(console->catalog);
    file_close(&console->video);
    sd_event_unref(console->event);
    static_files_free(program->files);
    buffer_release(&console->verify_page);
    settings_release(&program->settings);
    channel_free(program->control);
}

static int run(const struct places *places)
{
    static struct program program = {.console.video = -1, .settings.socket = -1};
    struct error error = {0};
    enum status status = open_all(&program, places, &error);
    if (status == STATUS_OK)
        status = start(&program, &error);
    int result = 1;
    if (status == STATUS_OK)
        result = sd_event_loop(program.console.event);
    else
        log_error("%s", error.text);
    end(&program);
    return result < 0 ? 1 : result;
}

static void block_signals(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"video", required_argument, NULL, 'v'}, {0}};
    struct places places = {0};
    bool is_known = true;
    file_hold_standard();
    log_set_program("sealroom-console");
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == 's')
            places.state = optarg;
        else if (option == 'v')
            places.video = optarg;
        else
            is_known = false;
    }
    if (!is_known || places.state == NULL || places.video == NULL) {
        (void)fputs("sealroom-console is started by sealroomd\n"
                    "usage: sealroom-console --state DIR --video DIR\n",
                    stderr);
        return 2;
    }
    block_signals();
    tzset();
    return run(&places);
}
