"""Setting a controller's clock: against a server whose clock moves when its registers are written,
through a real model's profile."""
import re

import pytest

from appliance import Appliance, Controller
from door_end import Door, Ledger
from moved_clock import MovedClock

HOUR = 3600
AT_START, DAILY = 1, 2
MODEL = "abb-rex640"


@pytest.fixture(name="folder", scope="module")
def folder_fixture(tmp_path_factory):
    return tmp_path_factory.mktemp("clock")


@pytest.fixture(name="clock")
def clock_fixture(folder):
    return MovedClock(folder, synced=1)


@pytest.fixture(name="panel")
def panel_fixture():
    with Controller("--stdin", "--layout", "rex640") as started:
        yield started


def door_to(panel, ledger, clock, set_clock=AT_START):
    # A request that a busy machine answers late would be tried again in an hour only.
    return Door(panel.where, ledger, profile=MODEL, poll_ms=20, timeout_ms=10_000,
                set_clock=set_clock, environment=clock.environment)


def emit(panel, door, count=1):
    """Events, one after the other, each of which is read by a poll of its own."""
    for _ in range(count):
        known = len(door.ledger.of("opened"))
        panel.ask("emit opened")
        door.wait(lambda known=known: len(door.ledger.of("opened")) > known)


def settings(panel):
    """By how many seconds its clock was set, each time."""
    return [row["by"] for row in panel.truth() if row["kind"] == "clock"]


def refusals(panel):
    return sum(row["kind"] == "clock_refused" for row in panel.truth())


def told(entry):
    """How many seconds ahead an entry says that the clock was before and after it was set."""
    before, after = re.fullmatch(r"its clock was set: before \S+ \((\S+) s\), after \S+ \((\S+) s\)",
                                 entry["detail"]).groups()
    return float(before), float(after)


def check_times(panel, ledger):
    """Every entry has the time its controller gave it, and is not doubted."""
    rows = [row for row in panel.truth() if row["kind"] == "entry"]
    assert len(ledger.numbered()) == len(rows)
    for entry, row in zip(ledger.numbered(), rows):
        assert abs(entry["device_utc_ns"] - row["at"] * 10**9) < 2_000_000
        assert entry["device_time_quality"] == 1


@pytest.mark.parametrize("ahead", [3 * HOUR, -5 * HOUR])
def test_wrong_clock_is_set_at_the_start_with_one_record_and_no_other_word(panel, clock, ahead):
    ledger = Ledger()
    panel.ask(f"clock {ahead}")
    panel.ask("burst 3")
    known = panel.ask("unread")["produced"]
    with door_to(panel, ledger, clock) as door:
        door.wait(lambda: ledger.of("clock_set"))
        assert len(ledger.numbered()) == known  # what it had before was read before
        emit(panel, door, 5)
        moved, = settings(panel)
        assert abs(moved + ahead) < 2
        record, = ledger.of("clock_set")
        before, after = told(record)
        assert abs(before - ahead) < 2 and abs(after) < 2
        for entry in ledger.of("opened")[-5:]:
            assert abs(entry["received_utc_ns"] - entry["device_utc_ns"]) < 5 * 10**9
        check_times(panel, ledger)
        assert not ledger.of("clock_stepped", "clock_unsynced")


def test_clock_is_not_set_by_one_that_is_not_synchronised_itself(panel, clock):
    ledger = Ledger()
    clock.synced.set(0)
    panel.ask(f"clock {3 * HOUR}")
    with door_to(panel, ledger, clock) as door:
        door.wait(lambda: ledger.states)
        emit(panel, door, 5)
        assert not settings(panel) and not ledger.of("clock_set")
        assert len(ledger.of("clock_unsynced")) == 1
        clock.synced.set(1)
        door.wait(lambda: ledger.of("clock_set"))
        emit(panel, door, 5)
        check_times(panel, ledger)
        assert len(settings(panel)) == len(ledger.of("clock_set")) == 1
        assert len(ledger.of("clock_unsynced")) == 1
        assert not ledger.of("clock_stepped")


def test_clock_that_may_not_be_set_is_named_and_tried_again_an_hour_later(panel, clock):
    ledger = Ledger()
    panel.ask(f"clock {3 * HOUR}")
    panel.ask("clock locked")
    with door_to(panel, ledger, clock) as door:
        door.wait(lambda: "the clock of panel is not set" in door.text())
        line, = [line for line in door.text().splitlines() if "the clock of panel" in line]
        port = panel.where["port"]
        assert f"127.0.0.1:{port}, unit 1 answered exception 3" in line
        assert "writing holding register 9210" in line
        emit(panel, door, 5)
        assert refusals(panel) == 1
        clock.raw.set(HOUR + 60)
        door.wait(lambda: refusals(panel) == 2)
        emit(panel, door, 2)
        assert refusals(panel) == 2
        assert not ledger.of("clock_set")
        panel.ask("clock open")
        clock.raw.set(2 * HOUR + 120)
        door.wait(lambda: ledger.of("clock_set"))
        assert len(settings(panel)) == 1


@pytest.mark.parametrize("set_clock, times", [(AT_START, 1), (DAILY, 2)])
def test_clock_is_set_again_a_day_later_if_that_is_asked_for(panel, clock, set_clock, times):
    ledger = Ledger()
    panel.ask(f"clock {-HOUR}")
    with door_to(panel, ledger, clock, set_clock) as door:
        door.wait(lambda: ledger.of("clock_set"))
        panel.ask("clock -7")
        clock.raw.set(23 * HOUR)
        emit(panel, door, 2)
        assert len(settings(panel)) == 1
        clock.raw.set(24 * HOUR + 60)
        emit(panel, door, 2)
        door.wait(lambda: len(ledger.of("clock_set")) == times)
        assert len(settings(panel)) == times
        assert all(abs(told(entry)[1]) < 2 for entry in ledger.of("clock_set"))


def test_clock_that_is_right_is_left_alone(panel, clock):
    ledger = Ledger()
    with door_to(panel, ledger, clock) as door:
        emit(panel, door, 5)
        assert not settings(panel) and not ledger.of("clock_set")


def test_whole_appliance_sets_a_clock_that_its_configuration_names(panel, clock):
    panel.ask(f"clock {3 * HOUR}")
    entry = panel.entry("panel", profile=MODEL, set_clock="at_start", timeout_ms=10_000)
    with Appliance(controllers=[entry], environment=clock.environment) as appliance:
        appliance.wait(lambda: settings(panel))
        panel.ask("emit opened")
        appliance.wait(lambda: len(appliance.json("entries", check=False)) == 2)
        appliance.stop()
        events = [(row["event"], row["controller"]) for row in appliance.json("entries")]
        assert events == [("clock_set", "panel"), ("opened", "panel")]
        assert appliance.verify()[0] == 0
