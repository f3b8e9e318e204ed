"""What a start makes of a state that somebody laid hands on while it was stopped."""
import shutil
import sqlite3
import time

import pytest

from keeper_camera_test import files, noted, segments
from keeper_end import Keeper, fragment, init_part
from moved_clock import MovedClock


def contents(state):
    """Every file but the log, byte for byte, and every folder."""
    return {str(path.relative_to(state)): path.read_bytes() if path.is_file() else None
            for path in state.rglob("*") if path.name != "keeper.log" and "run" not in path.parts}


@pytest.fixture(name="keeper", params=["sm", "nist"])
def keeper_fixture(tmp_path, request):
    with Keeper(tmp_path / "state", suite=request.param) as keeper:
        keeper.start()
        keeper.stop()
        yield keeper


@pytest.fixture(name="other")
def other_fixture(tmp_path, keeper):
    """Another appliance's state."""
    with Keeper(tmp_path / "other", suite=keeper.suite) as other:
        other.start()
        other.stop()
        yield other.state


def refused(keeper):
    """The start is refused, with what reason; nothing on disk is touched."""
    before = contents(keeper.state)
    keeper.spawn()
    keeper.control.say("hello", protocol=1, program="test")
    keeper.settle([], {})
    done = keeper.control.done(keeper.control.say("start", peers=0))
    assert done["status"] != 0
    keeper.process.wait(60)
    keeper.leave()
    assert contents(keeper.state) == before
    return done["text"]


@pytest.mark.parametrize("left_out", ["", "device.crt", "volume", "ledger.db"])
def test_another_key_is_refused_before_anything_is_touched(keeper, other, left_out):
    paths = {"device.crt": keeper.state / "key" / "device.crt",
             "volume": keeper.state / "video" / "volume", "ledger.db": keeper.state / "ledger.db"}
    if left_out:
        paths[left_out].rename(keeper.state / "taken")
    key = keeper.state / "key" / "device.key"
    own = key.read_bytes()
    shutil.copy(other / "key" / "device.key", key)
    assert "another" in refused(keeper)
    key.write_bytes(own)
    if left_out:
        (keeper.state / "taken").rename(paths[left_out])
    count = len(keeper.records())
    keeper.start()
    keeper.stop()
    assert len(keeper.records()) > count


@pytest.mark.parametrize("volume", ["there", "gone"])
def test_another_key_with_its_certificate_is_refused_too(keeper, other, volume):
    if volume == "gone":
        (keeper.state / "video" / "volume").unlink()
    for name in ("device.key", "device.crt"):
        shutil.copy(other / "key" / name, keeper.state / "key" / name)
    keeper.is_checked = False
    assert "another" in refused(keeper)


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("video", ["gone", "empty", "another's"])
def test_volume_that_is_not_ours_is_refused_before_anything_is_touched(
        keeper, other, video, killed):
    if killed:
        keeper.start()
        keeper.kill()  # with a log beside the ledger
    mounted = keeper.state / "video"
    mounted.rename(keeper.state / "not mounted")
    if video != "gone":
        mounted.mkdir()
    if video == "another's":
        shutil.copy(other / "video" / "volume", mounted)
    assert ("not this appliance's" if video == "another's" else "mounted") in refused(keeper)
    shutil.rmtree(mounted, ignore_errors=True)
    (keeper.state / "not mounted").rename(mounted)


def test_lost_key_is_refused_before_anything_is_touched(keeper):
    shutil.rmtree(keeper.state / "video")
    shutil.rmtree(keeper.state / "key")
    keeper.is_checked = False
    assert "device.key is missing" in refused(keeper)


def noted_size(state):
    """The largest checkpoint that a progress note names."""
    words = [line.split() for path in state.glob("progress.*")
             for line in path.read_text(encoding="utf-8").split("\n")]
    return max((int(line[1]) for line in words if line[:1] == ["checkpoint"]), default=0)


def put_back(keeper, older):
    for path in keeper.state.glob("ledger.db*"):
        path.unlink()
    if older is not None:
        (keeper.state / "ledger.db").write_bytes(older)


def record_until_noted(keeper, had):
    """A short run that ends in order, with a progress note that knows more than `had` records."""
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(0))
    keeper.wait(lambda: noted_size(keeper.state) > had, "a progress note")
    camera.end()
    keeper.stop()


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("put", ["older", "nothing"])
def test_older_ledger_put_back_is_set_aside_and_never_signed_on(keeper, put, killed):
    older, had = (keeper.state / "ledger.db").read_bytes(), len(keeper.records())
    record_until_noted(keeper, had)
    origin, count = keeper.records()[0][2]["origin"], len(keeper.records())
    put_back(keeper, older if put == "older" else None)
    keeper.is_checked = False
    assert keeper.verify()[0] == 1
    if killed:  # when the new ledger has been begun, and nothing was said of it yet
        keeper.spawn()
        keeper.wait(lambda: first_records(keeper), "the new ledger")
        keeper.kill()
    for _ in range(2):  # it stays on record
        keeper.start(cameras=["gate"])
        first = keeper.records()[0][2]
        assert first["predecessor"]["origin"] == origin != first["origin"]
        lost, = keeper.bodies("checkpoint_lost")
        assert keeper.records()[2][1]["kind"] == "checkpoint_lost"
        assert int(lost["records"]) == (had if put == "older" else 0)
        assert had < int(lost["checkpoint_size"]) <= count
        assert len(keeper.bodies("health", event="ledger_set_aside")) == 1
        assert len(keeper.bodies("alarm", alarm="row_altered", phase="begin")) == 1
        keeper.stop()
        status, text = keeper.verify()
        assert status == 1 and "rolled back" in text and "begins after another" in text, text
        assert ("which is not here" in text) == (put == "nothing"), text
        assert put == "nothing" or first["predecessor"]["file"] in text, text
    assert put == "nothing" or (keeper.state / first["predecessor"]["file"]).exists()


def first_records(keeper):
    """Is the ledger that is there a new one, with its first records?"""
    try:
        rows = keeper.records()
    except (sqlite3.OperationalError, sqlite3.DatabaseError):
        return False
    return rows and "predecessor" in rows[0][2]


def test_older_ledger_and_notes_put_back_together_are_suspected_by_younger_video(tmp_path):
    clock = MovedClock(tmp_path, wall=-3600)
    with Keeper(tmp_path / "state", environment=clock.environment) as keeper:
        keeper.start(cameras=["gate"])
        camera = keeper.camera("gate")
        camera.begin(camera.grant(), start_ns=time.time_ns() - 3600 * 10**9)
        camera.piece(init_part())
        camera.piece(fragment(0))
        keeper.wait(lambda: noted(keeper, camera.id), "a progress note")
        keeper.kill()
        before = tmp_path / "before"
        shutil.copytree(keeper.state, before, ignore=shutil.ignore_patterns("*.sock", "video"))
        keeper.environment = None
        keeper.start(cameras=["gate"])
        keeper.wait(lambda: len(segments(keeper)) == 1)
        assert not keeper.bodies("health", event="rolled_back")
        camera = keeper.camera("gate")
        camera.record(camera.grant())
        keeper.wait(lambda: len(segments(keeper)) == 2)
        keeper.stop()
        for path in [*keeper.state.glob("ledger.db*"), *keeper.state.glob("progress.*")]:
            path.unlink()
        shutil.copytree(before, keeper.state, dirs_exist_ok=True)
        for _ in range(2):  # it is said once, and the alarm stays
            keeper.start(cameras=["gate"])
            keeper.wait(lambda: len(segments(keeper)) == 2)
            assert {path.stem for path in files(keeper)} == \
                {body["segment"] for body in segments(keeper)}
            said, = keeper.bodies("health", event="rolled_back")
            assert camera.id in said["detail"]
            begun, = keeper.bodies("alarm", alarm="rolled_back")
            assert begun["phase"] == "begin"
            keeper.stop()
        found, = [body for body in segments(keeper) if body["segment"] == camera.id]
        assert found["not_covered_from"] == "0"
        status, text = keeper.verify()
        assert status == 3 and camera.id in text, text


@pytest.mark.parametrize("harm", ["gone", "garbage"])
def test_outage_after_a_lost_ledger_is_the_recorders(keeper, harm):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.record(camera.grant(), start_ns=time.time_ns() - 60 * 10**9)
    keeper.wait(lambda: segments(keeper))
    keeper.stop()
    for path in keeper.state.glob("ledger.db*"):
        path.unlink()
    if harm == "garbage":
        (keeper.state / "ledger.db").write_bytes(b"garbage " * 5000)
    keeper.is_checked = False
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.record(camera.grant(), start_ns=time.time_ns())
    keeper.wait(lambda: len(segments(keeper)) == 2)
    keeper.stop()
    assert keeper.bodies("gap")[0]["cause"] == "recorder_failed"
    status, text = keeper.verify()
    assert status == 1 and "begins after another" in text, text
