/*
 * People's accounts: who has one, changing one, and the second person's word for an act.
 */
#ifndef SEALROOM_CONSOLE_API_ACCOUNTS_H
#define SEALROOM_CONSOLE_API_ACCOUNTS_H

#include "firmware/console/call.h"

extern const struct body_form account_form;
extern const struct body_form second_form;

void api_accounts(struct call *call);
void api_account_change(struct call *call);
void api_second(struct call *call);

#endif
