"""What sealroom-keeper does by itself: retention, holds, rows that were altered, its catalog."""
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import time

import pytest

from keeper_camera_test import files, segments
from keeper_end import BIN, Keeper, fragment, init_part
from messages import EVENT_CODES
from moved_clock import MovedClock

EVERYTHING = 2**62  # a reserve that no volume has room for


@pytest.fixture
def keeper(tmp_path):
    with Keeper(tmp_path / "state") as started:
        yield started


def record(keeper, count, start_ns):
    """Segments of two seconds each; returns what was recorded of each."""
    camera = keeper.camera("gate")
    known = len(segments(keeper))
    for number in range(count):
        camera.record(camera.grant(), pieces=2, start_ns=start_ns + number * 2 * 10**9)
    keeper.wait(lambda: len(segments(keeper)) == known + count)
    camera.close()
    return segments(keeper)[known:]


def test_full_disk_lets_the_oldest_go_and_says_so_before(keeper):
    keeper.start(cameras=["gate"])
    record(keeper, 3, time.time_ns() - 60 * 10**9)
    keeper.stop()
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: not files(keeper), "the files' removal")
    expired = [segment for body in keeper.bodies("expiry") for segment in body["segments"]]
    assert {segment["segment"] for segment in expired} == \
        {body["segment"] for body in segments(keeper)}
    assert all(segment["below_floor"] for segment in expired)
    assert keeper.bodies("alarm", alarm="space_full")


@pytest.mark.parametrize("instead", ["link", "file"])
def test_folder_that_was_replaced_stops_its_own_camera_only(keeper, tmp_path, instead):
    keeper.start(cameras=["gate", "aisle"])
    record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    keeper.is_checked = False  # of the video that was moved away nothing is there any more
    folder = keeper.state / "video" / "gate"
    folder.rename(tmp_path / "moved")
    if instead == "link":
        folder.symlink_to(tmp_path / "moved")
    else:
        folder.touch()
    there = sorted(tmp_path.glob("moved/**/*"))
    keeper.start(cameras=["gate", "aisle"])
    gate = keeper.camera("gate")
    gate.say("segment_request")
    other = keeper.camera("aisle")
    other.record(other.grant(), pieces=2)
    keeper.wait(lambda: len(segments(keeper)) == 2)
    keeper.wait(lambda: keeper.bodies("alarm", alarm="storage_error", subject="gate"))
    assert keeper.bodies("health", event="storage_error", subject="gate")
    keeper.stop()
    assert any(body["cause"] == "storage" for body in keeper.bodies("gap", source="camera/gate"))
    assert sorted(tmp_path.glob("moved/**/*")) == there  # nothing went there


@pytest.mark.parametrize("depth", [0, 1])
def test_nothing_is_removed_behind_a_link(keeper, tmp_path, depth):
    keeper.is_checked = False
    keeper.start(cameras=["gate"])
    body, = record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    file = pathlib.Path(body["file"])
    folder = keeper.state / "video" / list(reversed(file.parents))[1 + depth]
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: keeper.bodies("expiry"))
    keeper.wait(lambda: f"cannot open the folder of {file}" in keeper.text())
    assert len(list(tmp_path.glob("moved/**/*.mp4"))) == 1


def test_held_video_is_never_let_go(keeper):
    keeper.start(cameras=["gate"])
    start = time.time_ns() - 60 * 10**9
    first, second, third = record(keeper, 3, start)
    command = keeper.command()
    done = command.ask("hold_set", from_utc_ns=start + 3 * 10**9, to_utc_ns=start + 35 * 10**8,
                       cameras="gate", reason="case 7")
    assert done["status"] == 0
    keeper.stop()
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: [path.stem for path in files(keeper)] == [second["segment"]])
    reference = keeper.command()
    reference.ask("hold_release", hold=done["record"], reason="closed")
    keeper.wait(lambda: not files(keeper))
    assert {first["segment"], third["segment"]} <= {
        segment["segment"] for segment in keeper.bodies("expiry")[0]["segments"]}


@pytest.mark.parametrize("alteration", [
    "DELETE FROM hold", "DROP TABLE hold", "UPDATE hold SET record = 0"])
def test_hold_whose_index_was_altered_holds_all_the_same(keeper, alteration):
    keeper.start(cameras=["gate"])
    start = time.time_ns() - 60 * 10**9
    _, second, _ = record(keeper, 3, start)
    hold = keeper.command().ask("hold_set", from_utc_ns=start + 3 * 10**9,
                                to_utc_ns=start + 35 * 10**8, cameras="gate",
                                reason="case 7")["record"]
    keeper.stop()
    alter(keeper.state / "ledger.db", alteration)
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: [path.stem for path in files(keeper)] == [second["segment"]])
    # a schema that is not ours is copied away, and all indexes are made again with it
    keeper.wait(lambda: keeper.bodies("health", event="row_altered", subject="hold") or
                keeper.bodies("health", event="nodes_rebuilt"))
    keeper.stop()
    with contextlib.closing(sqlite3.connect(keeper.state / "ledger.db")) as database:
        assert database.execute("SELECT record FROM hold").fetchall() == [(hold,)]
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: keeper.bodies("alarm", alarm="space_full"))
    assert [path.stem for path in files(keeper)] == [second["segment"]]
    assert len(keeper.bodies("health", event="row_altered")) <= 1


@pytest.mark.parametrize("alteration", [
    "UPDATE record SET body = CAST(replace(CAST(body AS TEXT), 'gate', 'gone') AS BLOB)",
    "UPDATE record SET head = CAST(replace(CAST(head AS TEXT), '\"hold\"', '\"operator\"') AS BLOB)",
    "DELETE FROM record",
])
def test_hold_whose_record_was_altered_holds_everything_until_it_is_given_up(keeper, alteration):
    keeper.is_checked = False
    keeper.start(cameras=["gate"])
    start = time.time_ns() - 60 * 10**9
    record(keeper, 2, start)
    hold = keeper.command().ask("hold_set", from_utc_ns=start, to_utc_ns=start + 10**9,
                                cameras="gate", reason="case 7")["record"]
    keeper.stop()
    alter(keeper.state / "ledger.db", f"{alteration} WHERE number = ?", hold)
    alter(keeper.state / "ledger.db", "DELETE FROM hold")
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    alarm, = keeper.wait(lambda: keeper.bodies("alarm", alarm="hold_unreadable"))
    assert f"record {hold} " in alarm["detail"] and f"hold release {hold}" in alarm["detail"]
    assert keeper.bodies("health", event="hold_unreadable")
    keeper.wait(lambda: keeper.bodies("alarm", alarm="space_full"))
    assert len(files(keeper)) == 2 and not keeper.bodies("expiry")
    done = keeper.command().ask("hold_release", hold=hold, reason="the court has closed case 7")
    assert done["status"] == 0
    keeper.wait(lambda: not files(keeper))
    keeper.wait(lambda: keeper.bodies("alarm", alarm="hold_unreadable", phase="end"))


def test_altered_record_that_was_no_hold_holds_nothing(keeper):
    keeper.is_checked = False
    keeper.start(cameras=["gate"])
    record(keeper, 2, time.time_ns() - 60 * 10**9)
    keeper.stop()
    number = next(number for number, _, body in keeper.records("health") if
                  body["event"] == "started")
    alter(keeper.state / "ledger.db", "UPDATE record SET head = CAST(replace(CAST(head AS TEXT), "
          "'health', 'heelth') AS BLOB) WHERE number = ?", number)
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: not files(keeper))
    assert not keeper.bodies("alarm", alarm="hold_unreadable")


def test_expiry_that_was_interrupted_is_finished_at_the_next_start(keeper):
    keeper.start(cameras=["gate"])
    body, = record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    path = keeper.state / "video" / body["file"]
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING)
    keeper.wait(lambda: keeper.bodies("expiry"))
    keeper.kill()
    path.parent.mkdir(parents=True, exist_ok=True)
    keeper.start(cameras=["gate"])
    keeper.wait(lambda: not files(keeper))


def test_full_disk_that_keeps_what_it_has_stops_recording(keeper):
    keeper.start(cameras=["gate"])
    kept = record(keeper, 2, time.time_ns() - 60 * 10**9)
    keeper.stop()
    keeper.start(cameras=["gate"], reserve_bytes=EVERYTHING, full_policy=2)
    keeper.wait(lambda: keeper.bodies("alarm", alarm="space_full"))
    camera = keeper.camera("gate")
    camera.say("segment_request")
    camera.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        camera.expect("segment_granted")
    assert len(files(keeper)) == len(kept)
    keeper.stop()
    keeper.start(cameras=["gate"])
    record(keeper, 1, time.time_ns())
    gaps = keeper.bodies("gap")
    assert "disk_full" in [gap["cause"] for gap in gaps]
    keeper.wait(lambda: keeper.bodies("alarm", phase="end"))


def alter(path, statement, *values):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(statement, values)
        database.commit()


def test_altered_row_is_an_alarm_and_recording_goes_on(keeper):
    keeper.is_checked = False
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    keeper.stop()
    alter(keeper.state / "ledger.db",
          "UPDATE record SET body = CAST(replace(CAST(body AS TEXT), 'started', 'starfed') AS BLOB)"
          " WHERE number = 3")
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    keeper.wait(lambda: keeper.bodies("health", event="row_altered"))
    assert "record 3" in keeper.bodies("health", event="row_altered")[0]["detail"]
    assert keeper.bodies("alarm", alarm="row_altered")
    record(keeper, 1, time.time_ns())
    keeper.stop()
    status, text = keeper.verify()
    assert status == 1 and "record 3" in text


@pytest.mark.parametrize("script", [
    "DELETE FROM newest",
    "ALTER TABLE node RENAME TO x",
    "ALTER TABLE record RENAME TO x; CREATE VIEW record AS SELECT * FROM x",
    "DROP TABLE segment",
    "DROP TABLE followed",
    "DROP TABLE piece",
    "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM node; END",
])
def test_ledger_mended_at_the_start_is_on_record_and_an_alarm(keeper, script):
    keeper.start(cameras=["gate"])
    record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    with contextlib.closing(sqlite3.connect(keeper.state / "ledger.db")) as database:
        database.executescript(script)
    keeper.is_checked = "piece" not in script  # what was in it is lost, and the verdict says so
    keeper.start(cameras=["gate"])
    keeper.wait(lambda: keeper.bodies("health", event="nodes_rebuilt"))
    assert keeper.bodies("alarm", alarm="row_altered")
    record(keeper, 1, time.time_ns())
    keeper.stop()
    with contextlib.closing(sqlite3.connect(keeper.state / "ledger.db")) as database:
        assert database.execute("SELECT count(*) FROM segment").fetchone()[0] == 2
        assert database.execute("SELECT count(*) FROM piece").fetchone()[0] == \
            (1 if "piece" in script else 2)
        assert not database.execute("SELECT name FROM sqlite_schema WHERE name IN ('x', 't')"
                                    " OR type IN ('view', 'trigger')").fetchall()


def test_empty_file_in_the_place_of_the_ledger_is_set_aside(keeper):
    keeper.is_checked = False
    keeper.start(cameras=["gate"])
    keeper.stop()
    os.truncate(keeper.state / "ledger.db", 0)
    keeper.start(cameras=["gate"])
    keeper.wait(lambda: keeper.bodies("health", event="ledger_set_aside"))
    record(keeper, 1, time.time_ns())


def test_row_beyond_the_newest_checkpoint_is_never_signed(keeper):
    keeper.is_checked = False
    keeper.start()
    keeper.stop()
    count = len(keeper.records())
    alter(keeper.state / "ledger.db", "INSERT INTO record SELECT number + 1, head, body "
          "FROM record ORDER BY number DESC LIMIT 1")
    keeper.start()
    keeper.wait(lambda: keeper.bodies("health", event="rows_quarantined"))
    assert keeper.records()[count][1]["seq"] == str(count + 1)
    assert keeper.verify()[0] == 1


def test_catalog_comes_back(keeper):
    keeper.start(cameras=["gate"])
    record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    for path in keeper.state.glob("catalog.db*"):
        path.unlink()
    keeper.start(cameras=["gate"])
    assert keeper.bodies("health", event="catalog_rebuilt")
    keeper.wait(lambda: catalogued(keeper) >= len(keeper.records()) - 1)


@pytest.mark.parametrize("statement", [
    "UPDATE record SET at_ns = at_ns + 1 WHERE record = 3",
    "DELETE FROM record WHERE record = 2",
    "DELETE FROM span"])
def test_altered_catalog_is_made_anew(keeper, statement):
    keeper.start(cameras=["gate"])
    record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    whole = dump(keeper)
    alter(keeper.state / "catalog.db", statement)
    assert dump(keeper) != whole
    keeper.start(cameras=["gate"])
    keeper.wait(lambda: len(keeper.bodies("health", event="catalog_rebuilt")) == 2)
    keeper.wait(lambda: all(now[:len(rows)] == rows
                            for now, rows in zip(dump(keeper), whole)))


def dump(keeper):
    """The rows of the records and spans that a catalog holds, in their order."""
    path = f"file:{keeper.state}/catalog.db?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
        return [database.execute(f"SELECT * FROM {table} ORDER BY record").fetchall()
                for table in ("span", "record")]


def catalogued(keeper):
    path = f"file:{keeper.state}/catalog.db?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
        return database.execute("SELECT count(*) FROM record").fetchone()[0]


def test_torn_note_is_a_finding(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    for _ in range(2):
        camera.piece(fragment(1))
        before = slots(keeper)
        keeper.wait(lambda seen=before: slots(keeper) != seen)
    keeper.kill()
    older = min(slots(keeper))[1]
    os.truncate(older, 100)
    keeper.start(cameras=["gate"])
    assert keeper.bodies("health", event="note_slot_invalid")[0]["subject"] == older.name
    keeper.wait(lambda: segments(keeper))


def slots(keeper):
    return sorted((path.stat().st_mtime_ns, path) for path in keeper.state.glob("progress.?"))


def test_camera_taken_out_and_put_back_begins_anew(keeper):
    keeper.start(cameras=["gate", "yard"])
    record(keeper, 1, time.time_ns() - 60 * 10**9)
    keeper.stop()
    keeper.start(cameras=["yard"])
    keeper.stop()
    gaps = len(keeper.bodies("gap"))
    keeper.start(cameras=["gate", "yard"])
    record(keeper, 1, time.time_ns())
    assert len(keeper.bodies("gap", camera="gate")) == gaps


def test_open_alarm_is_ended_after_a_restart(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.say("stream_down", cause=1, at_utc_ns=time.time_ns())
    keeper.wait(lambda: keeper.bodies("alarm"))
    keeper.kill()
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.say("stream_up", at_utc_ns=time.time_ns(), address="192.0.2.1", transport=1)
    end = keeper.wait(lambda: keeper.bodies("alarm", phase="end"))[0]
    number, _, _ = keeper.records("alarm")[0]
    assert end["begin"] == str(number)


def test_program_has_little_memory(keeper):
    if "asan" in str(keeper.log) or os.environ.get("SEALROOM_BIN", "").find("asan") >= 0:
        pytest.skip("sanitizers need memory of their own")
    names = [f"c{number}" for number in range(16)]
    keeper.start(cameras=names)
    cameras = [keeper.camera(name) for name in names]
    for camera in cameras:
        camera.begin(camera.grant())
        camera.piece(init_part())
        for number in range(60):
            camera.piece(fragment(number, 100))
    command = keeper.command()
    command.ask("lookup", what="entries")
    assert keeper.memory_kb() < 24_000


def test_step_of_the_wall_clock_is_on_record_and_makes_no_gap(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", environment=clock.environment) as keeper:
        keeper.start(cameras=["gate"])
        camera = keeper.camera("gate")
        camera.record(camera.grant(), pieces=2)
        clock.wall.set(3600)
        step, = keeper.wait(lambda: keeper.bodies("clock", event="step"))
        assert abs(int(step["difference_ns"]) - 3600 * 10**9) < 10**9
        # the next frame, by the new clock
        camera.record(camera.grant(), start_ns=camera.at + 3600 * 10**9, raw_ns=camera.raw_at())
        keeper.wait(lambda: len(segments(keeper)) == 2)
        assert not keeper.bodies("gap")


def test_volume_that_is_no_longer_where_it_was_is_an_alarm_until_it_is_back(tmp_path):
    """As when it is unmounted lazily, or another is mounted over it."""
    with Keeper(tmp_path / "state") as keeper:
        keeper.start(cameras=["gate"])
        camera = keeper.camera("gate")
        video, away = keeper.state / "video", keeper.state / "away"
        video.rename(away)
        video.mkdir()
        begin, = keeper.wait(lambda: keeper.bodies("alarm", alarm="volume_mismatch"), "the alarm")
        assert begin["subject"] == "volume" and str(video) in begin["detail"]
        camera.record(camera.grant())
        keeper.wait(lambda: len(segments(keeper)) == 1)
        assert not list(video.iterdir()) and list(away.rglob("*.mp4"))
        video.rmdir()
        away.rename(video)
        keeper.wait(lambda: keeper.bodies("alarm", alarm="volume_mismatch", phase="end"), "its end")


def run_command(keeper, *words):
    return subprocess.run([BIN / "sealroom", *words, "--state", keeper.state], capture_output=True,
                          text=True, check=False, env={**os.environ, "LC_ALL": "C"})


def test_entries_that_may_be_missing_are_one_alarm_until_an_hour_without_such_a_loss(tmp_path):
    clock = MovedClock(tmp_path)
    lost = {"loss_unknown": "the inputs were not read for 900 ms",
            "records_lost": "3 records were lost in the controller"}
    with Keeper(tmp_path / "state", environment=clock.environment) as keeper:
        def alarms():
            return [(body["alarm"], body["phase"]) for body in keeper.bodies("alarm", "door/panel")]

        def happen():
            for number, (event, detail) in enumerate(2 * list(lost.items())):
                panel.ask("entry", event=EVENT_CODES[event], detail=detail, has_device_seq=1,
                          boot_epoch=clock.passed, device_seq=number)

        def pass_time(seconds):
            clock.passed += seconds
            clock.set(clock.passed)

        clock.passed = 0
        keeper.start(doors={"archive": "panel"})
        panel = keeper.door("panel")
        panel.ask("entry", event=EVENT_CODES["loss_unknown"], detail="the inputs were not watched "
                  "for a time", has_device_seq=1, boot_epoch=clock.passed, device_seq=100)
        assert not alarms()  # the recorder was away itself
        happen()
        begun = [(event, "begin") for event in lost]
        assert alarms() == begun
        said = subprocess.run([BIN / "sealroom", "status", "--state", keeper.state], check=False,
                              env={**os.environ, "LC_ALL": "zh_CN.UTF-8"}, text=True,
                              capture_output=True).stdout
        assert "控制器记录可能丢失" in said and "请查看该时段的录像" in said
        assert "the inputs" not in said and "look" not in said
        pass_time(3000)
        happen()
        keeper.stop()
        keeper.spawn()
        pass_time(3500)
        keeper.start(doors={"archive": "panel"})
        panel = keeper.door("panel")
        happen()
        assert alarms() == begun
        pass_time(3601)
        keeper.wait(lambda: len(alarms()) > 2)
        assert sorted(alarms()[2:]) == [(event, "end") for event in lost]
        happen()
        assert alarms()[4:] == begun


def test_bodies_go_after_their_days_and_everyone_is_calm_about_it(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", environment=clock.environment) as keeper:
        keeper.start(doors={"archive": "panel"})
        panel = keeper.door("panel")
        for number in range(5):
            panel.ask("entry", event=EVENT_CODES["access_granted"], door="archive",
                                     credential="0012", has_device_seq=1, device_seq=number)
        keeper.stop()
        old = keeper.records()
        clock.set(181 * 24 * 3600)
        keeper.spawn()
        keeper.start(doors={"archive": "panel"})
        body, = keeper.wait(lambda: keeper.bodies("expiry", "appliance"))
        named = {number for item in body["records"]
                 for number in range(int(item["first"]), int(item["last"]) + 1)}
        assert (body["reason"], body["record_days"]) == ("age", 180)
        assert named == {number for number, head, _ in old if head["kind"] in
                         ("entry", "operator", "health", "heartbeat", "source", "alarm")}
        keeper.wait(lambda: all(body is None for number, _, body in keeper.records()
                                if number in named))
        assert all(body for number, _, body in keeper.records() if number not in named)
        # the controller hands its log out again, and nothing of it is taken for new
        done = keeper.door("panel").ask("entry", event=EVENT_CODES["access_granted"],
                                        door="archive", credential="0012",
                                        has_device_seq=1, device_seq=3)
        assert done["record"] in named
        keeper.stop()
        for catalog in ("kept", "deleted"):
            for command in ("records", "entries"):
                shown = run_command(keeper, command)
                assert (shown.returncode, "body expired" in shown.stdout) == (0, True), shown
                assert "ALTERED" not in shown.stdout + shown.stderr
            assert shown.stdout.count("body expired") == 5
            assert run_command(keeper, "coverage").returncode == 0
            status, text = keeper.verify("--json")
            assert status == 0 and f'"bodies_expired":{len(named)}' in text, text
            assert "catalog_differs" not in text
            if catalog == "kept":
                (keeper.state / "catalog.db").unlink()
                keeper.spawn()
                keeper.start(doors={"archive": "panel"})
                keeper.stop()
        assert len(keeper.bodies("expiry")) == 1
        with sqlite3.connect(keeper.state / "ledger.db") as database:
            database.execute("UPDATE record SET body = NULL WHERE number = ?",
                             (old[-1][0] + 1,))
        assert keeper.verify()[0] == 1
        assert "ALTERED" in run_command(keeper, "records").stdout
        keeper.is_checked = False


@pytest.mark.skipif(os.environ.get("SEALROOM_LONG") != "1", reason="takes two minutes")
def test_silent_sources_get_a_heartbeat_a_minute(keeper):
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    command = keeper.command()
    command.ask("lookup", what="entries")
    began = time.monotonic()
    while time.monotonic() < began + 135:
        time.sleep(1)
    # the first two have never spoken, and are heard of at once
    for source, count in (("camera/gate", 3), ("door/panel", 3), ("appliance", 2)):
        beats = [(head, body) for _, head, body in keeper.records("heartbeat", source)]
        assert len(beats) == count, source
        assert all(int(body["latest"]) == int(head["seq"]) - 1 for head, body in beats)
    assert keeper.bodies("heartbeat", "appliance")[-1]["operators"] == \
        {f"operator/uid-{os.getuid()}": "1"}
