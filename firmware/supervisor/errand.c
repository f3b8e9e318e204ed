#include "firmware/supervisor/errand.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "firmware/supervisor/child.h"
#include "firmware/supervisor/picture.h"

struct errand {
    sd_event *event;
    struct process_ground ground;
    enum role role;
    const char *source;
    const char *program;
    bool has_pictures;
    struct identity pictures;
    struct errand_hooks hooks;
    struct child *child;
    uint32_t starts;
    uint32_t link;  /* 0: it was not handed over */
    bool is_wanted; /* as soon as the one before has ended */
};

static void report_failure(struct errand *errand, const struct error *error)
{
    struct message_worker_ended ended = {.role = (uint8_t)errand->role,
                                         .exit_code = WORKER_NOT_STARTED};
    message_text(ended.source, sizeof ended.source, errand->source);
    message_text(ended.detail, sizeof ended.detail, error->text);
    log_error("%s: %s", errand->program, error->text);
    child_undo(errand->child);
    errand->hooks.ended(errand->hooks.context, &ended);
}

static enum status give_picture(struct errand *errand, struct error *error)
{
    struct message_export_picture picture = {0};
    AUTO_CLOSE int socket = -1;
    pid_t process = 0;
    enum status status = picture_start(errand->event, &errand->ground, &errand->pictures, false,
                                       NULL, NULL, &process, &socket, error);
    return status == STATUS_OK ? channel_send(child_control(errand->child), MESSAGE_EXPORT_PICTURE,
                                              &picture, socket, NULL, error)
                               : status;
}

static enum status give_link(struct errand *errand, struct error *error)
{
    struct message_keeper_link link = {.generation = errand->starts};
    int ends[2];
    enum status status = channel_pair(ends, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CLOSE int ours = ends[0];
    AUTO_CLOSE int theirs = ends[1];
    status =
        channel_send(child_control(errand->child), MESSAGE_KEEPER_LINK, &link, theirs, NULL, error);
    return status == STATUS_OK ? errand->hooks.link(errand->hooks.context, errand->role,
                                                    errand->source, ours, &errand->link, error)
                               : status;
}

void errand_start(struct errand *errand)
{
    struct error error = {0};
    errand->is_wanted = child_is_running(errand->child);
    if (errand->is_wanted)
        return;
    errand->link = 0;
    enum status status = child_start(errand->child, &error);
    if (status == STATUS_OK) {
        errand->starts++;
        if (errand->has_pictures && give_picture(errand, &error) != STATUS_OK)
            log_warning("a package without stills: %s", error.text);
        status = give_link(errand, &error);
    }
    if (status != STATUS_OK)
        report_failure(errand, &error);
}

static void on_ended(void *context, const struct child_end *end)
{
    struct errand *errand = context;
    struct message_worker_ended ended = {.role = (uint8_t)errand->role,
                                         .exit_code = end->exited ? end->number : -1,
                                         .signal = end->exited ? 0 : (uint32_t)end->number,
                                         .restarts = errand->starts - 1};
    message_text(ended.source, sizeof ended.source, errand->source);
    errand->link = 0;
    if (errand->is_wanted) { /* that was the one before, of which everything is known */
        errand_start(errand);
        return;
    }
    if (!end->exited || end->number != 0)
        log_warning("%s ended (%s %d)", errand->program, end->exited ? "exit status" : "signal",
                    end->number);
    errand->hooks.ended(errand->hooks.context, &ended);
}

void errand_kill(struct errand *errand)
{
    errand->is_wanted = false;
    child_signal(errand->child, SIGKILL);
}

void errand_cut_off(struct errand *errand, const struct message_worker_cut_off *said)
{
    if (said->role == errand->role && errand->link != 0 && said->link == errand->link)
        child_signal(errand->child, SIGKILL);
}

enum status errand_new(sd_event *event, const struct errand_plan *plan,
                       const struct errand_hooks *hooks, struct errand **result,
                       struct error *error)
{
    struct errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for %s", plan->program);
    errand->hooks = *hooks;
    errand->event = sd_event_ref(event);
    errand->ground = plan->ground;
    errand->role = plan->role;
    errand->source = plan->source;
    errand->program = plan->program;
    errand->has_pictures = plan->pictures != NULL;
    if (errand->has_pictures)
        errand->pictures = *plan->pictures;
    const struct child_hooks child_hooks = {NULL, on_ended, NULL, errand};
    const struct child_plan child = {
        .ground = plan->ground,
        .identity = plan->identity,
        .arguments = {plan->program, "--state", plan->state, "--video", plan->video, NULL}};
    enum status status = child_new(event, &child, &child_hooks, &errand->child, error);
    if (status != STATUS_OK) {
        errand_free(errand);
        return status;
    }
    *result = errand;
    return STATUS_OK;
}

void errand_free(struct errand *errand)
{
    if (errand == NULL)
        return;
    child_free(errand->child);
    sd_event_unref(errand->event);
    free(errand);
}
