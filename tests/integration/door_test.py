"""sealroom-door over real Modbus TCP and RTU: what was produced is recorded, once, or reported
lost; whatever happens to the link, the controller, the keeper or the process itself."""
import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

import chaos
from appliance import BIN, PROFILES, Appliance, Controller
from door_end import Door, Ledger, encode
from messages import STATUS_CODES

TRANSPORTS = [(), ("--rtu",)]


def produced(panel):
    return [row for row in panel.truth() if row["kind"] == "entry"]


def is_complete(ledger, count):
    """All `count` events are recorded or reported lost."""
    return lambda: len(ledger.told) >= count


def check(panel, ledger, first=1):
    """Recorded equals produced minus exactly those reported lost, in content too. Numbers are
    continued, so the Nth event has number first + N - 1 whatever wrapped."""
    truth = {row["n"] + first - 1: row for row in produced(panel)}
    lost = {row["n"] + first - 1 for row in panel.truth() if row["kind"] == "lost"}
    recorded = {entry["device_seq"]: entry for entry in ledger.numbered()}
    assert len(recorded) == len(ledger.numbered())
    assert {number for _, number in ledger.lost()} == lost
    assert set(recorded) == set(truth) - lost
    assert [entry["device_seq"] for entry in ledger.numbered()] == sorted(recorded)
    for number, entry in recorded.items():
        same(entry, truth[number])


def same(entry, row):
    doors = ["archive", "vault", "stack", "office"]
    assert entry["event"] == row["event"]
    assert entry["door"] == doors[row["door"] - 1]
    assert entry["credential"] == (f"{row['card']:010d}" if row["card"] else "")
    assert entry["deny_reason"] == (row["reason"] if row["event"] == "access_denied" else "none")
    assert entry["device_time_quality"] == (2 if row["clock_fault"] else 1)
    assert abs(entry["device_utc_ns"] - int(row["at"] * 1000) * 1_000_000) < 2_000_000
    assert entry["received_utc_ns"] >= entry["device_utc_ns"] - 2_000_000


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_morning_is_recorded_one_to_one(transport):
    ledger = Ledger()
    with Controller("--for", 3, "--seed", 1, *transport) as panel, \
            Door(panel.where, ledger) as door:
        count = panel_done(panel)
        door.wait(is_complete(ledger, count))
        check(panel, ledger)
        assert not ledger.lost()
        assert [state["event"] for state in ledger.states] == ["source_online"]


def panel_done(panel):
    return json.loads(panel.process.stdout.readline())["done"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nothing_is_lost_or_doubled_whatever_breaks(transport):
    """Faults on the wire, restarts of the controller, keepers that die before or after the commit,
    kills of the process."""
    count = chaos.events(600)
    ledger = Ledger()
    server = " ".join(("pymodbus", "rtu" if transport else "tcp"))
    with chaos.Sum("cursor", "simulated-controller", server) as total, \
            Controller("--rate", 150, "--count", count, "--seed", chaos.SEED, "--capacity", 100000,
                       "--delay-ms", 400, "--reboot-every", 2, "--reboot-s", 0.1,
                       *chaos.fault_arguments(chaos.MANY_FAULTS), *transport) as panel:
        # Most of the time on a serial line is spent on time-outs.
        door = Door(panel.where, ledger, timeout_ms=80 if transport else 150, poll_ms=20,
                    death=0.01)
        with door:
            door.wait_under_kills(is_complete(ledger, count), chaos.patience(count), "all events")
            check(panel, ledger)
            assert not ledger.of("loss_unknown")
            total.add(door, panel.truth(), produced=count, recorded=len(ledger.numbered()),
                      lost=len(ledger.lost()))


def test_late_answers_on_a_serial_line_lose_nothing():
    """RTU has no transaction numbers: a late answer passes for the answer to a later question."""
    ledger = Ledger()
    with Controller("--rtu", "--rate", 500, "--count", 150, "--seed", 5, "--capacity", 100000,
                    "--delay-ms", 130, "--fault", "delay=0.05", "--fault",
                    "cut_after=0.05") as panel, \
            Door(panel.where, ledger, timeout_ms=100, poll_ms=5) as door:
        door.wait(is_complete(ledger, 150), timeout=60)
        check(panel, ledger)


def test_whole_appliance_keeps_every_entry_through_kills():
    """The real keeper and supervisor; keeper and door are killed in turn, by SIGKILL."""
    count = 300
    with Controller("--rate", 40, "--count", count, "--seed", 4, "--capacity", 100000) as panel, \
            Appliance(controllers=[panel.entry("panel", doors=["archive", "vault"])]) as appliance:
        for turn in range(6):
            wanted = 40 * (turn + 1)
            appliance.wait(lambda n=wanted: len(appliance.json("entries", check=False)) >= n)
            victim = ("keeper", "door/panel")[turn % 2]
            process = appliance.wait(lambda name=victim: appliance.processes().get(name))
            os.kill(process, signal.SIGKILL)
        appliance.wait(lambda: len(appliance.json("entries", check=False)) >= count)
        appliance.stop()
        entries = appliance.json("entries")
        assert [int(entry["device_seq"]) for entry in entries] == list(range(1, count + 1))
        for entry, row in zip(entries, produced(panel)):
            assert (entry["event"], entry.get("credential", "")) == \
                (row["event"], f"{row['card']:010d}" if row["card"] else "")
        assert appliance.verify()[0] == 0


def test_every_entry_comes_after_the_record_of_the_profile_that_it_was_read_by(tmp_path):
    profile = tmp_path / "panel.yaml"
    honest = (PROFILES / "simulated-controller.yaml").read_bytes().replace(
        b"profile: simulated-controller", b"profile: panel")
    changed = honest.replace(b"code: 2, event: access_denied", b"code: 2, event: access_granted")
    assert changed != honest
    profile.write_bytes(honest)
    with Controller("--stdin") as panel:
        panel.ask("emit access_denied 1 4711")
        panel.ask("emit access_denied 1 4712")
        with Appliance(controllers=[panel.entry("panel", profile=str(profile))]) as appliance:
            appliance.wait(lambda: len(appliance.json("entries", check=False)) >= 2)
            profile.write_bytes(changed)
            os.kill(appliance.processes()["door/panel"], signal.SIGKILL)
            panel.ask("emit access_denied 1 4713")
            panel.ask("emit access_denied 1 4714")
            appliance.wait(lambda: len(appliance.json("entries", check=False)) >= 4)
            # Another keeper, which is told again.
            os.kill(appliance.processes()["keeper"], signal.SIGKILL)
            panel.ask("emit access_denied 1 4715")
            appliance.wait(lambda: len(appliance.json("entries", check=False)) >= 5)
            appliance.stop()
            last, read_by = {}, []
            for record in appliance.json("records"):
                if record["head"]["kind"] == "source":
                    last = record["body"]
                if record["head"]["kind"] == "entry":
                    read_by.append((record["body"]["event"], last.get("profile"),
                                    last.get("profile_sha256")))
            before = ("access_denied", "panel", hashlib.sha256(honest).hexdigest())
            after = ("access_granted", "panel", hashlib.sha256(changed).hexdigest())
            assert read_by == [before] * 2 + [after] * 3
            assert last["profile_sm3"] == hashlib.new("sm3", changed).hexdigest()
            assert appliance.verify()[0] == 0


def test_what_overflow_lost_is_reported_exactly():
    ledger = Ledger()
    with Controller("--stdin", "--capacity", 50) as panel, Door(panel.where, ledger) as door:
        panel.ask("burst 20")
        door.wait(is_complete(ledger, 20))
        panel.ask("down")
        panel.ask("burst 200")
        panel.ask("up")
        door.wait(is_complete(ledger, 220))
        check(panel, ledger)
        (loss,) = ledger.of("records_lost")
        assert (loss["lost_from"], loss["lost_to"]) == (21, 170)


def test_loss_is_seen_across_a_restart_of_the_process():
    ledger = Ledger()
    with Controller("--stdin", "--capacity", 50) as panel:
        door = Door(panel.where, ledger)
        with door:
            panel.ask("burst 20")
            door.wait(is_complete(ledger, 20))
            door.kill()
            panel.ask("burst 200")
            door.start()
            door.wait(is_complete(ledger, 220))
            check(panel, ledger)
            assert len(ledger.lost()) == 150


def test_sequence_goes_on_after_it_wrapped():
    ledger = Ledger()
    with Controller("--stdin", "--first-sequence", 65530) as panel:
        door = Door(panel.where, ledger)
        with door:
            panel.ask("burst 4")
            door.wait(is_complete(ledger, 4))
            panel.ask("burst 8")
            door.wait(is_complete(ledger, 12))
            door.kill()
            panel.ask("burst 8")
            door.start()
            door.wait(is_complete(ledger, 20))
            check(panel, ledger, first=65530)


def test_cursor_moves_only_after_the_keeper_has_answered():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.states)
        door.keeper.answers.clear()
        panel.ask("burst 5")
        door.wait(lambda: len(ledger.entries) == 1)
        # The first is selected and durable, but not answered; then the keeper is gone as well.
        assert panel.ask("unread")["unread"] == 4
        door.keeper.die()
        door.keeper.join()
        assert panel.ask("unread")["unread"] == 4
        door.wait(is_complete(ledger, 5))
        assert ledger.repeated == 1
        check(panel, ledger)


def test_what_was_read_but_not_durable_is_read_again():
    """Killed between selecting and the keeper's commit: the record stands in the window only."""
    ledger = Ledger()
    with Controller("--stdin") as panel:
        door = Door(panel.where, ledger)
        with door:
            door.wait(lambda: ledger.states)
            door.keeper.death = 2.0  # the next message kills it, before it is durable
            panel.ask("burst 3")
            until_dead(door)
            assert panel.ask("unread")["unread"] == 2
            assert not ledger.entries
            door.kill()
            door.start()
            door.wait(is_complete(ledger, 3))
            check(panel, ledger)


def until_dead(door):
    door.keeper.join(20)
    assert not door.keeper.is_alive()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_dead_link_is_offline_once_and_online_when_back(transport):
    ledger = Ledger()
    with Controller("--stdin", *transport) as panel, \
            Door(panel.where, ledger, timeout_ms=200) as door:
        door.wait(lambda: ledger.states)
        panel.ask("down")
        door.wait(lambda: len(ledger.states) == 2)
        panel.ask("burst 3")
        panel.ask("up")
        door.wait(lambda: len(ledger.states) == 3)
        door.wait(is_complete(ledger, 3))
        assert [state["event"] for state in ledger.states] == \
            ["source_online", "source_offline", "source_online"]
        offline = ledger.states[1]
        assert offline["detail"]
        assert offline["address"] == (f"127.0.0.1:{panel.where['port']}, unit 1"
                                      if "port" in panel.where else
                                      f"{panel.where['device']}, unit 1")
        assert ledger.states[2]["at_utc_ns"] > offline["at_utc_ns"]
        check(panel, ledger)


def test_a_short_cut_is_no_outage():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        for count in range(1, 6):
            panel.ask("cut")
            panel.ask("burst 1")
            door.wait(is_complete(ledger, count))
        assert [state["event"] for state in ledger.states] == ["source_online"]
        check(panel, ledger)


def test_keeper_that_starts_again_learns_the_present_state():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.states)
        door.keeper.die()
        door.keeper.join()
        door.wait(lambda: door.links == 2 and door.keeper.seen["source_state"] == 1)


def test_unknown_code_is_kept_with_its_registers():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        panel.ask("emit strange 2")
        panel.ask("emit opened 2")
        door.wait(is_complete(ledger, 2))
        strange, opened = ledger.numbered()
        assert strange["event"] == "unknown_code"
        assert strange["door"] == "vault"
        assert strange["device_code"] == 999
        assert len(strange["raw"]) == 14 * 4 and strange["raw"].startswith("0001")
        assert opened["event"] == "opened"


def test_doubtful_clock_is_recorded_once_and_in_each_entry():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        for state in ("good", "fault", "fault", "good"):
            panel.ask(f"clock {state}")
            panel.ask("burst 2")
        door.wait(is_complete(ledger, 8))
        check(panel, ledger)
        assert len(ledger.of("clock_unsynced")) == 1


def test_controller_whose_log_survives_a_restart_goes_on():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        panel.ask("burst 5")
        door.wait(is_complete(ledger, 5))
        panel.ask("reboot")
        panel.ask("burst 5")
        door.wait(is_complete(ledger, 10))
        check(panel, ledger)
        assert len(ledger.of("source_rebooted")) == 1
        assert not ledger.of("loss_unknown")


def anew_profile(folder):
    """The simulated controller, described as one whose numbers begin anew at each restart."""
    text = (PROFILES / "simulated-controller.yaml").read_text(encoding="utf-8")
    assert "boot: {at: 13, kind: counter}" in text
    path = folder / "anew.yaml"
    path.write_text(text.replace("boot: {at: 13, kind: counter}",
                                 "boot: {at: 13, kind: counter, numbers: begin_anew}"),
                    encoding="utf-8")
    return path


@pytest.mark.parametrize("is_described", [True, False])
def test_numbers_that_begin_anew_are_a_new_epoch(tmp_path, is_described):
    """A controller without battery: after a restart its log is empty and counts from 1. Known by
    its boot counter if the profile says so, else by the numbers going back."""
    ledger = Ledger()
    profile = anew_profile(tmp_path) if is_described else "simulated-controller"
    with Controller("--stdin") as panel:
        door = Door(panel.where, ledger, profile=profile)
        with door:
            panel.ask("burst 30")
            door.wait(is_complete(ledger, 30))
            first_epoch = ledger.numbered()[0]["boot_epoch"]
            panel.ask("reboot clear")
            panel.ask("burst 5")
            door.wait(lambda: len(ledger.numbered()) == 35)
            door.kill()
            panel.ask("burst 3")
            door.start()
            door.wait(lambda: len(ledger.numbered()) == 38)
            panel.ask("reboot clear")
            panel.ask("burst 7")
            door.wait(lambda: len(ledger.numbered()) == 45)
            keys = [(entry["boot_epoch"] - first_epoch, entry["device_seq"])
                    for entry in ledger.numbered()]
            assert keys == [(0, n) for n in range(1, 31)] + [(1, n) for n in range(1, 9)] + \
                [(2, n) for n in range(1, 8)]
            for entry, row in zip(ledger.numbered(), produced(panel)):
                same(entry, row)
            assert len(ledger.of("loss_unknown")) == 2
            assert not ledger.lost()
            begun = [entry for entry in ledger.of("source_rebooted") if entry["has_device_seq"]]
            assert [entry["device_seq"] for entry in begun] == [0, 0]


def test_clock_that_comes_back_behind_hides_no_event():
    """A controller without battery loses its log, its numbers and the time."""
    ledger = Ledger()
    with Controller("--stdin") as panel:
        door = Door(panel.where, ledger)
        with door:
            panel.ask("burst 8")
            door.wait(is_complete(ledger, 8))
            panel.ask("clock -820000000")
            panel.ask("reboot clear")
            panel.ask("burst 6")
            door.wait(lambda: len(ledger.numbered()) == 14)
            door.kill()
            door.start()
            panel.ask("burst 6")
            door.wait(lambda: len(ledger.numbered()) == 20)
            assert [entry["credential"] for entry in ledger.numbered()] == \
                [f"{row['card']:010d}" if row["card"] else "" for row in produced(panel)]
            assert len(ledger.of("loss_unknown")) == 1


def test_waiting_events_are_read_on_without_waiting_for_the_next_poll():
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger, poll_ms=1000) as door:
        door.wait(lambda: ledger.states)
        panel.ask("burst 100")
        begun = time.monotonic()
        door.wait(is_complete(ledger, 100))
        assert time.monotonic() - begun < 10  # a hundred polls would be 100 s
        check(panel, ledger)


def test_an_entry_arrives_within_the_poll_interval():
    ledger = Ledger()
    with Controller("--rate", 7, "--count", 30, "--seed", 2) as panel, \
            Door(panel.where, ledger, poll_ms=50) as door:
        door.wait(is_complete(ledger, 30))
        check(panel, ledger)
        late = sorted(entry["received_utc_ns"] - entry["device_utc_ns"]
                      for entry in ledger.numbered())
        # The middle one: the machine may be busy now and then.
        assert late[len(late) // 2] < 150_000_000


def test_abb_registers_are_understood():
    ledger = Ledger()
    with Controller("--stdin", "--layout", "rex640") as panel, \
            Door(panel.where, ledger, profile="abb-rex640") as door:
        for event in ("access_granted", "opened", "closed", "held"):
            panel.ask(f"emit {event}")
        door.wait(is_complete(ledger, 4))
        panel.ask("reboot")
        panel.ask("emit strange")
        door.wait(is_complete(ledger, 5))
        assert [entry["event"] for entry in ledger.numbered()] == \
            ["access_granted", "opened", "closed", "held", "unknown_code"]
        assert all(entry["door"] == "archive" for entry in ledger.numbered()[:4])
        assert len(ledger.of("source_rebooted")) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_inputs_are_entries_at_each_change(transport):
    ledger = Ledger()
    with Controller("--stdin", *transport) as panel, \
            Door(panel.where, ledger, profile="simulated-inputs", timeout_ms=200) as door:
        door.wait(lambda: len(ledger.entries) == 4)
        assert {(entry["event"], entry["detail"], entry["found"]) for entry in ledger.entries} == \
            {("closed", "found so when the watch began", 1)}
        panel.ask("input 1 1")
        door.wait(lambda: len(ledger.entries) == 5)
        assert (ledger.entries[4]["event"], ledger.entries[4]["door"]) == ("opened", "vault")
        assert (ledger.entries[4]["detail"], ledger.entries[4]["found"]) == ("", 0)
        panel.ask("down")
        door.wait(lambda: len(ledger.states) == 2)
        panel.ask("input 1 0")
        panel.ask("input 2 1")
        panel.ask("up")
        door.wait(lambda: len(ledger.entries) == 8)
        assert ledger.entries[5]["event"] == "loss_unknown"
        assert "not read for" in ledger.entries[5]["detail"]
        after = {(entry["event"], entry["door"], entry["detail"], entry["found"])
                 for entry in ledger.entries[6:]}
        assert after == {
            ("closed", "vault", "found changed after a time without reading", 1),
            ("opened", "stack", "found changed after a time without reading", 1)}
        assert [entry["device_seq"] for entry in ledger.numbered()] == list(range(1, 8))


def test_inputs_that_nobody_read_for_a_time_are_a_loss_though_they_are_as_they_were():
    ledger = Ledger()
    with Controller("--stdin") as panel:
        door = Door(panel.where, ledger, profile="simulated-inputs", timeout_ms=200)
        with door:
            door.wait(lambda: len(ledger.entries) == 4)
            panel.ask("down")
            door.wait(lambda: len(ledger.states) == 2)
            for value in (1, 0):
                panel.ask(f"input 1 {value}")
            panel.ask("up")
            door.wait(lambda: ledger.of("loss_unknown"))
            assert "not read for" in ledger.of("loss_unknown")[0]["detail"]
            door.kill()
            door.start()
            door.wait(lambda: len(ledger.numbered()) == 8)
            assert len(ledger.of("loss_unknown")) == 2


def test_inputs_are_not_doubled_by_a_keeper_that_dies():
    ledger = Ledger()
    with Controller("--stdin") as panel, \
            Door(panel.where, ledger, profile="simulated-inputs", poll_ms=10) as door:
        door.wait(lambda: len(ledger.entries) == 4)
        for turn in range(20):
            door.keeper.death = 1.0
            panel.ask(f"input 0 {(turn + 1) % 2}")
            door.wait(lambda count=5 + turn: len(ledger.entries) == count)
        assert [entry["event"] for entry in ledger.entries[4:]] == ["opened", "closed"] * 10


def test_exceptions_without_end_are_an_outage_with_its_cause():
    ledger = Ledger()
    with Controller("--stdin", "--fault", "exception=1") as panel, \
            Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.states)
        assert ledger.states[0]["event"] == "source_offline"
        assert "exception" in ledger.states[0]["detail"]


def test_profile_with_a_mistake_is_refused_with_file_and_line(tmp_path):
    path = tmp_path / "wrong.yaml"
    text = (PROFILES / "simulated-controller.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("code: {at: 7}", "code: {at: 77}"), encoding="utf-8")
    line = 1 + path.read_text(encoding="utf-8").split("\n").index("  code: {at: 77}")
    door = Door({"port": 1}, Ledger(), profile=path).start()
    assert door.process.wait(20) == 2
    assert f"wrong.yaml:{line}:" in door.text()
    assert "the window has only 14" in door.text()


def test_it_ends_when_the_supervisor_is_gone():
    with Controller("--stdin") as panel:
        door = Door(panel.where, Ledger()).start()
        door.wait(lambda: door.ledger.states)
        door.control.close()
        assert door.process.wait(20) == 0


def test_a_supervisor_that_sends_nonsense_ends_it():
    with Controller("--stdin") as panel:
        door = Door(panel.where, Ledger()).start()
        door.wait(lambda: door.ledger.states)
        door.control.send(encode("done", door.sent + 1))
        assert door.process.wait(20) == 1
        assert "not for a door" in door.text()


@pytest.mark.parametrize("speak", [
    lambda keeper: keeper.say("done", status=STATUS_CODES["refused"], text="spoke out of turn"),
    lambda keeper: keeper.say("pause", paused=1),
    lambda keeper: keeper.ours.send(b"rubbish")])
def test_a_door_whose_keeper_listens_no_more_ends(speak):
    with Controller("--stdin") as panel:
        door = Door(panel.where, Ledger()).start()
        door.wait(lambda: door.ledger.states)
        speak(door.keeper)
        assert door.process.wait(20) == 1
        assert "nothing of panel reaches the keeper any more" in door.text()


def test_it_is_sandboxed():
    linked = subprocess.run(["ldd", BIN / "sealroom-door"], capture_output=True, text=True,
                            check=True).stdout
    if "libasan" in linked:
        pytest.skip("the sanitizers' run time does not fit the sandbox")
    ledger = Ledger()
    with Controller("--stdin") as panel, Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.states)
        with open(f"/proc/{door.process.pid}/status", encoding="ascii") as file:
            lines = dict(line.split(":\t") for line in file.read().splitlines() if ":\t" in line)
        assert lines["NoNewPrivs"] == "1"
        assert lines["Seccomp"] == "2"
