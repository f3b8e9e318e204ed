/*
 * sealroom-export --state DIR --video DIR: makes one package and ends. Started by sealroomd, with
 * its control socket as descriptor 3, when the keeper wants one; what it is to make the keeper
 * says. It holds no key, has no network, and reads the ledger and the video.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "evidence/export_job.h"
#include "evidence/export_sandbox.h"

#define CONTROL 3
/* linux/ioprio.h is not everywhere. */
#define IOPRIO_OF_PROCESS 1
#define IOPRIO_IDLE       (3 << 13)

struct places {
    const char *state;
    const char *video;
};

static int usage(void)
{
    (void)fputs("sealroom-export is started by sealroomd\n"
                "usage: sealroom-export --state DIR --video DIR\n",
                stderr);
    return 2;
}

/* Recording comes first, on the processor and on the disk. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, 0, 19) != 0 ||
        syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_IDLE) != 0) {
        log_warning("the priority cannot be lowered: errno %d", errno);
    }
}

static enum status make(const struct places *places, struct export_link *link,
                        struct message_export_end *end, struct error *error)
{
    char path[PATH_SIZE];
    struct ledger_view *view = NULL;
    AUTO_CLOSE int video = open(places->video, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (video < 0) {
        return error_set_errno(error, STATUS_IO, errno, "the video folder cannot be opened");
    }
    if (snprintf(path, sizeof path, "%s/ledger.db", places->state) >= (int)sizeof path) {
        return error_set(error, STATUS_INVALID, "the path of the state folder is too long");
    }
    enum status status = ledger_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = ledger_view_begin(view, error);
    }
    if (status == STATUS_OK) {
        status = export_sandbox_enter(video, error);
    }
    if (status == STATUS_OK) {
        const struct export_job_plan plan = {.link = link, .view = view, .video = video};
        status = export_job_run(&plan, end, error);
    }
    ledger_view_free(view);
    return status;
}

static enum status run(const struct places *places, struct error *error)
{
    struct export_link *link = NULL;
    struct message_export_end end = {0};
    struct error unheard;
    enum status status = export_link_open(CONTROL, &link, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = make(places, link, &end, error);
    end.status = (uint16_t)status;
    message_text(end.text, sizeof end.text, status == STATUS_OK ? "" : error->text);
    if (export_link_end(link, &end, &unheard) != STATUS_OK) {
        log_warning("%s", unheard.text);
    }
    export_link_free(link);
    return status;
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"video", required_argument, NULL, 'v'}, {0}};
    struct places places = {0};
    struct error error = {0};
    file_hold_standard();
    log_set_program("sealroom-export");
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == 's') {
            places.state = optarg;
        } else if (option == 'v') {
            places.video = optarg;
        } else {
            return usage();
        }
    }
    if (places.state == NULL || places.video == NULL || optind != count) {
        return usage();
    }
    (void)signal(SIGPIPE, SIG_IGN);
    step_back();
    tzset();
    if (run(&places, &error) == STATUS_OK) {
        return 0;
    }
    log_error("%s", error.text);
    return 1;
}
