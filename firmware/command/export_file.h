/*
 * The file that a package goes to: FILE from one moment to the next when it is whole, in the place
 * of no other. Until then it has no name (O_TMPFILE), so whatever fails leaves nothing, SIGKILL and
 * a power cut included. Where the file system has no such files (FAT, exFAT, NTFS, FUSE), it is
 * FILE.part, which is removed by whoever is not killed.
 */
#ifndef SEALROOM_COMMAND_EXPORT_FILE_H
#define SEALROOM_COMMAND_EXPORT_FILE_H

#include "base/message.h"

struct export_file {
    char path[PATH_SIZE];
    char part[PATH_SIZE + sizeof ".part"];
    int directory; /* that it lies in */
    int file;
    bool is_part;         /* it lies there as such */
    bool is_whole;        /* and on its medium: it stays, by whatever name it has */
    bool is_named;        /* FILE */
    struct error unnamed; /* valid where it is whole and not named: why it is FILE.part */
};

/* STATUS_EXISTS: there is one of that name, or another export writes it. Close it in any case. */
MUST_CHECK enum status export_file_open(struct export_file *file, const char *path,
                                        struct error *error);
/* What was written is on its medium, and has its name, or where somebody else has that meanwhile,
 * or it cannot be given, FILE.part. Whatever fails leaves neither. STATUS_MISMATCH: somebody took
 * it away. */
MUST_CHECK enum status export_file_keep(struct export_file *file, struct error *error);
/* Where a whole package lies, NULL if there is none. */
const char *export_file_whole(const struct export_file *file);
/* A whole one is of no use: removes it. */
void export_file_discard(struct export_file *file);
/* Removes what is not whole. */
void export_file_close(struct export_file *file);

#endif
