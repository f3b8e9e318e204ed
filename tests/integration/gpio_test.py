"""A door wired to GPIO lines, in a machine of its own (gpio_machine.py): what is done to the lines is
in the ledger that comes out of it."""
import json
import subprocess
import types

import pytest

import gpio_machine
from appliance import BIN

LINES = ["contact", "button", "lock", "", "strike", "d0", "d1"]
PULLED = {"active_low": True, "bias": "pull_up"}
PROFILE = {
    "profile": "wall", "model": "a wall", "manual": "tests/integration/gpio_test.py",
    "shape": "lines",
    "lines": [
        {"line": "contact", "door": 1, **PULLED, "debounce_us": 200000, "on": "closed",
         "off": "opened"},
        {"line": "button", "door": 1, **PULLED, "on": "rex_pressed"},
        {"line": "lock", "door": 1, "bias": "pull_down", "on": "locked", "off": "unlocked"},
        {"line": "3", "door": 1, **PULLED, "on": "tamper"},
        {"line": "strike", "reader": "strike", "bias": "pull_down", "on": "unlocked",
         "off": "locked"},
    ],
    "readers": [{"name": "front", "door": 1, "direction": "in", "d0": "d0", "d1": "d1",
                 "bias": "pull_up", "silence_ms": 2000, "formats": ["wiegand26", "key4"]}],
}
STRIKES = 800


def wiegand26(facility, number):
    data = f"{facility:08b}{number:016b}"
    return f"{data[:12].count('1') % 2}{data}{1 - data[12:].count('1') % 2}"


def hexadecimal(bits):
    return f"{len(bits)}:" + "".join(f"{int(bits[at:at + 4].ljust(4, '0'), 2):x}"
                                     for at in range(0, len(bits), 4))


CARD = wiegand26(12, 34567)
TORN = CARD[:9] + CARD[10:]


def send(machine, bits):
    """Slowly: the simulation has no time for a reader's pulses."""
    machine.do(*(f"pulse {LINES.index('d1' if bit == '1' else 'd0')}" for bit in bits))


def drive(machine):
    """Everything that is done to the lines, one after the other, each awaited."""
    machine.do("start")
    machine.await_entries(3, detail="found so when the watch began")

    # bounce: it ends closed
    machine.do("for n in 1 2 3 4 5; do pull 0 down; pull 0 up; done; pull 0 down")
    machine.await_entries(1, event="closed")
    machine.do("pull 0 up")
    machine.await_entries(2, event="opened")
    machine.do("pull 1 down; pull 1 up; pull 2 up; pull 3 down")
    machine.await_entries(1, event="tamper")

    send(machine, CARD)
    machine.await_entries(1, event="access_requested")
    send(machine, TORN)
    machine.await_entries(1, event="read_error")
    send(machine, "0111")
    machine.await_entries(1, event="key_pressed")

    # more than the kernel keeps, while nobody reads; the first of them on another line
    machine.do("kill -STOP $(pidof sealroom-door)", "pull 2 down", f"strikes 4 {STRIKES}",
               "kill -CONT $(pidof sealroom-door)")
    machine.await_entries(1, event="records_lost")
    machine.await_entries(1, detail="found changed after edges were lost")

    # it comes back with the lock's line pulled down
    machine.do("pull 2 up")
    machine.await_entries(2, event="locked", door="archive")
    machine.do("pull_out")
    machine.until('grep -q "has gone" /log')
    machine.do("plug_in")
    machine.await_entries(1, detail="found changed after a time without watching")
    machine.do("pull 1 down; pull 1 up")
    machine.await_entries(2, event="rex_pressed")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    reason = gpio_machine.why_not()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("gpio")
    machine = gpio_machine.Machine(folder, LINES, PROFILE)
    drive(machine)
    state = machine.run()
    done = subprocess.run([BIN / "sealroom", "entries", "--json", "--state", state],
                          capture_output=True, text=True, check=True)
    rows = sorted(map(json.loads, done.stdout.splitlines()), key=lambda row: int(row["record"]))
    return types.SimpleNamespace(state=state, rows=rows)


def rows_of(room, **members):
    return [row for row in room.rows
            if all(row.get(name) == value for name, value in members.items())]


def test_what_comes_out_of_the_machine_is_authentic(room):
    done = subprocess.run([BIN / "sealroom", "verify", "--state", room.state], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_edges_are_events_and_levels_are_found_at_the_beginning(room):
    began = "found so when the watch began"
    assert [row["event"] for row in rows_of(room, detail=began)] == ["opened", "unlocked", "locked"]
    for event in ("closed", "tamper"):
        assert [(row.get("detail"), row.get("found")) for row in rows_of(room, event=event)] == \
            [(None, None)]
    assert len(rows_of(room, event="rex_pressed")) == 2
    assert all(row["door"] == "archive" for row in rows_of(room, event="closed"))


def test_bounce_is_one_change(room):
    assert len(rows_of(room, event="closed")) == 1
    assert len(rows_of(room, event="opened")) == 2


def test_card_is_a_request_a_key_is_none_and_a_torn_frame_is_kept(room):
    [card] = rows_of(room, event="access_requested")
    [key] = rows_of(room, event="key_pressed")
    assert (card["credential"], card["method"], card["direction"]) == ("12:34567", "wiegand26", "in")
    assert (key["credential"], key["method"]) == ("7", "key4")
    [bad] = rows_of(room, event="read_error")
    assert bad["detail"] == "no card has so many bits"
    assert card["verdict"] == key["verdict"] == bad["verdict"] == "none"
    assert {row["reader"] for row in (card, key, bad)} == {"front"}
    shown = subprocess.run([BIN / "sealroom", "records", "--json", "--state", room.state],
                           capture_output=True, text=True, check=True).stdout
    assert hexadecimal(CARD) in shown and hexadecimal(TORN) in shown


def test_flood_is_counted_to_the_edge_and_levels_are_read_again(room):
    [lost] = rows_of(room, event="records_lost")
    count = int(lost["lost_to"]) - int(lost["lost_from"]) + 1
    strikes = [row for row in rows_of(room, reader="strike") if not row.get("detail")]
    assert len(strikes) == 1024
    assert count + len(strikes) == 1 + 2 * STRIKES
    [found] = rows_of(room, detail="found changed after edges were lost", found=True)
    assert found["event"] == "unlocked" and int(found["record"]) > int(lost["record"])


def test_chip_that_goes_and_returns_is_offline_and_online_again(room):
    [unknown] = rows_of(room, event="loss_unknown")
    [found] = rows_of(room, detail="found changed after a time without watching", found=True)
    assert found["event"] == "unlocked" and int(unknown["record"]) < int(found["record"])
    assert int(found["record"]) < int(rows_of(room, event="rex_pressed")[1]["record"])
    done = subprocess.run([BIN / "sealroom", "records", "--kind", "source", "--json", "--state",
                           room.state], capture_output=True, text=True, check=True)
    events = [json.loads(line)["body"]["event"] for line in done.stdout.splitlines()]
    assert events == ["source_online", "source_offline", "source_online"]


def test_entries_are_numbered_without_holes_but_for_what_was_lost(room):
    expected = 1
    for row in room.rows:
        if "device_seq" not in row:
            continue
        if row["event"] == "records_lost":
            assert int(row["lost_from"]) == expected
            expected = int(row["lost_to"])
        assert int(row["device_seq"]) == expected
        expected += 1
