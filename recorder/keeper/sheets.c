#include "keeper/sheets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sealed.h"
#include "keeper/accounts.h"
#include "keeper/body_operator.h"
#include "keeper/signed_row.h"

struct sheets {
    struct keeper *keeper;
    struct ledger_view *view; /* opened when it is asked for first */
};

enum status sheets_new(struct keeper *keeper, struct sheets **sheets, struct error *error)
{
    struct sheets *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for sheets");
    made->keeper = keeper;
    *sheets = made;
    return STATUS_OK;
}

void sheets_free(struct sheets *sheets)
{
    if (sheets == NULL)
        return;
    ledger_view_free(sheets->view);
    free(sheets);
}

static void refuse(struct peer *peer, const struct letter *letter, const struct error *error)
{
    peer_done(peer, letter->sequence, error->status, 0, error->text);
}

static enum status open_view(struct sheets *sheets, struct error *error)
{
    enum status status = STATUS_OK;
    if (sheets->view == NULL)
        status = ledger_view_open(sheets->keeper->identity.ledger_path, &sheets->view, error);
    return status == STATUS_OK ? ledger_view_begin(sheets->view, error) : status;
}

static enum digest_algorithm algorithm_of(const struct sheets *sheets)
{
    return suite_digest_algorithm(sheets->keeper->identity.suite);
}

/* ---- a record with its proof ---- */

/* What somebody must be allowed who is shown a record of this kind. */
static const enum act acts[] = {
    [RECORD_LEDGER] = ACT_SEE_STATE,
    [RECORD_KEY] = ACT_SEE_STATE,
    [RECORD_CHECKPOINT_LOST] = ACT_SEE_STATE,
    [RECORD_ENTRY] = ACT_SEE_ENTRIES,
    [RECORD_ALARM] = ACT_SEE_STATE,
    [RECORD_SEGMENT] = ACT_WATCH,
    [RECORD_GAP] = ACT_WATCH,
    [RECORD_CAMERA] = ACT_SEE_STATE,
    [RECORD_SOURCE] = ACT_SEE_STATE,
    [RECORD_OPERATOR] = ACT_SEE_REGISTER,
    [RECORD_ACCOUNT] = ACT_SEE_ACCOUNTS,
    [RECORD_HOLD] = ACT_SEE_REGISTER,
    [RECORD_EXPIRY] = ACT_SEE_STATE,
    [RECORD_CONFIG] = ACT_SEE_STATE,
    [RECORD_PROGRAM] = ACT_SEE_STATE,
    [RECORD_CLOCK] = ACT_SEE_STATE,
    [RECORD_HEALTH] = ACT_SEE_STATE,
    [RECORD_HEARTBEAT] = ACT_SEE_STATE,
    [RECORD_ANCHOR] = ACT_SEE_REGISTER,
};

static enum act act_of(struct bytes head_line)
{
    struct record_head head;
    if (record_head_parse(head_line, &head, NULL) != STATUS_OK ||
        (size_t)head.kind >= sizeof acts / sizeof acts[0])
        return ACT_SEE_STATE; /* altered: whoever is shown it sees that */
    return acts[head.kind];
}

static enum status append_path(struct sheets *sheets, uint64_t record, struct bytes note,
                               struct buffer *content, struct error *error)
{
    struct checkpoint checkpoint;
    struct merkle_path path;
    struct merkle_nodes nodes = ledger_view_nodes(sheets->view);
    enum status status = checkpoint_parse(note, &checkpoint, error);
    if (status == STATUS_OK)
        status =
            merkle_inclusion_path(algorithm_of(sheets), &nodes, record, checkpoint.size, &path);
    for (unsigned i = 0; status == STATUS_OK && i < path.length; i++)
        status = buffer_append(content, path.nodes[i].bytes, DIGEST_BYTES);
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status, "the newest checkpoint does not prove this record");
}

/* Of a segment that is kept; nothing of any other. */
static enum status append_pieces(struct sheets *sheets, uint64_t record, struct buffer *content)
{
    AUTO_PIECES struct piece_list *pieces = NULL;
    struct buffer row = {0};
    struct error error;
    if (piece_table_read(ledger_view_database(sheets->view), record, &pieces, &error) != STATUS_OK)
        return STATUS_OK;
    enum status status = piece_list_encode(pieces, &row);
    if (status == STATUS_OK)
        status = buffer_append(content, row.data, row.size);
    buffer_release(&row);
    return status;
}

static enum status fill(struct sheets *sheets, const struct ledger_row *row,
                        struct message_sheet *sheet, struct buffer *content, struct error *error)
{
    struct bytes note = {0};
    uint64_t record = row->number;
    bool is_segment = act_of(row->head) == ACT_WATCH;
    sheet->head_size = (uint32_t)row->head.size;
    sheet->body_size = row->has_body ? (uint32_t)row->body.size : 0;
    enum status status = buffer_append(content, row->head.data, row->head.size);
    if (status == STATUS_OK && row->has_body)
        status = buffer_append(content, row->body.data, row->body.size);
    size_t at = content->size;
    if (status == STATUS_OK)
        status = ledger_view_newest(sheets->view, &note, error);
    char text[CHECKPOINT_SIZE_MAX];
    if (status == STATUS_OK && (note.size == 0 || note.size > sizeof text))
        status = error_set(error, STATUS_NOT_FOUND, "there is no checkpoint");
    if (status != STATUS_OK)
        return status;
    memcpy(text, note.data, note.size); /* what follows reads on the same view */
    note.data = (const uint8_t *)text;
    status = append_path(sheets, record, note, content, error);
    sheet->path_size = (uint32_t)(content->size - at);
    if (status == STATUS_OK)
        status = buffer_append(content, note.data, note.size);
    sheet->note_size = (uint32_t)note.size;
    at = content->size;
    if (status == STATUS_OK && is_segment)
        status = append_pieces(sheets, record, content);
    sheet->pieces_size = (uint32_t)(content->size - at);
    return status;
}

static enum status read_sheet(struct sheets *sheets, const struct peer *peer, const char *session,
                              struct message_sheet *sheet, struct buffer *content,
                              struct error *error)
{
    struct operator_peer operator;
    struct ledger_row row;
    enum status status = ledger_view_row(sheets->view, sheet->record, &row, error);
    /* who may see nothing is not told what there is */
    enum status allowed =
        accounts_may(sheets->keeper->accounts, peer, session,
                     status == STATUS_OK ? act_of(row.head) : ACT_SEE_STATE, &operator, error);
    if (allowed != STATUS_OK)
        return allowed;
    if (status != STATUS_OK)
        return error_set(error, status, "there is no such record, or it cannot be read");
    return fill(sheets, &row, sheet, content, error);
}

void sheets_show(struct sheets *sheets, struct peer *peer, const struct letter *letter)
{
    const struct message_sheet_ask *ask = &letter->payload->sheet_ask;
    struct message_sheet sheet = {.reference = letter->sequence, .record = ask->record};
    AUTO_CLOSE int file = -1;
    struct buffer content = {0};
    struct error error = {.text = "no memory for a sheet"};
    enum status status = open_view(sheets, &error);
    if (status == STATUS_OK)
        status = read_sheet(sheets, peer, ask->session, &sheet, &content, &error);
    if (sheets->view != NULL)
        ledger_view_end(sheets->view);
    if (status == STATUS_OK)
        status = sealed_new("sheet", buffer_bytes(&content), &file, &error);
    if (status == STATUS_OK)
        peer_send(peer, MESSAGE_SHEET, &sheet, file);
    else
        peer_done(peer, letter->sequence, status, 0, error.text);
    buffer_release(&content);
}

/* ---- what is being recorded ---- */

static enum status show_segment(struct peer *peer, uint32_t reference,
                                const struct segment *segment, struct error *error)
{
    const struct piece_list *pieces = segment_pieces(segment);
    struct message_open_segment said = {
        .reference = reference,
        .start_utc_ns = segment_known(segment)->start_utc_ns,
        .size = piece_list_size(pieces),
        .pieces = (uint32_t)piece_list_count(pieces),
    };
    AUTO_CLOSE int file = -1;
    struct buffer row = {0};
    enum status status = piece_list_encode(pieces, &row);
    if (status != STATUS_OK)
        (void)error_set(error, status, "no memory for a segment's pieces");
    if (status == STATUS_OK)
        status = sealed_new("pieces", buffer_bytes(&row), &file, error);
    said.pieces_size = (uint32_t)row.size;
    message_text(said.camera, sizeof said.camera, segment_camera(segment));
    message_text(said.segment, sizeof said.segment, segment_id(segment));
    message_text(said.path, sizeof said.path, segment_file(segment));
    if (status == STATUS_OK)
        peer_send(peer, MESSAGE_OPEN_SEGMENT, &said, file);
    buffer_release(&row);
    return status;
}

void sheets_show_open(struct sheets *sheets, struct peer *peer, const struct letter *letter)
{
    const struct message_open_ask *ask = &letter->payload->open_ask;
    const struct roster *roster = &sheets->keeper->roster;
    struct operator_peer operator;
    struct error error = {0};
    enum status status = accounts_may(sheets->keeper->accounts, peer, ask->session, ACT_WATCH_LIVE,
                                      &operator, & error);
    for (size_t i = 0; status == STATUS_OK && i < roster->camera_count; i++) {
        const struct camera *camera = roster->cameras[i];
        bool is_asked = ask->camera[0] == '\0' || strcmp(ask->camera, camera->id) == 0;
        if (is_asked && camera->open != NULL && segment_has_begun(camera->open))
            status = show_segment(peer, letter->sequence, camera->open, &error);
    }
    peer_done(peer, letter->sequence, status, 0, error.text);
}

/* ---- what people say of a record ---- */

/* Is it of that kind, and as it was sealed? *body is the caller's to json_decref; NULL if it has
 * expired. */
static enum status read_record(struct sheets *sheets, uint64_t number, enum record_kind kind,
                               json_t **body, struct error *error)
{
    struct ledger_row row;
    struct record_head head = {.kind = RECORD_LEDGER};
    *body = NULL;
    enum status status = open_view(sheets, error);
    if (status == STATUS_OK)
        status = ledger_view_row(sheets->view, number, &row, error);
    if (status == STATUS_OK)
        status = signed_row_parse(algorithm_of(sheets), &row, &head, body);
    if (sheets->view != NULL)
        ledger_view_end(sheets->view);
    if (status == STATUS_OK && head.kind == kind)
        return STATUS_OK;
    json_decref(*body);
    *body = NULL;
    return error_set(error, STATUS_NOT_FOUND,
                     status == STATUS_MISMATCH || status == STATUS_INVALID
                         ? "this record was altered"
                         : "there is no such record");
}

static void promise(struct sheets *sheets, struct peer *peer, const struct letter *letter,
                    const struct operator_peer *operator, json_t * members)
{
    char source[SOURCE_SIZE];
    operator_source(operator, source);
    uint64_t number = committer_record(sheets->keeper->committer, RECORD_OPERATOR, source, members);
    keeper_promise_done(sheets->keeper, peer, letter->sequence, number);
}

void sheets_review(struct sheets *sheets, struct peer *peer, const struct letter *letter)
{
    const struct message_review *said = &letter->payload->review;
    struct operator_peer operator;
    struct error error;
    json_t *body = NULL;
    enum status status = accounts_may(sheets->keeper->accounts, peer, said->session,
                                      ACT_REVIEW_ENTRY, &operator, & error);
    if (status == STATUS_OK)
        status = read_record(sheets, said->entry, RECORD_ENTRY, &body, &error);
    json_decref(body);
    if (status != STATUS_OK)
        refuse(peer, letter, &error);
    else
        promise(sheets, peer, letter, &operator, body_review(&operator, said->entry, said->note));
}

void sheets_acknowledge(struct sheets *sheets, struct peer *peer, const struct letter *letter)
{
    const struct message_alarm_acknowledge *said = &letter->payload->alarm_acknowledge;
    struct operator_peer operator;
    struct error error;
    json_t *body = NULL;
    enum status status = accounts_may(sheets->keeper->accounts, peer, said->session,
                                      ACT_ACKNOWLEDGE_ALARM, &operator, & error);
    if (status == STATUS_OK)
        status = read_record(sheets, said->alarm, RECORD_ALARM, &body, &error);
    const char *phase = body == NULL ? NULL : json_get_text(body, "phase");
    if (status == STATUS_OK && phase != NULL && strcmp(phase, "begin") != 0)
        status =
            error_set(&error, STATUS_NOT_FOUND, "an alarm is known by the record of its begin");
    json_decref(body);
    if (status != STATUS_OK)
        refuse(peer, letter, &error);
    else
        promise(sheets, peer, letter, &operator,
                body_acknowledge(&operator, said->alarm, said->note));
}
