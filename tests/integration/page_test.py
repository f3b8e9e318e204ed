"""verify.html in real browsers, as people use it: a package is dropped, the verdict is read, and the
video plays at the right moment. What moment is seen is read back from the number burnt into it."""
import concurrent.futures
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import pytest

import browsers
from appliance import BIN, Appliance, Camera, Controller
from clip_test import ENCODE, counted
from page_package import FPS, SECOND, Recorder, encode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vectors"))
import mutations  # noqa: E402
import ways  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = pathlib.Path(BIN).resolve().parent / "share" / "sealroom" / "verify.html"
T0 = 1_795_334_400  # when the range's video begins, s
LENGTH = 24  # of it
GATE, AISLE, DESK = ("测试 gate", "aisle", "desk")


def door_side(recorder):
    """What happened at the doors, beside the video: {name: s from the beginning}."""
    config = recorder.add("config", "appliance", (T0 - 300) * SECOND, {
        "path": "/etc/sealroom.yaml", "sha256": "0" * 64, "sm3": "0" * 64, "site": "档案室",
        "video_days": 90, "record_days": 365, "segment_seconds": 12, "full_policy": "delete_oldest",
        "reserve_bytes": "1", "cameras": [{"camera": "gate", "name": GATE}],
        "doors": [{"door": "archive", "name": "大门", "controller": "front"}]})
    happened = [
        (3.2, "access_granted", {"verdict": "granted", "credential": "0011", "name": "王建国",
                                 "cameras": "gate", "direction": "in"}),
        (13.7, "access_denied", {"verdict": "denied", "credential": "0012", "name": "李敏",
                                 "deny_reason": "credential_expired", "cameras": "gate aisle"}),
        (20.1, "opened", {"door": "store"}),
    ]
    return config, happened


def build(folder, suite, cameras, wanted):
    """{name: path} of packages. `cameras` is {id: [(footage, codec, size)]}, segments in a row;
    `wanted` {name: (cameras, options of Recorder.package)}."""
    recorder = Recorder(folder / suite, suite)
    config, happened = door_side(recorder)
    events = [(at, "entry", event, members) for at, event, members in happened]
    for camera, segments in cameras.items():
        start = 0
        for footage, codec, size in segments:
            seconds = sum(length for _, length in footage[1])
            events.append((start + seconds, "segment", camera, (start, footage, codec, size)))
            start += seconds
    clips = {camera: [] for camera in cameras}
    for at, kind, what, more in sorted(events, key=lambda event: event[0]):
        if kind == "entry":
            recorder.entry(round((T0 + at) * SECOND), what, **more)
        else:
            start, footage, codec, size = more
            number, _ = recorder.segment(what, round((T0 + start) * SECOND), footage, codec, size)
            clips[what].append((number, 1, len(footage[1])))
    made = {"trust": recorder.fingerprint}
    for name, (ids, options) in wanted.items():
        request = recorder.request((T0 + LENGTH + 60) * SECOND, (T0 + 1) * SECOND,
                                   (T0 + LENGTH - 1) * SECOND,
                                   ["door/front", *(f"camera/{camera}" for camera in ids)])
        made[name] = folder / f"{name}.zip"
        # a clip for each init part, as the recorder makes them
        parts = {f"{camera}-{i}.mp4": [one] for camera in ids for i, one in enumerate(clips[camera])}
        recorder.package(made[name], request, parts, beside=[config], **options)
    return made


def spoil(members):
    """A byte of the fragment of the gate's ninth second, and a name in a record."""
    clip = bytearray(members["clips/gate-0.mp4"])
    lines = members["proof/clips.txt"].decode().splitlines()
    pieces = [line.split() for line in lines[lines.index("clip clips/gate-0.mp4"):]
              if line.startswith("piece 2")]
    clip[int(pieces[8][5]) + int(pieces[8][3]) - 10] ^= 1
    members["clips/gate-0.mp4"] = bytes(clip)
    members["proof/records.txt"] = members["proof/records.txt"].replace("李敏".encode(), "李勇".encode())


@pytest.fixture(name="made", scope="module")
def made_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        gate = pool.submit(encode, folder / "gate.mp4", LENGTH)
        halves = [pool.submit(encode, folder / f"aisle{i}.mp4", LENGTH // 2, size=size,
                              first=i * (LENGTH // 2) * FPS)
                  for i, size in enumerate([(640, 352), (480, 272)])]
        desk = pool.submit(encode, folder / "desk.mp4", LENGTH, "h265", size=(320, 176))
        cameras = {"gate": [(gate.result(), "h264", (640, 352))],
                   "aisle": [(half.result(), "h264", size) for half, size in
                             zip(halves, [(640, 352), (480, 272)])],
                   "desk": [(desk.result(), "h265", (320, 176))]}
    return build(folder, "sm", cameras, {
        "good": (["gate", "aisle"], {}), "altered": (["gate", "aisle"], {"spoil": spoil}),
        "h265": (["gate", "desk"], {})})


class Page:
    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

    def fill(self, selector, text):
        self.browser.evaluate(f"""(() => {{
            const field = document.querySelector({json.dumps(selector)});
            field.value = {json.dumps(text)};
            field.dispatchEvent(new Event("input"));
        }})()""")

    def drop(self, path, trust=None):
        self.browser.open(PAGE)
        self.browser.complaints.clear()
        if trust:
            self.fill("#trust", trust)
        self.browser.drop("#drop", path)
        self.browser.wait("document.querySelector('#verdict')")
        return self.browser.evaluate("document.querySelector('#verdict').dataset.verdict")

    def text(self, selector="body"):
        """Line by line, without empty ones."""
        text = self.browser.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")
        return "\n".join(line.strip() for line in text.split("\n") if line.strip())

    def screens(self):
        return {screen["id"]: screen for screen in self.browser.evaluate("sealroom.player.screens")}

    def position(self):
        return self.browser.evaluate("sealroom.player.position") - T0

    def settle(self):
        """Until every camera shows what there is of the moment, and it is on the screen."""
        self.browser.wait("""sealroom.player.screens.every(({state, at, shown}) => state !== 'loading'
            && (state !== 'picture' || (Math.abs(at - sealroom.player.position) < 0.01
                && Math.abs(at - shown) < 0.041)))""")
        self.browser.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def seek(self, at):
        self.browser.evaluate(f"sealroom.player.seek({T0 + at})")
        self.settle()

    def numbers(self):
        """{camera: the burnt-in number, as the screenshot has it}, of those with a picture."""
        path = self.folder / "screen.png"
        self.browser.evaluate("sealroom.player.node.scrollIntoView({block: 'end'})")
        places = self.browser.evaluate("""[...document.querySelectorAll('.tile[data-state=picture]')]
            .map((tile) => {
                const video = tile.querySelector('video');
                const box = video.getBoundingClientRect();
                const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
                const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
                return [tile.dataset.camera, box.x + (box.width - width) / 2,
                        box.y + (box.height - height) / 2, width, height];
            })""")
        self.browser.screenshot(path)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo",
                              "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout
        line = self.browser.evaluate("innerWidth")
        # the fields on the right are under the buttons
        return {camera: sum((raw[int(y + height * 0.045) * line + int(x + width * (i + 0.5) / 16)]
                             > 128) << i for i in range(12))
                for camera, x, y, width, height in places}


@pytest.fixture(name="page", scope="module", params=browsers.KINDS)
def page_fixture(request, tmp_path_factory):
    with browsers.start(request.param, language="en", size=(1280, 1000)) as browser:
        yield Page(browser, tmp_path_factory.mktemp("screens"))


def test_a_dropped_package_is_judged_in_one_sentence(page, made):
    assert page.drop(made["good"], made["trust"]) == "authentic"
    words = page.text("#verdict")
    assert words.startswith("AUTHENTIC\nEverything that was asked for is here, as the recorder sealed "
                            "it, held against the fingerprint you entered and no outside checkpoint;")
    assert page.browser.evaluate("document.activeElement.id") == "verdict"
    assert page.browser.evaluate("document.title") == "AUTHENTIC · good.zip"
    body = page.text()
    for said in ("核查", "2026-17", "local account 1000", GATE, "大门", "王建国", "100% of the range",
                 "SM2 with SM3", "Credential expired"):
        assert said in body, said
    assert page.browser.complaints == []


def entries_say(tmp_path, change):
    """A package whose device sealed that, and its fingerprint."""
    base = next(base for base in mutations.bases() if base.name == "sm-door")
    path = tmp_path / "said.zip"
    path.write_bytes(ways.body_edit(mutations.Package(base.data, base.signer), random.Random(1),
                                    "entry", lambda body: body.update(change)))
    return path, base.fingerprint


def test_what_turns_text_around_or_hides_is_spelt_out(page, tmp_path):
    said = {"name": "a\u202eevil", "department": "\u200b"}
    assert page.drop(*entries_say(tmp_path, said)) == "authentic"
    words = page.text("#entries")
    assert "a\\u202eevil" in words and "\\u200b" in words
    assert "\u202e" not in words and "\u200b" not in words


def test_what_is_no_package_at_all_is_altered_and_nothing_is_shown_of_it(page, tmp_path):
    path = tmp_path / "noise.zip"
    path.write_bytes(random.Random(1).randbytes(5000))
    assert page.drop(path) == "altered"
    words = page.text()
    assert "null" not in words and "undefined" not in words
    assert "No entry was recorded" not in words and "report.html" not in words


def test_what_it_cannot_show_does_not_hide_the_verdict(page, tmp_path):
    assert page.drop(*entries_say(tmp_path, {"cameras": 7})) == "authentic"
    assert "The verdict stands" in page.text(".error")


def test_without_a_fingerprint_it_cannot_tell_and_says_what_to_do(page, made):
    assert page.drop(made["good"]) == "cannot_tell"
    assert "enter the fingerprint that was noted" in page.text("#verdict")
    page.fill("#trust", "no fingerprint")
    page.browser.click("#again")
    page.browser.wait("document.querySelector('.error')")
    assert "neither a fingerprint" in page.text(".error")
    copied = ":".join(made["trust"][i:i + 2] for i in range(0, 64, 2)).upper()
    page.fill("#trust", copied)
    page.browser.click("#again")
    page.browser.wait("document.querySelector('#verdict')?.dataset.verdict === 'authentic'")


def test_an_entry_leads_to_its_moment_in_the_linked_cameras(page, made):
    page.drop(made["good"], made["trust"])
    page.fill("#filter-person", "李敏")
    assert page.browser.evaluate("document.querySelectorAll('.entry-go').length") == 1
    page.browser.click(".entry-go")
    page.settle()
    assert abs(page.position() - 13.7) < 0.01
    numbers = page.numbers()
    assert set(numbers) == {"gate", "aisle"}  # of which one has other parameter sets by now
    for number in numbers.values():
        assert abs(number / FPS - 13.7) <= 1 / FPS, numbers
    assert page.browser.evaluate("document.querySelectorAll('.tile-linked').length") == 2


def test_it_plays_in_step_at_every_speed_and_goes_picture_by_picture(page, made):
    page.drop(made["good"], made["trust"])
    page.seek(11)
    before = page.screens()
    page.browser.evaluate("sealroom.player.play()")
    page.browser.wait(f"sealroom.player.position > {T0 + 12.6}")  # over the change of parameter sets
    shown = page.screens()
    assert abs(shown["gate"]["shown"] - shown["aisle"]["shown"]) < 0.15
    for camera in ("gate", "aisle"):
        assert shown[camera]["frames"] - before[camera]["frames"] > 3
        assert shown[camera]["decoded"] > before[camera]["decoded"] + 25
    page.browser.evaluate("(sealroom.player.seek(sealroom.player.options.from), sealroom.player.setRate(16))")
    page.browser.wait("!sealroom.player.playing")
    assert abs(page.position() - (LENGTH - 1)) < 0.01
    page.seek(11.93)
    at = page.numbers()["gate"]
    for step, expected in ((1, 1), (1, 2), (1, 3), (-1, 2), (-1, 1), (-1, 0), (-1, -1)):
        page.browser.evaluate(f"sealroom.player.step({step})")
        page.settle()
        assert page.numbers() == {"gate": at + expected, "aisle": at + expected}


def test_an_altered_fragment_is_a_hole_and_playing_goes_on(page, made):
    assert page.drop(made["altered"], made["trust"]) == "altered"
    found = page.text("#findings")
    assert "clips/gate-0.mp4" in found and "bytes" in found and GATE in found
    assert "李勇" not in page.text() and "Altered: its content is not shown" in page.text("#entries")
    assert page.browser.evaluate("document.querySelectorAll('.span-altered').length") > 0
    page.seek(7.5)
    page.browser.evaluate("sealroom.player.setRate(2), sealroom.player.play()")
    page.browser.wait(f"sealroom.player.position > {T0 + 8.2}")
    states = page.screens()
    assert states["gate"]["state"] == "bad" and states["aisle"]["state"] == "picture"
    assert "Not the video that was sealed" in page.text(".tile[data-state=bad]")
    assert page.browser.evaluate("""getComputedStyle(document.querySelector('.tile[data-state=bad] video'))
        .visibility""") == "hidden"
    # until the next picture that needs none of it
    page.browser.wait(f"sealroom.player.position > {T0 + 10.3}")
    assert page.screens()["gate"]["state"] == "picture"
    holes = page.screens()["gate"]["holes"]
    assert [(round(hole["from"] - T0, 2), round(hole["to"] - T0, 2)) for hole in holes] \
        == [(8, 9), (9, 10)]
    page.browser.evaluate("sealroom.player.pause()")
    page.seek(8.9)
    assert set(page.numbers()) == {"aisle"}


def test_what_a_browser_cannot_decode_is_not_called_altered(page):
    path = ROOT / "tests/vectors/sm-gate-expired.zip"  # of pictures that nobody can decode
    line = next(line.split() for line in (path.parent / "expected").read_text().splitlines()
                if line.startswith(path.name + " "))
    assert page.drop(path, line[2]) == "incomplete"
    assert "No door was asked for" in page.text("#entries")
    page.browser.evaluate("sealroom.player.seek(Number(sealroom.report.clips[0].fromUtcNs / 1000n) / 1e6 + 0.5)")
    page.browser.wait("document.querySelector('.tile[data-state=failed]')")
    assert "says nothing against it" in page.text(".tile")
    assert page.browser.evaluate(
        "sealroom.player.options.spans.gate.filter(({kind}) => kind === 'altered').length") == 0


def test_h265_plays_or_it_says_how_to_see_it(page, made):
    assert page.drop(made["h265"], made["trust"]) == "authentic"
    page.seek(5)
    plays = page.browser.evaluate(
        """MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L60.90"')""")
    assert "gate" in page.numbers()
    if plays:
        assert page.numbers()["desk"] == 5 * FPS
    else:
        words = page.text(".tile[data-state=foreign]")
        assert "no decoder for H.265" in words and "VLC" in words and "Save clip" in words


def test_it_speaks_chinese_and_is_used_by_keyboard(page, made):
    page.drop(made["good"], made["trust"])
    page.browser.click("#language")
    assert page.text("#verdict").startswith("真实完整\n所请求的内容全部在此")
    assert page.browser.evaluate("document.documentElement.lang") == "zh-CN"
    for selector in ("#entries", ".about", ".clips", ".unproved", ".timeline-legend", ".player-controls"):
        page.browser.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView()")
        words = page.text(selector).split()
        assert not {"Time", "Purpose", "Verified", "entry", "Play"} & set(words), words

    def press(key, selector=".player"):
        page.browser.evaluate(f"""document.querySelector({json.dumps(selector)}).dispatchEvent(
            new KeyboardEvent("keydown", {{key: {json.dumps(key)}, bubbles: true, cancelable: true}}))""")
    press("n")
    assert abs(page.position() - 3.2) < 0.01
    press("N")
    assert abs(page.position() - 13.7) < 0.01
    press("p")
    assert abs(page.position() - 3.2) < 0.01
    press("ArrowRight", ".timeline-picture")
    assert abs(page.position() - 4.2) < 0.01
    press(" ")
    page.browser.wait("sealroom.player.playing")


def test_the_colours_can_be_read_in_the_light_and_in_the_dark(page, made):
    for theme in ("light", "dark"):
        if isinstance(page.browser, browsers.Chromium):
            page.browser.call("Emulation.setEmulatedMedia", features=[
                {"name": "prefers-color-scheme", "value": theme}])
        for name in ("good", "altered"):
            page.drop(made[name], made["trust"])
            assert page.browser.evaluate(CONTRAST) == []
    if isinstance(page.browser, browsers.Chromium):
        page.browser.call("Emulation.setEmulatedMedia", features=[])


# WCAG 2.1, 1.4.3: texts that stand out too little from what is behind them
CONTRAST = """(() => {
    const parts = (colour) => {
        const [red, green, blue, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
        return {red, green, blue, alpha};
    };
    const over = (top, below) => Object.fromEntries(["red", "green", "blue"].map(
        (name) => [name, top[name] * top.alpha + below[name] * (1 - top.alpha)]).concat([["alpha", 1]]));
    const ground = (node) => {
        if (node === null) return parts(getComputedStyle(document.body).backgroundColor);
        const own = parts(getComputedStyle(node).backgroundColor);
        return own.alpha === 1 ? own : over(own, ground(node.parentElement));
    };
    const light = ({red, green, blue}) => [[red, 0.2126], [green, 0.7152], [blue, 0.0722]].reduce(
        (sum, [value, weight]) => sum + weight * (value / 255 <= 0.03928 ? value / 255 / 12.92
            : ((value / 255 + 0.055) / 1.055) ** 2.4), 0);
    const poor = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("script, svg, style"))
            continue;
        const behind = ground(node);
        const style = getComputedStyle(node);
        let opacity = 1;
        for (let one = node; one; one = one.parentElement) opacity *= getComputedStyle(one).opacity;
        const own = parts(style.color);
        const [one, other] = [light(over({...own, alpha: own.alpha * opacity}, behind)), light(behind)].sort();
        const big = parseFloat(style.fontSize) >= 24;
        if ((other + 0.05) / (one + 0.05) < (big ? 3 : 4.5))
            poor.push([walker.currentNode.data.trim().slice(0, 40), style.color, behind]);
    }
    return poor;
})()"""


@pytest.fixture(name="exported", scope="module")
def exported_fixture(tmp_path_factory):
    """What `sealroom export` makes of a running appliance, its camera with sound and B-frames: the
    package, the fingerprint, when the camera's first picture came and the entry, s since 1970."""
    folder = tmp_path_factory.mktemp("exported")
    encoder = ENCODE["h264"]
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", counted(60 * FPS),
                    "-c:v", encoder[0], "-preset", "ultrafast", *encoder[1:],
                    str(folder / "stream.mkv")], check=True)
    with Camera(file=folder / "stream.mkv", audio="aac") as gate, Controller("--stdin") as panel, \
            Appliance(cameras=[gate.entry("gate")], suite="sm",
                      controllers=[panel.entry("panel", doors=["archive"])],
                      segment_seconds=10) as appliance:
        appliance.wait(appliance.is_recording)
        online = next(moment(row["body"]["at"]) for row in appliance.json("records", "--kind", "camera")
                      if row["body"]["event"] == "online")
        appliance.wait(lambda: time.time() > online + 3)
        panel.ask("emit access_granted 1 4711")
        appliance.wait(lambda: appliance.source("panel")["entries"] >= 1)
        appliance.wait(lambda: time.time() > online + 5.5)
        entry = next(entry_moment(row["body"]) for row in appliance.json(
            "records", "--kind", "entry") if row["body"]["event"] == "access_granted")
        since = datetime.datetime.fromtimestamp(online + 1.5, datetime.timezone.utc)
        appliance.sealroom("export", "--from", since.isoformat(timespec="seconds"), "--to", "now",
                           "--purpose", "核查", "--case", "2026-18", "--out", folder / "real.zip")
        trust = appliance.status()["appliance"]["fingerprint"]
    return folder / "real.zip", trust, online, entry


def moment(text):
    return datetime.datetime.fromisoformat(text[:26] + "+00:00").timestamp()


def entry_moment(body):
    """By the controller's clock where that is good, as everywhere."""
    return moment(body["device_time" if body["device_time_quality"] == "good" else "received"])


def test_what_an_appliance_exported_plays_at_the_right_moment(page, exported):
    path, trust, online, entry = exported
    assert page.drop(path, trust) == "authentic", page.text()
    page.browser.click(".entry-go")
    page.settle()
    assert abs(page.position() + T0 - entry) < 0.01
    at = page.numbers()["gate"]
    assert abs(at / FPS - (entry - online)) < 1
    page.seek(entry - T0 + 1)
    assert abs(page.numbers()["gate"] - at - FPS) <= 1
    page.seek(entry - T0 - 0.6)
    assert abs(page.numbers()["gate"] - at + 0.6 * FPS) <= 1
    page.browser.evaluate("sealroom.player.setRate(2), sealroom.player.play()")
    page.browser.wait("!sealroom.player.playing")
    assert page.screens()["gate"]["holes"] == []
    assert page.browser.complaints == []


def test_the_page_is_one_small_file_that_asks_nothing_of_a_network():
    text = PAGE.read_text(encoding="utf-8")
    assert len(text.encode()) <= 300_000
    assert "default-src 'none'" in text
    assert os.path.getsize(PAGE) == len(text.encode())
