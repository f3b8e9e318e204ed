#include "store/schemas.h"

#include <stddef.h>

#include "store/entry_key.h"
#include "store/follow.h"
#include "store/hold.h"
#include "store/piece_table.h"
#include "store/segment_index.h"

const char *const store_schemas[] = {followed_schema,  piece_table_schema, segment_index_schema,
                                     entry_key_schema, hold_schema,        NULL};
