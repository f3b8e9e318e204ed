"""What the console is shown so that it can check it by itself, and what people say of records."""
import base64
import hashlib
import json
import os
import struct
import time

import pytest

from account_test import NOT_FOUND, OK, REFUSED, Console
from keeper_end import Keeper
from messages import EVENT_CODES

HASH = {"nist": "sha256", "sm": "sm3"}


@pytest.fixture(name="keeper", params=["sm", "nist"], scope="module")
def keeper_fixture(request, tmp_path_factory):
    with Keeper(tmp_path_factory.mktemp("sheet") / "state", request.param) as started:
        started.start(cameras=["gate"], doors={"archive": "panel"})
        yield started


@pytest.fixture(name="console", scope="module")
def console_fixture(keeper):
    console = Console(keeper)
    console.first()
    console.admin = console.token("admin", "Dragon-Gate-1")
    console.guard = console.ready(console.admin, "li", "guard")
    console.panel = keeper.door("panel")
    return console


def entry(console, number, event="access_granted"):
    return console.panel.ask("entry", event=EVENT_CODES[event], door="archive",
                             credential="4711", boot_epoch=1, has_device_seq=1, device_seq=number,
                             received_utc_ns=time.time_ns(),
                             received_monotonic_ns=time.monotonic_ns())["record"]


def content_of(descriptor):
    """Its position is where the keeper stopped writing."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def sheet(console, record, session):
    """{part: bytes}, or the status of a refusal."""
    name, values = console.answer(console.link.say("sheet_ask", session=session, record=record),
                                  "sheet")
    if name == "done":
        return values["status"]
    content = content_of(values["descriptor"])
    parts = {}
    for part in ("head", "body", "path", "note", "pieces"):
        size = values[f"{part}_size"]
        parts[part], content = content[:size], content[size:]
    assert content == b""
    return parts


def root(algorithm, index, size, head, path):
    """RFC 9162, 2.1.3.2."""
    def digest(data):
        return hashlib.new(algorithm, data).digest()

    found, last = digest(b"\0" + head), size - 1
    for node in path:
        if index % 2 == 1 or index == last:
            found = digest(b"\1" + node + found)
            while index % 2 == 0 and index > 0:
                index, last = index >> 1, last >> 1
        else:
            found = digest(b"\1" + found + node)
        index, last = index >> 1, last >> 1
    assert last == 0
    return found


def proved(keeper, record, parts):
    """The head is below the root of the note, and the body below the head."""
    algorithm = HASH[keeper.suite]
    _, size, said = parts["note"].split(b"\n")[:3]
    path = [parts["path"][at:at + 32] for at in range(0, len(parts["path"]), 32)]
    body = hashlib.new(algorithm, parts["body"]).hexdigest()
    return base64.b64decode(said) == root(algorithm, record, int(size), parts["head"], path) \
        and json.loads(parts["head"])["body"] == body


def test_a_sheet_proves_its_record(keeper, console):
    numbers = [entry(console, number + 1) for number in range(20)]
    for record in (numbers[0], numbers[7], numbers[-1]):
        parts = sheet(console, record, console.guard)
        assert proved(keeper, record, parts) and parts["pieces"] == b""
        assert json.loads(parts["body"])["credential"] == "4711"


def test_a_sheet_is_shown_to_those_who_may_see_its_kind(keeper, console):
    number = entry(console, 100)
    account = keeper.records("account")[0][0]
    assert sheet(console, number, console.admin) == REFUSED
    assert sheet(console, account, console.guard) == REFUSED
    assert proved(keeper, account, sheet(console, account, console.admin))
    assert sheet(console, 10**9, console.guard) == NOT_FOUND
    assert sheet(console, number, "A" * 43) == NOT_FOUND
    assert sheet(console, 10**9, "") == NOT_FOUND


def open_segments(console, session, camera=""):
    reference = console.link.say("open_ask", session=session, camera=camera)
    assert console.link.done(reference)["status"] == OK
    found = [values for name, values in console.link.waiting
             if name == "open_segment" and values["reference"] == reference]
    for values in found:
        values["table"] = content_of(values["descriptor"])
    return found


def test_an_open_segment_is_told_of_and_a_sealed_one_has_its_pieces(keeper, console):
    gate = keeper.camera("gate")
    gate.begin(gate.grant())
    gate.piece(b"\0" * 100)
    gate.piece(b"\1" * 1000)
    found = keeper.wait(lambda: [said for said in open_segments(console, console.guard)
                                 if said["pieces"] == 2])[0]
    assert (found["camera"], found["segment"], found["size"]) == ("gate", gate.id, 1100)
    assert (keeper.state / "video" / found["path"]).stat().st_size == 1100
    assert len(found["table"]) == found["pieces_size"]
    assert struct.unpack_from("<BI", found["table"]) == (2 if keeper.suite == "sm" else 1, 2)
    assert hashlib.sha256(b"\1" * 1000).digest() in found["table"]
    assert open_segments(console, console.guard, "nosuch") == []
    assert console.link.ask("open_ask", session=console.admin)["status"] == REFUSED
    gate.end()
    record = keeper.wait(lambda: keeper.records("segment"))[0][0]
    parts = sheet(console, record, console.guard)
    assert proved(keeper, record, parts) and parts["pieces"] == found["table"]
    assert json.loads(parts["body"])["pieces_sha256"] == \
        hashlib.sha256(parts["pieces"]).hexdigest()


def test_an_entry_is_reviewed_and_an_alarm_acknowledged_on_record(keeper, console):
    number = entry(console, 200)
    entry(console, 201, "forced")
    alarm = keeper.records("alarm")[0][0]

    def say(name, session, **values):
        return console.link.ask(name, session=session, **values)

    assert say("review", console.guard, entry=number, note="door checked")["status"] == OK
    done = say("review", console.guard, entry=number, note="again")
    assert done["status"] == OK
    _, head, body = keeper.records()[done["record"]]
    assert (head["source"], body["action"]) == ("operator/li", "review")
    assert (body["entry"], body["note"], body["person"]) == (str(number), "again", "Li")
    assert say("review", console.admin, entry=number)["status"] == REFUSED
    for wrong in (alarm, 10**9, 0):
        assert say("review", console.guard, entry=wrong)["status"] == NOT_FOUND
    assert say("alarm_acknowledge", console.guard, alarm=number)["status"] == NOT_FOUND
    assert say("alarm_acknowledge", console.guard, alarm=alarm, note="seen")["status"] == OK
    assert keeper.bodies("operator", action="acknowledge")[0]["begin"] == str(alarm)


def test_news_come_when_the_catalog_has_them_and_not_too_often(console):
    began = time.monotonic()
    for number in range(300, 360):
        last = entry(console, number)
    console.link.expect("news", lambda said: said["through"] > last)
    seconds = time.monotonic() - began
    news = [values for name, values in console.link.waiting if name == "news"]
    assert all(said["through"] <= said["records"] for said in news)
    console.link.waiting = [pair for pair in console.link.waiting if pair[0] != "news"]
    began = time.monotonic()
    last = entry(console, 400)
    console.link.expect("news", lambda said: said["through"] > last)
    assert time.monotonic() - began < 5 and seconds < 60
