/*
 * Ways to alter a package for package_rebuild: what an exporter might do who signs properly.
 */
#ifndef SEALROOM_TESTS_PACKAGE_EDIT_H
#define SEALROOM_TESTS_PACKAGE_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* In a member: the first line that begins with `from`, after the text `after` if that is not NULL,
 * and those that follow up to `lines` become `to`, in which "%h" is the hash that ends the first of
 * them; NULL: nothing. */
struct package_edit {
    const char *member;
    const char *from;
    const char *after;
    unsigned lines;
    const char *to;
    bool done;
};

void package_edit_lines(void *edit, const char *name, struct buffer *content);
/* In proof/clips.txt, of the clip of that name: its fragment `fragment`, from 0, is said to begin
 * and to last so many ns later and longer than the recorder says. */
struct package_retiming {
    const char *clip;
    unsigned fragment;
    int64_t later_ns;
    int64_t longer_ns;
    bool done;
};

void package_retime(void *retiming, const char *name, struct buffer *content);
/* The first record of a run that is shown whole is shown by its head only. */
void package_withhold(void *context, const char *name, struct buffer *content);
/* The manifest gets one more line, as if somebody else had signed it too. */
void package_add_signature(void *context, const char *name, struct buffer *content);
/* A record of the package stands in it a second time, beyond the checkpoint. *context is an enum
 * digest_algorithm. */
void package_add_record(void *context, const char *name, struct buffer *content);
/* The ZIP and its manifest made and signed again, of the same members. */
void package_edit_nothing(void *context, const char *name, struct buffer *content);

#endif
