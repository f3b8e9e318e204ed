"""The main job as firmware/try runs it, held against what the peers say they sent."""
import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin"))
SECONDS = 40  # three cuts of ten-second segments and a little
SEGMENT_PICTURES = 300  # 25 a second, for ten seconds and a group of pictures


SUITES = ["sm", "nist"]


def demonstrate(suite, folder):
    """The state folder of one run, and what it printed."""
    state = folder / "state"
    done = subprocess.run(
        ["/usr/bin/python3", ROOT / "firmware" / "demonstration.py", "--programs", BIN, "--for",
         str(SECONDS), "--state", state, "--suite", suite],
        capture_output=True, text=True, timeout=SECONDS + 120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return state, done.stdout


@pytest.fixture(name="runs", scope="module")
def runs_fixture(tmp_path_factory):
    """Side by side, for most of their time they wait."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield {suite: pool.submit(demonstrate, suite, tmp_path_factory.mktemp(suite))
               for suite in SUITES}


@pytest.fixture(name="recorded", scope="module", params=SUITES)
def recorded_fixture(request, runs):
    return runs[request.param].result()


def sealroom(*words):
    return subprocess.run([BIN / "sealroom", *map(str, words)], capture_output=True, text=True,
                          timeout=120, check=False)


def rows(*words):
    return [json.loads(line) for line in sealroom(*words, "--json").stdout.splitlines()]


def segments(state, camera):
    """The segment files of a camera in the order of their records."""
    found = [row["body"] for row in rows("records", "--state", state, "--kind", "segment",
                                         "--limit", 10000)
             if row["head"]["source"] == f"camera/{camera}"]
    return [state / "video" / body["file"] for body in found]


def packets(path):
    """(dts, duration) of every video packet, by ffprobe."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
         "packet=dts,duration", "-of", "csv=p=0", path],
        capture_output=True, text=True, check=True)
    assert out.stderr == ""
    return [tuple(map(int, line.strip(",").split(",")[:2])) for line in out.stdout.splitlines()]


def boxes(data):
    """(type, start, end) of every top-level box."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        yield data[at + 4:at + 8], at, at + size
        at += size


def test_it_verifies_as_authentic(recorded):
    state, printed = recorded
    assert "AUTHENTIC" in printed
    assert sealroom("verify", "--state", state).returncode == 0


def test_every_entry_of_the_controller_is_recorded_once(recorded):
    state, _ = recorded
    produced = [json.loads(line) for line in (state / "try" / "panel.jsonl").read_text().splitlines()]
    produced = [(row["boot"], row["seq"], row["event"]) for row in produced if row["kind"] == "entry"]
    entries = [row["body"] for row in rows("records", "--state", state, "--kind", "entry", "--limit",
                                           100000)]
    seen = [(int(body["device_seq"]), body["event"]) for body in entries if "device_seq" in body]
    assert len(produced) >= 50
    assert collections.Counter(seen) == collections.Counter(row[1:] for row in produced)
    assert [row[0] for row in seen] == sorted(row[0] for row in seen)


@pytest.mark.parametrize("camera", ["gate", "aisle"])
def test_frames_in_the_files_equal_frames_sent(recorded, camera):
    state, _ = recorded
    sent = json.loads((state / "try" / f"{camera}.json").read_text())
    files = segments(state, camera)
    # four, unless the machine is so busy that the camera makes fewer pictures than are due
    assert len(files) >= sent["clients"][0]["access_units"] // SEGMENT_PICTURES + 1
    assert sum(len(packets(file)) for file in files) == sent["clients"][0]["access_units"]


@pytest.mark.parametrize("camera", ["gate", "aisle"])
def test_fragments_laid_end_to_end_play_as_one(recorded, camera, tmp_path):
    state, _ = recorded
    files = segments(state, camera)
    joined = tmp_path / "joined.mp4"
    with joined.open("wb") as out:
        for number, file in enumerate(files):
            data = file.read_bytes()
            out.writelines(data[start:end] for kind, start, end in boxes(data)
                           if number == 0 or kind in (b"moof", b"mdat"))
    line = packets(joined)
    assert len(line) == sum(len(packets(file)) for file in files)
    holes = [(a, b) for a, b in zip(line, line[1:]) if a[0] + a[1] != b[0]]
    assert not holes
    decoded = subprocess.run(["ffmpeg", "-v", "error", "-i", joined, "-f", "null", "-"],
                             capture_output=True, text=True, check=True)
    assert decoded.stderr == ""


def test_one_altered_byte_is_found_and_located(recorded):
    state, printed = recorded
    command = next(line for line in printed.splitlines() if "conv=notrunc" in line)
    victim = next(word for word in command.split() if word.startswith("of="))[3:]
    original = pathlib.Path(victim).read_bytes()
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    pathlib.Path(victim).write_bytes(original)
    assert done.returncode == 1, done.stdout + done.stderr
    assert pathlib.Path(victim).name in done.stdout
    assert sealroom("verify", "--state", state).returncode == 0


def test_times_are_those_of_the_recording(recorded):
    state, _ = recorded
    now = datetime.datetime.now(datetime.timezone.utc)
    for row in rows("records", "--state", state, "--limit", 100000):
        at = datetime.datetime.fromisoformat(row["head"]["at"][:19] + "+00:00")
        assert abs((now - at).total_seconds()) < 3600


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
