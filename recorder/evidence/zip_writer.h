/*
 * Writing a package's ZIP, from its beginning to its end, as FORMAT.md, "The file", says; a library
 * makes every byte. A member's sizes and CRC are put into its header when they are known, so the
 * file must be one that can be written anywhere in; nothing is copied, and nothing read. Without
 * its end it is no ZIP and no package: a half one passes for nothing.
 *
 * What the disk says (STATUS_FULL, STATUS_IO and errno) may come one call late, for up to 64 KiB
 * wait in memory; whatever follows it says the same, and nothing more is written.
 */
#ifndef SEALROOM_EVIDENCE_ZIP_WRITER_H
#define SEALROOM_EVIDENCE_ZIP_WRITER_H

#include "evidence/zip_layout.h"

struct zip_writer;

/* `file` is open for writing, empty, and borrowed for the writer's life. Writing begins where it
 * stands; offsets count from the file's beginning. */
MUST_CHECK enum status zip_writer_new(int file, struct zip_writer **writer, struct error *error);
/* NULL is allowed. */
void zip_writer_free(struct zip_writer *writer);
/* The next member. STATUS_INVALID: such a name cannot stand there, or stands there already;
 * STATUS_FULL: there are ZIP_MEMBERS_MAX. */
MUST_CHECK enum status zip_writer_begin(struct zip_writer *writer, const char *name,
                                        struct error *error);
/* More of the member that was begun. STATUS_FULL: the disk is, or it gets too large. */
MUST_CHECK enum status zip_writer_add(struct zip_writer *writer, struct bytes bytes,
                                      struct error *error);
MUST_CHECK enum status zip_writer_end(struct zip_writer *writer, struct error *error);
/* Directory and end records: nothing may be added any more. Not synced. */
MUST_CHECK enum status zip_writer_finish(struct zip_writer *writer, struct error *error);
/* The members so far. Borrowed until the next call. */
size_t zip_writer_count(const struct zip_writer *writer);
const struct zip_member *zip_writer_at(const struct zip_writer *writer, size_t index);

#endif
