"""Power cuts that lose whatever was not made durable: the page cache's worst, and anything between.

A library laid under the keeper (power/durable.c) keeps every file as it was at its last fsync, and
every folder's names as they were at its. At a random moment all processes are stopped, and the
state that a power cut could leave is made: each 4 KiB that was written since is there or not, each
name that was made or taken away since is there or not. From that the appliance starts again. The
controller has a memory of its own: what it took for acknowledged it does not tell twice.

After all the cuts every event is in the ledger exactly once, what a progress note covered is
whole, and sealroom verify never says altered. SEALROOM_CUTS says how many, SEALROOM_SEED repeats
a run; with SEALROOM_LONG=1 there are 40.
"""
import os
import pathlib
import random
import select
import shutil
import signal
import subprocess
import time

import pytest

from appliance import Appliance, Camera, Controller

LONG = os.environ.get("SEALROOM_LONG") == "1"
CUTS = int(os.environ.get("SEALROOM_CUTS", "40" if LONG else "4"))
SEED = int(os.environ.get("SEALROOM_SEED", random.SystemRandom().randrange(1 << 32)))
BLOCK = 4096
# Made anew at each start, or not a file of the state.
PASSING = ("run",)


@pytest.fixture(name="library", scope="module")
def library_fixture(tmp_path_factory):
    made = tmp_path_factory.mktemp("power") / "durable.so"
    source = pathlib.Path(__file__).parent / "power" / "durable.c"
    subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O1", "-shared",
                    "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def is_passing(name):
    return name in PASSING or name.endswith("-shm")


def sow(state, durable):
    """What stands there at a start has been there: all of it is durable."""
    for folder, _, files in os.walk(state):
        folder = pathlib.Path(folder)
        with open(durable / f"{folder.stat().st_ino}.names", "w", encoding="utf-8") as names:
            for entry in os.scandir(folder):
                names.write(f"{entry.inode()} {entry.name}\n")
        for name in files:
            if not is_passing(name):
                shutil.copyfile(folder / name, durable / str((folder / name).stat().st_ino))


class Cut:
    """Makes the state that a power cut leaves."""

    def __init__(self, durable, dice):
        self.durable = durable
        self.dice = dice

    def names(self, inode):
        try:
            lines = (self.durable / f"{inode}.names").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        return {name: int(number) for number, name in (line.split(" ", 1) for line in lines)}

    def folder(self, inode, now, out):
        """`now`: the folder as it stands, None if it is gone."""
        out.mkdir(mode=0o755)
        before = self.names(inode)
        after = {entry.name: entry.inode() for entry in os.scandir(now)} if now else {}
        for name in sorted(before.keys() | after.keys()):
            if is_passing(name) or (before.get(name) != after.get(name) and
                                    not self.lands(name, before, after)):
                continue
            there = now / name if name in after else None
            number = after.get(name, before.get(name))
            if (there and there.is_dir()) or (self.durable / f"{number}.names").exists():
                self.folder(number, there, out / name)
            else:
                self.file(number, there, out / name)

    def lands(self, name, before, after):
        """A name that changed since the folder was synced: the change reached the disk, or not."""
        reached = self.dice.random() < 0.5
        if name in before and name in after and not reached:
            after[name] = before[name]  # the file that was replaced
        return reached == (name in after) or (name in before and name in after)

    def file(self, inode, now, out):
        kept = self.durable / str(inode)
        old = kept.read_bytes() if kept.exists() else b""
        new = old
        if now is not None and now.stat().st_ino == inode:
            new = now.read_bytes()
        size = self.dice.choice([len(old), len(new)])
        content = bytearray(size)
        for at in range(0, size, BLOCK):
            source = new if self.dice.random() < 0.5 else old
            block = source[at:min(at + BLOCK, size)]
            content[at:at + len(block)] = block
        out.write_bytes(content)
        out.chmod((now or kept).stat().st_mode & 0o777)


class Room:
    """One appliance after another, each on what the cut before left."""

    def __init__(self, camera, panel, library, folder):
        self.camera = camera
        self.panel = panel
        self.library = library
        self.folder = folder
        self.dice = random.Random(SEED)
        self.lives = 0
        self.appliance = None

    def live(self, state=None):
        """The next life, on `state` (moved) or on nothing."""
        self.lives += 1
        folder = self.folder / str(self.lives)
        durable = folder / "durable"
        durable.mkdir(parents=True)
        if state is not None:
            state.rename(folder / "state")
            sow(folder / "state", durable)
        self.appliance = Appliance(
            cameras=[self.camera.entry("gate")], controllers=[self.panel.entry("panel")],
            folder=folder,
            # The sanitizers want to be the first library.
            wrap={"sealroom-keeper":
                  'ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0" '
                  f'DURABLE={durable} LD_PRELOAD={self.library} exec {{program}} "$@"'})
        self.appliance.start()

    def load(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.panel.ask(f"burst {self.dice.randint(1, 4)}")
            select.select([], [], [], 0.1)

    def cut(self):
        """Everything stands still, the state is made, nothing goes on. Where it lies now."""
        for process in [self.appliance.process.pid, *self.appliance.descendants()]:
            os.kill(process, signal.SIGSTOP)
        state = self.appliance.state
        left = self.folder / "left"
        Cut(self.appliance.folder / "durable", self.dice).folder(state.stat().st_ino, state, left)
        self.appliance.kill()
        return left

    def is_up(self):
        return (self.appliance.is_recording("gate")
                and self.appliance.source("panel")["online"])

    def produced(self):
        return [row["seq"] for row in self.panel.truth() if row["kind"] == "entry"]

    def recorded(self):
        return [int(row["body"]["device_seq"])
                for row in self.appliance.json("records", "--kind", "entry")
                if "device_seq" in row["body"]]


@pytest.fixture(name="room")
def room_fixture(library, tmp_path):
    with Camera(codec="h264", gop=25, size="320x180", bitrate=400) as camera, \
            Controller("--capacity", 5000, "--stdin") as panel:
        room = Room(camera, panel, library, tmp_path)
        room.live()
        yield room
        room.appliance.kill()


def test_power_cuts_lose_nothing_that_was_acknowledged(room):
    print(f"SEALROOM_SEED={SEED} SEALROOM_CUTS={CUTS}")
    for _ in range(CUTS):
        room.appliance.wait(room.is_up, 60, "everything up")
        room.load(room.dice.uniform(1.0, 14.0))
        room.live(room.cut())
    room.appliance.wait(room.is_up, 60, "everything up")
    room.appliance.wait(lambda: len(room.recorded()) >= len(room.produced()), 60,
                        "the last entries")
    room.appliance.stop()
    assert room.recorded() == room.produced()
    bodies = [row["body"] for row in room.appliance.json("records", "--kind", "segment")]
    assert not [body for body in bodies if "noted_size" in body]
    status, text = room.appliance.verify()
    assert status in (0, 3), text
