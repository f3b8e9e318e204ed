/*
 * The settings of accounts: for each its name, what it is if nothing is said, and its bounds. A
 * setting may be stricter than usual and never laxer than its bound: GB/T 22239 asks for strength,
 * rotation, lock-out and idle log-out and gives no numbers; these are what assessors look for.
 *
 *   idle_minutes      a session ends when nobody was there for so long
 *   session_hours     and at the latest after so long
 *   password_length   characters at least, of three of four classes
 *   password_days     then a password has to be changed
 *   lock_after        so many failures in a row lock an account
 *   lock_minutes      for so long; 0: until a security administrator releases it
 *   unused_days       an account nobody used for so long is disabled
 */
#ifndef SEALROOM_BASE_ACCOUNT_LIMITS_H
#define SEALROOM_BASE_ACCOUNT_LIMITS_H

/* SETTING(name, usual, least, most, unit): members of struct message_account_settings. */
#define ACCOUNT_LIMITS(SETTING)                                                                    \
    SETTING(idle_minutes, 10, 1, 15, "minutes")                                                    \
    SETTING(session_hours, 12, 1, 12, "hours")                                                     \
    SETTING(password_length, 10, 8, 64, "characters")                                              \
    SETTING(password_days, 90, 1, 90, "days")                                                      \
    SETTING(lock_after, 5, 1, 5, "failures")                                                       \
    SETTING(lock_minutes, 15, 15, 1440, "minutes")                                                 \
    SETTING(unused_days, 90, 1, 90, "days")

#define ACCOUNT_RECENT_MINUTES 60

#endif
