/*
 * Writes pieces into the granted file and tells the keeper of each: one pass for the digest (a
 * second for SM3 where the ledger wants it), one write(2).
 *
 * This is a segment_sink. When a write fails, the whole pieces before it are told as the segment's
 * end; what a half-done write left behind is the keeper's to name.
 */
#ifndef SEALROOM_CAMERA_PIECE_WRITER_H
#define SEALROOM_CAMERA_PIECE_WRITER_H

#include "camera/link.h"
#include "camera/segment_sink.h"

struct piece_writer;

MUST_CHECK enum status piece_writer_new(struct link *link, struct piece_writer **writer,
                                        struct error *error);
void piece_writer_free(struct piece_writer *writer);
/* The writer as a sink; `note` is not set. */
struct segment_sink piece_writer_sink(struct piece_writer *writer);

#endif
