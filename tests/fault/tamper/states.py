"""Recorded states to tamper with, made by the real keeper with its peers played."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

from appliance import BIN, until
from keeper_end import Keeper, fragment, init_part
from messages import EVENT_CODES

CAMERAS = ["gate", "yard"]
DOORS = {"archive": "panel"}
DAY_NS = 86_400_000_000_000


class State:
    """A state directory and what an inspector holds outside of it."""

    def __init__(self, folder, suite):
        self.folder = pathlib.Path(folder)
        self.path = self.folder / "state"
        self.suite = suite
        self.certificate = self.folder / "device.crt"
        self.checkpoint = self.folder / "checkpoint"
        self.older = self.folder / "older"

    def copy(self, folder):
        """A copy to tamper with."""
        folder = pathlib.Path(folder)
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(self.path, folder, ignore=shutil.ignore_patterns("run", "*.log"))
        return folder


def entry(number):
    return {"event": EVENT_CODES["access_granted"], "door": "archive", "has_device_seq": 1,
            "device_seq": number, "boot_epoch": 1, "device_time_quality": 1,
            "device_utc_ns": time.time_ns(), "received_utc_ns": time.time_ns(), "verdict": 1,
            "credential": str(4000 + number % 7)}


class Morning:
    """Entries and video through one run of the keeper."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.door = keeper.door("panel")
        self.cameras = [keeper.camera(name) for name in CAMERAS]
        self.number = len(keeper.records("entry"))

    def enter(self, count):
        for _ in range(count):
            done = self.door.ask("entry", **entry(self.number))
            assert done["status"] == 0, done
            self.number += 1

    def record(self, segments, start_ns):
        sealed = len(self.keeper.records("segment"))
        for number in range(segments):
            for camera in self.cameras:
                camera.record(camera.grant(), continues=int(number < segments - 1),
                              start_ns=start_ns + number * 3_000_000_000)
            self.enter(3)
        wanted = sealed + segments * len(self.cameras)
        self.keeper.wait(lambda: len(self.keeper.records("segment")) >= wanted, "the segments")

    def end(self):
        for link in (self.door, *self.cameras):
            link.close()

    def leave_open(self):
        """One segment of the first camera that is still being written, in both progress notes."""
        camera = self.cameras[0]
        camera.begin(camera.grant())
        camera.piece(init_part())
        camera.piece(fragment(0))
        camera.piece(fragment(1))
        wait_for_notes(self.keeper.state, camera.id)


def wait_for_notes(state, segment):
    """Until both slots vouch for the segment."""
    until(lambda: all(segment in slot.read_text(encoding="utf-8", errors="replace")
                      and f"{segment} 0 " not in slot.read_text(encoding="utf-8", errors="replace")
                      for slot in slots(state) if slot.exists()) and
          all(slot.exists() for slot in slots(state)), what="the progress notes")


def slots(state):
    return [state / "progress.0", state / "progress.1"]


def make(folder, suite, interrupted=False):
    """A recorded state. `interrupted`: killed with a segment open, else stopped in order."""
    state = State(folder, suite)
    with Keeper(state.path, suite) as keeper:
        keeper.start(cameras=CAMERAS, doors=DOORS)
        morning = Morning(keeper)
        morning.record(2, time.time_ns() - 20_000_000_000)
        keep_older(keeper, state)
        morning.record(3, time.time_ns() - 14_000_000_000)
        command = keeper.command()
        command.ask("hold_set", from_utc_ns=time.time_ns() - DAY_NS, to_utc_ns=time.time_ns(),
                    reason="inspection")
        reference = command.say("checkpoint_take", place="safe")
        state.checkpoint.write_text(command.expect("checkpoint_note")["note"], encoding="utf-8")
        assert reference
        morning.enter(3)
        morning.leave_open()
        if interrupted:
            keeper.kill()
        else:
            morning.cameras[0].end()
            keeper.wait(lambda: len(keeper.records("segment")) == 11, "the last segment")
            morning.end()
            keeper.stop()
    shutil.copy(state.path / "key" / "device.crt", state.certificate)
    return state


def keep_older(keeper, state):
    """What the ledger was in the middle of it: one moment, as a thief would copy it."""
    state.older.mkdir()
    with contextlib.closing(sqlite3.connect(f"file:{keeper.state}/ledger.db?mode=ro",
                                            uri=True)) as source:
        source.execute("VACUUM INTO ?", (str(state.older / "ledger.db"),))


class Verdict:
    """What `sealroom verify` said."""

    def __init__(self, state, *arguments, **become):
        place = ["--state", state] if state else []
        result = subprocess.run([BIN / "sealroom", "verify", *place, "--json", *arguments],
                                capture_output=True, text=True, timeout=120, check=False,
                                env={**os.environ, "LC_ALL": "C.UTF-8"}, **become)
        self.code, self.error = result.returncode, result.stderr
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.findings = [line for line in lines if line["type"] == "finding"]
        self.summary = lines[-1] if lines else None

    def of(self, wanted):
        """The findings of a class."""
        return [finding for finding in self.findings if finding["class"] == wanted]

    @property
    def altered(self):
        return self.of("altered")

    def faults(self):
        return sorted({finding["fault"] for finding in self.findings})

    def __repr__(self):
        rows = [{key: value for key, value in finding.items() if value and key not in
                 ("type", "text")} for finding in self.findings]
        return f"exit {self.code}: {rows} {self.error}"


def records(state):
    """{number: (head, body)} of a state that is stopped."""
    with contextlib.closing(sqlite3.connect(f"file:{state}/ledger.db?immutable=1",
                                            uri=True)) as base:
        return {number: (json.loads(head), json.loads(body)) for number, head, body in
                base.execute("SELECT number, head, body FROM record")}


def restart(state, suite, condition=lambda: True):
    """Starts the recorder on it, records, waits for the condition, stops; the entry's record."""
    with Keeper(state, suite) as keeper:
        keeper.is_checked = False
        keeper.start(cameras=CAMERAS, doors=DOORS)
        door = keeper.door("panel")
        done = door.ask("entry", **entry(time.time_ns()))  # a number that no entry had
        assert done["status"] == 0, done
        keeper.wait(condition)
        door.close()
        keeper.stop()
    return done["record"]
