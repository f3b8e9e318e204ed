"""The two keys that seal clips: made, certified and introduced by the keeper, and made anew where
they are gone or were exchanged. Every state left behind is verified (Keeper)."""
import base64
import contextlib
import os
import stat
import subprocess
import time

import pytest

from keeper_end import Keeper
from moved_clock import MovedClock

FILES = {"rsa": "export-rsa.key", "suite": "export-suite.key"}


@pytest.fixture(name="keeper", params=["sm", "nist"])
def keeper_fixture(request, tmp_path):
    with Keeper(tmp_path / "state", request.param) as started:
        yield started


def export_keys(keeper):
    return keeper.bodies("key", use="export")


def are_there(keeper, count=2):
    """So many are on record, and both files are in their place."""
    return lambda: len(export_keys(keeper)) == count and all(
        (keeper.state / "key" / name).exists() for name in FILES.values())


@contextlib.contextmanager
def wanted(keeper):
    """An export is asked for: a first RSA key is made for it."""
    asker = keeper.command()
    file = os.memfd_create("package")
    asker.say("export_ask", descriptor=file, from_utc_ns=time.time_ns() - 3600 * 10**9,
              to_utc_ns=time.time_ns(), purpose="inspection", case_number="2026-17")
    os.close(file)
    yield
    asker.close()


def make(keeper):
    keeper.start(cameras=["gate"])
    with wanted(keeper):
        assert keeper.wait(are_there(keeper))


def alarms(keeper):
    """The open ones, as (alarm, subject)."""
    found = {number: (body.get("alarm"), body.get("subject"))
             for number, head, body in keeper.records() if head["kind"] == "alarm"
             and body["phase"] == "begin"}
    for body in keeper.bodies("alarm", phase="end"):
        found.pop(int(body["begin"]), None)
    return set(found.values())


def public_key(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True,
                          **options).stdout


def test_both_are_made_and_introduced_once(keeper):
    make(keeper)
    keeper.stop()
    keeper.start()
    keeper.stop()
    said = {body["suite"]: body for body in export_keys(keeper)}
    assert len(export_keys(keeper)) == 2 and set(said) == {"rsa", keeper.suite}
    for suite, name in (("rsa", FILES["rsa"]), (keeper.suite, FILES["suite"])):
        path = keeper.state / "key" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        certificate = base64.b64decode(said[suite]["certificate"])
        assert public_key("x509", "-inform", "DER", "-noout", "-pubkey",
                          input=certificate) == public_key("pkey", "-in", str(path), "-pubout")
    assert not keeper.bodies("alarm")


def test_rsa_takes_seconds_and_is_made_when_the_appliance_has_run_for_a_minute(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", environment=clock.environment) as keeper:
        keeper.start()
        assert keeper.wait((keeper.state / "key" / FILES["suite"]).exists)
        clock.set(50)
        assert "export-rsa" not in keeper.text()
        clock.set(61)
        assert keeper.wait(are_there(keeper))
        keeper.stop()


def test_missing_ones_are_made_anew_and_introduced_again(keeper):
    make(keeper)
    keeper.stop()
    for name in FILES.values():
        (keeper.state / "key" / name).unlink()
    keeper.start()
    assert keeper.wait(are_there(keeper, 4))
    keeper.stop()
    assert not keeper.bodies("alarm")


def exchange(path):
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt",
                    "rsa_keygen_bits:3072", "-out", str(path)], check=True)
    path.chmod(0o600)


@pytest.mark.parametrize("harm, name, says", [
    (exchange, FILES["rsa"], "is not the key on record"),
    (exchange, FILES["suite"], "is a key of another kind"),
    (lambda path: path.write_bytes(b"junk"), FILES["suite"], "is not a private key"),
    (lambda path: path.chmod(0o640), FILES["suite"], "has mode 0640"),
])
def test_one_that_was_exchanged_or_damaged_is_an_alarm_and_made_anew(tmp_path, harm, name, says):
    with Keeper(tmp_path / "state") as keeper:
        make(keeper)
        keeper.stop()
        path = keeper.state / "key" / name
        harm(path)
        harmed = path.read_bytes()
        keeper.start()
        assert keeper.wait(are_there(keeper, 3))
        assert path.read_bytes() != harmed
        assert path.with_name(name + ".aside").read_bytes() == harmed
        assert says in keeper.bodies("health", event="export_key_altered")[0]["detail"]
        assert alarms(keeper) == {("export_key_altered", name)}
        keeper.stop()
        # The next start finds them in order.
        keeper.start()
        assert keeper.wait(lambda: not alarms(keeper))
        keeper.stop()
        assert len(export_keys(keeper)) == 3


def test_a_crash_before_they_are_stored_is_no_alarm(tmp_path):
    """However far it had come."""
    with Keeper(tmp_path / "state") as keeper:
        for _ in range(3):
            keeper.start(cameras=["gate"])
            with wanted(keeper):
                keeper.kill()
        keeper.start(cameras=["gate"])
        with wanted(keeper):
            assert keeper.wait(lambda: len({body["suite"] for body in export_keys(keeper)}) == 2 and
                               are_there(keeper, len(export_keys(keeper)))())
        keeper.stop()
        assert not keeper.bodies("alarm") and not keeper.bodies("health", event="export_key_altered")
