#include "firmware/console/api_exports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/console/api_register.h"
#include "firmware/console/console.h"
#include "firmware/console/entry_json.h"
#include "firmware/console/packages.h"
#include "firmware/console/range.h"
#include "ledger/record.h"
#include "phrase/phrase.h"
#include "store/export_record.h"

#define LIST_MAX       50u
#define FILE_NAME_SIZE 64

/* ---- one is asked for ---- */

struct said {
    int64_t from; /* milliseconds */
    int64_t to;
    char cameras[DETAIL_SIZE];
    char doors[DETAIL_SIZE];
    char purpose[DETAIL_SIZE];
    char case_number[DETAIL_SIZE];
    char second[TOKEN_SIZE];
    char encrypt[ID_SIZE];
    char phrase[PASS_PHRASE_SIZE_MAX + 1];
};
static const struct body_member members[] = {
    BODY_MEMBER(struct said, from, BODY_NUMBER, true),
    BODY_MEMBER(struct said, to, BODY_NUMBER, true),
    BODY_MEMBER(struct said, cameras, BODY_TEXT, false),
    BODY_MEMBER(struct said, doors, BODY_TEXT, false),
    BODY_MEMBER(struct said, purpose, BODY_TEXT, true),
    {.name = "case",
     .kind = BODY_TEXT,
     .offset = offsetof(struct said, case_number),
     .size = DETAIL_SIZE,
     .is_required = true},
    BODY_MEMBER(struct said, second, BODY_TEXT, false),
    BODY_MEMBER(struct said, encrypt, BODY_TEXT, false),
    BODY_MEMBER(struct said, phrase, BODY_TEXT, false),
};
const struct body_form export_form = BODY_FORM(struct said, members);

/* The wish stands in call->kept, for a phrase that was made is shown when all is on record. */
static void release_wish(void *kept)
{
    explicit_bzero(kept, sizeof(struct package_wish));
    free(kept);
}

static void begun(void *context, const struct package *package, const struct message_done *refused)
{
    struct call *call = context;
    const struct said *said = call->body;
    const struct package_wish *wish = call->kept;
    if (package == NULL) {
        call_refuse(call, refused);
        return;
    }
    json_t *json = json_pack("{s:I, s:I}", "id", (json_int_t)package->id, "request",
                             (json_int_t)package->request);
    if (strcmp(said->encrypt, "generated") == 0)
        json_object_set_new(json, "phrase", json_string(wish->phrase.text));
    call_answer(call, json);
}

static enum status take_phrase(const struct said *said, struct package_wish *wish,
                               struct error *error)
{
    wish->ask.is_encrypted = said->encrypt[0] != '\0';
    if (strcmp(said->encrypt, "generated") == 0)
        pass_phrase_generate(&wish->phrase);
    else if (strcmp(said->encrypt, "typed") == 0)
        memcpy(wish->phrase.text, said->phrase, sizeof wish->phrase.text);
    else if (said->encrypt[0] != '\0')
        return error_set(error, STATUS_INVALID, "nothing that is asked for is called that");
    return STATUS_OK;
}

static enum status fill(const struct call *call, const struct said *said, struct package_wish *wish,
                        struct error *error)
{
    struct message_export_ask *ask = &wish->ask;
    enum status status =
        range_utc_ns(said->from, said->to, &ask->from_utc_ns, &ask->to_utc_ns, error);
    if (status != STATUS_OK)
        return status;
    ask->language = (uint8_t)request_language(call->request);
    memcpy(ask->cameras, said->cameras, sizeof ask->cameras);
    memcpy(ask->doors, said->doors, sizeof ask->doors);
    memcpy(ask->purpose, said->purpose, sizeof ask->purpose);
    memcpy(ask->case_number, said->case_number, sizeof ask->case_number);
    message_text(ask->session, sizeof ask->session, call->token);
    message_text(ask->second, sizeof ask->second, said->second);
    return take_phrase(said, wish, error);
}

void api_export(struct call *call)
{
    struct error error = {0};
    struct package_wish *wish = calloc(1, sizeof *wish);
    if (wish == NULL) {
        request_answer(call->request, NULL);
        return;
    }
    wish->account = call->who.account;
    wish->begun = begun;
    wish->context = call;
    call->kept = wish;
    call->release = release_wish;
    if (fill(call, call->body, wish, &error) != STATUS_OK)
        request_fail(call->request, &error);
    else
        packages_make(call->console->packages, wish);
}

/* ---- how it is ---- */

static const char *const states[] = {[PACKAGE_ASKED] = "asked",
                                     [PACKAGE_MAKING] = "making",
                                     [PACKAGE_READY] = "ready",
                                     [PACKAGE_FAILED] = "failed",
                                     [PACKAGE_GONE] = "gone"};

static void file_name(const struct package *package, char name[FILE_NAME_SIZE])
{
    time_t at = (time_t)(package->asked.from_utc_ns / NS_PER_SECOND);
    struct tm local = {0};
    char day[16] = "";
    if (localtime_r(&at, &local) != NULL)
        (void)strftime(day, sizeof day, "%Y%m%d", &local);
    (void)snprintf(name, FILE_NAME_SIZE, "evidence-%s-%llu%s.zip", day,
                   (unsigned long long)package->request,
                   package->asked.is_encrypted != 0 ? "-encrypted" : "");
}

static json_t *progress_json(const struct package *package)
{
    const struct message_export_progress *progress = &package->progress;
    uint64_t left_s = package_left_s(package);
    json_t *json = json_pack("{s:I, s:I, s:s}", "bytes", (json_int_t)progress->bytes, "total",
                             (json_int_t)progress->total, "step",
                             progress->step == EXPORT_ENCRYPTING ? "encrypting" : "copying");
    if (left_s != UINT64_MAX)
        json_object_set_new(json, "left_s", json_integer((json_int_t)left_s));
    return json;
}

static json_t *plan_json(const struct message_export_plan *plan)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "bytes", (json_int_t)plan->bytes, "entries",
                     (json_int_t)plan->entries, "clips", (json_int_t)plan->clips, "records",
                     (json_int_t)plan->records, "gaps", (json_int_t)plan->gaps, "absent",
                     (json_int_t)plan->absent);
}

static uint64_t file_size(const struct package *package)
{
    const struct message_export_result *result = &package->result;
    return result->encrypted_size != 0 ? result->encrypted_size : result->size;
}

static json_t *result_json(const struct package *package)
{
    const struct message_export_result *result = &package->result;
    char name[FILE_NAME_SIZE];
    file_name(package, name);
    return json_pack("{s:I, s:s, s:I, s:s, s:s, s:b, s:I, s:I, s:I, s:I}", "record",
                     (json_int_t)package->outcome, "name", name, "bytes",
                     (json_int_t)file_size(package), "package", result->package, "fingerprint",
                     result->fingerprint, "encrypted", package->asked.is_encrypted != 0, "records",
                     (json_int_t)result->records, "clips", (json_int_t)result->clips, "absent",
                     (json_int_t)result->absent, "until", JSON_MS(package->until_utc_ns));
}

static json_t *package_json(const struct package *package, enum language language)
{
    const struct message_export_ask *asked = &package->asked;
    char shown[PHRASE_SIZE];
    json_t *json = json_pack(
        "{s:I, s:s, s:s, s:I, s:I, s:o, s:o, s:s, s:s}", "id", (json_int_t)package->id, "state",
        states[package->state], "by", package->account, "from", JSON_MS(asked->from_utc_ns), "to",
        JSON_MS(asked->to_utc_ns), "cameras", json_ids(asked->cameras), "doors",
        json_ids(asked->doors), "purpose", asked->purpose, "case", asked->case_number);
    if (package->state != PACKAGE_ASKED)
        json_object_set_new(json, "request", json_integer((json_int_t)package->request));
    if (package->has_plan)
        json_object_set_new(json, "plan", plan_json(&package->plan));
    if (package->state == PACKAGE_MAKING && package->step_us != 0)
        json_object_set_new(json, "progress", progress_json(package));
    if (package->state == PACKAGE_READY || package->state == PACKAGE_GONE)
        json_object_set_new(json, "result", result_json(package));
    if (package->text[0] != '\0')
        json_object_set_new(json, "text",
                            json_string(phrase_in(package->text, language, shown, sizeof shown)));
    return json;
}

/* His own: another's may have needed a second person. NULL was answered. */
static const struct package *wanted(struct call *call)
{
    const struct package *package =
        packages_find(call->console->packages, path_number(&call->path, 0));
    if (package != NULL && strcmp(package->account, call->who.account) == 0)
        return package;
    request_refuse(call->request, RESPONSE_NOT_FOUND, STATUS_NOT_FOUND,
                   "there is no such package here");
    return NULL;
}

void api_package(struct call *call)
{
    const struct package *package = wanted(call);
    if (package != NULL)
        call_answer(call, package_json(package, request_language(call->request)));
}

/* ---- which there were ---- */

struct list {
    struct console *console;
    json_t *rows;
};

static enum status take_deed(void *context, const struct catalog_deed *deed)
{
    struct list *list = context;
    const struct package *package = packages_of(list->console->packages, deed->record.number);
    json_t *row = register_row(list->console->catalog, deed);
    if (row == NULL)
        return STATUS_NO_MEMORY;
    if (package != NULL) {
        json_object_set_new(row, "id", json_integer((json_int_t)package->id));
        json_object_set_new(row, "state", json_string(states[package->state]));
    }
    return json_array_append_new(list->rows, row) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

void api_exports(struct call *call)
{
    struct error error = {0};
    struct list list = {call->console, json_array()};
    char source[SOURCE_SIZE];
    const struct catalog_deeds_wanted own = {
        .source = source, .action = EXPORT_ACTION, .limit = LIST_MAX};
    (void)snprintf(source, sizeof source, "operator/%s", call->who.account);
    if (catalog_page_deeds(call->console->catalog, &own, take_deed, &list, &error) == STATUS_OK) {
        call_answer(call, json_pack("{s:o}", "exports", list.rows));
        return;
    }
    json_decref(list.rows);
    request_fail(call->request, &error);
}

/* ---- taken away ---- */

struct fetch {
    struct packages *packages;
    uint64_t id;
};

static void end_fetch(void *kept)
{
    struct fetch *fetch = kept;
    packages_return(fetch->packages, fetch->id);
    free(fetch);
}

static void give(struct call *call, const struct package *package)
{
    struct packages *packages = call->console->packages;
    struct fetch *fetch = calloc(1, sizeof *fetch);
    int file = fetch == NULL ? -1 : packages_lend(packages, package->id);
    if (file < 0) {
        free(fetch);
        request_refuse(call->request, RESPONSE_GONE, STATUS_NOT_FOUND,
                       "the package is not here any more: its hour is over");
        return;
    }
    *fetch = (struct fetch){packages, package->id};
    call->kept = fetch;
    call->release = end_fetch;
    char name[FILE_NAME_SIZE];
    char disposition[FILE_NAME_SIZE + 32];
    file_name(package, name);
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", name);
    struct response *response = response_file("application/zip", file, file_size(package));
    if (response != NULL)
        response_header(response, "Content-Disposition", disposition);
    request_answer(call->request, response);
}

/* That somebody takes it is on record. */
static bool taken(struct call *call, const struct keeper_answer *answer)
{
    if (answer->type != MESSAGE_DONE || answer->payload->done.status != STATUS_OK)
        return call_pass_on(call, answer);
    const struct package *package = wanted(call);
    if (package != NULL)
        give(call, package);
    return true;
}

void api_package_file(struct call *call)
{
    const struct package *package = wanted(call);
    struct message_lookup lookup = {0};
    if (package == NULL)
        return;
    if (package->state != PACKAGE_READY) {
        request_refuse(call->request, RESPONSE_CONFLICT, STATUS_UNSUPPORTED,
                       package->state == PACKAGE_GONE
                           ? "the package is not here any more: its hour is over"
                           : "there is no whole package yet");
        return;
    }
    memcpy(lookup.session, call->token, sizeof lookup.session);
    message_text(lookup.what, sizeof lookup.what, "package");
    message_text(lookup.reason, sizeof lookup.reason, package->asked.purpose);
    (void)snprintf(lookup.filter, sizeof lookup.filter, "%llu",
                   (unsigned long long)package->request);
    lookup.from_utc_ns = package->asked.from_utc_ns;
    lookup.to_utc_ns = package->asked.to_utc_ns;
    call_ask(call, MESSAGE_LOOKUP, &lookup, taken);
}
