/*
 * A record: two lines of UTF-8 I-JSON (RFC 7493), the head and the body. FORMAT.md, "Records",
 * gives every member. Once made, its bytes are stored, hashed and shown verbatim.
 *
 * The leaf of the tree is the head; the head holds the body's digest, and the body holds 128
 * random bits (`salt`), so a leaf tells nothing about a body that was not disclosed.
 */
#ifndef SEALROOM_LEDGER_RECORD_H
#define SEALROOM_LEDGER_RECORD_H

#include <jansson.h>

#include "base/clock.h"
#include "base/vocabulary.h"
#include "crypto/suite.h"

#define SOURCE_SIZE   48 /* "camera/gate", "door/panel", "operator/uid-0", "appliance" and NUL */
#define HEAD_SIZE_MAX 1024
#define BODY_SIZE_MAX ((size_t)1024 * 1024)

#define RECORD_KIND_UNKNOWN ((enum record_kind)0)

/* What stands in a head. */
struct record_head {
    enum record_kind kind;
    char source[SOURCE_SIZE];
    uint64_t seq; /* this source's count, from 1, without holes */
    int64_t at_utc_ns;
    char boot_id[BOOT_ID_SIZE];
    int64_t monotonic_ns;
    enum clock_quality quality;
    struct digest body; /* digest of the body's bytes, without the newline */
};

/* Makes the two lines. `members` is a JSON object without "salt"; borrowed. head->body is filled
 * in. Both buffers are cleared first; no newline is in them. */
MUST_CHECK enum status record_make(enum digest_algorithm algorithm, struct record_head *head,
                                   const json_t *members, struct buffer *head_line,
                                   struct buffer *body_line, struct error *error);

/* Reads a head strictly: exactly the members of FORMAT.md in their form, no duplicates, nothing
 * else. Does not look at the body. */
MUST_CHECK enum status record_head_parse(struct bytes head_line, struct record_head *head,
                                         struct error *error);
/* The same of a kind that this version does not know, but that is a word: it is
 * RECORD_KIND_UNKNOWN then. */
MUST_CHECK enum status record_head_parse_any(struct bytes head_line, struct record_head *head,
                                             struct error *error);
/* Does the body's digest stand in the head? STATUS_OK or STATUS_MISMATCH. */
MUST_CHECK enum status record_body_check(enum digest_algorithm algorithm,
                                         const struct record_head *head, struct bytes body_line,
                                         struct error *error);
/* Reads a body: a JSON object with a well-formed salt. The caller's to json_decref. */
MUST_CHECK enum status record_body_parse(struct bytes body_line, json_t **body,
                                         struct error *error);

/* 64-bit numbers stand in records as decimal strings (RFC 7493, 2.2). */
json_t *json_u64(uint64_t value);
json_t *json_i64(int64_t value);
json_t *json_time(int64_t utc_ns);
json_t *json_digest(const struct digest *digest);
MUST_CHECK enum status json_get_u64(const json_t *object, const char *key, uint64_t *value);
MUST_CHECK enum status json_get_i64(const json_t *object, const char *key, int64_t *value);
MUST_CHECK enum status json_get_time(const json_t *object, const char *key, int64_t *utc_ns);
MUST_CHECK enum status json_get_digest(const json_t *object, const char *key,
                                       struct digest *digest);
/* NULL if it is not there or not a string. Borrowed. */
const char *json_get_text(const json_t *object, const char *key);
/* Of ids with blanks between them, as records list cameras and doors: an array. */
json_t *json_ids(const char *ids);

#endif
