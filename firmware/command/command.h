/*
 * A subcommand of `sealroom`. To add one: a file that defines a `struct command`, its line in
 * commands.h and its name in CMakeLists.txt; options, --help, --json, --state, languages and usage
 * errors are taken care of.
 */
#ifndef SEALROOM_COMMAND_COMMAND_H
#define SEALROOM_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/card.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/status.h"
#include "firmware/command/text.h"

/* Exit statuses. A command may define others for what it finds (verify does). */
enum { COMMAND_OK = 0, COMMAND_FOUND = 1, COMMAND_FAILED = 2 };

struct command_option {
    const char *name;  /* without the dashes */
    const char *value; /* what stands for its value in the help: "TIME"; NULL: it has none */
    struct text about;
};

struct invocation;

struct command {
    const char *name;
    const char *operands; /* as the help shows them: "FILE"; NULL for none */
    size_t operands_least;
    size_t operands_most;
    struct text about;
    const struct command_option *options; /* ends with a NULL name; NULL for none */
    bool needs_state;                     /* --state and --config apply */
    /* What else it says, for the test that both languages are complete; may be NULL. */
    const struct text *texts;
    size_t text_count;
    /* Returns the exit status. */
    int (*run)(const struct invocation *invocation);
};

#define COMMAND_TEXTS(array) .texts = (array), .text_count = sizeof(array) / sizeof((array)[0])
#define COMMAND_OPTIONS_MAX  24
#define COMMAND_OPERANDS_MAX 8

struct invocation {
    const struct command *command;
    enum language language;
    bool json;
    char state[PATH_SIZE]; /* the state folder */
    char video[PATH_SIZE]; /* the video folder, as --config says; "" without it */
    const char *operands[COMMAND_OPERANDS_MAX];
    size_t operand_count;
    const char *values[COMMAND_OPTIONS_MAX]; /* in the order of command->options */
};

/* The value of an option, "" for one that has none and was given, NULL if it was not given. */
const char *invocation_value(const struct invocation *invocation, const char *name);

/* One line to standard output or, after "sealroom: ", to standard error. */
void invocation_say(const struct invocation *invocation, const struct text *text, ...);
void invocation_warn(const struct invocation *invocation, const struct text *text, ...);
/* invocation_warn, and COMMAND_FAILED to return. The error's sentence follows the text. */
int invocation_fail(const struct invocation *invocation, const struct error *error);

/* --day, --from and --to together: times in any form of time_parse_loose, "now", or a duration back
 * from now ("90m", "12h", "7d"). A day is its 24 hours (or 23, 25) in local time. Of two moments
 * that a time may mean, --from is the earlier and --to the later, which is said. Zeros are left
 * where nothing bounds. Reported if wrong; returns false. */
bool invocation_period(const struct invocation *invocation, int64_t *from_utc_ns,
                       int64_t *to_utc_ns);
/* How often the local clock shows the time of an option; one that is not given: once. */
enum time_shown invocation_time_shown(const struct invocation *invocation, const char *name);
/* A decimal number; not given leaves *value. Reported if wrong; returns false. */
bool invocation_number(const struct invocation *invocation, const char *name, uint64_t *value);

/* An option's words for a record, "" if it was not given. Words that would not stand in it as they
 * are, too long or with control characters, are reported; returns false. */
bool invocation_words(const struct invocation *invocation, const char *name, char *field,
                      size_t size);
/* Completes a look-up for its record: --reason, and now as its end where nothing bounds it. A wrong
 * reason is reported; returns false. */
bool invocation_lookup(const struct invocation *invocation, struct message_lookup *lookup);

/* --cards, full or masked; not given leaves *display. Reported if wrong; returns false. */
bool invocation_cards(const struct invocation *invocation, enum card_display *display);

/* The options of `names` (NULL behind the last) that were given, for the record of a look-up:
 * "door=archive limit=5". What does not fit is cut off. */
void invocation_describe(const struct invocation *invocation, const char *const *names,
                         char text[DETAIL_SIZE]);

/* Parses the arguments after the program's name, runs, returns the exit status: COMMAND_FAILED if
 * not all of the output could be written, whatever else there was. */
int command_main(int count, char **values);

/* Every subcommand, in the order of the help. NULL behind the last. For main and for tests. */
const struct command *command_at(size_t index);
/* What command.c and invocation.c themselves say. */
const struct text *command_text_at(size_t index);
const struct text *invocation_text_at(size_t index);

#endif
