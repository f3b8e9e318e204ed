"""The main job against real peers; called by firmware/try, which has installed and built.

Cameras and controller are the programs of tests/peers. What they say they sent is left in
STATE/try/ (gate.json, aisle.json, panel.jsonl), so that the recording can be held against it.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "tests" / "peers"
SEGMENT_SECONDS = 10

CONFIGURATION = """\
site:
  name: Archive room (try)
state: {state}
suite: {suite}
board: generic-x86_64
retention:
  video_days: 30
  record_days: 180
  reserve_mb: 64
segment_seconds: {segment_seconds}
cameras:
  - id: gate
    name: Gate
    url: {gate}
  - id: aisle
    name: Aisle
    url: {aisle}
controllers:
  - id: panel
    profile: simulated-controller
    transport: tcp
    address: 127.0.0.1
    port: {panel}
    poll_ms: 200
    doors: [archive]
doors:
  - id: archive
    name: Archive room
    cameras: [gate, aisle]
"""


class Failure(Exception):
    """Something the reader can act on."""


def arguments():
    parser = argparse.ArgumentParser(prog="firmware/try")
    parser.add_argument("--for", dest="seconds", type=int, default=60, metavar="SECONDS")
    parser.add_argument("--state", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--suite", choices=["sm", "nist"], default="sm")
    parser.add_argument("--programs", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "release" / "bin")
    options = parser.parse_args()
    if options.seconds < 5:
        parser.error("--for: at least 5 seconds")
    if options.state is None:
        options.state = pathlib.Path(tempfile.mkdtemp(prefix="sealroom-try-"))
    options.state = options.state.resolve()
    if (options.state / "ledger.db").exists():
        parser.error(f"--state: {options.state} holds a ledger already; name another folder")
    return options


class Peer:
    """A program of tests/peers: says on its first line where it listens."""

    def __init__(self, log, *command):
        self.log = log
        with open(log, "w", encoding="utf-8") as err:
            self.process = subprocess.Popen(["/usr/bin/python3", *map(str, command)],
                                            stdout=subprocess.PIPE, stderr=err, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{command[0]} did not start; see {log}")
        self.where = json.loads(line)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def start_peers(options, truth, peers):
    """Adds to `peers` as they start, so that the caller can end those that did."""
    def camera(name, codec, pattern):
        return Peer(truth / f"{name}.log", PEERS / "rtsp_camera.py", "--codec", codec, "--name",
                    name, "--pattern", pattern, "--gop", "50", "--counts", truth / f"{name}.json")

    peers["gate"] = camera("gate", "h264", "ball")
    peers["aisle"] = camera("aisle", "h265", "smpte")
    peers["panel"] = Peer(truth / "panel.log", PEERS / "door_controller.py", "--for",
                          max(options.seconds - 5, 4), "--truth", truth / "panel.jsonl")


def configure(options, peers):
    path = options.state / "try" / "sealroom.yaml"
    path.write_text(CONFIGURATION.format(
        state=options.state, suite=options.suite, segment_seconds=SEGMENT_SECONDS,
        gate=peers["gate"].where["url"], aisle=peers["aisle"].where["url"],
        panel=peers["panel"].where["port"]),
        encoding="utf-8")
    return path


def sealroom(options, *words, check=True):
    done = subprocess.run([options.programs / "sealroom", *map(str, words)], capture_output=True, text=True,
                          check=False)
    if check and done.returncode != 0:
        raise Failure(f"sealroom {words[0]} failed: {done.stderr.strip()}")
    return done


def status_line(options, left):
    """One line of what is happening, from the appliance's own status."""
    rows = [json.loads(line) for line in
            sealroom(options, "status", "--state", options.state, "--json").stdout.splitlines()]
    cameras = [f"{row['camera']} {row.get('video_codec', '–') if row['recording'] else '–'}"
               for row in rows if row["type"] == "camera"]
    appliance = next(row for row in rows if row["type"] == "appliance")
    entries = sum(int(row["entries"]) for row in rows if row["type"] == "source")
    return (f"{left:4d} s left   {'   '.join(cameras)}   door events {entries}   "
            f"records {appliance['records']}")


def watch(options, appliance):
    """Shows the status until the time is up; the appliance's end is an error."""
    until = time.monotonic() + options.seconds
    live = sys.stdout.isatty()
    while (left := until - time.monotonic()) > 0:
        if appliance.poll() is not None:
            raise Failure(f"sealroomd ended early; see {options.state / 'try' / 'sealroomd.log'}")
        line = "      " + status_line(options, int(left))
        print(f"\r{line:<78.78}" if live else line, end="" if live else "\n", flush=True)
        try:
            appliance.wait(timeout=min(left, 1 if live else 10))
        except subprocess.TimeoutExpired:
            pass
    if live:
        print(f"\r{'':<78}\r", end="")


def start_appliance(options, configuration):
    """Starts sealroomd and waits for its word that it records (sd_notify READY=1)."""
    truth = options.state / "try"
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(truth / "notify"))
    notify.settimeout(30)
    with open(truth / "sealroomd.log", "w", encoding="utf-8") as log:
        appliance = subprocess.Popen(
            [options.programs / "sealroomd", "--config", configuration], stdout=log, stderr=log,
            env={**os.environ, "NOTIFY_SOCKET": str(truth / "notify")})
    try:
        while b"READY=1" not in notify.recv(4096):
            pass
    except TimeoutError as error:
        appliance.kill()
        raise Failure(f"sealroomd did not get ready; see {truth / 'sealroomd.log'}") from error
    finally:
        notify.close()
    return appliance


def record(options, truth):
    """Peers, appliance, and all of them stopped again: the cameras first, so that what they
    say they sent has all arrived."""
    peers = {}
    appliance = None
    try:
        start_peers(options, truth, peers)
        configuration = configure(options, peers)
        print(f"[4/5] recording for {options.seconds} seconds into {options.state}")
        appliance = start_appliance(options, configuration)
        watch(options, appliance)
    finally:
        for peer in peers.values():
            peer.end()
        if appliance is not None:
            appliance.send_signal(signal.SIGTERM)
            appliance.wait(timeout=60)
    return configuration


def what_next(options):
    segment = next(iter(sorted((options.state / "video").rglob("*.mp4"))), None)
    command = options.programs / "sealroom"
    print("\nTry next:")
    print(f"  {command} entries --state {options.state}")
    print(f"  {command} coverage --state {options.state}")
    if segment is not None:
        at = segment.stat().st_size // 2
        with open(segment, "rb") as file:
            file.seek(at)
            octal = f"{file.read(1)[0] ^ 1:03o}"
        print(f"  printf '\\{octal}' | dd of={segment} bs=1 seek={at} conv=notrunc status=none; "
              f"{command} verify --state {options.state}")
        print("The last one alters one bit of a recorded picture, and is caught.")


def main():
    options = arguments()
    truth = options.state / "try"
    shutil.rmtree(truth, ignore_errors=True)
    truth.mkdir(parents=True)
    print("[3/5] two cameras and a door controller on loopback")
    record(options, truth)
    print("[5/5] what was recorded")
    print(sealroom(options, "coverage", "--state", options.state).stdout, end="")
    verified = sealroom(options, "verify", "--state", options.state, check=False)
    print(verified.stdout, verified.stderr, sep="", end="")
    what_next(options)
    return verified.returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"firmware/try: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
