"""Peers that send what they may not: cut off, on record, and nothing else happens."""
import os
import random
import socket
import struct
import time

import pytest

from keeper_end import CameraEnd, Keeper, Link, fragment, init_part
from messages import EVENT_CODES, FORMS, ROLES, TYPES, encode

ENTRY = {"event": EVENT_CODES["access_granted"], "door": "archive", "has_device_seq": 1}


@pytest.fixture
def keeper(tmp_path):
    with Keeper(tmp_path / "state") as started:
        started.start(cameras=["gate"], doors={"archive": "panel", "vault": "other"})
        yield started
        check_works(started)


def check_works(keeper):
    """Everybody else is served as before."""
    done = keeper.door("panel").ask("entry", device_seq=999_999, **ENTRY)
    assert done["status"] == 0


def greeted(keeper, role):
    if role == "camera":
        return keeper.camera("gate")
    return keeper.door("panel") if role == "door" else keeper.command()


def cut_offs(keeper):
    return len(keeper.bodies("health", event="peer_cut_off"))


def is_cut_off(keeper, link, before):
    link.is_ended()
    keeper.wait(lambda: cut_offs(keeper) == before + 1, "the record of the cut")


def change(keeper, link, packet):
    """Sends, and checks that the sender is cut off and nothing but that is recorded."""
    before, records = cut_offs(keeper), len(keeper.records())
    link.raw(packet)
    is_cut_off(keeper, link, before)
    new = [(head["kind"], body.get("event")) for _, head, body in keeper.records()[records:]]
    new = [kinds for kinds in new if kinds[0] not in ("heartbeat", "key")]  # export keys, by itself
    assert new == [("health", "peer_cut_off")], new


SENDERS = {"camera": ["stream_up", "stream_down", "stream_note", "segment_request",
                      "segment_begin", "fragment", "segment_end"],
           "door": ["entry", "source_state"],
           "command": ["status_ask", "checkpoint_take", "hold_set", "hold_release", "lookup",
                       "seal_now", "accounts_ask", "first_code_ask", "verified"]}


@pytest.mark.parametrize("role", SENDERS)
def test_message_of_another_role_is_not_taken(keeper, role):
    for name in TYPES:
        if name in SENDERS[role]:
            continue
        change(keeper, greeted(keeper, role), encode(name, 2))


@pytest.mark.parametrize("role, name", [(role, name) for role, names in SENDERS.items()
                                        for name in names])
def test_malformed_message_is_not_taken(keeper, role, name):
    whole = encode(name, 2)
    forms = [whole[:-1], whole + b"\0", whole[:7], whole[:8] if FORMS[name] else b"\0" * 9,
             whole[:2] + b"\1\0" + whole[4:],  # the reserved field
             struct.pack("<HHI", TYPES[name], 0, 3) + whole[8:],  # out of sequence
             struct.pack("<HHI", TYPES[name], 0, 1) + whole[8:],  # the same again
             struct.pack("<HHI", 999, 0, 2), os.urandom(200), whole + bytes(16384)]
    for packet in forms:
        change(keeper, greeted(keeper, role), packet)


@pytest.mark.parametrize("text", [b"\xff", b"\xc0\x80", b"a\0b", b"a\nb", b"\x1b[2J", b"\xed\xa0\x80"])
def test_text_that_is_not_clean_is_not_taken(keeper, text):
    packet = b""
    for member, kind in FORMS["entry"]:
        if member == "detail":
            packet += struct.pack("<H", len(text)) + text
        elif kind == "text":
            packet += struct.pack("<H", 0)
        else:
            packet += bytes(struct.calcsize("<" + kind))
    change(keeper, greeted(keeper, "door"), struct.pack("<HHI", TYPES["entry"], 0, 2) + packet)


def test_text_longer_than_its_field_is_not_taken(keeper):
    change(keeper, greeted(keeper, "door"), encode("entry", 2, credential="1" * 65))


def test_words_that_do_not_exist_are_not_taken(keeper):
    for values in ({"event": 999}, {"event": 0}, {**ENTRY, "verdict": 9},
                   {**ENTRY, "deny_reason": 99}, {**ENTRY, "direction": 9},
                   {**ENTRY, "device_time_quality": 9}):
        change(keeper, greeted(keeper, "door"), encode("entry", 2, **values))
    change(keeper, greeted(keeper, "door"), encode("source_state", 2, event=1))
    change(keeper, greeted(keeper, "camera"), encode("stream_down", 2, cause=99))
    change(keeper, greeted(keeper, "camera"), encode("stream_note", 2, note=99))


def test_entry_of_another_controllers_door_is_not_taken(keeper):
    change(keeper, greeted(keeper, "door"), encode("entry", 2, **{**ENTRY, "door": "vault"}))
    change(keeper, greeted(keeper, "door"), encode("entry", 2, **{**ENTRY, "door": "nowhere"}))


def test_conclusion_of_a_door_is_not_taken(keeper):
    change(keeper, greeted(keeper, "door"), encode("entry", 2, **{**ENTRY, "derived": 1}))


@pytest.mark.parametrize("role", ["camera", "door", "command"])
def test_nothing_is_taken_before_hello_nor_a_second_hello(keeper, role):
    source = {"camera": "gate", "door": "panel"}.get(role)
    for packet in (encode(SENDERS[role][0], 1), encode("hello", 1, protocol=99)):
        link = keeper.peer(role, source) if source else keeper.command(greet=False)
        change(keeper, link, packet)
    change(keeper, greeted(keeper, role), encode("hello", 2, protocol=1))


def test_descriptor_that_nobody_asked_for_is_not_taken(keeper):
    link = greeted(keeper, "door")
    before = cut_offs(keeper)
    open_before = len(os.listdir(f"/proc/{keeper.process.pid}/fd"))
    with open("/dev/null", "rb") as null:
        link.raw(encode("entry", 2, **ENTRY), [null.fileno(), null.fileno(), null.fileno()])
    is_cut_off(keeper, link, before)
    keeper.wait(lambda: len(os.listdir(f"/proc/{keeper.process.pid}/fd")) < open_before)
    assert not keeper.records("entry")


def begun(keeper):
    camera = greeted(keeper, "camera")
    camera.begin(camera.grant())
    camera.piece(init_part())
    return camera


def cut_off_by(keeper, camera, name, **values):
    before = cut_offs(keeper)
    camera.say(name, **values)
    is_cut_off(keeper, camera, before)
    keeper.control.ask("worker_ended", role=ROLES["camera"], source="gate", signal=9)


def test_pieces_that_do_not_tile_are_not_taken(keeper):
    for values in ({"kind": 2, "offset": 5, "size": 10}, {"kind": 1, "size": 10},
                   {"kind": 3, "size": 10}, {"kind": 2, "size": 0}, {"kind": 2, "size": 2**32 - 1}):
        camera = begun(keeper)
        values = {"offset": camera.offset, "sha256": bytes(31) + b"1", "sm3": bytes(31) + b"1",
                  **values}
        cut_off_by(keeper, camera, "fragment", **values)


def test_segments_out_of_order_are_not_taken(keeper):
    camera = begun(keeper)
    cut_off_by(keeper, camera, "segment_begin", segment=camera.id)
    camera = begun(keeper)
    cut_off_by(keeper, camera, "segment_end", segment="20260101T000000Z-0123456789abcdef")
    camera = begun(keeper)
    cut_off_by(keeper, camera, "segment_end", segment=camera.id, size=1, pieces=1)
    camera = greeted(keeper, "camera")
    cut_off_by(keeper, camera, "fragment", kind=1, size=1)
    camera = greeted(keeper, "camera")
    camera.grant()
    cut_off_by(keeper, camera, "segment_request")
    camera = greeted(keeper, "camera")
    camera.grant()
    cut_off_by(keeper, camera, "segment_begin", segment="../../etc/passwd")
    camera = greeted(keeper, "camera")
    granted = camera.grant()
    cut_off_by(keeper, camera, "segment_begin", segment=granted["segment"],
               start_monotonic_ns=2**62)


@pytest.mark.parametrize("torn", [b"", b"a piece that the disk cut short"])
def test_a_segment_that_ends_without_a_piece_leaves_no_hole(keeper, torn):
    """A full disk can take the first one, or anything can be said."""
    camera = greeted(keeper, "camera")
    camera.record(camera.grant())
    camera.begin(camera.grant(), start_ns=camera.at)
    camera.write(torn)
    camera.at += 10**9
    camera.end()
    later = camera.at + 10**9
    camera.begin(camera.grant(), start_ns=later)
    camera.piece(init_part())
    camera.piece(fragment(1))
    camera.end()
    keeper.wait(lambda: len(keeper.records("segment")) == (3 if torn else 2), "the segments")
    spans = sorted((body["start"], body["end"]) for kind in ("segment", "gap")
                   for _, _, body in keeper.records(kind, "camera/gate"))
    assert all(before[1] >= after[0] for before, after in zip(spans, spans[1:])), spans
    status, said = keeper.verify()
    assert status == 0, said


NEVER = -2**63, -1, 2**63 - 1


@pytest.mark.parametrize("moment", NEVER)
def test_times_that_cannot_be_are_not_taken(keeper, moment):
    camera = greeted(keeper, "camera")
    granted = camera.grant()
    cut_off_by(keeper, camera, "segment_begin", segment=granted["segment"], reason=1,
               start_utc_ns=moment)
    camera = begun(keeper)
    digests = {"sha256": bytes(31) + b"1", "sm3": bytes(31) + b"1"}
    camera.write(fragment(1))
    cut_off_by(keeper, camera, "fragment", kind=2, offset=camera.offset, size=len(fragment(1)),
               start_utc_ns=moment, **digests)
    camera = begun(keeper)
    camera.write(fragment(1))
    cut_off_by(keeper, camera, "fragment", kind=2, offset=camera.offset, size=len(fragment(1)),
               start_utc_ns=camera.at, duration_ns=moment, **digests)
    camera = begun(keeper)
    cut_off_by(keeper, camera, "segment_end", segment=camera.id, size=camera.offset, pieces=1,
               end_utc_ns=moment)
    camera = greeted(keeper, "camera")
    cut_off_by(keeper, camera, "stream_down", cause=1, at_utc_ns=moment)


@pytest.mark.parametrize("segment", ["../volume", "20260101T000000Z-0123456789abcdef", "x"])
def test_resuming_what_is_not_its_own_is_not_taken(keeper, segment):
    link = keeper.peer("camera", "gate")
    before = cut_offs(keeper)
    link.say("hello", protocol=1, resume=segment)
    is_cut_off(keeper, link, before)


def test_digests_that_are_wrong_are_found_by_verify_and_nothing_else(keeper):
    """The keeper cannot know, but what it records is what the camera said."""
    camera = begun(keeper)
    camera.piece(fragment(1))
    camera.end()
    keeper.wait(lambda: keeper.records("segment"))


def test_file_cannot_be_rewritten_through_the_grant(keeper):
    camera = greeted(keeper, "camera")
    descriptor = camera.grant()["descriptor"]
    os.write(descriptor, b"abcdef")
    os.pwrite(descriptor, b"X", 0)  # append only: it lands at the end
    with pytest.raises(OSError):
        os.read(descriptor, 1)
    path = os.readlink(f"/proc/self/fd/{descriptor}")
    with open(path, "rb") as file:
        assert file.read() == b"abcdefX"
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


def test_flood_of_reports_is_not_a_flood_of_records(keeper):
    camera = greeted(keeper, "camera")
    for number in range(2000):
        camera.say("stream_note", note=1 + number % 10, at_utc_ns=1, count=number)
    command = keeper.command()
    assert command.ask("lookup", what="entries")["status"] == 0
    camera.grant()  # all of them are read
    assert len(keeper.records("camera")) < 200


def test_flood_of_ups_and_downs_is_not_a_flood_of_alarms(keeper):
    camera = greeted(keeper, "camera")
    for _ in range(500):
        camera.say("stream_down", cause=2, at_utc_ns=time.time_ns(),
                   at_monotonic_ns=time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW))
        camera.say("stream_up", at_utc_ns=time.time_ns(), address="192.0.2.7")
    camera.grant()
    assert len(keeper.records(source="camera/gate")) < 400


def test_flood_of_a_controllers_states_is_folded_and_counted_and_no_entry_is_lost(keeper):
    door = greeted(keeper, "door")
    known = len(keeper.records(source="door/panel"))
    changes = 3001
    for number in range(changes):
        event = EVENT_CODES["source_offline" if number % 2 else "source_online"]
        reference = door.say("source_state", event=event, at_utc_ns=time.time_ns())
        if number % 100 == 99:
            door.done(reference)
            assert door.ask("entry", device_seq=number, **ENTRY)["status"] == 0
    assert door.ask("source_state", event=EVENT_CODES["source_offline"])["status"] == 0
    # Another profile gives what follows another meaning: that does not wait.
    other = door.ask("source_state", event=EVENT_CODES["source_offline"], profile="other",
                     profile_sha256=bytes([1] * 32))
    assert other["record"] > 0
    assert len(keeper.records(source="door/panel")) - known < 100
    keeper.stop()
    assert len(keeper.bodies("entry")) == changes // 100
    states = keeper.bodies("source", "door/panel")
    assert len(states) + sum(int(state.get("folded", 0)) for state in states) == changes + 2
    assert (states[-1]["event"], states[-1]["profile"]) == ("source_offline", "other")
    alarms = keeper.bodies("alarm", alarm="source_offline")
    assert alarms[-1]["phase"] == "begin"
    keeper.start(doors={"archive": "panel"})


def test_one_that_does_not_read_its_answers_is_cut_off(keeper):
    command = keeper.command()
    before = cut_offs(keeper)
    try:
        for _ in range(20_000):
            command.say("status_ask")
    except (BrokenPipeError, ConnectionResetError, socket.timeout):
        pass
    keeper.wait(lambda: cut_offs(keeper) == before + 1)


def test_more_commands_than_fit_are_turned_away(keeper):
    links = [keeper.command() for _ in range(32)]
    extra = keeper.command(greet=False)
    assert extra.is_ended()
    for link in links[:-1]:
        link.close()
    keeper.wait(lambda: comes_in(keeper))


def comes_in(keeper):
    link = keeper.command(greet=False)
    try:
        link.say("hello", protocol=1)
        return link.receive() is not None
    except (BrokenPipeError, ConnectionResetError):
        return False


def test_entries_go_through_while_a_camera_floods(keeper):
    """Round robin: an entry waits for one turn of every other peer, not for the flood's end."""
    camera = greeted(keeper, "camera")
    door = keeper.door("panel")
    camera.socket.setblocking(False)
    worst = 0
    for number in range(50):
        try:
            while True:
                camera.sent += 1
                camera.raw(encode("stream_note", camera.sent, note=1, at_utc_ns=1))
        except BlockingIOError:
            camera.sent -= 1
        began = time.monotonic()
        assert door.ask("entry", device_seq=number, **ENTRY)["status"] == 0
        worst = max(worst, time.monotonic() - began)
    assert worst < 1


def test_random_packets_never_end_the_keeper(keeper):
    chance = random.Random(1)
    for _ in range(150):
        role = chance.choice(list(SENDERS))
        link = greeted(keeper, role)
        packet = bytearray(encode(chance.choice(SENDERS[role]), 2))
        for _ in range(chance.randint(1, 4)):
            packet[chance.randrange(8, len(packet)) if len(packet) > 8 else 0] ^= \
                1 << chance.randrange(8)
        link.raw(bytes(packet))
        link.close()
    assert keeper.process.poll() is None
