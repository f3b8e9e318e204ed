"""Door controllers: many over TCP, and several on a bus of which one is dead."""
import contextlib
import os
import pathlib
import shutil
import signal
import tempfile
import time

import measure
from appliance import PROFILES, Appliance, Controller, Failure, Peer, until

BENCH = pathlib.Path(__file__).resolve().parent
COUNT = 64
POLL_MS = 100
# Events a second at all of them together: an office's busiest hour, and one a second at each.
USUAL, BUSY = 6.4, 64.0
SETTLE_S = 3
SYNC_EVERY_S = 0.05
MB = 1 << 20


# ---- many over TCP ----

class Controllers(Peer):
    """many_controllers.py"""

    def __init__(self):
        super().__init__(BENCH / "many_controllers.py", COUNT)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.json_line()


class Recorder:
    """sealroomd, the keeper and a process a controller, all on one core."""
    name = "sealroom"

    def __init__(self, ports, core):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sr-", dir="/tmp"))
        # As the simulated controller's own, and releases a record when it is durable.
        profile = self.folder / "releasing.yaml"
        text = (PROFILES / "simulated-controller.yaml").read_text(encoding="utf-8")
        profile.write_text(text.replace("profile: simulated-controller", "profile: releasing") +
                           "acknowledge:\n  - {table: holding, address: 200, value: 4}\n",
                           encoding="utf-8")
        controllers = [{"id": f"panel-{number}", "profile": str(profile), "transport": "tcp",
                        "address": "127.0.0.1", "port": port, "poll_ms": POLL_MS,
                        "doors": [f"door-{number}"]} for number, port in enumerate(ports)]
        self.appliance = Appliance(controllers=controllers, folder=self.folder,
                                   enclose=lambda: os.sched_setaffinity(0, core))
        self.produced = 0

    def start(self):
        self.appliance.start()
        self.appliance.wait(lambda: self._online() == COUNT, 60, "all controllers online", 1)

    def _online(self):
        return sum(1 for name, row in self.appliance.status().items()
                   if name.startswith("source/") and row["online"])

    def processes(self):
        found = self.appliance.processes()
        return {"doors": [process for name, process in found.items() if name.startswith("door/")],
                "rest": [found["keeper"], self.appliance.process.pid]}

    def stop(self):
        """In order, and everything that happened must be in the ledger."""
        self.appliance.stop()
        entries = len(self.appliance.json("entries"))
        status, text = self.appliance.verify()
        if entries != self.produced or status != 0:
            raise SystemExit(f"{entries} entries of {self.produced} events; verify says {status}: "
                             f"{text}")

    def forget(self):
        self.appliance.kill()
        shutil.rmtree(self.folder)


class Poller:
    """plain_poller.py, on the same core."""
    name = "pymodbus"

    def __init__(self, ports, core):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-poller-", dir="/tmp"))
        self.ports, self.core = ports, core
        self.peer = None
        self.produced = 0

    def start(self):
        self.peer = Peer(BENCH / "plain_poller.py", self.folder / "entries.jsonl", *self.ports)
        os.sched_setaffinity(self.peer.process.pid, self.core)

    def processes(self):
        return {"doors": [self.peer.process.pid], "rest": []}

    def stop(self):
        self.peer.end()
        entries = (self.folder / "entries.jsonl").read_bytes().count(b"\n")
        if entries != self.produced:
            raise SystemExit(f"pymodbus: {entries} entries of {self.produced} events")

    def forget(self):
        if self.peer:
            self.peer.end(signal.SIGKILL)
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def core_apart():
    """A core that nothing else of ours runs on meanwhile, as a set; where there is one, that."""
    before = os.sched_getaffinity(0)
    first, *others = sorted(before)
    os.sched_setaffinity(0, others or {first})
    try:
        yield {first}
    finally:
        os.sched_setaffinity(0, before)


def bare_syncs(folder, seconds):
    """How long a bare write and fdatasync of 4 KiB takes, again and again for so long."""
    took = []
    end = time.monotonic() + seconds
    file = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while time.monotonic() < end:
        measure.rest(SYNC_EVERY_S)
        with measure.Stopwatch() as watch:
            os.write(file, bytes(4096))
            os.fdatasync(file)
        took.append(watch.seconds)
    os.close(file)
    return took


def cpu_of(groups):
    return {name: sum(map(measure.cpu_seconds, group)) for name, group in groups.items()}


def finished(controllers):
    """What they noted, once every event is acknowledged."""
    noted = controllers.ask("report")
    return noted if noted["open"] == 0 else None


def measure_rate(recorder, controllers, rate, seconds):
    measure.note(f"{COUNT} controllers, {recorder.name}: {rate} events a second")
    measure.rest(SETTLE_S)
    groups = recorder.processes()
    controllers.ask(f"begin {rate}")
    before = cpu_of(groups)
    with measure.Stopwatch() as watch:
        syncs = bare_syncs(recorder.folder, seconds)
    after = cpu_of(groups)
    controllers.ask("end")
    try:
        noted = until(lambda: finished(controllers), 20, "the last acknowledgement", 0.5)
    except Failure:
        raise SystemExit(f"{recorder.name} does not keep up with {rate} events a second") from None
    recorder.produced += noted["produced"]
    row = {name: (after[name] - before[name]) / watch.seconds for name in groups}
    row["controllers"] = noted["cpu"] / watch.seconds
    row["pss"] = sum(map(measure.pss_bytes, groups["doors"])) / MB
    for name in ("intervals", "waits", "turns", "durable", "ages", "late"):
        row[name] = measure.both(noted[name])
    row["fdatasync"] = measure.both(syncs)
    return row


def measure_many(seconds):
    """{recorder: {rate: row}}"""
    rows = {}
    with core_apart() as core, Controllers() as controllers:
        for kind in (Recorder, Poller):
            recorder = kind(controllers.where["ports"], core)
            try:
                recorder.start()
                rows[recorder.name] = {rate: measure_rate(recorder, controllers, rate, seconds)
                                       for rate in (USUAL, BUSY)}
                recorder.stop()
            finally:
                recorder.forget()
    return rows


def many_figures(rows):
    row, plain = rows["sealroom"][BUSY], rows["pymodbus"][BUSY]
    durable, sync = row["durable"], row["fdatasync"]
    return {
        "doors64_cpu_share": row["doors"],
        "doors64_keeper_cpu_share": row["rest"],
        "doors64_cpu_ratio_to_pymodbus": (row["doors"] + row["rest"]) / plain["doors"],
        "doors64_poll_interval_p99_ratio": row["intervals"][0.99] / POLL_MS,
        "doors64_read_to_durable_p50_ratio_to_fdatasync": durable[0.5] / sync[0.5],
        "doors64_read_to_durable_p99_ratio_to_fdatasync": durable[0.99] / sync[0.99],
        "doors64_read_to_durable_p99_ratio_to_pymodbus": durable[0.99] / plain["durable"][0.99],
        "doors64_pss_mb": row["pss"],
    }


def show_many(rows):
    print(f"\n{COUNT} controllers on TCP, polled every {POLL_MS} ms; ms are p50 / p99")
    print(f"{'':<9} {'events/s':>8} {'% of a core':>11} {'and keeper':>10} {'PSS MB':>7} "
          f"{'interval':>15} {'until seen':>15} {'a turn':>13} {'durable':>13} {'fdatasync':>13} "
          f"{'age':>15}")
    for name, by_rate in rows.items():
        for rate, row in by_rate.items():
            pairs = [f"{row[key][0.5]:.{digits}f} / {row[key][0.99]:.{digits}f}"
                     for key, digits in (("intervals", 1), ("waits", 1), ("turns", 2),
                                         ("durable", 2), ("fdatasync", 2), ("ages", 1))]
            print(f"{name:<9} {rate:>8} {100 * row['doors']:>11.1f} {100 * row['rest']:>10.1f} "
                  f"{row['pss']:>7.1f} {pairs[0]:>15} {pairs[1]:>15} {pairs[2]:>13} "
                  f"{pairs[3]:>13} {pairs[4]:>13} {pairs[5]:>15}")
    busiest = max(row["controllers"] for by_rate in rows.values() for row in by_rate.values())
    late = max(row["late"][0.99] for by_rate in rows.values() for row in by_rate.values())
    print(f"the controllers themselves: at most {100 * busiest:.0f} % of a core, late by p99 "
          f"{late:.1f} ms at most")


# ---- a bus ----

def asked_of(panel, units, seconds):
    """Requests a second for these units together."""
    before = panel.ask("asked")["asked"]
    with measure.Stopwatch() as watch:
        measure.rest(seconds)
    after = panel.ask("asked")["asked"]
    return sum(after[unit] - before[unit] for unit in units) / watch.seconds


def measure_bus(seconds):
    """Poll interval of three controllers on an RTU line, in ms, with the fourth alive and dead."""
    measure.note("a bus")
    units, watched = ["1", "2", "3", "4"], ["1", "2", "3"]
    with Controller("--rtu", "--stdin", "--units", ",".join(units)) as panel:
        entries = [panel.entry(f"unit-{unit}", doors=[f"door-{unit}"], unit=int(unit),
                               parity="none") for unit in units]
        with Appliance(controllers=entries) as appliance:
            appliance.wait(lambda: all(appliance.source(entry["id"])["online"]
                                       for entry in entries))
            alive = asked_of(panel, watched, seconds)
            panel.ask("unit 4 down")
            appliance.wait(lambda: not appliance.source("unit-4")["online"])
            dead = asked_of(panel, watched, seconds)
            appliance.stop()
    return {"alive": 1000 * len(watched) / alive, "dead": 1000 * len(watched) / dead,
            "ratio": alive / dead}


def show_bus(bus):
    print(f"four on an RTU line: polled every {bus['alive']:.0f} ms, every {bus['dead']:.0f} ms "
          "with one of them dead")
