/* The body of a record of each kind that the recorder reads back: what it takes, it can make
 * again, and takes what it made. */
#include <string.h>

#include "fuzz.h"
#include "store/alarm_record.h"
#include "store/body_expiry_record.h"
#include "store/body_table.h"
#include "store/entry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/segment_record.h"

typedef enum status (*parse_function)(const json_t *body, void *record, struct error *error);
typedef enum status (*make_function)(const void *record, json_t **members, struct error *error);

#define KIND(noun)                                                                                 \
    static enum status noun##_parse(const json_t *body, void *record, struct error *error)         \
    {                                                                                              \
        return noun##_record_parse(body, record, error);                                           \
    }                                                                                              \
    static enum status noun##_make(const void *record, json_t **members, struct error *error)      \
    {                                                                                              \
        return noun##_record_members(record, members, error);                                      \
    }

KIND(alarm)
KIND(body_expiry)
KIND(entry)
KIND(expiry)
KIND(gap)
KIND(segment)

static const struct kind {
    parse_function parse;
    make_function make;
    size_t size;
} kinds[] = {
    {alarm_parse, alarm_make, sizeof(struct alarm_record)},
    {body_expiry_parse, body_expiry_make, sizeof(struct body_expiry_record)},
    {entry_parse, entry_make, sizeof(struct entry_record)},
    {expiry_parse, expiry_make, sizeof(struct expiry_record)},
    {gap_parse, gap_make, sizeof(struct gap_record)},
    {segment_parse, segment_make, sizeof(struct segment_record)},
};

static void round_trip(const struct kind *kind, const json_t *body)
{
    void *record = calloc(1, kind->size);
    void *again = calloc(1, kind->size);
    json_t *members = NULL;
    MUST(record != NULL && again != NULL);
    if (kind->parse(body, record, NULL) == STATUS_OK) {
        MUST(kind->make(record, &members, NULL) == STATUS_OK);
        MUST(kind->parse(members, again, NULL) == STATUS_OK);
    }
    json_decref(members);
    free(record);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body = NULL;
    if (record_body_parse((struct bytes){data, size}, &body, NULL) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        round_trip(&kinds[i], body);
    }
    json_decref(body);
    return 0;
}
