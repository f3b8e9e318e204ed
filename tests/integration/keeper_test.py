"""sealroom-keeper against a supervisor, doors and commands played here."""
import os
import re
import socket
import stat
import subprocess

import pytest

from appliance import BIN
from keeper_end import Keeper, fragment, init_part
from messages import EVENT_CODES

ENTRY = {"event": EVENT_CODES["access_granted"], "door": "archive", "has_device_seq": 1,
         "boot_epoch": 1, "device_time_quality": 1, "device_utc_ns": 10**18,
         "received_utc_ns": 10**18 + 1, "verdict": 1, "credential": "4711"}


@pytest.fixture(params=["sm", "nist"])
def keeper(request, tmp_path):
    with Keeper(tmp_path / "state", request.param) as started:
        yield started


@pytest.fixture
def sm_keeper(tmp_path):
    with Keeper(tmp_path / "state") as started:
        yield started


def test_first_start_makes_identity_ledger_and_first_records(keeper):
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    records = keeper.records()
    assert [head["kind"] for _, head, _ in records[:4]] == ["ledger", "key", "config", "health"]
    assert records[0][2]["suite"] == keeper.suite
    assert records[3][2]["event"] == "started"
    assert [camera["camera"] for camera in records[2][2]["cameras"]] == ["gate"]
    for name in ("device.key", "device.crt"):
        assert stat.S_IMODE((keeper.state / "key" / name).stat().st_mode) == 0o600
    assert (keeper.state / "video" / "volume").exists()
    keeper.stop()
    assert keeper.bodies("health")[-1]["event"] == "stopped"


def test_keeper_that_cannot_end_does_not_outlive_its_supervisor_for_long(tmp_path):
    """Here a worker holds the stop up that does not end; a disk that never answers does as well."""
    with Keeper(tmp_path / "state", arguments=["--stop-limit", "1"]) as keeper:
        keeper.start(cameras=["gate"])
        camera = keeper.camera("gate")
        camera.begin(camera.grant())
        camera.piece(init_part())
        camera.piece(fragment(1))
        keeper.control.close()
        assert keeper.process.wait(60) == 75
        assert "does not come to an end" in keeper.text()
        keeper.leave()
        keeper.spawn().start(cameras=["gate"])
        assert keeper.wait(lambda: keeper.bodies("segment"))


def test_what_lies_in_the_place_of_the_command_socket_stops_no_recording(tmp_path):
    state = tmp_path / "state"
    (state / "run" / "keeper.sock").mkdir(parents=True)
    with Keeper(state) as keeper:
        keeper.start(cameras=["gate"])
        camera = keeper.camera("gate")
        camera.record(camera.grant())
        keeper.wait(lambda: keeper.bodies("segment"), "a segment")
        begin, = keeper.wait(lambda: keeper.bodies("alarm", phase="begin"), "the alarm")
        assert begin["alarm"] == "storage_error" and begin["subject"] == "run/keeper.sock"
        assert "run/keeper.sock" in keeper.text() and "run/keeper.sock" in begin["detail"]
        (state / "run" / "keeper.sock").rmdir()
        keeper.wait(lambda: keeper.bodies("alarm", phase="end"), "the alarm's end")
        assert keeper.command().ask("seal_now")["status"] == 0


def test_folder_in_the_place_of_the_volumes_identity_is_refused_with_the_reason(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.stop()
    identity = keeper.state / "video" / "volume"
    kept = identity.rename(keeper.state / "volume.kept")
    identity.mkdir()
    keeper.spawn()
    keeper.control.say("hello", protocol=1)
    assert "volume is a folder" in keeper.control.ask("start")["text"]
    assert keeper.process.wait(10) == 78
    keeper.leave()
    identity.rmdir()
    kept.rename(identity)
    keeper.start()


def test_life_without_an_open_segment_leaves_a_progress_note_too(sm_keeper):
    sm_keeper.start(cameras=["gate"])
    sm_keeper.wait(lambda: (sm_keeper.state / "progress.0").exists())


def test_entry_is_on_record_when_it_is_acknowledged(keeper):
    keeper.start(doors={"archive": "panel"})
    door = keeper.door("panel")
    done = door.ask("entry", device_seq=1, **ENTRY)
    assert done["status"] == 0
    (number, head, body), = keeper.records("entry")
    assert number == done["record"]
    assert head["source"] == "door/panel" and head["seq"] == "1"
    assert body["event"] == "access_granted" and body["credential"] == "4711"


def test_entry_seen_twice_is_answered_with_the_first_record(sm_keeper):
    keeper = sm_keeper
    keeper.start(doors={"archive": "panel"})
    door = keeper.door("panel")
    first = door.ask("entry", device_seq=7, **ENTRY)
    twice = [door.say("entry", device_seq=8, **ENTRY) for _ in range(2)]
    assert len({door.done(reference)["record"] for reference in twice}) == 1
    keeper.kill()
    keeper.start(doors={"archive": "panel"})
    again = keeper.door("panel").ask("entry", device_seq=7, **ENTRY)
    assert again["record"] == first["record"]
    assert len(keeper.records("entry")) == 2


def test_acknowledged_entries_survive_a_kill(keeper):
    keeper.start(doors={"archive": "panel"})
    door = keeper.door("panel")
    for number in range(20):
        door.say("entry", device_seq=number, **ENTRY)
    acknowledged = [door.expect("done")["record"] for _ in range(7)]
    keeper.kill()
    keeper.start(doors={"archive": "panel"})
    entries = {number for number, _, _ in keeper.records("entry")}
    assert set(acknowledged) <= entries
    numbers = [int(head["seq"]) for _, head, _ in keeper.records(source="door/panel")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_waits_together_is_one_transaction(sm_keeper):
    """Sixteen entries cost one checkpoint, not sixteen."""
    keeper = sm_keeper
    keeper.start(doors={"archive": "panel"})
    door = keeper.door("panel")
    keeper.process.send_signal(19)  # SIGSTOP: they gather in the socket
    references = [door.say("entry", device_seq=number, **ENTRY) for number in range(16)]
    keeper.process.send_signal(18)  # SIGCONT
    for reference in references:
        door.done(reference)
    entries = [number for number, _, _ in keeper.records("entry")]
    sizes = checkpoint_sizes(keeper)
    assert not [size for size in sizes if entries[0] < size <= entries[-1]]


def test_source_that_is_asked_much_less_often_than_on_record_is_recorded_again(sm_keeper):
    """Silence of a slow one proves less; what concludes from it reads how slow it is in records."""
    sm_keeper.start(doors={"archive": "panel"}, rules={"archive": {"poll_ms": 500}})
    door = sm_keeper.door("panel")
    second = 10**9
    for interval, is_news in ((0, True), (second, False), (4 * second, True), (7 * second, False),
                              (second // 10, True), (second // 5, False)):
        done = door.ask("source_state", event=EVENT_CODES["source_online"],
                        poll_interval_ns=interval)
        assert (done["record"] > 0) == is_news
    states = sm_keeper.bodies("source", "door/panel")
    assert [int(state.get("poll_interval_ns", 0)) for state in states] == [
        0, 4 * second, second // 10]
    assert not sm_keeper.bodies("alarm")


def checkpoint_sizes(keeper):
    import contextlib
    import sqlite3
    path = f"file:{keeper.state}/ledger.db?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
        return [size for size, in database.execute("SELECT size FROM checkpoint ORDER BY size")]


def test_checkpoint_that_is_handed_out_covers_its_anchor_record(keeper):
    keeper.start()
    command = keeper.command()
    reference = command.say("checkpoint_take", place="paper")
    note = command.expect("checkpoint_note")
    assert note["reference"] == reference
    size = int(note["note"].split("\n")[1])
    assert size > note["record"]
    (number, head, body), = keeper.records("anchor")
    assert number == note["record"] and body["place"] == "paper"
    assert head["source"] == f"operator/uid-{os.getuid()}"


def test_status_says_what_stands(keeper):
    keeper.start(cameras=["gate", "yard"], doors={"archive": "panel"})
    command = keeper.command()
    reference = command.say("status_ask")
    status = command.expect("status")
    assert status["suite"] == keeper.suite and status["reference"] == reference
    assert status["records"] == len(keeper.records()) or status["records"] > 3
    assert [command.expect("status_camera")["camera"] for _ in range(2)] == ["gate", "yard"]
    assert command.expect("status_source")["controller"] == "panel"
    assert command.done(reference)["status"] == 0


def test_lookup_hold_and_release_are_records_of_the_operator(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    command = keeper.command()
    source = f"operator/uid-{os.getuid()}"
    assert command.ask("lookup", what="entries", reason="case 7")["status"] == 0
    held = command.ask("hold_set", from_utc_ns=1, to_utc_ns=10**18, reason="case 7")
    assert held["status"] == 0
    assert command.ask("hold_set", from_utc_ns=5, to_utc_ns=5, reason="empty")["status"] != 0
    assert command.ask("hold_release", hold=held["record"] + 100)["status"] != 0
    assert command.ask("hold_release", hold=held["record"], reason="closed")["status"] == 0
    assert command.ask("hold_release", hold=held["record"], reason="again")["status"] != 0
    kinds = [head["kind"] for _, head, _ in keeper.records(source=source)]
    assert kinds == ["operator", "hold", "hold"]


def test_hold_of_a_door_holds_the_cameras_that_see_it(keeper):
    keeper.start(cameras=["gate", "aisle"], doors={"archive": "panel"})
    command = keeper.command()
    period = {"from_utc_ns": 1, "to_utc_ns": 10**18, "reason": "case 7"}
    assert command.ask("hold_set", doors="archive", **period)["status"] == 0
    assert [(body["doors"], body["cameras"]) for body in keeper.bodies("hold")] == \
        [("archive", "gate aisle")]
    more = command.ask("hold_set", doors=" archive", cameras=" aisle  aisle ", **period)
    assert more["status"] == 0
    assert keeper.bodies("hold")[1]["cameras"] == "aisle gate"


def test_hold_that_would_hold_nothing_is_refused(keeper):
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    command = keeper.command()
    period = {"from_utc_ns": 1, "to_utc_ns": 10**18, "reason": "case 7"}
    for mistake in ({"cameras": "gaet"}, {"cameras": "gate gaet"}, {"doors": "archvie"}):
        refused = command.ask("hold_set", **mistake, **period)
        assert refused["status"] != 0 and refused["text"]
    assert not keeper.bodies("hold")


def test_missing_key_is_refused_and_never_made_anew(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.stop()
    (keeper.state / "key" / "device.key").unlink()
    keeper.spawn()
    keeper.control.say("hello", protocol=1)
    done = keeper.control.ask("start")
    assert done["status"] != 0 and "device.key" in done["text"]
    assert keeper.process.wait(10) == 78
    keeper.leave()
    assert not (keeper.state / "key" / "device.key").exists()


def test_volume_that_is_not_mounted_is_refused(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.stop()
    (keeper.state / "video").rename(keeper.state / "elsewhere")
    keeper.is_checked = False
    keeper.spawn()
    keeper.control.say("hello", protocol=1)
    assert "mounted" in keeper.control.ask("start")["text"]
    assert keeper.process.wait(10) == 78
    keeper.leave()
    assert not (keeper.state / "video").exists()


def test_missing_certificate_comes_back_from_the_ledger(keeper):
    keeper.start()
    keeper.stop()
    path = keeper.state / "key" / "device.crt"
    before = path.read_bytes()
    path.unlink()
    keeper.start()
    assert path.read_bytes() == before
    assert len(keeper.bodies("key", use="ledger")) == 1


def test_damaged_certificate_comes_back_from_the_ledger(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.stop()
    path = keeper.state / "key" / "device.crt"
    before = path.read_bytes()
    path.write_bytes(b"junk" + before[40:])
    keeper.start()
    assert path.read_bytes() == before
    assert keeper.bodies("health", event="storage_error")[0]["subject"] == "certificate"


@pytest.mark.parametrize("harm, says", [
    (lambda path: path.write_bytes(path.read_bytes()[:100]), "private key"),
    (lambda path: path.chmod(0o644), "mode 0644")])
def test_key_that_cannot_be_used_is_refused_with_the_reason(sm_keeper, harm, says):
    keeper = sm_keeper
    keeper.start()
    keeper.stop()
    harm(keeper.state / "key" / "device.key")
    keeper.spawn()
    keeper.control.say("hello", protocol=1)
    assert says in keeper.control.ask("start")["text"]
    assert keeper.process.wait(10) == 78
    keeper.leave()


def test_missing_ledger_begins_a_new_one_that_names_the_old(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    origin = keeper.records()[0][2]["origin"]
    keeper.stop()
    for path in keeper.state.glob("ledger.db*"):
        path.unlink()
    keeper.start()
    first = keeper.records()[0][2]
    assert first["predecessor"]["origin"] == origin != first["origin"]
    assert keeper.bodies("health", event="ledger_set_aside")
    keeper.stop()
    keeper.start()  # and the volume is the new one's
    assert keeper.records()[0][2]["origin"] == first["origin"]
    keeper.stop()
    keeper.is_checked = False
    status, text = keeper.verify()
    assert status == 1 and f"begins after another, which is not here ({origin}" in text, text


def test_certificate_request_comes_before_the_first_start(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    run = subprocess.run([BIN / "sealroom-keeper", "--request", "--state", state, "--suite", "nist",
                          "--common-name", "archive-7"], capture_output=True, text=True,
                         check=True)
    shown = subprocess.run(["openssl", "req", "-noout", "-subject", "-verify"], input=run.stdout,
                           capture_output=True, text=True, check=True)
    assert "archive-7" in shown.stdout
    with Keeper(state, "nist") as keeper:
        keeper.start()


def test_network_sockets_are_out_of_reach(sm_keeper):
    """The filter is on, and nothing that speaks to a network is linked."""
    keeper = sm_keeper
    keeper.start()
    status = (f"/proc/{keeper.process.pid}/status")
    text = open(status, encoding="utf-8").read()
    assert re.search(r"^Seccomp:\s+2$", text, re.M) and re.search(r"^NoNewPrivs:\s+1$", text, re.M)
    linked = subprocess.run(["ldd", BIN / "sealroom-keeper"], capture_output=True, text=True,
                            check=True).stdout
    assert not re.search(r"libav|libcurl|libmicrohttpd|libmodbus", linked)


def test_sigterm_is_an_ordered_stop(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.process.terminate()
    assert keeper.process.wait(10) == 0
    assert keeper.bodies("health")[-1]["event"] == "stopped"


def test_end_of_the_supervisor_stops_the_keeper_and_is_no_ordered_stop(sm_keeper):
    keeper = sm_keeper
    keeper.start()
    keeper.control.socket.shutdown(socket.SHUT_RDWR)
    assert keeper.process.wait(10) == 0
    assert keeper.bodies("health")[-1]["event"] == "failed"
