/*
 * Building a JSON object member by member, looking once at the end whether memory held out.
 */
#ifndef SEALROOM_KEEPER_BODY_H
#define SEALROOM_KEEPER_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/suite.h"

struct body {
    json_t *object;
    bool failed;
};

struct body body_begin(void);
/* The object, the caller's; NULL if anything failed. */
json_t *body_end(struct body *body);

/* Takes `value`; NULL counts as memory run out. */
void body_put(struct body *body, const char *key, json_t *value);
/* Left out if `text` is NULL or empty. */
void body_text(struct body *body, const char *key, const char *text);
void body_flag(struct body *body, const char *key, bool value);
/* A number that always fits 53 bits. */
void body_small(struct body *body, const char *key, uint32_t value);
void body_u64(struct body *body, const char *key, uint64_t value);
void body_i64(struct body *body, const char *key, int64_t value);
void body_time(struct body *body, const char *key, int64_t utc_ns);
void body_digest(struct body *body, const char *key, const struct digest *digest);
/* 32 bytes in hexadecimal; left out if all are zero. */
void body_raw_digest(struct body *body, const char *key, const uint8_t *digest);
/* An array of the words between blanks; left out if there is none. */
void body_words(struct body *body, const char *key, const char *words);
/* Borrowed; left out if NULL. */
void body_borrowed(struct body *body, const char *key, const json_t *value);

#endif
