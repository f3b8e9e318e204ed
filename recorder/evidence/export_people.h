/*
 * What people read in a package that is being made: entries.csv, verify.html, report.html, in this
 * order, for the report names the others' digests.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_PEOPLE_H
#define SEALROOM_EVIDENCE_EXPORT_PEOPLE_H

#include "evidence/export_segments.h"
#include "evidence/package_writer.h"
#include "evidence/report.h"

/* The members so far, as the report names them. Zero-initialise; release with
 * export_items_release. */
struct export_item {
    char name[ZIP_NAME_SIZE];
    char camera[ID_SIZE]; /* "" for what is no clip */
    struct report_item item;
};
struct export_items {
    struct export_item *list;
    size_t count;
    size_t capacity;
};

void export_items_release(struct export_items *items);
/* The next one; NULL without memory. `camera` "" for what is no clip. */
struct export_item *export_items_add(struct export_items *items, const char *name,
                                     const char *camera);

struct export_people {
    struct package_writer *package;
    struct ledger_view *view;
    const struct site *site;
    const struct certificate *certificate;
    uint64_t request;
    int page; /* verify.html; -1: there is none */
    struct export_items *items;
    const struct export_absents *absents;
    enum language language;                 /* that the report shows first */
    const struct report_pictures *pictures; /* NULL: there are none */
};

MUST_CHECK enum status export_people_write(const struct export_people *people, struct error *error);

#endif
