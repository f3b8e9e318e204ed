/*
 * Pass phrases for transport: made, asked for or read, and wiped after use. They never come from a
 * command line's arguments or from the environment, where every process of the machine may see
 * them.
 *
 * 12 to 99 characters of ASCII from space to '~': programs that open AES-256 ZIP files disagree on
 * how others are encoded, and 7-Zip takes no more.
 */
#ifndef SEALROOM_EVIDENCE_PASS_PHRASE_H
#define SEALROOM_EVIDENCE_PASS_PHRASE_H

#include "base/status.h"

#define PASS_PHRASE_SIZE_MIN 12
#define PASS_PHRASE_SIZE_MAX 99

struct pass_phrase {
    char text[PASS_PHRASE_SIZE_MAX + 1]; /* NUL-terminated; not to be logged */
};

/* For __attribute__((cleanup)): overwrites it. */
void pass_phrase_wipe(struct pass_phrase *phrase);
#define AUTO_WIPE __attribute__((cleanup(pass_phrase_wipe)))

/* A new one of 99 random bits: five groups of four, lower-case letters and digits that nobody takes
 * for one another, joined by '-'. It is the caller's to show, once. */
void pass_phrase_generate(struct pass_phrase *phrase);
/* Asks for it twice at the process's terminal, which shows nothing from before the first prompt on.
 * The prompts are of a line each, with what separates them from what is typed. STATUS_UNSUPPORTED:
 * there is no terminal; STATUS_REFUSED: too short, too long or of other characters;
 * STATUS_MISMATCH: typed otherwise the second time; STATUS_END: given up (end of file, interrupt);
 * STATUS_IO. Other signals that would end or stop the process take effect once the terminal is as
 * it was. */
MUST_CHECK enum status pass_phrase_ask(struct pass_phrase *phrase, const char *prompt,
                                       const char *again, struct error *error);
/* The only line of what the descriptor (a file, a pipe) gives until its end; empty lines behind it
 * are none. STATUS_REFUSED as above, or nothing, or a second line; STATUS_IO. Borrowed. */
MUST_CHECK enum status pass_phrase_read(struct pass_phrase *phrase, int file, struct error *error);

/* For another process: sealed bytes (base/sealed.h), the phrase and nothing else. The caller's to
 * close. */
MUST_CHECK enum status pass_phrase_seal(const struct pass_phrase *phrase, int *file,
                                        struct error *error);
/* Out of such; borrowed. STATUS_REFUSED: as above, or it is nothing of the kind. */
MUST_CHECK enum status pass_phrase_unseal(struct pass_phrase *phrase, int file,
                                          struct error *error);

#endif
