/*
 * The one export that may be under way: from what somebody asks, over its request on record and the
 * process that makes the package, to the record of what became of it. Nothing here waits for
 * anybody: each step follows from a message, or from a look at how far the last one has come.
 *
 *   SETTLING  segments that reach into the range are cut and put on record; the pass phrase comes
 *   ASKED     the request is on record, and a process is wanted
 *   MAKING    it has its task
 *   KEEPING   the package is whole, and who asked gives it its name
 *   ENDING    what became of it is about to be on record, and then the asker is told
 *
 * Whatever goes wrong, the request gets its record, and what lies in the asker's file is no
 * package. Video that is wanted for it stays while it is being made.
 */
#ifndef SEALROOM_KEEPER_EXPORTS_H
#define SEALROOM_KEEPER_EXPORTS_H

#include "keeper/parts.h"

/* A request whose result is not on record. A plain value. */
struct export_open {
    uint64_t request; /* its record */
    struct operator_peer operator;
};

MUST_CHECK enum status exports_new(struct keeper *keeper, struct exports **exports,
                                   struct error *error);
/* NULL is allowed. */
void exports_free(struct exports *exports);

/* EXPORT_SPOOL_ASK of the console: a file for the package of its next EXPORT_ASK. */
void exports_give_spool(struct exports *exports, struct peer *asker, const struct letter *letter);
/* EXPORT_ASK of a command. Answered with DONE at once if it cannot be, or is a trial; else when it
 * is over. */
void exports_ask(struct exports *exports, struct peer *asker, const struct letter *letter);
/* EXPORT_PHRASE of a command, for its EXPORT_ASK of that reference; sealed; stolen. One for a
 * request that was refused is left. STATUS_REFUSED: none is due. */
MUST_CHECK enum status exports_phrase(struct exports *exports, const struct peer *asker,
                                      uint32_t reference, int *phrase, struct error *error);
/* EXPORT_KEPT of a command: what became of the whole package. STATUS_REFUSED: it has none. */
MUST_CHECK enum status exports_kept(struct exports *exports, const struct peer *asker,
                                    const struct message_export_kept *kept, struct error *error);
/* The supervisor introduces the process that was wanted. Takes `descriptor`; closed if none is
 * wanted any more. `link` is by what the supervisor knows it. */
MUST_CHECK enum status exports_introduce(struct exports *exports, int descriptor, uint32_t link,
                                         struct error *error);
/* The process has ended, or did not start. */
void exports_ended(struct exports *exports, const struct message_worker_ended *ended);
/* A command is gone; it may be the one that asked. */
void exports_asker_gone(struct exports *exports, const struct peer *asker);
/* The recorder stops. */
void exports_stop(struct exports *exports);
/* A request of an earlier run that has no result gets one. */
void exports_close_open(struct exports *exports, const struct export_open *open);
/* The request that has no result yet; false: there is none. */
bool exports_open_request(const struct exports *exports, struct export_open *request);
/* The digest of verify.html as it is installed. STATUS_NOT_FOUND: it is not. */
MUST_CHECK enum status exports_page(const struct keeper *keeper, enum digest_algorithm algorithm,
                                    struct digest *digest, struct error *error);
/* Is this video wanted by the export that is being made? */
bool exports_want(const void *exports, const char *camera, int64_t from_utc_ns, int64_t to_utc_ns);

/* The messages of the process (desk_export.c). */
MUST_CHECK enum status exports_greet(struct exports *exports, struct peer *exporter,
                                     struct error *error);
MUST_CHECK enum status exports_plan(struct exports *exports, const struct message_export_plan *plan,
                                    struct error *error);
void exports_progress(struct exports *exports, const struct message_export_progress *progress);
MUST_CHECK enum status exports_seal(struct exports *exports, struct peer *exporter,
                                    const struct letter *letter, struct error *error);
MUST_CHECK enum status exports_sign(struct exports *exports, struct peer *exporter, int file,
                                    uint32_t size, struct error *error);
MUST_CHECK enum status exports_end(struct exports *exports, const struct message_export_end *end,
                                   struct error *error);
/* Its link is gone; `reason` NULL: its end will be told of. */
void exports_exporter_gone(struct exports *exports, const struct peer *exporter,
                           const char *reason);

#endif
