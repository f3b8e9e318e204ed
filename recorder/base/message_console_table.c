#include "base/message_form.h"

/* clang-format off */
static const struct field review_fields[] = {
    FIELD(review, session),
    FIELD(review, entry),
    FIELD(review, note),
};
static const struct field alarm_acknowledge_fields[] = {
    FIELD(alarm_acknowledge, session),
    FIELD(alarm_acknowledge, alarm),
    FIELD(alarm_acknowledge, note),
};
static const struct field sheet_ask_fields[] = {
    FIELD(sheet_ask, session),
    FIELD(sheet_ask, record),
};
static const struct field sheet_fields[] = {
    FIELD(sheet, reference),
    FIELD(sheet, record),
    FIELD(sheet, head_size),
    FIELD(sheet, body_size),
    FIELD(sheet, path_size),
    FIELD(sheet, note_size),
    FIELD(sheet, pieces_size),
};
static const struct field open_ask_fields[] = {
    FIELD(open_ask, session),
    FIELD(open_ask, camera),
};
static const struct field open_segment_fields[] = {
    FIELD(open_segment, reference),
    FIELD(open_segment, camera),
    FIELD(open_segment, segment),
    FIELD(open_segment, path),
    FIELD(open_segment, start_utc_ns),
    FIELD(open_segment, size),
    FIELD(open_segment, pieces),
    FIELD(open_segment, pieces_size),
};
static const struct field news_fields[] = {
    FIELD(news, records),
    FIELD(news, through),
};

static const struct field holds_ask_fields[] = {
    FIELD(holds_ask, session),
};
static const struct field holds_fields[] = {
    FIELD(holds, reference),
    FIELD(holds, size),
};

static const struct message_form forms[] = {
    FORM(REVIEW, review, BY(CONSOLE), false),
    FORM(ALARM_ACKNOWLEDGE, alarm_acknowledge, BY(CONSOLE), false),
    FORM(SHEET_ASK, sheet_ask, BY(CONSOLE), false),
    FORM(SHEET, sheet, BY(KEEPER), true),
    FORM(OPEN_ASK, open_ask, BY(CONSOLE), false),
    FORM(OPEN_SEGMENT, open_segment, BY(KEEPER), true),
    FORM(NEWS, news, BY(KEEPER), false),
    FORM(HOLDS_ASK, holds_ask, BY(CONSOLE), false),
    FORM(HOLDS, holds, BY(KEEPER), true),
};
/* clang-format on */

MESSAGE_TABLE(console);
