"""sealroom-picture: whatever a stream holds, it costs one answer."""
import json
import os
import random
import signal
import struct
import subprocess

import pytest

from picture_end import QUESTION, SECOND, VIDEO_QUESTION, Picture

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


def shape_of(path):
    """(codec, width, height) and how many keyframes, as ffprobe has them."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
         "packet=flags:stream=codec_name,width,height", "-of", "json", path],
        check=True, capture_output=True, text=True)
    assert out.stderr == ""
    found = json.loads(out.stdout)
    (stream,) = found["streams"]
    return ((stream["codec_name"], stream["width"], stream["height"]),
            [number for number, packet in enumerate(found["packets"]) if "K" in packet["flags"]])


def lengths_of(movie):
    """When its fragment's first picture is decoded, and how long each is shown, seconds."""
    at = movie.index(b"tfdt") + 4
    begin = struct.unpack_from(">Q" if movie[at] else ">I", movie, at + 4)[0]
    at = movie.index(b"trun") + 4
    flags, count = struct.unpack_from(">II", movie, at)
    assert flags & 0x100, "a duration each"
    width = 4 * bin(flags & 0xf00).count("1")
    first = at + 8 + 4 * bin(flags & 5).count("1")
    return begin / 90000, [struct.unpack_from(">I", movie, first + width * i)[0] / 90000
                           for i in range(count)]


@pytest.mark.parametrize("codec", ENCODE)
def test_video_is_encoded_anew_from_where_it_is_asked_for(picture, streams, codec, tmp_path):
    count, movie = picture.ask_video(*streams[codec], 0.5, 1.5, 7.25, 160)
    path = tmp_path / "derived.mp4"
    path.write_bytes(movie)
    assert shape_of(path) == (("h264", 160, 88), [0])
    begin, lengths = lengths_of(movie)
    # one fragment, its pictures where they are asked to be, to the end without a seam
    assert movie.count(b"moof") == 1 and movie.count(b"trun") == 1 and len(lengths) == count
    assert abs(count - FPS) <= 1
    assert abs(begin - 7.25) < 0.001
    assert abs(sum(lengths) - 1) < 0.001
    assert all(abs(length - 1 / FPS) < 0.001 for length in lengths[1:-1])


def test_the_pictures_of_derived_video_are_those_of_their_time(picture, streams, tmp_path):
    """Against the recorded ones: as near as two lossy encodings are, and nearer than any other."""
    init, fragments = streams["h265"]
    (tmp_path / "derived.mp4").write_bytes(picture.ask_video(init, fragments, 0.8, 1.2)[1])
    (tmp_path / "recorded.mp4").write_bytes(init + fragments)
    derived, recorded = ([raw[at:at + WIDTH * HEIGHT] for at in range(0, len(raw), WIDTH * HEIGHT)]
                         for raw in (subprocess.run(
                             ["ffmpeg", "-v", "error", "-i", str(tmp_path / name), "-vsync", "0",
                              "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True,
                             capture_output=True).stdout for name in ("derived.mp4", "recorded.mp4")))
    assert len(derived) == 10

    def distance(one, other):
        return sum(abs(a - b) for a, b in zip(one[::7], other[::7]))
    for number, shown in enumerate(derived):
        nearest = min(range(15, 35), key=lambda other: distance(shown, recorded[other]))
        assert nearest == 20 + number


def test_what_cannot_be_decoded_is_said(picture, streams):
    init, fragments = streams["h264"]
    assert "MP4" in picture.ask(b"x" * 500, fragments, 0)
    assert picture.ask(init, b"\0" * 100, 0) == "no picture could be decoded"
    assert picture.ask_video(init, b"\0" * 100, 0, 1) == "no picture could be decoded"
    # and the next question is answered
    assert picture.ask(init, fragments, 0)[1][:2] == b"\xff\xd8"


def test_a_question_that_may_not_be_asked_ends_it(streams):
    init, fragments = streams["h264"]
    for header in (QUESTION.pack(b"SRPX", 1, 1, 0, 640, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1 << 31, 0, 640, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1, 0, 9000, 90, 0),
                   QUESTION.pack(b"SRPQ", 1, 1, 0, 640, 101, 0),
                   QUESTION.pack(b"SRPQ", 1, 1, 0, 640, 90, 2),
                   VIDEO_QUESTION.pack(b"SRVQ", 1, 1, 0, 11 * SECOND, 0, 640, 0),
                   VIDEO_QUESTION.pack(b"SRVQ", 1, 1, SECOND, SECOND, 0, 640, 0),
                   VIDEO_QUESTION.pack(b"SRVQ", 1, 1, 0, SECOND, -1, 640, 0)):
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
        if dice.random() < 0.6:
            answer = picture.ask(bytes(init), bytes(fragments), dice.uniform(-1, 3))
        else:
            answer = picture.ask_video(bytes(init), bytes(fragments), 0.5, dice.uniform(0.6, 3))
        if answer is None:
            # It may be killed (memory, time); it may not do anything else.
            assert picture.close() in (-signal.SIGPROF, -signal.SIGKILL, -signal.SIGSEGV,
                                       -signal.SIGABRT, 1)
            assert not SANITIZED
            picture = Picture()
        else:
            asked += 1
            assert isinstance(answer, str) or answer[1][:2] == b"\xff\xd8" or answer[1][4:8] == b"ftyp"
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
