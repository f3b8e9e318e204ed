/*
 * What the files of the exports share. Internal.
 */
#ifndef SEALROOM_KEEPER_EXPORTS_PARTS_H
#define SEALROOM_KEEPER_EXPORTS_PARTS_H

#include <sys/types.h>

#include "keeper/export_manifest.h"
#include "keeper/exports.h"
#include "store/export_record.h"
#include "store/exported_record.h"

enum exports_phase {
    EXPORTS_IDLE,
    EXPORTS_SETTLING,
    EXPORTS_ASKED,
    EXPORTS_MAKING,
    EXPORTS_KEEPING,
    EXPORTS_ENDING
};

struct exports {
    struct keeper *keeper;
    struct ticker *ticker; /* while there is one under way */
    enum exports_phase phase;
    uint64_t asker; /* the peer */
    uint32_t reference;
    uint64_t spooler;  /* the peer that was given a spool */
    int spool;         /* where its package may go, until it is asked for; -1 */
    bool is_spooled;   /* and that is where it goes */
    dev_t device;      /* that the asker's file lies on */
    int output;        /* the asker's file, until it is handed on; -1 */
    bool is_encrypted; /* for transport, as it was asked for */
    int phrase;        /* its pass phrase, sealed, until it is handed on; -1 */
    uint8_t language;  /* of the report, as it was asked for */
    char since[NOTE_SIZE];
    struct export_record *request;
    uint64_t request_number; /* its record, from EXPORTS_ASKED on */
    int64_t settled_by_ns;   /* monotonic: then it goes on without what is missing */
    uint64_t exporter;       /* the peer; 0: none */
    uint32_t link;           /* by what the supervisor knows it; 0: it was not introduced */
    char ended[DETAIL_SIZE]; /* how, as the supervisor told while its link was there; "" if not */
    int64_t lost_by_ns;      /* monotonic: then its end is not waited for any more; 0: it lives */
    int64_t kept_by_ns;      /* monotonic: the asker has its package by then, or has it not */
    int page;                /* verify.html, open; -1: none is installed */
    struct export_terms terms;
    bool is_planned; /* the terms have a checkpoint */
    unsigned plans;
    uint32_t seals_left; /* that may still be asked for */
    bool is_signed;
    struct digest package;
    struct message_export_result result;
    enum status status; /* of the DONE */
    char text[DETAIL_SIZE];
};

/* The asker, if it is still there. */
struct peer *exports_asker(const struct exports *exports);
/* Is that the file that this peer was given for reading? Then *file is the one to be written. */
bool exports_take_spool(struct exports *exports, const struct peer *asker, int *file);
/* Records that it failed, lets go of the process, and answers the asker. Nothing if none is under
 * way. */
void exports_fail(struct exports *exports, enum status status, const char *detail);
/* Records what became of it, and answers the asker. */
void exports_conclude(struct exports *exports, struct exported_record *record);

#endif
