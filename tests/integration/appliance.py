"""A whole appliance for tests: the real programs, against the peers of tests/peers.

    with Camera(codec="h264") as gate, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate")],
                       controllers=[panel.entry("panel", doors=["archive"])]) as appliance:
            appliance.wait(lambda: appliance.camera("gate")["recording"])
            panel.ask("emit access_granted 1 4711")
            appliance.stop()
            entries = appliance.json("entries")

Nothing here sleeps to wait for something: READY=1 comes through NOTIFY_SOCKET, everything else is
asked for until it is so (`wait`), and a process that ends early is an error at once. The programs
are those of $SEALROOM_BIN, or of build/dev/bin.
"""
import contextlib
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
PEERS = ROOT / "tests" / "peers"
PROFILES = ROOT / "door" / "profiles"
BOARD = "generic-x86_64"


class Failure(AssertionError):
    """The appliance did not do what it had to in the time it had."""


def until(condition, timeout=60, what="the condition", interval=0.05, alive=None):
    """Asks `condition` until it says something true, which is returned. `alive()` false ends the
    wait at once; the time-out is for what never comes, not for a busy machine."""
    limit = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if alive is not None and not alive():
            raise Failure(f"the process ended while waiting for {what}")
        left = limit - time.monotonic()
        if left <= 0:
            raise Failure(f"{what} did not come within {timeout} s")
        select.select([], [], [], min(interval, left))


def free_port():
    """Of 127.0.0.1, below those that the kernel gives to others by itself."""
    while True:
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", random.randrange(12000, 32000)))
            except OSError:
                continue
            return taken.getsockname()[1]


def preloaded(name, folder):
    """The environment of a process under which tests/peers/NAME.c is laid."""
    library = folder / f"{name}.so"
    if not library.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, PEERS / f"{name}.c"], check=True)
    return {"LD_PRELOAD": str(library),
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


def make_certificate(folder, name):
    """A camera's key and certificate: the path of NAME.key and NAME.crt, together in NAME.pem."""
    path = str(pathlib.Path(folder) / name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=camera", "-keyout", path + ".key", "-out", path + ".crt"],
                   check=True, capture_output=True)
    with open(path + ".pem", "wb") as whole:
        for part in (".crt", ".key"):
            whole.write(pathlib.Path(path + part).read_bytes())
    return path


class Peer:
    """A program of tests/peers; its first line of JSON says where it listens (`where`)."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", PEERS / program, *map(str, arguments)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{program} did not start")
        self.where = json.loads(line)

    def json_line(self):
        """The next line that it prints."""
        return json.loads(self.process.stdout.readline())

    def rows(self):
        """What it wrote to its truth file so far."""
        if not self.truth_file.exists():
            return []
        lines = self.truth_file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Camera(Peer):
    """An RTSP camera (tests/peers/rtsp_camera.py); options as keywords: codec="h265", gop=50."""

    def __init__(self, **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sealroom-camera-"))
        self.counts_file = self.folder / "counts.json"
        arguments = ["--counts", self.counts_file]
        for name, value in options.items():
            name = "--" + name.replace("_", "-")
            arguments += [name] if value is True else [name, value]
        self.options = options
        super().__init__("rtsp_camera.py", *arguments)

    @property
    def url(self):
        return self.where["url"]

    def entry(self, identity, **more):
        """As it stands in the configuration."""
        return {"id": identity, "name": identity.title(), "url": self.url, **more}

    def counts(self):
        """What it sent, as it wrote it last; after `end`, all of it."""
        return json.loads(self.counts_file.read_text(encoding="utf-8"))

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Controller(Peer):
    """A door controller (tests/peers/door_controller.py), arguments as it has them."""

    def __init__(self, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sealroom-controller-"))
        self.truth_file = self.folder / "truth.jsonl"
        super().__init__("door_controller.py", "--truth", self.truth_file, *arguments)

    def entry(self, identity, doors=("archive",), profile="simulated-controller", **more):
        where = ({"transport": "tcp", "address": "127.0.0.1", "port": self.where["port"]}
                 if "port" in self.where else
                 {"transport": "rtu", "device": self.where["device"]})
        return {"id": identity, "profile": profile, **where, "poll_ms": 100,
                "doors": list(doors), **more}

    def ask(self, line):
        """One command (it was started with --stdin); its answer."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.json_line()

    def truth(self):
        return self.rows()

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Appliance:
    """sealroomd and all it starts, on a state folder of its own.

    `cameras`, `controllers`, `doors` are lists of what stands in the configuration; doors that a
    controller names and nobody describes are added, each with all cameras. `settings` go to the
    top level of the configuration, `retention` into that section. `programs` is the folder of
    the executables that sealroomd starts, `wrap` lays a script around some of them:
    wrap={"sealroom-keeper": "exec strace -o /tmp/x -- {program} \\"$@\\""}.
    """

    def __init__(self, cameras=(), controllers=(), doors=(), *, folder=None, suite="sm",
                 segment_seconds=10, retention=None, settings=None, programs=None, wrap=None,
                 environment=None, arguments=(), descriptors=(), enclose=None):
        # Short, for the path of a socket lies below it.
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="sr-", dir="/tmp"))
        self.own_folder = folder is None
        self.state = self.folder / "state"
        self.configuration = self.folder / "sealroom.yaml"
        self.log = self.folder / "sealroomd.log"
        # The leak check of a sanitized build attaches to its process, which the sandboxes forbid.
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0",
                            **(environment or {})}
        self.programs = self._wrap(pathlib.Path(programs or BIN), wrap or {})
        self.arguments = list(arguments)  # further ones, of sealroomd
        self.descriptors = tuple(descriptors)  # that sealroomd inherits
        self.enclose = enclose  # called in sealroomd's process before it is sealroomd
        self.process = None
        self.notices = None
        self.content = {
            "site": {"name": "Test room"}, "state": str(self.state), "suite": suite,
            "board": BOARD, "segment_seconds": segment_seconds,
            "retention": {"video_days": 30, "record_days": 180, "reserve_mb": 64,
                          **(retention or {})},
            "cameras": list(cameras), "controllers": list(controllers), "doors": list(doors),
            **(settings or {})}
        self.configure()

    # ---- configuration ----

    def configure(self, **changes):
        """Writes the configuration anew; it holds from the next start."""
        self.content.update(changes)
        content = dict(self.content)
        described = {door["id"] for door in content["doors"]}
        cameras = [camera["id"] for camera in content["cameras"]]
        content["doors"] = content["doors"] + [
            {"id": door, "name": door.title(), "cameras": cameras}
            for controller in content["controllers"] for door in controller["doors"]
            if door not in described]
        # JSON is YAML.
        self.configuration.write_text(json.dumps(content, indent=1, ensure_ascii=False),
                                      encoding="utf-8")
        self.configuration.chmod(0o600)

    def _wrap(self, programs, wrap):
        if not wrap:
            return programs
        folder = self.folder / "programs"
        folder.mkdir()
        for program in ["sealroom-keeper", "sealroom-camera", "sealroom-door", "sealroom-export",
                        "sealroom-inspect", "sealroom-picture", "sealroom-console"]:
            if program in wrap:
                script = folder / program
                script.write_text("#!/bin/sh\n" + wrap[program].format(program=programs / program)
                                  + "\n", encoding="utf-8")
                script.chmod(0o755)
            else:
                (folder / program).symlink_to(programs / program)
        return folder

    # ---- running ----

    def spawn(self):
        """Starts sealroomd without waiting."""
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notices.bind("")  # the kernel gives an abstract name
        name = self.notices.getsockname().decode().replace("\0", "@", 1)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "sealroomd", "--config", self.configuration, "--programs", self.programs,
                 *self.arguments],
                stdout=log, stderr=log, pass_fds=self.descriptors, preexec_fn=self.enclose,
                env={**self.environment, "NOTIFY_SOCKET": name})
        return self

    def notice(self):
        """The next notice sealroomd sent to its service manager; "" if there is none."""
        try:
            return self.notices.recv(8192).decode()
        except BlockingIOError:
            return ""

    def start(self, timeout=60):
        """Starts it and returns when it records."""
        self.spawn()
        try:
            until(lambda: "READY=1" in self.notice().split("\n"), timeout, "READY=1", 0.01,
                  alive=self.is_running)
        except Failure as failure:
            self.kill()
            raise Failure(f"{failure}; the log:\n{self.log_text()[-4000:]}") from None
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=90):
        """An ordered stop; the exit status must be 0."""
        if not self.is_running():
            raise Failure(f"sealroomd had ended already; see {self.log}")
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self._forget()
        if status != 0:
            raise Failure(f"sealroomd ended with {status}; its log:\n{self.log_text()[-4000:]}")

    def kill(self):
        """Everything at once by SIGKILL, like a power cut that keeps the page cache."""
        # Stopped first, so that it cannot start again what dies before it.
        if self.is_running():
            self.process.send_signal(signal.SIGSTOP)
            for process in self.descendants():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self.process.kill()
        if self.process is not None:
            self.process.wait(60)
        self._forget()

    def _forget(self):
        self.process = None
        if self.notices is not None:
            self.notices.close()
            self.notices = None

    def descendants(self):
        """Process ids of everything below sealroomd, parents first."""
        found = []
        front = [self.process.pid] if self.is_running() else []
        while front:
            parent = front.pop(0)
            with contextlib.suppress(OSError):
                with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
                    children = [int(word) for word in file.read().split()]
                found += children
                front += children
        return found

    def processes(self):
        """{"keeper": pid, "camera/gate": pid, "door/panel": pid, "export": pid, "console": pid,
        "picture": pid (the console's)} of what runs now. Where a wrapper runs a program as its child,
        it is the child."""
        found = {}
        for process in self.descendants():
            try:
                with open(f"/proc/{process}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            program = pathlib.Path(words[0]).name
            if program == "sealroom-keeper":
                found["keeper"] = process
            elif program in ("sealroom-export", "sealroom-console"):
                found[program.removeprefix("sealroom-")] = process
            elif program == "sealroom-picture" and "--background" in words:
                found["picture"] = process
            elif program in ("sealroom-camera", "sealroom-door") and len(words) > 1:
                found[f"{program.removeprefix('sealroom-')}/{words[1]}"] = process
        return found

    def wait(self, condition, timeout=60, what="the condition", interval=0.1):
        return until(condition, timeout, what, interval, alive=self.is_running)

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    # ---- looking ----

    def sealroom(self, *words, check=True, state=True, language="C.UTF-8", timeout=120):
        """Runs `sealroom WORDS --state STATE`; a failure is an error unless check is False."""
        command = [BIN / "sealroom", *map(str, words)]
        if state:
            command += ["--state", self.state]
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=timeout, env={**self.environment, "LC_ALL": language})
        if check and done.returncode != 0:
            raise Failure(f"sealroom {' '.join(map(str, words))} ended with {done.returncode}: "
                          f"{done.stderr or done.stdout}")
        return done

    def json(self, *words, **options):
        """The rows of a command, as JSON gives them."""
        return [json.loads(line) for line in
                self.sealroom(*words, "--json", **options).stdout.splitlines()]

    def status(self):
        """{"appliance": row, "camera/gate": row, "source/panel": row, "alarms": [rows]}"""
        found = {"alarms": []}
        for row in self.json("status", check=False):
            if row["type"] == "alarm":
                found["alarms"].append(row)
            elif row["type"] == "appliance":
                found["appliance"] = row
            else:
                found[f"{row['type']}/{row.get('camera', row.get('controller'))}"] = row
        return found

    def camera(self, identity):
        return self.status().get(f"camera/{identity}", {"recording": False})

    def source(self, identity):
        return self.status().get(f"source/{identity}", {"online": False, "entries": 0})

    def growing(self, size):
        """The newest segment's file, once it has so many bytes."""
        def look():
            files = [path for path in self.segments() if path.stat().st_size >= size]
            return files and max(files, key=lambda path: path.stat().st_mtime)
        return self.wait(look, what=f"a segment of {size} bytes")

    def is_recording(self, *cameras):
        status = self.status()
        cameras = cameras or [camera["id"] for camera in self.content["cameras"]]
        return all(status.get(f"camera/{camera}", {}).get("recording") for camera in cameras)

    def verify(self, *words):
        """(exit status, what was said): 0 authentic, 1 altered, 3 incomplete, 4 cannot tell."""
        done = self.sealroom("verify", *words, check=False, timeout=600)
        return done.returncode, done.stdout + done.stderr

    def segments(self):
        """The recorded files, by camera and time; among them, while it runs, the empty one that
        each camera has been granted for its next cut."""
        return sorted((self.state / "video").glob("*/*/*.mp4"))

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
