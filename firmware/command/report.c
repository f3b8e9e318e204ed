#include "firmware/command/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/utf8.h"

struct report {
    const struct invocation *invocation;
    const char *type;
    const struct report_column *columns;
    size_t column_count;
    size_t at;    /* the column that is next */
    json_t *row;  /* the JSON row being made */
    char **cells; /* all rows' cells, one after the other */
    size_t count; /* cells */
    size_t capacity;
    size_t rows;
};

static _Noreturn void no_memory(void)
{
    fputs("sealroom: no memory\n", stderr);
    exit(COMMAND_FAILED);
}

static void *needed(void *pointer)
{
    if (pointer == NULL)
        no_memory();
    return pointer;
}

static void begin_row(struct report *report)
{
    report->at = 0;
    report->row = needed(json_object());
    if (report->type != NULL)
        report_json(report, "type", json_string(report->type));
}

struct report *report_new(const struct invocation *invocation, const char *type,
                          const struct report_column *columns, size_t count)
{
    struct report *report = needed(calloc(1, sizeof *report));
    report->invocation = invocation;
    report->type = type;
    report->columns = columns;
    report->column_count = count;
    begin_row(report);
    return report;
}

static void keep_cell(struct report *report, const char *shown)
{
    if (report->count == report->capacity) {
        report->capacity = report->capacity == 0 ? 256 : report->capacity * 2;
        report->cells =
            needed(reallocarray(report->cells, report->capacity, sizeof *report->cells));
    }
    /* It may come from a controller, or from whoever altered the record. */
    report->cells[report->count++] = needed(utf8_visible(shown));
}

void report_cell(struct report *report, const char *shown, json_t *value)
{
    const struct report_column *column = &report->columns[report->at++];
    if (!report->invocation->json)
        keep_cell(report, shown);
    else if (value == NULL && shown[0] != '\0')
        value = utf8_is_valid(bytes_of_text(shown)) ? json_string(shown) : json_string("?");
    if (report->invocation->json && value != NULL)
        report_json(report, column->key, value);
    else
        json_decref(value);
}

void report_json(struct report *report, const char *key, json_t *value)
{
    if (json_is_null(value))
        return;
    if (json_object_set_new(report->row, key, value) != 0)
        no_memory();
}

void report_end_row(struct report *report)
{
    report->rows++;
    if (report->invocation->json) {
        char *line = needed(json_dumps(report->row, JSON_COMPACT));
        char *visible = needed(utf8_visible(line));
        puts(visible);
        free(visible);
        free(line);
    }
    json_decref(report->row);
    begin_row(report);
}

static void print_cell(const char *text, int width, bool right, bool last)
{
    int padding = width - text_width(text);
    if (right)
        printf("%*s%s", padding, "", text);
    else
        printf("%s%*s", text, last ? 0 : padding, "");
    fputs(last ? "\n" : "  ", stdout);
}

static void print_table(const struct report *report)
{
    size_t columns = report->column_count;
    int *widths = needed(calloc(columns, sizeof *widths));
    enum language language = report->invocation->language;
    for (size_t c = 0; c < columns; c++)
        widths[c] = text_width(text_in(&report->columns[c].heading, language));
    for (size_t i = 0; i < report->count; i++) {
        int width = text_width(report->cells[i]);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t c = 0; c < columns; c++)
        print_cell(text_in(&report->columns[c].heading, language), widths[c],
                   report->columns[c].right, c + 1 == columns);
    for (size_t i = 0; i < report->count; i++)
        print_cell(report->cells[i], widths[i % columns], report->columns[i % columns].right,
                   (i + 1) % columns == 0);
    free(widths);
}

size_t report_end(struct report *report, bool always)
{
    size_t rows = report->rows;
    if (!report->invocation->json && (rows > 0 || always))
        print_table(report);
    for (size_t i = 0; i < report->count; i++)
        free(report->cells[i]);
    free(report->cells);
    json_decref(report->row);
    free(report);
    return rows;
}

size_t report_rows(const struct report *report)
{
    return report->rows;
}

/* ---- cells of common kinds ---- */

void report_number(struct report *report, uint64_t value)
{
    char shown[24];
    snprintf(shown, sizeof shown, "%llu", (unsigned long long)value);
    report_cell(report, shown, json_integer((json_int_t)value));
}

void report_time(struct report *report, int64_t utc_ns)
{
    char shown[LOCAL_TIME_SIZE];
    char exact[TIME_TEXT_SIZE];
    if (utc_ns == 0) {
        report_cell(report, "", NULL);
        return;
    }
    local_time_text(shown, utc_ns);
    time_format(exact, utc_ns);
    report_cell(report, shown, json_string(exact));
}

void report_duration(struct report *report, int64_t ns)
{
    char shown[40];
    long long seconds = (long long)(ns / NS_PER_SECOND);
    snprintf(shown, sizeof shown, "%lld:%02lld:%02lld.%01lld", seconds / 3600, seconds / 60 % 60,
             seconds % 60, (long long)(ns % NS_PER_SECOND) / (100 * NS_PER_MS));
    report_cell(report, shown, json_real((double)ns / (double)NS_PER_SECOND));
}

void bytes_text(char text[BYTES_TEXT_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    snprintf(text, BYTES_TEXT_SIZE, unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s", value,
             units[unit]);
}

void report_bytes(struct report *report, uint64_t bytes)
{
    char shown[BYTES_TEXT_SIZE];
    bytes_text(shown, bytes);
    report_cell(report, shown, json_integer((json_int_t)bytes));
}

void report_phrase(struct report *report, const char *english)
{
    char shown[PHRASE_SIZE];
    json_t *value = NULL;
    if (english[0] != '\0')
        value = utf8_is_valid(bytes_of_text(english)) ? json_string(english) : json_string("?");
    report_cell(report, phrase_in(english, report->invocation->language, shown, sizeof shown),
                value);
}

void report_ids(struct report *report, const char *shown, const char *ids)
{
    json_t *list = needed(json_array());
    while (*ids != '\0') {
        size_t size = strcspn(ids, " ");
        json_array_append_new(list, json_stringn(ids, size));
        ids += size + (ids[size] == ' ');
    }
    report_cell(report, shown, list);
}

void report_word(struct report *report, const struct word *word)
{
    report_cell(report, word == NULL ? "" : word_text(word, report->invocation->language),
                word == NULL ? NULL : json_string(word->name));
}
