/*
 * Where a package goes to, as the system knows it and not as somebody says.
 */
#ifndef SEALROOM_KEEPER_EXPORT_MEDIUM_H
#define SEALROOM_KEEPER_EXPORT_MEDIUM_H

#include "base/message_field.h"

/* "vfat on /media/stick (/dev/sdb1), removable"; "" if the keeper does not see it mounted. */
void export_medium_of(int output, char medium[DETAIL_SIZE]);

#endif
