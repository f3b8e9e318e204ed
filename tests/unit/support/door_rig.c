#include "door_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

void door_rig_connect(struct door_rig *rig)
{
    int pair[2];
    file_close(&rig->controller);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(bus_open_on(rig->bus, pair[0], NULL), STATUS_OK);
    rig->controller = pair[1];
}

static void begin_bus(struct door_rig *rig)
{
    const struct message_door_setup setup = {
        .transport = TRANSPORT_TCP, .address = "192.0.2.1", .unit = 1, .timeout_ms = 2000};
    assert_int_equal(bus_new(&setup, &rig->bus, NULL), STATUS_OK);
    door_rig_connect(rig);
}

static void begin_link(struct door_rig *rig)
{
    const struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL};
    enum message_type type = 0;
    union message_payload payload;
    int attached = -1;
    int pair[2];
    assert_int_equal(link_new(&rig->clock, &rig->link, NULL), STATUS_OK);
    assert_int_equal(channel_pair(pair, NULL), STATUS_OK);
    assert_int_equal(channel_new(pair[0], &rig->keeper, NULL), STATUS_OK);
    assert_int_equal(link_attach(rig->link, pair[1], NULL), STATUS_OK);
    assert_int_equal(channel_receive(rig->keeper, &type, NULL, &payload, &attached, NULL),
                     STATUS_OK);
    assert_int_equal(type, MESSAGE_HELLO);
    assert_int_equal(channel_send(rig->keeper, MESSAGE_WELCOME, &welcome, -1, NULL, NULL),
                     STATUS_OK);
    link_receive(rig->link);
}

void door_rig_begin(struct door_rig *rig, const char *text, struct clock clock)
{
    struct yaml_mistakes mistakes = {0};
    *rig = (struct door_rig){.clock = clock, .controller = -1};
    assert_int_equal(profile_parse(bytes_of_text(text), &rig->profile, &mistakes, NULL), STATUS_OK);
    yaml_mistakes_release(&mistakes);
    if (rig->profile->shape != PROFILE_LINES)
        begin_bus(rig);
    begin_link(rig);
    rig->watch =
        (struct watch){rig->profile, &rig->doors, &rig->clock, rig->bus, rig->link, NS_PER_SECOND};
}

void door_rig_end(struct door_rig *rig)
{
    channel_free(rig->keeper);
    link_free(rig->link);
    bus_free(rig->bus);
    profile_free(rig->profile);
    file_close(&rig->controller);
}

/* A Modbus TCP frame for the next transaction (V1.1b3, 4.1). */
void door_rig_answer(struct door_rig *rig, const uint8_t *body, uint8_t size)
{
    rig->transaction++;
    uint8_t frame[64] = {(uint8_t)(rig->transaction >> 8),
                         (uint8_t)rig->transaction,
                         0,
                         0,
                         0,
                         (uint8_t)(size + 1),
                         1};
    assert_true(7u + size <= sizeof frame);
    memcpy(frame + 7, body, size);
    assert_int_equal(write(rig->controller, frame, 7u + size), 7 + size);
}

/* As the keeper does: what is said again must be known, and the same. */
static bool is_known(const struct door_rig *rig, const struct message_entry *entry)
{
    for (size_t at = 0; at < rig->count; at++) {
        const struct message_entry *said = &rig->said[at];
        if (said->has_device_seq && said->boot_epoch == entry->boot_epoch &&
            said->device_seq == entry->device_seq)
            return entry_is_same(said, entry);
    }
    return false;
}

void door_rig_keep(struct door_rig *rig, bool answers)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    while (channel_receive(rig->keeper, &type, &sequence, &payload, &attached, NULL) == STATUS_OK) {
        struct message_done done = {.reference = sequence};
        assert_int_equal(type, MESSAGE_ENTRY);
        assert_true(rig->count < sizeof rig->said / sizeof rig->said[0]);
        if (!payload.entry.is_again)
            rig->said[rig->count++] = payload.entry;
        else if (!is_known(rig, &payload.entry))
            done.status = STATUS_MISMATCH;
        else
            rig->repeated++;
        if (answers)
            assert_int_equal(channel_send(rig->keeper, MESSAGE_DONE, &done, -1, NULL, NULL),
                             STATUS_OK);
    }
    link_receive(rig->link);
}
