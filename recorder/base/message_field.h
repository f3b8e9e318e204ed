/*
 * Sizes of the texts and digests in messages, and of the ids they name.
 */
#ifndef SEALROOM_BASE_MESSAGE_FIELD_H
#define SEALROOM_BASE_MESSAGE_FIELD_H

#define ID_SIZE         33  /* camera, door, controller: [a-z0-9][a-z0-9-]{0,31} and NUL */
#define NAME_SIZE       97  /* what people call it */
#define DETAIL_SIZE     257 /* one sentence */
#define PATH_SIZE       512
#define DIGEST_SIZE     32
#define SEGMENT_ID_SIZE 65
#define RAW_SIZE        257  /* hexadecimal */
#define NOTE_SIZE       2049 /* a checkpoint's note */

#endif
