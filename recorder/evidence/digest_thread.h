/*
 * Digests in a thread of its own what passes through, so that reading and writing go on meanwhile.
 * SM3 takes as long as all the rest of making a clip together.
 */
#ifndef SEALROOM_EVIDENCE_DIGEST_THREAD_H
#define SEALROOM_EVIDENCE_DIGEST_THREAD_H

#include "crypto/suite.h"

#define DIGEST_BLOCK_SIZE ((size_t)256 * 1024)

struct digest_thread;

/* The hashers, `count` of at most 2, have begun. They are the thread's until it is freed. */
MUST_CHECK enum status digest_thread_new(struct hasher *const *hashers, size_t count,
                                         struct digest_thread **thread, struct error *error);
/* Waits until everything is digested. NULL is allowed. */
void digest_thread_free(struct digest_thread *thread);

/* DIGEST_BLOCK_SIZE bytes to fill; borrowed. Waits while the thread is at all that it was given. */
uint8_t *digest_thread_block(struct digest_thread *thread);
/* Hands on the first `size` bytes of that block, which may still be read until the next one is
 * asked for. */
void digest_thread_add(struct digest_thread *thread, size_t size);

#endif
