#include "accounts/account.h"

#include <jansson.h>
#include <string.h>

#include "base/utf8.h"

void account_touch(struct account *account)
{
    random_fill(account->salt, sizeof account->salt);
}

void account_set_password(struct account *account, const struct verifier *verifier, int64_t utc_ns,
                          bool must_change)
{
    memmove(&account->verifiers[1], &account->verifiers[0],
            (PASSWORD_HISTORY - 1) * sizeof account->verifiers[0]);
    account->verifiers[0] = *verifier;
    if (account->verifier_count < PASSWORD_HISTORY)
        account->verifier_count++;
    account->password_utc_ns = utc_ns;
    account->must_change = must_change;
    account_touch(account);
}

/* ---- written ---- */

static json_t *verifiers_json(const struct account *account)
{
    json_t *array = json_array();
    bool failed = array == NULL;
    for (size_t i = 0; !failed && i < account->verifier_count; i++) {
        char text[VERIFIER_TEXT_SIZE];
        verifier_text(&account->verifiers[i], text);
        failed = json_array_append_new(array, json_string(text)) != 0;
    }
    if (!failed)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *lasting_json(const struct account *account)
{
    char salt[2 * ACCOUNT_SALT_BYTES + 1];
    const struct word *role = word_operator_role(account->role);
    const struct word *state = word_account_state(account->state);
    hex_encode(salt, account->salt, sizeof account->salt);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:o, s:s}", "name", account->name,
                     "person", account->person, "role", role == NULL ? "" : role->name, "state",
                     state == NULL ? "" : state->name, "locked_until",
                     (json_int_t)account->locked_until_utc_ns, "created",
                     (json_int_t)account->created_utc_ns, "must_change", account->must_change,
                     "password_set", (json_int_t)account->password_utc_ns, "verifiers",
                     verifiers_json(account), "salt", salt);
}

static json_t *recent_json(const struct account_recent *recent)
{
    return json_pack("{s:I, s:s, s:I, s:I, s:I, s:I}", "last_login",
                     (json_int_t)recent->last_login_utc_ns, "last_login_address",
                     recent->last_login_address, "failures", (json_int_t)recent->failures, "tries",
                     (json_int_t)recent->tries, "used", (json_int_t)recent->used_utc_ns,
                     "used_lived", (json_int_t)recent->used_lived_ns);
}

static int put(const char *data, size_t size, void *context)
{
    return buffer_append(context, data, size) == STATUS_OK ? 0 : -1;
}

/* Takes `object`. */
static enum status append(json_t *object, struct buffer *line)
{
    int result = object == NULL ? -1 : json_dump_callback(object, put, line, JSON_COMPACT);
    json_decref(object);
    return result == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status account_lasting_append(const struct account *account, struct buffer *line)
{
    return append(lasting_json(account), line);
}

enum status account_recent_append(const struct account_recent *recent, struct buffer *line)
{
    return append(recent_json(recent), line);
}

enum status account_digest(const struct account *account, enum digest_algorithm algorithm,
                           struct digest *digest)
{
    struct buffer line = {0};
    enum status status = account_lasting_append(account, &line);
    if (status == STATUS_OK)
        digest_of(algorithm, buffer_bytes(&line), digest);
    buffer_release(&line);
    return status;
}

/* ---- read ---- */

static bool text_fits(const char *text, char *field, size_t size)
{
    if (strlen(text) >= size || !utf8_is_clean(bytes_of_text(text), false))
        return false;
    memcpy(field, text, strlen(text) + 1);
    return true;
}

static bool read_verifiers(const json_t *array, struct account *account)
{
    account->verifier_count = json_array_size(array);
    if (account->verifier_count == 0 || account->verifier_count > PASSWORD_HISTORY)
        return false;
    for (size_t i = 0; i < account->verifier_count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text == NULL || verifier_parse(text, &account->verifiers[i]) != STATUS_OK)
            return false;
    }
    return true;
}

static bool read_lasting(json_t *object, struct account *account)
{
    const char *name = NULL;
    const char *person = NULL;
    const char *role = NULL;
    const char *state = NULL;
    const char *salt = NULL;
    json_t *verifiers = NULL;
    json_int_t locked_until = 0;
    json_int_t created = 0;
    json_int_t password_set = 0;
    int must_change = 0;
    if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:o, s:s !}", "name", &name,
                    "person", &person, "role", &role, "state", &state, "locked_until",
                    &locked_until, "created", &created, "must_change", &must_change, "password_set",
                    &password_set, "verifiers", &verifiers, "salt", &salt) != 0)
        return false;
    const struct word *known_role = word_operator_role_named(role);
    const struct word *known_state = word_account_state_named(state);
    if (known_role == NULL || known_state == NULL)
        return false;
    account->role = (enum operator_role)known_role->code;
    account->state = (enum account_state)known_state->code;
    account->locked_until_utc_ns = locked_until;
    account->created_utc_ns = created;
    account->must_change = must_change != 0;
    account->password_utc_ns = password_set;
    return account_name_is_valid(name) && text_fits(name, account->name, sizeof account->name) &&
           text_fits(person, account->person, sizeof account->person) &&
           read_verifiers(verifiers, account) &&
           hex_decode(account->salt, sizeof account->salt, salt) == STATUS_OK;
}

static bool read_count(json_int_t value, uint32_t *count)
{
    *count = (uint32_t)value;
    return value >= 0 && value <= UINT32_MAX;
}

static bool read_recent(json_t *object, struct account_recent *recent)
{
    json_int_t last_login = 0;
    json_int_t failures = 0;
    json_int_t tries = 0;
    json_int_t used = 0;
    json_int_t used_lived = 0;
    const char *address = NULL;
    if (json_unpack(object, "{s:I, s:s, s:I, s:I, s:I, s:I !}", "last_login", &last_login,
                    "last_login_address", &address, "failures", &failures, "tries", &tries, "used",
                    &used, "used_lived", &used_lived) != 0)
        return false;
    recent->last_login_utc_ns = last_login;
    recent->used_utc_ns = used;
    recent->used_lived_ns = used_lived;
    return read_count(failures, &recent->failures) && read_count(tries, &recent->tries) &&
           text_fits(address, recent->last_login_address, sizeof recent->last_login_address);
}

static json_t *object_of(struct bytes line)
{
    return line.size > ACCOUNT_LINE_MAX
               ? NULL
               : json_loadb((const char *)line.data, line.size, JSON_REJECT_DUPLICATES, NULL);
}

/* What is read is written again: any other way of saying it is not ours. */
static enum status compare(struct bytes line, enum status written, struct buffer *again)
{
    bool is_same = written == STATUS_OK && bytes_equal(line, buffer_bytes(again));
    buffer_release(again);
    if (written != STATUS_OK)
        return written;
    return is_same ? STATUS_OK : STATUS_INVALID;
}

enum status account_lasting_parse(struct bytes line, struct account *account)
{
    struct buffer again = {0};
    json_t *object = object_of(line);
    memset(account, 0, sizeof *account);
    bool is_read = object != NULL && read_lasting(object, account);
    json_decref(object);
    return is_read ? compare(line, account_lasting_append(account, &again), &again)
                   : STATUS_INVALID;
}

enum status account_recent_parse(struct bytes line, struct account_recent *recent)
{
    struct buffer again = {0};
    json_t *object = object_of(line);
    memset(recent, 0, sizeof *recent);
    bool is_read = object != NULL && read_recent(object, recent);
    json_decref(object);
    return is_read ? compare(line, account_recent_append(recent, &again), &again) : STATUS_INVALID;
}
