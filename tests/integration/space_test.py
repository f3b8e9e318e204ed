"""sealroom-keeper on a volume of its own that fills: the emergency reserve stays what it is."""
import os
import subprocess
import time

import pytest

from keeper_camera_test import files, segments
from keeper_end import Keeper, fragment, init_part
from messages import EVENT_CODES

MB = 1_000_000
RESERVE = 16 * MB
STOP = 2


@pytest.fixture
def volume(request, tmp_path):
    """A file system of 60 MB, or as many as it is asked for."""
    image, mount = tmp_path / "image", tmp_path / "mount"
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(getattr(request, "param", 60) * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-b", "4096", image], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, mount], capture_output=True, text=True,
                             check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no loop-mounted file system here: {mounted.stderr.strip()}")
    yield mount
    subprocess.run(["umount", mount], check=True)


@pytest.fixture
def keeper(volume):
    with Keeper(volume / "state") as started:
        yield started


def free(keeper):
    space = os.statvfs(keeper.state)
    return space.f_bavail * space.f_frsize


def paused(camera):
    """The newest thing the keeper said of it, without waiting; None if it said nothing."""
    camera.socket.setblocking(False)
    try:
        while True:
            camera.waiting.append(camera.receive())
    except BlockingIOError:
        pass
    camera.socket.settimeout(30)
    said = [values["paused"] for name, values in camera.waiting if name == "pause"]
    camera.waiting = [message for message in camera.waiting if message[0] != "pause"]
    return said[-1] if said else None


def write_piece(keeper, camera, number, size=500_000):
    """A quarter of a second. The next one waits until the keeper has had its turn: how late a busy
    machine gives it one is not what is judged here."""
    camera.piece(fragment(number, size=size), duration_ns=250_000_000)
    time.sleep(0.25)
    keeper.control.say("progress_ask")
    keeper.control.expect("progress")


def fill(keeper, camera, spare=False):
    """A stream of 16 Mbit/s in one segment, until it is told to hold back. Returns a grant that is
    left in hand if it is to be `spare`; then the next segment is to follow."""
    camera.begin(camera.grant(), start_ns=time.time_ns())
    granted = camera.grant() if spare else None
    camera.piece(init_part())
    for number in range(60):
        write_piece(keeper, camera, number)
        if paused(camera):
            break
    else:
        pytest.fail("it was never told to hold back")
    camera.end(continues=int(spare))
    return granted


def hold(keeper):
    now = time.time_ns()
    command = keeper.command()
    return command, command.ask("hold_set", from_utc_ns=now - 3600 * 10**9,
                                to_utc_ns=now + 3600 * 10**9, cameras="gate",
                                reason="case 7")["record"]


def take_up_to(keeper, left):
    """Somebody else's file, so that `left` bytes are free; removed again with its path."""
    path = keeper.state.parent / "other"
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free(keeper) - left)
    return path


@pytest.mark.parametrize("policy", ["held", "stop"])
def test_reserve_is_kept_and_the_gap_says_disk_full(keeper, policy):
    keeper.start(cameras=["gate"], doors={"archive": "panel"}, reserve_bytes=RESERVE,
                 segment_seconds=10, full_policy=STOP if policy == "stop" else 1)
    take_up_to(keeper, RESERVE + 7 * MB)
    hold(keeper)
    camera, panel = keeper.camera("gate"), keeper.door("panel")
    fill(keeper, camera)
    assert free(keeper) > RESERVE
    keeper.wait(lambda: len(segments(keeper)) == 1)
    assert panel.ask("entry", event=EVENT_CODES["access_granted"], door="archive")["status"] == 0
    assert keeper.bodies("alarm", alarm="space_full")
    time.sleep(1.5)
    keeper.control.say("worker_ended", role=3, source="gate", ordered=1)
    camera.close()
    keeper.stop()
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "disk_full"
    assert not keeper.bodies("health", event="peer_cut_off")
    status, text = keeper.verify()
    assert status in (0, 3), text


def test_recording_goes_on_when_there_is_room_again(keeper):
    keeper.start(cameras=["gate"], reserve_bytes=RESERVE, segment_seconds=10)
    other = take_up_to(keeper, RESERVE + 5 * MB)
    hold(keeper)
    camera = keeper.camera("gate")
    fill(keeper, camera)
    other.unlink()
    assert camera.expect("pause")["paused"] == 0
    time.sleep(1)
    camera.begin(camera.grant(), start_ns=time.time_ns())
    camera.piece(init_part())
    camera.piece(fragment(0))
    camera.end()
    keeper.wait(lambda: len(segments(keeper)) == 2)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "disk_full"


def test_late_camera_that_ends_for_a_pause_when_it_is_over_leaves_a_gap_of_the_disks(keeper):
    keeper.start(cameras=["gate"], reserve_bytes=RESERVE, segment_seconds=10)
    other = take_up_to(keeper, RESERVE + 5 * MB)
    hold(keeper)
    camera = keeper.camera("gate")
    granted = fill(keeper, camera, spare=True)
    camera.begin(granted, start_ns=camera.at)  # before the pause was read
    camera.piece(init_part())
    camera.piece(fragment(0))
    keeper.wait(lambda: len(segments(keeper)) == 1)
    other.unlink()
    assert camera.expect("pause")["paused"] == 0
    camera.end()  # the pause was read
    granted = camera.grant()
    camera.begin(granted, start_ns=camera.at + 4 * 10**9)
    camera.piece(init_part())
    camera.end()
    keeper.wait(lambda: len(segments(keeper)) == 3)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "disk_full"


def test_room_for_what_is_being_written_is_made_before_the_reserve_is_touched(keeper):
    keeper.start(cameras=["gate"], reserve_bytes=RESERVE, segment_seconds=3)
    take_up_to(keeper, RESERVE + 12 * MB)
    camera = keeper.camera("gate")
    least = free(keeper)
    for _ in range(5):
        camera.begin(camera.grant(), start_ns=time.time_ns())
        camera.piece(init_part())
        for number in range(10):
            write_piece(keeper, camera, number)
            least = min(least, free(keeper))
            assert not paused(camera)
        camera.end(continues=1)
    assert least > RESERVE
    assert keeper.bodies("expiry")


@pytest.mark.parametrize("volume", [1100], indirect=True)
def test_camera_of_unknown_rate_begins_only_where_a_flood_has_room(keeper):
    keeper.start(cameras=["gate"], reserve_bytes=RESERVE, segment_seconds=10)
    other = take_up_to(keeper, RESERVE + 10 * MB)
    camera = keeper.camera("gate")
    camera.say("segment_request")
    keeper.wait(lambda: keeper.bodies("alarm", alarm="space_full"), "the alarm")
    assert free(keeper) > RESERVE
    assert not [name for name, _ in camera.waiting if name == "segment_granted"]
    other.unlink()
    camera.granted = camera.expect("segment_granted")
    camera.record(camera.granted)
    keeper.wait(lambda: len(segments(keeper)) == 1)


def test_flooding_camera_pushes_only_its_own_video_out(keeper):
    keeper.start(cameras=["gate", "yard"], reserve_bytes=RESERVE, segment_seconds=3)
    take_up_to(keeper, RESERVE + 14 * MB)
    gate, yard = keeper.camera("gate"), keeper.camera("yard")
    for _ in range(3):  # the oldest there is
        gate.record(gate.grant())
    while not keeper.bodies("expiry"):
        yard.begin(yard.grant(), start_ns=time.time_ns())
        yard.piece(init_part())
        for number in range(8):
            write_piece(keeper, yard, number, size=250_000)
        yard.end(continues=1)
    assert {(body["camera"], body["reason"]) for body in keeper.bodies("expiry")} == \
        {("yard", "share")}
    kept = {path.stem for path in files(keeper)}
    assert kept >= {body["segment"] for body in segments(keeper) if body["camera"] == "gate"}
