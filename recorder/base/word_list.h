/*
 * A list of words and its look-ups by code and by name. Internal: for the files that have the
 * tables.
 */
#ifndef SEALROOM_BASE_WORD_LIST_H
#define SEALROOM_BASE_WORD_LIST_H

#include "base/vocabulary.h"

struct word_list {
    const struct word *words;
    size_t count;
};

/* NULL if there is none. */
const struct word *word_list_code(struct word_list list, unsigned code);
const struct word *word_list_name(struct word_list list, const char *name);

/* The three look-ups of the array `noun`s, which all have the same form. */
#define WORD_LOOKUPS(noun)                                                                         \
    static const struct word_list noun##_list = {noun##s, sizeof noun##s / sizeof noun##s[0]};     \
    const struct word *word_##noun(enum noun code)                                                 \
    {                                                                                              \
        return word_list_code(noun##_list, (unsigned)code);                                        \
    }                                                                                              \
    const struct word *word_##noun##_named(const char *name)                                       \
    {                                                                                              \
        return word_list_name(noun##_list, name);                                                  \
    }                                                                                              \
    const struct word *word_##noun##s(size_t *count)                                               \
    {                                                                                              \
        *count = noun##_list.count;                                                                \
        return noun##_list.words;                                                                  \
    }

#endif
