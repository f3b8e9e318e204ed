#include "base/message_form.h"

/* clang-format off */
static const struct field export_spool_ask_fields[] = {
    FIELD(export_spool_ask, session),
};
static const struct field export_spool_fields[] = {
    FIELD(export_spool, reference),
};
static const struct field export_ask_fields[] = {
    FIELD(export_ask, from_utc_ns),
    FIELD(export_ask, to_utc_ns),
    FIELD(export_ask, cameras),
    FIELD(export_ask, doors),
    FIELD(export_ask, purpose),
    FIELD(export_ask, case_number),
    FIELD_AS(FIELD_LINES, export_ask, since),
    FIELD(export_ask, language),
    FIELD(export_ask, is_encrypted),
    FIELD(export_ask, is_trial),
    FIELD(export_ask, session),
    FIELD(export_ask, second),
};
static const struct field export_phrase_fields[] = {
    FIELD(export_phrase, reference),
};
static const struct field export_plain_fields[] = {
    FIELD(export_plain, unused),
};
static const struct field export_kept_fields[] = {
    FIELD(export_kept, reference),
    FIELD(export_kept, status),
    FIELD(export_kept, text),
};
static const struct field export_begun_fields[] = {
    FIELD(export_begun, reference),
    FIELD(export_begun, record),
    FIELD(export_begun, from_utc_ns),
    FIELD(export_begun, to_utc_ns),
};
static const struct field export_result_fields[] = {
    FIELD(export_result, reference),
    FIELD(export_result, request),
    FIELD(export_result, size),
    FIELD(export_result, encrypted_size),
    FIELD(export_result, records),
    FIELD(export_result, clips),
    FIELD(export_result, absent),
    FIELD(export_result, package),
    FIELD(export_result, fingerprint),
};
static const struct field export_start_fields[] = {
    FIELD(export_start, request),
};
static const struct field export_scratch_fields[] = {
    FIELD(export_scratch, unused),
};
static const struct field export_page_fields[] = {
    FIELD(export_page, unused),
};
static const struct field export_task_fields[] = {
    FIELD(export_task, language),
    FIELD(export_task, request),
    FIELD_AS(FIELD_LINES, export_task, since),
};
static const struct field export_signed_fields[] = {
    FIELD_AS(FIELD_LINES, export_signed, signature),
};
static const struct field export_plan_fields[] = {
    FIELD(export_plan, checkpoint),
    FIELD(export_plan, bytes),
    FIELD(export_plan, scratch_bytes),
    FIELD(export_plan, records),
    FIELD(export_plan, entries),
    FIELD(export_plan, gaps),
    FIELD(export_plan, clips),
    FIELD(export_plan, absent),
};
static const struct field export_progress_fields[] = {
    FIELD(export_progress, bytes),
    FIELD(export_progress, total),
    FIELD(export_progress, step),
};
static const struct field export_sign_fields[] = {
    FIELD(export_sign, size),
};
static const struct field export_end_fields[] = {
    FIELD(export_end, status),
    FIELD(export_end, size),
    FIELD(export_end, encrypted_size),
    FIELD(export_end, records),
    FIELD(export_end, clips),
    FIELD(export_end, absent),
    FIELD(export_end, text),
};
static const struct field export_picture_fields[] = {
    FIELD(export_picture, unused),
};

static const struct message_form forms[] = {
    FORM(EXPORT_SPOOL_ASK, export_spool_ask, BY(CONSOLE), false),
    FORM(EXPORT_SPOOL, export_spool, BY(KEEPER), true),
    FORM(EXPORT_ASK, export_ask, BY(COMMAND) | BY(CONSOLE), true),
    FORM(EXPORT_KEPT, export_kept, BY(COMMAND) | BY(CONSOLE), false),
    FORM(EXPORT_BEGUN, export_begun, BY(KEEPER), false),
    FORM(EXPORT_RESULT, export_result, BY(KEEPER), false),
    FORM(EXPORT_START, export_start, BY(KEEPER), false),
    FORM(EXPORT_SCRATCH, export_scratch, BY(KEEPER), true),
    FORM(EXPORT_PAGE, export_page, BY(KEEPER), true),
    FORM(EXPORT_TASK, export_task, BY(KEEPER), true),
    FORM(EXPORT_SIGNED, export_signed, BY(KEEPER), false),
    FORM(EXPORT_PLAN, export_plan, BY(EXPORT) | BY(KEEPER), false),
    FORM(EXPORT_PROGRESS, export_progress, BY(EXPORT) | BY(KEEPER), false),
    FORM(EXPORT_SIGN, export_sign, BY(EXPORT), true),
    FORM(EXPORT_END, export_end, BY(EXPORT), false),
    FORM(EXPORT_PICTURE, export_picture, BY(SUPERVISOR), true),
    FORM(EXPORT_PHRASE, export_phrase, BY(COMMAND) | BY(CONSOLE) | BY(KEEPER), true),
    FORM(EXPORT_PLAIN, export_plain, BY(KEEPER), true),
};
/* clang-format on */

MESSAGE_TABLE(export);
