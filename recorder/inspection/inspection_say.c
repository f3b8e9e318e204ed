/* Sentences out of texts and figures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "inspection/inspection_show.h"
#include "phrase/figure.h"

/* What could steer a terminal, or hide, stands as "\u202e" does in JSON. */
static enum status say_visible(struct buffer *text, const char *from)
{
    char *visible = utf8_is_visible(bytes_of_text(from)) ? NULL : utf8_visible(from);
    enum status status = buffer_append_text(text, visible != NULL ? visible : from);
    free(visible);
    return status;
}

enum status inspection_say_figure(const struct inspection_figure *figure, enum language language,
                                  struct buffer *text)
{
    char local[LOCAL_TIME_SIZE];
    char shown[FIGURE_SIZE];
    switch (figure->form) {
    case INSPECTION_NUMBER:
        return buffer_append_format(text, "%" PRId64, figure->number);
    case INSPECTION_TIME:
        local_time_text(local, figure->number);
        return buffer_append_text(text, local);
    case INSPECTION_DURATION:
        figure_duration(shown, figure->number, language);
        return buffer_append_text(text, shown);
    case INSPECTION_BYTES:
        figure_size(shown, (uint64_t)figure->number);
        return buffer_append_text(text, shown);
    case INSPECTION_SHARE:
        return buffer_append_format(text, "%" PRId64 ".%02" PRId64 "%%", figure->number / 100,
                                    figure->number % 100);
    case INSPECTION_WORD:
        return buffer_append_text(text,
                                  figure->word == NULL ? "?" : word_text(figure->word, language));
    case INSPECTION_TEXT:
        break;
    }
    return say_visible(text, figure->text);
}

enum status inspection_say_fact(const struct inspection_fact *fact, enum language language,
                                struct buffer *text)
{
    const char *pattern = inspection_text_in(fact->text, language);
    enum status status = STATUS_OK;
    while (*pattern != '\0' && status == STATUS_OK) {
        size_t plain = strcspn(pattern, "%`");
        status = buffer_append(text, pattern, plain);
        pattern += plain;
        if (*pattern == '%') {
            size_t which = (size_t)(pattern[1] - '1');
            if (which < fact->figure_count && status == STATUS_OK)
                status = inspection_say_figure(&fact->figures[which], language, text);
            pattern += 2;
        } else if (*pattern == '`') {
            pattern++;
        }
    }
    return status;
}

enum status inspection_say_records(const struct inspection_records *records, enum language language,
                                   struct buffer *text)
{
    const char *comma = language == LANGUAGE_CHINESE ? "、" : ", ";
    size_t shown =
        records->count < INSPECTION_RECORDS_MAX ? (size_t)records->count : INSPECTION_RECORDS_MAX;
    struct inspection_fact more = {.text = INSPECTION_SAYS_AND_MORE, .figure_count = 2};
    enum status status = STATUS_OK;
    if (shown == 0)
        return STATUS_OK;
    status = buffer_append_format(
        text, "%s ",
        inspection_text_in(records->count == 1 ? INSPECTION_SAYS_RECORD : INSPECTION_SAYS_RECORDS,
                           language));
    for (size_t i = 0; i < shown && status == STATUS_OK; i++)
        status = buffer_append_format(text, "%s%" PRIu64, i > 0 ? comma : "", records->numbers[i]);
    if (status != STATUS_OK || records->count == shown)
        return status;
    more.figures[0] = (struct inspection_figure){.form = INSPECTION_NUMBER,
                                                 .number = (int64_t)(records->count - shown)};
    more.figures[1] =
        (struct inspection_figure){.form = INSPECTION_NUMBER, .number = (int64_t)records->count};
    status = buffer_append_format(text, "%s", language == LANGUAGE_CHINESE ? "" : " ");
    return status == STATUS_OK ? inspection_say_fact(&more, language, text) : status;
}

/* ---- the lines at its head ---- */

static struct inspection_figure number(uint64_t value)
{
    return (struct inspection_figure){.form = INSPECTION_NUMBER, .number = (int64_t)value};
}

static struct inspection_figure moment(int64_t utc_ns)
{
    return (struct inspection_figure){.form = INSPECTION_TIME, .number = utc_ns};
}

void inspection_head_line(const struct inspection *inspection, size_t which,
                          struct inspection_fact *line)
{
    static const enum inspection_text lines[INSPECTION_HEAD_LINES] = {
        INSPECTION_SAYS_PERIOD, INSPECTION_SAYS_MADE, INSPECTION_SAYS_STOPPED,
        INSPECTION_SAYS_BASIS, INSPECTION_SAYS_TALLY};
    *line = (struct inspection_fact){.text = lines[which], .figure_count = INSPECTION_STATES - 1};
    if (line->text == INSPECTION_SAYS_STOPPED && inspection->running)
        line->text = INSPECTION_SAYS_RUNNING;
    if (line->text == INSPECTION_SAYS_PERIOD) {
        line->figures[0] = moment(inspection->from_utc_ns);
        line->figures[1] = moment(inspection->to_utc_ns);
    } else if (line->text == INSPECTION_SAYS_MADE) {
        line->figures[0] = moment(inspection->made_utc_ns);
        line->figures[1] = number(inspection->records == 0 ? 0 : inspection->records - 1);
        line->figures[2].form = INSPECTION_TEXT;
        message_text(line->figures[2].text, sizeof line->figures[2].text, inspection->origin);
    } else if (line->text == INSPECTION_SAYS_TALLY) {
        for (size_t i = 0; i + 1 < INSPECTION_STATES; i++)
            line->figures[i] = number(inspection->states[i + 1]);
    }
}
