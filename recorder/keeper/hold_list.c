#include "keeper/hold_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/sealed.h"
#include "keeper/accounts.h"
#include "keeper/signed_row.h"

struct list {
    struct ledger_view *view;
    enum digest_algorithm algorithm;
    json_t *holds;
};

static json_t *time_json(int64_t utc_ns)
{
    return json_integer((json_int_t)(utc_ns / NS_PER_MS));
}

/* Of a hold's record, or of its end's, who made it and when; nothing if it is not what was signed.
 */
static void add_origin(struct list *list, uint64_t number, const char *when, json_t *json,
                       struct hold_record *said)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    enum status status = ledger_view_row(list->view, number, &row, NULL);
    if (status == STATUS_OK)
        status = signed_row_parse(list->algorithm, &row, &head, &body);
    if (status == STATUS_OK && head.kind == RECORD_HOLD) {
        json_object_set_new(json, when, time_json(head.at_utc_ns));
        if (body != NULL && hold_record_parse(body, said, NULL) == STATUS_OK)
            json_object_set_new(json, "by", json_string(said->by));
    }
    json_decref(body);
}

static json_t *release_json(struct list *list, uint64_t number)
{
    struct hold_record said = {0};
    json_t *json = json_pack("{s:I}", "record", (json_int_t)number);
    add_origin(list, number, "at", json, &said);
    json_object_set_new(json, "reason", json_string(said.reason));
    if (said.second[0] != '\0')
        json_object_set_new(json, "second", json_string(said.second));
    return json;
}

static void add_hold(struct list *list, const struct hold *hold)
{
    struct hold_record said = {0};
    json_t *json = json_pack("{s:I}", "record", (json_int_t)hold->record);
    if (hold->unreadable) {
        json_object_set_new(json, "unreadable", json_true());
    } else {
        json_object_set_new(json, "from", time_json(hold->from_utc_ns));
        json_object_set_new(json, "to", time_json(hold->to_utc_ns));
        json_object_set_new(json, "cameras", json_ids(hold->cameras));
        json_object_set_new(json, "doors", json_ids(hold->doors));
        json_object_set_new(json, "reason", json_string(hold->reason));
        add_origin(list, hold->record, "since", json, &said);
    }
    if (hold->released)
        json_object_set_new(json, "released", release_json(list, hold->release));
    json_array_append_new(list->holds, json);
}

static void add_holds(struct list *list, const struct hold_index *holds, bool released,
                      size_t limit)
{
    for (size_t i = hold_index_count(holds); i > 0 && limit > 0; i--) {
        const struct hold *hold = hold_index_at(holds, i - 1);
        if (hold->released != released)
            continue;
        add_hold(list, hold);
        limit--;
    }
}

static enum status fill(const struct keeper *keeper, struct list *list, struct error *error)
{
    enum status status = ledger_view_open(keeper->identity.ledger_path, &list->view, error);
    if (status == STATUS_OK)
        status = ledger_view_begin(list->view, error);
    if (status != STATUS_OK)
        return status;
    add_holds(list, keeper->holds, false, SIZE_MAX);
    add_holds(list, keeper->holds, true, HOLD_LIST_RELEASED_MAX);
    ledger_view_end(list->view);
    return STATUS_OK;
}

static enum status send(const struct list *list, struct peer *peer, uint32_t reference,
                        struct error *error)
{
    struct message_holds holds = {.reference = reference};
    AUTO_CLOSE int file = -1;
    char *text = json_dumps(list->holds, JSON_COMPACT);
    if (text == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the holds");
    holds.size = (uint32_t)strlen(text);
    enum status status = sealed_new("holds", bytes_of_text(text), &file, error);
    if (status == STATUS_OK)
        peer_send(peer, MESSAGE_HOLDS, &holds, file);
    free(text);
    return status;
}

void hold_list_show(struct keeper *keeper, struct peer *peer, const struct letter *letter)
{
    struct list list = {.algorithm = suite_digest_algorithm(keeper->identity.suite),
                        .holds = json_array()};
    struct operator_peer operator;
    struct error error = {0};
    enum status status = accounts_may(keeper->accounts, peer, letter->payload->holds_ask.session,
                                      ACT_SEE_REGISTER, &operator, & error);
    if (status == STATUS_OK)
        status = fill(keeper, &list, &error);
    if (status == STATUS_OK)
        status = send(&list, peer, letter->sequence, &error);
    ledger_view_free(list.view);
    json_decref(list.holds);
    peer_done(peer, letter->sequence, status, 0, error.text);
}
