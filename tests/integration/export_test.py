"""Packages made by a running appliance, with real cameras and a controller: what is asked for is on
record before, what became of it after; what is made proves itself, and nothing half passes."""
import contextlib
import datetime
import errno
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest.mock
import zipfile

import pytest

from appliance import BIN, Appliance, Camera, Controller, preloaded

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "stranger"))
SPEC = importlib.util.spec_from_file_location("check_package", HERE / "stranger/check_package.py")
STRANGER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(STRANGER)
PAGE = BIN.parent / "recorder/evidence/page/verify.mjs"
WORDS = ("--purpose", "inspection", "--case", "2026-17")
# The process that makes packages waits where there is a gate, and has its writes fail as a file says.
WRAPPER = """echo $$ >FOLDER/export.pid
if [ -p FOLDER/gate ]; then read line <FOLDER/gate; fi
if [ -e FOLDER/inject ]; then export $(cat FOLDER/inject); fi
exec {program} "$@\""""


@pytest.fixture(name="appliance", scope="module", params=["sm", "nist"])
def appliance_fixture(request):
    with Camera(codec="h264", fps=10, gop=10, bframes=2, audio="aac") as gate, \
            Camera(codec="h264", fps=10, gop=10) as aisle, \
            Controller("--stdin") as panel, \
            tempfile.TemporaryDirectory(prefix="sr-", dir="/tmp") as folder, \
            Appliance(cameras=[gate.entry("gate", audio=True), aisle.entry("aisle")], suite=request.param,
                      controllers=[panel.entry("panel", doors=["archive"])], folder=folder,
                      wrap={"sealroom-export": WRAPPER.replace("FOLDER", folder)},
                      segment_seconds=10) as appliance:
        appliance.panel = panel
        appliance.wait(appliance.is_recording)
        appliance.wait(lambda: len({row["head"]["source"] for row in appliance.json(
            "records", "--kind", "segment")}) == 2)
        # not before: the range that both cameras cover has them, however late the second one began
        panel.ask("emit access_granted 1 4711")
        panel.ask("emit access_denied 1 815")
        appliance.wait(lambda: appliance.source("panel")["entries"] >= 2)
        yield appliance


@pytest.fixture(name="ntfs", scope="module")
def ntfs_fixture(tmp_path_factory):
    """A medium whose file system has no files without a name and no rename that spares what is
    there: NTFS, by FUSE."""
    image, mount = (tmp_path_factory.mktemp("stick") / name for name in ("image", "mount"))
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(64 * 2**20)
    subprocess.run(["mkntfs", "-q", "-F", "-Q", "-T", image], check=True, capture_output=True)
    mounted = subprocess.run(["ntfs-3g", image, mount], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system by FUSE here: {mounted.stderr.strip()}")
    yield mount
    subprocess.run(["umount", mount], check=True)


@pytest.fixture(name="stick")
def stick_fixture(ntfs):
    """A folder of its own there: the same test comes once a suite."""
    return pathlib.Path(tempfile.mkdtemp(dir=ntfs))


def recorded_from(appliance):
    """From where on both cameras are covered, as options."""
    starts = {}
    for row in appliance.json("records", "--kind", "segment", "--limit", 1000):
        starts.setdefault(row["head"]["source"], row["body"]["start"])
    return "--from", max(starts.values()), "--to", "now"


def export(appliance, path, *words, check=True):
    """What is not among the words is as usual."""
    usual = {"--from": "1h", "--to": "now", "--purpose": "inspection", "--case": "2026-17"}
    given = dict(zip(words[::2], words[1::2]))
    return appliance.sealroom("export", "--out", path, check=check, *(
        part for pair in {**usual, **given}.items() for part in pair if part is not None))


def verify(appliance, path, *words):
    trust = appliance.status()["appliance"]["fingerprint"]
    said = subprocess.run([BIN / "sealroom-verify", path, "--trust", trust, "--json", *words],
                          text=True, timeout=120, capture_output=True, check=False,
                          env={**os.environ, "XDG_CONFIG_HOME": str(path.parent)})
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    stranger = STRANGER.Package(path.read_bytes(), trust, None)
    assert stranger.verdict() == rows[-1]["verdict"], (stranger.found, rows)
    return rows[-1]["verdict"], rows


def judge_in_page(appliance, path):
    """The verdict of the page's core, and what it found."""
    said = subprocess.run(
        ["node", PAGE, path, "--trust", appliance.status()["appliance"]["fingerprint"]],
        text=True, timeout=120, capture_output=True, check=False)
    *found, verdict = [json.loads(line) for line in said.stdout.splitlines()]
    return verdict["verdict"], found


def operator_records(appliance, action):
    return [row for row in appliance.json("records", "--kind", "operator", "--limit", 1000)
            if row["body"].get("action") == action]


def check_clip(path, device):
    """It plays, and both of its seals fit."""
    out = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v",
                          "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path],
                         capture_output=True, text=True, check=True)
    assert int(out.stdout.strip(",\n")) >= 10 and out.stderr == ""
    for seal in ("1", "2"):
        said = subprocess.run([HERE / "clip" / "check_seal", path, seal, device],
                              capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr


def test_a_package_of_a_covered_range_is_authentic(appliance, tmp_path):
    """What is recorded just now is sealed first; the request is on record before, the result
    after."""
    path = tmp_path / "range.zip"
    said = export(appliance, path, *recorded_from(appliance))
    verdict, rows = verify(appliance, path)
    assert verdict == "authentic", (said.stdout, rows)
    assert judge_in_page(appliance, path) == ("authentic", [])
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
        assert package.namelist()[-1] == "manifest.txt"
        people = ["entries.csv", "verify.html", "report.html"]
        assert [name for name in package.namelist() if name in people] == people
        report = package.read("report.html").decode()
        assert "2026-17" in report and "inspection" in report
        assert report.count("data:image/jpeg;base64,") >= 2
        page = hashlib.sha256(package.read("verify.html")).hexdigest()
        assert page == appliance.status()["appliance"]["page_sha256"]
        assert page in re.sub("<.*?>", "", report.split("sealroom status")[-1])
        clips = [name for name in package.namelist() if name.startswith("clips/")]
        package.extractall(tmp_path, clips)
    assert rows[-1]["package"] in said.stdout.replace(" ", "")
    for clip in clips:
        check_clip(tmp_path / clip, appliance.state / "key" / "device.crt")
    fronts = [(tmp_path / clip).read_bytes().split(b"mdat")[0] for clip in clips]
    assert any(b"mp4a" in front and b"ctts" in front for front in fronts), \
        "sound and reordered pictures are judged too"


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
    (["--case", "\u3000\u00a0\u200b\ufeff"], "needs --case"),
    (["--purpose", "for\u202enothing"], "--purpose has characters that cannot be seen"),
    (["--case", "7\u2067\x85"], "--case has characters that cannot be seen"),
    (["--camera", "gate,aisle"], "several ids are parted by blanks, in quotes: --camera \"a b\""),
    (["--camera", ""], "--camera names nothing"),
    (["--door", " "], "--door names nothing"),
])
def test_what_cannot_be_exported_is_refused_by_name(appliance, tmp_path, words, says):
    before = len(operator_records(appliance, "export"))
    said = export(appliance, tmp_path / "x.zip", *words, check=False)
    assert said.returncode == 2 and says in said.stderr, said.stderr
    assert not list(tmp_path.iterdir())
    assert len(operator_records(appliance, "export")) == before


def test_a_checkpoint_from_outside_is_proved_to_be_of_this_history(appliance, tmp_path):
    """One that was handed out is in the package by itself, one that is handed in too."""
    note = tmp_path / "held.txt"
    note.write_text(appliance.sealroom("checkpoint", "--place", "paper, safe 2").stdout)
    path = tmp_path / "since.zip"
    export(appliance, path, *recorded_from(appliance), "--since", note)
    assert verify(appliance, path, "--since", note)[0] == "authentic"
    forged = tmp_path / "forged.txt"
    lines = note.read_text().split("\n")
    forged.write_text("\n".join([lines[0], "7", *lines[2:]]))
    said = export(appliance, tmp_path / "x.zip", "--since", forged, check=False)
    assert said.returncode == 2 and "not one that this recorder signed" in said.stderr
    content = note.read_bytes()
    for wrong, says in ((content.replace(b"\n", b"\r\n"), "CR LF"), (content[:-1], "last newline"),
                        (forged.read_bytes(), "does not fit its text")):
        forged.write_bytes(wrong)
        said = subprocess.run([BIN / "sealroom-verify", path, "--since", forged, "--trust",
                               appliance.status()["appliance"]["fingerprint"]], text=True,
                              capture_output=True, timeout=60, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert said.returncode == 2 and f"{forged}: " in said.stderr and says in said.stderr


def test_who_stops_reading_gets_the_package(appliance, tmp_path):
    """With a name that a shell would take apart, doors named twice, and an end that is to come."""
    path = tmp_path / "it's mine.zip"
    read, write = os.pipe()
    os.close(read)
    command = [BIN / "sealroom", "export", "--from", "1h", "--to", "2100-01-01", *WORDS, "--door",
               "archive archive", "--state", appliance.state, "--out"]
    environment = {**appliance.environment, "LC_ALL": "C.UTF-8"}
    subprocess.run([*command, path], stdout=write, timeout=60, check=False, env=environment,
                   restore_signals=True)
    os.close(write)
    assert path.exists() and [path] == list(tmp_path.iterdir())
    assert operator_records(appliance, "export")[-1]["body"]["doors"] == "archive"
    path.unlink()
    said = subprocess.run([*command, path], capture_output=True, text=True, timeout=60, check=True,
                          env=environment).stdout
    assert "is in the future" in said
    assert shlex.split(said.split("sealroom-verify ")[1].split("; or open")[0])[2] == str(path)


def test_programs_are_told_of_an_end_to_come_and_of_a_time_shown_twice(appliance, tmp_path):
    """Daylight saving ended ten minutes ago: five minutes ago it was so late for a second time."""
    now = datetime.datetime.now(datetime.timezone.utc)
    end = now - datetime.timedelta(minutes=10) + datetime.timedelta(hours=1)
    day = end.timetuple().tm_yday - 1
    zone = f"XXX0YYY,{(day + 180) % 365}/0,{day}/{end:%H:%M:%S}"
    typed = now - datetime.timedelta(minutes=5)
    with unittest.mock.patch.dict(appliance.environment, TZ=zone):
        rows = [json.loads(line) for line in export(
            appliance, tmp_path / "x.zip", "--from", f"{typed:%Y-%m-%d %H:%M:%S}", "--to",
            "2100-01-01", "--json", None).stdout.splitlines()]
    assert rows[0]["type"] == "begun" and rows[0]["shortened"]
    earlier = typed - datetime.timedelta(hours=1)
    assert rows[0]["from"] == f"{earlier:%Y-%m-%dT%H:%M:%S}.000000000Z"
    assert rows[0]["to"] < f"{now + datetime.timedelta(minutes=5):%Y-%m-%dT%H:%M:%S}"
    assert (rows[0]["from_shown"], rows[0]["to_shown"]) == ("twice", "once")


def test_no_file_is_written_over(appliance, tmp_path):
    path = tmp_path / "there.zip"
    path.write_text("mine")
    said = export(appliance, path, check=False)
    assert said.returncode == 2 and "is there already" in said.stderr
    assert path.read_text() == "mine" and list(tmp_path.iterdir()) == [path]


def test_where_a_part_lies_already_nothing_is_begun(appliance, tmp_path):
    """It is where a package stays whose name was taken meanwhile."""
    part = tmp_path / "x.zip.part"
    part.write_text("mine")
    before = len(operator_records(appliance, "export"))
    said = export(appliance, tmp_path / "x.zip", check=False)
    assert said.returncode == 2 and "or left it; remove it" in said.stderr
    assert part.read_text() == "mine" and list(tmp_path.iterdir()) == [part]
    assert len(operator_records(appliance, "export")) == before


def test_the_catalog_changes_nothing_in_a_package(appliance, tmp_path):
    """An entry hidden in it, and one invented in it: both packages show what the ledger has."""
    contents = []
    bounds = recorded_from(appliance)
    for number in range(2):
        path = tmp_path / f"{number}.zip"
        export(appliance, path, *bounds, "--door", "archive")
        assert verify(appliance, path)[0] == "authentic"
        with zipfile.ZipFile(path) as package:
            contents.append(package.read("entries.csv"))
        with contextlib.closing(sqlite3.connect(appliance.state / "catalog.db")) as catalog:
            invented = catalog.execute("UPDATE entry SET credential = '999' "
                                       "WHERE credential LIKE '%4711'")
            hidden = catalog.execute("DELETE FROM entry WHERE credential LIKE '%815'")
            assert number > 0 or (invented.rowcount, hidden.rowcount) == (1, 1)
            catalog.commit()
    assert contents[0] == contents[1]
    assert b"4711" in contents[0] and b"815" in contents[0] and b"999" not in contents[0]


@contextlib.contextmanager
def held(appliance, path):
    """An export whose process stands at the gate: the command, its request and that process."""
    before = len(operator_records(appliance, "export"))
    gate = appliance.folder / "gate"
    pid = appliance.folder / "export.pid"
    pid.unlink(missing_ok=True)
    os.mkfifo(gate)
    command = subprocess.Popen(
        [BIN / "sealroom", "export", "--from", "1h", "--to", "now", *WORDS, "--out", path,
         "--state", appliance.state], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**appliance.environment, "LC_ALL": "C.UTF-8"})
    try:
        appliance.wait(lambda: pid.exists() and pid.read_text().strip(), what="the process")
        requests = operator_records(appliance, "export")
        assert len(requests) == before + 1
        yield command, requests[-1]["number"], int(pid.read_text())
    finally:
        gate.unlink()
        command.kill()
        command.communicate()


def failure(appliance, request):
    """The record of what became of a request, once it is there."""
    def look():
        return [row["body"] for row in operator_records(appliance, "exported")
                if row["body"]["request"] == str(request)]
    found = appliance.wait(look, what="the record of what became of it")
    assert len(found) == 1 and found[0]["outcome"] == "failed"
    return found[0]["detail"]


def test_a_killed_process_leaves_no_file(appliance, tmp_path):
    with held(appliance, tmp_path / "x.zip") as (command, request, process):
        second = export(appliance, tmp_path / "second.zip", check=False)
        assert second.returncode == 2 and "another package is being made" in second.stderr
        os.kill(process, signal.SIGKILL)
        _, said = command.communicate(timeout=60)
    assert command.returncode == 2 and "ended by signal 9" in said
    assert "ended by signal 9" in failure(appliance, request)
    assert not list(tmp_path.iterdir())


def test_a_package_that_would_take_the_videos_room_is_refused(tmp_path, stick):
    """It lies on the same volume, or lies there until it is encrypted: what is recorded makes no room
    for a copy of it. Here there are 100 kB, less than the verifier's page alone; a recorder that
    stops when it is full lets go of nothing meanwhile."""
    with Camera(codec="h264", fps=10, gop=10) as gate, \
            tempfile.TemporaryDirectory(prefix="sr-", dir="/tmp") as name:
        folder = pathlib.Path(name)
        narrow = " ".join(f"{key}={value}" for key, value in {
            **preloaded("narrow_volume", folder), "NARROW_FILE": folder / "narrow",
            "NARROW_FREE": 64_100_000}.items())
        with Appliance(cameras=[gate.entry("gate")], folder=name, segment_seconds=10,
                       retention={"when_full": "stop"}, wrap={
                "sealroom-keeper": f"export {narrow}; exec {{program}} \"$@\"",
                "sealroom-export": WRAPPER.replace("FOLDER", name)}) as appliance:
            appliance.wait(appliance.is_recording)
            with held(appliance, folder / "x.zip") as (command, request, process):
                (folder / "narrow").touch()
                (folder / "gate").write_text("\n")
                _, said = command.communicate(timeout=60)
                assert command.returncode == 2 and "write it to another medium" in said
                assert "write it to another medium" in failure(appliance, request)
                appliance.wait(lambda: not pathlib.Path(f"/proc/{process}").exists(),
                               what="the end of the process")
            assert not appliance.json("records", "--kind", "expiry")
            (folder / "phrase").write_text("correct horse")
            said = export(appliance, stick / "x.zip", "--pass-phrase-file", folder / "phrase",
                          check=False)
            assert said.returncode == 2 and "the making needs about" in said.stderr
            assert not list(stick.glob("x.zip*"))
            export(appliance, stick / "x.zip")
            (folder / "narrow").unlink()
            assert not list(folder.glob("x.zip*"))
            export(appliance, tmp_path / "x.zip")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_goes_leaves_nothing(appliance, tmp_path, number):
    with held(appliance, tmp_path / "x.zip") as (command, request, process):
        command.send_signal(number)
        command.communicate(timeout=60)
        assert "is gone" in failure(appliance, request)
        appliance.wait(lambda: not pathlib.Path(f"/proc/{process}").exists(),
                       what="the end of the process")
    assert not list(tmp_path.iterdir())


def test_a_killed_keeper_leaves_no_file_and_says_so_at_its_next_start(appliance, tmp_path):
    with held(appliance, tmp_path / "x.zip") as (command, request, process):
        os.kill(appliance.processes()["keeper"], signal.SIGKILL)
        command.communicate(timeout=60)
        assert command.returncode == 2
        appliance.wait(lambda: not pathlib.Path(f"/proc/{process}").exists(),
                       what="the end of the process")
        appliance.wait(appliance.is_recording)
        assert failure(appliance, request) == "the recorder was interrupted"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("medium", ["tmp_path", "stick"])
def test_a_package_that_cannot_have_its_name_has_another_and_is_on_record_as_done(
        appliance, medium, request):
    """It is whole, so it stays where it is, and is named."""
    folder = request.getfixturevalue(medium)
    path = folder / "named.zip"
    with held(appliance, path) as (command, number, _):
        assert len(list(folder.glob("named*"))) == (medium == "stick")
        path.write_text("mine")
        (appliance.folder / "gate").write_text("\n")
        told, said = command.communicate(timeout=60)
        assert command.returncode == 2 and ("is there already" in said or "cannot be named" in said)
        assert f"on record as done, but by the name {path}.part" in said
    assert path.read_text() == "mine"
    verdict, rows = verify(appliance, folder / "named.zip.part")
    assert verdict in ("authentic", "incomplete")
    result = operator_records(appliance, "exported")[-1]["body"]
    assert (result["request"], result["outcome"]) == (str(number), "done")
    assert result["package"] == rows[-1]["package"]
    shown = subprocess.run([BIN / "sealroom-verify", f"{path}.part"], text=True, check=False,
                           capture_output=True, env=appliance.environment).stdout
    digest = re.findall(r"the package's digest: ((?:[0-9a-f]{4} ){15}[0-9a-f]{4})\n", told)
    assert [digest[0].replace(" ", "")] == [result["package"]] and digest[0] in shown
    assert digest[0] in appliance.sealroom("records", "--kind", "operator").stdout


def test_a_medium_that_knows_no_unnamed_files_gets_a_package(appliance, stick):
    """Whose file is removed by whoever is interrupted. Only who is killed leaves it, and the next
    one says what to do about it."""
    path = stick / "x.zip"
    for number in (signal.SIGINT, signal.SIGKILL):
        with held(appliance, path) as (command, request, _):
            command.send_signal(number)
            command.communicate(timeout=60)
            assert "is gone" in failure(appliance, request)
        left = [path.name for path in stick.glob("x.*")]
        assert left == ([] if number == signal.SIGINT else ["x.zip.part"])
    said = export(appliance, path, check=False)
    assert said.returncode == 2 and "or left it; remove it" in said.stderr
    (stick / "x.zip.part").unlink()
    export(appliance, path)
    assert [path] == list(stick.glob("x.*"))
    assert verify(appliance, path)[0] in ("authentic", "incomplete")
    said = export(appliance, path, check=False)
    assert said.returncode == 2 and f"{path} is there already" in said.stderr


def test_a_package_that_was_taken_away_is_not_on_record_as_done(appliance, stick):
    part = stick / "away.zip.part"
    with held(appliance, stick / "away.zip") as (command, request, _):
        part.unlink()
        part.write_text("mine")
        (appliance.folder / "gate").write_text("\n")
        _, said = command.communicate(timeout=60)
        assert command.returncode == 2 and "taken away or replaced" in said
        assert "was not kept" in failure(appliance, request)
    assert part.read_text() == "mine" and list(stick.glob("away*")) == [part]


def test_a_package_whose_folder_was_removed_is_not_on_record_as_done(appliance, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with held(appliance, folder / "x.zip") as (command, request, _):
        folder.rmdir()
        (appliance.folder / "gate").write_text("\n")
        _, said = command.communicate(timeout=60)
        assert command.returncode == 2 and "cannot be named" in said and "No such file" in said
        assert "is a whole package" not in said
        assert "was not kept" in failure(appliance, request)
    assert not folder.exists()


@contextlib.contextmanager
def injected(appliance, **environment):
    """What the process that makes packages is given besides."""
    inject = appliance.folder / "inject"
    inject.write_text("\n".join(f"{name}={value}" for name, value in environment.items()))
    try:
        yield
    finally:
        inject.unlink()


@pytest.mark.parametrize("problem, says", [
    (errno.ENOSPC, "the medium it goes to is full (not the recorder): it needs up to "),
    (errno.EFBIG, "the medium it goes to holds no file so large"),
    (errno.EIO, "the package cannot be written: Input/output")])
def test_a_medium_that_fails_leaves_no_file(appliance, tmp_path, problem, says):
    with injected(appliance, **preloaded("failing_medium", appliance.folder), FAIL_AFTER=200_000,
                  FAIL_WITH=problem):
        said = export(appliance, tmp_path / "x.zip", check=False)
    assert said.returncode == 2 and says in said.stderr, said.stderr
    assert f"no package {tmp_path / 'x.zip'}: " in said.stderr
    assert not list(tmp_path.iterdir())
    assert says in failure(appliance, operator_records(appliance, "export")[-1]["number"])


def test_what_cannot_fit_is_refused_before_it_is_copied(appliance, tmp_path):
    """With all that is in it besides the video; and what was refused is never less than it takes."""
    path = tmp_path / "x.zip"
    rows = [json.loads(line) for line in export(appliance, path, "--json", None).stdout.splitlines()]
    plan = next(row for row in rows if row["type"] == "plan")
    assert path.stat().st_size <= plan["bytes"]
    with zipfile.ZipFile(path) as package:
        pages = sum(package.getinfo(name).file_size for name in ("verify.html", "report.html"))
    path.unlink()
    narrow = tmp_path / "narrow"
    narrow.touch()
    with injected(appliance, **preloaded("narrow_volume", appliance.folder), NARROW_FILE=narrow,
                  NARROW_FREE=rows[-1]["size"] - pages // 2):
        said = export(appliance, path, "--json", None, check=False)
    assert said.returncode == 2 and "the package needs up to " in said.stderr
    assert [json.loads(line)["type"] for line in said.stdout.splitlines()] == ["begun"]
    assert list(tmp_path.iterdir()) == [narrow]


def test_an_altered_and_a_missing_segment_are_named_and_left_out(appliance, tmp_path):
    rows = [row for row in appliance.json("records", "--kind", "segment", "--limit", 1000)
            if row["head"]["source"] == "camera/aisle"]
    files = [appliance.state / "video" / row["body"]["file"] for row in rows]
    original = files[0].read_bytes()
    files[0].write_bytes(original[:-100] + bytes(100))
    files[1].rename(tmp_path / "away")
    path = tmp_path / "absent.zip"
    try:
        export(appliance, path, "--camera", "aisle")
        verdict, found = verify(appliance, path)
    finally:
        files[0].write_bytes(original)
        (tmp_path / "away").rename(files[1])
    assert verdict == "altered"
    texts = " ".join(str(row) for row in found)
    for row in rows[:2]:
        assert f"{row['number']}" in texts


def test_a_stop_ends_an_export_and_says_so(appliance, tmp_path):
    with held(appliance, tmp_path / "x.zip") as (command, request, _):
        appliance.process.send_signal(signal.SIGTERM)
        command.communicate(timeout=60)
        assert command.returncode == 2
        assert appliance.process.wait(60) == 0
    assert not list(tmp_path.iterdir())
    said = [row["body"] for row in operator_records(appliance, "exported")
            if row["body"]["request"] == str(request)]
    assert [row["detail"] for row in said] == ["the recorder was stopped"]
    assert appliance.verify()[0] == 0
