#include "evidence/record_file.h"

#include <string.h>

#include "evidence/text_line.h"
#include "ledger/record.h"

struct reading {
    struct record_file *file;
    struct member_lines *lines;
    struct merkle_frontier by_leaves;
    struct merkle_frontier by_heads;
    struct buffer head; /* kept while the body's line is read */
    size_t marks;       /* passed */
    uint64_t size;      /* of the tree, as the second line says */
};

static enum status malformed(const char *what, struct error *error)
{
    return error_set(error, STATUS_INVALID, "%s", what);
}

/* A line that must be there. */
static enum status take_line(struct reading *reading, struct bytes *line, struct error *error)
{
    enum status status = member_lines_next(reading->lines, line, error);
    return status == STATUS_END ? malformed("it ends inside an item", error) : status;
}

static void pass_marks(struct reading *reading)
{
    const struct record_file *file = reading->file;
    while (reading->marks < file->mark_count &&
           file->marks[reading->marks].size <= reading->by_leaves.size) {
        struct record_mark *mark = &file->marks[reading->marks++];
        mark->reached = mark->size == reading->by_leaves.size;
        merkle_frontier_root(file->algorithm, &reading->by_leaves, &mark->by_leaves);
        merkle_frontier_root(file->algorithm, &reading->by_heads, &mark->by_heads);
    }
}

static enum status take_skip(struct reading *reading, struct text_line *line, struct error *error)
{
    struct digest node;
    unsigned level = (unsigned)text_u64_within(line, MERKLE_LEVELS - 1);
    text_digest(line, &node);
    if (!text_line_is_over(line) ||
        reading->size - reading->by_leaves.size < UINT64_C(1) << level ||
        merkle_frontier_add_node(reading->file->algorithm, &reading->by_leaves, level, &node) !=
            STATUS_OK ||
        merkle_frontier_add_node(reading->file->algorithm, &reading->by_heads, level, &node) !=
            STATUS_OK) {
        return malformed("a node does not fit where it stands", error);
    }
    return STATUS_OK;
}

/* Head and body, which stand on the lines that follow. */
static enum status take_lines(struct reading *reading, struct shown_record *record,
                              struct error *error)
{
    struct bytes line;
    enum status status = take_line(reading, &line, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (line.size > HEAD_SIZE_MAX) {
        return malformed("a head is too long", error);
    }
    buffer_clear(&reading->head);
    status = buffer_append(&reading->head, line.data, line.size);
    if (status == STATUS_OK && record->as != SHOWN_HEAD) {
        status = take_line(reading, &record->body, error);
    }
    record->head = buffer_bytes(&reading->head);
    record->to = member_lines_next_at(reading->lines);
    return status;
}

static enum status take_record(struct reading *reading, enum shown_as as, struct text_line *line,
                               struct error *error)
{
    enum digest_algorithm algorithm = reading->file->algorithm;
    struct shown_record record = {.as = as, .from = member_lines_at(reading->lines)};
    struct digest stated;
    struct digest leaf;
    record.number = text_u64(line);
    text_digest(line, &stated);
    if (!text_line_is_over(line) || record.number != reading->by_leaves.size ||
        record.number >= reading->size) {
        return malformed("a record does not fit where it stands", error);
    }
    enum status status = take_lines(reading, &record, error);
    if (status != STATUS_OK) {
        return status;
    }
    merkle_leaf(algorithm, record.head, &leaf);
    record.leaf_fits = digest_equal(&leaf, &stated);
    if (merkle_frontier_add_node(algorithm, &reading->by_leaves, 0, &stated) != STATUS_OK ||
        merkle_frontier_add_node(algorithm, &reading->by_heads, 0, &leaf) != STATUS_OK) {
        return malformed("there are too many records", error);
    }
    return reading->file->each(reading->file->context, &record, error);
}

static enum status take_item(struct reading *reading, struct bytes bytes, struct error *error)
{
    static const struct {
        const char *word;
        enum shown_as as;
    } items[] = {{"run", SHOWN_RUN}, {"head", SHOWN_HEAD}, {"beside", SHOWN_BESIDE}};
    struct text_line line = text_line_of(bytes);
    if (text_is(&line, "skip")) {
        return take_skip(reading, &line, error);
    }
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        if (text_is(&line, items[i].word)) {
            return take_record(reading, items[i].as, &line, error);
        }
    }
    return malformed("an item of no known kind", error);
}

static enum status take_head(struct reading *reading, struct error *error)
{
    struct bytes bytes;
    enum status status = take_line(reading, &bytes, error);
    if (status == STATUS_OK && !bytes_equal(bytes, bytes_of_text(RECORD_FILE_FIRST_LINE))) {
        status = malformed("its first line is another", error);
    }
    if (status == STATUS_OK) {
        status = take_line(reading, &bytes, error);
    }
    if (status == STATUS_OK) {
        struct text_line line = text_line_of(bytes);
        line.failed = !text_is(&line, "size");
        reading->size = text_u64(&line);
        status = text_line_is_over(&line) ? STATUS_OK : malformed("its second line", error);
    }
    return status;
}

enum status record_file_read(struct record_file *file, struct member_lines *lines, uint64_t *size,
                             struct error *error)
{
    struct reading reading = {.file = file, .lines = lines};
    struct bytes line;
    enum status status = take_head(&reading, error);
    *size = reading.size;
    pass_marks(&reading);
    while (status == STATUS_OK) {
        status = member_lines_next(lines, &line, error);
        if (status == STATUS_OK) {
            status = take_item(&reading, line, error);
            pass_marks(&reading);
        }
    }
    buffer_release(&reading.head);
    if (status == STATUS_END) {
        status = reading.by_leaves.size == reading.size
                     ? STATUS_OK
                     : malformed("its items tile another number of records", error);
    }
    return status;
}
