"""sealroom-door by itself: a supervisor's and a keeper's end of its sockets, for tests.

    ledger = Ledger()
    with Door(panel.where, ledger) as door:
        door.wait(lambda: ledger.entries)

The keeper's end does what the real one does, in memory: an entry is "durable" when it is in the
ledger, known again by (boot_epoch, device_seq) and by what it says, and answered by DONE after
that.
"""
import collections
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

from appliance import BIN, PROFILES, until
from messages import EVENTS, REASONS, STATUS_CODES, decode, encode


OWN = ("records_lost", "source_rebooted", "loss_unknown", "clock_unsynced")


def is_numbered(entry):
    """An entry that the controller itself numbered."""
    return entry["has_device_seq"] and entry["event"] not in OWN


def same(one, other):
    """Two readings of one record."""
    told = ("device_code", "device_utc_ns", "lost_from", "lost_to", "door", "reader", "method",
            "credential")
    if not one["device_utc_ns"]:
        told += ("event", "verdict", "deny_reason", "direction")
    return (one["raw"] and one["raw"] == other["raw"]) or \
        all(one[name] == other[name] for name in told)


class Ledger:
    """What is durable."""

    def __init__(self):
        self.lock = threading.Lock()
        self.entries = []
        self.states = []
        self.by_key = {}
        self.newest = {}  # number, by epoch
        self.epoch = None  # of what was numbered last
        self.told = set()  # numbers of the controller's that are recorded or reported lost
        self.repeated = 0

    def add_entry(self, entry):
        entry = {**entry, "event": EVENTS[entry["event"]],
                 "deny_reason": REASONS[entry["deny_reason"]]}
        key = (entry["boot_epoch"], entry["device_seq"])
        with self.lock:
            known = entry["has_device_seq"] and key in self.by_key
            if known and same(entry, self.entries[self.by_key[key]]):
                self.repeated += 1
                return self.by_key[key]
            if entry["is_again"]:
                return None
            assert not known, f"{entry} has the number of {self.entries[self.by_key[key]]}"
            if entry["has_device_seq"]:
                self.by_key[key] = len(self.entries)
                self.epoch, number = key
                self.newest[self.epoch] = max(number, self.newest.get(self.epoch, 0))
            if entry["event"] == "records_lost":
                self.told.update(range(entry["lost_from"], entry["lost_to"] + 1))
            elif is_numbered(entry):
                self.told.add(entry["device_seq"])
            self.entries.append(entry)
            return len(self.entries) - 1

    def add_state(self, state):
        state = {**state, "event": EVENTS[state["event"]]}
        with self.lock:
            if not self.states or self.states[-1]["event"] != state["event"]:
                self.states.append(state)

    def position(self):
        with self.lock:
            return None if self.epoch is None else (self.epoch, self.newest[self.epoch])

    def of(self, *events):
        with self.lock:
            return [entry for entry in self.entries if entry["event"] in events]

    def numbered(self):
        """Entries that the controller itself numbered."""
        with self.lock:
            return [entry for entry in self.entries if is_numbered(entry)]

    def lost(self):
        """Every number that is reported lost, as (boot_epoch, number)."""
        return {(entry["boot_epoch"], number) for entry in self.of("records_lost")
                for number in range(entry["lost_from"], entry["lost_to"] + 1)}


class KeeperEnd(threading.Thread):
    """One link. `death` is the chance to die at each entry, before or after it is durable."""

    def __init__(self, ledger, death=0.0):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.death = death
        self.answers = threading.Event()  # cleared: entries are durable, DONE is held back
        self.answers.set()
        self.seen = collections.Counter()
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sent = 0

    def say(self, name, **values):
        self.sent += 1
        self.ours.send(encode(name, self.sent, **values))

    def run(self):
        try:
            while True:
                packet = self.ours.recv(65536)
                if not packet or not self.take(*decode(packet)):
                    break
        except OSError:
            pass
        self.ours.close()

    def take(self, name, sequence, values):
        self.seen[name] += 1
        if name == "hello":
            position = self.ledger.position()
            epoch, number = position or (0, 0)
            self.say("welcome", protocol=1, origin="test", has_position=int(bool(position)),
                     boot_epoch=epoch, device_seq=number)
            return True
        if random.random() < self.death / 2:
            return False
        record = 0
        if name == "entry":
            record = self.ledger.add_entry(values)
        elif name == "source_state":
            self.ledger.add_state(values)
        else:
            raise AssertionError(f"a door does not send {name}")
        if random.random() < self.death / 2:
            return False
        self.answers.wait()
        status = STATUS_CODES["mismatch"] if record is None else 0
        self.say("done", reference=sequence, status=status, record=record or 0)
        return True

    def die(self):
        self.ours.shutdown(socket.SHUT_RDWR)
        self.answers.set()


class Door:
    """A running sealroom-door, its supervisor and its keepers. `beside` has the ledgers of further
    controllers on its bus by their units; timeouts_ms, if they differ, is one for each."""

    def __init__(self, where, ledger, *, profile="simulated-controller", poll_ms=50,
                 timeout_ms=500, doors="archive vault stack office", death=0.0, unit=1, rs485=0,
                 set_clock=0, environment=None, beside=None, timeouts_ms=None):
        self.ledger = ledger
        self.death = death
        self.environment = {**os.environ, **(environment or {})}
        path = pathlib.Path(profile)
        profile = path if path.exists() else PROFILES / f"{profile}.yaml"
        setup = {"profile": str(profile), "poll_ms": poll_ms, "timeout_ms": timeout_ms,
                 "doors": doors, "baud": 19200, "parity": ord("N"), "stop_bits": 1,
                 "rs485": rs485, "set_clock": set_clock}
        if "port" in where:
            setup.update(transport=1, address="127.0.0.1", port=where["port"])
        else:
            setup.update(transport=3, address=where["device"])
        self.setups = [{**setup, "controller": "panel", "unit": unit}]
        self.setups += [{**setup, "controller": f"panel-{unit}", "unit": unit}
                        for unit in beside or {}]
        for setup, own_ms in zip(self.setups, timeouts_ms or []):
            setup["timeout_ms"] = own_ms
        self.ledgers = [ledger, *(beside or {}).values()]
        self.keepers = [None] * len(self.setups)
        self.process = self.control = None
        self.folder = tempfile.TemporaryDirectory(prefix="door-end-")
        self.log = pathlib.Path(self.folder.name) / "log"
        self.links = 0
        self.kills = []  # their times

    def start(self):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def be_descriptor_3():
            os.dup2(theirs.fileno(), 3)

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "sealroom-door", "panel"], preexec_fn=be_descriptor_3, pass_fds=[3],
                stdout=log, stderr=log, env=self.environment)
        theirs.close()
        for self.sent, setup in enumerate(self.setups, 1):
            more = len(self.setups) - self.sent
            self.control.send(encode("door_setup", self.sent, more=more, **setup))
        for index in range(len(self.setups)):
            self.attach(index)
        return self

    @property
    def keeper(self):
        return self.keepers[0]

    def attach(self, index):
        """A newly started keeper, to one of the controllers."""
        keeper = self.keepers[index] = KeeperEnd(self.ledgers[index], self.death)
        self.links += 1
        self.sent += 1
        packet = encode("keeper_link", self.sent, generation=self.links,
                        source=self.setups[index]["controller"])
        try:
            socket.send_fds(self.control, [packet], [keeper.theirs.fileno()])
        except OSError:
            pass  # it has ended, which whoever waits will see
        keeper.theirs.close()
        keeper.start()

    def kill(self):
        """SIGKILL, as a crash."""
        self.kills.append(time.time())
        self.process.kill()
        self.process.wait(10)
        self.control.close()
        for keeper in self.keepers:
            keeper.join(10)

    def is_running(self):
        return self.process.poll() is None

    def has_greeted(self):
        return all(keeper.seen["hello"] or not keeper.is_alive() for keeper in self.keepers)

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, condition, timeout=60, what="the condition"):
        """Waits, and gives the door a new keeper whenever its own has died."""

        def look():
            for index, keeper in enumerate(self.keepers):
                if not keeper.is_alive():
                    self.attach(index)
            return condition()

        return until(look, timeout, what, 0.02, alive=self.is_running)

    def wait_under_kills(self, condition, timeout, what):
        """Waits, and kills the door and starts it again, once a second on average."""
        chance = random.Random(7)
        kill_at = time.monotonic() + chance.expovariate(1)

        def look():
            nonlocal kill_at
            if time.monotonic() > kill_at:
                self.kill()
                self.start()
                kill_at = time.monotonic() + chance.expovariate(1)
            return condition()

        return self.wait(look, timeout, what)

    def __enter__(self):
        return self.start()

    def __exit__(self, failed, *_):
        was_running = self.is_running()
        if was_running:
            # One that was just started must be ready for an ordered end.
            if not failed:
                until(self.has_greeted, 60, "its greeting", 0.01, alive=self.is_running)
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
            # A sanitizer that found something at the end says so in the status.
            assert failed or not was_running or status == 0, self.text()
        finally:
            self.process.kill()
            self.control.close()
            self.folder.cleanup()
