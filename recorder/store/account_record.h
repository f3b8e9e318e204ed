/*
 * What an `account` record says: what became of an account, and the digest of what lasts of it
 * (accounts/account.h), by which the account book is judged. FORMAT.md, "Account".
 */
#ifndef SEALROOM_STORE_ACCOUNT_RECORD_H
#define SEALROOM_STORE_ACCOUNT_RECORD_H

#include "base/message.h"
#include "base/permission.h"
#include "ledger/record.h"

struct account_record {
    enum account_event event;
    char account[ID_SIZE]; /* "" where it is about none */
    char person[NAME_SIZE];
    unsigned role;  /* enum operator_role; 0: not said */
    unsigned state; /* enum account_state; 0: not said */
    int64_t until_utc_ns;
    bool has_until; /* it is locked until then */
    struct digest digest;
    bool has_digest; /* else it cannot log in */
    char second[ID_SIZE];
    char reason[DETAIL_SIZE];
    char detail[DETAIL_SIZE];
    uint32_t uid; /* of a local user without an account */
    uint32_t process;
    bool is_local;
};

/* *members is the caller's to json_decref. */
MUST_CHECK enum status account_record_members(const struct account_record *record, json_t **members,
                                              struct error *error);
MUST_CHECK enum status account_record_parse(const json_t *body, struct account_record *record,
                                            struct error *error);

#endif
