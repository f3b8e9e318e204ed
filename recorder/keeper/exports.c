#include "keeper/exports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "evidence/pass_phrase.h"
#include "keeper/accounts.h"
#include "keeper/export_keys.h"
#include "keeper/export_medium.h"
#include "keeper/export_request.h"
#include "keeper/exports_parts.h"
#include "keeper/fatal.h"
#include "keeper/noter.h"

#define LOOK_MS 200u
/* A camera that gives no keyframe for so long: it goes on without the segment's end. Without keys
 * it fails. */
#define SETTLE_NS (30 * NS_PER_SECOND)

enum status exports_new(struct keeper *keeper, struct exports **exports, struct error *error)
{
    struct exports *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for exports");
    made->keeper = keeper;
    hold_index_ask(keeper->holds, exports_want, made);
    made->output = -1;
    made->spool = -1;
    made->page = -1;
    made->phrase = -1;
    made->request = calloc(1, sizeof *made->request);
    if (made->request == NULL) {
        exports_free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for exports");
    }
    *exports = made;
    return STATUS_OK;
}

void exports_free(struct exports *exports)
{
    if (exports == NULL)
        return;
    hold_index_ask(exports->keeper->holds, NULL, NULL);
    ticker_free(exports->ticker);
    file_close(&exports->output);
    file_close(&exports->spool);
    file_close(&exports->page);
    file_close(&exports->phrase);
    free(exports->request);
    free(exports);
}

struct peer *exports_asker(const struct exports *exports)
{
    return peers_find(exports->keeper->peers, exports->asker);
}

static int64_t now_ns(const struct exports *exports)
{
    return clock_monotonic_ns(exports->keeper->clock);
}

/* ---- its end ---- */

static struct operator_peer asker_of(const struct export_record *request)
{
    struct operator_peer operator= {.uid = request->uid, .process = request->process};
    memcpy(operator.account, request->account, sizeof operator.account);
    return operator;
}

static uint64_t record(struct exports *exports, json_t *members)
{
    struct operator_peer operator= asker_of(exports->request);
    char source[SOURCE_SIZE];
    operator_source(&operator, source);
    return committer_record(exports->keeper->committer, RECORD_OPERATOR, source, members);
}

static void be_idle(struct exports *exports)
{
    ticker_free(exports->ticker);
    exports->ticker = NULL;
    file_close(&exports->output);
    file_close(&exports->page);
    file_close(&exports->phrase);
    exports->phase = EXPORTS_IDLE;
}

/* What became of it is durable. */
static void keep_end(void *context, const struct promise *promise)
{
    struct exports *exports = context;
    struct peer *asker = exports_asker(exports);
    if (asker != NULL)
        peer_done(asker, exports->reference, exports->status, promise->record, exports->text);
    be_idle(exports);
}

void exports_conclude(struct exports *exports, struct exported_record *said)
{
    struct error error;
    json_t *members = NULL;
    struct promise promise = {.keep = keep_end, .context = exports};
    said->uid = exports->request->uid;
    said->process = exports->request->process;
    said->request = exports->request_number;
    if (exported_record_members(said, &members, &error) != STATUS_OK)
        fatal("wording what became of an export", &error);
    promise.record = record(exports, members);
    exports->phase = EXPORTS_ENDING;
    committer_promise(exports->keeper->committer, &promise);
}

/* Its socket is closed, which ends it; if not, the supervisor does. */
static void let_go_of_exporter(struct exports *exports)
{
    struct keeper *keeper = exports->keeper;
    struct peer *exporter = peers_find(keeper->peers, exports->exporter);
    struct peer *supervisor = peers_of(keeper->peers, ROLE_SUPERVISOR, SUPERVISOR);
    struct message_worker_cut_off message = {.role = ROLE_EXPORT, .link = exports->link};
    exports->exporter = 0;
    if (exports->link != 0 && supervisor != NULL)
        peer_send(supervisor, MESSAGE_WORKER_CUT_OFF, &message, -1);
    exports->link = 0;
    if (exporter != NULL)
        peer_close(exporter, NULL);
}

void exports_fail(struct exports *exports, enum status status, const char *detail)
{
    struct exported_record said = {.done = false};
    if (exports->phase == EXPORTS_IDLE || exports->phase == EXPORTS_ENDING)
        return;
    bool is_recorded = exports->phase != EXPORTS_SETTLING;
    exports->status = status;
    message_text(exports->text, sizeof exports->text, detail);
    log_warning("an export failed: %s", exports->text);
    exports->phase = EXPORTS_ENDING;
    let_go_of_exporter(exports);
    if (!is_recorded) {
        struct peer *asker = exports_asker(exports);
        if (asker != NULL)
            peer_done(asker, exports->reference, status, 0, exports->text);
        be_idle(exports);
        return;
    }
    /* the process may have put the signature down before it heard of it */
    (void)snprintf(said.detail, sizeof said.detail, "%.*s%s", DETAIL_SIZE - 40, exports->text,
                   exports->is_signed ? "; its manifest was signed already" : "");
    exports_conclude(exports, &said);
}

void exports_close_open(struct exports *exports, const struct export_open *open)
{
    struct error error;
    json_t *members = NULL;
    struct exported_record said = {
        .uid = open->operator.uid, .process = open->operator.process, .request = open->request};
    message_text(said.detail, sizeof said.detail, "the recorder was interrupted");
    exports->request->uid = open->operator.uid;
    memcpy(exports->request->account, open->operator.account, sizeof exports->request->account);
    if (exported_record_members(&said, &members, &error) != STATUS_OK)
        fatal("wording what became of an export", &error);
    (void)record(exports, members);
}

bool exports_open_request(const struct exports *exports, struct export_open *open)
{
    if (exports->phase != EXPORTS_ASKED && exports->phase != EXPORTS_MAKING &&
        exports->phase != EXPORTS_KEEPING)
        return false;
    open->request = exports->request_number;
    open->operator= asker_of(exports->request);
    return true;
}

/* ---- what reaches into the range is put on record ---- */

static bool is_wanted(const struct exports *exports, const char *source)
{
    for (size_t i = 0; i < exports->request->count; i++) {
        if (strcmp(exports->request->sources[i].source, source) == 0)
            return true;
    }
    return false;
}

static bool is_open_in_range(const struct exports *exports, const struct camera *camera)
{
    return is_wanted(exports, camera->source) && camera->open != NULL &&
           segment_known(camera->open)->start_utc_ns < exports->request->to_utc_ns;
}

/* Once each; one may begin while others are waited for, and would be waited for to its end. */
static void cut_open_segments(struct exports *exports, bool anew)
{
    struct keeper *keeper = exports->keeper;
    struct message_seal_now ask = {0};
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        struct peer *process = peers_of(keeper->peers, ROLE_CAMERA, camera->id);
        if (process == NULL || !is_open_in_range(exports, camera))
            continue;
        int64_t start_utc_ns = segment_known(camera->open)->start_utc_ns;
        if (anew || camera->cut_utc_ns != start_utc_ns)
            peer_send(process, MESSAGE_SEAL_NOW, &ask, -1);
        camera->cut_utc_ns = start_utc_ns;
    }
}

static bool is_settled(const struct exports *exports)
{
    const struct roster *roster = &exports->keeper->roster;
    if (export_keys_ready(exports->keeper->export_keys, NULL) == STATUS_AGAIN)
        return false; /* being made, for the first one */
    if (exports->is_encrypted && exports->phrase < 0)
        return false;
    for (size_t i = 0; i < roster->camera_count; i++) {
        const struct camera *camera = roster->cameras[i];
        if (is_wanted(exports, camera->source) &&
            (is_open_in_range(exports, camera) || camera->sealing > 0 || camera->recovering))
            return false;
    }
    return true;
}

/* A gap that goes on is on record up to now. */
static void cut_gaps(struct exports *exports)
{
    struct keeper *keeper = exports->keeper;
    for (size_t i = 0; i < keeper->roster.camera_count; i++) {
        struct camera *camera = keeper->roster.cameras[i];
        if (!is_wanted(exports, camera->source) || !camera->recovered || camera->completing > 0 ||
            camera->coverage.covered_to.utc_ns >= exports->request->to_utc_ns)
            continue;
        struct coverage_gap gap = coverage_stop(&camera->coverage, keeper_moment(keeper));
        keeper_gap(keeper, camera, &gap);
    }
}

/* ---- the request ---- */

static void keep_request(void *context, const struct promise *promise)
{
    struct exports *exports = context;
    struct keeper *keeper = exports->keeper;
    struct peer *asker = exports_asker(exports);
    struct peer *supervisor = peers_of(keeper->peers, ROLE_SUPERVISOR, SUPERVISOR);
    struct message_export_start start = {.request = promise->record};
    struct message_export_begun begun = {.reference = exports->reference,
                                         .record = promise->record,
                                         .from_utc_ns = exports->request->from_utc_ns,
                                         .to_utc_ns = exports->request->to_utc_ns};
    if (exports->phase != EXPORTS_ASKED)
        return; /* it failed in the same round */
    if (asker != NULL)
        peer_send(asker, MESSAGE_EXPORT_BEGUN, &begun, -1);
    if (supervisor != NULL)
        peer_send(supervisor, MESSAGE_EXPORT_START, &start, -1);
}

static void put_on_record(struct exports *exports)
{
    struct error error;
    json_t *members = NULL;
    struct promise promise = {.keep = keep_request, .context = exports};
    if (exports->is_encrypted && exports->phrase < 0) {
        exports_fail(exports, STATUS_TIMEOUT, "the pass phrase did not come");
        return;
    }
    cut_gaps(exports);
    export_request_count(exports->keeper, exports->request);
    if (export_record_members(exports->request, &members, &error) != STATUS_OK) {
        exports_fail(exports, error.status, error.text);
        return;
    }
    exports->request_number = promise.record = record(exports, members);
    exports->phase = EXPORTS_ASKED;
    committer_promise(exports->keeper->committer, &promise);
}

static void look(void *context)
{
    struct exports *exports = context;
    int64_t now = now_ns(exports);
    if (exports->phase == EXPORTS_SETTLING)
        cut_open_segments(exports, false);
    if (exports->phase == EXPORTS_SETTLING &&
        (is_settled(exports) || now >= exports->settled_by_ns))
        put_on_record(exports);
    else if (exports->lost_by_ns != 0 && now >= exports->lost_by_ns)
        exports_fail(exports, STATUS_END, "the process that made the package is gone");
    else if (exports->phase == EXPORTS_KEEPING && now >= exports->kept_by_ns)
        exports_fail(exports, STATUS_TIMEOUT,
                     "whoever asked for the package does not say that it is kept");
}

static void begin(struct exports *exports, const struct peer *asker, const struct letter *letter)
{
    struct stat about = {0};
    exports->asker = peer_number(asker);
    exports->reference = letter->sequence;
    exports->output = file_steal(letter->attached);
    if (exports->is_spooled)
        message_text(exports->request->medium, sizeof exports->request->medium,
                     "download at the console");
    else
        export_medium_of(exports->output, exports->request->medium);
    exports->device = fstat(exports->output, &about) == 0 ? about.st_dev : 0;
    exports->is_encrypted = letter->payload->export_ask.is_encrypted != 0;
    exports->language = letter->payload->export_ask.language;
    memcpy(exports->since, letter->payload->export_ask.since, sizeof exports->since);
    exports->phase = EXPORTS_SETTLING;
    exports->settled_by_ns = now_ns(exports) + SETTLE_NS;
    exports->exporter = 0;
    exports->link = 0;
    exports->ended[0] = '\0';
    exports->lost_by_ns = 0;
    exports->is_planned = false;
    exports->plans = 0;
    exports->is_signed = false;
    exports->status = STATUS_OK;
    exports->text[0] = '\0';
    export_keys_want(exports->keeper->export_keys);
    cut_open_segments(exports, true);
    noter_round(exports->keeper->noter);
    if (is_settled(exports))
        put_on_record(exports);
}

void exports_ask(struct exports *exports, struct peer *asker, const struct letter *letter)
{
    const struct message_export_ask *ask = &letter->payload->export_ask;
    struct accounts *accounts = exports->keeper->accounts;
    struct operator_peer operator;
    struct error error = {0};
    enum status status =
        accounts_may(accounts, asker, ask->session, ACT_EXPORT, &operator, & error);
    if (status == STATUS_OK && exports->phase != EXPORTS_IDLE)
        status = error_set(&error, STATUS_REFUSED,
                           "another package is being made; one at a time: try again later");
    if (status == STATUS_OK) {
        exports->is_spooled = exports_take_spool(exports, asker, letter->attached);
        status = export_request_check_output(*letter->attached, &error);
    }
    if (status == STATUS_OK)
        status = export_request_settle(exports->keeper, ask, &operator, exports->request, &error);
    if (status == STATUS_OK && ask->is_trial != 0) {
        peer_done(asker, letter->sequence, STATUS_OK, 0, "");
        return;
    }
    if (status == STATUS_OK)
        status =
            accounts_second(accounts, ask->session, ask->second, ACT_EXPORT, &operator, & error);
    if (status == STATUS_OK)
        memcpy(exports->request->second, operator.second, sizeof exports->request->second);
    if (status == STATUS_OK)
        status =
            ticker_new(exports->keeper->event, LOOK_MS, look, exports, &exports->ticker, &error);
    if (status != STATUS_OK)
        peer_done(asker, letter->sequence, status, 0, error.text);
    else
        begin(exports, asker, letter);
}

/* One that is no use is the asker's to hear before anything is on record. */
enum status exports_phrase(struct exports *exports, const struct peer *asker, uint32_t reference,
                           int *phrase, struct error *error)
{
    AUTO_WIPE struct pass_phrase content;
    struct error why = {0};
    if (exports->phase == EXPORTS_IDLE || exports->phase == EXPORTS_ENDING ||
        exports->asker != peer_number(asker) || exports->reference != reference)
        return STATUS_OK; /* it was refused, and the answer is under way */
    if (exports->phase != EXPORTS_SETTLING || !exports->is_encrypted || exports->phrase >= 0)
        return error_set(error, STATUS_REFUSED, "no pass phrase is due");
    if (pass_phrase_unseal(&content, *phrase, &why) != STATUS_OK) {
        exports_fail(exports, why.status, why.text);
        return STATUS_OK;
    }
    exports->phrase = file_steal(phrase);
    look(exports);
    return STATUS_OK;
}

/* ---- who comes and goes ---- */

void exports_asker_gone(struct exports *exports, const struct peer *asker)
{
    if (peer_number(asker) == exports->spooler)
        file_close(&exports->spool);
    if (exports->phase != EXPORTS_IDLE && peer_number(asker) == exports->asker)
        exports_fail(exports, STATUS_END, "whoever asked for the package is gone");
}

void exports_stop(struct exports *exports)
{
    exports_fail(exports, STATUS_END, "the recorder was stopped");
}

bool exports_want(const void *context, const char *camera, int64_t from_utc_ns, int64_t to_utc_ns)
{
    const struct exports *exports = context;
    char source[SOURCE_SIZE];
    const struct export_record *request = exports->request;
    (void)snprintf(source, sizeof source, "camera/%s", camera);
    return exports->phase != EXPORTS_IDLE && from_utc_ns < request->to_utc_ns &&
           to_utc_ns > request->from_utc_ns && is_wanted(exports, source);
}
