#include "keeper/export_request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "keeper/deriver.h"
#include "ledger/sql.h"

/* Room for one byte more than an id has: so what is too long is cut, and still no id. */
#define WORD_SIZE (ID_SIZE + 1)

static bool next_word(const char **at, char word[WORD_SIZE])
{
    *at += strspn(*at, " ");
    size_t size = strcspn(*at, " ");
    (void)snprintf(word, WORD_SIZE, "%.*s", (int)size, *at);
    *at += size;
    return size > 0;
}

/* ---- the sources ---- */

/* Into its place; once. */
static enum status add_source(struct export_record *record, const char *source, struct error *error)
{
    size_t at = record->count;
    while (at > 0 && strcmp(record->sources[at - 1].source, source) >= 0)
        at--;
    if (at < record->count && strcmp(record->sources[at].source, source) == 0)
        return STATUS_OK;
    if (record->count == EXPORT_SOURCES_MAX)
        return error_set(error, STATUS_FULL, "these are more than %u sources for one package",
                         EXPORT_SOURCES_MAX);
    memmove(&record->sources[at + 1], &record->sources[at],
            (record->count - at) * sizeof record->sources[0]);
    record->sources[at] = (struct export_source){.latest = 0};
    message_text(record->sources[at].source, sizeof record->sources[at].source, source);
    record->count++;
    return STATUS_OK;
}

/* One that was taken out of the configuration may still have video. */
static enum status add_camera(const struct keeper *keeper, const char *id,
                              struct export_record *record, struct error *error)
{
    char source[SOURCE_SIZE];
    uint64_t seq = 0;
    int64_t at_utc_ns = 0;
    int64_t monotonic_ns = 0;
    (void)snprintf(source, sizeof source, "camera/%s", id);
    ledger_source_state(keeper->identity.ledger, source, &seq, &at_utc_ns, &monotonic_ns);
    if (!camera_id_is_valid(id) || (seq == 0 && roster_camera(&keeper->roster, id) == NULL))
        return error_set(error, STATUS_NOT_FOUND, "there is no camera %s", id);
    return add_source(record, source, error);
}

/* A door is known by its controllers: what they report, and what was concluded from it. */
static enum status add_door_part(const struct keeper *keeper,
                                 const struct message_door_settings *door,
                                 struct export_record *record, struct error *error)
{
    char source[SOURCE_SIZE];
    (void)snprintf(source, sizeof source, "door/%s", door->controller);
    enum status status = add_source(record, source, error);
    if (status != STATUS_OK || !roster_is_first(&keeper->roster, door))
        return status;
    deriver_source(source, door->controller);
    return add_source(record, source, error);
}

static enum status add_door(const struct keeper *keeper, const char *id,
                            struct export_record *record, struct error *error)
{
    enum status status = STATUS_OK;
    bool is_known = false;
    for (size_t i = 0; status == STATUS_OK && i < keeper->roster.door_count; i++) {
        const struct message_door_settings *door = &keeper->roster.doors[i];
        if (strcmp(door->door, id) != 0)
            continue;
        is_known = true;
        status = add_door_part(keeper, door, record, error);
    }
    return status == STATUS_OK && !is_known
               ? error_set(error, STATUS_NOT_FOUND, "no door %s is configured", id)
               : status;
}

static enum status add_everything(const struct keeper *keeper, struct export_record *record,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < keeper->roster.camera_count; i++)
        status = add_camera(keeper, keeper->roster.cameras[i]->id, record, error);
    for (size_t i = 0; status == STATUS_OK && i < keeper->roster.door_count; i++)
        status = add_door_part(keeper, &keeper->roster.doors[i], record, error);
    return status == STATUS_OK && record->count == 0
               ? error_set(error, STATUS_NOT_FOUND, "no camera and no door is configured")
               : status;
}

/* Ids by single spaces, each once, as they stand in the record. */
static enum status add_word(char list[DETAIL_SIZE], const char *word, struct error *error)
{
    size_t used = strlen(list);
    char known[WORD_SIZE];
    for (const char *at = list; next_word(&at, known);) {
        if (strcmp(known, word) == 0)
            return STATUS_OK;
    }
    if (used + 1 + strlen(word) >= DETAIL_SIZE)
        return error_set(error, STATUS_FULL, "these are more doors than one request can name");
    (void)snprintf(list + used, DETAIL_SIZE - used, "%s%s", used > 0 ? " " : "", word);
    return STATUS_OK;
}

static enum status settle_sources(const struct keeper *keeper, const struct message_export_ask *ask,
                                  struct export_record *record, struct error *error)
{
    enum status status = STATUS_OK;
    char word[WORD_SIZE];
    for (const char *at = ask->cameras; status == STATUS_OK && next_word(&at, word);)
        status = add_camera(keeper, word, record, error);
    for (const char *at = ask->doors; status == STATUS_OK && next_word(&at, word);) {
        status = add_door(keeper, word, record, error);
        if (status == STATUS_OK)
            status = add_word(record->doors, word, error);
    }
    return status == STATUS_OK && record->count == 0 ? add_everything(keeper, record, error)
                                                     : status;
}

void export_request_count(const struct keeper *keeper, struct export_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        int64_t at_utc_ns = 0;
        int64_t monotonic_ns = 0;
        ledger_source_state(keeper->identity.ledger, record->sources[i].source,
                            &record->sources[i].latest, &at_utc_ns, &monotonic_ns);
    }
}

/* ---- the range ---- */

/* When the first record was made; 0 if that cannot be read just now. */
static int64_t ledger_begin_utc_ns(const struct keeper *keeper)
{
    AUTO_STATEMENT sqlite3_stmt *select = NULL;
    struct record_head head;
    if (sql_prepare(ledger_database(keeper->identity.ledger),
                    "SELECT head FROM record WHERE number = 0", &select, NULL) != STATUS_OK ||
        sql_step_row(select, NULL) != STATUS_OK ||
        record_head_parse(sql_column_bytes(select, 0), &head, NULL) != STATUS_OK)
        return 0;
    return head.at_utc_ns;
}

static enum status settle_range(const struct keeper *keeper, const struct message_export_ask *ask,
                                struct export_record *record, struct error *error)
{
    int64_t now_utc_ns = clock_now(keeper->clock).utc_ns;
    if (ask->from_utc_ns == ask->to_utc_ns)
        return error_set(error, STATUS_INVALID, "the range is empty: it ends where it begins");
    if (ask->from_utc_ns > ask->to_utc_ns)
        return error_set(error, STATUS_INVALID, "the range ends before it begins");
    if (ask->from_utc_ns >= now_utc_ns)
        return error_set(error, STATUS_INVALID, "the range has not begun yet");
    if (ask->to_utc_ns <= ledger_begin_utc_ns(keeper))
        return error_set(error, STATUS_NOT_FOUND,
                         "the range ends before this recorder's first record");
    record->from_utc_ns = ask->from_utc_ns;
    record->to_utc_ns = ask->to_utc_ns < now_utc_ns ? ask->to_utc_ns : now_utc_ns;
    return STATUS_OK;
}

/* ---- the whole ---- */

static enum status settle_words(const struct message_export_ask *ask, struct export_record *record,
                                struct error *error)
{
    if (utf8_is_blank(bytes_of_text(ask->purpose)))
        return error_set(error, STATUS_INVALID, "an export needs its purpose");
    if (utf8_is_blank(bytes_of_text(ask->case_number)))
        return error_set(error, STATUS_INVALID, "an export needs its case");
    if (!utf8_is_legible(bytes_of_text(ask->purpose)) ||
        !utf8_is_legible(bytes_of_text(ask->case_number)))
        return error_set(error, STATUS_INVALID,
                         "purpose or case has characters that cannot be seen or turn the text "
                         "around");
    message_text(record->purpose, sizeof record->purpose, ask->purpose);
    message_text(record->case_number, sizeof record->case_number, ask->case_number);
    return STATUS_OK;
}

/* A mistake in it is the asker's to hear before anything is on record. */
static enum status check_since(const struct keeper *keeper, const char *since, struct error *error)
{
    const struct identity *identity = &keeper->identity;
    struct checkpoint checkpoint;
    if (since[0] == '\0')
        return STATUS_OK;
    if (checkpoint_verify(identity->suite, device_key_public(identity->key), bytes_of_text(since),
                          &checkpoint, error) != STATUS_OK ||
        strcmp(checkpoint.origin, ledger_origin(identity->ledger)) != 0)
        return error_set(error, STATUS_MISMATCH,
                         "the checkpoint from outside is not one that this recorder signed");
    return checkpoint.size <= ledger_size(identity->ledger)
               ? STATUS_OK
               : error_set(error, STATUS_MISMATCH,
                           "the checkpoint from outside knows more records than this recorder has: "
                           "an older state was put back");
}

enum status export_request_settle(const struct keeper *keeper, const struct message_export_ask *ask,
                                  const struct operator_peer *operator,
                                  struct export_record * record, struct error *error)
{
    memset(record, 0, sizeof *record);
    record->uid = operator->uid;
    record->process = operator->process;
    memcpy(record->account, operator->account, sizeof record->account);
    memcpy(record->person, operator->person, sizeof record->person);
    enum status status = settle_words(ask, record, error);
    if (status == STATUS_OK)
        status = settle_range(keeper, ask, record, error);
    if (status == STATUS_OK)
        status = check_since(keeper, ask->since, error);
    return status == STATUS_OK ? settle_sources(keeper, ask, record, error) : status;
}

enum status export_request_check_output(int output, struct error *error)
{
    struct stat about;
    int flags = fcntl(output, F_GETFL);
    if (flags < 0 || fstat(output, &about) != 0)
        return error_set_errno(error, STATUS_IO, errno, "the package's file cannot be used");
    bool is_usable = S_ISREG(about.st_mode) && (flags & O_ACCMODE) == O_RDWR &&
                     (flags & (O_APPEND | O_PATH)) == 0 && about.st_size == 0;
    return is_usable ? STATUS_OK
                     : error_set(error, STATUS_INVALID,
                                 "a package goes to an empty file that is open for reading and "
                                 "writing");
}
