"""sealroom-picture: whatever a stream holds, it costs one answer."""
import os
import random
import signal
import struct
import subprocess

import pytest

from picture_end import QUESTION, Picture

WIDTH, HEIGHT, FPS = 320, 176, 25
ENCODE = {"h264": ["libx264", "-x264-params", "keyint=50:bframes=3:scenecut=0"],
          "h265": ["libx265", "-x265-params", "keyint=50:bframes=3:log-level=error"]}
SANITIZED = "asan" in os.environ.get("SEALROOM_BIN", "")


def make(folder, codec, size=f"{WIDTH}x{HEIGHT}", *more):
    """(init part, fragments) of two seconds."""
    path = str(folder / f"{codec}.mp4")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s={size}:r={FPS}:d=2",
         "-pix_fmt", "yuv420p", "-c:v", ENCODE[codec][0], "-preset", "ultrafast",
         *ENCODE[codec][1:], *more, "-tag:v", "hvc1" if codec == "h265" else "avc1", "-movflags",
         "cmaf+frag_keyframe+skip_trailer", "-use_editlist", "0", path], check=True)
    with open(path, "rb") as file:
        data = file.read()
    at = data.index(b"moof") - 4
    return data[:at], data[at:]


@pytest.fixture(name="streams", scope="module")
def streams_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    return {codec: make(folder, codec) for codec in ENCODE}


@pytest.fixture(name="picture")
def picture_fixture():
    picture = Picture()
    yield picture
    picture.close()


def dimensions(jpeg):
    """(width, height) and comment of a JPEG, by its markers."""
    assert jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9"
    at, comment = 2, None
    while True:
        marker, size = struct.unpack_from(">HH", jpeg, at)
        if marker == 0xfffe:
            comment = jpeg[at + 4:at + 2 + size]
        if 0xffc0 <= marker <= 0xffc2:
            height, width = struct.unpack_from(">HH", jpeg, at + 5)
            return width, height, comment
        at += 2 + size


@pytest.mark.parametrize("codec", ENCODE)
def test_a_still_is_scaled_and_marked_as_derived(picture, streams, codec):
    sizes = []
    for width, quality in ((160, 40), (640, 90)):
        _when, jpeg = picture.ask(*streams[codec], 0.5, width, quality)
        assert dimensions(jpeg)[:2] == ((160, 88) if width == 160 else (WIDTH, HEIGHT))
        assert b"not evidence" in dimensions(jpeg)[2]
        sizes.append(len(jpeg))
    assert sizes[0] < sizes[1]


def test_what_cannot_be_decoded_is_said(picture, streams):
    init, fragments = streams["h264"]
    assert "MP4" in picture.ask(b"x" * 500, fragments, 0)
    assert picture.ask(init, b"\0" * 100, 0) == "no picture could be decoded"
    # and the next question is answered
    assert picture.ask(init, fragments, 0)[1][:2] == b"\xff\xd8"


def test_a_question_that_may_not_be_asked_ends_it(streams):
    init, fragments = streams["h264"]
    for header in (QUESTION.pack(b"SRPX", 1, 1, 0, 640, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1 << 31, 0, 640, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1, 0, 9000, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1, 0, 640, 101, 0)):
        picture = Picture()
        picture.socket.sendall(header)
        assert picture.receive(1) is None
        assert picture.close() == 1
    picture = Picture()
    picture.socket.sendall(QUESTION.pack(b"SRPQ", len(init), len(fragments), 0, 640, 90, 0) + init)
    assert picture.close() == 1, "cut short"
    assert Picture().close() == 0, "nothing was asked"


def test_a_hostile_stream_costs_one_answer(streams):
    dice = random.Random(7)
    picture, asked = Picture(), 0
    for _ in range(120):
        init, fragments = (bytearray(part) for part in streams[dice.choice(list(ENCODE))])
        for _ in range(dice.choice((1, 3, 30, 300))):
            part = dice.choice((init, fragments, fragments))
            part[dice.randrange(len(part))] = dice.randrange(256)
        if dice.random() < 0.2:
            del fragments[dice.randrange(1, len(fragments)):]
        answer = picture.ask(bytes(init), bytes(fragments), dice.uniform(-1, 3))
        if answer is None:
            # It may be killed (memory, time); it may not do anything else.
            assert picture.close() in (-signal.SIGPROF, -signal.SIGKILL, -signal.SIGSEGV,
                                       -signal.SIGABRT, 1)
            assert not SANITIZED
            picture = Picture()
        else:
            asked += 1
            assert isinstance(answer, str) or answer[1][:2] == b"\xff\xd8"
    assert picture.close() == 0
    assert asked > 60


@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs files")
def test_it_can_open_nothing(picture, streams):
    picture.ask(*streams["h264"], 0)
    with open(f"/proc/{picture.process.pid}/status", encoding="utf-8") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    with open(f"/proc/{picture.process.pid}/limits", encoding="utf-8") as file:
        limits = file.read()
    assert f"{512 * 1024 * 1024}" in limits
