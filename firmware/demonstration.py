"""The main job against real peers; called by firmware/try, which has installed and built.

Cameras and controller are the programs of tests/peers. What they say they sent is left in
STATE/try/ (gate.json, aisle.json, panel.jsonl), so that the recording can be held against it.
"""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "tests" / "peers"
SEGMENT_SECONDS = 10
BAR_WIDTH = 10

# As the command line chooses its language, so that both speak the same.
CHINESE = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG")
                if os.environ.get(name)), "").startswith("zh")

TEXTS = {
    "peers": ("[3/6] two cameras and a door controller on loopback",
              "[3/6] 在本机启动两台摄像机和一个门禁控制器"),
    "recording": ("[4/6] recording for {seconds} seconds into {state}",
                  "[4/6] 录像 {seconds} 秒，存入 {state}"),
    "status": ("{left:3d} s  {cameras}  entries {entries}  records {records}  {stored}",
               "剩余 {left:3d} 秒  {cameras}  进出 {entries}  记录 {records}  {stored}"),
    "waits": ("waits", "等待"),
    "evidence": ("[5/6] an evidence package of what was recorded", "[5/6] 导出一个证据包"),
    "recorded": ("[6/6] what was recorded", "[6/6] 已录内容"),
    "why_gaps": ("The cameras were ended before the recorder, as if their cables were pulled: these "
                 "are the gaps.",
                 "摄像机先于录像设备停止，如同被拔掉网线：这就是上面的中断。"),
    "next": ("Try next (nothing runs any more; all of it is in {state}):",
             "接下来可以试试（已全部停止；所有内容都在 {state}）："),
    "entries": ("who came in", "谁进出过"),
    "records": ("the ledger, record by record", "逐条查看账本"),
    "judge": ("judge the evidence package on any Linux machine",
              "在任何一台 Linux 机器上核验证据包"),
    "open": ("or in a browser, without a network: open this page, and give it the package",
             "或者用浏览器核验，无需联网：打开此页面，再选择证据包"),
    "alter": ("alter one bit of a recorded picture, and see it caught",
              "改动录像中的一个比特，看它如何被发现"),
}


def say(name, **values):
    return TEXTS[name][CHINESE].format(**values)


def fit(line):
    """The beginning of a line that fits the terminal; a Chinese character takes two columns."""
    room = shutil.get_terminal_size().columns - 1
    for at, character in enumerate(line):
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return line[:at]
    return line

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
    refuse_what_is_used(parser, options.state)
    options.state = options.state.resolve()
    return options


def refuse_what_is_used(parser, state):
    """Somebody's files are never mixed with what is made here, and never overwritten."""
    if not state.exists():
        return
    if not state.is_dir():
        parser.error(f"--state: {state} is not a folder; name a new or an empty one")
    if any(state.iterdir()):
        parser.error(f"--state: {state} is not empty; name a new or an empty folder")


class Peer:
    """A program of tests/peers: says on its first line where it listens."""

    def __init__(self, log, *command):
        self.log = log
        with open(log, "w", encoding="utf-8") as err:
            self.process = subprocess.Popen(["/usr/bin/python3", *map(str, command)],
                                            stdout=subprocess.PIPE, stderr=err, text=True)
        try:
            line = self.process.stdout.readline()
        except BaseException:
            self.end()
            raise
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
        state=json.dumps(str(options.state), ensure_ascii=False), suite=options.suite, segment_seconds=SEGMENT_SECONDS,
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
    cameras = [row for row in rows if row["type"] == "camera"]
    shown = [f"{row['camera']} {row.get('video_codec', '–') if row['recording'] else say('waits')}"
             for row in cameras]
    appliance = next(row for row in rows if row["type"] == "appliance")
    done = BAR_WIDTH * (options.seconds - left) // options.seconds
    return f"[{'#' * done:.<{BAR_WIDTH}}] " + say(
        "status", left=left, cameras="  ".join(shown), records=appliance["records"],
        entries=sum(int(row["entries"]) for row in rows if row["type"] == "source"),
        stored=f"{sum(row['bytes_stored'] for row in cameras) / 1e6:.1f} MB")


def watch(options, appliance):
    """Shows the status until the time is up; the appliance's end is an error."""
    until = time.monotonic() + options.seconds
    live = sys.stdout.isatty()
    while (left := until - time.monotonic()) > 0:
        if appliance.poll() is not None:
            raise Failure(f"sealroomd ended early; see {options.state / 'try' / 'sealroomd.log'}")
        line = status_line(options, int(left))
        print(f"\r\033[K{fit(line)}" if live else line, end="" if live else "\n", flush=True)
        try:
            appliance.wait(timeout=min(left, 1 if live else 10))
        except subprocess.TimeoutExpired:
            pass
    if live:
        print("\r\033[K", end="", flush=True)


def start_appliance(options, configuration):
    """Starts sealroomd and waits for its word that it records (sd_notify READY=1)."""
    truth = options.state / "try"
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(truth / "notify"))
    with open(truth / "sealroomd.log", "w", encoding="utf-8") as log:
        appliance = subprocess.Popen(
            [options.programs / "sealroomd", "--config", configuration], stdout=log, stderr=log,
            env={**os.environ, "NOTIFY_SOCKET": str(truth / "notify")})
    try:
        if is_ready(notify, appliance):
            return appliance
        raise Failure(f"sealroomd did not get ready; see {truth / 'sealroomd.log'}")
    except BaseException:
        end(appliance)
        raise
    finally:
        notify.close()


def end(appliance):
    appliance.send_signal(signal.SIGTERM)
    appliance.wait(timeout=60)


def is_ready(notify, appliance):
    """Waits for READY=1, at most 30 seconds, and no longer than the process lives."""
    notify.settimeout(0.2)
    until = time.monotonic() + 30
    while time.monotonic() < until and appliance.poll() is None:
        try:
            if b"READY=1" in notify.recv(4096):
                return True
        except TimeoutError:
            pass
    return False


def export(options, began):
    """What an inspector carries away. Not from the first second on: a camera's coverage begins with
    its first keyframe."""
    package = options.state / "try" / "evidence.zip"
    since = time.time() - began
    print(say("evidence"), flush=True)
    print(sealroom(options, "export", "--state", options.state, "--from", f"{int(since * 2 / 3)}s",
                   "--to", "now", "--purpose", "firmware/try", "--case", "1", "--out",
                   package).stdout, end="")


def record(options, truth):
    """Peers, appliance, and all of them stopped again: the cameras first, so that what they
    say they sent has all arrived."""
    peers = {}
    appliance = None
    try:
        start_peers(options, truth, peers)
        configuration = configure(options, peers)
        print(say("recording", seconds=options.seconds, state=options.state), flush=True)
        appliance = start_appliance(options, configuration)
        began = time.time()
        watch(options, appliance)
        export(options, began)
    finally:
        for peer in peers.values():
            peer.end()
        if appliance is not None:
            end(appliance)
    return configuration


def what_next(options):
    segment = next(iter(sorted((options.state / "video").rglob("*.mp4"))), None)
    command = options.programs / "sealroom"
    command, state = shlex.quote(str(command)), shlex.quote(str(options.state))
    shown = [("entries", f"{command} entries --state {state}"),
             ("records", f"{command} records --state {state}")]
    package = options.state / "try" / "evidence.zip"
    if package.exists():
        certificate = options.state / "key" / "device.crt"
        shown.append(("judge", shlex.join([f"{options.programs / 'sealroom-verify'}", "--trust",
                                           f"{certificate}", f"{package}"])))
        page = options.programs.parent / "share" / "sealroom" / "verify.html"
        shown.append(("open", shlex.quote(str(page))))
    if segment is not None:
        at = segment.stat().st_size // 2
        with open(segment, "rb") as file:
            file.seek(at)
            octal = f"{file.read(1)[0] ^ 1:03o}"
        shown.append(("alter", f"printf '\\{octal}' | dd of={shlex.quote(str(segment))} bs=1 seek={at} conv=notrunc "
                               f"status=none; {command} verify --state {state}"))
    print("\n" + say("next", state=options.state))
    for about, line in shown:
        print(f"\n  # {say(about)}\n  {line}")


def main():
    options = arguments()
    truth = options.state / "try"
    truth.mkdir(parents=True)
    print(say("peers"), flush=True)
    record(options, truth)
    print(say("recorded"))
    print(sealroom(options, "coverage", "--state", options.state).stdout, end="")
    print("\n" + say("why_gaps") + "\n")
    verified = sealroom(options, "verify", "--state", options.state, check=False)
    print(verified.stdout, verified.stderr, sep="", end="")
    what_next(options)
    return verified.returncode


def end_in_order(number, _frame):
    """A terminal that is closed, or a kill, ends the appliance and its peers too."""
    for ignored in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    sys.exit(128 + number)


if __name__ == "__main__":
    for ending in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(ending, end_in_order)
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"firmware/try: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
