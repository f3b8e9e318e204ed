#include "keeper/cataloguer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/body_janitor.h"
#include "keeper/news.h"
#include "store/catalog.h"

#define STEP_RECORDS 64u
#define FINISH_STEPS 1024u
/* Held against the records again and again, some each second. */
#define COMPARE_MS      1000u
#define COMPARE_RECORDS 512u
#define COMPARE_REST_NS (3600 * NS_PER_SECOND)
/* A file that is no good so often in one life of the keeper is left alone. */
#define REBUILDS_MAX 8u

struct cataloguer {
    struct keeper *keeper;
    struct idler *idler;
    struct ticker *ticker;
    char *path;
    struct catalog *catalog; /* NULL: it cannot be kept, until the next start */
    struct ledger_view *view;
    uint64_t compared; /* the record to be compared next */
    int64_t rest_until_ns;
    unsigned rebuilds;
};

static bool step(void *context);

enum status cataloguer_new(struct keeper *keeper, struct cataloguer **cataloguer,
                           struct error *error)
{
    struct cataloguer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    made->keeper = keeper;
    enum status status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status != STATUS_OK) {
        cataloguer_free(made);
        return status;
    }
    *cataloguer = made;
    return STATUS_OK;
}

void cataloguer_free(struct cataloguer *cataloguer)
{
    if (cataloguer == NULL)
        return;
    ticker_free(cataloguer->ticker);
    idler_free(cataloguer->idler);
    catalog_free(cataloguer->catalog);
    ledger_view_free(cataloguer->view);
    free(cataloguer->path);
    free(cataloguer);
}

/* Without it people search in vain, but evidence is kept as before. */
static void give_up(struct cataloguer *cataloguer, const struct error *error)
{
    log_error("the catalog cannot be kept: %s", error->text);
    alarms_begin(cataloguer->keeper->alarms, word_health_event(HEALTH_STORAGE_ERROR)->name,
                 APPLIANCE, "catalog", error->text);
    catalog_free(cataloguer->catalog);
    cataloguer->catalog = NULL;
}

/* Opens the file, or makes it anew. `reason`: it is gone on purpose, and why; else NULL. */
static void open_catalog(struct cataloguer *cataloguer, const char *reason)
{
    struct keeper *keeper = cataloguer->keeper;
    struct error error;
    bool renewed = false;
    char detail[ERROR_TEXT_SIZE] = "";
    enum status status = catalog_open(cataloguer->path, ledger_origin(keeper->identity.ledger),
                                      ledger_size(keeper->identity.ledger), &cataloguer->catalog,
                                      &renewed, detail, &error);
    if (status != STATUS_OK)
        give_up(cataloguer, &error);
    else if (renewed)
        keeper_health(keeper, HEALTH_CATALOG_REBUILT, "catalog", reason != NULL ? reason : detail,
                      0);
}

static void remove_file(const char *path, const char *suffix)
{
    char *name = NULL;
    if (asprintf(&name, "%s%s", path, suffix) < 0)
        return;
    if (unlink(name) != 0)
        log_debug("%s is not there", name);
    free(name);
}

/* Made anew from the records; `reason` says what was wrong. */
static void rebuild(struct cataloguer *cataloguer, const char *reason)
{
    struct error error;
    log_warning("the catalog is made anew: %s", reason);
    if (++cataloguer->rebuilds > REBUILDS_MAX) {
        (void)error_set(&error, STATUS_IO, "made anew %u times: %.200s", REBUILDS_MAX, reason);
        give_up(cataloguer, &error);
        return;
    }
    catalog_free(cataloguer->catalog);
    cataloguer->catalog = NULL;
    remove_file(cataloguer->path, "");
    remove_file(cataloguer->path, "-wal");
    remove_file(cataloguer->path, "-shm");
    cataloguer->compared = 0;
    open_catalog(cataloguer, reason);
    cataloguer_wake(cataloguer);
}

static void compare(void *context)
{
    struct cataloguer *cataloguer = context;
    struct error error;
    char reason[ERROR_TEXT_SIZE];
    uint64_t different = 0;
    int64_t now_ns = clock_monotonic_ns(cataloguer->keeper->clock);
    /* a body that is named and still there is one row more than the catalog has */
    if (cataloguer->catalog == NULL || now_ns < cataloguer->rest_until_ns ||
        body_janitor_is_removing(cataloguer->keeper->body_janitor))
        return;
    enum status status = ledger_view_begin(cataloguer->view, &error);
    if (status == STATUS_OK)
        status = catalog_compare(cataloguer->catalog, cataloguer->view, &cataloguer->compared,
                                 COMPARE_RECORDS, &different, &error);
    ledger_view_end(cataloguer->view);
    if (status != STATUS_OK) {
        rebuild(cataloguer, error.text);
    } else if (different > 0) {
        (void)snprintf(reason, sizeof reason, "%" PRIu64 " of its rows did not fit their records",
                       different);
        rebuild(cataloguer, reason);
    } else if (cataloguer->compared >= catalog_through(cataloguer->catalog)) {
        cataloguer->compared = 0;
        cataloguer->rest_until_ns = now_ns + COMPARE_REST_NS;
    }
}

enum status cataloguer_start(struct cataloguer *cataloguer, const char *path, struct error *error)
{
    struct keeper *keeper = cataloguer->keeper;
    cataloguer->path = strdup(path);
    if (cataloguer->path == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    enum status status = ledger_view_open(keeper->identity.ledger_path, &cataloguer->view, error);
    if (status == STATUS_OK)
        status =
            ticker_new(keeper->event, COMPARE_MS, compare, cataloguer, &cataloguer->ticker, error);
    if (status != STATUS_OK)
        return status;
    open_catalog(cataloguer, NULL);
    cataloguer_wake(cataloguer);
    return STATUS_OK;
}

void cataloguer_wake(struct cataloguer *cataloguer)
{
    if (cataloguer->catalog != NULL)
        idler_wake(cataloguer->idler);
}

void cataloguer_finish(struct cataloguer *cataloguer)
{
    /* bounded: what is left over is taken in at the next start */
    for (unsigned i = 0; i < FINISH_STEPS && step(cataloguer); i++)
        continue;
}

static bool step(void *context)
{
    struct cataloguer *cataloguer = context;
    struct error error;
    if (cataloguer->catalog == NULL)
        return false;
    enum status status = ledger_view_begin(cataloguer->view, &error);
    if (status == STATUS_OK)
        status = catalog_follow(cataloguer->catalog, cataloguer->view, STEP_RECORDS, &error);
    ledger_view_end(cataloguer->view);
    if (status == STATUS_OK || status == STATUS_AGAIN)
        news_note(cataloguer->keeper->news, catalog_through(cataloguer->catalog));
    if (status == STATUS_AGAIN)
        return true;
    if (status != STATUS_OK)
        rebuild(cataloguer, error.text);
    return false;
}
