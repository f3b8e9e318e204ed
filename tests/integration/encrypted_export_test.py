"""Packages that are encrypted for transport: others' programs open them with the pass phrase, what
is inside proves itself, and the pass phrase stands nowhere."""
import contextlib
import errno
import fcntl
import hmac
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from appliance import BIN, Appliance, Camera, preloaded
from export_test import WRAPPER, export, failure, operator_records, verify
from messages import TYPES, decode, encode

PHRASE = "correct horse, battery ~ staple"
SEVEN_ZIP = shutil.which("7zz") or shutil.which("7z")
STEP_AT = 8 + 8 + 8  # behind a message's head and two numbers


@pytest.fixture(name="appliance", scope="module")
def appliance_fixture():
    with Camera(codec="h264", fps=10, gop=10) as gate, \
            tempfile.TemporaryDirectory(prefix="sr-", dir="/tmp") as folder, \
            Appliance(cameras=[gate.entry("gate")], folder=folder,
                      wrap={"sealroom-export": WRAPPER.replace("FOLDER", folder)}) as appliance:
        appliance.wait(appliance.is_recording)
        phrase = pathlib.Path(folder) / "phrase"
        phrase.write_text(PHRASE + "\n", encoding="utf-8")
        appliance.encrypt = ("--pass-phrase-file", str(phrase))
        plain = pathlib.Path(folder) / "plain.zip"
        export(appliance, plain)  # what was recorded until now is sealed by it
        appliance.plain_size = plain.stat().st_size
        appliance.plain_end = operator_records(appliance, "export")[-1]["body"]["to"]
        yield appliance


def command(appliance, path, *words, start="1h", end="now"):
    return [BIN / "sealroom", "export", "--from", start, "--to", end, "--purpose", "inspection",
            "--case", "2026-17", "--state", appliance.state, "--out", path, *words]


def run(appliance, path, *words, start="1h", end="now", **more):
    return subprocess.run(command(appliance, path, *words, start=start, end=end), text=True,
                          capture_output=True, timeout=60, check=False,
                          env=appliance.environment, **more)


def opened(path, phrase, folder):
    """What 7-Zip makes of it: None if it does not open."""
    said = subprocess.run([SEVEN_ZIP, "x", "-y", f"-p{phrase}", f"-o{folder}", path],
                          capture_output=True, check=False)
    return next(folder.glob("package-*.zip")) if said.returncode == 0 else None


def by_the_document(content, phrase):
    """The member, by FORMAT.md and nothing else."""
    name, extra = (int.from_bytes(content[at:at + 2], "little") for at in (26, 28))
    size = int.from_bytes(content[18:22], "little")
    assert content[30 + name + extra - 11:30 + name + extra] == b"\x01\x99\x07\0\x02\0AE\x03\0\0"
    data = content[30 + name + extra:][:size]
    salt, check, cipher, seal = data[:16], data[16:18], data[18:-10], data[-10:]
    keys = PBKDF2HMAC(hashes.SHA1(), 66, salt, 1000).derive(phrase.encode())
    assert keys[64:] == check
    assert hmac.digest(keys[32:64], cipher, "sha1")[:10] == seal
    counters = b"".join(block.to_bytes(16, "little") for block in range(1, len(cipher) // 16 + 2))
    stream = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor().update(counters)
    plain = int.from_bytes(cipher, "big") ^ int.from_bytes(stream[:len(cipher)], "big")
    return plain.to_bytes(len(cipher), "big")


def stands_in(secret, folder):
    """Files below a folder that hold it, but the one that it is read from."""
    return [path for path in folder.rglob("*")
            if path.is_file() and path.name != "phrase" and secret.encode() in path.read_bytes()]


def test_an_encrypted_package_opens_with_its_pass_phrase_and_is_authentic(appliance, tmp_path):
    start = appliance.json("records", "--kind", "segment", "--limit", 1)[0]["body"]["start"]
    path = tmp_path / "range.zip"
    said = run(appliance, path, *appliance.encrypt, "--json", start=start)
    assert said.returncode == 0, said.stderr
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert {line["step"] for line in lines if line["type"] == "progress"} >= {"encrypting"}
    assert opened(path, PHRASE[:-1], tmp_path / "wrong") is None
    inside = opened(path, PHRASE, tmp_path / "right")
    assert inside.name == f"package-{lines[-1]['request']}.zip" == lines[-1]["inside"]
    assert by_the_document(path.read_bytes(), PHRASE) == inside.read_bytes()
    verdict, rows = verify(appliance, inside)
    assert verdict == "authentic", rows
    result = operator_records(appliance, "exported")[-1]["body"]
    assert result["package"] == rows[-1]["package"] == lines[-1]["package"]
    assert result["size"] == str(inside.stat().st_size) == str(lines[-1]["size"])
    assert result["encrypted_size"] == str(path.stat().st_size) == str(lines[-1]["encrypted_size"])
    outside = subprocess.run([BIN / "sealroom-verify", path], capture_output=True, text=True,
                             check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert outside.returncode == 2 and "encrypted for transport" in outside.stderr
    assert PHRASE not in said.stdout + said.stderr
    assert ", encrypted: " in appliance.sealroom("records", "--kind", "operator").stdout
    assert appliance.verify()[0] in (0, 3)
    assert not stands_in(PHRASE, appliance.folder) and PHRASE not in appliance.log_text()


@pytest.mark.parametrize("given, words, says", [
    ("elevensigns", ["--pass-phrase-file", "-"], "at least 12 characters"),
    ("门禁门禁门禁门禁门禁门禁", ["--pass-phrase-file", "-"], "ASCII letters, digits and signs only"),
    ("x" * 100, ["--encrypt", "--pass-phrase-file", "-"], "at most 99 characters"),
    ("twelve signs\nand more", ["--pass-phrase-file", "-"], "from -: it has more lines than one"),
    ("", ["--pass-phrase-file", "-"], "from -: it is empty"),
    ("", ["--pass-phrase-file", "/"], "from /: it is a folder"),
    ("", ["--pass-phrase-file", "/nonexistent"], "cannot open /nonexistent"),
    ("", ["--encrypt"], "no terminal to ask for the pass phrase at: give --pass-phrase-file"),
    ("", ["--generate-pass-phrase"], "no terminal to show a new pass phrase at"),
    ("", ["--pass-phrase-file", "-", "--generate-pass-phrase"], "not both"),
])
def test_what_is_no_pass_phrase_is_refused_before_anything_is_on_record(
        appliance, tmp_path, given, words, says):
    before = len(operator_records(appliance, "export"))
    said = run(appliance, tmp_path / "x.zip", *words, input=given, start_new_session=True)
    assert said.returncode == 2 and says in said.stderr, said.stderr
    assert not list(tmp_path.iterdir())
    assert len(operator_records(appliance, "export")) == before


@contextlib.contextmanager
def memory(content, is_sealed):
    file = os.memfd_create("phrase", os.MFD_ALLOW_SEALING)
    os.write(file, content)
    if is_sealed:
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)
    yield file
    os.close(file)


@pytest.mark.parametrize("content, is_sealed, says", [
    (b"elevensigns", True, "at least 12 characters"),
    (b"twelve\nsigns", True, "ASCII letters, digits and signs only"),
    (b"x" * 100, True, "what was handed over is no pass phrase"),
    (PHRASE.encode(), False, "what was handed over is no pass phrase"),
])
def test_what_a_program_hands_over_is_judged_before_anything_is_on_record(
        appliance, tmp_path, content, is_sealed, says):
    before = len(operator_records(appliance, "export"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as keeper, \
            memory(content, is_sealed) as phrase, open(tmp_path / "x", "w+b") as output:
        keeper.settimeout(30)
        keeper.connect(str(appliance.state / "run" / "keeper.sock"))
        keeper.send(encode("hello", 1, protocol=1, program="test"))
        now = time.time_ns()
        socket.send_fds(keeper, [encode("export_ask", 2, from_utc_ns=now - 3600 * 10**9,
                                        to_utc_ns=now, purpose="test", case_number="1",
                                        is_encrypted=1)], [output.fileno()])
        socket.send_fds(keeper, [encode("export_phrase", 3, reference=2)], [phrase])
        name, values = "welcome", {}
        while name != "done":
            name, _, values = decode(keeper.recv(65536))
    assert values["status"] != 0 and says in values["text"], values
    assert len(operator_records(appliance, "export")) == before


class Terminal:
    """A command at a terminal of its own, whose standard output goes elsewhere."""

    def __init__(self, appliance, folder, name, *words, outlives=False, **environment):
        """`outlives`: it is not what the terminal tells of its end."""
        self.output, path = folder / "output", folder / name
        process, self.terminal = pty.fork()
        if process == 0:
            with open(self.output, "wb") as output:
                os.dup2(output.fileno(), 1)
            os.environ.update(appliance.environment)
            os.environ.update({name: str(value) for name, value in environment.items()})
            if outlives and os.fork() > 0:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
            if outlives:
                os.setpgid(0, 0)
            os.execv(BIN / "sealroom", [str(word) for word in command(appliance, path, *words)])
        self.process = process
        self.shown = ""

    def read(self, until):
        """What is shown, up to such a text, or "" for all of it."""
        with contextlib.suppress(OSError):  # EIO is its end
            while not until or until not in self.shown:
                data = os.read(self.terminal, 4096)
                if not data:
                    break
                self.shown += data.decode()
        assert until in self.shown, self.shown
        return self.shown

    def type(self, text):
        while termios.tcgetattr(self.terminal)[3] & termios.ECHO:
            os.sched_yield()
        os.write(self.terminal, (text + "\n").encode())

    def end(self):
        self.read("")
        return self.leave()

    def leave(self):
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(appliance, tmp_path):
    path = tmp_path / "x.zip"
    terminal = Terminal(appliance, tmp_path, "x.zip", "--encrypt")
    terminal.read("Pass phrase")
    terminal.type(PHRASE)
    terminal.read("again")
    terminal.type(PHRASE)
    assert terminal.end() == 0, terminal.shown
    assert PHRASE not in terminal.shown + terminal.output.read_text()
    inside = opened(path, PHRASE, tmp_path / "right")
    assert f"'{inside.name}'" in terminal.output.read_text()


def test_one_that_is_made_is_shown_once_and_at_the_terminal_only(appliance, tmp_path):
    path = tmp_path / "x.zip"
    terminal = Terminal(appliance, tmp_path, "x.zip", "--generate-pass-phrase", "--json")
    assert terminal.end() == 0, terminal.shown
    phrases = re.findall(r"[2-9a-z]{4}(?:-[2-9a-z]{4}){4}", terminal.shown)
    assert len(phrases) == 1
    assert phrases[0] not in terminal.output.read_text()
    assert opened(path, phrases[0], tmp_path / "right")
    assert not stands_in(phrases[0], appliance.folder)


def outcome(appliance):
    return operator_records(appliance, "exported")[-1]["body"]


def test_one_that_is_made_was_shown_when_its_package_is_on_record_as_done(appliance, tmp_path):
    """Whatever becomes of the command from there on."""
    path = tmp_path / "x.zip"
    before = len(operator_records(appliance, "exported"))
    terminal = Terminal(appliance, tmp_path, "x.zip", "--generate-pass-phrase",
                        **preloaded("last_message", appliance.folder),
                        LAST_MESSAGE=TYPES["export_kept"], LAST_AT=0,
                        LAST_BYTE=TYPES["export_kept"])
    appliance.wait(lambda: len(operator_records(appliance, "exported")) > before)
    os.kill(terminal.process, signal.SIGKILL)
    terminal.end()
    assert outcome(appliance)["outcome"] == "done"
    phrases = re.findall(r"[2-9a-z]{4}(?:-[2-9a-z]{4}){4}", terminal.shown)
    assert opened(path, phrases[0], tmp_path / "right")


def test_one_that_cannot_be_shown_leaves_no_package_and_none_on_record(appliance, tmp_path):
    """Its terminal is gone, and it is not even told."""
    before = len(operator_records(appliance, "exported"))
    gate, pid = appliance.folder / "gate", appliance.folder / "export.pid"
    pid.unlink(missing_ok=True)
    os.mkfifo(gate)
    try:
        terminal = Terminal(appliance, tmp_path, "x.zip", "--generate-pass-phrase", outlives=True)
        appliance.wait(lambda: pid.exists() and pid.read_text().strip(), what="the process")
        os.close(terminal.terminal)
        gate.write_text("\n")
    finally:
        gate.unlink()
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.process, 0)[1]) == 2
    assert len(operator_records(appliance, "exported")) == before + 1
    assert "could not be shown" in outcome(appliance)["detail"]
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


@pytest.mark.parametrize("name, words, says", [
    ("x.zip", ["--camera", "nowhere"], "there is no camera nowhere"),
    ("x.zip", ["--door", "nowhere"], "no door nowhere is configured"),
    ("none/x.zip", [], "cannot open the folder "),
    ("/proc/x.zip", [], "/proc/x.zip.part"),
    ("output", [], "output is there already"),
])
def test_what_would_be_refused_is_refused_before_anybody_types(appliance, tmp_path, name, words, says):
    before = len(operator_records(appliance, "export"))
    terminal = Terminal(appliance, tmp_path, name, "--encrypt", *words)
    terminal.read(":")
    assert "Pass phrase" not in terminal.shown
    assert terminal.end() == 2
    assert says in terminal.shown
    assert [path.name for path in tmp_path.iterdir()] == ["output"]
    assert len(operator_records(appliance, "export")) == before


@contextlib.contextmanager
def getting_to(appliance, path, message, at=0, byte=None):
    """An encrypted export whose process goes no further once it has said this: the command, its
    request and that process."""
    inject = appliance.folder / "inject"
    inject.write_text("\n".join(f"{name}={value}" for name, value in {
        **preloaded("last_message", appliance.folder), "LAST_MESSAGE": TYPES[message],
        "LAST_AT": at, "LAST_BYTE": TYPES[message] if byte is None else byte}.items()))
    started = subprocess.Popen(command(appliance, path, *appliance.encrypt), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=appliance.environment)
    try:
        assert "on record" in started.stdout.readline()
        exporter = appliance.wait(lambda: appliance.processes().get("export"), what="the process")
        yield started, operator_records(appliance, "export")[-1]["number"], exporter
    finally:
        inject.unlink()
        started.kill()
        started.communicate()


def sizes(process, folder):
    """Of the files in a folder that a process has open, without a name too."""
    found = []
    for file in pathlib.Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if pathlib.Path(os.readlink(file)).parent == folder:
                found.append(file.stat().st_size)
    return found


def test_what_is_not_encrypted_stays_on_the_appliance(appliance, tmp_path):
    """When it is whole but for its signature, nothing is on the medium yet."""
    video = appliance.state / "video"
    with getting_to(appliance, tmp_path / "x.zip", "export_sign") as (_, request, exporter):
        appliance.wait(lambda: max(sizes(exporter, video), default=0) > appliance.plain_size / 2,
                       what="the package")
        assert sizes(exporter, tmp_path) == [0]
    assert "is gone" in failure(appliance, request)


def end_exporter(_, __, exporter):
    os.kill(exporter, signal.SIGKILL)
    return "ended by signal 9"


def end_keeper(appliance, _, __):
    os.kill(appliance.processes()["keeper"], signal.SIGKILL)
    return "the recorder was interrupted"


def end_command(_, started, __):
    started.send_signal(signal.SIGINT)
    return "is gone"


@pytest.mark.parametrize("end", [end_exporter, end_keeper, end_command])
def test_what_ends_while_it_is_encrypted_leaves_no_file(appliance, tmp_path, end):
    with getting_to(appliance, tmp_path / "x.zip", "export_progress", STEP_AT, 1) as (
            started, request, exporter):
        while "being encrypted for transport" not in started.stdout.readline():
            assert started.poll() is None
        for process in appliance.descendants() + [started.pid]:
            for place in ("cmdline", "environ"):
                assert PHRASE.encode() not in pathlib.Path(f"/proc/{process}/{place}").read_bytes()
        says = end(appliance, started, exporter)
        started.communicate(timeout=60)
        assert started.returncode == 2
        appliance.wait(lambda: not pathlib.Path(f"/proc/{exporter}").exists(),
                       what="the end of the process")
        appliance.wait(appliance.is_recording)
        assert says in failure(appliance, request)
    assert not list(tmp_path.iterdir())
    assert not stands_in(PHRASE, appliance.folder)


@pytest.mark.parametrize("part, says", [(0.3, "the volume of the video is full"),
                                        (1.5, "the medium it goes to is full")])
def test_a_medium_that_is_full_leaves_no_file(appliance, tmp_path, part, says):
    """The video's, while the package is made, and its own, while it is encrypted."""
    inject = appliance.folder / "inject"
    inject.write_text("\n".join(f"{name}={value}" for name, value in {
        **preloaded("failing_medium", appliance.folder), "FAIL_WITH": errno.ENOSPC,
        "FAIL_AFTER": int(appliance.plain_size * part)}.items()))
    try:
        said = run(appliance, tmp_path / "x.zip", *appliance.encrypt, end=appliance.plain_end)
    finally:
        inject.unlink()
    assert said.returncode == 2 and says in said.stderr, said.stderr
    assert ("being encrypted" in said.stdout) == (part > 1)
    assert not list(tmp_path.iterdir())
    assert says in failure(appliance, operator_records(appliance, "export")[-1]["number"])
