"""A whole appliance on a volume of its own that others fill: real recordings, both policies."""
import contextlib
import os

import pytest

from appliance import Appliance
from space_test import volume  # the fixture

MB = 1_000_000
RESERVE_MB = 20
SMALL = pytest.mark.parametrize("volume", [120], indirect=True)


def made(gate, volume, retention=None, **more):
    appliance = Appliance(cameras=[gate.entry("gate")], folder=volume,
                          retention={"reserve_mb": RESERVE_MB, **(retention or {})}, **more)
    appliance.log = volume.parent / "log"  # which says what happened when the disk takes nothing
    return appliance


def bodies(appliance, kind):
    return [row["body"] for row in appliance.json("records", "--kind", kind, check=False)]


def take_up_to(volume, left):
    """Somebody else's file: so many bytes are left, or, for none, not one; its path."""
    path = volume / "other"
    space = os.statvfs(volume)
    size = (space.f_bavail if left else space.f_bfree) * space.f_frsize - left
    with open(path, "wb") as file:
        with contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, size)
        with contextlib.suppress(OSError):
            while not left:
                os.write(file.fileno(), bytes(65536))
    return path


def has_alarm(appliance, kind):
    return [row for row in appliance.status()["alarms"] if row["kind"] == kind]


def video_comes(appliance):
    """Does more video come from now on?"""
    before = sum(path.stat().st_size for path in appliance.segments())
    return lambda: sum(path.stat().st_size for path in appliance.segments()) > before + 20_000


@SMALL
def test_what_had_to_go_is_what_was_not_held_and_is_told_as_such(gate, volume):
    with made(gate, volume) as appliance:
        appliance.wait(lambda: len(bodies(appliance, "segment")) >= 2, what="two segments")
        held, gone = bodies(appliance, "segment")[:2]
        appliance.sealroom("hold", "set", "--from", held["start"], "--to", held["end"],
                           "--reason", "case 7")
        other = take_up_to(volume, (RESERVE_MB + 1) * MB)
        appliance.wait(lambda: bodies(appliance, "expiry"), what="an expiry")
        assert has_alarm(appliance, "space_full")
        other.unlink()
        appliance.wait(lambda: not has_alarm(appliance, "space_full"), what="room")
        appliance.wait(video_comes(appliance), what="pictures again")
        appliance.stop()
        named = {segment["segment"]: segment for body in bodies(appliance, "expiry")
                 for segment in body["segments"]}
        assert gone["segment"] in named and held["segment"] not in named
        assert all(segment["below_floor"] for segment in named.values())
        assert not {path.stem for path in appliance.segments()} & set(named)
        status, text = appliance.verify()
        assert status == 3 and "incomplete" in text, text
        assert gone["segment"] in text and held["segment"] not in text, text
        camera, = [row for row in appliance.json("coverage") if row["type"] == "camera"]
        assert camera["expired_s"] > 5 and camera["unexplained_s"] == 0, camera


@SMALL
def test_recording_that_stops_on_a_full_disk_goes_on_with_one_gap_at_most(gate, volume):
    with made(gate, volume, {"when_full": "stop"}) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        appliance.wait(video_comes(appliance), what="video")
        other = take_up_to(volume, (RESERVE_MB - 1) * MB)
        appliance.wait(lambda: bodies(appliance, "segment"), what="the end of the segment")
        appliance.wait(lambda: has_alarm(appliance, "space_full"), what="an alarm")
        other.unlink()
        appliance.wait(video_comes(appliance), what="pictures again")
        appliance.stop()
        causes = [gap["cause"] for gap in bodies(appliance, "gap")]
        # None at all where the pause came with a keyframe: what follows one is held back, not lost.
        assert [cause for cause in causes if cause != "recorder_stopped"] in ([], ["disk_full"])
        assert not bodies(appliance, "expiry")
        status, text = appliance.verify()
        assert status == 0, text


@SMALL
def test_disk_that_others_filled_to_the_last_byte_costs_nothing_acknowledged(
        gate, panel, volume):
    with made(gate, volume, controllers=[panel.entry("panel")]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate") and
                       appliance.source("panel")["online"])
        panel.ask("emit access_granted 1 1")
        other = take_up_to(volume, 0)
        for card in range(2, 40):
            panel.ask(f"emit access_granted 1 {card}")
        appliance.wait(lambda: "disk is full" in appliance.log_text(),
                       what="the disk's refusal")
        os.truncate(other, other.stat().st_size - (RESERVE_MB - 5) * MB)
        appliance.wait(lambda: panel.ask("unread")["unread"] == 0, what="all entries")
        appliance.wait(lambda: has_alarm(appliance, "space_full"), what="an alarm")
        other.unlink()
        appliance.wait(lambda: not has_alarm(appliance, "space_full"), what="room")
        appliance.wait(video_comes(appliance), what="pictures again")
        appliance.stop()
        numbers = [int(body["device_seq"]) for body in bodies(appliance, "entry")
                   if "device_seq" in body]
        assert sorted(numbers) == list(range(1, 40))
        status, text = appliance.verify()
        assert status in (0, 3), text
