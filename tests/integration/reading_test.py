"""A state that nobody runs is evidence: reading it changes nothing, and what cannot be read is
said to be so."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess

import pytest

from appliance import BIN
from keeper_end import Keeper
from messages import EVENT_CODES

COMMANDS = (["verify"], ["records"], ["records", "0", "--json"], ["entries"], ["coverage"],
            ["coverage", "--json"], ["checkpoint"], ["hold", "list"], ["status"])


def sealroom(state, *words, wrap=()):
    return subprocess.run([*wrap, BIN / "sealroom", *words, "--state", state], text=True,
                          capture_output=True, check=False,
                          # what looks for leaks is itself a tracer, and there can be only one
                          env={**os.environ, "LC_ALL": "C", "ASAN_OPTIONS": "detect_leaks=0"})


@pytest.fixture(name="killed", scope="module")
def killed_fixture(tmp_path_factory):
    """What a killed keeper leaves: a part in ledger.db, a part in its log, and the log's index."""
    keeper = Keeper(tmp_path_factory.mktemp("killed") / "state", "nist")
    for folder in ("run", "video"):
        (keeper.state / folder).mkdir()
    keeper.start(cameras=["gate"], doors={"archive": "panel"})
    gate, panel = keeper.camera("gate"), keeper.door("panel")
    for number in range(1, 400):
        panel.ask("entry", event=EVENT_CODES["access_granted"], door="archive",
                  has_device_seq=1, device_seq=number)
    gate.record(gate.grant())
    keeper.wait(lambda: keeper.records("segment"), "the segment")
    keeper.kill()
    assert (keeper.state / "ledger.db-wal").stat().st_size > 0
    assert (keeper.state / "ledger.db-shm").stat().st_size > 0
    return keeper.state


@pytest.fixture(name="state")
def state_fixture(killed, tmp_path):
    return shutil.copytree(killed, tmp_path / "state", ignore=shutil.ignore_patterns("*.sock"))


def picture_of(state):
    """Every byte, and when it was changed."""
    return {path.relative_to(state): (path.stat().st_mtime_ns, path.stat().st_mode,
                                      path.read_bytes() if path.is_file() else None)
            for path in [state, *state.rglob("*")]}


@pytest.mark.parametrize("lost", [(), ("ledger.db-shm", "catalog.db-shm"),
                                  ("ledger.db-wal", "catalog.db-wal")],
                         ids=["as_killed", "without_index", "without_log"])
def test_no_command_changes_a_byte_of_a_killed_state(state, lost):
    for name in lost:
        (state / name).unlink()
    before = picture_of(state)
    for words in COMMANDS:
        done = sealroom(state, *words)
        assert "usage" not in done.stderr.lower(), done.stderr
        assert picture_of(state) == before, f"{words} changed the state"


def test_index_of_a_killed_keeper_is_not_believed(state):
    """It may have been altered, or be older than the log: everything in the log is read."""
    with contextlib.closing(sqlite3.connect(f"file:{state}/ledger.db?mode=ro", uri=True)) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM record").fetchone()
    index = state / "ledger.db-shm"
    index.write_bytes(bytes(index.stat().st_size))
    done = sealroom(state, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f" {count} records" in done.stdout


# ---- a disk that does not give everything ----

@pytest.fixture(name="folded", scope="module")
def folded_fixture(killed, tmp_path_factory):
    """The same with its log folded in, and how often `verify` reads of ledger.db."""
    state = shutil.copytree(killed, tmp_path_factory.mktemp("folded") / "state",
                            ignore=shutil.ignore_patterns("*.sock"))
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    trace = state.parent / "trace"
    assert sealroom(state, "verify", wrap=strace(state, "-o", trace)).returncode == 0
    return state, trace.read_text(encoding="utf-8").count("pread64(")


def strace(state, *words):
    return ["strace", "-f", "-e", "trace=pread64", "-P", state / "ledger.db", *words]


def verify_failing(state, when):
    """(exit status, names of what was found) where these reads of ledger.db fail."""
    done = sealroom(state, "verify", "--json", wrap=strace(
        state, "-o", "/dev/null", "-e", f"inject=pread64:error=EIO:when={when}"))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [finding for finding in found if finding["type"] == "finding"]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
@pytest.mark.parametrize("lasting", ["", "+"], ids=["once", "for_good"])
def test_ledger_that_cannot_be_read_in_part_is_incomplete_not_altered(folded, share, lasting):
    state, reads = folded
    status, found = verify_failing(state, f"{int(reads * share)}{lasting}")
    assert status in (3, 4), found
    unread = [finding for finding in found if finding["fault"] == "ledger_unreadable"]
    assert any(finding["file"] == "ledger.db" and finding["to_byte"] > finding["from_byte"]
               for finding in unread if "from_byte" in finding)
    assert not [finding for finding in found if finding["class"] == "altered"]


def test_ledger_whose_first_page_cannot_be_read_is_not_judged(folded):
    state, _ = folded
    assert verify_failing(state, "1+")[0] == 2


def test_alteration_is_told_beside_what_cannot_be_read(folded, tmp_path):
    state = shutil.copytree(folded[0], tmp_path / "state")
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE record SET body = CAST(replace(CAST(body AS TEXT), 'panel',"
                       " 'penal') AS BLOB) WHERE number = 9")
    status, found = verify_failing(state, int(folded[1] * 0.99))
    assert status == 1
    assert {"body_altered", "ledger_unreadable"} <= {finding["fault"] for finding in found}
