/*
 * Reading a package's ZIP, strictly: it is laid out as zip_layout.h says, or every byte range that
 * is not is named. Libraries accept more (hidden members, two lists that differ, overlaps).
 */
#ifndef SEALROOM_EVIDENCE_ZIP_READER_H
#define SEALROOM_EVIDENCE_ZIP_READER_H

#include "evidence/zip_layout.h"

struct zip_reader;

/* Bytes of the file that are not what they must be. */
struct zip_fault {
    uint64_t from;
    uint64_t to;      /* not in the range */
    const char *what; /* constant, a few words in English */
};

/* Reads the directory and holds everything outside the members' data against it. `file` is open
 * for reading, and borrowed for the reader's life. STATUS_INVALID: it cannot be read as a package
 * at all, *reader is NULL and the last fault handed out says why. Any other deviation is handed to
 * `fault` and reading goes on. STATUS_IO: the disk. */
MUST_CHECK enum status zip_reader_open(int file,
                                       void (*fault)(void *context, const struct zip_fault *fault),
                                       void *context, struct zip_reader **reader,
                                       struct error *error);
/* NULL is allowed. */
void zip_reader_free(struct zip_reader *reader);

size_t zip_reader_count(const struct zip_reader *reader);
/* Borrowed; `index` must be below the count. */
const struct zip_member *zip_reader_at(const struct zip_reader *reader, size_t index);
/* NULL if there is none. */
const struct zip_member *zip_reader_find(const struct zip_reader *reader, const char *name);
/* Where zip_data_offset() counts from; borrowed. */
int zip_reader_file(const struct zip_reader *reader);
/* Reads exactly `size` bytes of the member's data from `offset` in it. STATUS_INVALID: it has not
 * so many; STATUS_IO: the disk, or the file became shorter. Any thread may call it. */
MUST_CHECK enum status zip_reader_read(const struct zip_reader *reader,
                                       const struct zip_member *member, uint64_t offset, void *data,
                                       size_t size, struct error *error);

/* True: the file begins like a ZIP encrypted by AES, as a package does that was encrypted for
 * transport (FORMAT.md, "Transport"). Good for a hint, and for nothing else. */
bool zip_is_encrypted(int file);

#endif
