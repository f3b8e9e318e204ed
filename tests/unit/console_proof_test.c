/* What the console believes of what it is shown: records with their proofs, look-ups, tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/certificate.h"
#include "crypto/certificate_issue.h"
#include "firmware/console/lookups.h"
#include "firmware/console/sheet.h"
#include "firmware/console/token.h"
#include "firmware/console/video_cache.h"
#include "store/piece_table.h"
#include "support/store_fixture.h"

/* ---- sheets ---- */

/* A ledger with a few records and a segment, and the judge of its device. */
struct bench {
    struct store_fixture store;
    struct sheet_judge *judge;
    char id[SEGMENT_ID_SIZE];
    uint64_t segment;
};

static void begin(struct bench *bench, const char *suite)
{
    struct certificate *certificate = NULL;
    store_begin(&bench->store, suite);
    for (unsigned i = 0; i < 5; i++)
        (void)store_append(&bench->store, RECORD_HEALTH, "appliance", json_pack("{s:s}", "a", "b"));
    store_record(&bench->store, "gate", 4, bench->id, &bench->segment);
    store_commit(&bench->store);
    for (unsigned i = 0; i < 3; i++)
        (void)store_append(&bench->store, RECORD_HEALTH, "appliance", json_pack("{s:s}", "a", "c"));
    assert_int_equal(certificate_self_sign(bench->store.base.key, "device", &certificate, NULL),
                     STATUS_OK);
    assert_int_equal(sheet_judge_new(certificate_der(certificate), &bench->judge, NULL), STATUS_OK);
    certificate_free(certificate);
}

static void end(struct bench *bench)
{
    sheet_judge_free(bench->judge);
    store_end(&bench->store);
}

/* What the keeper would hand over of a record. */
static void fill(struct bench *bench, uint64_t record, struct message_sheet *said,
                 struct buffer *content)
{
    struct ledger_view *view = NULL;
    struct ledger_row row;
    struct bytes note = {0};
    struct checkpoint checkpoint;
    struct merkle_path path;
    AUTO_PIECES struct piece_list *pieces = NULL;
    assert_int_equal(ledger_view_open(bench->store.base.path, &view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_begin(view, NULL), STATUS_OK);
    assert_int_equal(ledger_view_row(view, record, &row, NULL), STATUS_OK);
    *said = (struct message_sheet){.record = record,
                                   .head_size = (uint32_t)row.head.size,
                                   .body_size = (uint32_t)row.body.size};
    assert_int_equal(buffer_append(content, row.head.data, row.head.size), STATUS_OK);
    assert_int_equal(buffer_append(content, row.body.data, row.body.size), STATUS_OK);
    assert_int_equal(ledger_view_newest(view, &note, NULL), STATUS_OK);
    struct buffer kept = {0};
    assert_int_equal(buffer_append(&kept, note.data, note.size), STATUS_OK);
    assert_int_equal(checkpoint_parse(buffer_bytes(&kept), &checkpoint, NULL), STATUS_OK);
    struct merkle_nodes nodes = ledger_view_nodes(view);
    assert_int_equal(merkle_inclusion_path(suite_digest_algorithm(bench->store.base.suite), &nodes,
                                           record, checkpoint.size, &path),
                     STATUS_OK);
    said->path_size = path.length * DIGEST_BYTES;
    for (unsigned i = 0; i < path.length; i++)
        assert_int_equal(buffer_append(content, path.nodes[i].bytes, DIGEST_BYTES), STATUS_OK);
    said->note_size = (uint32_t)kept.size;
    assert_int_equal(buffer_append(content, kept.data, kept.size), STATUS_OK);
    size_t at = content->size;
    struct buffer encoded = {0};
    if (piece_table_read(ledger_view_database(view), record, &pieces, NULL) == STATUS_OK)
        assert_int_equal(piece_list_encode(pieces, &encoded), STATUS_OK);
    if (encoded.size > 0)
        assert_int_equal(buffer_append(content, encoded.data, encoded.size), STATUS_OK);
    said->pieces_size = (uint32_t)(content->size - at);
    buffer_release(&encoded);
    buffer_release(&kept);
    ledger_view_end(view);
    ledger_view_free(view);
}

static enum status judge(struct bench *bench, const struct message_sheet *said,
                         const struct buffer *content, struct sheet *sheet)
{
    AUTO_CLOSE int file = memfd_create("sheet", MFD_CLOEXEC);
    assert_int_equal(file_write_all(file, buffer_bytes(content), NULL), STATUS_OK);
    return sheet_judge(bench->judge, said, file, sheet, NULL);
}

static void true_sheet_is_believed_and_no_altered_byte(const char *suite)
{
    struct bench bench = {0};
    struct message_sheet said;
    struct buffer content = {0};
    struct sheet sheet;
    begin(&bench, suite);
    fill(&bench, 3, &said, &content);
    assert_int_equal(judge(&bench, &said, &content, &sheet), STATUS_OK);
    assert_int_equal(sheet.head.kind, RECORD_HEALTH);
    assert_true(sheet.checkpoint.size > 3);
    sheet_release(&sheet);
    for (size_t i = 0; i < content.size; i += 3) {
        content.data[i] ^= 1;
        assert_int_not_equal(judge(&bench, &said, &content, &sheet), STATUS_OK);
        sheet_release(&sheet);
        content.data[i] ^= 1;
    }
    /* another record's proof, and one of no record */
    said.record = 4;
    assert_int_equal(judge(&bench, &said, &content, &sheet), STATUS_MISMATCH);
    sheet_release(&sheet);
    said.record = 3;
    said.path_size--;
    said.head_size++;
    assert_int_not_equal(judge(&bench, &said, &content, &sheet), STATUS_OK);
    sheet_release(&sheet);
    said.note_size += 1000;
    assert_int_equal(judge(&bench, &said, &content, &sheet), STATUS_INVALID);
    sheet_release(&sheet);
    buffer_release(&content);
    end(&bench);
}

static void a_sheet_is_believed_only_as_it_was_sealed(void **state)
{
    (void)state;
    true_sheet_is_believed_and_no_altered_byte("nist");
    true_sheet_is_believed_and_no_altered_byte("sm");
}

static void an_older_checkpoint_than_one_seen_is_refused(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct message_sheet said;
    struct message_sheet newer;
    struct buffer content = {0};
    struct buffer later = {0};
    struct sheet sheet;
    begin(&bench, "nist");
    fill(&bench, 3, &said, &content);
    (void)store_append(&bench.store, RECORD_HEALTH, "appliance", json_pack("{s:s}", "a", "d"));
    fill(&bench, 3, &newer, &later);
    assert_int_equal(judge(&bench, &newer, &later, &sheet), STATUS_OK);
    sheet_release(&sheet);
    assert_int_equal(judge(&bench, &said, &content, &sheet), STATUS_MISMATCH);
    sheet_release(&sheet);
    buffer_release(&content);
    buffer_release(&later);
    end(&bench);
}

/* ---- pieces ---- */

/* What this process cannot open just now is neither missing nor altered. */
static void no_descriptor_left(const struct video_segment *segment, int folder)
{
    struct rlimit before;
    struct buffer bytes = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum video_verdict looked = video_file_look(segment, folder);
    enum video_verdict read = video_piece_read(segment, folder, 1, &bytes);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(looked, VIDEO_UNREADABLE);
    assert_int_equal(read, VIDEO_UNREADABLE);
    assert_null(bytes.data);
}

static void a_piece_is_intact_only_as_it_was_sealed(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct message_sheet said;
    struct buffer content = {0};
    struct sheet sheet;
    struct video_cache *cache = NULL;
    struct video_segment *segment = NULL;
    struct buffer bytes = {0};
    begin(&bench, "sm");
    fill(&bench, bench.segment, &said, &content);
    assert_int_equal(judge(&bench, &said, &content, &sheet), STATUS_OK);
    assert_int_equal(video_cache_new(&cache, NULL), STATUS_OK);
    assert_int_equal(video_cache_add_sealed(cache, &sheet, bench.segment, &segment, NULL),
                     STATUS_OK);
    assert_ptr_equal(video_cache_find(cache, bench.id), segment);
    assert_ptr_equal(video_cache_find_record(cache, bench.segment), segment);
    int folder = bench.store.volume;
    assert_int_equal(video_file_look(segment, folder), VIDEO_INTACT);
    no_descriptor_left(segment, folder);
    for (size_t i = 0; i < piece_list_count(segment->pieces); i++) {
        assert_int_equal(video_piece_read(segment, folder, i, &bytes), VIDEO_INTACT);
        assert_int_equal(bytes.size, piece_list_at(segment->pieces, i)->size);
        buffer_release(&bytes);
    }
    AUTO_CLOSE int file = openat(folder, segment->file, O_WRONLY | O_CLOEXEC);
    uint64_t second = piece_list_at(segment->pieces, 2)->offset;
    assert_int_equal(pwrite(file, "x", 1, (off_t)second), 1);
    assert_int_equal(video_piece_read(segment, folder, 2, &bytes), VIDEO_ALTERED);
    assert_null(bytes.data);
    assert_int_equal(video_piece_read(segment, folder, 1, &bytes), VIDEO_INTACT);
    buffer_release(&bytes);
    assert_int_equal(ftruncate(file, (off_t)second), 0);
    assert_int_equal(video_file_look(segment, folder), VIDEO_ALTERED);
    assert_int_equal(video_piece_read(segment, folder, 3, &bytes), VIDEO_ALTERED);
    assert_int_equal(unlinkat(folder, segment->file, 0), 0);
    assert_int_equal(video_piece_read(segment, folder, 1, &bytes), VIDEO_MISSING);
    segment->has_expired = true;
    assert_int_equal(video_file_look(segment, folder), VIDEO_EXPIRED);
    /* a link in its place is not followed */
    assert_int_equal(symlinkat("/etc/passwd", folder, segment->file), 0);
    assert_int_equal(video_piece_read(segment, folder, 0, &bytes), VIDEO_EXPIRED);
    video_cache_free(cache);
    sheet_release(&sheet);
    buffer_release(&content);
    end(&bench);
}

static void pieces_that_are_not_the_records_are_refused(void **state)
{
    (void)state;
    struct bench bench = {0};
    struct message_sheet said;
    struct buffer content = {0};
    struct sheet sheet;
    struct video_cache *cache = NULL;
    struct video_segment *segment = NULL;
    begin(&bench, "nist");
    fill(&bench, bench.segment, &said, &content);
    content.data[content.size - 1] ^= 1;
    assert_int_equal(judge(&bench, &said, &content, &sheet),
                     STATUS_OK); /* it vouches for no piece */
    assert_int_equal(video_cache_new(&cache, NULL), STATUS_OK);
    assert_int_equal(video_cache_add_sealed(cache, &sheet, bench.segment, &segment, NULL),
                     STATUS_MISMATCH);
    assert_null(video_cache_find(cache, bench.id));
    video_cache_free(cache);
    sheet_release(&sheet);
    buffer_release(&content);
    end(&bench);
}

/* ---- look-ups and tokens ---- */

static void a_look_up_covers_its_range_its_session_and_no_more(void **state)
{
    (void)state;
    struct lookups *lookups = NULL;
    assert_int_equal(lookups_new(&lookups, NULL), STATUS_OK);
    lookups_add(lookups, "mine", &(struct lookup_scope){"video", "gate aisle", 100, 200});
    const struct lookup_scope inside = {"video", "gate", 100, 200};
    const struct lookup_scope others[] = {{"video", "gate", 99, 200},  {"video", "gate", 100, 201},
                                          {"video", "door", 100, 200}, {"video", "", 100, 200},
                                          {"live", "gate", 100, 200},  {"entries", "gate", 1, 2}};
    assert_true(lookups_cover(lookups, "mine", &inside));
    assert_false(lookups_cover(lookups, "yours", &inside));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(lookups_cover(lookups, "mine", &others[i]));
    assert_true(lookups_touch(lookups, "mine", &others[0]));
    assert_false(lookups_touch(lookups, "mine", &others[2]));
    assert_false(lookups_touch(lookups, "mine", &(struct lookup_scope){"video", "gate", 201, 300}));
    for (unsigned i = 0; i < LOOKUPS_MAX; i++)
        lookups_add(lookups, "yours", &inside);
    assert_false(lookups_cover(lookups, "mine", &inside));
    lookups_free(lookups);
}

static void the_pages_word_is_the_sessions_and_does_not_tell_it(void **state)
{
    (void)state;
    char mine[FORM_TOKEN_SIZE];
    char other[FORM_TOKEN_SIZE];
    char cookie[COOKIE_SIZE];
    form_token_make("session-1", mine);
    form_token_make("session-2", other);
    assert_string_not_equal(mine, other);
    assert_true(form_token_fits("session-1", mine));
    assert_false(form_token_fits("session-1", other));
    assert_false(form_token_fits("session-1", ""));
    assert_false(form_token_fits("session-1", NULL));
    cookie_write(cookie, "abc", true);
    assert_string_equal(cookie, "sealroom=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
    cookie_write(cookie, "", false);
    assert_string_equal(cookie, "sealroom=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sheet_is_believed_only_as_it_was_sealed),
        cmocka_unit_test(an_older_checkpoint_than_one_seen_is_refused),
        cmocka_unit_test(a_piece_is_intact_only_as_it_was_sealed),
        cmocka_unit_test(pieces_that_are_not_the_records_are_refused),
        cmocka_unit_test(a_look_up_covers_its_range_its_session_and_no_more),
        cmocka_unit_test(the_pages_word_is_the_sessions_and_does_not_tell_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
