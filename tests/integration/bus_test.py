"""Several controllers on one bus, over RTU and behind a TCP gateway: each is recorded as if it were
alone, and one that is dead, or badly treated, costs the others little and never an entry."""
import os
import time

import pytest

import chaos
from appliance import Appliance, Controller
from door_end import Door, Ledger
from door_test import TRANSPORTS, check, is_complete

UNITS = [1, 2, 3, 4]


class Bus(Controller):
    """The controllers of a line; `self[2]` is the second as `check` wants one."""

    def __init__(self, *arguments, units=UNITS):
        super().__init__("--units", ",".join(map(str, units)), "--stdin", *arguments)

    def __getitem__(self, number):
        return OneOf(self, number)

    def asked(self, number):
        """How many requests came for a unit."""
        return self.ask("asked")["asked"].get(str(number), 0)


class OneOf:
    def __init__(self, bus, number):
        self.bus = bus
        self.number = number

    def truth(self):
        return [row for row in self.bus.truth() if row["unit"] == self.number]

    def ask(self, line):
        return self.bus.ask(f"unit {self.number} {line}")


def ledgers(units):
    return {unit: Ledger() for unit in units}


def door_to(bus, kept, **options):
    first, *others = kept
    return Door(bus.where, kept[first], unit=first, beside={unit: kept[unit] for unit in others},
                **options)


def events(ledger):
    return [state["event"] for state in ledger.states]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_units_of_a_bus_are_each_recorded_one_to_one(transport):
    kept = ledgers(UNITS)
    with Bus(*transport) as bus, door_to(bus, kept) as door:
        for unit in UNITS:
            bus[unit].ask(f"burst {10 * unit}")
        for unit in UNITS:
            door.wait(is_complete(kept[unit], 10 * unit))
            check(bus[unit], kept[unit])
            assert events(kept[unit]) == ["source_online"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_dead_unit_costs_the_others_no_entry_and_comes_back(transport):
    kept = ledgers(UNITS)
    with Bus(*transport) as bus:
        bus[3].ask("down")
        with door_to(bus, kept, timeout_ms=200) as door:
            door.wait(lambda: kept[3].states)
            tried, polled = bus.asked(3), bus.asked(1)
            for unit in UNITS:
                bus[unit].ask("burst 20")
            for unit in (1, 2, 4):
                door.wait(is_complete(kept[unit], 20))
                check(bus[unit], kept[unit])
            door.wait(lambda: bus.asked(3) > tried)
            assert bus.asked(1) > polled
            bus[3].ask("up")
            door.wait(is_complete(kept[3], 20))
            check(bus[3], kept[3])
            assert events(kept[3]) == ["source_offline", "source_online"]
            assert all(events(kept[unit]) == ["source_online"] for unit in (1, 2, 4))


def test_dead_unit_casts_no_doubt_on_what_its_neighbour_says():
    """Its time-outs close the line; the other's inputs were read all the same."""
    kept = ledgers([1, 2])
    with Bus("--rtu", units=[1, 2]) as bus:
        bus[2].ask("down")
        # The neighbour is waited for: it is not late here, only the machine may be.
        with door_to(bus, kept, profile="simulated-inputs", timeouts_ms=[10000, 100]) as door:
            door.wait(lambda: kept[1].states and kept[2].states)
            tried, changes = bus.asked(2), 0
            known = len(kept[1].entries)
            while bus.asked(2) < tried + 2:
                changes += 1
                bus[1].ask(f"input 0 {changes % 2}")
                door.wait(lambda wanted=known + changes: len(kept[1].entries) >= wanted)
            assert changes > 2
            assert not [entry["detail"] for entry in kept[1].entries[known:] if entry["detail"]]


def test_bus_that_is_too_slow_for_its_intervals_serves_all_units_alike():
    kept = ledgers(UNITS)
    with Bus("--rtu", "--fault", "delay=1", "--delay-ms", 60) as bus, \
            door_to(bus, kept, poll_ms=50) as door:
        door.wait(lambda: all(kept[unit].states for unit in UNITS))
        before = [bus.asked(unit) for unit in UNITS]
        door.wait(lambda: bus.asked(4) >= before[3] + 8)
        asked = [bus.asked(unit) - count for unit, count in zip(UNITS, before)]
        assert max(asked) - min(asked) <= 2, asked


def test_late_answers_on_a_serial_line_are_no_changes_of_an_input():
    """RTU has no transaction numbers: an old level passes for the level now."""
    ledger = Ledger()
    with Controller("--rtu", "--stdin", "--fault", "late=0.25", "--seed", 3) as panel, \
            Door(panel.where, ledger, profile="simulated-inputs", timeout_ms=150,
                 poll_ms=20) as door:
        door.wait(lambda: ledger.of("opened", "closed"))
        for change in range(1, 13):
            late = panel.ask("late")["late"]
            door.wait(lambda before=late: panel.ask("late")["late"] > before)
            late = panel.ask(f"input 0 {change % 2}")["late"]  # while an answer is held back
            wanted = "opened" if change % 2 else "closed"
            door.wait(lambda event=wanted: of_first_door(ledger)[-1] == event)
            door.wait(lambda before=late: panel.ask("late")["came"] >= before)
        found = of_first_door(ledger)
        assert all(one != other for one, other in zip(found, found[1:]))
        assert len(found) - found.index("opened") == 12, found


def of_first_door(ledger):
    return [entry["event"] for entry in ledger.of("opened", "closed")
            if entry["door"] == "archive"]


def test_unit_that_is_slower_than_the_others_gets_a_share_of_time_and_not_of_turns():
    kept = ledgers(UNITS)
    with Bus(units=UNITS) as bus, door_to(bus, kept, timeout_ms=10000) as door:
        door.wait(lambda: all(kept[unit].states for unit in UNITS))
        asked, begun = bus.asked(1), time.monotonic()
        door.wait(lambda: bus.asked(1) >= asked + 5)
        # Two polls and more, on whatever machine.
        slow_s = max(0.12, (time.monotonic() - begun) / 2)
        bus.ask(f"slow 3 {slow_s}")
        door.wait(lambda: "panel-3 takes" in door.text())
        bus[3].ask("burst 2")
        asked, begun = bus.ask("asked")["asked"], time.monotonic()
        door.wait(is_complete(kept[3], 2))
        spent = time.monotonic() - begun
        turns = {unit: bus.asked(unit) - asked[str(unit)] for unit in UNITS}
        assert turns[3] * slow_s < spent / 2, (turns, slow_s, spent)
        assert min(turns[unit] for unit in (1, 2, 4)) > 2 * turns[3], (turns, slow_s, spent)
        bus.ask("slow 3 0")
        bus[3].ask("burst 20")
        door.wait(is_complete(kept[3], 22))
        check(bus[3], kept[3])
        assert all(events(kept[unit]) == ["source_online"] for unit in UNITS)


def test_backlog_of_one_unit_does_not_hold_up_another():
    kept = ledgers([1, 2])
    with Bus("--rtu", "--capacity", 5000, units=[1, 2]) as bus, door_to(bus, kept) as door:
        door.wait(lambda: kept[1].states and kept[2].states)
        bus[1].ask("burst 2000")
        bus[2].ask("emit opened")
        door.wait(is_complete(kept[2], 1), timeout=5)
        assert len(kept[1].numbered()) < 1000


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nothing_is_lost_or_doubled_on_a_bus_whatever_breaks(transport):
    """Faults on the wire, restarts of all controllers, keepers that die before or after the commit,
    kills of the process."""
    count = chaos.events(240) // len(UNITS)
    kept = ledgers(UNITS)
    server = " ".join(("pymodbus", "rtu" if transport else "tcp"))
    with chaos.Sum("cursor, four units", "simulated-controller", server) as total, \
            Bus("--rate", 20, "--count", count, "--seed", chaos.SEED, "--capacity", 100000,
                "--delay-ms", 250, "--reboot-every", 3, "--reboot-s", 0.1,
                *chaos.fault_arguments(chaos.MANY_FAULTS), *transport) as bus, \
            door_to(bus, kept, timeout_ms=80, poll_ms=20, death=0.01) as door:
        complete = [is_complete(kept[unit], count) for unit in UNITS]
        door.wait_under_kills(lambda: all(is_done() for is_done in complete),
                              chaos.patience(len(UNITS) * count), "all events")
        for unit in UNITS:
            check(bus[unit], kept[unit])
            assert not kept[unit].of("loss_unknown")
        total.add(door, bus.truth(), produced=len(UNITS) * count,
                  recorded=sum(len(kept[unit].numbered()) for unit in UNITS),
                  lost=sum(len(kept[unit].lost()) for unit in UNITS))


def test_gateway_that_cannot_reach_one_unit_stays_connected_for_the_others():
    kept = ledgers([1, 2])
    with Bus(units=[1, 2]) as bus, door_to(bus, kept) as door:
        door.wait(lambda: kept[1].states and kept[2].states)
        bus[2].ask("unreachable")
        door.wait(lambda: len(kept[2].states) == 2)
        assert "exception 11" in kept[2].states[1]["detail"]
        bus[1].ask("burst 5")
        door.wait(is_complete(kept[1], 5))
        bus[2].ask("burst 5")
        bus[2].ask("up")
        door.wait(is_complete(kept[2], 5))
        assert events(kept[2]) == ["source_online", "source_offline", "source_online"]
        assert events(kept[1]) == ["source_online"]
        assert bus.ask("asked")["connections"] == 1


def test_answer_of_another_unit_is_none():
    """A gateway that passes questions to unit 3 on to unit 2, which answers as itself."""
    kept = ledgers([2, 3])
    with Bus(units=[2, 3]) as bus, door_to(bus, kept, timeout_ms=200) as door:
        bus.ask("mix 3 2")
        bus[2].ask("burst 5")
        door.wait(is_complete(kept[2], 5))
        door.wait(lambda: kept[3].states)
        assert events(kept[3]) == ["source_offline"]
        assert "unit 2, function 3 answered, asked were 3, 3" in kept[3].states[0]["detail"]
        assert not kept[3].entries
        check(bus[2], kept[2])
        bus.ask("mix 3 3")
        bus[3].ask("burst 5")
        door.wait(is_complete(kept[3], 5))
        check(bus[3], kept[3])


def test_gateway_that_restarts_is_an_outage_of_all_and_loses_nothing():
    kept = ledgers([1, 2])
    with Bus(units=[1, 2]) as bus, door_to(bus, kept, timeout_ms=200) as door:
        door.wait(lambda: kept[1].states and kept[2].states)
        bus.ask("down")
        door.wait(lambda: len(kept[1].states) == len(kept[2].states) == 2)
        for unit in (1, 2):
            bus[unit].ask("burst 5")
        bus.ask("up")
        for unit in (1, 2):
            door.wait(is_complete(kept[unit], 5))
            check(bus[unit], kept[unit])
            assert events(kept[unit]) == ["source_online", "source_offline", "source_online"]


def test_half_open_connection_is_given_up_and_made_anew():
    kept = ledgers([1, 2])
    with Bus(units=[1, 2]) as bus, door_to(bus, kept) as door:
        door.wait(lambda: kept[1].states and kept[2].states)
        if "error" in bus.ask("forget"):
            pytest.skip("only root can make one")
        for unit in (1, 2):
            bus[unit].ask("burst 5")
        for unit in (1, 2):
            door.wait(is_complete(kept[unit], 5))
            check(bus[unit], kept[unit])
            assert events(kept[unit]) == ["source_online"]
        assert bus.ask("asked")["connections"] == 2


def test_driver_without_direction_control_is_said():
    ledger = Ledger()
    with Controller("--rtu") as panel, Door(panel.where, ledger, rs485=1) as door:
        door.wait(lambda: ledger.states)
        assert events(ledger) == ["source_offline"]
        assert "no RS-485 direction control" in ledger.states[0]["detail"]


def test_controllers_of_one_line_share_a_process_of_the_appliance():
    with Bus("--rtu", units=[1, 2]) as bus:
        controllers = [bus.entry("east", doors=["a"], unit=1, parity="none"),
                       bus.entry("west", doors=["b"], unit=2, parity="none")]
        with Appliance(controllers=controllers) as appliance:
            appliance.wait(lambda: appliance.source("east")["online"] and
                           appliance.source("west")["online"])
            doors = {name: process for name, process in appliance.processes().items()
                     if name.startswith("door/")}
            assert list(doors) == ["door/east"]
            for unit in (1, 2):
                bus[unit].ask("burst 20")
            os.kill(doors["door/east"], 9)
            appliance.wait(lambda: len(appliance.json("entries", check=False)) >= 40)
            appliance.stop()
            entries = appliance.json("entries")
            for controller in ("east", "west"):
                numbers = [int(entry["device_seq"]) for entry in entries
                           if entry["controller"] == controller]
                assert numbers == list(range(1, 21))
            assert appliance.verify()[0] == 0
