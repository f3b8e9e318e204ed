#include "evidence/entries_csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "evidence/entry_words.h"
#include "evidence/text_stream.h"
#include "phrase/phrase.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define CARD_SIGN       "№ "

struct table {
    const struct content *content;
    struct text_stream stream;
    uint64_t count;
    bool is_first; /* no cell of the line was written */
};

/* One entry. Without content `entry` is zeros. */
struct line {
    struct table *table;
    const struct content_row *row;
    struct entry_record entry;
    int64_t at_utc_ns;
};

/* ---- cells ---- */

/* Could a spreadsheet take it for a formula? In Chinese and Japanese ones the wide forms count. */
static bool is_formula(const char *text)
{
    static const char *const begins[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                         "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        if (strncmp(text, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void put_quoted(struct text_stream *stream, const char *text)
{
    stream_text(stream, "\"");
    for (const char *at = text; *at != '\0';) {
        size_t plain = strcspn(at, "\"");
        stream_bytes(stream, at, plain);
        at += plain;
        if (*at == '"') {
            stream_text(stream, "\"\"");
            at++;
        }
    }
    stream_text(stream, "\"");
}

static void put_cell(struct line *line, const char *text)
{
    struct table *table = line->table;
    /* What hides, or turns what stands beside it, is spelt out. */
    char *visible = utf8_is_visible(bytes_of_text(text)) ? NULL : utf8_visible(text);
    const char *shown = visible != NULL ? visible : text;
    char apostrophe[] = "'";
    stream_text(&table->stream, table->is_first ? "" : ",");
    table->is_first = false;
    if (is_formula(shown)) {
        stream_text(&table->stream, apostrophe);
    }
    if (strpbrk(shown, "\",\r\n") != NULL) {
        put_quoted(&table->stream, shown);
    } else {
        stream_text(&table->stream, shown);
    }
    free(visible);
}

static void put_word(struct line *line, const struct word *word)
{
    char text[256] = "";
    if (word != NULL) {
        (void)snprintf(text, sizeof text, "%s %s", word->chinese, word->name);
    }
    put_cell(line, text);
}

static void put_number(struct line *line, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    put_cell(line, text);
}

static bool is_shown(const struct line *line)
{
    return line->row->state == CONTENT_SHOWN;
}

/* ---- columns ---- */

static void put_record(struct line *line)
{
    put_number(line, line->row->number);
}

/* "2026-11-22 08:30:00" and "UTC+08:00": the second must not begin with a plus. */
static void put_local_time(struct line *line)
{
    char text[LOCAL_TIME_SIZE];
    local_time_text(text, line->at_utc_ns);
    size_t size = strlen(text);
    if (size > strlen("+08:00")) {
        text[size - strlen("+08:00")] = '\0';
    }
    put_cell(line, text);
}

static void put_zone(struct line *line)
{
    char local[LOCAL_TIME_SIZE];
    char text[LOCAL_TIME_SIZE];
    local_time_text(local, line->at_utc_ns);
    size_t size = strlen(local);
    (void)snprintf(text, sizeof text, "UTC%.6s",
                   size > strlen("+08:00") ? local + size - strlen("+08:00") : "");
    put_cell(line, text);
}

static void put_utc(struct line *line)
{
    char text[TIME_TEXT_SIZE];
    time_format(text, line->at_utc_ns);
    put_cell(line, text);
}

static void put_clock(struct line *line)
{
    put_word(line, is_shown(line) ? entry_clock_word(&line->entry) : NULL);
}

static void put_door(struct line *line)
{
    const char *door = line->entry.entry.door;
    put_cell(line, door[0] != '\0' ? site_door(line->table->content->site, door)
                                   : line->entry.controller);
}

static void put_door_id(struct line *line)
{
    put_cell(line, line->entry.entry.door);
}

static void put_event(struct line *line)
{
    put_word(line,
             is_shown(line) ? word_door_event((enum door_event)line->entry.entry.event) : NULL);
}

static void put_origin(struct line *line)
{
    put_word(line, is_shown(line) ? entry_origin_word(line->entry.entry.derived != 0) : NULL);
}

static void put_verdict(struct line *line)
{
    put_word(line, entry_verdict_word((enum verdict)line->entry.entry.verdict));
}

static void put_reason(struct line *line)
{
    enum deny_reason reason = (enum deny_reason)line->entry.entry.deny_reason;
    put_word(line, reason != DENY_NONE ? word_deny_reason(reason) : NULL);
}

static void put_direction(struct line *line)
{
    put_word(line, entry_direction_word((enum direction)line->entry.entry.direction));
}

static void put_name(struct line *line)
{
    put_cell(line, line->entry.name);
}

static void put_department(struct line *line)
{
    put_cell(line, line->entry.department);
}

static void put_card(struct line *line)
{
    const struct message_entry *entry = &line->entry.entry;
    char masked[CARD_MASKED_SIZE];
    char text[sizeof CARD_SIGN + CREDENTIAL_SIZE] = "";
    const char *card = card_shown(site_cards(line->table->content->site), entry->credential,
                                  entry->method, masked);
    if (card[0] != '\0') {
        (void)snprintf(text, sizeof text, CARD_SIGN "%s", card);
    }
    put_cell(line, text);
}

static void put_method(struct line *line)
{
    put_cell(line, line->entry.entry.method);
}

static void put_reader(struct line *line)
{
    put_cell(line, line->entry.entry.reader);
}

static void put_cameras(struct line *line)
{
    put_cell(line, line->entry.cameras);
}

static void put_rule(struct line *line)
{
    const struct word *rule = entry_rule_word(line->entry.by);
    if (rule != NULL) {
        put_word(line, rule);
    } else {
        put_cell(line, line->entry.by);
    }
}

static void put_from(struct line *line)
{
    char text[ENTRY_FROM_MAX * 24] = "";
    size_t used = 0;
    for (size_t i = 0; i < line->entry.from_count; i++) {
        int size = snprintf(text + used, sizeof text - used, "%s%" PRIu64, i > 0 ? " " : "",
                            line->entry.from[i]);
        used += size > 0 ? (size_t)size : 0;
    }
    put_cell(line, text);
}

static void put_received(struct line *line)
{
    char text[TIME_TEXT_SIZE] = "";
    if (is_shown(line)) {
        time_format(text, line->entry.entry.received_utc_ns);
    }
    put_cell(line, text);
}

static void put_controller(struct line *line)
{
    put_cell(line,
             is_shown(line) ? line->entry.controller : strchr(line->row->head.source, '/') + 1);
}

static void put_device_seq(struct line *line)
{
    if (line->entry.entry.has_device_seq != 0) {
        put_number(line, line->entry.entry.device_seq);
    } else {
        put_cell(line, "");
    }
}

static void put_remark(struct line *line)
{
    const struct message_entry *entry = &line->entry.entry;
    char chinese[PHRASE_SIZE];
    char text[PHRASE_SIZE + 128];
    const struct word *state = entry_state_word(line->row->state);
    const char *detail = entry_detail_chinese(entry->detail, chinese);
    if (entry->event == DOOR_RECORDS_LOST) {
        (void)snprintf(text, sizeof text, "%" PRIu64 "–%" PRIu64 " %s", entry->lost_from,
                       entry->lost_to, detail);
    } else {
        (void)snprintf(text, sizeof text, "%s%s%s", state != NULL ? state->chinese : "",
                       entry->found != 0 ? "无人监视后发现的状态；" : "", detail);
    }
    put_cell(line, text);
}

static void put_detail(struct line *line)
{
    put_cell(line, line->entry.entry.detail);
}

static void put_state(struct line *line)
{
    const struct word *state = entry_state_word(line->row->state);
    put_cell(line, state != NULL ? state->name : "shown");
}

static const struct {
    const char *header;
    void (*put)(struct line *line);
} columns[] = {
    {"记录号 record", put_record},
    {"本地时间 local_time", put_local_time},
    {"时区 zone", put_zone},
    {"门 door_name", put_door},
    {"事件 event", put_event},
    {"判定 verdict", put_verdict},
    {"拒绝原因 deny_reason", put_reason},
    {"方向 direction", put_direction},
    {"姓名 name", put_name},
    {"部门 department", put_department},
    {"卡号 credential", put_card},
    {"方式 method", put_method},
    {"来源 origin", put_origin},
    {"推断规则 by", put_rule},
    {"推断依据的记录 from", put_from},
    {"摄像机 cameras", put_cameras},
    {"备注 remark", put_remark},
    {"UTC时间 time", put_utc},
    {"时间依据 time_by", put_clock},
    {"收到时间 received", put_received},
    {"门编号 door", put_door_id},
    {"控制器 controller", put_controller},
    {"读卡器 reader", put_reader},
    {"设备序号 device_seq", put_device_seq},
    {"原文 detail", put_detail},
    {"状态 state", put_state},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/* ---- lines ---- */

static enum status put_line(void *context, const struct content_row *row)
{
    struct table *table = context;
    struct content_row found = *row;
    struct line line = {.table = table, .row = &found, .at_utc_ns = row->head.at_utc_ns};
    if (row->head.kind != RECORD_ENTRY || row->state == CONTENT_WITHHELD) {
        return STATUS_OK;
    }
    if (row->state == CONTENT_SHOWN) {
        if (entry_record_parse(row->body, &line.entry, NULL) == STATUS_OK) {
            line.at_utc_ns = entry_record_time(&line.entry).utc_ns;
        } else {
            memset(&line.entry, 0, sizeof line.entry);
            found.state = CONTENT_UNKNOWN;
        }
    }
    table->is_first = true;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        columns[i].put(&line);
    }
    stream_text(&table->stream, "\r\n");
    table->count++;
    return table->stream.status;
}

static void put_header(struct text_stream *stream)
{
    stream_text(stream, BYTE_ORDER_MARK);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        stream_text(stream, i > 0 ? "," : "");
        stream_text(stream, columns[i].header);
    }
    stream_text(stream, "\r\n");
}

enum status entries_csv_write(const struct content *content, const struct text_sink *sink,
                              uint64_t *count, struct error *error)
{
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the table of entries");
    }
    table->content = content;
    stream_begin(&table->stream, sink, error);
    put_header(&table->stream);
    enum status status = content_each(content, put_line, table, error);
    if (status == STATUS_OK) {
        status = stream_end(&table->stream);
    }
    if (count != NULL) {
        *count = table->count;
    }
    free(table);
    return status;
}
