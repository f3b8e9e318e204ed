/*
 * sealroom-inspect --state DIR --video DIR: makes one inspection report, or one verification, and
 * ends. Started by sealroomd, with its control socket as descriptor 3, when the keeper wants one;
 * which it is the keeper says. It holds no key, has no network, writes nothing.
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
#include "inspection/inspect_job.h"

#define CONTROL 3
/* linux/ioprio.h is not everywhere. */
#define IOPRIO_OF_PROCESS 1
#define IOPRIO_IDLE       (3 << 13)

static int usage(void)
{
    (void)fputs("sealroom-inspect is started by sealroomd\n"
                "usage: sealroom-inspect --state DIR --video DIR\n",
                stderr);
    return 2;
}

/* Recording comes first: on the processor, on the disk, and where there is not enough memory. */
static void step_back(void)
{
    AUTO_CLOSE int memory = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (setpriority(PRIO_PROCESS, 0, 19) != 0 ||
        syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_IDLE) != 0 || memory < 0 ||
        write(memory, "1000", 4) != 4)
        log_warning("the priority cannot be lowered: errno %d", errno);
}

static enum status run(const struct inspect_places *places, struct error *error)
{
    struct inspect_link *link = NULL;
    struct message_inspect_end end = {0};
    struct error unheard;
    enum status status = inspect_link_open(CONTROL, &link, error);
    if (status != STATUS_OK)
        return status;
    status = inspect_job_run(link, places, &end, error);
    end.status = (uint16_t)status;
    message_text(end.text, sizeof end.text, status == STATUS_OK ? "" : error->text);
    if (inspect_link_end(link, &end, &unheard) != STATUS_OK)
        log_warning("%s", unheard.text);
    inspect_link_free(link);
    return status;
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"video", required_argument, NULL, 'v'}, {0}};
    struct inspect_places places = {0};
    struct error error = {0};
    file_hold_standard();
    log_set_program("sealroom-inspect");
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (option == 's')
            places.state = optarg;
        else if (option == 'v')
            places.video = optarg;
        else
            return usage();
    }
    if (places.state == NULL || places.video == NULL || optind != count)
        return usage();
    (void)signal(SIGPIPE, SIG_IGN);
    step_back();
    tzset();
    if (run(&places, &error) == STATUS_OK)
        return 0;
    log_error("%s", error.text);
    return 1;
}
