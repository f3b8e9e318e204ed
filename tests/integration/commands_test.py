"""The command line against the real appliance, running and stopped."""
import contextlib
import datetime
import json
import os
import pwd
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import time
import unicodedata

import pytest

from appliance import BIN, ROOT, Appliance, Camera, Controller, until

CHINESE = "zh_CN.UTF-8"
# As the profile pads them.
CARD, STRANGER = "0000004711", "0000000099"


@pytest.fixture(name="appliance", scope="module")
def appliance_fixture():
    """An hour's life in a few seconds: entries at two doors, a gap at the camera."""
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        made = Appliance(
            cameras=[gate.entry("gate") | {"name": "大门"}],
            controllers=[panel.entry("panel", doors=["archive", "cellar"])],
            doors=[{"id": "archive", "name": "档案室", "cameras": ["gate"]},
                   {"id": "cellar", "name": "Cellar"}])
        made.folder.chmod(0o755)
        with made:
            made.wait(lambda: made.is_recording("gate") and made.source("panel")["online"])
            panel.ask("emit access_granted 1 4711")
            panel.ask("emit access_denied 1 99 unauthorized")
            panel.ask("emit opened 2")
            made.wait(lambda: made.source("panel")["entries"] >= 3, what="three entries")
            made.wait(lambda: any(path.stat().st_size > 50000 for path in made.segments()),
                      what="some fragments")
            camera = made.processes()["camera/gate"]
            os.kill(camera, signal.SIGKILL)
            made.wait(lambda: made.processes().get("camera/gate") not in (None, camera))
            made.wait(lambda: made.is_recording("gate"))
            yield made


@pytest.fixture(name="stopped", scope="module")
def stopped_fixture(appliance):
    """The same, after an ordered stop. Tests that use it come last."""
    if appliance.is_running():
        appliance.stop()
    return appliance


def records(appliance, *words):
    return appliance.json("records", *words)


def columns_of(line):
    """The columns of the terminal at which words begin, but for the line's first, that stand
    behind two blanks or more."""
    at, starts, blanks, begun = 0, [], 0, False
    for character in line:
        if character == " ":
            blanks += 1
        else:
            if blanks >= 2 and begun:
                starts.append(at)
            blanks, begun = 0, True
        at += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return starts


# ---- check-config ----

def check_config(path, language="C.UTF-8", *words):
    return subprocess.run([BIN / "sealroom", "check-config", path, *words], capture_output=True,
                          text=True, check=False, env={**os.environ, "LC_ALL": language})


def test_example_configuration_is_right_once_its_files_are_there(tmp_path):
    text = (ROOT / "firmware" / "sealroom.example.yaml").read_text(encoding="utf-8")
    path = tmp_path / "sealroom.yaml"
    text = text.replace("/etc/sealroom/", f"{tmp_path}/")
    # The package makes these users; here they are others.
    text = re.sub(r": sealroom(-camera|-door|-export|-console|)(?=\s)", ": nobody", text)
    path.write_text(text, encoding="utf-8")
    for name in ["gate.password", "aisle.password"]:
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "aisle.pem").write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
    done = check_config(path)
    assert (done.returncode, done.stdout) == (
        0, f"{path} is right (cameras: 2, controllers: 1, doors: 1)\n"), done.stdout + done.stderr


def test_every_mistake_is_named_with_its_line(tmp_path):
    path = tmp_path / "sealroom.yaml"
    path.write_text("site: {name: Room}\nboard: generic-x86_64\nretention:\n  video_days: 7\n"
                    "cameras:\n  - {id: a, name: A, url: rtsp://u:p@h/}\n  - {id: a, name: B, "
                    "url: rtsp://h/}\ncolour: red\n", encoding="utf-8")
    done = check_config(path)
    assert done.returncode == 1
    assert [line.split(":")[1] for line in done.stdout.splitlines()] == ["4", "6", "7", "8"]
    assert "at least 30" in done.stdout and "password_file" in done.stdout
    assert check_config(path, CHINESE).stderr.endswith("4 处错误\n")


def is_chinese(line):
    """No English sentence: no two words of it follow one another."""
    return any(ord(character) > 0x3000 for character in line) and not re.search(
        r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", line)


MISTAKES = """site: {name: ""}
board: generic
retention: {video_days: 7}
cameras:
  - {id: Gate, url: http://x, transport: upd}
  - {id: gate, name: x, url: rtsp://192.0.2.1/a, pasword: q}
doors:
  - {id: a, name: b, cameras: [nope]}
"""


def test_mistakes_are_said_in_chinese(tmp_path):
    path = tmp_path / "sealroom.yaml"
    path.write_text(MISTAKES, encoding="utf-8")
    lines = check_config(path, CHINESE).stdout.splitlines()
    assert len(lines) == 10
    for line in lines:
        assert is_chinese(line.removeprefix(f"{path}:")), line


@pytest.mark.parametrize("language", ["C.UTF-8", CHINESE])
def test_mistakes_are_objects_for_programs(tmp_path, language):
    path = tmp_path / "sealroom.yaml"
    path.write_text(MISTAKES, encoding="utf-8")
    done = check_config(path, language, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and done.stderr == ""
    assert all(set(row) == {"type", "file", "line", "column", "text"} for row in rows)
    assert rows[0] == {"type": "mistake", "file": str(path), "line": 1, "column": 14,
                       "text": '"name" must not be empty'}
    path.write_text("site: {name: Room}\nboard: generic-x86_64\n", encoding="utf-8")
    done = check_config(path, language, "--json")
    assert json.loads(done.stdout) == {"type": "configuration", "file": str(path), "cameras": 0,
                                       "controllers": 0, "doors": 0}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")
def test_certificate_that_the_cameras_user_cannot_read_is_a_mistake(tmp_path):
    certificate = tmp_path / "aisle.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
    path = tmp_path / "sealroom.yaml"
    path.write_text("site: {name: x}\nboard: generic-x86_64\nrun_as: {cameras: nobody}\n"
                    "cameras:\n  - {id: aisle, name: Aisle, url: 'rtsps://192.0.2.1/x',\n"
                    f"     certificate: {certificate}}}\n", encoding="utf-8")
    for mode, status in ((0o600, 1), (0o644, 0)):
        certificate.chmod(mode)
        done = subprocess.run([BIN / "sealroom", "check-config", path], capture_output=True,
                              text=True, check=False)
        assert done.returncode == status, done.stdout
        assert (f"{path}:6:" in done.stdout and "chmod 0644" in done.stdout) == bool(status)


def test_two_zones_on_one_bus_are_a_mistake(tmp_path):
    text = (ROOT / "door" / "profiles" / "simulated-controller.yaml").read_text(encoding="utf-8")
    for zone, status in (("Asia/Urumqi", 1), ("+06:00", 0)):
        (tmp_path / "west.yaml").write_text(text.replace("zone: recorder", f"zone: {zone}"),
                                            encoding="utf-8")
        path = tmp_path / "sealroom.yaml"
        path.write_text(
            "site: {name: Room}\nboard: generic-x86_64\ncontrollers:\n"
            "  - {id: east, profile: simulated-controller, transport: tcp, address: 192.0.2.1, "
            "doors: [a]}\n"
            "  - {id: west, profile: ./west.yaml, transport: tcp, address: 192.0.2.1, unit: 2, "
            "doors: [b]}\ndoors:\n  - {id: a, name: A}\n  - {id: b, name: B}\n", encoding="utf-8")
        done = check_config(path)
        assert done.returncode == status, done.stdout + done.stderr
        assert (f"{path}:5:" in done.stdout) == bool(status)


def test_clock_that_no_profile_says_how_to_set_is_a_mistake(tmp_path):
    path = tmp_path / "sealroom.yaml"
    path.write_text(
        "site: {name: Room}\nboard: generic-x86_64\ncontrollers:\n"
        "  - {id: panel, profile: simulated-controller, transport: tcp, address: 192.0.2.1, "
        "set_clock: daily, doors: [a]}\ndoors:\n  - {id: a, name: A}\n", encoding="utf-8")
    done = check_config(path)
    assert done.returncode == 1 and done.stdout.startswith(f"{path}:4:"), done.stdout
    assert "leave set_clock out" in done.stdout
    assert is_chinese(check_config(path, CHINESE).stdout.removeprefix(f"{path}:"))


RULES = {
    "held_s": ("held_s: 9", "held_s is given", "opened"),
    "grant_s": ("grant_s: 9", "grant_s is given", "opened"),
    "two_persons": ("two_persons: {window_s: 9}", "two_persons is given", "access_granted"),
    "anti_passback": ("anti_passback: observe", "anti_passback is given", "access_granted"),
    "nothing": ("grace_ms: 900", "rules is given", "opened"),
}


@pytest.mark.parametrize("name", RULES)
def test_rule_that_no_controller_of_the_door_feeds_is_a_mistake(tmp_path, name):
    rule, words, event = RULES[name]
    profile = (ROOT / "door" / "profiles" / "simulated-controller.yaml").read_text("utf-8")
    head = profile[:profile.index("events:")].replace("profile: simulated-controller",
                                                      "profile: {}", 1)
    tables = {"whole": profile[profile.index("events:"):],
              "mute": "events: [{code: 1, event: tamper}]\n",
              "contact": "events: [{code: 1, event: opened}, {code: 2, event: closed}]\n",
              "reader": "events: [{code: 1, event: access_granted}]\n",
              "other-door": "events:\n" + "".join(
                  f"  - {{code: {code}, event: {event}, door: 2}}\n" for code, event in
                  enumerate(("opened", "closed", "access_granted")))}
    for identity, table in tables.items():
        (tmp_path / f"{identity}.yaml").write_text(head.replace("{}", identity, 1) + table,
                                                   encoding="utf-8")
    path = tmp_path / "sealroom.yaml"

    def checked(*profiles, language="C.UTF-8"):
        path.write_text(
            "site: {name: Room}\nboard: generic-x86_64\ncontrollers:\n" + "".join(
                f"  - {{id: p{unit}, profile: ./{profile}.yaml, transport: tcp, "
                f"address: 192.0.2.1, unit: {unit}, doors: [a]}}\n"
                for unit, profile in enumerate(profiles, 1)) +
            f"doors:\n  - id: a\n    name: A\n    rules: {{{rule}}}\n", encoding="utf-8")
        return check_config(path, language)

    assert checked("whole").returncode == 0
    assert checked("reader", "contact").returncode == 0, "they are judged together"
    for profile in ("mute", "other-door"):
        done = checked(profile)
        line = len(path.read_text("utf-8").split("\n")) - 1
        assert done.returncode == 1 and done.stdout.startswith(f"{path}:{line}:"), done.stdout
        assert words in done.stdout and event in done.stdout, done.stdout
    assert is_chinese(checked("mute", language=CHINESE).stdout.removeprefix(f"{path}:"))


def test_mistake_in_a_profile_is_named_with_file_and_line(tmp_path):
    profile = tmp_path / "panel.yaml"
    text = (ROOT / "door" / "profiles" / "simulated-controller.yaml").read_text(encoding="utf-8")
    profile.write_text(text.replace("code: {at: 7}", "code: {at: 77}"), encoding="utf-8")
    line = 1 + profile.read_text(encoding="utf-8").split("\n").index("  code: {at: 77}")
    path = tmp_path / "sealroom.yaml"
    path.write_text(
        f"site: {{name: Room}}\nboard: generic-x86_64\nstate: {tmp_path}/state\ncontrollers:\n"
        "  - {id: panel, profile: ./panel.yaml, transport: tcp, address: 192.0.2.1, "
        "doors: [archive]}\ndoors:\n  - {id: archive, name: Archive, cameras: []}\n",
        encoding="utf-8")
    done = check_config(path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"/panel.yaml:{line}:" in done.stdout
    assert "the window has only 14" in done.stdout
    profile.write_text(text, encoding="utf-8")
    assert check_config(path).returncode == 0


def test_profile_of_lines_goes_with_gpio_and_no_other_with_it(tmp_path):
    path = tmp_path / "sealroom.yaml"
    for transport, profile, status in (
            ("gpio, chip: wall", "wired-door", 0),
            ("gpio, chip: wall", "simulated-inputs", 1),
            ("tcp, address: 192.0.2.1", "wired-door", 1)):
        path.write_text(
            "site: {name: Room}\nboard: generic-x86_64\ncontrollers:\n"
            f"  - {{id: panel, profile: {profile}, transport: {transport}, doors: [archive]}}\n"
            "doors:\n  - {id: archive, name: Archive}\n", encoding="utf-8")
        done = check_config(path)
        assert done.returncode == status, done.stdout + done.stderr
        assert (f"{path}:4:" in done.stdout and "shape lines" in done.stdout) == bool(status)


def test_empty_configuration_is_a_mistake_at_its_beginning(tmp_path):
    path = tmp_path / "sealroom.yaml"
    path.write_bytes(b"")
    done = check_config(path)
    assert done.returncode == 1, done.stderr
    assert f"{path}:1:1: " in done.stdout
    for words in (["sealroom", "status", "--config", path], ["sealroomd", "--config", path]):
        done = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, text=True,
                              check=False, timeout=20, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode > 0 and f"{path}:1:1: " in done.stderr, done.stderr


def test_empty_profile_is_a_mistake_at_its_beginning(tmp_path):
    profile, path = tmp_path / "panel.yaml", tmp_path / "sealroom.yaml"
    profile.write_bytes(b"")
    path.write_text(
        f"site: {{name: Room}}\nboard: generic-x86_64\nstate: {tmp_path}/state\ncontrollers:\n"
        "  - {id: panel, profile: ./panel.yaml, transport: tcp, address: 192.0.2.1, "
        "doors: [archive]}\ndoors:\n  - {id: archive, name: Archive, cameras: []}\n",
        encoding="utf-8")
    done = check_config(path)
    assert done.returncode == 1 and "/panel.yaml:1:1: " in done.stdout, done.stderr


def test_file_that_is_not_there_is_said_to_be_so():
    done = check_config("/nonexistent/sealroom.yaml")
    assert done.returncode == 2 and "/nonexistent/sealroom.yaml" in done.stderr


# ---- arguments ----

@pytest.mark.parametrize("words, said", [
    (["nonsense"], "there is no command"),
    (["entries", "--colour"], "there is no option"),
    (["entries", "--from"], "needs a value"),
    (["entries", "--from", "yesterday"], "is no time"),
    (["entries", "--from", "now", "--to", "1h"], "would end before it begins"),
    (["entries", "--from", "2026-11-22", "--to", "2026-11-22"], "the same moment"),
    (["export", "--from", "now", "--to", "now"], "the same moment"),
    (["entries", "--limit", "-1"], "no whole number"),
    (["entries", "--kind", "dancing"], "no such event"),
    (["records", "--kind", "dancing"], "right are: ledger, "),
    (["records", "--kind", "dancing"], "no such kind"),
    (["entries", "extra"], "this is right"),
    (["entries", "--door", "a", "--door", "b"], "--door stands twice"),
    (["coverage", "--day", "2026-01-01", "--to", "now"], "not both"),
    (["hold", "keep"], "set, release and list"),
    (["hold", "set", "--from", "1h", "--to", "now"], "needs --reason"),
    (["hold", "set", "--from", "1h", "--to", "now", "--camera", "gate " * 60], "set several"),
])
def test_wrong_arguments_say_what_is_right(words, said):
    done = subprocess.run([BIN / "sealroom", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 2 and done.stdout == "" and said in done.stderr


def test_state_without_a_ledger_says_how_to_name_one(tmp_path):
    for words in (["entries"], ["status"], ["checkpoint"]):
        done = subprocess.run([BIN / "sealroom", *words, "--state", tmp_path], capture_output=True,
                              text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 2 and "--state" in done.stderr


# ---- running ----

def test_status_says_what_runs(appliance):
    status = appliance.status()
    assert status["appliance"]["running"] and status["appliance"]["suite"] == "sm"
    assert len(status["appliance"]["fingerprint"]) == 64
    assert status["camera/gate"]["recording"] and status["camera/gate"]["video_codec"] == "h264"
    assert status["source/panel"]["entries"] == 3
    assert "大门" in appliance.sealroom("status").stdout
    assert "entries since the start" in appliance.sealroom("status").stdout  # not all on record
    assert "正在录像" in appliance.sealroom("status", language=CHINESE).stdout


def test_entries_are_those_the_controller_had(appliance):
    entries = appliance.json("entries")
    assert [(row["event"], row["door"], row.get("credential"), row["verdict"]) for row in entries] \
        == [("access_granted", "archive", CARD, "granted"),
            ("access_denied", "archive", STRANGER, "denied"),
            ("opened", "cellar", None, "none")]
    assert entries[0]["cameras"] == ["gate"] and entries[2]["cameras"] == []
    assert entries[1]["deny_reason"] == "unauthorized"
    assert [int(row["device_seq"]) for row in entries] == sorted(
        int(row["device_seq"]) for row in entries)


@pytest.mark.parametrize("words, events", [
    (["--door", "cellar"], ["opened"]),
    (["--card", CARD], ["access_granted"]),
    (["--kind", "access_denied"], ["access_denied"]),
    (["--limit", "1"], ["opened"]),
    (["--kind", "access_granted", "--limit", "5"], ["access_granted"]),
    (["--to", "1h"], []),
    (["--from", "1h"], ["access_granted", "access_denied", "opened"]),
    (["--card", "4711"], []),
])
def test_entries_are_filtered(appliance, words, events):
    assert [row["event"] for row in appliance.json("entries", *words)] == events


def test_table_stands_in_line_with_chinese_names(appliance):
    for language in ("C.UTF-8", CHINESE):
        lines = appliance.sealroom("entries", language=language).stdout.splitlines()
        assert len(lines) == 4
        starts = [columns_of(line) for line in lines]
        # The columns of time, door and event are filled in every row.
        assert len({tuple(start[:3]) for start in starts}) == 1, "\n".join(lines)


def test_times_are_local_with_their_offset(appliance):
    appliance.environment["TZ"] = "Asia/Shanghai"
    try:
        lines = appliance.sealroom("entries").stdout.splitlines()
        assert all("+08:00" in line for line in lines[1:])
        assert all(row["received"].endswith("Z") for row in appliance.json("entries"))
        verified = appliance.sealroom("verify", "--from", "1h", check=False).stdout
        assert "+08:00" in verified and not re.search(r"\d{9}Z", verified)
    finally:
        del appliance.environment["TZ"]


def test_a_time_that_the_clock_shows_twice_leaves_nothing_out(appliance):
    """Nor one that it never shows; which moment was taken, is said."""
    appliance.environment["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    try:
        both = appliance.sealroom("coverage", "--from", "2026-10-25 02:30", "--to",
                                  "2026-10-25 02:30").stderr
        assert "--from 2026-10-25 02:30: the clock shows this twice" in both
        assert "taken as 2026-10-25 02:30:00+02:00" in both
        assert "taken as 2026-10-25 02:30:00+01:00" in both
        never = appliance.sealroom("records", "--to", "2026-03-29 02:30").stderr
        assert "the clock never shows this" in never and "2026-03-29 03:30:00+02:00" in never
        assert appliance.sealroom("entries", "--from", "2026-10-25 03:00").stderr == ""
    finally:
        del appliance.environment["TZ"]


def test_look_up_is_a_record_before_it_is_answered(appliance):
    appliance.sealroom("entries", "--door", "archive", "--reason", "case 17/2026")
    body = records(appliance, "--kind", "operator")[-2]["body"]
    assert (body["action"], body["what"], body["filter"], body["reason"], body["uid"]) == (
        "lookup", "entries", "door=archive", "case 17/2026", os.getuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")
def test_stranger_is_refused(appliance):
    nobody = pwd.getpwnam("nobody")
    done = subprocess.run([BIN / "sealroom", "entries", "--state", appliance.state],
                          capture_output=True, text=True, check=False,
                          user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 2 and done.stdout == "" and done.stderr != ""


def test_coverage_shows_the_gap_and_its_cause(appliance):
    def both():
        rows = appliance.json("coverage")
        return (any(row["type"] == "gap" for row in rows) and
                any(row.get("recorded_s") for row in rows) and rows)

    rows = until(both, what="a gap and a segment")
    camera = next(row for row in rows if row["type"] == "camera")
    gaps = [row for row in rows if row["type"] == "gap"]
    assert gaps[0]["cause"] == "camera_process" and gaps[0]["seconds"] > 0
    assert camera["unexplained_s"] == 0 and camera["recorded_s"] > 0
    assert camera["gap_s"] == camera["missing_s"] == pytest.approx(sum(
        gap["seconds"] for gap in gaps))
    assert 0 < camera["percent"] < 100
    assert "大门" in appliance.sealroom("coverage", language=CHINESE).stdout


def test_record_is_shown_as_it_is_stored(appliance):
    head, body = appliance.sealroom("records", "--number", 0).stdout.splitlines()
    # A connection left open would keep the keeper from folding its log at the stop.
    with contextlib.closing(
            sqlite3.connect(f"file:{appliance.state}/ledger.db?mode=ro", uri=True)) as ledger:
        row = ledger.execute("SELECT head, body FROM record WHERE number = 0").fetchone()
    row = [value.decode() if isinstance(value, bytes) else value for value in row]
    assert [head, body] == row
    assert json.loads(head)["kind"] == "ledger"
    assert appliance.sealroom("records", "--number", 10**9, check=False).returncode == 2


def test_records_are_filtered_by_source_and_kind(appliance):
    assert {row["head"]["source"] for row in records(appliance, "--source", "door/panel")} == {
        "door/panel"}
    numbers = [row["number"] for row in records(appliance)]
    assert numbers == list(range(len(numbers)))


def test_checkpoint_is_a_note_and_leaves_a_record(appliance, tmp_path):
    note = appliance.sealroom("checkpoint", "--place", "safe 2").stdout
    lines = note.split("\n")
    assert lines[0] == appliance.status()["appliance"]["origin"]
    assert lines[3] == "" and lines[4].startswith("— ")
    anchor = records(appliance, "--kind", "anchor")[-1]
    assert anchor["body"]["place"] == "safe 2"
    assert int(lines[1]) == anchor["number"] + 1
    (tmp_path / "note").write_text(note, encoding="utf-8")


@pytest.mark.parametrize("change, said", [
    (lambda note: b"", "is empty"),
    (lambda note: b"hello\n", "checkpoint"),
    (lambda note: note.replace(b"\n", b"\r\n"), "line ends were changed"),
    (lambda note: note[:-1], "its last line end is missing"),
    (lambda note: note + b"\n", "or there is more than one"),
])
def test_checkpoint_file_that_is_none_is_never_passed_over(appliance, tmp_path, change, said):
    path = tmp_path / "note"
    path.write_bytes(change(appliance.sealroom("checkpoint").stdout.encode()))
    done = appliance.sealroom("verify", "--since", path, check=False)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr
    missing = appliance.sealroom("verify", "--since", tmp_path / "nosuch", check=False)
    assert missing.returncode == 2 and "nosuch" in missing.stderr


@pytest.mark.parametrize("words, what", [
    (["verify", "--camera", "nosuch"], "camera"),
    (["verify", "--door", "nosuch"], "door"),
    (["coverage", "--camera", "nosuch"], "camera"),
    (["entries", "--door", "nosuch"], "door"),
    (["hold", "set", "--from", "1h", "--to", "now", "--reason", "x", "--camera", "gate nosuch"],
     "camera"),
    (["hold", "set", "--from", "1h", "--to", "now", "--reason", "x", "--door", "nosuch"], "door"),
])
def test_id_that_nothing_names_is_refused(appliance, words, what):
    before = len(records(appliance, "--kind", "hold"))
    done = appliance.sealroom(*words, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f'there is no {what} "nosuch" in this ledger' in done.stderr or (
        words[0] == "hold" and f"no {what} nosuch" in done.stderr)
    assert len(records(appliance, "--kind", "hold")) == before


def test_verdict_names_what_it_was_limited_to(appliance):
    until(lambda: appliance.json("verify", check=False)[-1].get("segments"), what="a segment")
    whole = appliance.json("verify", check=False)[-1]
    assert not {"from", "to", "cameras", "doors", "since_size"} & set(whole)
    assert isinstance(whole["records"], int) and None not in whole.values()
    part = appliance.json("verify", "--camera", "gate", "--from", "1h", check=False)[-1]
    assert part["cameras"] == ["gate"] and part["from"].endswith("Z") and "to" not in part
    assert f"limited: camera gate, from {part['from']}." in part["text"]
    of_door = appliance.json("verify", "--door", "archive", check=False)[-1]
    assert of_door["doors"] == ["archive"]
    assert "limited: the cameras of door archive." in of_door["text"]
    empty = appliance.sealroom("verify", "--to", "2001-01-01", check=False).stdout
    assert re.search("limited: to 2001-01-01 .*, and no segment there was checked", empty)
    chinese = appliance.sealroom("verify", "--camera", "gate", check=False, language=CHINESE)
    assert "录像范围：摄像机 gate" in chinese.stdout


def run_to(output, appliance, *words):
    with open(output, "w", encoding="utf-8") as full:
        return subprocess.run([BIN / "sealroom", *words, "--state", appliance.state], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})


@pytest.mark.parametrize("words", [
    ["status"], ["entries"], ["entries", "--json"], ["coverage"], ["records"], ["hold", "list"],
    ["verify"], ["checkpoint"], ["checkpoint", "--json"], ["records", "--help"]])
def test_output_that_cannot_be_written_is_no_success(appliance, words):
    done = run_to("/dev/full", appliance, *words)
    assert done.returncode == 2 and "could not be written" in done.stderr
    if words[0] == "checkpoint":
        number = records(appliance, "--kind", "anchor")[-1]["number"]
        assert f"record {number} says that this checkpoint left the box, but" in done.stderr
        assert "keep it outside" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_checkpoint_into_a_closed_output_goes_nowhere(appliance, closed):
    before = len(records(appliance, "--kind", "anchor"))
    done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', BIN / "sealroom", "checkpoint",
                           "--state", appliance.state], capture_output=True, text=True,
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 2 and (done.stderr != "") == (closed == ">&-")
    assert len(records(appliance, "--kind", "anchor")) == before
    assert not [row for row in records(appliance, "--kind", "health")
                if row["body"]["event"] == "peer_cut_off"]


def test_verification_without_limits_is_recorded_up_to_now(appliance):
    before = time.time()
    appliance.sealroom("verify", "--reason", "inspection 9", check=False)
    body = next(row["body"] for row in reversed(records(appliance, "--kind", "operator"))
                if row["body"].get("what") == "verify")
    assert body["reason"] == "inspection 9" and body["from"].startswith("1970-01-01T00:00:00")
    end = datetime.datetime.fromisoformat(body["to"][:19] + "+00:00").timestamp()
    assert before - 2 < end < time.time() + 2


@pytest.mark.parametrize("words, option, room", [
    (["hold", "set", "--day", "now"], "reason", 256), (["hold", "release", "1"], "reason", 256),
    (["entries"], "reason", 256), (["verify"], "reason", 256), (["checkpoint"], "place", 96)])
@pytest.mark.parametrize("wrong", ["long", "two\nlines", "\udcff"])
def test_words_that_no_record_can_hold_are_refused(appliance, words, option, room, wrong):
    before = len(records(appliance))
    said = "x" * (room + 1) if wrong == "long" else wrong
    done = appliance.sealroom(*words, f"--{option}", said, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--{option} " in done.stderr and (
        f"room for {room}" if wrong == "long" else "line break") in done.stderr
    # The test's own look-up is a record too.
    assert [row["head"]["kind"] for row in records(appliance)[before:]
            if row["head"]["source"].startswith("operator/")] == ["operator"]


def test_period_may_begin_in_1970(appliance):
    made = appliance.json("hold", "set", "--from", "1970-01-01T00:00:00Z", "--to",
                          "1971-01-01T00:00:00Z", "--reason", "case 1970")[0]["record"]
    body = records(appliance, "--number", made)[0]["body"]
    assert (body["from"][:10], body["to"][:10]) == ("1970-01-01", "1971-01-01")
    assert [row for row in appliance.json("hold", "list") if row["hold"] == made]


def test_hold_is_set_listed_and_released(appliance):
    made = appliance.json("hold", "set", "--from", "1h", "--to", "now", "--camera", "gate",
                          "--reason", "case 17")[0]["record"]
    row = next(row for row in appliance.json("hold", "list") if row["hold"] == made)
    assert (row["cameras"], row["reason"], row["released"]) == (["gate"], "case 17", False)
    appliance.sealroom("hold", "release", made, "--reason", "closed")
    row = next(row for row in appliance.json("hold", "list") if row["hold"] == made)
    assert row["released"]
    assert appliance.sealroom("hold", "release", 0, "--reason", "x", check=False).returncode == 2


def test_entry_is_found_when_it_happened_and_when_it_was_received():
    """One that a controller tells of an hour later, one whose clock is in doubt, and a usual one."""
    with Controller("--stdin") as panel, Appliance(controllers=[panel.entry("panel")]) as made:
        for at, words in enumerate(("clock -3600", "clock fault", "clock good", "clock 0"), 1):
            panel.ask(words)
            if words != "clock good":
                panel.ask(f"emit access_granted 1 {at}")
                made.wait(lambda at=at: any(row.get("credential") == f"{at:010}"
                                            for row in made.json("entries", check=False)))

        def cards(*words):
            return [int(row["credential"]) for row in made.json("entries", *words)
                    if row["event"] == "access_granted"]
        for catalog in (True, False):
            assert cards() == [1, 2, 4]
            assert cards("--from", "90m", "--to", "30m") == [1]
            assert cards("--from", "30m") == [1, 2, 4]
            assert cards("--to", "30m") == [1]
            assert (made.json("entries", "--from", "30m", "--limit", "2")
                    == made.json("entries", "--from", "30m")[-2:])
            if catalog:
                made.stop()
                (made.state / "catalog.db").unlink()
        late, doubted, usual = [row for row in made.json("entries")
                                if row["event"] == "access_granted"]
        assert [row["time_by"] for row in (late, doubted, usual)] == [
            "controller", "receipt", "controller"]
        assert late["time"] == late["device_time"] < late["received"]
        assert doubted["time"] == doubted["received"] and usual["time"] == usual["device_time"]
        for language, received, doubt in (("C.UTF-8", "received ", "time of receipt"),
                                          (CHINESE, "收到于 ", "按收到时间")):
            told = {line.split()[0]: line for line in
                    made.sealroom("entries", language=language).stdout.splitlines()}
            line = told[str(late["record"])]
            assert late["time"][:16].replace("T", " ") in line
            assert received + late["received"][11:19] in line or \
                received + late["received"][:10] in line
            assert doubt in told[str(doubted["record"])] and doubt not in line
            assert received not in told[str(usual["record"])]
            assert doubt not in told[str(usual["record"])]


# ---- stopped ----

@pytest.mark.parametrize("words", [["status"], ["entries"], ["coverage"], ["records"],
                                   ["hold", "list"], ["verify"], ["checkpoint"]])
def test_json_leaves_out_what_is_not_known_and_knows_no_language(appliance, words):
    if words[0] == "hold":
        appliance.sealroom("hold", "set", "--from", "1h", "--to", "now", "--reason", "case 18")

    def both():
        rows = appliance.json(*words)
        in_chinese = appliance.json(*words, language=CHINESE)
        return ({tuple(row) for row in rows} <= {tuple(row) for row in in_chinese}
                and (rows, in_chinese))
    # It records meanwhile: what the second look finds may be told in other rows than the first.
    rows, in_chinese = appliance.wait(both)
    assert rows
    for row in rows + in_chinese:
        assert None not in row.values() and "" not in row.values(), row
        for key in ("text", "detail"):
            assert row.get(key, "").isascii(), row


@pytest.mark.parametrize("words", [["records"], ["coverage"], ["verify"]])
def test_what_records_say_is_shown_in_chinese(appliance, words):
    for line in appliance.sealroom(*words, language=CHINESE).stdout.splitlines():
        assert line == "" or is_chinese(line), line


def test_time_since_the_stop_is_missing_before_it_is_on_record(stopped):
    def look():
        done = stopped.sealroom("coverage", "--json")
        rows = map(json.loads, done.stdout.splitlines())
        camera = next(row for row in rows if row["type"] == "camera")
        return camera["unwritten_s"] > 0 and (done, camera)

    # Pictures lie where the least delayed packet puts them: the last may end a moment from now.
    done, camera = until(look, what="time after the last picture")
    assert camera["open_s"] == 0 and camera["percent"] < 100
    assert camera["missing_s"] == pytest.approx(
        camera["gap_s"] + camera["unexplained_s"] + camera["unwritten_s"])
    assert "missing, not yet on record" in done.stderr


def test_stopped_status_says_so(stopped):
    done = stopped.sealroom("status", check=False)
    assert done.returncode == 1 and done.stdout.startswith("the appliance does not run: ")
    assert "systemctl start sealroomd" in done.stdout
    assert stopped.json("status", check=False) == [{"type": "appliance", "running": False}]


def test_records_are_told_in_words(stopped):
    told = stopped.sealroom("records", "--limit", 1000).stdout
    assert "looked up, entries, from: the beginning, to: 2" in told
    # It was killed, and at the end told to end.
    assert "process ended unexpectedly, process: camera, source: gate, ended by signal: 9" in told
    assert "process ended in order, process: door, source: panel" in told


def test_stopped_look_up_says_that_it_left_no_record(stopped):
    before = len(records(stopped))
    done = stopped.sealroom("entries")
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr == "sealroom: the appliance does not run: this look-up left no record\n"
    assert len(records(stopped)) == before


def test_stopped_look_up_writes_nothing(stopped):
    def contents():
        # SQLite keeps a map of the catalog's log beside it; the catalog is no evidence.
        return {path: (path.stat().st_mtime_ns, path.stat().st_size)
                for path in stopped.state.rglob("*")
                if path.is_file() and path.name != "catalog.db-shm"}

    before = contents()
    for words in (["entries"], ["coverage"], ["records"], ["hold", "list"], ["checkpoint"]):
        stopped.sealroom(*words)
    assert contents() == before


def test_hold_needs_a_running_appliance(stopped):
    done = stopped.sealroom("hold", "set", "--from", "1h", "--to", "now", "--reason", "x",
                            check=False)
    assert done.returncode == 2 and "no appliance runs" in done.stderr


def test_without_the_catalog_the_same_is_shown(stopped):
    asked = (["entries"], ["entries", "--door", "cellar"], ["entries", "--card", CARD],
             ["entries", "--kind", "opened", "--limit", "1"], ["records"],
             ["records", "--source", "door/panel", "--limit", "2"])
    before = [stopped.json(*words) for words in asked]
    assert all(before)
    spans = [row for row in stopped.json("coverage", "--to", "now") if row["type"] == "gap"]
    catalog = stopped.state / "catalog.db"
    catalog.rename(stopped.folder / "catalog.db")
    try:
        assert [stopped.json(*words) for words in asked] == before
        assert [row for row in stopped.json("coverage", "--to", "now")
                if row["type"] == "gap"] == spans
    finally:
        (stopped.folder / "catalog.db").rename(catalog)


def test_altered_entry_is_never_shown_as_if_it_were_true(stopped):
    entry = stopped.json("entries", "--card", STRANGER)[0]["record"]
    path = stopped.state / "ledger.db"
    saved = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as ledger:
        body = ledger.execute("SELECT body FROM record WHERE number = ?", (entry,)).fetchone()[0]
        changed = (body if isinstance(body, bytes) else body.encode()).replace(b"0099", b"0098")
        ledger.execute("UPDATE record SET body = ? WHERE number = ?",
                       (changed if isinstance(body, bytes) else changed.decode(), entry))
        ledger.commit()
    try:
        row = next(row for row in stopped.json("entries") if row["record"] == entry)
        assert row["altered"] and "credential" not in row
        assert "ALTERED" in stopped.sealroom("entries").stdout
        assert any(row["number"] == entry and row["altered"] for row in records(stopped))
    finally:
        path.write_bytes(saved)


@contextlib.contextmanager
def fifo_in_place_of(path):
    path.rename(path.with_suffix(".saved"))
    os.mkfifo(path)
    try:
        yield
    finally:
        path.unlink()
        path.with_suffix(".saved").rename(path)


@pytest.mark.parametrize("words", [["verify"], ["entries"], ["coverage"], ["records"],
                                   ["checkpoint"], ["hold", "list"]])
def test_ledger_that_is_no_file_is_refused(stopped, words):
    with fifo_in_place_of(stopped.state / "ledger.db"):
        done = stopped.sealroom(*words, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ledger.db is not a regular file" in done.stderr


def test_keeper_refuses_a_ledger_that_is_no_file(stopped):
    with fifo_in_place_of(stopped.state / "ledger.db"):
        try:
            assert stopped.spawn().process.wait(60) != 0
        finally:
            stopped.kill()
        assert "ledger.db is not a regular file" in stopped.log_text()
        assert stat.S_ISFIFO(os.stat(stopped.state / "ledger.db").st_mode)


def test_catalog_that_is_no_file_is_told_and_not_waited_for(stopped):
    before = stopped.sealroom("verify", check=False)
    with fifo_in_place_of(stopped.state / "catalog.db"):
        done = stopped.sealroom("verify", check=False, timeout=60)
        assert done.returncode == before.returncode
        assert "catalog.db is not a regular file" in done.stdout
        assert stopped.sealroom("entries", timeout=20).stdout


def test_state_is_found_through_the_configuration(stopped):
    done = stopped.sealroom("entries", "--config", stopped.configuration, "--json", state=False)
    assert len(done.stdout.splitlines()) == 3
    both = stopped.sealroom("entries", "--config", stopped.configuration, check=False)
    assert both.returncode == 2 and "not both" in both.stderr


def test_video_folder_is_found_through_the_configuration_on_record(tmp_path):
    with Appliance(settings={"video": str(tmp_path / "disk")}) as made:
        assert made.verify()[0] == 0
        made.stop()
        assert made.verify()[0] == 0 and not (made.state / "video").exists()
        shutil.copytree(made.state, tmp_path / "copy", ignore=shutil.ignore_patterns("run"))
        of_copy = subprocess.run([BIN / "sealroom", "verify", "--state", tmp_path / "copy"],
                                 capture_output=True, text=True, check=False,
                                 env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert of_copy.returncode == 3 and "--video" in of_copy.stdout, of_copy
        (tmp_path / "disk").rename(tmp_path / "taken")
        result, said = made.verify()
        assert result == 1 and f"{tmp_path}/disk" in said and "the folder is missing" in said
        made.configure(segment_seconds=60)
        result, said = made.verify()
        assert result == 3 and "--video" in said, said


def test_look_up_that_cannot_be_recorded_shows_nothing(stopped):
    folder = stopped.folder / "no-keeper"
    folder.mkdir()
    (folder / "sealroom-keeper").write_text("#!/bin/sh\nexit 75\n", encoding="utf-8")
    (folder / "sealroom-keeper").chmod(0o755)
    programs, stopped.programs = stopped.programs, folder
    try:
        ended = stopped.log_text().count("sealroom-keeper ended")  # before this one
        stopped.spawn()
        stopped.wait(lambda: stopped.log_text().count("sealroom-keeper ended") > ended,
                     what="the keeper's end")
        done = stopped.sealroom("entries", check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "just starting or stopping: try again" in done.stderr
    finally:
        stopped.programs = programs
        stopped.stop()

