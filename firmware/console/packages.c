#include "firmware/console/packages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define SWEEP_US    UINT64_C(5000000)
#define ESTIMATE_US UINT64_C(2000000) /* what is left is not guessed at before */

struct slot {
    struct package package;
    struct packages *packages;
    struct package_wish wish; /* until it is on record */
    uint32_t reference;       /* of EXPORT_ASK */
    int file;                 /* -1: none */
    unsigned lent;
    bool is_fetched; /* somebody had it to its end, or gave up on the way */
};

struct packages {
    struct keeper_link *keeper;
    sd_event_source *sweep;
    uint64_t next_id;
    struct slot slots[PACKAGES_MAX];
};

/* ---- what there is ---- */

static bool is_under_way(const struct slot *slot)
{
    return slot->package.id != 0 &&
           (slot->package.state == PACKAGE_ASKED || slot->package.state == PACKAGE_MAKING);
}

static struct slot *slot_of(struct packages *packages, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < PACKAGES_MAX; i++)
        if (packages->slots[i].package.id == id)
            return &packages->slots[i];
    return NULL;
}

static void wipe(struct slot *slot)
{
    pass_phrase_wipe(&slot->wish.phrase);
    explicit_bzero(slot->wish.ask.session, sizeof slot->wish.ask.session);
    explicit_bzero(slot->wish.ask.second, sizeof slot->wish.ask.second);
}

static void clear(struct slot *slot)
{
    struct packages *packages = slot->packages;
    file_close(&slot->file);
    wipe(slot);
    *slot = (struct slot){.packages = packages, .file = -1};
}

/* Its file goes, now that nobody reads it. */
static void let_go(struct slot *slot)
{
    file_close(&slot->file);
    if (slot->package.state == PACKAGE_READY)
        slot->package.state = PACKAGE_GONE;
}

static int on_sweep(sd_event_source *source, uint64_t at_us, void *context)
{
    struct packages *packages = context;
    int64_t now = clock_utc_ns();
    (void)at_us;
    for (size_t i = 0; i < PACKAGES_MAX; i++) {
        struct slot *slot = &packages->slots[i];
        if (slot->package.state == PACKAGE_READY && slot->lent == 0 &&
            now >= slot->package.until_utc_ns)
            let_go(slot);
    }
    sd_event_source_set_time_relative(source, SWEEP_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

enum status packages_new(sd_event *event, struct keeper_link *keeper, struct packages **result,
                         struct error *error)
{
    uint32_t start = 0;
    struct packages *packages = calloc(1, sizeof *packages);
    if (packages == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for packages");
    packages->keeper = keeper;
    /* a page that was open before a start does not take another's for its own */
    if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start ||
        sd_event_add_time_relative(event, &packages->sweep, CLOCK_MONOTONIC, SWEEP_US, 0, on_sweep,
                                   packages) < 0) {
        free(packages);
        return error_set(error, STATUS_IO, "cannot set a timer");
    }
    packages->next_id = (uint64_t)start + 1;
    for (size_t i = 0; i < PACKAGES_MAX; i++)
        packages->slots[i] = (struct slot){.packages = packages, .file = -1};
    *result = packages;
    return STATUS_OK;
}

void packages_free(struct packages *packages)
{
    if (packages == NULL)
        return;
    sd_event_source_disable_unref(packages->sweep);
    for (size_t i = 0; i < PACKAGES_MAX; i++)
        clear(&packages->slots[i]);
    free(packages);
}

const struct package *packages_find(const struct packages *packages, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < PACKAGES_MAX; i++)
        if (packages->slots[i].package.id == id)
            return &packages->slots[i].package;
    return NULL;
}

const struct package *packages_of(const struct packages *packages, uint64_t request)
{
    for (size_t i = 0; i < PACKAGES_MAX; i++) {
        const struct package *package = &packages->slots[i].package;
        if (package->id != 0 && package->request == request && package->state != PACKAGE_ASKED)
            return package;
    }
    return NULL;
}

uint64_t package_left_s(const struct package *package)
{
    const struct message_export_progress *progress = &package->progress;
    uint64_t passed_us = clock_timer_us() - package->step_us;
    if (package->step_us == 0 || passed_us < ESTIMATE_US || progress->bytes == 0 ||
        progress->bytes > progress->total)
        return UINT64_MAX;
    uint64_t left = progress->total - progress->bytes;
    return (uint64_t)((double)passed_us / 1e6 * (double)left / (double)progress->bytes) + 1;
}

/* ---- room for one more ---- */

/* The oldest that may go; NULL if none may. */
static struct slot *oldest(struct packages *packages, bool (*may_go)(const struct slot *slot))
{
    struct slot *found = NULL;
    for (size_t i = 0; i < PACKAGES_MAX; i++) {
        struct slot *slot = &packages->slots[i];
        if (slot->package.id != 0 && may_go(slot) &&
            (found == NULL || slot->package.id < found->package.id))
            found = slot;
    }
    return found;
}

static bool was_fetched(const struct slot *slot)
{
    return slot->file >= 0 && !is_under_way(slot) && slot->is_fetched && slot->lent == 0;
}

static bool has_no_file(const struct slot *slot)
{
    return slot->file < 0 && !is_under_way(slot);
}

static bool has_room(struct packages *packages)
{
    size_t kept = 0;
    for (size_t i = 0; i < PACKAGES_MAX; i++)
        kept += packages->slots[i].file >= 0 || is_under_way(&packages->slots[i]) ? 1u : 0u;
    if (kept < PACKAGES_KEPT_MAX)
        return true;
    struct slot *fetched = oldest(packages, was_fetched);
    if (fetched != NULL)
        let_go(fetched);
    return fetched != NULL;
}

static struct slot *free_slot(struct packages *packages)
{
    for (size_t i = 0; i < PACKAGES_MAX; i++)
        if (packages->slots[i].package.id == 0)
            return &packages->slots[i];
    struct slot *slot = oldest(packages, has_no_file);
    if (slot != NULL)
        clear(slot);
    return slot;
}

/* ---- one is made ---- */

/* It is not on record, and nothing of it stays. */
static void refuse(struct slot *slot, const struct message_done *done)
{
    void (*begun)(void *, const struct package *, const struct message_done *) = slot->wish.begun;
    void *context = slot->wish.context;
    clear(slot);
    begun(context, NULL, done);
}

static void fail(struct slot *slot, const struct message_done *done)
{
    slot->package.state = PACKAGE_FAILED;
    slot->package.outcome = done->record;
    message_text(slot->package.text, sizeof slot->package.text,
                 done->text[0] != '\0' ? done->text : status_name((enum status)done->status));
    log_warning("a package failed: %s", slot->package.text);
    file_close(&slot->file);
}

static void begin(struct slot *slot, const struct message_export_begun *begun)
{
    slot->package.state = PACKAGE_MAKING;
    slot->package.request = begun->record;
    slot->package.asked.from_utc_ns = begun->from_utc_ns;
    slot->package.asked.to_utc_ns = begun->to_utc_ns;
    slot->wish.begun(slot->wish.context, &slot->package, NULL);
}

static void go_on(struct slot *slot, const struct message_export_progress *progress)
{
    if (slot->package.step_us == 0 || progress->step != slot->package.progress.step)
        slot->package.step_us = clock_timer_us();
    slot->package.progress = *progress;
}

/* What is on record as done can be fetched. */
static void keep(struct slot *slot, const struct message_export_result *result)
{
    struct message_export_kept kept = {.reference = slot->reference};
    struct stat facts;
    struct error error = {0};
    uint64_t size = result->encrypted_size != 0 ? result->encrypted_size : result->size;
    slot->package.result = *result;
    if (fstat(slot->file, &facts) != 0 || (uint64_t)facts.st_size != size) {
        kept.status = STATUS_MISMATCH;
        message_text(kept.text, sizeof kept.text, "its file has another size than it");
    }
    if (keeper_link_tell(slot->packages->keeper, MESSAGE_EXPORT_KEPT, &kept, -1, &error) !=
        STATUS_OK)
        log_warning("a package's end: %s", error.text);
}

static void end(struct slot *slot, const struct message_done *done)
{
    if (slot->package.state == PACKAGE_ASKED) {
        refuse(slot, done);
        return;
    }
    if (done->status != STATUS_OK) {
        fail(slot, done);
        return;
    }
    slot->package.state = PACKAGE_READY;
    slot->package.outcome = done->record;
    slot->package.until_utc_ns = clock_utc_ns() + (int64_t)PACKAGES_KEPT_S * NS_PER_SECOND;
}

static bool on_export(void *context, const struct keeper_answer *answer)
{
    struct slot *slot = context;
    const union message_payload *payload = answer->payload;
    if (answer->type == MESSAGE_EXPORT_BEGUN) {
        begin(slot, &payload->export_begun);
    } else if (answer->type == MESSAGE_EXPORT_PLAN) {
        slot->package.plan = payload->export_plan;
        slot->package.has_plan = true;
        slot->package.step_us = 0;
    } else if (answer->type == MESSAGE_EXPORT_PROGRESS) {
        go_on(slot, &payload->export_progress);
    } else if (answer->type == MESSAGE_EXPORT_RESULT) {
        keep(slot, &payload->export_result);
    } else if (answer->type == MESSAGE_DONE) {
        end(slot, &payload->done);
        return true;
    }
    return false;
}

static enum status send_phrase(struct slot *slot, struct error *error)
{
    const struct message_export_phrase message = {.reference = slot->reference};
    AUTO_CLOSE int sealed = -1;
    enum status status = pass_phrase_seal(&slot->wish.phrase, &sealed, error);
    return status == STATUS_OK ? keeper_link_tell(slot->packages->keeper, MESSAGE_EXPORT_PHRASE,
                                                  &message, sealed, error)
                               : status;
}

/* Without a phrase that is due, the keeper gives it up by itself. */
static void ask(struct slot *slot)
{
    struct error error = {0};
    uint32_t reference = keeper_link_ask_long(slot->packages->keeper, MESSAGE_EXPORT_ASK,
                                              &slot->wish.ask, slot->file, on_export, slot);
    if (reference == 0)
        return; /* it was refused, and the slot is free */
    slot->reference = reference;
    if (slot->wish.ask.is_encrypted != 0 && send_phrase(slot, &error) != STATUS_OK)
        log_warning("a pass phrase cannot be handed on: %s", error.text);
    wipe(slot);
}

static bool on_spool(void *context, const struct keeper_answer *answer)
{
    struct slot *slot = context;
    if (answer->type == MESSAGE_EXPORT_SPOOL && slot->file < 0)
        slot->file = file_steal(answer->attached);
    if (answer->type != MESSAGE_DONE)
        return false;
    if (answer->payload->done.status != STATUS_OK || slot->file < 0)
        refuse(slot, &answer->payload->done);
    else
        ask(slot);
    return true;
}

/* The keeper would say so too, but a second one would take the first one's spool. */
static bool is_busy(const struct packages *packages)
{
    for (size_t i = 0; i < PACKAGES_MAX; i++)
        if (is_under_way(&packages->slots[i]))
            return true;
    return false;
}

static void say_full(const struct package_wish *wish, const char *text)
{
    struct message_done full = {.status = STATUS_FULL};
    message_text(full.text, sizeof full.text, text);
    wish->begun(wish->context, NULL, &full);
}

void packages_make(struct packages *packages, const struct package_wish *wish)
{
    struct message_export_spool_ask spool = {0};
    if (is_busy(packages)) {
        say_full(wish, "another package is being made; one at a time: try again later");
        return;
    }
    struct slot *slot = has_room(packages) ? free_slot(packages) : NULL;
    if (slot == NULL) {
        say_full(wish,
                 "two packages are here already: fetch them, or wait until their hour is over");
        return;
    }
    slot->wish = *wish;
    slot->package =
        (struct package){.id = packages->next_id++, .state = PACKAGE_ASKED, .asked = wish->ask};
    memset(slot->package.asked.session, 0, sizeof slot->package.asked.session);
    memset(slot->package.asked.second, 0, sizeof slot->package.asked.second);
    message_text(slot->package.account, sizeof slot->package.account, wish->account);
    memcpy(spool.session, wish->ask.session, sizeof spool.session);
    keeper_link_ask(packages->keeper, MESSAGE_EXPORT_SPOOL_ASK, &spool, -1, on_spool, slot);
    explicit_bzero(&spool, sizeof spool);
}

/* ---- it is fetched ---- */

int packages_lend(struct packages *packages, uint64_t id)
{
    struct slot *slot = slot_of(packages, id);
    if (slot == NULL || slot->package.state != PACKAGE_READY || slot->file < 0)
        return -1;
    int file = fcntl(slot->file, F_DUPFD_CLOEXEC, 0);
    slot->lent += file >= 0 ? 1u : 0u;
    return file;
}

void packages_return(struct packages *packages, uint64_t id)
{
    struct slot *slot = slot_of(packages, id);
    if (slot == NULL || slot->lent == 0)
        return;
    slot->lent--;
    slot->is_fetched = true;
}
