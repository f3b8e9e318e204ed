/* Every route there is. Whether somebody may is the keeper's to say, by the act that stands here.
 */
#include "firmware/console/api_session.h"
#include "firmware/console/api_state.h"
#include "firmware/console/live.h"

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
    {"GET", "/api/live", ACT_SEE_STATE, .is_poll = true, .query = "", .handle = api_live},
};

const struct route_table console_routes = {routes, sizeof routes / sizeof routes[0]};
