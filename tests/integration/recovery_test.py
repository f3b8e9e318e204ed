"""What a kill leaves, and what the next start makes of it: the real programs, real peers.

A kill is SIGKILL, which keeps the page cache. A power cut is played by a copy of the state that
was taken while every process stood still, cut back to what had been made durable.
"""
import datetime
import os
import pathlib
import shutil
import signal
import sqlite3
import tempfile

import pytest

from appliance import Appliance

FPS = 25


def made(gate, **more):
    return Appliance(cameras=[gate.entry("gate")], **more)


@pytest.fixture(name="appliance")
def appliance_fixture(gate):
    with made(gate) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        yield appliance


def bodies(appliance, kind):
    return [row["body"] for row in appliance.json("records", "--kind", kind)]


def segments(appliance):
    return bodies(appliance, "segment")


def not_altered(appliance):
    status, text = appliance.verify()
    assert status in (0, 3), text
    return text


def tiles(appliance, camera="gate"):
    """Segments and gaps of a camera, none over another, nothing between them."""
    spans = sorted(((body["start"], body["end"]) for kind in ("segment", "gap")
                    for body in bodies(appliance, kind) if body["camera"] == camera))
    for before, after in zip(spans, spans[1:]):
        assert before[1] <= after[0], (before, after)
    return spans


def start_and_stop(appliance):
    """One more life: recovery is over when it records again."""
    appliance.start()
    appliance.wait(lambda: appliance.is_recording("gate"))
    appliance.stop()


def causes(appliance):
    """Of all gaps but the moment that a busy machine leaves between the last picture and the stop."""
    return [body["cause"] for body in bodies(appliance, "gap")
            if body["cause"] != "recorder_stopped"]


def test_everything_killed_loses_no_video_that_was_written(appliance):
    path = appliance.growing(100_000)
    appliance.kill()
    size = path.stat().st_size
    start_and_stop(appliance)
    found = [body for body in segments(appliance) if path.stem == body["segment"]]
    assert len(found) == 1 and int(found[0]["size"]) == size == path.stat().st_size
    assert "recovered_from" in found[0]
    assert causes(appliance) == ["recorder_failed"]
    # It was the same camera before and after.
    assert not [body for body in bodies(appliance, "camera") if body["event"] == "identity_changed"]
    tiles(appliance)
    not_altered(appliance)


def test_keeper_and_camera_killed_together_seal_what_was_written(appliance):
    appliance.growing(100_000)
    processes = appliance.processes()
    appliance.process.send_signal(signal.SIGSTOP)
    for name in ("keeper", "camera/gate"):
        os.kill(processes[name], signal.SIGKILL)
    appliance.process.send_signal(signal.SIGCONT)
    appliance.wait(lambda: appliance.processes().get("keeper") not in (None, processes["keeper"]),
                   10, "another keeper")
    appliance.wait(lambda: appliance.is_recording("gate"))
    appliance.stop()
    assert {str(path.relative_to(appliance.state / "video")) for path in appliance.segments()} \
        == {body["file"] for body in segments(appliance)}
    tiles(appliance)
    not_altered(appliance)


def test_keeper_killed_again_and_again_leaves_one_unbroken_recording(appliance):
    for _ in range(4):
        appliance.growing(20_000)
        keeper = appliance.processes()["keeper"]
        os.kill(keeper, signal.SIGKILL)
        appliance.wait(lambda dead=keeper: appliance.processes().get("keeper") not in (None, dead),
                       10, "another keeper")
        appliance.wait(lambda: appliance.is_recording("gate"))
    appliance.stop()
    assert causes(appliance) == []
    ordered = sorted(segments(appliance), key=lambda body: body["start"])
    for before, after in zip(ordered, ordered[1:]):
        assert before["end"] == after["start"] and before["continues"]
    not_altered(appliance)


# ---- killed at each of the keeper's own steps ----

def killing_keeper(syscalls, when):
    """A keeper that is killed at its Nth call of these, once; the next one lives."""
    return {"sealroom-keeper":
            'if rmdir "$(dirname "$0")/armed" 2>/dev/null; then\n'
            f'exec strace -f -qq -o /dev/null -e trace={syscalls} '
            f'-e inject={syscalls}:signal=SIGKILL:when={when} {{program}} "$@"\n'
            'else exec {program} "$@"; fi'}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("syscalls, when", [
    # The first is the first start; then commits, notes, seals.
    *[("fsync,fdatasync", when) for when in (3, 12, 18, 33)],
    *[("pwrite64", when) for when in (5, 60)],
    ("ftruncate", 3),
])
def test_killed_between_any_two_steps_it_goes_on(gate, panel, syscalls, when):
    appliance = made(gate, controllers=[panel.entry("panel")],
                     wrap=killing_keeper(syscalls, when))
    told = len(panel.truth())
    with appliance:
        appliance.wait(lambda: appliance.is_recording("gate")
                       and appliance.source("panel")["online"])
        for card in range(20):
            panel.ask(f"emit access_granted 1 {card}")
        appliance.growing(60_000)
        appliance.wait(lambda: len(appliance.json("entries", check=False)) >= 20,
                       what="all entries")
        appliance.stop()
        happened = [row for row in panel.truth()[told:] if "seq" in row]
        entries = [row["body"] for row in appliance.json("records", "--kind", "entry")
                   if "device_seq" in row["body"]]
        keys = [(body["boot_epoch"], body["device_seq"]) for body in entries]
        assert len(set(keys)) == len(keys)
        assert [int(body["device_seq"]) for body in entries][-20:] == \
            [row["seq"] for row in happened][-20:]
        tiles(appliance)
        not_altered(appliance)


# ---- a copy taken in the middle of everything ----

def frozen_copy(appliance, folder):
    """The state as it stands at one moment, as a power cut that keeps the page cache would."""
    processes = [appliance.process.pid, *appliance.descendants()]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        shutil.copytree(appliance.state, folder / "state",
                        ignore=shutil.ignore_patterns("*.sock", "run"))
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def newest_note(state):
    """{segment id: (size, pieces)} of the newer note."""
    notes = []
    for slot in (0, 1):
        lines = (state / f"progress.{slot}").read_text(encoding="utf-8").split("\n")
        notes.append((int(lines[3].split()[1]), lines))
    lines = max(notes)[1]
    return {words[2]: int(words[3]) for words in (line.split() for line in lines)
            if words and words[0] == "segment"}


def is_noted(state, path):
    try:
        return newest_note(state).get(path.stem, 0) > 0
    except (OSError, IndexError, ValueError):
        return False  # read in the middle of a write


@pytest.fixture(name="copied")
def copied_fixture(appliance, gate, tmp_path):
    """An appliance on the copy, not started yet, and the file that was open in it."""
    path = appliance.growing(60_000)
    appliance.wait(lambda: is_noted(appliance.state, path), what="a note of the open segment")
    copy = made(gate, folder=tmp_path)
    frozen_copy(appliance, tmp_path)
    appliance.kill()
    yield copy, copy.state / path.relative_to(appliance.state)
    copy.kill()


def body_of(appliance, path):
    (found,) = [body for body in segments(appliance) if body["segment"] == path.stem]
    return found


def test_state_copied_mid_write_starts_and_is_not_altered(copied):
    copy, path = copied
    size = path.stat().st_size
    noted = newest_note(copy.state)[path.stem]
    start_and_stop(copy)
    body = body_of(copy, path)
    assert int(body["size"]) == size
    assert "noted_size" not in body
    assert size == noted or int(body["not_covered_from"]) == noted
    tiles(copy)
    status, text = copy.verify()
    assert status == (0 if size == noted else 3), text


def test_power_cut_back_to_the_note_is_whole(copied):
    copy, path = copied
    noted = newest_note(copy.state)[path.stem]
    os.truncate(path, noted)
    start_and_stop(copy)
    body = body_of(copy, path)
    assert int(body["size"]) == noted
    assert "not_covered_from" not in body and "noted_size" not in body
    not_altered(copy)


def test_power_cut_with_a_torn_tail_is_sealed_and_not_covered(copied):
    copy, path = copied
    noted = newest_note(copy.state)[path.stem]
    os.truncate(path, noted)
    with open(path, "ab") as file:
        file.write(bytes(4096))  # what a file system leaves where data did not reach it
    start_and_stop(copy)
    body = body_of(copy, path)
    assert int(body["size"]) == noted + 4096
    assert int(body["not_covered_from"]) == noted
    assert path.stat().st_size == noted + 4096
    status, text = copy.verify()
    assert status == 3, text


@pytest.mark.parametrize("harm", ["cut", "changed", "removed"])
def test_harm_to_what_the_note_covers_is_altered_after_any_number_of_starts(copied, harm):
    copy, path = copied
    noted = newest_note(copy.state)[path.stem]
    if harm == "cut":
        os.truncate(path, noted - 1)
    elif harm == "removed":
        path.unlink()
    else:
        with open(path, "r+b") as file:
            file.seek(noted // 2)
            byte = file.read(1)
            file.seek(noted // 2)
            file.write(bytes([byte[0] ^ 1]))
    before, text = copy.verify()
    assert before == 1 and path.stem in text, text
    for _ in range(2):
        start_and_stop(copy)
        after, text = copy.verify()
        assert after == 1 and path.stem in text, text
    assert int(body_of(copy, path)["noted_size"]) == noted


def test_slot_torn_by_the_power_cut_is_a_finding_and_no_alteration(copied):
    copy, path = copied
    sequences = {slot: int((copy.state / f"progress.{slot}").read_text().split("\n")[3].split()[1])
                 for slot in (0, 1)}
    torn = copy.state / f"progress.{max(sequences, key=sequences.get)}"
    os.truncate(torn, torn.stat().st_size // 2)
    noted = newest_note_of(copy.state, min(sequences, key=sequences.get)).get(path.stem, 0)
    start_and_stop(copy)
    assert any(body["event"] == "note_slot_invalid" for body in bodies(copy, "health"))
    body = body_of(copy, path)
    assert "noted_size" not in body
    assert int(body.get("not_covered_from", body["size"])) == noted
    not_altered(copy)


def newest_note_of(state, slot):
    lines = (state / f"progress.{slot}").read_text(encoding="utf-8").split("\n")
    return {words[2]: int(words[3]) for words in (line.split() for line in lines)
            if words and words[0] == "segment"}


def test_lost_indexes_and_catalog_come_back(copied):
    copy, _ = copied
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (copy.state / name).unlink(missing_ok=True)
    with sqlite3.connect(copy.state / "ledger.db") as database:
        for table in ("followed", "segment", "lived", "entry_key", "hold"):
            database.execute(f"DELETE FROM {table}")
    database.close()
    start_and_stop(copy)
    assert len({body["segment"] for body in segments(copy)}) == len(segments(copy))
    tiles(copy)
    not_altered(copy)


# ---- deleting, from the record to the unlink ----

def short_of_space(appliance, between=lambda: None):
    """Has two segments sealed, then starts again on a volume that always counts as full: what is
    sealed goes at once, below its floor, and no picture is let in."""
    appliance.wait(lambda: len(segments(appliance)) >= 2, what="two segments")
    appliance.stop()
    megabytes = shutil.disk_usage("/tmp").total // 1_000_000 + 1000
    appliance.configure(retention={**appliance.content["retention"], "reserve_mb": megabytes})
    between()
    appliance.start()


def expired(appliance):
    return {segment["segment"]: segment for body in bodies(appliance, "expiry")
            for segment in body["segments"]}


def test_full_disk_deletes_with_a_record_first_that_says_below_floor(gate):
    with made(gate) as appliance:
        short_of_space(appliance)
        appliance.wait(lambda: len(expired(appliance)) >= 2, what="an expiry")
        appliance.wait(lambda: not any(path.stem in expired(appliance)
                                       for path in appliance.segments()), what="the removal")
        appliance.stop()
        gone = expired(appliance)
        assert all(segment["below_floor"] for segment in gone.values())
        left = {path.stem for path in appliance.segments()}
        recorded = {body["segment"] for body in segments(appliance)}
        assert left == recorded - set(gone)
        status, text = appliance.verify()
        assert status == 3, text


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_killed_before_the_unlink_the_expiry_is_finished_by_the_next(gate):
    # The keeper dies at its first unlink in the day's folder, the expiry being on record.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sr-", dir="/tmp"))
    now = datetime.datetime.now(datetime.timezone.utc)
    days = " ".join(f"-P {folder}/state/video/gate/{now + datetime.timedelta(days=n):%Y%m%d}"
                    for n in (0, 1))
    wrap = {"sealroom-keeper":
            'if rmdir "$(dirname "$0")/armed" 2>/dev/null; then\n'
            f'exec strace -f -qq -o /dev/null {days} -e trace=unlinkat '
            '-e inject=unlinkat:signal=SIGKILL:error=EIO {program} "$@"\n'
            'else exec {program} "$@"; fi'}
    with made(gate, wrap=wrap, folder=folder) as appliance:
        short_of_space(appliance, (folder / "programs" / "armed").mkdir)
        # Not asked of the command's success: the keeper may be killed while it is asked.
        appliance.wait(lambda: [row["body"]["event"] for row in
                                appliance.json("records", "--kind", "health", check=False)]
                       .count("started") == 3, what="the kill")
        appliance.wait(lambda: expired(appliance) and not any(
            path.stem in expired(appliance) for path in appliance.segments()), what="the removal")
        appliance.stop()
        assert len(expired(appliance)) == sum(len(body["segments"])
                                              for body in bodies(appliance, "expiry"))
        status, text = appliance.verify()
        assert status == 3, text
    shutil.rmtree(folder, ignore_errors=True)


def test_held_video_stays_on_a_full_disk(gate):
    with made(gate) as appliance:
        appliance.sealroom("hold", "set", "--from", "2000-01-01", "--to", "2100-01-01",
                           "--reason", "case 7")
        short_of_space(appliance)
        appliance.wait(lambda: appliance.status()["alarms"], what="an alarm")
        appliance.stop()
        assert not expired(appliance)
        assert {path.stem for path in appliance.segments()} == \
            {body["segment"] for body in segments(appliance)}
