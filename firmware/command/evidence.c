#include "firmware/command/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "firmware/command/evidence_internal.h"
#include "firmware/command/evidence_texts.h"

const struct text evidence_texts[EVIDENCE_TEXT_COUNT] = {
    [EVIDENCE_TEXT_NO_RECORD] = {"the appliance does not run: this look-up left no record",
                                 "设备没有运行：本次查询没有留下记录"},
    [EVIDENCE_TEXT_REFUSED] = {"the look-up could not be recorded, so nothing is shown: %s",
                               "查询无法记录在案，因此不显示内容：%s"},
    [EVIDENCE_TEXT_NO_LEDGER] = {"there is no ledger in %s: name the state folder by --state or "
                                 "--config",
                                 "%s 中没有账本：请用 --state 或 --config 指明状态目录"},
    [EVIDENCE_TEXT_DAMAGED] = {"the ledger does not say which suite it has: run sealroom verify",
                               "账本没有说明其算法套件：请运行 sealroom verify"},
    [EVIDENCE_TEXT_OPTION_REASON] = {"why you look, for the record of this look-up",
                                     "查询理由，记入本次查询的记录"},
    [EVIDENCE_TEXT_NO_CAMERA] = {"there is no camera \"%s\" in this ledger",
                                 "本账本中没有摄像机“%s”"},
    [EVIDENCE_TEXT_NO_DOOR] = {"there is no door \"%s\" in this ledger", "本账本中没有门“%s”"},
};

/* Reading beside a running keeper makes files of SQLite's, which must be the keeper's own: root
 * takes on the rights of whoever owns the state. */
static void become_owner(const char *state)
{
    struct stat found;
    if (geteuid() != 0 || stat(state, &found) != 0 || found.st_uid == 0)
        return;
    if (setegid(found.st_gid) != 0 || seteuid(found.st_uid) != 0)
        log_warning("cannot take on the rights of the state's owner");
}

static bool record_lookup(struct evidence *evidence, const char *what,
                          const struct evidence_filter *filter, const char *filter_text)
{
    const struct invocation *invocation = evidence->invocation;
    struct message_lookup lookup = {.from_utc_ns = filter->from_utc_ns,
                                    .to_utc_ns = filter->to_utc_ns};
    struct error error = {0};
    char shown[PHRASE_SIZE];

    message_text(lookup.what, sizeof lookup.what, what);
    message_text(lookup.filter, sizeof lookup.filter, filter_text);
    if (!invocation_lookup(invocation, &lookup))
        return false;
    if (keeper_link_ask(evidence->link, MESSAGE_LOOKUP, &lookup, NULL, NULL, NULL, &error) ==
        STATUS_OK)
        return true;
    invocation_warn(invocation, &evidence_texts[EVIDENCE_TEXT_REFUSED],
                    phrase_in(error.text, invocation->language, shown, sizeof shown));
    return false;
}

static bool open_ledger(struct evidence *evidence)
{
    char path[PATH_SIZE + 16];
    struct error error = {0};
    const struct invocation *invocation = evidence->invocation;
    snprintf(path, sizeof path, "%s/ledger.db", invocation->state);
    if (access(path, F_OK) != 0) {
        invocation_warn(invocation, &evidence_texts[EVIDENCE_TEXT_NO_LEDGER], invocation->state);
        return false;
    }
    enum status status = ledger_view_open(path, &evidence->ledger, &error);
    if (status == STATUS_OK)
        status = ledger_view_begin(evidence->ledger, &error);
    if (status == STATUS_OK)
        status = ledger_view_end_number(evidence->ledger, &evidence->end, &error);
    if (status != STATUS_OK) {
        (void)invocation_fail(invocation, &error);
        return false;
    }
    const struct suite *suite = ledger_view_suite(evidence->ledger);
    if (suite == NULL) {
        invocation_warn(invocation, &evidence_texts[EVIDENCE_TEXT_DAMAGED]);
        return false;
    }
    evidence->algorithm = suite_digest_algorithm(suite);
    return true;
}

/* Without a catalog, or with another ledger's, the ledger itself is read from its beginning. */
static void open_catalog(struct evidence *evidence)
{
    char path[PATH_SIZE + 16];
    struct error error = {0};
    snprintf(path, sizeof path, "%s/catalog.db", evidence->invocation->state);
    if (access(path, F_OK) != 0 || catalog_view_open(path, &evidence->catalog, &error) != STATUS_OK)
        return;
    if (strcmp(catalog_view_origin(evidence->catalog), ledger_view_origin(evidence->ledger)) != 0) {
        catalog_view_free(evidence->catalog);
        evidence->catalog = NULL;
        return;
    }
    evidence->through = catalog_view_through(evidence->catalog);
}

static bool open_all(struct evidence *evidence, const char *what,
                     const struct evidence_filter *filter, const char *filter_text)
{
    struct error error = {0};
    const struct invocation *invocation = evidence->invocation;
    enum status status = keeper_link_open(invocation->state, &evidence->link, &error);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        (void)invocation_fail(invocation, &error);
        return false;
    }
    if (evidence->link != NULL && !record_lookup(evidence, what, filter, filter_text))
        return false;
    become_owner(invocation->state);
    if (!open_ledger(evidence))
        return false;
    if (evidence->link == NULL)
        invocation_warn(invocation, &evidence_texts[EVIDENCE_TEXT_NO_RECORD]);
    open_catalog(evidence);
    return true;
}

struct evidence *evidence_open(const struct invocation *invocation, const char *what,
                               const struct evidence_filter *filter, const char *filter_text)
{
    struct evidence *evidence = calloc(1, sizeof *evidence);
    if (evidence == NULL)
        return NULL;
    evidence->invocation = invocation;
    if (open_all(evidence, what, filter, filter_text))
        return evidence;
    evidence_close(evidence);
    return NULL;
}

void evidence_close(struct evidence *evidence)
{
    if (evidence == NULL)
        return;
    json_decref(evidence->configuration);
    free(evidence->expired);
    catalog_view_free(evidence->catalog);
    if (evidence->ledger != NULL)
        ledger_view_end(evidence->ledger);
    ledger_view_free(evidence->ledger);
    keeper_link_close(evidence->link);
    free(evidence);
}

struct ledger_view *evidence_ledger(const struct evidence *evidence)
{
    return evidence->ledger;
}

struct asking {
    void (*each)(void *context, const struct message_status_camera *camera);
    void *context;
};

static void on_status(void *context, enum message_type type, const union message_payload *payload)
{
    const struct asking *asking = context;
    if (type == MESSAGE_STATUS_CAMERA)
        asking->each(asking->context, &payload->status_camera);
}

enum status evidence_status_now(struct evidence *evidence, keeper_link_other *each, void *context,
                                struct error *error)
{
    struct message_status_ask question = {0};
    if (evidence->link == NULL)
        return STATUS_OK;
    return keeper_link_ask(evidence->link, MESSAGE_STATUS_ASK, &question, each, context, NULL,
                           error);
}

enum status evidence_cameras_now(struct evidence *evidence,
                                 void (*each)(void *context,
                                              const struct message_status_camera *camera),
                                 void *context, struct error *error)
{
    struct asking asking = {each, context};
    return evidence_status_now(evidence, on_status, &asking, error);
}

/* ---- names ---- */

static enum status keep_configuration(void *context, const struct evidence_row *row)
{
    struct evidence *evidence = context;
    if (row->body != NULL) {
        json_decref(evidence->configuration);
        evidence->configuration = json_deep_copy(row->body);
    }
    return STATUS_OK;
}

static const json_t *configuration(struct evidence *evidence)
{
    const struct evidence_filter filter = {
        .about = EVIDENCE_RECORDS, .kind = RECORD_CONFIG, .limit = 1};
    struct error error = {0};
    if (!evidence->configuration_read &&
        evidence_each(evidence, &filter, keep_configuration, evidence, NULL, &error) != STATUS_OK)
        log_debug("no configuration record: %s", error.text);
    evidence->configuration_read = true;
    return evidence->configuration;
}

static const char *name_of(struct evidence *evidence, const char *list, const char *key,
                           const char *id)
{
    const json_t *items = json_object_get(configuration(evidence), list);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *found = json_get_text(item, key);
        const char *name = json_get_text(item, "name");
        if (found != NULL && name != NULL && strcmp(found, id) == 0)
            return name;
    }
    return id;
}

const char *evidence_camera_name(struct evidence *evidence, const char *camera)
{
    return name_of(evidence, "cameras", "camera", camera);
}

const char *evidence_door_name(struct evidence *evidence, const char *door)
{
    return name_of(evidence, "doors", "door", door);
}

const char *evidence_camera_at(struct evidence *evidence, size_t index)
{
    const json_t *items = json_object_get(configuration(evidence), "cameras");
    return json_get_text(json_array_get(items, index), "camera");
}

enum card_display evidence_cards(struct evidence *evidence)
{
    enum card_display display = CARDS_MASKED;
    if (configuration(evidence) != NULL && json_object_get(configuration(evidence), "card") == NULL)
        display = CARDS_FULL;
    return invocation_cards(evidence->invocation, &display) ? display : CARDS_MASKED;
}

/* ---- is there such a one? ---- */

struct naming {
    const char *list; /* of a configuration */
    const char *key;  /* of its items, and of a body */
    const char *id;
    bool found;
};

static enum status on_named(void *context, const struct evidence_row *row)
{
    struct naming *naming = context;
    const char *text = json_get_text(row->body, naming->key);
    const json_t *items = json_object_get(row->body, naming->list);
    naming->found = naming->found || (text != NULL && strcmp(text, naming->id) == 0);
    for (size_t i = 0; i < json_array_size(items); i++) {
        text = json_get_text(json_array_get(items, i), naming->key);
        naming->found = naming->found || (text != NULL && strcmp(text, naming->id) == 0);
    }
    return STATUS_OK;
}

/* Cheapest first: configurations, then the newest of what it recorded. */
static bool is_named(struct evidence *evidence, struct naming *naming,
                     const struct evidence_filter *recorded)
{
    const struct evidence_filter configurations = {.about = EVIDENCE_RECORDS,
                                                   .kind = RECORD_CONFIG};
    struct error error = {0};
    if (evidence_each(evidence, &configurations, on_named, naming, NULL, &error) == STATUS_OK &&
        !naming->found)
        (void)!evidence_each(evidence, recorded, on_named, naming, NULL, &error);
    return naming->found;
}

bool evidence_knows(struct evidence *evidence, const char *camera, const char *door)
{
    const struct evidence_filter spans = {.about = EVIDENCE_SPANS, .camera = camera, .limit = 1};
    const struct evidence_filter entries = {.about = EVIDENCE_ENTRIES, .door = door, .limit = 1};
    struct naming of_camera = {.list = "cameras", .key = "camera", .id = camera};
    struct naming of_door = {.list = "doors", .key = "door", .id = door};
    if (camera != NULL && !is_named(evidence, &of_camera, &spans)) {
        invocation_warn(evidence->invocation, &evidence_texts[EVIDENCE_TEXT_NO_CAMERA], camera);
        return false;
    }
    if (door != NULL && !is_named(evidence, &of_door, &entries)) {
        invocation_warn(evidence->invocation, &evidence_texts[EVIDENCE_TEXT_NO_DOOR], door);
        return false;
    }
    return true;
}
