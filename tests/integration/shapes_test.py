"""sealroom-door against every shape of controller, with the register maps of real models and their
own profiles: what was produced is recorded, once, or its loss is recorded where it belongs."""
import collections
import json
import os
import socket
import subprocess

import pytest

import chaos
from appliance import BIN, PROFILES, Controller, Peer
from door_end import Door, Ledger

COUNT = chaos.events(120)


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
SHAPE = {
    "inveo-rfid-ind-modbus": "latch",
    "rfideas-rdr-80581": "last value",
    "satec-etc2002": "by number",
    "sel-551": "history",
    "pulsar-en54c": "history by its own function code",
}
# A second: what a log that is searched by content keeps up with. On a serial line that fails that
# often it would be a few, so those two are behind a gateway.
RATE = collections.defaultdict(lambda: 100, {
    "sel-551": 40, "pulsar-en54c": 50, "rfideas-rdr-80581": 50})
SERIAL = ("inveo-rfid-ind-modbus",)
OWN = ("source_rebooted", "source_online", "clock_unsynced", "clock_stepped", "log_nearly_full")


def is_of_controller(entry):
    return entry["event"] not in OWN + ("records_lost", "loss_unknown")


def walk(model, ledger):
    """The events' numbers in the order of the ledger; every one that is missing is told of right
    there, by its exact number or as unknown."""
    newest, told, is_unknown = 0, 0, True  # what was before the first is before the watch began
    missing, lost, recorded = set(), 0, 0
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
            between = range(newest + 1, number)
            assert is_unknown or len(between) == told, f"{newest} to {number}, {told} told lost"
            assert entry["event"] == EVENT[model](number)
            missing.update(between)
            lost += 0 if is_unknown else len(between)
            recorded += 1
            newest, told, is_unknown = number, 0, False
    return {"newest": newest, "missing": missing, "sum": {
        "recorded": recorded, "lost": lost, "lost_in_unknown": len(missing) - lost,
        "unknown_told": len(ledger.of("loss_unknown"))}}


def number_of_newest(model, ledger):
    with ledger.lock:
        own = [entry for entry in ledger.entries[-40:] if is_of_controller(entry)]
    return NUMBER[model](own[-1]) if own else 0


@pytest.mark.parametrize("model", sorted(NUMBER))
def test_nothing_is_missing_without_a_word_whatever_breaks(tmp_path, model):
    """Faults on the wire, restarts of the controller, keepers that die, kills of the process."""
    ledger = Ledger()
    # So that a number that begins anew does not pass the old one while nobody looks.
    restarts = 10 if model == "rfideas-rdr-80581" else 2
    wire = ["--rtu"] if model in SERIAL else []
    timeout_ms = 80 if wire else 150  # most of the time on a serial line is spent on these
    server = " ".join(("pymodbus", "rtu" if wire else "tcp"))
    with chaos.Sum(SHAPE[model], model, server) as total, \
            Panel(tmp_path, model, "--rate", RATE[model], "--count", COUNT, "--seed", chaos.SEED,
                  "--capacity", 40, "--delay-ms", 300, "--reboot-every", restarts, "--reboot-s",
                  0.1, *chaos.fault_arguments(chaos.FAULTS), *wire) as panel, \
            Door(panel.where, ledger, profile=model, timeout_ms=timeout_ms, poll_ms=10,
                 death=0.005) as door:
        door.wait_under_kills(panel.is_done, chaos.patience(COUNT), "the last event")
        rows = panel.rows()
        produced = {row["n"] for row in rows if row["kind"] == "entry"}
        lost = {row["n"] for row in rows if row["kind"] == "lost"}
        last = max(produced - lost)  # a latch held the others when it restarted
        door.wait_under_kills(lambda: number_of_newest(model, ledger) == last, 60, "its entry")
        found = walk(model, ledger)
        assert produced == set(range(1, COUNT + 1))
        assert found["newest"] == last
        if SHAPE[model] == "latch":
            assert found["missing"] <= lost
        # What had to be lost is little: a last value between two polls, a latch at a restart.
        assert found["sum"]["recorded"] > COUNT / 3
        total.add(door, rows, produced=COUNT, **found["sum"])


@pytest.mark.parametrize("model,chance", [("inveo-rfid-ind-modbus", 0.05), ("pulsar-en54c", 0.03)])
def test_late_answers_on_a_serial_line_pass_for_no_new_record(tmp_path, model, chance):
    """RTU has no transaction numbers, and what is late comes at any time."""
    ledger = Ledger()
    with Panel(tmp_path, model, "--rate", 40, "--count", 120, "--seed", 3, "--capacity", 200,
               "--delay-ms", 100, "--fault", f"delay={chance}", "--rtu") as panel, \
            Door(panel.where, ledger, profile=model, timeout_ms=40, poll_ms=5) as door:
        door.wait(panel.is_done, timeout=60)
        door.wait(lambda: number_of_newest(model, ledger) == 120, timeout=60)
        assert walk(model, ledger)["sum"]["recorded"] > 100


@pytest.mark.parametrize("model", ["satec-etc2002", "sel-551", "pulsar-en54c"])
def test_a_log_keeps_what_came_while_nobody_read(tmp_path, model):
    ledger = Ledger()
    with Panel(tmp_path, model, "--stdin", "--capacity", 20) as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            panel.ask("burst 5")
            door.wait(lambda: walk(model, ledger)["newest"] == 5)
            door.kill()
            panel.ask("burst 12")
            door.start()
            door.wait(lambda: walk(model, ledger)["newest"] == 17)
            assert not ledger.of("records_lost", "loss_unknown")
            panel.ask("down")
            panel.ask("burst 50")
            panel.ask("up")
            door.wait(lambda: walk(model, ledger)["newest"] == 67)
            lost = ledger.of("records_lost", "loss_unknown")
            assert [entry["event"] for entry in lost] == \
                ["records_lost" if model == "satec-etc2002" else "loss_unknown"]
            if model == "satec-etc2002":
                assert (lost[0]["lost_from"], lost[0]["lost_to"]) == (17, 46)


def test_history_is_read_past_an_empty_record_and_past_a_count_that_cannot_be(tmp_path):
    ledger = Ledger()
    model = "sel-551"
    with Panel(tmp_path, model, "--stdin", "--capacity", 20) as panel:
        door = Door(panel.where, ledger, profile=model)
        panel.ask("burst 3")
        panel.ask("empty 1")
        panel.ask("count 65535")
        with door:
            door.wait(lambda: walk(model, ledger)["newest"] == 3)
            panel.ask("burst 1")
            panel.ask("count 20")  # as many as there never were
            door.wait(lambda: walk(model, ledger)["newest"] == 4)
            numbers = [NUMBER[model](entry) for entry in ledger.entries if is_of_controller(entry)]
            assert numbers == [1, 3, 4]
            details = [entry["detail"] for entry in ledger.of("loss_unknown")]
            assert ["65535" in details[0], "record 20 " in details[1], "record 2 " in details[2]] \
                == [True] * 3
            assert len(details) == 3
            door.kill()
            panel.ask("burst 2")
            panel.ask("empty 0")
            door.start()
            door.wait(lambda: len(ledger.of("loss_unknown")) == 4)
            assert walk(model, ledger)["newest"] == 5
            panel.ask("burst 1")
            door.wait(lambda: walk(model, ledger)["newest"] == 7)
            assert "newest record" in ledger.of("loss_unknown")[3]["detail"]
            assert len(ledger.of("loss_unknown")) == 4


@pytest.mark.parametrize("model", ["satec-etc2002", "sel-551", "pulsar-en54c"])
def test_a_log_is_read_past_one_record_that_is_refused(tmp_path, model):
    ledger = Ledger()
    with Panel(tmp_path, model, "--stdin", "--capacity", 20) as panel:
        door = Door(panel.where, ledger, profile=model, poll_ms=2)
        with door:
            panel.ask("burst 2")
            door.wait(lambda: walk(model, ledger)["newest"] == 2)
            door.kill()
            panel.ask("burst 3")
            panel.ask("refuse 4")
            door.start()
            door.wait(lambda: walk(model, ledger)["newest"] == 5)
            door.kill()
            panel.ask("burst 1")
            door.start()
            door.wait(lambda: walk(model, ledger)["newest"] == 6)
            found = walk(model, ledger)
            assert found["missing"] == {4} and found["sum"]["recorded"] == 5
            (lost,) = ledger.of("records_lost", "loss_unknown")
            assert "exception" in lost["detail"]
            if model == "satec-etc2002":
                assert (lost["lost_from"], lost["lost_to"]) == (3, 3)


@pytest.mark.parametrize("how", ["busy", "refuse"])
@pytest.mark.parametrize("model", ["satec-etc2002", "sel-551", "pulsar-en54c"])
def test_a_log_that_is_busy_for_a_time_loses_nothing(tmp_path, model, how):
    """With all that it has, or with every record."""
    ledger = Ledger()
    with Panel(tmp_path, model, "--stdin", "--capacity", 20) as panel, \
            Door(panel.where, ledger, profile=model, poll_ms=2) as door:
        panel.ask("burst 2")
        door.wait(lambda: walk(model, ledger)["newest"] == 2)
        panel.ask("busy 1" if how == "busy" else "refuse all")
        polls = panel.ask("burst 3")["polls"]
        door.wait(lambda: panel.ask("polls")["polls"] > polls + 9)
        panel.ask("busy 0" if how == "busy" else "refuse none")
        door.wait(lambda: walk(model, ledger)["newest"] == 5)
        assert walk(model, ledger)["sum"]["recorded"] == 5
        assert not ledger.of("records_lost", "loss_unknown")


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


def check_one_new_epoch(ledger, numbered, *told):
    """Just these are numbered, and it is said once that what was unread cannot be known."""
    assert [tuple(entry[name] for name in ("boot_epoch", "device_seq", *told))
            for entry in ledger.numbered()] == numbered
    assert len(ledger.of("loss_unknown")) == 1


def test_first_card_after_an_unseen_restart_has_the_number_of_the_last(tmp_path):
    ledger = Ledger()
    model = "rfideas-rdr-80581"
    with Panel(tmp_path, model, "--stdin") as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            panel.ask("emit 7")
            door.wait(lambda: len(ledger.numbered()) == 1)
            door.kill()
            panel.ask("reboot")
            panel.ask("emit 8")
            door.start()
            door.wait(lambda: len(ledger.numbered()) == 2)
            door.kill()
            door.start()
            panel.ask("emit 9")
            door.wait(lambda: len(ledger.numbered()) == 3)
            check_one_new_epoch(ledger, [(0, 1, "7"), (1, 1, "8"), (1, 2, "9")], "credential")


@pytest.mark.parametrize("count", [5, 8])
def test_log_that_was_cleared_and_filled_again_unseen_is_recorded(tmp_path, count):
    ledger = Ledger()
    model = "satec-etc2002"
    with Panel(tmp_path, model, "--stdin") as panel:
        door = Door(panel.where, ledger, profile=model)
        with door:
            panel.ask("burst 5")
            door.wait(lambda: len(ledger.numbered()) == 5)
            door.kill()
            door.start()
            door.wait(lambda: ledger.repeated)  # the same record again
            door.kill()
            panel.ask("reboot clear")
            panel.ask("clock -100")
            panel.ask(f"burst {count}")
            door.start()
            door.wait(lambda: len(ledger.numbered()) == 5 + count)
            check_one_new_epoch(
                ledger, [(0, n) for n in range(5)] + [(1, n) for n in range(count)])
            assert not ledger.lost()


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


def cleared(panel):
    return [row for row in panel.truth("written") if row["address"] == 1017]


@pytest.mark.parametrize("wire", [[], ["--rtu"]])
def test_every_restart_of_a_latch_that_is_new_to_the_ledger_is_told(tmp_path, wire):
    ledger = Ledger()
    model = "inveo-rfid-ind-modbus"
    with Panel(tmp_path, model, "--stdin", *wire) as panel, \
            Door(panel.where, ledger, profile=model) as door:
        for count in (1, 2, 3):  # its reset flag is set from power-on
            door.wait(lambda number=count: len(ledger.of("source_rebooted")) == number)
            assert len(ledger.of("loss_unknown")) == count - 1
            door.wait(lambda number=count: len(cleared(panel)) >= number)
            panel.ask("reboot")


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
