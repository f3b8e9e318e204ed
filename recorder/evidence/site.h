/*
 * What people call the site, its cameras and doors, and how it shows card numbers: from a
 * `config` record, the newest that a package's ledger has.
 */
#ifndef SEALROOM_EVIDENCE_SITE_H
#define SEALROOM_EVIDENCE_SITE_H

#include "base/card.h"
#include "ledger/ledger.h"

struct site;

/* `record` is that record's number (selection_configuration). With 0, or one that cannot be read or
 * is not what its head says, nothing has a name and cards are masked: no failure. */
MUST_CHECK enum status site_read(struct ledger_view *view, uint64_t record, struct site **site,
                                 struct error *error);
/* NULL is allowed. */
void site_free(struct site *site);
/* "" if it has none. Borrowed, as all below. */
const char *site_name(const struct site *site);
/* The id itself if it has no name. */
const char *site_camera(const struct site *site, const char *camera);
const char *site_door(const struct site *site, const char *door);
enum card_display site_cards(const struct site *site);

#endif
