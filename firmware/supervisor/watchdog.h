/*
 * When the supervisor may say that all is well. The hardware watchdog behind systemd's is fed
 * only while evidence reaches the disk: a machine that runs but records nothing is better off
 * rebooted.
 */
#ifndef SEALROOM_SUPERVISOR_WATCHDOG_H
#define SEALROOM_SUPERVISOR_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* A quiet appliance still commits a heartbeat a minute: three missed ones are no accident. */
#define WATCHDOG_PROGRESS_LIMIT_NS (180 * NS_PER_SECOND)
/* A keeper that is being started again recovers first, and cannot commit meanwhile. */
#define WATCHDOG_START_LIMIT_NS (330 * NS_PER_SECOND)

/* `durable_ns`: when the newest checkpoint was committed, or the supervisor was started, if that
 * is later; both times are CLOCK_MONOTONIC_RAW. `ready`: the keeper acknowledges. */
bool watchdog_allows(int64_t now_ns, int64_t durable_ns, bool ready);

#endif
