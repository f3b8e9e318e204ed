"""sealroom-keeper with camera processes played here: segments, gaps, notes, recovery."""
import hashlib
import os
import sqlite3
import struct
import time

import pytest

from keeper_end import Keeper, fragment, init_part
from messages import CAUSE_CODES


@pytest.fixture(params=["sm", "nist"])
def keeper(request, tmp_path):
    with Keeper(tmp_path / "state", request.param) as started:
        yield started


@pytest.fixture
def sm_keeper(tmp_path):
    with Keeper(tmp_path / "state") as started:
        yield started


def merkle_root(algorithm, leaves):
    """RFC 6962, 2.1."""
    def digest(data):
        return hashlib.new(algorithm, data).digest()

    def root(hashes):
        if len(hashes) == 1:
            return hashes[0]
        split = 1
        while split * 2 < len(hashes):
            split *= 2
        return digest(b"\1" + root(hashes[:split]) + root(hashes[split:]))

    return root([digest(b"\0" + leaf) for leaf in leaves]).hex()


def roots_of(pieces):
    """The roots over what a camera told, by piece.c's description of the leaf."""
    return {name: merkle_root(name, [
        struct.pack("<BQQ", piece["kind"], piece["offset"], piece["size"]) + piece[name]
        for piece in pieces]) for name in ("sha256", "sm3") if name in pieces[0]}


def segments(keeper):
    return keeper.bodies("segment")


def files(keeper):
    return sorted((keeper.state / "video").rglob("*.mp4"))


def progress(keeper):
    """The newest note's lines."""
    notes = []
    for slot in (0, 1):
        path = keeper.state / f"progress.{slot}"
        if path.exists():
            text = path.read_text(encoding="utf-8")
            if "\nsequence " in text:
                sequence = int(text.split("\nsequence ")[1].split("\n")[0])
                notes.append((sequence, text.splitlines()))
    return max(notes)[1] if notes else []


def noted(keeper, segment):
    """The size a note vouches for; 0 if none does."""
    for line in progress(keeper):
        words = line.split(" ")
        if words[0] == "segment" and words[2] == segment:
            return int(words[3])
    return 0


def check_tiling(keeper, camera):
    """Segments and gaps of a camera tile its time."""
    spans = [(body["start"], body["end"])
             for _, head, body in keeper.records(source=f"camera/{camera}")
             if head["kind"] in ("segment", "gap")]
    spans.sort()
    for (_, end), (start, _) in zip(spans, spans[1:]):
        assert abs(nanoseconds(start) - nanoseconds(end)) <= 100_000_000, spans
    return spans


def nanoseconds(text):
    whole, fraction = text.rstrip("Z").split(".")
    import calendar
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction)


def test_segment_is_on_record_with_the_roots_of_its_pieces(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    assert camera.with_sm3 == (keeper.suite == "sm")
    camera.record(camera.grant())
    body, = keeper.wait(lambda: segments(keeper), "the segment's record")
    assert body["segment"] == camera.id and body["size"] == str(camera.offset)
    assert body["pieces"] == 4 and body["frames"] == 75
    roots = roots_of(camera.pieces)
    assert body["root_sha256"] == roots["sha256"]
    assert body.get("root_sm3") == roots.get("sm3")
    assert (keeper.state / "video" / body["file"]).stat().st_size == camera.offset
    with sqlite3.connect(f"file:{keeper.state}/ledger.db?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM piece").fetchone() == (1,)


def test_consecutive_segments_leave_no_gap(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    granted = camera.grant()
    start = time.time_ns()
    for _ in range(3):
        camera.begin(granted, start_ns=start)
        granted = camera.grant()
        camera.piece(init_part())
        camera.piece(fragment(1), duration_ns=20_000_000)
        start = camera.at
        camera.end(continues=1)
    keeper.wait(lambda: len(segments(keeper)) == 3)
    assert not keeper.bodies("gap")
    check_tiling(keeper, "gate")


def test_time_without_picture_is_one_gap_with_its_cause(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.record(camera.grant(), pieces=1)
    end = camera.at
    for cause in ("stalled", "unreachable"):
        camera.say("stream_down", at_utc_ns=end, cause=CAUSE_CODES[cause], detail=cause)
    camera.record(camera.grant(), start_ns=end + 5 * 10**9)
    keeper.wait(lambda: len(segments(keeper)) == 2)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "unreachable" and gap["detail"] == "unreachable"
    check_tiling(keeper, "gate")
    assert [alarm["alarm"] for alarm in keeper.bodies("alarm")][:1] == ["offline"]


def test_time_that_a_running_stream_has_no_pictures_of_does_not_say_the_camera_closed_it(sm_keeper):
    """A camera that is too busy: its pictures come later and later, until they are placed anew."""
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    start = time.time_ns() - 60 * 10**9
    for _ in range(2):
        camera.record(camera.grant(), continues=1, start_ns=start)
        start = camera.at + 17 * 10**9
    keeper.wait(lambda: len(segments(keeper)) == 2)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "not_delivered"
    check_tiling(keeper, "gate")


def test_progress_note_vouches_for_what_was_told(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate", "yard"])
    ends = [keeper.camera(name) for name in ("gate", "yard")]
    for camera in ends:
        camera.begin(camera.grant())
        camera.piece(init_part())
        camera.piece(fragment(1))
    for camera in ends:
        keeper.wait(lambda end=camera: noted(keeper, end.id) == end.offset, "a note")
    for camera in ends:
        camera.end()
    keeper.wait(lambda: len(segments(keeper)) == 2)
    keeper.wait(lambda: not any(line.startswith("segment") for line in progress(keeper)))


def test_camera_goes_on_over_a_keepers_death(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    spare = camera.grant()
    keeper.kill()
    camera.piece(fragment(2), tell=False)  # it goes on writing
    link, = keeper.start(cameras=["gate"], workers=[("camera", "gate")])
    link.hello(resume=camera.id)
    for name in ("file", "id", "start_utc_ns", "start_raw_ns", "offset", "pieces", "frames", "at"):
        setattr(link, name, getattr(camera, name))
    link.say_begin()
    for piece in link.pieces:
        link.say("fragment", **piece)
    link.piece(fragment(3))
    link.end()
    body, = keeper.wait(lambda: segments(keeper))
    assert body["pieces"] == 4 and "recovered_from" not in body
    assert body["root_sha256"] == roots_of(link.pieces)["sha256"]
    assert not keeper.bodies("gap")
    keeper.wait(lambda: [path.stem for path in files(keeper)] == [camera.id], "the spare's removal")
    os.close(spare["descriptor"])


def test_both_dead_the_file_is_sealed_and_the_rest_named(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    covered = keeper.wait(lambda: noted(keeper, camera.id))
    assert covered == camera.offset
    camera.piece(fragment(2), tell=False)
    camera.write(fragment(3)[:100])  # torn
    keeper.kill()
    keeper.start(cameras=["gate"])
    body, = keeper.wait(lambda: segments(keeper))
    assert body["segment"] == camera.id
    assert int(body["size"]) == camera.offset + 100
    assert body["pieces"] == 4
    assert int(body["not_covered_from"]) == covered
    new = keeper.camera("gate")
    new.record(new.grant(), start_ns=time.time_ns())
    keeper.wait(lambda: len(segments(keeper)) == 2)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "recorder_failed"
    check_tiling(keeper, "gate")


def test_segment_that_ended_but_was_not_recorded_is_sealed_at_the_next_start(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    granted = camera.grant()
    keeper.process.send_signal(19)
    camera.record(granted)
    keeper.kill()
    keeper.start(cameras=["gate"])
    body, = keeper.wait(lambda: segments(keeper))
    assert int(body["size"]) == camera.offset


def test_rest_of_a_dead_cameras_file_is_hashed(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    camera.piece(fragment(2), tell=False)
    camera.close()
    body, = keeper.wait(lambda: segments(keeper))
    assert body["pieces"] == 3 and int(body["size"]) == camera.offset
    assert body["root_sha256"] == roots_of(camera.pieces)["sha256"]
    new = keeper.camera("gate")
    new.record(new.grant(), start_ns=camera.at + 3 * 10**9)
    keeper.wait(lambda: len(segments(keeper)) == 2)
    gap, = keeper.bodies("gap")
    assert gap["cause"] == "camera_process"


def test_unused_grant_leaves_no_file(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.grant()
    assert len(files(keeper)) == 1
    camera.close()
    keeper.wait(lambda: not files(keeper))
    assert not segments(keeper)


def test_ordered_stop_seals_and_the_next_start_knows_why(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    camera.end()
    keeper.stop()
    assert len(segments(keeper)) == 1
    keeper.start(cameras=["gate"])
    new = keeper.camera("gate")
    new.record(new.grant(), start_ns=time.time_ns() + 2 * 10**9)
    keeper.wait(lambda: len(segments(keeper)) == 2)
    assert keeper.bodies("gap")[-1]["cause"] == "recorder_stopped"
    check_tiling(keeper, "gate")


def test_stop_seals_what_a_camera_leaves_open(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    reference = keeper.control.say("stop", reason="test")
    camera.close()
    assert keeper.control.done(reference)["status"] == 0
    body, = segments(keeper)
    assert int(body["size"]) == camera.offset


def test_file_that_is_still_written_at_the_stop_is_sealed_by_the_next_start(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(1))
    file = os.dup(camera.file)
    keeper.wait(lambda: noted(keeper, camera.id) == camera.offset)
    keeper.stop()
    assert not segments(keeper)
    os.write(file, fragment(2))
    keeper.start(cameras=["gate"])
    body, = keeper.wait(lambda: segments(keeper))
    assert int(body["size"]) == os.fstat(file).st_size
    assert int(body["not_covered_from"]) == camera.offset


def test_seal_now_asks_cameras_to_cut(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    command = keeper.command()
    assert command.ask("seal_now")["status"] == 0
    camera.expect("seal_now")


def test_changed_camera_is_an_alarm(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.66"):
        camera.say("stream_up", at_utc_ns=time.time_ns(), address=address, port=554, transport=1,
                   video_codec="h264")
    keeper.wait(lambda: keeper.bodies("alarm"))
    alarm, = keeper.bodies("alarm")
    assert alarm["alarm"] == "identity_changed"
    keeper.kill()
    keeper.start(cameras=["gate"])  # and it is remembered
    camera = keeper.camera("gate")
    command = keeper.command()
    reference = command.say("status_ask")
    assert command.expect("status_alarm")["kind"] == "identity_changed"
    command.done(reference)


def test_cameras_told_to_end_before_the_keeper_leave_a_gap_of_the_recorders_own(sm_keeper):
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.say("stream_up", at_utc_ns=time.time_ns(), address="192.0.2.1", transport=1)
    camera.record(camera.grant())
    camera.close()
    keeper.wait(lambda: segments(keeper))
    assert keeper.control.ask("worker_ended", role=3, source="gate", ordered=1)["status"] == 0
    keeper.stop()
    assert [gap["cause"] for gap in keeper.bodies("gap")] == ["recorder_stopped"]


def test_picture_after_a_keepers_death_ends_the_alarm_and_is_shown(sm_keeper):
    """A camera that goes on says nothing of its stream again."""
    keeper = sm_keeper
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.say("stream_down", cause=CAUSE_CODES["stalled"], at_utc_ns=time.time_ns())
    keeper.wait(lambda: keeper.bodies("alarm"))
    keeper.kill()
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    keeper.wait(lambda: keeper.bodies("alarm", phase="end"))
    command = keeper.command()
    command.say("status_ask")
    assert command.expect("status_camera")["recording"] == 1


def test_piece_the_disk_had_no_room_for_is_hashed_like_a_rest(keeper):
    keeper.start(cameras=["gate"])
    camera = keeper.camera("gate")
    camera.begin(camera.grant())
    camera.piece(init_part())
    camera.piece(fragment(0))
    torn = fragment(1)[:700]
    camera.write(torn)
    camera.end()
    body, = keeper.wait(lambda: segments(keeper))
    assert int(body["recovered_from"]) == camera.offset
    assert int(body["size"]) == camera.offset + len(torn)
    camera.record(camera.grant())
    keeper.wait(lambda: len(segments(keeper)) == 2)
    assert not keeper.bodies("health", event="peer_cut_off")
    camera.close()
