/* Every route there is. Whether somebody may is the keeper's to say, by the act that stands here.
 */
#include "firmware/console/api_accounts.h"
#include "firmware/console/api_alarms.h"
#include "firmware/console/api_checkpoint.h"
#include "firmware/console/api_derived.h"
#include "firmware/console/api_entries.h"
#include "firmware/console/api_exports.h"
#include "firmware/console/api_holds.h"
#include "firmware/console/api_inspection.h"
#include "firmware/console/api_preview.h"
#include "firmware/console/api_records.h"
#include "firmware/console/api_register.h"
#include "firmware/console/api_session.h"
#include "firmware/console/api_state.h"
#include "firmware/console/api_timeline.h"
#include "firmware/console/api_video.h"
#include "firmware/console/live.h"
#include "firmware/console/scope.h"

static const struct route routes[] = {
    {"POST", "/api/login", .query = "", .body = &login_form, .handle = api_login},
    {"POST", "/api/first", .query = "", .body = &first_form, .handle = api_first},
    {"GET", "/api/session", ACT_OWN_PASSWORD, .query = "", .handle = api_session},
    {"POST", "/api/logout", ACT_OWN_PASSWORD, .query = "", .body = &empty_form,
     .handle = api_logout},
    {"POST", "/api/here", ACT_OWN_PASSWORD, .query = "", .body = &empty_form, .handle = api_here},
    {"POST", "/api/password", ACT_OWN_PASSWORD, .query = "", .body = &password_form,
     .handle = api_password},
    {"GET", "/api/state", ACT_SEE_STATE, .is_poll = true, .query = "", .handle = api_state},
    {"GET", "/api/verify.html", ACT_SEE_STATE, .query = "", .handle = api_verify_page},
    {"GET", "/api/live", ACT_SEE_STATE, .is_poll = true, .query = "", .handle = api_live},
    {"POST", "/api/lookup", ACT_SEE_ENTRIES, .query = "", .body = &lookup_form,
     .handle = api_lookup},
    {"GET", "/api/entries", ACT_SEE_ENTRIES,
     .query = "from to door person event alarm reviewed before limit", .handle = api_entries},
    {"GET", "/api/entries/{number}", ACT_SEE_ENTRIES, .query = "", .handle = api_entry},
    {"POST", "/api/entries/{number}/review", ACT_REVIEW_ENTRY, .query = "", .body = &note_form,
     .handle = api_review},
    {"GET", "/api/timeline", ACT_SEE_ENTRIES, .query = "from to", .handle = api_timeline},
    {"GET", "/api/alarms", ACT_SEE_STATE, .is_poll = true, .query = "open before",
     .handle = api_alarms},
    {"POST", "/api/alarms/{number}/acknowledge", ACT_ACKNOWLEDGE_ALARM, .query = "",
     .body = &note_form, .handle = api_acknowledge},
    {"GET", "/api/video/{id}", ACT_WATCH, .is_poll = true, .query = "from to live",
     .handle = api_video},
    {"GET", "/api/video/{segment}/{number}", ACT_WATCH, .is_poll = true, .query = "",
     .handle = api_piece},
    {"GET", "/api/still/{id}", ACT_WATCH, .is_poll = true, .query = "at width",
     .handle = api_still},
    {"GET", "/api/derived/{segment}/{number}/{number}", ACT_WATCH, .is_poll = true, .query = "",
     .handle = api_derived},
    {"GET", "/api/register", ACT_SEE_REGISTER, .query = "from to account what before",
     .handle = api_register},
    {"GET", "/api/records/{number}", ACT_SEE_STATE, .query = "", .handle = api_record},
    {"POST", "/api/report", ACT_SEE_REPORT, .query = "", .body = &report_form,
     .handle = api_report_ask},
    {"GET", "/api/report", ACT_SEE_REPORT, .is_poll = true, .query = "from to",
     .handle = api_report},
    {"GET", "/api/report/page", ACT_SEE_REPORT, .query = "from to language",
     .handle = api_report_page},
    {"POST", "/api/verify", ACT_VERIFY, .query = "", .body = &empty_form, .handle = api_verify_ask},
    {"GET", "/api/verify", ACT_VERIFY, .is_poll = true, .query = "", .handle = api_verify},
    {"GET", "/api/verify/{number}", ACT_VERIFY, .is_poll = true, .query = "",
     .handle = api_verify_one},
    {"POST", "/api/checkpoint", ACT_TAKE_CHECKPOINT, .query = "", .body = &place_form,
     .handle = api_checkpoint},
    {"POST", "/api/exports/preview", ACT_EXPORT, .query = "", .body = &preview_form,
     .handle = api_preview},
    {"POST", "/api/exports", ACT_EXPORT, .query = "", .body = &export_form, .handle = api_export},
    {"GET", "/api/exports", ACT_EXPORT, .is_poll = true, .query = "", .handle = api_exports},
    {"GET", "/api/exports/{number}", ACT_EXPORT, .is_poll = true, .query = "",
     .handle = api_package},
    {"GET", "/api/exports/{number}/file", ACT_EXPORT, .query = "", .handle = api_package_file},
    {"GET", "/api/holds", ACT_SEE_REGISTER, .is_poll = true, .query = "", .handle = api_holds},
    {"POST", "/api/holds", ACT_HOLD_SET, .query = "", .body = &hold_form, .handle = api_hold_set},
    {"POST", "/api/holds/{number}/release", ACT_HOLD_RELEASE, .query = "", .body = &release_form,
     .handle = api_hold_release},
    {"GET", "/api/accounts", ACT_SEE_ACCOUNTS, .is_poll = true, .query = "",
     .handle = api_accounts},
    {"POST", "/api/accounts/{id}", ACT_CHANGE_ACCOUNTS, .query = "", .body = &account_form,
     .handle = api_account_change},
    {"POST", "/api/second", ACT_OWN_PASSWORD, .query = "", .body = &second_form,
     .handle = api_second},
};

const struct route_table console_routes = {routes, sizeof routes / sizeof routes[0]};
