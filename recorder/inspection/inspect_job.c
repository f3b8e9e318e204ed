#include "inspection/inspect_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "audit/audit.h"
#include "audit/file_hash.h"
#include "base/clock.h"
#include "inspection/inspect_sandbox.h"
#include "inspection/inspection_page.h"
#include "inspection/inspection_show.h"

#define CAMERAS_MAX 256u
/* What a verification found is shown so far; all of it says `sealroom verify`. */
#define FOUND_SIZE_MAX ((size_t)256 * 1024)

/* ---- the report ---- */

/* What the running recorder says. */
struct now {
    bool known;
    struct message_status status;
    struct message_status_camera cameras[CAMERAS_MAX];
    size_t camera_count;
};

static void take_now(void *context, enum message_type type, const union message_payload *payload)
{
    struct now *now = context;
    if (type == MESSAGE_STATUS) {
        now->status = payload->status;
        now->known = true;
    } else if (type == MESSAGE_STATUS_CAMERA && now->camera_count < CAMERAS_MAX) {
        now->cameras[now->camera_count++] = payload->status_camera;
    }
}

static void tell_report(void *context, uint64_t done, uint64_t total)
{
    const struct message_inspect_progress progress = {
        .stage = AUDIT_STAGE_RECORDS, .done = done, .total = total};
    inspect_link_progress(context, &progress);
}

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    return buffer_append(context, bytes.data, bytes.size) == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_NO_MEMORY, "no memory for the report's page");
}

static enum status add_json(const struct inspection *inspection, struct buffer *bytes)
{
    json_t *object = inspection_json(inspection);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    json_decref(object);
    enum status status = text == NULL ? STATUS_NO_MEMORY : buffer_append(bytes, text, strlen(text));
    free(text);
    return status;
}

static enum status hand_over(struct inspect_link *link, const struct inspection *inspection,
                             struct error *error)
{
    struct message_inspect_result sizes = {0};
    struct buffer bytes = {0};
    const struct text_sink sink = {put, &bytes};
    enum status status = add_json(inspection, &bytes);
    sizes.json_size = (uint32_t)bytes.size;
    if (status != STATUS_OK)
        status = error_set(error, status, "no memory for the report");
    if (status == STATUS_OK)
        status = inspection_page(inspection, LANGUAGE_ENGLISH, &sink, error);
    sizes.english_size = (uint32_t)bytes.size - sizes.json_size;
    if (status == STATUS_OK)
        status = inspection_page(inspection, LANGUAGE_CHINESE, &sink, error);
    sizes.chinese_size = (uint32_t)bytes.size - sizes.json_size - sizes.english_size;
    if (status == STATUS_OK)
        status = inspect_link_result(link, buffer_bytes(&bytes), &sizes, error);
    buffer_release(&bytes);
    return status;
}

static enum status report(struct inspect_link *link, struct ledger_view *view,
                          const struct now *now, struct error *error)
{
    AUTO_INSPECTION struct inspection *inspection = NULL;
    const struct message_inspect_task *task = inspect_link_task(link);
    struct utsname machine = {0};
    struct inspection_options options = {.from_utc_ns = task->from_utc_ns,
                                         .to_utc_ns = task->to_utc_ns,
                                         .now_utc_ns = clock_utc_ns(),
                                         .status = now->known ? &now->status : NULL,
                                         .cameras = now->cameras,
                                         .camera_count = now->camera_count,
                                         .progress = tell_report,
                                         .context = link};
    if (options.to_utc_ns > options.now_utc_ns)
        options.to_utc_ns = options.now_utc_ns;
    if (uname(&machine) == 0)
        options.machine = machine.machine;
    enum status status = inspection_make(view, &options, &inspection, error);
    return status == STATUS_OK ? hand_over(link, inspection, error) : status;
}

static enum status run_report(struct inspect_link *link, const struct inspect_places *places,
                              struct message_inspect_end *end, struct error *error)
{
    char path[PATH_SIZE];
    struct ledger_view *view = NULL;
    struct now *now = calloc(1, sizeof *now);
    (void)end;
    if (now == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the report");
    enum status status =
        snprintf(path, sizeof path, "%s/ledger.db", places->state) < (int)sizeof path
            ? ledger_view_open(path, &view, error)
            : error_set(error, STATUS_INVALID, "the path of the state folder is too long");
    if (status == STATUS_OK)
        status = ledger_view_begin(view, error);
    if (status == STATUS_OK)
        status = inspect_sandbox_enter(NULL, error);
    if (status == STATUS_OK)
        status = inspect_link_status(link, take_now, now, error);
    if (status == STATUS_OK)
        status = report(link, view, now, error);
    ledger_view_free(view);
    free(now);
    return status;
}

/* ---- the verification ---- */

static void tell_audit(void *context, const struct audit_progress *said)
{
    const struct message_inspect_progress progress = {
        .stage = (uint8_t)said->stage, .done = said->done, .total = said->total};
    inspect_link_progress(context, &progress);
}

/* Cut at a line's end. */
static enum status add_found(const struct audit_report *found, enum language language,
                             struct buffer *bytes, uint32_t *added)
{
    char *text = NULL;
    size_t size = 0;
    size_t before = bytes->size;
    FILE *out = open_memstream(&text, &size);
    enum status status = out == NULL ? STATUS_NO_MEMORY : audit_print_text(out, found, language);
    if (out != NULL && fclose(out) != 0)
        status = STATUS_NO_MEMORY;
    if (size > FOUND_SIZE_MAX) {
        size = FOUND_SIZE_MAX;
        while (size > 0 && text[size - 1] != '\n')
            size--;
    }
    if (status == STATUS_OK)
        status = buffer_append(bytes, text, size);
    free(text);
    *added = (uint32_t)(bytes->size - before);
    return status;
}

static enum status hand_over_found(struct inspect_link *link, const struct audit_report *found,
                                   struct error *error)
{
    struct message_inspect_result sizes = {0};
    struct buffer bytes = {0};
    enum status status = add_found(found, LANGUAGE_ENGLISH, &bytes, &sizes.english_size);
    if (status == STATUS_OK)
        status = add_found(found, LANGUAGE_CHINESE, &bytes, &sizes.chinese_size);
    status = status == STATUS_OK ? inspect_link_result(link, buffer_bytes(&bytes), &sizes, error)
                                 : error_set(error, status, "no memory for what was found");
    buffer_release(&bytes);
    return status;
}

static enum status run_verification(struct inspect_link *link, const struct inspect_places *places,
                                    struct message_inspect_end *end, struct error *error)
{
    struct audit_report found;
    const struct audit_options options = {
        .state = places->state, .video = places->video, .video_is_known = true, .is_running = true};
    enum status status = inspect_sandbox_enter(places, error);
    if (status != STATUS_OK)
        return status;
    file_hash_or_exit("sealroom-inspect: a file of video was cut off while it was read, or its "
                      "disk failed: the verification is not complete\n");
    status = audit_run(&options, tell_audit, link, &found, error);
    if (status != STATUS_OK)
        return status;
    message_text(end->verdict, sizeof end->verdict, audit_verdict_name(found.verdict));
    end->records = found.records;
    end->segments = found.segments;
    end->bytes = found.segment_bytes;
    end->findings = audit_findings_count(&found);
    status = hand_over_found(link, &found, error);
    audit_release(&found);
    return status;
}

/* ---- which ---- */

enum status inspect_job_run(struct inspect_link *link, const struct inspect_places *places,
                            struct message_inspect_end *end, struct error *error)
{
    return inspect_link_task(link)->kind == INSPECT_REPORT
               ? run_report(link, places, end, error)
               : run_verification(link, places, end, error);
}
