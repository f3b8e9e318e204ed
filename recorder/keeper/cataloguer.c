#include "keeper/cataloguer.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/catalog.h"

#define STEP_RECORDS 64u
#define FINISH_STEPS 1024u

struct cataloguer {
    struct keeper *keeper;
    struct idler *idler;
    char *path;
    struct catalog *catalog; /* NULL: it cannot be kept, until the next start */
    struct ledger_view *view;
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

enum status cataloguer_start(struct cataloguer *cataloguer, const char *path, struct error *error)
{
    struct keeper *keeper = cataloguer->keeper;
    struct error reason;
    bool renewed = false;
    char detail[ERROR_TEXT_SIZE] = "";
    cataloguer->path = strdup(path);
    if (cataloguer->path == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the catalog");
    enum status status = ledger_view_open(keeper->identity.ledger_path, &cataloguer->view, error);
    if (status != STATUS_OK)
        return status;
    status = catalog_open(path, ledger_origin(keeper->identity.ledger),
                          ledger_size(keeper->identity.ledger), &cataloguer->catalog, &renewed,
                          detail, &reason);
    if (status != STATUS_OK)
        give_up(cataloguer, &reason);
    else if (renewed)
        keeper_health(keeper, HEALTH_CATALOG_REBUILT, "catalog", detail, 0);
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
    if (status == STATUS_AGAIN)
        return true;
    if (status != STATUS_OK)
        give_up(cataloguer, &error);
    return false;
}
