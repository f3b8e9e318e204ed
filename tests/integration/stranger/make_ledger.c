/*
 * make_ledger FOLDER SUITE COUNT [DAYS FIRST LAST]: a small state as the keeper leaves it, made by
 * the same libraries, for check_ledger.py to check: ledger, one segment, a progress note, volume
 * identity. DAYS later the bodies of the records FIRST to LAST expire.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/certificate.h"
#include "crypto/certificate_issue.h"
#include "ledger/ledger.h"
#include "store/body_expiry_record.h"
#include "store/piece_table.h"
#include "store/progress.h"
#include "store/segment_record.h"
#include "store/volume.h"

#define SEGMENT   "20261122T081342Z-00112233445566ff"
#define FILE_NAME "gate/20261122/" SEGMENT ".mp4"

struct made {
    const struct suite *suite;
    struct device_key *key;
    struct clock own;   /* the machine's */
    struct clock clock; /* ahead of it */
    int64_t passed_ns;
    struct ledger *ledger;
    struct piece_table *table;
    int state;
    int video;
};

static void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        log_error("%s: %s", status_name(status), error->text);
        exit(2);
    }
}

static void must_exist(const void *value)
{
    if (value == NULL) {
        log_error("something is missing");
        exit(2);
    }
}

static uint64_t append(struct made *made, enum record_kind kind, const char *source,
                       json_t *members)
{
    struct error error = {0};
    uint64_t number = 0;
    must_exist(members);
    must(ledger_append(made->ledger, kind, source, members, &number, &error), &error);
    json_decref(members);
    return number;
}

static void commit(struct made *made)
{
    struct error error = {0};
    must(ledger_commit(made->ledger, &error), &error);
}

static void read_ahead(void *context, struct clock_reading *reading)
{
    const struct made *made = context;
    *reading = clock_now(&made->own);
    reading->utc_ns += made->passed_ns;
    reading->monotonic_ns += made->passed_ns;
}

static void open_all(struct made *made, const char *folder, const char *suite)
{
    struct error error = {0};
    struct ledger_findings findings;
    char path[PATH_SIZE];
    must_exist(made->suite = suite_named(suite));
    made->state = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(directory_make(made->state, "key", 0700, &error), &error);
    must(directory_make(made->state, "video/gate/20261122", 0755, &error), &error);
    made->video = openat(made->state, "video", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_CLOSE int key = openat(made->state, "key", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(device_key_create(made->suite, key, &made->key, &error), &error);
    must(clock_system(&made->own, &error), &error);
    made->clock = made->own;
    made->clock.read = read_ahead;
    made->clock.context = made;
    (void)snprintf(path, sizeof path, "%s/ledger.db", folder);
    must(ledger_create(path, made->suite, &error), &error);
    must(ledger_open(path, made->key, &made->clock, &made->ledger, &findings, &error), &error);
    must(piece_table_attach(made->ledger, &made->table, &error), &error);
}

static void begin_ledger(struct made *made)
{
    struct error error = {0};
    struct certificate *certificate = NULL;
    struct buffer text = {0};
    char fingerprint[FINGERPRINT_SIZE];
    (void)append(made, RECORD_LEDGER, "appliance",
                 json_pack("{s:s,s:s,s:s}", "origin", ledger_origin(made->ledger), "suite",
                           suite_name(made->suite), "version", "test"));
    must(certificate_self_sign(made->key, "stranger", &certificate, &error), &error);
    certificate_fingerprint(certificate, fingerprint);
    must(base64_append(&text, certificate_der(certificate)), &error);
    (void)append(made, RECORD_KEY, "appliance",
                 json_pack("{s:s,s:s,s:s,s:s%}", "use", "ledger", "suite", suite_name(made->suite),
                           "fingerprint", fingerprint, "certificate", (const char *)text.data,
                           text.size));
    commit(made);
    buffer_release(&text);
    certificate_free(certificate);
}

static void fill(struct made *made, unsigned count)
{
    static const char *const sources[] = {"door/front", "door/back", "operator/uid-0"};
    for (unsigned i = 0; i < count; i++) {
        (void)append(made, RECORD_ENTRY, sources[i % 3],
                     json_pack("{s:s,s:s,s:o,s:i}", "event", "opened", "door", "档案室",
                               "device_seq", json_u64(UINT64_MAX - i), "device_code", (int)i));
        if (i % 7 == 6 || i + 1 == count) {
            commit(made);
        }
    }
}

/* A file of an init part, three fragments and a torn rest; only its bytes matter here. */
static void add_segment(struct made *made, struct segment_record *record)
{
    static const struct {
        enum piece_kind kind;
        size_t size;
    } parts[] = {{PIECE_INIT, 700},
                 {PIECE_FRAGMENT, 20000},
                 {PIECE_FRAGMENT, 1},
                 {PIECE_FRAGMENT, 30011},
                 {PIECE_TORN, 77}};
    struct error error = {0};
    struct piece_list *pieces = NULL;
    struct buffer content = {0};
    bool with_sm3 = suite_digest_algorithm(made->suite) == DIGEST_SM3;
    must(piece_list_new(with_sm3, &pieces, &error), &error);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint8_t data[30011];
        struct bytes bytes = {data, parts[i].size};
        random_fill(data, parts[i].size);
        struct piece piece = {.kind = parts[i].kind,
                              .offset = content.size,
                              .size = parts[i].size,
                              .start_utc_ns = clock_now(&made->clock).utc_ns};
        digest_of(DIGEST_SHA256, bytes, &piece.sha256);
        if (with_sm3) {
            digest_of(DIGEST_SM3, bytes, &piece.sm3);
        }
        must(piece_list_add(pieces, &piece, &error), &error);
        must(buffer_append(&content, data, parts[i].size), &error);
    }
    must(file_create(made->video, FILE_NAME, buffer_bytes(&content), 0640, &error), &error);
    *record = (struct segment_record){.camera = "gate",
                                      .id = SEGMENT,
                                      .file = FILE_NAME,
                                      .start_utc_ns = 1795335222000000000,
                                      .end_utc_ns = 1795335232000000000,
                                      .size = content.size,
                                      .pieces = (uint32_t)piece_list_count(pieces)};
    piece_list_roots(pieces, &record->roots);
    json_t *members = NULL;
    must(segment_record_members(record, &members, &error), &error);
    uint64_t number = append(made, RECORD_SEGMENT, "camera/gate", members);
    must(piece_table_add(made->table, number, pieces, &error), &error);
    commit(made);
    buffer_release(&content);
    piece_list_free(pieces);
}

static void add_progress(struct made *made, const struct segment_record *record)
{
    struct error error = {0};
    struct buffer bytes = {0};
    struct checkpoint checkpoint;
    struct progress_note *note = calloc(1, sizeof *note);
    must_exist(note);
    must(checkpoint_parse(ledger_checkpoint(made->ledger), &checkpoint, &error), &error);
    memcpy(note->origin, checkpoint.origin, sizeof note->origin);
    memcpy(note->boot_id, made->clock.boot_id, sizeof note->boot_id);
    note->checkpoint_size = checkpoint.size;
    note->checkpoint_root = checkpoint.root;
    note->at_utc_ns = clock_now(&made->clock).utc_ns;
    note->count = 1;
    memcpy(note->segments[0].camera, record->camera, sizeof record->camera);
    memcpy(note->segments[0].id, record->id, sizeof record->id);
    note->segments[0].size = record->size;
    note->segments[0].pieces = record->pieces;
    note->segments[0].roots = record->roots;
    for (int slot = 0; slot < PROGRESS_SLOTS; slot++) {
        note->sequence++;
        must(progress_sign(made->key, note, &bytes, &error), &error);
        must(progress_write(made->state, slot, buffer_bytes(&bytes), &error), &error);
    }
    buffer_release(&bytes);
    free(note);
}

static void add_expiry(struct made *made, uint64_t first, uint64_t last)
{
    struct error error = {0};
    json_t *members = NULL;
    uint64_t *numbers = calloc(last - first + 1, sizeof *numbers);
    struct body_expiry_record *record = calloc(1, sizeof *record);
    must_exist(record);
    must_exist(numbers);
    record->record_days = 180;
    record->count = 1;
    record->ranges[0] = (struct body_range){first, last};
    must(body_expiry_record_members(record, &members, &error), &error);
    uint64_t expiry = append(made, RECORD_EXPIRY, "appliance", members);
    commit(made);
    for (uint64_t i = 0; i <= last - first; i++) {
        numbers[i] = first + i;
    }
    must(ledger_expire_bodies(made->ledger, expiry, numbers, last - first + 1, &error), &error);
    free(numbers);
    free(record);
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 7) {
        log_error("usage: make_ledger FOLDER SUITE COUNT [DAYS FIRST LAST]");
        return 2;
    }
    struct made made = {0};
    struct error error = {0};
    struct segment_record record;
    struct volume_identity identity;
    open_all(&made, argv[1], argv[2]);
    begin_ledger(&made);
    fill(&made, (unsigned)strtoul(argv[3], NULL, 10));
    (void)append(&made, RECORD_ANCHOR, "operator/uid-0", json_pack("{s:s}", "place", "paper"));
    add_segment(&made, &record);
    add_progress(&made, &record);
    if (argc == 7) {
        made.passed_ns = (int64_t)strtoul(argv[4], NULL, 10) * NS_PER_DAY;
        add_expiry(&made, strtoul(argv[5], NULL, 10), strtoul(argv[6], NULL, 10));
    }
    volume_identity_of(ledger_origin(made.ledger), device_key_public(made.key), &identity);
    must(volume_identity_create(made.video, &identity, &error), &error);
    ledger_free(made.ledger);
    piece_table_free(made.table);
    device_key_free(made.key);
    file_close(&made.video);
    file_close(&made.state);
    return 0;
}
