/*
 * Logging in and out, one's own password, the first account. Nothing of it is decided here.
 */
#ifndef SEALROOM_CONSOLE_API_SESSION_H
#define SEALROOM_CONSOLE_API_SESSION_H

#include "firmware/console/call.h"

extern const struct body_form login_form;
extern const struct body_form password_form;
extern const struct body_form first_form;
extern const struct body_form empty_form;

void api_session(struct call *call);
void api_login(struct call *call);
void api_logout(struct call *call);
void api_password(struct call *call);
void api_first(struct call *call);
/* Somebody is there: so the keeper was told when it was asked who. */
void api_here(struct call *call);

#endif
