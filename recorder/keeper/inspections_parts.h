/*
 * What the files of the inspections share. Internal.
 */
#ifndef SEALROOM_KEEPER_INSPECTIONS_PARTS_H
#define SEALROOM_KEEPER_INSPECTIONS_PARTS_H

#include "keeper/inspections.h"

#define REPORTS_MAX                                                                                \
    4u /* that are kept for their sessions; a further one takes the oldest's place */
#define RUNS_MAX (1u + REPORTS_MAX)
/* One that somebody asked for: at work, or what came of it. */
struct run {
    enum inspect_kind kind; /* 0: the place is free */
    enum inspect_phase phase;
    struct digest session; /* of a report */
    bool is_left;          /* its session is over: nobody is shown it, and it is let go of next */
    struct operator_peer operator;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    struct message_inspect_state state; /* as it is told, but for its reference */
    uint64_t inspector;                 /* the peer; 0: none */
    uint32_t link;                      /* by what the supervisor knows it; 0: not introduced */
    char ended[DETAIL_SIZE]; /* how, as the supervisor told while its link was there; "" if not */
    int64_t lost_by_ns;      /* monotonic: then its end is not waited for any more; 0: it lives */
    struct message_inspect_result result;
    int file; /* of the result; -1: there is none yet */
};

/* The first place is the verification's. */
struct inspections {
    struct keeper *keeper;
    struct ticker *ticker;
    struct run runs[RUNS_MAX];
};

/* The one at work for which the supervisor starts a process that it calls `source`; NULL: none. */
struct run *inspections_wanted(struct inspections *inspections, const char *source);
/* It is over, and what came of it stands in its state; of a verification a record says so too.
 * `failed` NULL: it was brought to its end. */
void inspections_conclude(struct inspections *inspections, struct run *run, const char *failed);
/* It is not brought to its end: its process is let go of. Nothing if it is not at work. */
void inspections_fail(struct inspections *inspections, struct run *run, const char *detail);

#endif
