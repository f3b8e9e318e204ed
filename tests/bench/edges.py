"""Edges of a GPIO line, from the kernel's time stamp to the end of the keeper's fdatasync, in the
machine of tests/integration/gpio_machine.py. QEMU emulates it instruction by instruction, so what
comes out is no board's figure. Its state lies in memory: that fdatasync is called and returns is in
it, what a disk takes for it is not."""
import json
import pathlib
import re
import subprocess
import tempfile

import gpio_machine
import measure
from appliance import BIN

EDGES = 300
TRACE = "/sys/kernel/tracing"
PROFILE = {
    "profile": "wall", "model": "a wall", "manual": "tests/bench/edges.py", "shape": "lines",
    "lines": [{"line": "lock", "door": 1, "bias": "pull_down", "on": "locked", "off": "unlocked"}],
}
# As ftrace prints it, on the clock that the records have.
SYNCED = re.compile(r"^\s*sealroom-keeper-.*?\s(\d+)\.(\d{6}): sys_fdatasync -> 0x0$", re.MULTILINE)


def drive(machine):
    machine.do(f"mount -t tracefs trace {TRACE}", f"echo mono_raw >{TRACE}/trace_clock",
               f"echo 1 >{TRACE}/events/syscalls/sys_exit_fdatasync/enable", "start")
    machine.await_entries(1, detail="found so when the watch began")
    machine.do(f"n=0; while [ $n -lt {EDGES // 2} ]; do pull 0 up; usleep 20000; pull 0 down; "
               "usleep 20000; n=$((n + 1)); done")
    machine.await_entries(EDGES + 1, controller="wall")
    machine.do(f"cat {TRACE}/trace >/state/trace")


def records(state):
    """(time of the edge, time of the record) of each entry, in ns."""
    done = subprocess.run([BIN / "sealroom", "records", "--kind", "entry", "--json", "--state",
                           state], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if "detail" not in row["body"]:
            yield int(row["body"]["received_monotonic_ns"]), int(row["head"]["monotonic"])


def measure_edges():
    """What is measured from edge to record, and to durable; a reason instead if it cannot be."""
    measure.note(f"{EDGES} edges in a machine")
    reason = gpio_machine.why_not()
    if reason:
        return reason
    with tempfile.TemporaryDirectory(prefix="bench-edges-", dir="/tmp") as folder:
        machine = gpio_machine.Machine(folder, ["lock"], PROFILE, programs=BIN)
        drive(machine)
        state = machine.run()
        synced = [int(seconds + micro) * 1000 for seconds, micro in
                  SYNCED.findall(pathlib.Path(state, "trace").read_text(encoding="utf-8"))]
        rows = list(records(state))
    if len(rows) != EDGES:
        raise SystemExit(f"{len(rows)} entries of {EDGES} edges")
    return {"recorded": measure.both([(made - edge) / 1e9 for edge, made in rows]),
            "durable": measure.both([(next(at for at in synced if at >= made) - edge) / 1e9
                                     for edge, made in rows])}


def figures(found):
    if isinstance(found, str):
        return {}
    return {"gpio_edge_to_durable_p50_ms": found["durable"][0.5],
            "gpio_edge_to_durable_p99_ms": found["durable"][0.99]}


def show(found):
    if isinstance(found, str):
        print(f"GPIO edges: skipped: {found}")
        return
    print(f"GPIO edges, emulated, state in memory; ms are p50 / p99: "
          f"to record {found['recorded'][0.5]:.1f} / {found['recorded'][0.99]:.1f}, "
          f"to durable {found['durable'][0.5]:.1f} / {found['durable'][0.99]:.1f}")
