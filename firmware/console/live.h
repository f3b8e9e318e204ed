/*
 * What happens, told to every page that listens, as it happens: server-sent events.
 */
#ifndef SEALROOM_CONSOLE_LIVE_H
#define SEALROOM_CONSOLE_LIVE_H

#include "firmware/console/call.h"

#define LIVE_BEAT_MS     15000u
#define LIVE_STREAMS_MAX 64u

struct live;

MUST_CHECK enum status live_new(struct console *console, struct live **live, struct error *error);
/* Before the server: its streams end with that. NULL is allowed. */
void live_free(struct live *live);
void live_news(struct live *live, const struct message_news *news);

/* GET /api/live */
void api_live(struct call *call);

#endif
