"""Inputs without and with counters, as Moxa's ioLogik shows them: every change is recorded, or the
ledger says how many were lost, or for how long nobody looked."""
import bisect
import collections

import chaos
from door_end import Door, Ledger
from shapes_test import COUNT, Panel


def events_of(rows):
    return collections.Counter(
        (row["input"], "rex_pressed" if row["input"] % 2 else "closed" if row["on"] else "opened")
        for row in rows)


def recorded_inputs(ledger):
    return [entry for entry in ledger.numbered() if entry["event"] in
            ("opened", "closed", "rex_pressed")]


def check_counters(panel, ledger):
    """Numbers tile without a hole up to the last, and say what was missed."""
    numbers = [entry["device_seq"] for entry in recorded_inputs(ledger)]
    anchors = [entry["device_seq"] for entry in ledger.of("source_online")]
    lost = [number for _, number in ledger.lost()]
    assert sorted(numbers + lost) == list(range(anchors[0] + 1, max(numbers + lost) + 1))
    told = events_of(panel.truth())
    recorded = collections.Counter((entry["device_code"] - 512, entry["event"])
                                   for entry in recorded_inputs(ledger))
    assert not recorded - told
    return len(numbers) + len(lost) + anchors[0] - 3  # at first three contacts are open


def test_every_count_is_an_event_whatever_breaks(tmp_path):
    ledger = Ledger()
    model = "moxa-iologik-e1214"
    with chaos.Sum("inputs with counters", model, "pymodbus tcp") as total, \
            Panel(tmp_path, model, "--rate", 200, "--count", COUNT, "--seed", chaos.SEED,
                  "--delay-ms", 300, "--reboot-every", 2, "--reboot-s", 0.1,
                  *chaos.fault_arguments(chaos.FAULTS)) as panel, \
            Door(panel.where, ledger, profile=model, timeout_ms=150, poll_ms=50,
                 death=0.005) as door:
        door.wait_under_kills(panel.is_done, chaos.patience(COUNT), "the last change")
        door.wait_under_kills(lambda: max(ledger.newest.values()) >= 3 + COUNT, 60, "its entry")
        assert len(panel.truth()) == COUNT
        assert check_counters(panel, ledger) == COUNT
        assert not ledger.of("loss_unknown")
        recorded, lost = len(recorded_inputs(ledger)), len(ledger.lost())
        total.add(door, panel.rows(), produced=COUNT, recorded=recorded, lost=lost,
                  before_the_watch=COUNT - recorded - lost)


def test_counted_changes_that_were_never_seen_are_entries(tmp_path):
    ledger = Ledger()
    model = "moxa-iologik-e1214"
    with Panel(tmp_path, model, "--stdin", "--first-count", (1 << 32) - 2) as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            door.wait(lambda: len(ledger.entries) >= 4)
            panel.ask("pulse 0 5")  # past the counter's end, too
            door.wait(lambda: len(recorded_inputs(ledger)) == 10)
            assert [entry["event"] for entry in recorded_inputs(ledger)] == \
                ["closed", "opened"] * 5
            assert {entry["detail"] for entry in recorded_inputs(ledger)} == \
                {"counted; its level was not seen"}
            panel.ask("pulse 1 1")
            door.wait(lambda: len(recorded_inputs(ledger)) == 11)
            assert not any(entry["found"] for entry in recorded_inputs(ledger))
            panel.ask("down")
            door.wait(lambda: ledger.states[-1]["event"] == "source_offline")
            panel.ask("pulse 1 1")
            panel.ask("up")
            door.wait(lambda: len(recorded_inputs(ledger)) == 12)
            assert recorded_inputs(ledger)[-1]["found"]
            door.kill()
            panel.ask("pulse 2 4")
            door.start()
            door.wait(lambda: ledger.lost())
            assert len(ledger.lost()) == 8
            panel.ask("pulse 4 40")  # more than there is room for at once
            door.wait(lambda: len(recorded_inputs(ledger)) == 92)
            assert not ledger.of("loss_unknown")


def test_counters_that_were_reset_or_ran_over_are_an_unknown_loss(tmp_path):
    ledger = Ledger()
    model = "moxa-iologik-e1214"
    with Panel(tmp_path, model, "--stdin", "--first-count", 1000) as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            door.wait(lambda: len(ledger.entries) >= 4)
            panel.ask("pulse 0 1")
            door.wait(lambda: len(recorded_inputs(ledger)) == 2)
            panel.ask("reboot clear")
            door.wait(lambda: ledger.of("source_rebooted"))
            assert len(ledger.of("loss_unknown")) == 1
            panel.ask("pulse 0 2")
            door.wait(lambda: len(recorded_inputs(ledger)) == 6)
            assert recorded_inputs(ledger)[-1]["boot_epoch"] == 1
            panel.ask("overflow 3 1")
            door.wait(lambda: len(ledger.of("loss_unknown")) == 2)
            assert "input 515" in ledger.of("loss_unknown")[1]["detail"]
            door.kill()
            panel.ask("reboot clear")
            door.start()
            door.wait(lambda: len(ledger.of("source_rebooted")) == 2)


class Watched:
    """What stood at the sixteen inputs and when (the panel's word), held against the ledger."""

    EVENTS = [("opened", "closed"), (None, "rex_pressed"), ("unlocked", "locked"),
              ("tamper", None)]  # off, on

    def __init__(self, rows):
        self.reads = [row["at"] for row in rows if row["kind"] == "read"]
        self.faults = [row["at"] for row in rows if row["kind"] in ("fault", "reboot")]
        self.changes = {number: [(0.0, False)] for number in range(16)}
        for row in rows:
            if row["kind"] in ("entry", "change"):
                self.changes[row["input"]].append((row["at"], row["on"]))

    def event(self, number, which):
        """What the input's level is recorded as, or None."""
        return self.EVENTS[number % 4][self.changes[number][which][1]]

    def read_before(self, at, count=1):
        place = bisect.bisect(self.reads, at) - count
        return self.reads[place] if place >= 0 else 0.0

    def read_after(self, at):
        place = bisect.bisect(self.reads, at)
        return self.reads[place] if place < len(self.reads) else float("inf")

    def is_last_recorded(self, ledger):
        """The level that each input has in the end."""
        with ledger.lock:
            newest = ledger.entries[-400:]
        return all(self.event(number, -1) is None or
                   any(entry["device_code"] == number and at_of(entry) > changes[-1][0]
                       for entry in newest) for number, changes in self.changes.items())

    def recorded(self, ledger):
        """{(input, which of its levels)}; each of them was there when it was read, and is not said
        again but by a process that began."""
        found = set()
        for entry in ledger.entries:
            if entry["event"] == "loss_unknown":
                continue
            number, read_at = entry["device_code"], self.read_before(at_of(entry))
            which = bisect.bisect(self.changes[number], (read_at, True)) - 1
            assert self.event(number, which) == entry["event"], entry
            assert (number, which) not in found or "began" in entry["detail"], entry
            found.add((number, which))
        return found

    def told_blind(self, ledger):
        """From when to when the ledger says that nobody looked."""
        found = [(0.0, at_of(ledger.entries[0]))]
        for before, entry in zip(ledger.entries, ledger.entries[1:]):
            words = entry["detail"].split()
            if entry["event"] == "loss_unknown" and words[-1] == "ms":
                found.append((at_of(entry) - float(words[-2]) / 1000, at_of(entry)))
            elif entry["event"] == "loss_unknown":
                # A process began. What the one before it said last may be part of a reading, for
                # which it may have asked twice.
                found.append((self.read_before(at_of(before), 3), at_of(entry)))
        return sorted(found)

    def is_within(self, number, which, since, until):
        """It came while nobody looked, and went, or was the same as when somebody had looked."""
        begin = self.changes[number][which][0]
        return since <= begin <= until and (
            which + 1 == len(self.changes[number]) or self.changes[number][which + 1][0] <= until
            or since <= self.changes[number][which - 1][0])

    def is_late(self, number, which, kills):
        """No question came in time, and nothing failed that is to be told."""
        begin = self.changes[number][which][0]
        since, until = self.read_before(begin), self.read_after(begin)
        has_failed = any(has_between(times, since, until) for times in (self.faults, kills))
        return not has_failed and self.is_within(number, which, since, until)

    def missed(self, ledger, kills):
        """How many levels are not recorded because nobody looked, which is told; and because
        the question came late."""
        recorded, blind = self.recorded(ledger), self.told_blind(ledger)
        told = late = 0
        for number, changes in self.changes.items():
            for which in range(1, len(changes)):
                if self.event(number, which) is None or (number, which) in recorded:
                    continue
                near = bisect.bisect(blind, (changes[which][0], float("inf")))
                if any(self.is_within(number, which, *gap) for gap in blind[max(0, near - 9):near]):
                    told += 1
                else:
                    assert self.is_late(number, which, kills), (number, changes[which])
                    late += 1
        return told, late


def at_of(entry):
    return entry["received_utc_ns"] / 1e9


def has_between(times, since, until):
    place = bisect.bisect_left(times, since)
    return place < len(times) and times[place] <= until


def test_every_level_is_recorded_or_nobody_looked_and_that_is_told(tmp_path):
    """Levels have no number. Each stands five poll intervals here, so whoever looks sees it."""
    ledger = Ledger()
    model = "moxa-iologik-e1210"
    with chaos.Sum("inputs", model, "pymodbus tcp") as total, \
            Panel(tmp_path, model, "--rate", 80, "--count", COUNT, "--seed", chaos.SEED,
                  "--delay-ms", 300, "--reboot-every", 2, "--reboot-s", 0.1, "--stand-ms", 100,
                  *chaos.fault_arguments(chaos.FAULTS)) as panel, \
            Door(panel.where, ledger, profile=model, timeout_ms=150, poll_ms=20,
                 death=0.005) as door:
        door.wait_under_kills(panel.is_done, chaos.patience(COUNT), "the last change")
        end = Watched(panel.rows())
        door.wait_under_kills(lambda: end.is_last_recorded(ledger), 60, "its entry")
        rows = panel.rows()
        told, late = Watched(rows).missed(ledger, door.kills)
        assert len(panel.truth()) == COUNT
        assert late <= COUNT / 20  # of a machine that is busy
        total.add(door, rows, produced=COUNT, recorded=COUNT - told - late, lost_in_unknown=told,
                  polled_too_late=late, unknown_told=len(ledger.of("loss_unknown")))
