/*
 * The parts of profile_check, by what they look at; between the files profile_check*.c.
 * Each adds what is wrong to *mistakes.
 */
#ifndef SEALROOM_DOOR_PROFILE_CHECK_H
#define SEALROOM_DOOR_PROFILE_CHECK_H

#include "door/profile.h"

struct named_field {
    const struct field *field;
    const char *name;
};

/* Its table is one of bits. */
bool profile_is_bits(enum profile_table table);

/* may_be_cut: nothing in it changes between two reads, or it does no harm. */
void profile_check_window(const struct profile *profile, const struct profile_window *window,
                          size_t most_words, bool may_be_cut, struct yaml_mistakes *mistakes);
void profile_check_writes(const struct profile *profile, const struct profile_writes *writes,
                          struct yaml_mistakes *mistakes);

/* Something in words from..to-1 of the window is not read. */
bool profile_in_gap(const struct profile_window *window, size_t from, size_t to);

/* The field, as `name`, lies in the window, and in none of its gaps. */
void profile_check_inside(const struct field *field, const struct profile_window *window,
                          const char *name, struct yaml_mistakes *mistakes);
/* Besides, it is a number. */
void profile_check_numbers(const struct named_field *fields, size_t count,
                           const struct profile_window *window, struct yaml_mistakes *mistakes);
void profile_check_time(const struct device_time *time, const struct profile_window *window,
                        struct yaml_mistakes *mistakes);

/* All of a profile of shape level. */
void profile_check_inputs(const struct profile *profile, struct yaml_mistakes *mistakes);

#endif
