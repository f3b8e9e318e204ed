/*
 * What the console cannot do once it has what it needs: open anything but video to read, connect
 * anywhere, listen anywhere else, start anything (enclosure.h).
 */
#ifndef SEALROOM_CONSOLE_SANDBOX_H
#define SEALROOM_CONSOLE_SANDBOX_H

#include "base/status.h"

/* `video` is the folder that stays readable. The catalog is open already. */
MUST_CHECK enum status console_sandbox_enter(int video, struct error *error);

#endif
