/*
 * entries.csv: the entries of a package for a spreadsheet, and for scripts.
 *
 * UTF-8 with a byte order mark, for Excel takes a file without one for GBK or Windows-1252; CRLF
 * and quoting as RFC 4180 has it. One header line, not two: a spreadsheet sorts and filters below
 * its first line, and a second header would be sorted among the entries. A header is its Chinese
 * name and, after the last space, an English one in [a-z_] (which `sealroom entries --json` has
 * too, where it has the member); a word of the vocabulary is written in the same way, "准许
 * granted". So people read the front, and a script takes what follows the last space.
 *
 * Local time stands in the form that a spreadsheet takes for a time, its zone beside it, and UTC to
 * the nanosecond. A card is "№ " and the number, for a spreadsheet would make a number of it,
 * without its leading zeros. A cell that a spreadsheet could take for a formula (it begins with = +
 * - @, their full-width forms, a tab or a line break) has an apostrophe before it.
 */
#ifndef SEALROOM_EVIDENCE_ENTRIES_CSV_H
#define SEALROOM_EVIDENCE_ENTRIES_CSV_H

#include "evidence/content.h"
#include "evidence/tiling.h"

#define ENTRIES_CSV_NAME "entries.csv"

/* Each entry of the package in the order of the records, also one whose content is there no more,
 * and each conclusion of the recorder's, marked as such. Not those of doors that were not asked
 * for: the package shows nothing of them but that there is a record. Local time is the process's
 * own (tzset(3) before a sandbox). *count: how many (may be NULL). */
MUST_CHECK enum status entries_csv_write(const struct content *content,
                                         const struct text_sink *sink, uint64_t *count,
                                         struct error *error);

#endif
