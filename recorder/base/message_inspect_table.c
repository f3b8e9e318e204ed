#include "base/message_form.h"

/* clang-format off */
static const struct field inspect_ask_fields[] = {
    FIELD(inspect_ask, session),
    FIELD(inspect_ask, kind),
    FIELD(inspect_ask, from_utc_ns),
    FIELD(inspect_ask, to_utc_ns),
    FIELD(inspect_ask, reason),
};
static const struct field inspect_look_fields[] = {
    FIELD(inspect_look, session),
    FIELD(inspect_look, kind),
    FIELD(inspect_look, from_utc_ns),
    FIELD(inspect_look, to_utc_ns),
};
static const struct field inspect_result_ask_fields[] = {
    FIELD(inspect_result_ask, session),
    FIELD(inspect_result_ask, kind),
    FIELD(inspect_result_ask, from_utc_ns),
    FIELD(inspect_result_ask, to_utc_ns),
};
static const struct field inspect_state_fields[] = {
    FIELD(inspect_state, reference),
    FIELD(inspect_state, phase),
    FIELD(inspect_state, lookup),
    FIELD(inspect_state, asked_utc_ns),
    FIELD(inspect_state, by),
    FIELD(inspect_state, stage),
    FIELD(inspect_state, done),
    FIELD(inspect_state, total),
    FIELD(inspect_state, verdict),
    FIELD(inspect_state, records),
    FIELD(inspect_state, segments),
    FIELD(inspect_state, bytes),
    FIELD(inspect_state, findings),
    FIELD(inspect_state, record),
    FIELD(inspect_state, ended_utc_ns),
    FIELD(inspect_state, text),
};
static const struct field inspect_result_fields[] = {
    FIELD(inspect_result, reference),
    FIELD(inspect_result, json_size),
    FIELD(inspect_result, english_size),
    FIELD(inspect_result, chinese_size),
};
static const struct field inspect_start_fields[] = {
    FIELD(inspect_start, kind),
};
static const struct field inspect_task_fields[] = {
    FIELD(inspect_task, kind),
    FIELD(inspect_task, from_utc_ns),
    FIELD(inspect_task, to_utc_ns),
};
static const struct field inspect_progress_fields[] = {
    FIELD(inspect_progress, stage),
    FIELD(inspect_progress, done),
    FIELD(inspect_progress, total),
};
static const struct field inspect_end_fields[] = {
    FIELD(inspect_end, status),
    FIELD(inspect_end, verdict),
    FIELD(inspect_end, records),
    FIELD(inspect_end, segments),
    FIELD(inspect_end, bytes),
    FIELD(inspect_end, findings),
    FIELD(inspect_end, text),
};
static const struct field verified_fields[] = {
    FIELD(verified, lookup),
    FIELD(verified, verdict),
    FIELD(verified, records),
    FIELD(verified, segments),
    FIELD(verified, bytes),
    FIELD(verified, findings),
    FIELD(verified, limits),
};

static const struct message_form forms[] = {
    FORM(INSPECT_ASK, inspect_ask, BY(CONSOLE), false),
    FORM(INSPECT_LOOK, inspect_look, BY(CONSOLE), false),
    FORM(INSPECT_RESULT_ASK, inspect_result_ask, BY(CONSOLE), false),
    FORM(INSPECT_STATE, inspect_state, BY(KEEPER), false),
    FORM(INSPECT_RESULT, inspect_result, BY(INSPECT) | BY(KEEPER), true),
    FORM(INSPECT_START, inspect_start, BY(KEEPER), false),
    FORM(INSPECT_TASK, inspect_task, BY(KEEPER), false),
    FORM(INSPECT_PROGRESS, inspect_progress, BY(INSPECT), false),
    FORM(INSPECT_END, inspect_end, BY(INSPECT), false),
    FORM(VERIFIED, verified, BY(COMMAND), false),
};
/* clang-format on */

MESSAGE_TABLE(inspect);
