"""A state that nobody runs is evidence: reading it changes nothing, and what cannot be read is
said to be so."""
import contextlib
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
