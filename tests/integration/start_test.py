"""What a start makes of a state that somebody laid hands on while it was stopped."""
import shutil

import pytest

from keeper_end import Keeper


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
    keeper.process.wait(30)
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
