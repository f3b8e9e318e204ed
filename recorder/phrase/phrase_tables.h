/*
 * The tables of phrase.c. English: %s stands for any text, %u for a number; they fit every length
 * and precision that the source gives. Chinese: %1 to %9 are the arguments in the order of the
 * English, each translated in its turn; one that says nothing in Chinese may be left out.
 */
#ifndef SEALROOM_PHRASE_PHRASE_TABLES_H
#define SEALROOM_PHRASE_PHRASE_TABLES_H

struct phrase {
    const char *english;
    const char *chinese;
};

#define PHRASE_ARGUMENTS_MAX 9

/* Each ends with a NULL. */
extern const struct phrase phrases_of_config[];   /* a configuration's and a profile's mistakes */
extern const struct phrase phrases_of_system[];   /* files, the appliance's answers, keys, notes */
extern const struct phrase phrases_of_audit[];    /* what a verification finds */
extern const struct phrase phrases_of_records[];  /* details that stand in records */
extern const struct phrase phrases_of_evidence[]; /* making and verifying a package */
extern const struct phrase phrases_of_export[];   /* asking for one */
extern const struct phrase phrases_of_accounts[]; /* accounts and sessions */
extern const struct phrase phrases_of_console[];  /* what the console refuses */

#endif
