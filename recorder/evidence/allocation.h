/*
 * Memory of libraries that do not always tell when they had none. jansson takes a text that it
 * could not keep for one that is malformed or shorter, OpenSSL a signature for one that does not
 * fit: what is whole would be called altered.
 */
#ifndef SEALROOM_EVIDENCE_ALLOCATION_H
#define SEALROOM_EVIDENCE_ALLOCATION_H

/* Before either of them is used: where one gets no memory, sealroom-verify says so and ends with
 * exit status 2, "could not run". */
void allocation_or_exit(void);

#endif
