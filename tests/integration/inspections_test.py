"""What the process that verifies says to the keeper, and what the supervisor says of it."""
import fcntl
import os

import pytest

from account_test import FIRST, OK, Console
from keeper_end import ROLES, Keeper
from messages import ROOT, STATUS_CODES, enum

KINDS = {name: code for code, name in enum(
    (ROOT / "recorder/base/message_inspect.h").read_text(encoding="utf-8"), "inspect_kind",
    "INSPECT_").items()}
F_ADD_SEALS, SEALED = 1033, 0xf  # linux/fcntl.h


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    with Keeper(tmp_path_factory.mktemp("inspections") / "state", "nist") as keeper:
        keeper.start()
        console = Console(keeper)
        assert console.first()["status"] == OK
        console.inspector = console.ready(console.token("admin", FIRST), "wang", "inspector")
        yield keeper, console


@pytest.fixture(name="verifier")
def verifier_fixture(room):
    """The process of a verification that was asked for, at work."""
    keeper, console = room
    done = console.link.ask("inspect_ask", session=console.inspector, kind=KINDS["verify"])
    assert done["status"] == OK, done["text"]
    keeper.control.expect("inspect_start")
    link = keeper.peer("inspect", "verify")
    link.say("hello", protocol=1, program="test")
    link.expect("inspect_task")
    link.lookup = done["record"]
    return link


def is_said_to_have_ended(keeper):
    """By the supervisor, whose word may come before the last one of the process itself."""
    said = keeper.control.ask("worker_ended", role=ROLES["inspect"], source="verify")
    assert said["status"] == STATUS_CODES["ok"]


def verdict(keeper, verifier):
    return keeper.wait(lambda: keeper.bodies("operator", action="verified",
                                             lookup=str(verifier.lookup)), what="a verdict")[0]


def test_a_verdict_counts_whoever_is_heard_first_that_its_process_has_ended(room, verifier):
    keeper, _ = room
    is_said_to_have_ended(keeper)
    file = os.memfd_create("found", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(file, F_ADD_SEALS, SEALED)
    verifier.say("inspect_result", descriptor=file)
    os.close(file)
    verifier.say("inspect_end", verdict="authentic", records=7)
    verifier.close()
    said = verdict(keeper, verifier)
    assert (said["outcome"], said["verdict"]) == ("done", "authentic")


def test_a_process_that_ended_without_a_verdict_is_told_of(room, verifier):
    keeper, _ = room
    is_said_to_have_ended(keeper)
    verifier.close()
    said = verdict(keeper, verifier)
    assert (said["outcome"], said["detail"]) == ("failed", "its process ended with exit status 0")
