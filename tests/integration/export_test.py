"""Packages made by a running appliance, with real cameras and a controller: what is asked for is on
record before, what became of it after; what is made proves itself, and nothing half passes."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from appliance import BIN, Appliance, Camera, Controller

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "stranger"))
SPEC = importlib.util.spec_from_file_location("check_package", HERE / "stranger/check_package.py")
STRANGER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(STRANGER)
WORDS = ("--purpose", "inspection", "--case", "2026-17")


@pytest.fixture(name="appliance", scope="module", params=["sm", "nist"])
def appliance_fixture(request):
    with Camera(codec="h264", fps=10, gop=10) as gate, Camera(codec="h264", fps=10, gop=10) as aisle, \
            Controller("--stdin") as panel, \
            Appliance(cameras=[gate.entry("gate"), aisle.entry("aisle")], suite=request.param,
                      controllers=[panel.entry("panel", doors=["archive"])],
                      segment_seconds=10) as appliance:
        appliance.panel = panel
        appliance.wait(appliance.is_recording)
        panel.ask("emit access_granted 1 4711")
        panel.ask("emit access_denied 1 815")
        appliance.wait(lambda: appliance.source("panel")["entries"] >= 2)
        appliance.wait(lambda: len({row["head"]["source"] for row in appliance.json(
            "records", "--kind", "segment")}) == 2)
        yield appliance


def recorded_from(appliance):
    """From where on both cameras are covered, as options."""
    starts = {}
    for row in appliance.json("records", "--kind", "segment", "--limit", 1000):
        starts.setdefault(row["head"]["source"], row["body"]["start"])
    return "--from", max(starts.values()), "--to", "now"


def export(appliance, path, *words, check=True, **options):
    """The last of an option counts."""
    return appliance.sealroom("export", "--from", "1h", "--to", "now", *WORDS, "--out", path,
                              *words, check=check, **options)


def verify(appliance, path, *words):
    trust = appliance.status()["appliance"]["fingerprint"]
    said = subprocess.run([BIN / "sealroom-verify", path, "--trust", trust, "--json", *words],
                          text=True, timeout=120, capture_output=True, check=False,
                          env={**os.environ, "XDG_CONFIG_HOME": str(path.parent)})
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    stranger = STRANGER.Package(path.read_bytes(), trust, None)
    assert stranger.verdict() == rows[-1]["verdict"], (stranger.found, rows)
    return rows[-1]["verdict"], rows


def operator_records(appliance, action):
    return [row for row in appliance.json("records", "--kind", "operator", "--limit", 1000)
            if row["body"].get("action") == action]


def check_clip(path):
    """It plays, and both of its seals fit."""
    out = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v",
                          "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path],
                         capture_output=True, text=True, check=True)
    assert int(out.stdout.strip(",\n")) >= 10 and out.stderr == ""
    said = subprocess.run([HERE / "clip" / "check_seal", path], capture_output=True, text=True,
                          check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_package_of_a_covered_range_is_authentic(appliance, tmp_path):
    """What is recorded just now is sealed first; the request is on record before, the result
    after."""
    path = tmp_path / "range.zip"
    said = export(appliance, path, *recorded_from(appliance))
    verdict, rows = verify(appliance, path)
    assert verdict == "authentic", (said.stdout, rows)
    request = operator_records(appliance, "export")[-1]
    result = operator_records(appliance, "exported")[-1]
    assert request["body"]["purpose"] == "inspection" and request["body"]["case"] == "2026-17"
    assert {source["source"] for source in request["body"]["sources"]} >= {
        "camera/gate", "camera/aisle", "door/panel"}
    assert result["body"]["request"] == str(request["number"])
    assert result["body"]["outcome"] == "done"
    assert result["body"]["package"] == rows[-1]["package"]
    assert result["body"]["size"] == str(path.stat().st_size)
    assert result["body"]["clips"] == rows[-1]["clips"] >= 2
    with zipfile.ZipFile(path) as package:
        csv = package.read("entries.csv").decode("utf-8-sig")
        assert "4711" in csv and "815" in csv
        clips = [name for name in package.namelist() if name.startswith("clips/")]
        package.extractall(tmp_path, clips)
    assert rows[-1]["package"] in said.stdout
    for clip in clips:
        check_clip(tmp_path / clip)


def test_a_range_with_a_gap_is_incomplete_and_says_which(appliance, tmp_path):
    path = tmp_path / "gap.zip"
    said = export(appliance, path, "--from", "1h", "--camera", "gate")
    verdict, rows = verify(appliance, path)
    assert verdict == "incomplete", (said.stdout, rows)
    assert {row["source"] for row in rows if row["type"] == "finding"} == {"camera/gate"}
    assert {row["fault"] for row in rows if row["type"] == "finding"} == {"time_unexplained"}
    with zipfile.ZipFile(path) as package:
        assert all("aisle" not in name for name in package.namelist())


@pytest.mark.parametrize("words, says", [
    (["--camera", "nowhere"], "there is no camera nowhere"),
    (["--door", "nowhere"], "no door nowhere is configured"),
    (["--from", "2100-01-01", "--to", "2100-01-02"], "the range has not begun yet"),
    (["--from", "2001-01-01", "--to", "2001-01-02"], "before this recorder's first record"),
    (["--purpose", " "], "needs --purpose"),
])
def test_what_cannot_be_exported_is_refused_by_name(appliance, tmp_path, words, says):
    before = len(operator_records(appliance, "export"))
    said = export(appliance, tmp_path / "x.zip", *words, check=False)
    assert said.returncode == 2 and says in said.stderr, said.stderr
    assert not list(tmp_path.iterdir())
    assert len(operator_records(appliance, "export")) == before


def test_no_file_is_written_over(appliance, tmp_path):
    path = tmp_path / "there.zip"
    path.write_text("mine")
    said = export(appliance, path, check=False)
    assert said.returncode == 2 and "is there already" in said.stderr
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]
