#include "keeper/row_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "keeper/fatal.h"
#include "store/segment_index.h"

/* A step a second: a million rows in an hour, for a hundredth of a core. */
#define STEP_MS   1000u
#define STEP_ROWS 256u
/* Between two rounds through everything. */
#define REST_NS (3600 * NS_PER_SECOND)
/* Faults recorded one by one in a round; the rest is a number. */
#define FAULTS_MAX 16u
/* Rows known to be wrong are not reported again each round. */
#define KNOWN_MAX 4096u

struct row_check {
    struct keeper *keeper;
    struct ticker *ticker;
    uint64_t next_row;
    uint64_t next_index;
    int64_t rest_until_ns;
    uint64_t faults; /* new ones in this round */
    size_t known_count;
    uint64_t known[KNOWN_MAX];
};

static const char *const fault_texts[] = {
    [LEDGER_ROW_MISSING] = "the row is missing",
    [LEDGER_ROW_HEAD] = "the head was changed",
    [LEDGER_ROW_BODY] = "the body was changed",
    [LEDGER_ROW_BODY_GONE] = "a body that stays for ever is gone",
    [LEDGER_ROW_UNREADABLE] = "the file cannot be read there",
    [LEDGER_NODES_MENDED] = "nodes of the tree were wrong and were computed again",
    [LEDGER_LEAVES_ALTERED] = "leaves of the tree were changed, and rows do not help",
};

enum status row_check_new(struct keeper *keeper, struct row_check **check, struct error *error)
{
    struct row_check *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to check rows");
    made->keeper = keeper;
    *check = made;
    return STATUS_OK;
}

void row_check_free(struct row_check *check)
{
    if (check == NULL)
        return;
    ticker_free(check->ticker);
    free(check);
}

static bool is_known(struct row_check *check, uint64_t number)
{
    for (size_t i = 0; i < check->known_count; i++) {
        if (check->known[i] == number)
            return true;
    }
    if (check->known_count < KNOWN_MAX)
        check->known[check->known_count++] = number;
    return false;
}

static void take_fault(void *context, enum ledger_fault fault, uint64_t number)
{
    struct row_check *check = context;
    struct keeper *keeper = check->keeper;
    char text[DETAIL_SIZE];
    if (is_known(check, number) || ++check->faults > FAULTS_MAX)
        return;
    (void)snprintf(text, sizeof text, "record %llu: %s", (unsigned long long)number,
                   fault_texts[fault]);
    log_error("ledger: %s", text);
    enum health_event event =
        fault == LEDGER_NODES_MENDED ? HEALTH_NODES_REBUILT : HEALTH_ROW_ALTERED;
    keeper_health(keeper, event, "", text, 0);
    alarms_begin(keeper->alarms, word_health_event(event)->name, APPLIANCE, "", text);
}

static void end_round(struct row_check *check)
{
    struct keeper *keeper = check->keeper;
    if (check->faults > FAULTS_MAX)
        keeper_health(keeper, HEALTH_ROW_ALTERED, "", "and more in the same round",
                      check->faults - FAULTS_MAX);
    check->faults = 0;
    check->next_row = 0;
    check->next_index = 0;
    check->rest_until_ns = clock_monotonic_ns(keeper->clock) + REST_NS;
}

static void turn(void *context)
{
    struct row_check *check = context;
    struct keeper *keeper = check->keeper;
    struct error error;
    uint64_t mended = 0;
    uint64_t size = ledger_size(keeper->identity.ledger);
    if (keeper->phase != KEEPER_RUNNING || clock_monotonic_ns(keeper->clock) < check->rest_until_ns)
        return;
    enum status status = ledger_check_rows(keeper->identity.ledger, check->next_row, STEP_ROWS,
                                           &check->next_row, take_fault, check, &error);
    if (status == STATUS_OK)
        status = segment_index_check(keeper->books.segments, &check->next_index, STEP_ROWS, &mended,
                                     &error);
    if (status == STATUS_UNCERTAIN)
        fatal("checking the ledger's rows", &error);
    if (status != STATUS_OK)
        log_error("checking the ledger's rows: %s", error.text);
    if (mended > 0) {
        log_warning("%llu rows of the index of segments did not fit their records and were mended",
                    (unsigned long long)mended);
        committer_touch(keeper->committer);
    }
    if (status != STATUS_OK || (check->next_row >= size && check->next_index >= size))
        end_round(check);
}

enum status row_check_start(struct row_check *check, struct error *error)
{
    return ticker_new(check->keeper->event, STEP_MS, turn, check, &check->ticker, error);
}
