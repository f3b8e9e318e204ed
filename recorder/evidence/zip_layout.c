#include "evidence/zip_layout.h"

#include <string.h>

#define LOCAL_SIGNATURE     UINT32_C(0x04034b50)
#define CENTRAL_SIGNATURE   UINT32_C(0x02014b50)
#define END_SIGNATURE       UINT32_C(0x06054b50)
#define END64_SIGNATURE     UINT32_C(0x06064b50)
#define LOCATOR64_SIGNATURE UINT32_C(0x07064b50)

#define LOCAL_FIXED   30u
#define CENTRAL_FIXED 46u
#define END64_SIZE    56u
#define EXTRA_SIZE    12u

#define VERSION_PLAIN 20
#define VERSION_ZIP64 45
#define DOS_TIME      0
#define DOS_DATE      0x21 /* 1980-01-01 */
#define ZIP64_ID      1
#define NO_OFFSET     UINT32_C(0xffffffff)
#define NAME_PARTS    3

static bool needs_zip64(uint64_t offset)
{
    return offset >= NO_OFFSET;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Length of the part that `text` begins with; 0 if there is none. */
static size_t part_size(const char *text)
{
    size_t size = 0;
    while (is_plain(text[size]) || (size > 0 && text[size] != '\0' && strchr("._-", text[size]))) {
        size++;
    }
    return size > 0 && text[size - 1] == '.' ? 0 : size;
}

bool zip_name_is_valid(const char *name)
{
    if (strnlen(name, ZIP_NAME_SIZE) == ZIP_NAME_SIZE) {
        return false;
    }
    for (unsigned parts = 1; parts <= NAME_PARTS; parts++) {
        size_t size = part_size(name);
        name += size;
        if (size == 0 || *name == '\0') {
            return size > 0;
        }
        if (*name++ != '/') {
            return false;
        }
    }
    return false;
}

/* What both headers of a member have in common. */
static void write_common(struct writer *writer, const struct zip_member *member, uint16_t needed,
                         uint16_t extra)
{
    write_u16(writer, needed);
    write_u16(writer, 0); /* flags */
    write_u16(writer, 0); /* stored */
    write_u16(writer, DOS_TIME);
    write_u16(writer, DOS_DATE);
    write_u32(writer, member->crc);
    write_u32(writer, member->size);
    write_u32(writer, member->size);
    write_u16(writer, (uint16_t)strlen(member->name));
    write_u16(writer, extra);
}

size_t zip_local_header(const struct zip_member *member, uint8_t header[ZIP_LOCAL_SIZE_MAX])
{
    struct writer writer = writer_of(header, ZIP_LOCAL_SIZE_MAX);
    write_u32(&writer, LOCAL_SIGNATURE);
    write_common(&writer, member, VERSION_PLAIN, 0);
    write_bytes(&writer, member->name, strlen(member->name));
    return writer.size;
}

size_t zip_central_header(const struct zip_member *member, uint8_t header[ZIP_CENTRAL_SIZE_MAX])
{
    struct writer writer = writer_of(header, ZIP_CENTRAL_SIZE_MAX);
    bool zip64 = needs_zip64(member->offset);
    write_u32(&writer, CENTRAL_SIGNATURE);
    write_u16(&writer, VERSION_ZIP64);
    write_common(&writer, member, zip64 ? VERSION_ZIP64 : VERSION_PLAIN, zip64 ? EXTRA_SIZE : 0);
    write_u16(&writer, 0); /* comment */
    write_u16(&writer, 0); /* disk */
    write_u16(&writer, 0); /* internal attributes */
    write_u32(&writer, 0); /* external attributes */
    write_u32(&writer, zip64 ? NO_OFFSET : (uint32_t)member->offset);
    write_bytes(&writer, member->name, strlen(member->name));
    if (zip64) {
        write_u16(&writer, ZIP64_ID);
        write_u16(&writer, sizeof(member->offset));
        write_u64(&writer, member->offset);
    }
    return writer.size;
}

static void write_end64(struct writer *writer, uint32_t count, uint64_t offset, uint64_t size)
{
    write_u32(writer, END64_SIGNATURE);
    write_u64(writer, END64_SIZE - 12);
    write_u16(writer, VERSION_ZIP64);
    write_u16(writer, VERSION_ZIP64);
    write_u32(writer, 0); /* disks */
    write_u32(writer, 0);
    write_u64(writer, count);
    write_u64(writer, count);
    write_u64(writer, size);
    write_u64(writer, offset);
    write_u32(writer, LOCATOR64_SIGNATURE);
    write_u32(writer, 0); /* disk */
    write_u64(writer, offset + size);
    write_u32(writer, 1); /* disks */
}

size_t zip_end_records(uint32_t count, uint64_t offset, uint64_t size,
                       uint8_t records[ZIP_ENDS_SIZE_MAX])
{
    struct writer writer = writer_of(records, ZIP_ENDS_SIZE_MAX);
    bool zip64 = needs_zip64(offset);
    if (zip64) {
        write_end64(&writer, count, offset, size);
    }
    write_u32(&writer, END_SIGNATURE);
    write_u16(&writer, 0); /* disks */
    write_u16(&writer, 0);
    write_u16(&writer, (uint16_t)count);
    write_u16(&writer, (uint16_t)count);
    write_u32(&writer, (uint32_t)size);
    write_u32(&writer, zip64 ? NO_OFFSET : (uint32_t)offset);
    write_u16(&writer, 0); /* comment */
    return writer.size;
}

uint64_t zip_data_offset(const struct zip_member *member)
{
    return member->offset + LOCAL_FIXED + strlen(member->name);
}

uint64_t zip_member_end(const struct zip_member *member)
{
    return zip_data_offset(member) + member->size;
}
