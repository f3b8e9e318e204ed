"""Clips of what real cameras' streams were recorded as: the recorded bytes, the right picture at
every moment, every box as the ONVIF Export File Format defines it, seals that openssl verifies."""
import concurrent.futures
import contextlib
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

import browsers
import clip_boxes
from camera_rig import BIN, CUT_PARAMETERS, Camera, Rig, packets
from picture_end import AS_3, Picture

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "stranger"))
import clip_tables  # noqa: E402

MAKE_CLIP = os.path.join(os.path.dirname(BIN), "tests", "make_clip")
MAKE_STILL = os.path.join(os.path.dirname(BIN), "tests", "make_still")
CHECK_SEAL = os.path.join(HERE, "clip", "check_seal")
SECOND = 1_000_000_000
WIDTH, HEIGHT, FPS, FRAMES = 320, 176, 25, 125
# Every picture's number stands in its top, in sixteen fields of black or white.
NUMBERED = (f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}:d={FRAMES // FPS},format=yuv420p,"
            "geq=lum='if(lt(Y,32),if(mod(floor(N/pow(2,floor(X/20))),2),235,16),lum(X,Y))'"
            ":cb='if(lt(Y,16),128,cb(X,Y))':cr='if(lt(Y,16),128,cr(X,Y))'")
# The same in a hundredth of the time, for half an hour of it; from `first` on.
def counted(frames, first=0):
    boxes = "".join(
        f",drawbox=x={20 * i}:y=0:w=20:h=32:t=fill:c=white:enable='mod(floor((n+{first})/{1 << i})\\,2)'"
        for i in range(16))
    return f"color=black:s={WIDTH}x{HEIGHT}:r={FPS}:d={frames / FPS},format=yuv420p{boxes}"


ENCODE = {
    "h264": ["libx264", "-x264-params", "keyint=50:bframes=3:b-adapt=0:scenecut=0"],
    "h265": ["libx265", "-x265-params",
             "keyint=50:bframes=3:b-adapt=0:scenecut=0:open-gop=0:log-level=error"],
}


def numbers(raw):
    """The numbers burnt into grey pictures."""
    return [sum((raw[at + 8 * WIDTH + 20 * i + 10] > 128) << i for i in range(16))
            for at in range(0, len(raw), WIDTH * HEIGHT)]


def decode(path, *options, before=()):
    """As they stand in the file: left alone, ffmpeg evens out their times by showing one twice."""
    return numbers(subprocess.run(
        ["ffmpeg", "-v", "error", *before, "-i", path, "-map", "0:v", *options, "-fps_mode",
         "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout)


class Footage:
    """What one camera's stream was recorded as."""

    def __init__(self, directory, suite, codec, *options, audio="none"):
        self.directory, self.suite, self.made = str(directory), suite, {}
        self.camera = Camera(directory, "--codec", codec, "--audio", audio, *options)
        self.rig = Rig(self.camera.url, directory, with_sm3=suite == "sm",
                       audio=int(audio != "none"))
        self.rig.start_keeper()

    def finish(self):
        assert self.rig.run(lambda r: self.camera.finished() and r.all("stream_down"), 30)
        assert self.rig.stop() == 0
        self.segments = self.rig.segments
        self.start = self.segments[0].begin["start_utc_ns"]
        self.end = self.segments[-1].end["end_utc_ns"]

    def close(self):
        self.rig.close()
        self.camera.close()

    def listing(self):
        lines = []
        for segment in self.segments:
            lines.append(f"segment {segment.end['continues']} {segment.path}")
            for piece in segment.pieces:
                lines.append(" ".join(str(value) for value in (
                    "piece", piece["kind"], piece["keyframe"], piece["size"], piece["frames"],
                    piece["start_utc_ns"], piece["duration_ns"], piece["sha256"].hex(),
                    piece["sm3"].hex())))
        return "\n".join(lines) + "\n"

    def clips(self, begin=None, end=None):
        """The clips of a range, seconds from the start, as [(facts, fragments)]."""
        if (begin, end) not in self.made:
            self.made[begin, end] = self.make(begin, end, f"clip-{len(self.made)}")
        return self.made[begin, end]

    def make(self, begin, end, name):
        """The same, or what was said of why there are none."""
        begin = self.start if begin is None else self.start + int(begin * SECOND)
        end = self.end if end is None else self.start + int(end * SECOND)
        out = subprocess.run(
            [MAKE_CLIP, self.suite, self.directory, str(begin), str(end),
             os.path.join(self.directory, name)],
            input=self.listing(), capture_output=True, text=True, check=False)
        if out.returncode != 0:
            return out.stderr
        found = []
        for line in out.stdout.splitlines():
            words = line.split()
            if words[0] == "clip":
                found.append(({"path": words[1], "size": int(words[2]), "start": int(words[3]),
                               "end": int(words[4]), "sha256": words[5]}, []))
            else:
                found[-1][1].append((*map(int, words[1:5]), words[5]))
        return found

    def clip(self, begin=None, end=None):
        (found,) = self.clips(begin, end)
        return found


def encode_change(folder):
    """A stream whose parameter sets change after two seconds."""
    stream = b""
    for first, references in ((0, 1), (50, 3)):
        stream += subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", counted(50, first), "-c:v", "libx264",
             "-preset", "ultrafast", "-refs", str(references), "-x264-params",
             "keyint=50:scenecut=0:repeat-headers=1", "-f", "h264", "-"],
            check=True, capture_output=True).stdout
    subprocess.run(["ffmpeg", "-v", "error", "-f", "h264", "-r", str(FPS), "-i", "-", "-c", "copy",
                    str(folder / "changed.mkv")], input=stream, check=True)
    return str(folder / "changed.mkv")


@pytest.fixture(name="recorded", scope="module")
def recorded_fixture(tmp_path_factory):
    """Three cameras at once: each suite and codec once with reordered pictures and numbers in them,
    and one that changes its parameter sets."""
    folder = tmp_path_factory.mktemp("footage")
    coders = []
    for codec, encoder in ENCODE.items():
        coders.append(subprocess.Popen(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", NUMBERED, "-c:v", encoder[0], "-preset",
             "ultrafast", *encoder[1:], str(folder / f"{codec}.mkv")]))
    changed = encode_change(folder)
    assert [coder.wait() for coder in coders] == [0, 0]
    with contextlib.ExitStack() as open_ones, concurrent.futures.ThreadPoolExecutor() as pool:
        made = {}
        for name, suite, codec, audio, options in (
                ("h264", "nist", "h264", "aac", ("--file", str(folder / "h264.mkv"))),
                ("h265", "sm", "h265", "opus", ("--file", str(folder / "h265.mkv"))),
                ("changed", "nist", "h264", "none", ("--file", changed, "--no-parameters"))):
            (folder / name).mkdir()
            made[name] = Footage(folder / name, suite, codec, *options, audio=audio)
            open_ones.callback(made[name].close)
        # A camera waits for nobody.
        for done in [pool.submit(footage.finish) for footage in made.values()]:
            done.result()
        yield made


@pytest.fixture(name="footage", params=["h264", "h265"])
def footage_fixture(request, recorded):
    return recorded[request.param]


def contents(path, stream):
    """(digest, dts, pts - dts, key) of every packet, the edit lists put aside."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-ignore_editlist", "1", "-select_streams", stream,
         "-show_packets", "-show_data_hash", "sha256", "-of", "json", path],
        check=True, capture_output=True, text=True)
    assert out.stderr == ""
    return [(packet["data_hash"], packet["dts"], packet["pts"] - packet["dts"],
             packet["flags"][0]) for packet in json.loads(out.stdout)["packets"]]


def check_packets(recorded_path, path, stream):
    """The clip's packets are some of the recorded ones in a row, at the same distances."""
    all_of_them, found = contents(recorded_path, stream), contents(path, stream)
    assert found
    first = [packet[0] for packet in all_of_them].index(found[0][0])
    meant = all_of_them[first:first + len(found)]
    assert [packet[0] for packet in meant] == [packet[0] for packet in found]
    assert [packet[1] - meant[0][1] for packet in meant] == [
        packet[1] - found[0][1] for packet in found]
    assert [packet[2:] for packet in meant] == [packet[2:] for packet in found]


@pytest.mark.parametrize("begin,end", [(None, None), (1.3, 2.9)])
def test_packets_are_the_recorded_ones(footage, begin, end):
    facts, _ = footage.clip(begin, end)
    whole = footage.rig.laid_end_to_end()
    for stream in "va":
        check_packets(whole, facts["path"], stream)
    if begin is None:
        assert len(contents(facts["path"], "v")) == FRAMES


def test_fragments_stand_in_the_clip_byte_for_byte(footage):
    facts, fragments = footage.clip(1.3, 2.9)
    with open(facts["path"], "rb") as file:
        data = file.read()
    assert len(data) == facts["size"]
    assert hashlib.sha256(data).hexdigest() == facts["sha256"]
    mdat = clip_boxes.Clip(data).mdat
    at = mdat.start + 8
    for segment, piece, offset, size, digest in fragments:
        told = footage.segments[segment].pieces[piece]
        recorded = footage.segments[segment].bytes()[told["offset"]:][:told["size"]]
        assert (offset, size) == (at, len(recorded)), "they tile the mdat"
        assert data[offset:offset + size] == recorded
        assert digest == told["sha256"].hex()
        at += size
    assert at == mdat.end
    # From the keyframe before the start to the picture at the end, and no more than a fragment on.
    assert fragments[0][1] == 0 and footage.segments[fragments[1][0]].pieces[
        fragments[1][1]]["keyframe"] == 1
    assert facts["start"] <= footage.start + 1.3 * SECOND < facts["start"] + 50 * SECOND // FPS
    assert footage.start + 2.9 * SECOND <= facts["end"] < footage.start + 4 * SECOND


@pytest.mark.parametrize("name,begin,end", [
    ("h264", None, None), ("h264", 1.3, 2.9), ("h265", None, None), ("h265", 1.3, 2.9),
    ("changed", None, None)])
def test_what_stands_before_the_pieces_follows_from_them(recorded, name, begin, end):
    """As FORMAT.md has it, and nobody's choice."""
    footage = recorded[name]
    for facts, fragments in footage.clips(begin, end):
        with open(facts["path"], "rb") as file:
            data = file.read()
        pieces = [data[offset:offset + size] for _, _, offset, size, _ in fragments]
        segment, piece = fragments[1][:2]
        start = footage.segments[segment].pieces[piece]["start_utc_ns"]
        assert data[:fragments[0][2]] == clip_tables.front(pieces, start)
        asked = "\n".join([f"case {start}", *(f"piece {offset} {size}"
                                              for _, _, offset, size, _ in fragments)])
        page = subprocess.run(["node", os.path.join(HERE, "clip", "clip_front.mjs"), facts["path"]],
                              input=asked, text=True, check=True, capture_output=True).stdout
        assert page.strip() == hashlib.sha256(data[:fragments[0][2]]).hexdigest()


def test_every_moment_shows_its_own_picture(footage):
    facts, _ = footage.clip(1.3, 2.9)
    first = int((facts["start"] - footage.start) / SECOND * FPS + 0.5)
    asked = math.ceil(2.9 * FPS) - first
    shown = decode(facts["path"])
    # Behind the end that was asked for, a picture that is decoded early may stand without those
    # that are shown before it: they are in the next fragment.
    assert shown[:asked] == list(range(first, first + asked))
    assert shown == sorted(shown)
    for _ in range(4):
        number = random.randrange(asked)
        # From the middle of the picture before, the next one is this.
        moment = max(0, (number - 0.5) / FPS)
        assert decode(facts["path"], "-frames:v", "1", before=["-ss", f"{moment:.3f}"]) == [
            first + number]


LONG = os.environ.get("SEALROOM_LONG") == "1"
LONG_S = 1800


@pytest.fixture(name="half_hour", scope="module")
def half_hour_fixture(tmp_path_factory):
    """A clip of half an hour, as facts: fragments of a second as the recorder makes them, a keyframe
    every two."""
    folder = tmp_path_factory.mktemp("long")
    path = folder / "segment.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", counted(LONG_S * FPS), "-c:v", "libx264",
         "-preset", "ultrafast", "-x264-params", "keyint=50:scenecut=0", "-movflags",
         "cmaf+frag_keyframe+skip_trailer", "-frag_duration", "1000000", "-use_editlist", "0",
         str(path)], check=True)
    data = path.read_bytes()
    top = clip_boxes.boxes(data)
    moof = [box for box in top if box.kind == "moof"]
    assert len(moof) == LONG_S
    ends = [box.start for box in moof] + [len(data)]
    lines = [f"segment 0 {path}"]
    for number, (start, end) in enumerate(zip([0] + ends[:-1], ends)):
        at = 1_700_000_000 * SECOND + max(0, number - 1) * SECOND
        lines.append(f"piece {2 if number else 1} {number % 2} {end - start} "
                     f"{FPS if number else 0} {at} {SECOND if number else 0} "
                     f"{hashlib.sha256(data[start:end]).hexdigest()} {'0' * 64}")
    out = subprocess.run([MAKE_CLIP, "nist", str(folder), "0", str(1 << 62),
                          str(folder / "clip")], input="\n".join(lines) + "\n", check=True,
                         capture_output=True, text=True)
    return {"path": out.stdout.split()[1], "frames": LONG_S * FPS, "first": 0, "codec": "h264"}


@pytest.fixture(name="shown", scope="module")
def shown_fixture(recorded, half_hour):
    """What players are asked to show: clips, with the number of the picture at their time 0."""
    found = {"half an hour": half_hour}
    for name, begin, end in (("h264", 1.3, 2.9), ("h265", 1.3, 2.9), ("changed", None, None)):
        footage = recorded[name]
        for number, (facts, _) in enumerate(footage.clips(begin, end)):
            first = round((facts["start"] - footage.start) / SECOND * FPS)
            last = round((facts["end"] - footage.start) / SECOND * FPS)
            found[f"{name} {number}"] = {
                "path": facts["path"], "first": first, "frames": last - first,
                "codec": "h265" if name == "h265" else "h264"}
    assert len(found) == 5
    return found


def places(clip):
    """Pictures of a clip to look at: far apart, none the first one, which is there by itself."""
    count = 12 if LONG else 2
    each = clip["frames"] // count
    return [random.randrange(1, each - 2) + each * i for i in reversed(range(count))]


def ffmpeg_shows(clip, picture, _folder):
    # From the middle of the picture before, the next one is this.
    return decode(clip["path"], "-frames:v", "1", before=["-ss", f"{(picture - 0.5) / FPS:.3f}"])


def mpv_shows(clip, picture, folder):
    subprocess.run(
        ["mpv", "--no-config", "--really-quiet", "--no-audio", "--vo=image",
         "--vo-image-format=png", f"--vo-image-outdir={folder}", "--frames=1",
         f"--start={(picture - 0.5) / FPS:.3f}", clip["path"]], check=True, timeout=60)
    return decode(os.path.join(folder, "00000001.png"))


def as_nobody(folder):
    """VLC will not run as root."""
    os.chmod(folder, 0o777)
    user = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    return [*user, "env", f"HOME={folder}"]


def vlc(folder, clip, *options):
    shutil.copyfile(clip["path"], os.path.join(folder, "clip.mp4"))
    os.chmod(os.path.join(folder, "clip.mp4"), 0o644)
    subprocess.run([*as_nobody(folder), "vlc", "-I", "dummy", "--no-audio", "--vout=dummy",
                    "--no-drop-late-frames", "--no-skip-frames", "--play-and-exit", *options,
                    os.path.join(folder, "clip.mp4"), "vlc://quit"],
                   check=True, capture_output=True, timeout=120)


def vlc_shows(clip, picture, folder):
    vlc(folder, clip, "--video-filter=scene", f"--scene-path={folder}", "--scene-format=png",
        "--scene-ratio=1", f"--start-time={(picture + 0.5) / FPS:.3f}", "--run-time=0.4")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".png"))
    # Its pictures are filled up below. The very first may be one that the decoder had at hand; then
    # it goes on from where it was sent, and on a busy machine leaves out one or two.
    number = decode(os.path.join(folder, names[1]))[0]
    wanted = clip["first"] + picture
    return [wanted if -1 <= number - wanted <= 3 else number]


PLAYERS = {"ffmpeg": ffmpeg_shows, "mpv": mpv_shows, "vlc": vlc_shows}


@pytest.mark.parametrize("name", ["half an hour", "h264 0", "h265 0", "changed 0", "changed 1"])
@pytest.mark.parametrize("player", PLAYERS)
def test_player_seeks_to_the_right_picture(shown, player, name):
    clip = shown[name]
    for picture in places(clip):
        with tempfile.TemporaryDirectory() as folder:
            assert PLAYERS[player](clip, picture, folder) == [clip["first"] + picture]


PAGE = """<!doctype html><title>clip</title><input type=file><video muted></video><script>
const v = document.querySelector("video");
async function begin() {
  const file = document.querySelector("input").files[0], begun = performance.now();
  await new Promise((done, failed) => {
    v.onloadedmetadata = done;
    v.onerror = () => failed(new Error("the clip does not play"));
    v.src = URL.createObjectURL(file);
  });
  return performance.now() - begun;
}
async function show(moment) {
  const shown = new Promise(done => {
    const look = (_, frame) => Math.abs(frame.mediaTime - moment) < 0.04
      ? done() : v.requestVideoFrameCallback(look);
    v.requestVideoFrameCallback(look);
  });
  const sought = new Promise(done => { v.onseeked = done; });
  v.currentTime = moment;
  await Promise.all([shown, sought]);
  const canvas = new OffscreenCanvas(v.videoWidth, v.videoHeight).getContext("2d");
  let number = 0;
  canvas.drawImage(v, 0, 0);
  for (let i = 0; i < 16; i++)
    if (canvas.getImageData(20 * i + 10, 8, 1, 1).data[0] > 128) number |= 1 << i;
  return number;
}
</script>"""


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_browser_seeks_to_the_right_picture(shown, tmp_path, kind):
    """H.264; for H.265 neither has a decoder here. The half hour opens within 200 ms."""
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    with browsers.start(kind) as browser:
        for name, clip in shown.items():
            if clip["codec"] != "h264":
                continue
            opened = []
            for _ in range(3):
                browser.open(page)
                browser.choose("input", clip["path"])
                opened.append(browser.evaluate("begin()"))
            assert min(opened) < 200, (name, opened)
            for picture in places(clip):
                number = browser.evaluate(f"show({(picture + 0.5) / FPS})")
                assert number == clip["first"] + picture, name


def ffprobe_opens(clip):
    subprocess.run(["ffprobe", "-v", "error", "-show_format", "-show_streams", clip["path"]],
                   check=True, capture_output=True)


def mpv_opens(clip):
    subprocess.run(["mpv", "--no-config", "--really-quiet", "--no-audio", "--vo=null", "--frames=1",
                    clip["path"]], check=True, timeout=60)


def vlc_opens(clip):
    with tempfile.TemporaryDirectory() as folder:
        vlc(folder, clip, "--run-time=0.1")


@pytest.mark.parametrize("opens", [ffprobe_opens, mpv_opens, vlc_opens])
def test_half_an_hour_opens_within_200_ms(shown, opens):
    """More than what the player takes to start, and to open a clip of two seconds."""
    took = {"half an hour": [], "changed 0": []}
    for _ in range(3):
        for name, times in took.items():
            begun = time.monotonic()
            opens(shown[name])
            times.append(time.monotonic() - begun)
    assert min(took["half an hour"]) - min(took["changed 0"]) < 0.2, took


def test_sound_stays_beside_the_picture(footage):
    """By the edit lists: the clip's time 0 is the same moment of both tracks."""
    facts, _ = footage.clip(1.3, 2.9)
    with open(facts["path"], "rb") as file:
        clip = clip_boxes.Clip(file.read())
    moments = []
    for number, trak in enumerate(clip.tracks, 1):
        mdhd = clip_boxes.one(clip_boxes.one(trak.inner(), "mdia").inner(), "mdhd")
        scale = int.from_bytes(mdhd.content[20:24], "big")
        edits = clip_boxes.edits(trak)
        # What begins later has an empty edit in front, in units of the movie's, the video's, time.
        empty = edits.pop(0)[0] if len(edits) == 2 and edits[0][1] == -1 else 0
        (duration, media_time), = edits
        assert duration > 0
        moments.append(clip.cstb[number] / 1e7 + media_time / scale - empty / 90000)
    assert len(moments) == 2
    assert abs(moments[0] - moments[1]) < 0.0001
    assert abs(moments[0] - 11644473600 - facts["start"] / SECOND) < 0.0001


def test_sample_tables_say_what_the_fragments_say(footage):
    facts, _ = footage.clip(1.3, 2.9)
    with open(facts["path"], "rb") as file:
        clip = clip_boxes.Clip(file.read())
    for trak, stream in zip(clip.tracks, "va"):
        found = clip_boxes.samples(trak)
        seen = contents(facts["path"], stream)
        assert [(decode_time, shift, "K" if sync else "_")
                for _, _, decode_time, shift, sync in found] == [
                    (packet[1] - seen[0][1], packet[2], packet[3]) for packet in seen]
        assert ["SHA256:" + hashlib.sha256(clip.data[at:at + size]).hexdigest()
                for at, size, *_ in found] == [packet[0] for packet in seen]


@pytest.mark.parametrize("definition", clip_boxes.DEFINITIONS, ids=lambda each: each.kind)
def test_box_is_as_the_export_format_defines_it(footage, definition):
    """Version, flags, fields, quantity and place: reading a clip holds all of it against the table.
    Here, that what should be there is, in both a clip of one suite and of the other."""
    with open(footage.clip()[0]["path"], "rb") as file:
        found = clip_boxes.Clip(file.read()).defined
    assert len(found[definition.kind]) == {"sinf": 2, "schm": 2, "schi": 2, "sibo": 2, "cert": 2
                                           }.get(definition.kind, 1)


def test_boxes_say_what_the_export_format_wants_of_them(footage):
    facts, _ = footage.clip()
    with open(facts["path"], "rb") as file:
        clip = clip_boxes.Clip(file.read())  # order, versions, flags, no byte too many
    # "Box Structure": file brand isom; all else that it shows is ISO/IEC 14496-12's
    assert clip.ftyp.content[:4] == b"isom"
    assert not any(kind in ("mvex", "meta") for kind in clip_boxes.kinds(clip.moov.inner()))
    assert clip_boxes.kinds(clip.moov.inner()) == ["mvhd"] + ["trak"] * 2
    # "Timing": each track fragment shall contain tfdt
    inside = clip_boxes.boxes(clip.mdat.content)
    assert clip_boxes.kinds(inside)[:2] == ["ftyp", "moov"]
    assert set(clip_boxes.kinds(inside)[2:]) == {"moof", "mdat"}
    for moof in inside[2::2]:
        for traf in [box for box in moof.inner() if box.kind == "traf"]:
            clip_boxes.one(traf.inner(), "tfdt")
    # "Required Side Information": all available tracks; when the export was started
    assert {name: clip.suep[name] for name in ("ExportUnitName", "ExportUnitURL", "ExportUnitMAC",
                                               "ExportUnitTime", "ExportOperator")} == {
        "ExportUnitName": "sealroom", "ExportUnitURL": "https://recorder.example/",
        "ExportUnitMAC": "08:00:27:00:0C:15", "ExportUnitTime": 1700000000 + 2082844800,
        "ExportOperator": "uid-1000"}
    assert [tuple(entry.values()) for entry in clip.suep["entries"]] == [
        (track, "gate 门口", "rtsp://192.0.2.7/stream", "", "") for track in (1, 2)]
    # "Timing": 100 ns since 1601, of the origin of the media timeline
    assert set(clip.cstb) == {1, 2}
    shown = clip.cstb[1] / 1e7 - 11644473600 + clip_boxes.samples(clip.tracks[0])[0][3] / 90000
    assert abs(shown - footage.start / SECOND) < 0.00001
    # "Repeated signing": two signing instances, the first by the default of "Generating the
    # signature", which "Signature Configuration Box" leaves unsaid, the second by name
    first, second = clip.seals
    assert len(first["sibo"]) == 384 and "sigC" not in first
    assert first["auib"] == b"case 2026-11; purpose: inspection\0"
    algorithm = {"nist": "300a06082a8648ce3d040302", "sm": "300a06082a811ccf55018375"}
    assert second["sigC"].hex() == algorithm[footage.suite]
    for seal, name in ((first, "export-rsa.der"), (second, "export-suite.der")):
        with open(os.path.join(footage.directory, name), "rb") as file:
            assert seal["cert"] == file.read()


def check_seal(path, number, *certificate):
    return subprocess.run([CHECK_SEAL, path, str(number), *certificate], capture_output=True,
                          text=True, check=False)


def test_openssl_alone_verifies_both_seals_and_who_certified_them(footage, recorded):
    facts, _ = footage.clip(1.3, 2.9)
    for number in (1, 2):
        out = check_seal(facts["path"], number, os.path.join(footage.directory, "device.der"))
        assert out.returncode == 0, out.stderr
        assert out.stdout.endswith(
            "the clip: Verified OK\nits key's certificate: Verified OK\n"), out.stdout
    # Another recorder's key did not certify them, though its suite is the same.
    recorded["changed"].clips()
    other = check_seal(recorded["h264"].clip(1.3, 2.9)[0]["path"], 1,
                       os.path.join(recorded["changed"].directory, "device.der"))
    assert other.returncode != 0
    assert "the clip: Verified OK\nits key's certificate: Verification" in other.stdout


def test_a_changed_byte_breaks_the_seals(recorded, tmp_path):
    facts, fragments = recorded["h264"].clip(1.3, 2.9)
    with open(facts["path"], "rb") as file:
        data = bytearray(file.read())
    clip = clip_boxes.Clip(bytes(data))
    inside = clip.meta.inner(4)
    for place, seals in ((clip.moov.start + 40, (1, 2)), (fragments[2][2] + 99, (1, 2)),
                         (clip_boxes.one(inside, "suep").start + 14, (1, 2)),
                         (clip.meta.end - 1, (2,))):
        data[place] ^= 1
        path = tmp_path / "changed.mp4"
        path.write_bytes(data)
        for number in (1, 2):
            broken = check_seal(str(path), number).returncode != 0
            assert broken == (number in seals), (place, number)
        data[place] ^= 1


def test_changed_parameter_sets_begin_another_clip(recorded):
    footage = recorded["changed"]
    cut = [segment.begin["reason"] for segment in footage.segments].index(CUT_PARAMETERS)
    clips = footage.clips()
    assert len(clips) == 2
    assert clips[0][0]["end"] == clips[1][0]["start"]
    assert {fragment[0] for fragment in clips[1][1]} == set(range(cut, len(footage.segments)))
    # Every packet of every segment, in one clip or in the other.
    recorded_ones = [packet[0] for segment in footage.segments
                     for packet in contents(segment.path, "v")]
    in_clips = [packet[0] for facts, _ in clips for packet in contents(facts["path"], "v")]
    assert len(in_clips) == 100 and in_clips == recorded_ones
    assert [decode(facts["path"]) for facts, _ in clips] == [list(range(50)),
                                                             list(range(50, 100))]


def test_nothing_recorded_makes_no_clip(recorded):
    footage = recorded["h264"]
    assert footage.clips(-20, -10) == []
    assert footage.clips(100, 110) == []


def test_damaged_footage_is_named_by_file_and_offset(recorded):
    segment = recorded["h264"].segments[1]
    piece = segment.pieces[1]
    for at, said in ((piece["offset"] + 4, f"at byte {piece['offset']}: no moof box"),
                     (piece["offset"] + piece["size"] - 9,
                      f"bytes {piece['offset']} to {piece['offset'] + piece['size'] - 1} are not "
                      "those that were recorded")):
        with open(segment.path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 1]))
            file.flush()
            reason = recorded["h264"].make(None, None, "damaged")
            file.seek(at)
            file.write(byte)
        assert reason.split(": ", 1)[1].startswith(segment.path) and said in reason


def stills(footage, tmp_path, moments):
    """What make_still says of each moment (seconds from the start), and the numbers burnt in."""
    picture = Picture()
    picture.socket.setblocking(True)  # for make_still, whose it is now
    other = picture.socket.fileno()
    out = subprocess.run(
        [*AS_3, str(other), MAKE_STILL, footage.suite,
         str(tmp_path / "still"), *(str(footage.start + round(at * SECOND)) for at in moments)],
        input=footage.listing(), capture_output=True, text=True, check=True, pass_fds=[other])
    assert picture.close() == 0
    return out.stdout.splitlines()


def test_a_still_shows_the_picture_of_its_time(footage, tmp_path):
    # From the middle of a picture's time, the first and the last one too, over all segments.
    asked = [0, 1, 24, 25, 49, 50, 51, 74, 99, FRAMES - 1]
    said = stills(footage, tmp_path, [(number + 0.5) / FPS for number in asked])
    for i, number in enumerate(asked):
        assert decode(str(tmp_path / f"still-{i}.jpg")) == [number], said[i]
        assert abs(int(said[i]) - footage.start - number * SECOND / FPS) < SECOND / FPS


def test_a_still_is_not_made_of_what_was_altered(recorded, tmp_path):
    footage = recorded["h264"]
    path = footage.segments[0].path
    with open(path, "r+b") as file:
        file.seek(-200, os.SEEK_END)
        kept = file.read(1)
        file.seek(-200, os.SEEK_END)
        file.write(bytes([kept[0] ^ 1]))
    try:
        last = (footage.segments[0].end["end_utc_ns"] - footage.start) / SECOND - 0.5 / FPS
        said = stills(footage, tmp_path, [last, 0.1])
        assert said[0] == "mismatch: the recorded video is not what was sealed"
        assert said[1].isdigit()
    finally:
        with open(path, "r+b") as file:
            file.seek(-200, os.SEEK_END)
            file.write(kept)
