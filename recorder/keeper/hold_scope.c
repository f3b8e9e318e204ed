#include "keeper/hold_scope.h"

#include <stdio.h>
#include <string.h>

/* Room for one byte more than an id has: so what is too long is cut, and still no id. */
#define WORD_SIZE (ID_SIZE + 1)

static bool next_word(const char **at, char word[WORD_SIZE])
{
    *at += strspn(*at, " ");
    size_t size = strcspn(*at, " ");
    (void)snprintf(word, WORD_SIZE, "%.*s", (int)size, *at);
    *at += size;
    return size > 0;
}

static bool names(const char *list, const char *id)
{
    char word[WORD_SIZE];
    while (next_word(&list, word)) {
        if (strcmp(word, id) == 0)
            return true;
    }
    return false;
}

static enum status add_id(char list[DETAIL_SIZE], const char *id, struct error *error)
{
    size_t used = strlen(list);
    if (names(list, id))
        return STATUS_OK;
    if (used + 1 + strlen(id) >= DETAIL_SIZE)
        return error_set(error, STATUS_FULL, "these are more ids than one hold can name");
    (void)snprintf(list + used, DETAIL_SIZE - used, "%s%s", used > 0 ? " " : "", id);
    return STATUS_OK;
}

static enum status add_door(const struct keeper *keeper, struct hold_record *said, const char *id,
                            struct error *error)
{
    const struct message_door_settings *door = roster_door(&keeper->roster, id, NULL);
    char camera[WORD_SIZE];
    if (door == NULL)
        return error_set(error, STATUS_NOT_FOUND, "no door %s is configured", id);
    const char *at = door->cameras;
    if (!next_word(&at, camera))
        return error_set(error, STATUS_INVALID, "door %s has no camera whose video could be held",
                         id);
    enum status status = STATUS_OK;
    do {
        status = add_id(said->cameras, camera, error);
    } while (status == STATUS_OK && next_word(&at, camera));
    return status;
}

/* One that was taken out of the configuration may still have video to hold. */
static enum status check_camera(const struct keeper *keeper, const char *id, struct error *error)
{
    struct segment_total stored = {0};
    if (roster_camera(&keeper->roster, id) != NULL)
        return STATUS_OK;
    enum status status = segment_index_stored(keeper->books.segments, id, &stored, error);
    if (status == STATUS_OK && stored.segments == 0)
        return error_set(error, STATUS_NOT_FOUND, "there is no camera %s and no video of it", id);
    return status;
}

enum status hold_scope_settle(const struct keeper *keeper, struct hold_record *said,
                              struct error *error)
{
    const struct hold_record given = *said;
    enum status status = STATUS_OK;
    char word[WORD_SIZE];
    said->cameras[0] = '\0';
    said->doors[0] = '\0';
    for (const char *at = given.cameras; status == STATUS_OK && next_word(&at, word);) {
        status = check_camera(keeper, word, error);
        if (status == STATUS_OK)
            status = add_id(said->cameras, word, error);
    }
    for (const char *at = given.doors; status == STATUS_OK && next_word(&at, word);) {
        status = add_door(keeper, said, word, error);
        if (status == STATUS_OK)
            status = add_id(said->doors, word, error);
    }
    return status;
}
