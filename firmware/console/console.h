/*
 * The console's parts, and the way of every request through them: is it meant for us, is it a page,
 * which route, does a page of ours ask, who is it (the keeper says), and then its handler.
 */
#ifndef SEALROOM_CONSOLE_CONSOLE_H
#define SEALROOM_CONSOLE_CONSOLE_H

#include "firmware/console/call.h"
#include "firmware/console/keeper_link.h"
#include "firmware/console/server.h"
#include "firmware/console/settings.h"
#include "firmware/console/static_files.h"
#include "store/catalog.h"

struct listed;
struct live;
struct lookups;
struct packages;
struct picture_link;
struct sheet_judge;
struct still_cache;
struct video_cache;

struct console {
    sd_event *event;
    const struct settings *settings;
    const struct static_files *files;
    struct catalog_view *catalog;
    int video; /* the video folder */
    struct keeper_link *keeper;
    struct server *server;
    struct live *live;
    struct listed *listed;
    struct lookups *lookups;
    struct buffer verify_page; /* verify.html as it is installed; empty: it is not */
    struct packages *packages;
    struct sheet_judge *judge;
    struct video_cache *segments;
    struct picture_link *pictures;
    struct still_cache *stills;
    struct message_accounts_state accounts; /* as the keeper said last */
    bool has_accounts;
};

/* For the server: `context` is the console. */
void console_handle(void *context, struct request *request);
/* 401, and whether there is an account at all to log in with. */
void console_ask_to_log_in(struct call *call);

#endif
