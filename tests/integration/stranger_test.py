"""A ledger made by the recorder's code is checked by a program written from FORMAT.md alone: it
finds nothing in what was recorded, and every alteration, at its place. If this fails, either the
recorder or the document is wrong."""
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
MAKE = BIN.parent / "tests" / "make_ledger"
CHECK = HERE / "stranger" / "check_ledger.py"
COUNT = 300


def check(state, *options):
    done = subprocess.run(["/usr/bin/python3", CHECK, state, *options], capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module", params=["nist", "sm"])
def original(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    subprocess.run([MAKE, folder, request.param, str(COUNT)], check=True, timeout=60)
    return folder


@pytest.fixture
def state(original, tmp_path):
    copy = tmp_path / "state"
    shutil.copytree(original, copy)
    return copy


def tamper(state, sql):
    with sqlite3.connect(state / "ledger.db") as database:
        database.executescript(sql)
    database.close()


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at // 8] ^= 1 << at % 8
    path.write_bytes(content)


def test_what_was_recorded_is_authentic(state):
    status, lines = check(state)
    assert (status, len(lines)) == (0, 1), lines
    assert lines[0].startswith(f"{COUNT + 4} records, ")


def with_expiry(folder, suite, days, first, last):
    subprocess.run([MAKE, folder, suite, "20", *map(str, (days, first, last))], check=True,
                   timeout=60)
    return check(folder)


@pytest.mark.parametrize("suite", ["nist", "sm"])
def test_bodies_that_expired_in_their_time_are_authentic(suite, tmp_path):
    status, lines = with_expiry(tmp_path, suite, 180, 2, 11)
    assert (status, len(lines)) == (0, 1), lines
    tamper(tmp_path, "UPDATE record SET body = NULL WHERE number IN (12, 14)")
    assert check(tmp_path) == (1, ["record 12: its body is missing",
                                   "record 14: its body is missing"])


def test_bodies_that_expired_early_are_told(tmp_path):
    assert with_expiry(tmp_path, "nist", 179, 5, 6) == (
        1, ["record 5: its body was deleted early", "record 6: its body was deleted early"])


def test_expiry_of_kept_video_is_told(tmp_path):
    status, lines = with_expiry(tmp_path, "nist", 180, 23, 23)
    assert (status, lines[:2]) == (1, ["record 24: it names record 23, which stays whole",
                                       "record 23: its body is missing"])


def test_another_certificate_is_not_trusted(state):
    status, lines = check(state, "--fingerprint", "0" * 64)
    assert status == 1
    assert lines == ["record 1: its certificate is not the trusted one"]


# What was done, and how the finding that locates it begins.
ALTERATIONS = [
    ("UPDATE record SET head = CAST(replace(head, 'front', 'sides') AS BLOB) WHERE number = 50",
     "checkpoint"),
    ("UPDATE record SET body = CAST(replace(body, 'opened', 'closed') AS BLOB) WHERE number = 51",
     "record 51: the body is not the one its head names"),
    ("UPDATE record SET body = NULL WHERE number = 1", "key:"),
    ("UPDATE record SET body = NULL WHERE number = 0",
     "record 0: its body is missing"),
    ("DELETE FROM record WHERE number = 100", "record 100: missing"),
    ("DELETE FROM record WHERE number = (SELECT max(number) FROM record)", "record 303: missing"),
    ("INSERT INTO record SELECT number + 1, head, body FROM record WHERE number = 303",
     "record 304: beyond the newest checkpoint"),
    ("INSERT INTO record SELECT -1, head, body FROM record WHERE number = 303",
     "record -1: beyond the newest checkpoint"),
    ("UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND position = 7", "node 0/7: not"),
    ("UPDATE node SET hash = zeroblob(32) WHERE level = 8 AND position = 0", "node 8/0: not"),
    ("DELETE FROM node WHERE level = 3 AND position = 2", "node 3/2: missing"),
    ("INSERT INTO node VALUES (9, 0, zeroblob(32))", "node 9/0: not"),
    ("UPDATE checkpoint SET note = CAST(replace(note, 'sealroom', 'sealr00m') AS BLOB)"
     " WHERE size = 23", "checkpoint 23: not signed by the key"),
    ("UPDATE checkpoint SET size = 24 WHERE size = 23", "checkpoint 24: its note says 23"),
    ("UPDATE checkpoint SET at_utc_ns = at_utc_ns + 1 WHERE size = 23",
     "checkpoint 23: at_utc_ns"),
    ("UPDATE checkpoint SET left_box = 1 WHERE size = 23", "checkpoint 23: left_box"),
    ("UPDATE newest SET note = (SELECT note FROM checkpoint WHERE size = 23)", "table newest"),
    ("DELETE FROM newest", "table newest"),
    ("UPDATE ledger SET origin = 'sealroom/other'", "checkpoint"),
    ("UPDATE ledger SET format = 2", "table ledger"),
    ("UPDATE source SET seq = seq + 1 WHERE name = 'door/back'", "source door/back"),
    ("DELETE FROM source WHERE name = 'appliance'", "source appliance"),
    ("INSERT INTO quarantine VALUES (1, 0, 'record', 12, x'00', NULL)", "quarantine: record 12"),
    ("UPDATE piece SET pieces = CAST(substr(pieces, 1, 60) AS BLOB)",
     "record 303: its piece list does not fit"),
]


@pytest.mark.parametrize("sql,finding", ALTERATIONS)
def test_every_alteration_is_found_at_its_place(state, sql, finding):
    tamper(state, sql)
    status, lines = check(state)
    assert status == 1
    assert any(line.startswith(finding) for line in lines), lines


def test_no_flipped_bit_of_the_video_passes(state):
    [path] = (state / "video").glob("*/*/*.mp4")
    content = path.read_bytes()
    ends = [700, 20700, 20701, 50712, 50789]
    chance = random.Random(1)
    for at in [0, 700, 20700, 50788] + [chance.randrange(len(content)) for _ in range(6)]:
        flip(path, 8 * at + chance.randrange(8))
        start = max([0] + [end for end in ends if end <= at])
        end = min(end for end in ends if end > at)
        status, lines = check(state)
        assert (status, len(lines)) == (1, 1)
        assert lines[0].endswith(f"is altered: bytes {start} to {end}")
        path.write_bytes(content)


def test_video_cut_lengthened_and_removed_is_found(state):
    [path] = (state / "video").glob("*/*/*.mp4")
    content = path.read_bytes()
    for altered in (content[:-1], content + b"\0"):
        path.write_bytes(altered)
        status, lines = check(state)
        assert status == 1
        assert lines[0].startswith("record 303: gate/")
    path.unlink()
    assert check(state)[1][0].endswith(".mp4 is missing")


def test_a_file_that_no_record_names_is_found(state):
    extra = state / "video" / "gate" / "20261122" / "20261122T090000Z-0011223344556677.mp4"
    extra.write_bytes(b"video")
    assert check(state) == (1, [f"{extra.name}: no record names it"])


def test_progress_notes_and_volume_are_checked(state):
    for name in ("progress.0", "progress.1", "video/volume"):
        path = state / name
        content = path.read_bytes()
        for at in (0, len(content) * 4, len(content) * 8 - 16):
            flip(path, at)
            status, lines = check(state)
            assert status == 1
            assert lines[0].startswith(name)
            path.write_bytes(content)
    assert check(state)[0] == 0
