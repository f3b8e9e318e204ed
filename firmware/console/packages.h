/*
 * Packages of evidence that people ask for at the console. The keeper has them made; the finished
 * one lies in a file that has no name and that only the keeper can write, and is served from here
 * to whoever may have it. So it goes when this process ends, when its time is over, or when room
 * is wanted for another and somebody has fetched it.
 */
#ifndef SEALROOM_CONSOLE_PACKAGES_H
#define SEALROOM_CONSOLE_PACKAGES_H

#include "evidence/pass_phrase.h"
#include "firmware/console/keeper_link.h"

#define PACKAGES_KEPT_MAX 2u    /* files at once, with the one that is being made */
#define PACKAGES_KEPT_S   3600u /* each for so long */
#define PACKAGES_MAX      16u   /* whose state is known; the oldest is forgotten */

enum package_state {
    PACKAGE_ASKED = 1, /* not on record yet */
    PACKAGE_MAKING,
    PACKAGE_READY,
    PACKAGE_FAILED,
    PACKAGE_GONE, /* it was ready, and is not here any more */
};

struct package {
    uint64_t id; /* 0: free */
    enum package_state state;
    char account[ID_SIZE];           /* who asked */
    struct message_export_ask asked; /* without session and second */
    uint64_t request;                /* its record, once it has one */
    bool has_plan;
    struct message_export_plan plan;
    struct message_export_progress progress;
    uint64_t step_us; /* monotonic: when the step of `progress` began */
    struct message_export_result result;
    uint64_t outcome; /* record of what became of it */
    char text[DETAIL_SIZE];
    int64_t until_utc_ns; /* it is ready so long */
};

struct packages;

MUST_CHECK enum status packages_new(sd_event *event, struct keeper_link *keeper,
                                    struct packages **packages, struct error *error);
/* NULL is allowed. */
void packages_free(struct packages *packages);

struct package_wish {
    const char *account;
    struct message_export_ask ask;
    struct pass_phrase phrase; /* if ask.is_encrypted */
    /* Once: its request is on record, or `package` is NULL and `refused` says why it is not. */
    void (*begun)(void *context, const struct package *package, const struct message_done *refused);
    void *context;
};

/* Has one made. */
void packages_make(struct packages *packages, const struct package_wish *wish);
/* NULL if there is none, or not any more. */
const struct package *packages_find(const struct packages *packages, uint64_t id);
/* The one of that request. */
const struct package *packages_of(const struct packages *packages, uint64_t request);
/* Of one that is being copied; UINT64_MAX while nothing can be said. */
uint64_t package_left_s(const struct package *package);
/* Its file, for the caller to close; -1 if it is not there. Until packages_return it stays. */
int packages_lend(struct packages *packages, uint64_t id);
void packages_return(struct packages *packages, uint64_t id);

#endif
