"""sealroom-door against every shape of controller, with the register maps of real models and their
own profiles: what was produced is recorded, once, or its loss is recorded where it belongs.

SEALROOM_DOOR_EVENTS: how many of each shape; SEALROOM_LONG=1: 100,000."""
import collections
import json
import os
import socket
import subprocess

import pytest

from appliance import BIN, PROFILES, Controller, Peer
from door_end import Door, Ledger

COUNT = int(os.environ.get("SEALROOM_DOOR_EVENTS",
                           100_000 if os.environ.get("SEALROOM_LONG") else 120))
FAULTS = ["exception=0.01", "cut_before=0.005", "cut_after=0.005", "garbage=0.003",
          "truncated=0.003", "delay=0.002"]


class Panel(Peer):
    """tests/peers/shape_controller.py"""

    def __init__(self, folder, model, *arguments):
        self.truth_file = folder / "truth.jsonl"
        self.model = model
        super().__init__("shape_controller.py", "--model", model, "--truth", self.truth_file,
                         *arguments)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.json_line()

    def truth(self, kind="entry"):
        return [row for row in self.rows() if row["kind"] == kind]

    def is_done(self):
        """All of --count were produced. The file is long: only its end is looked at."""
        with open(self.truth_file, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            return b'"done"' in file.read()


# How event N is known again in an entry.
NUMBER = {
    "inveo-rfid-ind-modbus": lambda entry: int(entry["credential"], 16),
    "rfideas-rdr-80581": lambda entry: int(entry["credential"], 16),
    "satec-etc2002": lambda entry: entry["device_seq"] + 1,
    "sel-551": lambda entry: int(entry["raw"][-8:], 16),
    "pulsar-en54c": lambda entry: int(entry["raw"][16:24], 16),
}
EVENT = {
    "inveo-rfid-ind-modbus": lambda n: "access_requested",
    "rfideas-rdr-80581": lambda n: "access_requested",
    "satec-etc2002": lambda n: "opened" if n % 2 else "closed",
    "sel-551": lambda n: "opened" if n % 2 else "closed",
    "pulsar-en54c": lambda n: "opened",
}
# A second: what a log that is searched by content keeps up with.
RATE = collections.defaultdict(lambda: 100, {
    "sel-551": 25, "pulsar-en54c": 50, "rfideas-rdr-80581": 50})
SERIAL = ("inveo-rfid-ind-modbus", "pulsar-en54c", "sel-551")  # as they are
OWN = ("source_rebooted", "source_online", "clock_unsynced", "clock_stepped", "log_nearly_full")


def is_of_controller(entry):
    return entry["event"] not in OWN + ("records_lost", "loss_unknown")


def walk(model, ledger):
    """The events' numbers in the order of the ledger; every one that is missing is told of right
    there, by its exact number or as unknown."""
    newest, told, is_unknown = 0, 0, True  # what was before the first is before the watch began
    with ledger.lock:
        entries = list(ledger.entries)
    for entry in entries:
        if entry["event"] == "records_lost":
            told += entry["lost_to"] - entry["lost_from"] + 1
        elif entry["event"] == "loss_unknown":
            is_unknown = True
        elif entry["event"] not in OWN:
            number = NUMBER[model](entry)
            assert number > newest, f"{number} after {newest}"
            missing = number - newest - 1
            assert is_unknown or missing == told, f"{newest} to {number}, {told} told lost"
            assert entry["event"] == EVENT[model](number)
            newest, told, is_unknown = number, 0, False
    return newest


@pytest.mark.parametrize("model", sorted(NUMBER))
def test_nothing_is_missing_without_a_word_whatever_breaks(tmp_path, model):
    """Faults on the wire, restarts of the controller, keepers that die, kills of the process."""
    ledger = Ledger()
    arguments = [word for fault in FAULTS for word in ("--fault", fault)]
    # A number alone that began anew and passed the old one unseen cannot be told from a jump.
    restarts = [] if model == "rfideas-rdr-80581" else ["--reboot-every", 2, "--reboot-s", 0.1]
    wire = ["--rtu"] if model in SERIAL else []
    with Panel(tmp_path, model, "--rate", RATE[model], "--count", COUNT, "--seed", 3,
               "--capacity", 40, "--delay-ms", 300, *restarts, *arguments, *wire) as panel:
        door = Door(panel.where, ledger, profile=model, timeout_ms=150, poll_ms=10, death=0.005)
        with door:
            door.wait_under_kills(panel.is_done, 60 + COUNT / 20, "the last event")
            last = COUNT
            while last in {row["n"] for row in panel.truth("lost")}:
                last -= 1  # held by a latch when it restarted

            def newest():
                with ledger.lock:
                    own = [entry for entry in ledger.entries[-40:] if is_of_controller(entry)]
                return NUMBER[model](own[-1]) if own else 0

            door.wait_under_kills(lambda: newest() == last, 60, "its entry")
            assert len(panel.truth()) == COUNT
            assert walk(model, ledger) == last
            recorded = [entry for entry in ledger.entries if is_of_controller(entry)]
            # What had to be lost is little: a last value between two polls, a latch at a restart.
            assert len(recorded) > COUNT / 3


@pytest.mark.parametrize("model", ["satec-etc2002", "sel-551", "pulsar-en54c"])
def test_a_log_keeps_what_came_while_nobody_read(tmp_path, model):
    ledger = Ledger()
    with Panel(tmp_path, model, "--stdin", "--capacity", 20) as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            panel.ask("burst 5")
            door.wait(lambda: walk(model, ledger) == 5)
            door.kill()
            panel.ask("burst 12")
            door.start()
            door.wait(lambda: walk(model, ledger) == 17)
            assert not ledger.of("records_lost", "loss_unknown")
            panel.ask("down")
            panel.ask("burst 50")
            panel.ask("up")
            door.wait(lambda: walk(model, ledger) == 67)
            lost = ledger.of("records_lost", "loss_unknown")
            assert [entry["event"] for entry in lost] == \
                ["records_lost" if model == "satec-etc2002" else "loss_unknown"]
            if model == "satec-etc2002":
                assert (lost[0]["lost_from"], lost[0]["lost_to"]) == (17, 46)


def test_last_value_tells_exactly_what_it_overwrote(tmp_path):
    ledger = Ledger()
    model = "rfideas-rdr-80581"
    with Panel(tmp_path, model, "--stdin") as panel, \
            Door(panel.where, ledger, profile=model) as door:
        panel.ask("emit 11")
        door.wait(lambda: len(ledger.entries) == 1)
        panel.ask("burst 10")
        door.wait(lambda: len(ledger.numbered()) == 2)
        (lost,) = ledger.of("records_lost")
        assert (lost["lost_from"], lost["lost_to"]) == (2, 10)
        first, last = ledger.numbered()
        assert (first["credential"], first["device_seq"], first["reader"]) == ("b", 1, "7")
        assert (last["credential"], last["device_seq"]) == ("b", 11)


def test_last_value_that_begins_anew_is_a_new_epoch(tmp_path):
    ledger = Ledger()
    model = "rfideas-rdr-80581"
    with Panel(tmp_path, model, "--stdin") as panel, \
            Door(panel.where, ledger, profile=model) as door:
        for card in range(1, 6):
            panel.ask(f"emit {card}")
            door.wait(lambda number=card: len(ledger.numbered()) == number)
        panel.ask("reboot")
        panel.ask("emit 6")
        door.wait(lambda: len(ledger.numbered()) == 6)
        assert len(ledger.of("loss_unknown")) == 1
        last = ledger.numbered()[-1]
        assert (last["boot_epoch"], last["device_seq"], last["credential"]) == (1, 1, "6")


def test_latch_is_released_only_when_the_keeper_has_it(tmp_path):
    ledger = Ledger()
    model = "inveo-rfid-ind-modbus"
    with Panel(tmp_path, model, "--stdin") as panel, \
            Door(panel.where, ledger, profile=model) as door:
        door.wait(lambda: ledger.of("source_rebooted"))  # its reset flag is set from power-on
        door.keeper.answers.clear()
        panel.ask("emit 71")
        door.wait(lambda: len(ledger.numbered()) == 1)
        panel.ask("emit 72")  # not taken: the latch is closed
        assert len(panel.truth()) == 1
        door.keeper.die()
        door.keeper.join()
        door.wait(lambda: panel.ask("emit 73") and len(panel.truth()) == 2)
        door.wait(lambda: len(ledger.numbered()) == 2)
        assert [int(entry["credential"], 16) for entry in ledger.numbered()] == [71, 73]
        assert not ledger.of("loss_unknown")


def test_latch_that_holds_the_newest_at_a_start_is_recorded_once_with_a_word(tmp_path):
    """Killed between durable and released; then killed while nothing is held, and the same card
    comes: nobody can tell the two, so both say so."""
    ledger = Ledger()
    model = "inveo-rfid-ind-modbus"
    with Panel(tmp_path, model, "--stdin") as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            door.wait(lambda: ledger.of("source_rebooted"))
            door.keeper.answers.clear()
            panel.ask("emit 71")
            door.wait(lambda: len(ledger.numbered()) == 1)
            door.keeper.die()
            door.kill()
            door.start()
            door.wait(lambda: ledger.of("loss_unknown"))
            door.wait(lambda: panel.ask("emit 72") and len(ledger.numbered()) == 2)
            assert [int(entry["credential"], 16) for entry in ledger.numbered()] == [71, 72]
            assert len(ledger.of("loss_unknown")) == 1


def test_the_same_card_twice_is_two_entries(tmp_path):
    ledger = Ledger()
    model = "inveo-rfid-ind-modbus"
    with Panel(tmp_path, model, "--stdin") as panel, \
            Door(panel.where, ledger, profile=model) as door:
        door.wait(lambda: ledger.of("source_rebooted"))
        for count in range(1, 4):
            panel.ask("emit 71")
            door.wait(lambda number=count: len(ledger.numbered()) == number)
            door.wait(lambda: panel.ask("unread") and panel.process.poll() is None)
            panel.ask("cut")
        assert not ledger.of("loss_unknown")


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
    arguments = [word for fault in FAULTS for word in ("--fault", fault)]
    with Panel(tmp_path, model, "--rate", 200, "--count", COUNT, "--seed", 3, "--delay-ms", 300,
               "--reboot-every", 2, "--reboot-s", 0.1, *arguments) as panel:
        door = Door(panel.where, ledger, profile=model, timeout_ms=150, poll_ms=50, death=0.005)
        with door:

            def newest():
                with ledger.lock:
                    return max([entry["device_seq"] for entry in ledger.entries], default=0)

            # After the last change only a reboot can follow, which tells nothing.
            door.wait_under_kills(panel.is_done, 60 + COUNT / 20, "the last change")
            total = len(panel.truth())
            door.wait_under_kills(lambda: newest() >= 3 + total, 60, "its entry")
            assert check_counters(panel, ledger) == total
            assert not ledger.of("loss_unknown")


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


def test_full_log_is_told_before_and_when_it_is(tmp_path):
    """The simulated controller's log as one that stops when it is full."""
    ledger = Ledger()
    text = (PROFILES / "simulated-controller.yaml").read_text(encoding="utf-8")
    path = tmp_path / "stops.yaml"
    path.write_text(text + "capacity: 50\nwhen_full: stops\n", encoding="utf-8")
    with Controller("--stdin", "--capacity", 50) as panel, \
            Door(panel.where, ledger, profile=path) as door:
        door.wait(lambda: ledger.states)
        panel.ask("down")
        panel.ask("burst 45")
        panel.ask("up")
        door.wait(lambda: len(ledger.numbered()) == 45)
        assert len(ledger.of("log_nearly_full")) == 1
        assert not ledger.of("loss_unknown")


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_clock_that_is_wrong_and_steps_is_told(seconds):
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.states)
        for count, ahead in enumerate((0, 0, seconds, seconds), 1):
            panel.ask(f"clock {ahead}")
            panel.ask("emit opened")
            door.wait(lambda number=count: len(ledger.of("opened")) == number)
        (stepped,) = ledger.of("clock_stepped")
        (wrong,) = ledger.of("clock_unsynced")
        assert "3600 s" in stepped["detail"] or "3599 s" in stepped["detail"]
        assert ("ahead" if seconds > 0 else "behind") in wrong["detail"]


def probe(where, model, *words):
    """Exit status and rows."""
    done = subprocess.run(
        [BIN / "sealroom", "door-probe", "--profile", model, "--json", "--address",
         f"127.0.0.1:{where['port']}", *words], capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_probe_shows_what_a_record_means_and_releases_nothing(tmp_path):
    model = "inveo-rfid-ind-modbus"
    with Panel(tmp_path, model, "--stdin") as panel:
        panel.ask("emit 71")
        for _ in range(2):
            status, rows = probe(panel.where, model)
            assert status == 0
            fields = {(row["window"], row.get("field")): row for row in rows}
            assert fields["status", "waiting"]["value"] == "1"
            assert fields["status", "boot"]["value"] == "1"
            assert fields["record", None]["registers"].split() == ["0000"] * 9 + ["0047"]
            assert fields["entry", "event"]["value"] == "access_requested"
            assert fields["entry", "credential"]["value"].endswith("47")


@pytest.mark.parametrize("model", [*sorted(NUMBER), "moxa-iologik-e1214"])
def test_probe_writes_to_no_controller(tmp_path, model):
    with Panel(tmp_path, model, "--stdin") as panel:
        panel.ask("burst 1")
        status, rows = probe(panel.where, model)
        assert status == 0 and rows
        assert not panel.truth("written")


def test_probe_reads_no_status_that_reading_would_clear():
    with Controller("--stdin", "--layout", "rex640") as panel:
        panel.ask("emit opened")
        status, rows = probe(panel.where, "abb-rex640")
        assert status == 0
        assert "clears the flag" in rows[0]["meaning"]
        assert panel.ask("unread")["unread"] == 1


def test_probe_names_a_profiles_mistakes_and_a_controller_that_is_not_there(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("profile: wrong\nshape: latch\n", encoding="utf-8")
    done = subprocess.run([BIN / "sealroom", "door-probe", "--profile", path, "--address", "::1"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "wrong.yaml:1:" in done.stdout
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        status, _ = probe({"port": free.getsockname()[1]}, "sel-551")
    assert status == 2
