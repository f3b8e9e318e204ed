#include "evidence/site.h"

#include <stdlib.h>
#include <string.h>

struct site {
    json_t *configuration; /* NULL: none can be read */
};

static json_t *read_configuration(struct ledger_view *view, uint64_t record)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    const struct suite *suite = ledger_view_suite(view);
    if (record == 0 || suite == NULL || ledger_view_row(view, record, &row, NULL) != STATUS_OK ||
        !row.has_body || record_head_parse(row.head, &head, NULL) != STATUS_OK ||
        head.kind != RECORD_CONFIG ||
        record_body_check(suite_digest_algorithm(suite), &head, row.body, NULL) != STATUS_OK) {
        return NULL;
    }
    return record_body_parse(row.body, &body, NULL) == STATUS_OK ? body : NULL;
}

enum status site_read(struct ledger_view *view, uint64_t record, struct site **site,
                      struct error *error)
{
    *site = calloc(1, sizeof **site);
    if (*site == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the site's names");
    }
    (*site)->configuration = read_configuration(view, record);
    return STATUS_OK;
}

void site_free(struct site *site)
{
    if (site != NULL) {
        json_decref(site->configuration);
        free(site);
    }
}

const char *site_name(const struct site *site)
{
    const char *name = json_get_text(site->configuration, "site");
    return name != NULL ? name : "";
}

static const char *name_of(const struct site *site, const char *list, const char *key,
                           const char *id)
{
    const json_t *items = json_object_get(site->configuration, list);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *found = json_get_text(item, key);
        const char *name = json_get_text(item, "name");
        if (found != NULL && name != NULL && name[0] != '\0' && strcmp(found, id) == 0) {
            return name;
        }
    }
    return id;
}

const char *site_camera(const struct site *site, const char *camera)
{
    return name_of(site, "cameras", "camera", camera);
}

const char *site_door(const struct site *site, const char *door)
{
    return name_of(site, "doors", "door", door);
}

enum card_display site_cards(const struct site *site)
{
    return site->configuration != NULL && json_object_get(site->configuration, "card") == NULL
               ? CARDS_FULL
               : CARDS_MASKED;
}
