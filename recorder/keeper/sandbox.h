/*
 * What the keeper can never do again once it has entered: gain rights, be dumped or traced by its
 * own user, start a program, open a network socket, mount. The kernel kills it if it tries.
 */
#ifndef SEALROOM_KEEPER_SANDBOX_H
#define SEALROOM_KEEPER_SANDBOX_H

#include "base/status.h"

/* Holds for this process and every thread it makes afterwards. */
MUST_CHECK enum status sandbox_enter(struct error *error);

#endif
