#include "keeper/keeper.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "keeper/accounts.h"
#include "keeper/body_janitor.h"
#include "keeper/cataloguer.h"
#include "keeper/clock_watch.h"
#include "keeper/command_socket.h"
#include "keeper/console_key.h"
#include "keeper/deriver.h"
#include "keeper/export_keys.h"
#include "keeper/exports.h"
#include "keeper/fatal.h"
#include "keeper/heartbeat.h"
#include "keeper/inspections.h"
#include "keeper/janitor.h"
#include "keeper/news.h"
#include "keeper/noter.h"
#include "keeper/parts.h"
#include "keeper/row_check.h"
#include "keeper/salvager.h"
#include "keeper/sealer.h"
#include "keeper/sheets.h"

#define REFUSE_WAIT_MS 5000

static void message_was_handled(void *context)
{
    struct keeper *keeper = context;
    committer_count(keeper->committer);
}

static void was_committed(void *context)
{
    struct keeper *keeper = context;
    if (keeper->cataloguer != NULL)
        cataloguer_wake(keeper->cataloguer);
    if (keeper->deriver != NULL)
        deriver_wake(keeper->deriver);
}

static int is_told_to_end(sd_event_source *source, const struct signalfd_siginfo *info,
                          void *context)
{
    (void)source;
    (void)info;
    keeper_stop(context, HEALTH_STOPPED, "told to end by a signal");
    return 0;
}

/* SIGTERM and SIGINT come through the loop. Blocked before any thread is made. */
static enum status open_loop(struct keeper *keeper, struct error *error)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    int result = -sigprocmask(SIG_BLOCK, &signals, NULL);
    if (result >= 0)
        result = sd_event_new(&keeper->event);
    if (result >= 0)
        result = sd_event_add_signal(keeper->event, NULL, SIGTERM, is_told_to_end, keeper);
    if (result >= 0)
        result = sd_event_add_signal(keeper->event, NULL, SIGINT, is_told_to_end, keeper);
    if (result < 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot make the event loop");
    return STATUS_OK;
}

/* The indexes that are written with the ledger. */
static enum status open_books(struct keeper *keeper, struct error *error)
{
    struct ledger *ledger = keeper->identity.ledger;
    keeper->books.ledger = ledger;
    enum status status = piece_table_attach(ledger, &keeper->books.pieces, error);
    if (status == STATUS_OK)
        status = segment_index_attach(ledger, &keeper->books.segments, error);
    if (status == STATUS_OK)
        status = entry_key_attach(ledger, &keeper->entry_keys, error);
    if (status == STATUS_OK)
        status = hold_index_attach(ledger, &keeper->holds, error);
    return status;
}

static enum status open_parts(struct keeper *keeper, struct error *error)
{
    enum status status = committer_new(keeper->event, keeper->identity.ledger, keeper->clock,
                                       was_committed, keeper, &keeper->committer, error);
    if (status == STATUS_OK)
        status = alarms_new(keeper->committer, keeper->clock, &keeper->alarms, error);
    if (status == STATUS_OK)
        status = peers_new(keeper->event, keeper, message_was_handled, &keeper->peers, error);
    if (status == STATUS_OK)
        status = flusher_new(keeper->event, &keeper->flusher, error);
    if (status == STATUS_OK)
        status = sealer_new(keeper, &keeper->sealer, error);
    if (status == STATUS_OK)
        status = noter_new(keeper, &keeper->noter, error);
    if (status == STATUS_OK)
        status = salvager_new(keeper, &keeper->salvager, error);
    if (status == STATUS_OK)
        status = heartbeat_new(keeper, &keeper->heartbeat, error);
    if (status == STATUS_OK)
        status = clock_watch_new(keeper, &keeper->clock_watch, error);
    if (status == STATUS_OK)
        status = janitor_new(keeper, &keeper->janitor, error);
    if (status == STATUS_OK)
        status = body_janitor_new(keeper, &keeper->body_janitor, error);
    if (status == STATUS_OK)
        status = row_check_new(keeper, &keeper->row_check, error);
    if (status == STATUS_OK)
        status = cataloguer_new(keeper, &keeper->cataloguer, error);
    if (status == STATUS_OK)
        status = deriver_new(keeper, &keeper->deriver, error);
    if (status == STATUS_OK)
        status = export_keys_new(keeper, &keeper->export_keys, error);
    if (status == STATUS_OK)
        status = console_key_new(keeper, &keeper->console_key, error);
    if (status == STATUS_OK)
        status = exports_new(keeper, &keeper->exports, error);
    if (status == STATUS_OK)
        status = inspections_new(keeper, &keeper->inspections, error);
    if (status == STATUS_OK)
        status = accounts_new(keeper, &keeper->accounts, error);
    if (status == STATUS_OK)
        status = sheets_new(keeper, &keeper->sheets, error);
    if (status == STATUS_OK)
        status = news_new(keeper, &keeper->news, error);
    if (status == STATUS_OK)
        status = command_socket_new(keeper, &keeper->command_socket, error);
    return status;
}

enum status keeper_new(const struct identity_settings *settings, int control,
                       struct keeper **keeper, struct error *error)
{
    struct keeper *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the keeper");
    made->phase = KEEPER_WAITING;
    made->stop_limit_s = KEEPER_STOP_S;
    made->identity.state = -1;
    made->identity.video = -1;
    made->clock = &made->identity.clock;
    enum status status = identity_open(settings, &made->identity, error);
    if (status == STATUS_OK)
        status = open_loop(made, error);
    if (status == STATUS_OK)
        status = open_books(made, error);
    if (status == STATUS_OK)
        status = open_parts(made, error);
    if (status == STATUS_OK)
        status = peers_add(made->peers, control, &desk_supervisor, SUPERVISOR, false, NULL, error);
    if (status != STATUS_OK) {
        keeper_free(made);
        return status;
    }
    *keeper = made;
    return STATUS_OK;
}

void keeper_free(struct keeper *keeper)
{
    if (keeper == NULL)
        return;
    command_socket_free(keeper->command_socket);
    news_free(keeper->news);
    sheets_free(keeper->sheets);
    accounts_free(keeper->accounts);
    export_keys_free(keeper->export_keys);
    inspections_free(keeper->inspections);
    console_key_free(keeper->console_key);
    exports_free(keeper->exports);
    deriver_free(keeper->deriver);
    cataloguer_free(keeper->cataloguer);
    row_check_free(keeper->row_check);
    body_janitor_free(keeper->body_janitor);
    janitor_free(keeper->janitor);
    clock_watch_free(keeper->clock_watch);
    heartbeat_free(keeper->heartbeat);
    salvager_free(keeper->salvager);
    noter_free(keeper->noter);
    flusher_free(keeper->flusher);
    sealer_free(keeper->sealer);
    peers_free(keeper->peers);
    alarms_free(keeper->alarms);
    committer_free(keeper->committer);
    roster_release(&keeper->roster);
    hold_index_free(keeper->holds);
    entry_key_free(keeper->entry_keys);
    segment_index_free(keeper->books.segments);
    piece_table_free(keeper->books.pieces);
    (void)sd_event_source_disable_unref(keeper->stop_timer);
    (void)sd_event_unref(keeper->event);
    identity_release(&keeper->identity);
    free(keeper);
}

void keeper_set_page(struct keeper *keeper, const char *path)
{
    keeper->page_path = path;
}

int keeper_run(struct keeper *keeper)
{
    int result = sd_event_loop(keeper->event);
    if (result >= 0)
        return result;
    log_error("the event loop failed: %s", strerror(-result));
    return KEEPER_EXIT_AGAIN;
}

void keeper_refuse(int control, const struct error *error)
{
    AUTO_CHANNEL struct channel *channel = NULL;
    AUTO_CLOSE int owned = control;
    enum message_type type = MESSAGE_DONE;
    uint32_t sequence = 0;
    union message_payload payload;
    if (channel_new(owned, &channel, NULL) != STATUS_OK)
        return;
    (void)file_steal(&owned);
    while (type != MESSAGE_START && channel_wait(channel, REFUSE_WAIT_MS) == STATUS_OK) {
        AUTO_CLOSE int attached = -1;
        enum status status = channel_receive(channel, &type, &sequence, &payload, &attached, NULL);
        if (status != STATUS_OK && status != STATUS_AGAIN)
            return;
    }
    struct message_done done = {.reference = sequence, .status = (uint16_t)error->status};
    message_text(done.text, sizeof done.text, error->text);
    if (channel_send(channel, MESSAGE_DONE, &done, -1, NULL, NULL) != STATUS_OK)
        log_debug("the supervisor does not hear why");
}
