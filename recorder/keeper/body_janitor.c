#include "keeper/body_janitor.h"

#include <stdlib.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "keeper/janitor.h"
#include "store/body_expiry.h"

#define TURN_MS 1000u
/* Between two rounds. */
#define REST_NS NS_PER_DAY
/* Records in one step, so that an entry never waits. */
#define LOOK_ROWS 256u
#define BACK_ROWS 4096u

struct body_janitor {
    struct keeper *keeper;
    struct ticker *ticker;
    struct idler *idler;
    struct body_expiry *expiry;
    bool resumed; /* what an earlier run left was looked for */
    bool due;
    bool again; /* another round follows at once */
    int64_t rest_until_ns;
};

static bool step(void *context);

enum status body_janitor_new(struct keeper *keeper, struct body_janitor **janitor,
                             struct error *error)
{
    struct body_janitor *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the bodies' janitor");
    made->keeper = keeper;
    struct expiry_books books = {.volume = keeper->identity.video,
                                 .ledger = keeper->identity.ledger,
                                 .pieces = keeper->books.pieces,
                                 .segments = keeper->books.segments,
                                 .holds = keeper->holds};
    enum status status = body_expiry_new(&books, &made->expiry, error);
    if (status == STATUS_OK)
        status = idler_new(keeper->event, step, made, &made->idler, error);
    if (status != STATUS_OK) {
        body_janitor_free(made);
        return status;
    }
    *janitor = made;
    return STATUS_OK;
}

void body_janitor_free(struct body_janitor *janitor)
{
    if (janitor == NULL)
        return;
    ticker_free(janitor->ticker);
    idler_free(janitor->idler);
    body_expiry_free(janitor->expiry);
    free(janitor);
}

bool body_janitor_is_removing(const struct body_janitor *janitor)
{
    return body_expiry_is_removing(janitor->expiry);
}

static struct body_expiry_now now_of(const struct keeper *keeper)
{
    struct clock_reading reading = clock_now(keeper->clock);
    return (struct body_expiry_now){.utc_ns = reading.utc_ns,
                                    .lived_ns =
                                        lived_now(segment_index_lived(keeper->books.segments),
                                                  keeper->clock->boot_id, reading.monotonic_ns),
                                    .record_days = keeper->roster.settings.record_days};
}

/* The round is over, for now or for today. */
static void rest(struct body_janitor *janitor)
{
    janitor->due = false;
    janitor->rest_until_ns = clock_monotonic_ns(janitor->keeper->clock) + REST_NS;
}

/* Everything of age was looked through. */
static void finish_round(struct body_janitor *janitor, const struct body_expiry_now *now)
{
    struct error error;
    bool appended = false;
    enum status status = body_expiry_append(janitor->expiry, now, &appended, &error);
    if (status != STATUS_OK && status != STATUS_AGAIN)
        fatal("recording an expiry of bodies", &error);
    /* the record is durable before the first body goes (invariant 5) */
    if (appended)
        committer_commit(janitor->keeper->committer);
    if (status == STATUS_OK)
        rest(janitor);
}

static void failed(struct body_janitor *janitor, enum status status, const struct error *error)
{
    if (status == STATUS_UNCERTAIN)
        fatal("letting bodies go", error);
    log_error("the bodies that are of age cannot be let go: %s", error->text);
    rest(janitor);
}

static bool step(void *context)
{
    struct body_janitor *janitor = context;
    const struct keeper *keeper = janitor->keeper;
    struct error error;
    enum status status = STATUS_OK;
    if (keeper->phase != KEEPER_RUNNING || !janitor_knows_holds(keeper->janitor))
        return false;
    struct body_expiry_now now = now_of(keeper);
    if (!janitor->resumed) {
        status = body_expiry_resume(janitor->expiry, &now, BACK_ROWS, &error);
        janitor->resumed = status != STATUS_AGAIN;
    } else if (body_expiry_is_removing(janitor->expiry)) {
        status = body_expiry_remove(janitor->expiry, BODY_EXPIRY_BATCH, &error);
    } else if (janitor->due) {
        status = body_expiry_look(janitor->expiry, &now, LOOK_ROWS, &error);
        if (status == STATUS_OK)
            finish_round(janitor, &now);
    }
    if (status != STATUS_OK && status != STATUS_AGAIN)
        failed(janitor, status, &error);
    return janitor->due || body_expiry_is_removing(janitor->expiry);
}

static void turn(void *context)
{
    struct body_janitor *janitor = context;
    if (clock_monotonic_ns(janitor->keeper->clock) >= janitor->rest_until_ns)
        janitor->due = true;
    if (janitor->due)
        idler_wake(janitor->idler);
}

enum status body_janitor_start(struct body_janitor *janitor, struct error *error)
{
    janitor->due = true;
    return ticker_new(janitor->keeper->event, TURN_MS, turn, janitor, &janitor->ticker, error);
}
