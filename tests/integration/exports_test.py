"""Exports by sealroom-keeper and the real command, with supervisor and exporter played here: each
stage at which somebody goes, and what an exporter is refused."""
import base64
import contextlib
import fcntl
import os
import signal
import sqlite3
import struct
import subprocess
import time

import pytest

from appliance import BIN, preloaded, until
from keeper_end import ROLES, TIMEOUT, Keeper, fragment, init_part
from messages import STATUS_CODES, encode
from moved_clock import MovedClock

WORDS = {"purpose": "inspection", "case_number": "2026-17"}
F_ADD_SEALS, SEALED = 1033, 0xf  # linux/fcntl.h


@pytest.fixture(name="keeper", scope="module")
def keeper_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    clock = MovedClock(folder)
    narrow = preloaded("narrow_volume", folder)
    environment = {**clock.environment, "NARROW_FILE": str(folder / "narrow"), "NARROW_FREE": "0",
                   "LD_PRELOAD": f"{clock.environment['LD_PRELOAD']}:{narrow['LD_PRELOAD']}"}
    with Keeper(folder / "state", environment=environment) as started:
        started.clock, started.narrow = clock, folder / "narrow"
        started.start(cameras=["gate", "aisle"])
        yield started


class Exporter:
    """The process that the keeper wants for a request, if it still wants it."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.request = keeper.control.expect("export_start", lambda values: not keeper.bodies(
            "operator", action="exported", request=str(values["request"])))["request"]
        self.link = keeper.peer("export", "")
        self.link.say("hello", protocol=1, program="test")
        os.close(self.link.expect("export_scratch")["descriptor"])
        self.output = self.link.expect("export_task")["descriptor"]

    def plan(self, clips=1):
        path = f"file:{self.keeper.state}/ledger.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=TIMEOUT)) as database:
            note, = database.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchone()
        self.note = bytes(note).decode().split("\n")
        self.link.say("export_plan", checkpoint=int(self.note[1]), bytes=100, clips=clips)
        return self

    def sign(self):
        root = base64.b64decode(self.note[2]).hex()
        text = (f"sealroom package v1\norigin {self.note[0]}\ncheckpoint {self.note[1]} {root}\n"
                f"request {self.request}\n").encode()
        file = os.memfd_create("manifest", os.MFD_ALLOW_SEALING)
        os.write(file, text)
        fcntl.fcntl(file, F_ADD_SEALS, SEALED)
        self.link.say("export_sign", descriptor=file, size=len(text))
        os.close(file)
        self.link.expect("export_signed")
        return self

    def seal(self, kind=0):
        """Whether it got one; else its link is ended."""
        reference = self.link.say("export_seal", kind=kind, digest=bytes(32))
        with contextlib.suppress(AssertionError, ConnectionResetError):
            return self.link.expect("export_sealed")["reference"] == reference
        return False

    def is_said_to_have_ended(self):
        """By the supervisor, whose word may come before the last one of the process itself."""
        said = self.keeper.control.ask("worker_ended", role=ROLES["export"])
        assert said["status"] == STATUS_CODES["ok"]

    def end(self):
        """Of a package that is whole."""
        os.write(self.output, b"package")
        self.link.say("export_end", status=0, size=7)
        return self

    def outcome(self):
        """What became of it, once that is on record."""
        return self.keeper.wait(lambda: self.keeper.bodies(
            "operator", action="exported", request=str(self.request)))[0]


@pytest.fixture(name="asked")
def asked_fixture(keeper):
    """By a command of which the test is the other end: it reads no faster than it wants to."""
    asker = keeper.command()
    asker.file = os.memfd_create("package")
    asker.reference = asker.say("export_ask", descriptor=asker.file, to_utc_ns=time.time_ns(),
                                from_utc_ns=time.time_ns() - 3600 * 10**9, **WORDS)
    exporter = Exporter(keeper)
    yield asker, exporter
    asker.close()
    exporter.link.close()
    exporter.outcome()


@contextlib.contextmanager
def command(keeper, path):
    with subprocess.Popen(
            [BIN / "sealroom", "export", "--from", "1h", "--to", "now", "--purpose", "inspection",
             "--case", "2026-17", "--out", path, "--state", keeper.state], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8"}) as process:
        try:
            yield process
        finally:
            process.kill()


# ---- whoever asks goes ----

@pytest.mark.parametrize("stage, detail", [
    ("planning", "whoever asked for the package is gone"),
    ("copying", "whoever asked for the package is gone"),
    ("signed", "whoever asked for the package is gone; its manifest was signed already"),
])
def test_a_command_interrupted_at_any_stage_says_how_things_stand(keeper, tmp_path, stage, detail):
    with command(keeper, tmp_path / "x.zip") as process:
        exporter = Exporter(keeper)
        until(lambda: "request on record" in process.stdout.readline(), what="the request's line")
        if stage != "planning":
            exporter.plan()
            exporter.link.say("export_progress", bytes=50, total=100)
            until(lambda: "50 %" in process.stdout.readline(), what="the progress")
        if stage == "signed":
            exporter.sign()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert said == "sealroom: interrupted: there is no package, and the record says so\n"
    assert exporter.link.is_ended()
    assert exporter.outcome()["outcome"] == "failed" and exporter.outcome()["detail"] == detail
    assert not list(tmp_path.iterdir())


def test_a_command_that_dies_in_the_handshake_leaves_no_export(keeper):
    """Right behind its greeting, and right behind its question."""
    keeper.command(greet=False).close()
    greeted = keeper.command(greet=False)
    greeted.say("hello", protocol=1, program="test")
    greeted.close()
    asker = keeper.command()
    file = os.memfd_create("package")
    asker.say("export_ask", descriptor=file, to_utc_ns=time.time_ns(),
              from_utc_ns=time.time_ns() - 3600 * 10**9, **WORDS)
    asker.close()

    def is_over():
        """The next one is taken; the one before, if it came on record, failed."""
        another = keeper.command()
        done = another.ask("export_ask", descriptor=file, **WORDS)
        another.close()
        assert done["status"] != STATUS_CODES["ok"]
        return "empty" in done["text"]
    keeper.wait(is_over, "the end of the one before")
    os.close(file)
    requests = {number for number, _, body in keeper.records("operator")
                if body["action"] == "export"}
    assert requests == {int(body["request"]) for body in
                        keeper.bodies("operator", action="exported")}


def test_a_folder_that_was_removed_gets_no_package_on_record(keeper, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with command(keeper, folder / "x.zip") as process:
        exporter = Exporter(keeper).plan().sign()
        folder.rmdir()
        exporter.end()
        _, said = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2 and "cannot be named" in said and "whole package" not in said
    assert "was not kept" in exporter.outcome()["detail"]


def test_a_package_is_whole_whoever_is_heard_first_that_its_process_has_ended(keeper, asked):
    asker, exporter = asked
    exporter.plan().sign().is_said_to_have_ended()
    exporter.end().link.close()
    asker.expect("export_result")
    asker.say("export_kept", reference=asker.reference)
    assert asker.done(asker.reference)["status"] == STATUS_CODES["ok"]
    assert exporter.outcome()["outcome"] == "done"


def test_a_process_that_ended_without_a_word_is_told_of(asked):
    exporter = asked[1].plan()
    exporter.is_said_to_have_ended()
    exporter.link.close()
    assert exporter.outcome()["detail"] == "the process that made the package ended with exit status 0"


def test_whoever_does_not_say_that_a_package_is_kept_is_not_waited_for(keeper, asked):
    asker, exporter = asked
    exporter.plan().sign().end()
    assert asker.expect("export_result")["size"] == 7
    keeper.clock.set(601)
    done = asker.done(asker.reference)
    assert done["status"] == STATUS_CODES["timeout"] and "does not say" in done["text"]
    assert exporter.outcome()["outcome"] == "failed"


def test_a_segment_that_begins_while_others_are_waited_for_is_cut_as_well(keeper):
    """Or it would be waited for until it is full."""
    gate, aisle = keeper.camera("gate"), keeper.camera("aisle")
    granted = gate.grant()
    aisle.begin(aisle.grant())
    aisle.piece(init_part())
    aisle.piece(fragment(1))
    asker = keeper.command()
    file = os.memfd_create("package")
    asker.say("export_ask", descriptor=file, to_utc_ns=time.time_ns(),
              from_utc_ns=time.time_ns() - 3600 * 10**9, **WORDS)
    aisle.expect("seal_now")
    gate.begin(granted)
    gate.piece(init_part())
    gate.piece(fragment(1))
    gate.expect("seal_now")
    gate.end()
    aisle.end()
    exporter = Exporter(keeper)
    for link in (gate, aisle, asker):
        link.close()
    assert exporter.outcome()["outcome"] == "failed"
    os.close(file)


def test_a_pass_phrase_for_a_request_that_was_refused_ends_no_other(keeper):
    """Whoever has an export under way asks again, and sends the phrase right behind, before the first
    one's and while that package is made."""
    asker = keeper.command()
    file, phrase = os.memfd_create("package"), os.memfd_create("phrase", os.MFD_ALLOW_SEALING)
    os.write(phrase, b"correct horse")
    fcntl.fcntl(phrase, F_ADD_SEALS, SEALED)
    ask = {"from_utc_ns": time.time_ns() - 3600 * 10**9, "to_utc_ns": time.time_ns(),
           "is_encrypted": 1, **WORDS}

    def ask_in_vain():
        refused = asker.say("export_ask", descriptor=file, **ask)
        asker.say("export_phrase", descriptor=phrase, reference=refused)
        assert "another package is being made" in asker.done(refused)["text"]
    first = asker.say("export_ask", descriptor=file, **ask)
    ask_in_vain()
    asker.say("export_phrase", descriptor=phrase, reference=first)
    exporter = Exporter(keeper)
    ask_in_vain()
    exporter.plan()
    assert asker.expect("export_plan")["clips"] == 1
    asker.close()
    assert exporter.outcome()["detail"] == "whoever asked for the package is gone"
    os.close(file)
    os.close(phrase)


def test_a_trial_says_what_would_be_refused_and_begins_nothing(keeper):
    asker = keeper.command()
    file = os.memfd_create("package")
    ask = {"from_utc_ns": time.time_ns() - 3600 * 10**9, "to_utc_ns": time.time_ns(),
           "is_trial": 1, **WORDS}
    before = len(keeper.records("operator"))
    assert asker.ask("export_ask", descriptor=file, **ask)["status"] == STATUS_CODES["ok"]
    done = asker.ask("export_ask", descriptor=file, **ask, cameras="nowhere")
    assert "there is no camera nowhere" in done["text"]
    assert asker.ask("export_ask", descriptor=file, **ask)["status"] == STATUS_CODES["ok"]
    asker.close()
    os.close(file)
    assert len(keeper.records("operator")) == before


# ---- what an exporter is refused ----

def refusal(exporter):
    assert exporter.link.is_ended()
    outcome = exporter.outcome()
    assert outcome["outcome"] == "failed"
    return outcome["detail"]


def test_each_key_seals_each_clip_of_the_plan_once(asked):
    exporter = asked[1].plan(clips=2)
    assert [exporter.seal(kind) for kind in (0, 1, 0, 1)] == [True] * 4
    assert not exporter.seal()
    assert "sealed once by each key" in refusal(exporter)


def test_a_package_that_is_begun_again_has_its_clips_sealed_again_but_only_once(asked):
    exporter = asked[1]
    for _ in range(2):
        exporter.plan()
        assert exporter.seal(0) and exporter.seal(1)
    exporter.plan()
    assert "that is no plan" in refusal(exporter)


def test_nothing_is_sealed_before_the_plan(asked):
    assert not asked[1].seal()
    assert "sealed once by each key" in refusal(asked[1])


def test_nothing_is_sealed_after_the_signature(asked):
    exporter = asked[1].plan().sign()
    assert not exporter.seal()
    assert "sealed once by each key" in refusal(exporter)


def test_a_key_that_there_is_not_seals_nothing(asked):
    assert not asked[1].plan().seal(kind=2)
    assert "there is no export key 2" in refusal(asked[1])


@pytest.mark.parametrize("change", [lambda packet: packet[:-1], lambda packet: packet + b"\0"])
def test_a_digest_of_another_length_is_not_sealed(asked, change):
    link = asked[1].plan().link
    link.raw(change(encode("export_seal", link.sent + 1, kind=0, digest=bytes(32))))
    assert refusal(asked[1])


def test_a_manifest_is_signed_once(asked):
    with pytest.raises((AssertionError, ConnectionResetError)):
        asked[1].plan().sign().sign()
    assert "signed once" in refusal(asked[1])


# ---- what is wanted stays ----

def test_video_under_export_is_not_expired_until_it_is_over(keeper, tmp_path):
    begin = time.time_ns() - 300 * 10**9
    for name in ("gate", "aisle"):
        camera = keeper.camera(name)
        known = len(keeper.bodies("segment", f"camera/{name}"))
        for number in range(2):
            camera.record(camera.grant(), start_ns=begin + number * 10 * 10**9)
        keeper.wait(lambda source=f"camera/{name}", count=known + 2: len(
            keeper.bodies("segment", source)) == count)

    def files(name):
        return sorted((keeper.state / "video" / name).rglob("*.mp4"))

    asker = keeper.command()
    file = os.memfd_create("package")
    asker.say("export_ask", descriptor=file, cameras="gate", from_utc_ns=begin,
              to_utc_ns=time.time_ns(), **WORDS)
    exporter = Exporter(keeper).plan()
    kept = files("gate")
    assert kept
    keeper.narrow.touch()
    keeper.wait(lambda: not files("aisle"), "the expiry of what nobody wants")
    assert files("gate") == kept
    assert {head["source"] for _, head, _ in keeper.records("expiry")} == {"camera/aisle"}
    asker.close()
    assert exporter.outcome()["outcome"] == "failed"
    keeper.wait(lambda: not files("gate"), "the expiry of what nobody wants any more")
    keeper.narrow.unlink()
    os.close(file)
