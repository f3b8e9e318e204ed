"""sealroom-camera against cameras: every frame, every bit, every oddity."""
import os
import resource
import subprocess
import time

import pytest

import camera_rig as rig_module
from appliance import make_certificate, until
from camera_rig import Camera, Rig, fragment_times, nals, packets


@pytest.fixture
def make(tmp_path):
    """Cameras and rigs that end with the test."""
    made = []

    def camera(*options, **keywords):
        made.append(Camera(tmp_path, *options, **keywords))
        return made[-1]

    def rig(url, keeper=True, **setup):
        made.append(Rig(url, tmp_path, **setup))
        if keeper:
            made[-1].start_keeper()
        return made[-1]

    yield type("Make", (), {"camera": staticmethod(camera), "rig": staticmethod(rig)})
    for thing in reversed(made):
        thing.close()


def record_to_the_end(camera, rig, timeout=60):
    assert rig.run(lambda r: camera.finished() and r.all("stream_down"), timeout), rig.log_text()
    assert rig.stop() == 0
    return camera.report()["clients"][0]


def check_whole(rig, sent, reordered=False):
    """Frames recorded = frames sent, bit by bit; laid end to end they play as one."""
    for segment in rig.segments:
        segment.check(rig.with_sm3)
    assert rig.frames() == sent["access_units"]
    path = rig.laid_end_to_end()
    found = packets(path)
    assert len(found) == sent["access_units"]
    assert all(after["dts"] > before["dts"] for before, after in zip(found, found[1:]))
    times = fragment_times(path)
    for before, after in zip(times, times[1:]):
        assert after[0] == before[0] + 1, "fragment numbers run on"
        assert after[1] == before[1] + before[2], "no hole, no overlap"
    assert all(packet["pts"] >= packet["dts"] for packet in found)
    assert any(packet["pts"] != packet["dts"] for packet in found) or not reordered
    assert nals(path) == sent["nals"]


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("bframes", [0, 3])
def test_every_frame_sent_is_recorded_bit_by_bit_over_cuts(make, codec, bframes):
    camera = make.camera("--codec", codec, "--bframes", str(bframes), "--frames", "220",
                         "--digests")
    rig = make.rig(camera.url)
    sent = record_to_the_end(camera, rig)
    assert len(rig.segments) >= 4
    assert [segment.end["continues"] for segment in rig.segments][:-1] == [1] * (
        len(rig.segments) - 1)
    check_whole(rig, sent, reordered=bframes > 0)
    up = rig.all("stream_up")[0]
    assert up["video_codec"] == {"h264": "h264", "h265": "hevc"}[codec]
    assert up["sdp_sha256"] != bytes(32)
    assert "GStreamer" in up["server"]
    begin = rig.segments[0].begin
    assert (begin["width"], begin["height"]) == (640, 360)
    assert begin["reason"] == rig_module.CUT_FIRST
    assert {segment.begin["reason"] for segment in rig.segments[1:]} == {rig_module.CUT_TIME}
    assert abs(begin["start_utc_ns"] - up["at_utc_ns"]) < 2_000_000_000
    assert rig.notes() == set()


def test_pictures_of_several_slices_are_one_frame_each(make):
    camera = make.camera("--slices", "4", "--gop", "40", "--frames", "120", "--digests")
    rig = make.rig(camera.url)
    check_whole(rig, record_to_the_end(camera, rig))


def test_parameter_sets_only_in_the_description_are_enough(make):
    camera = make.camera("--no-parameters", "--frames", "80", "--digests")
    rig = make.rig(camera.url)
    check_whole(rig, record_to_the_end(camera, rig))
    subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", rig.laid_end_to_end(),
                    "-f", "null", "-"], check=True)


def test_segments_decode_alone(make):
    camera = make.camera("--codec", "h264", "--bframes", "2", "--frames", "120")
    rig = make.rig(camera.url)
    record_to_the_end(camera, rig)
    for segment in rig.segments:
        out = subprocess.run(["ffmpeg", "-v", "error", "-i", segment.path, "-f", "null", "-"],
                             check=True, capture_output=True, text=True)
        assert out.stderr == ""


def test_sm3_digests_where_the_ledger_wants_them(make):
    camera = make.camera("--frames", "80", "--digests")
    rig = make.rig(camera.url, with_sm3=True)
    check_whole(rig, record_to_the_end(camera, rig))


def test_udp_when_asked(make):
    camera = make.camera("--frames", "80", "--digests")
    rig = make.rig(camera.url, transport=2)
    record_to_the_end(camera, rig)
    assert rig.all("stream_up")[0]["transport"] == 2
    for segment in rig.segments:
        segment.check()
    assert rig.frames() > 60


@pytest.mark.parametrize("audio", ["aac", "opus"])
def test_sound_is_copied_when_asked(make, audio):
    camera = make.camera("--audio", audio, "--frames", "120", "--digests")
    rig = make.rig(camera.url, audio=1)
    sent = record_to_the_end(camera, rig)
    check_whole(rig, sent)
    sound = packets(rig.laid_end_to_end(), "a")
    assert rig.segments[0].begin["audio_codec"] == audio
    seconds = len(sound) * {"aac": 1024, "opus": 960}[audio] / 48000
    assert sent["access_units"] / 25 - 1.0 < seconds < sent["access_units"] / 25 + 10.0
    assert all(b["dts"] > a["dts"] for a, b in zip(sound, sound[1:]))


def test_sound_is_left_out_unless_asked(make):
    camera = make.camera("--audio", "aac", "--frames", "60", "--digests")
    rig = make.rig(camera.url)
    check_whole(rig, record_to_the_end(camera, rig))
    assert packets(rig.laid_end_to_end(), "a") == []


def test_other_sound_leaves_the_picture_alone_and_is_noted(make):
    camera = make.camera("--audio", "pcmu", "--frames", "80", "--digests")
    rig = make.rig(camera.url, audio=1)
    check_whole(rig, record_to_the_end(camera, rig))
    assert rig.notes() == {rig_module.NOTE_AUDIO_UNSUPPORTED}
    assert "pcm_mulaw" in rig.all("stream_note")[0]["detail"]
    assert rig.segments[0].begin["audio_codec"] == ""


def test_changed_parameter_sets_begin_a_segment(make):
    camera = make.camera("--frames", "120", "--resize-after", "2.5", "--digests")
    rig = make.rig(camera.url, segment_seconds=60)
    sent = record_to_the_end(camera, rig)
    assert [(segment.begin["reason"], segment.begin["width"]) for segment in rig.segments] == [
        (rig_module.CUT_FIRST, 640), (rig_module.CUT_PARAMETERS, 320)]
    assert rig.segments[0].end["continues"] == 1
    assert [note["detail"] for note in rig.all("stream_note")] == [
        "the picture was 640x360 and is 320x180"]
    for segment in rig.segments:
        segment.check()
        subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", segment.path, "-f", "null",
                        "-"], check=True)
    assert rig.frames() == sent["access_units"]
    assert [unit for segment in rig.segments for unit in nals(segment.path)] == sent["nals"]


def test_a_stall_is_seen_in_time_and_the_camera_comes_back(make):
    camera = make.camera("--stall-after", "3")
    rig = make.rig(camera.url, stall_ms=2000)
    assert rig.run(lambda r: r.all("stream_down"))
    down = rig.all("stream_down")[0]
    assert down["cause"] == rig_module.GAP_STALLED
    last = rig.segments[-1].end
    assert last is not None and last["continues"] == 0
    silent_ns = down["at_utc_ns"] - last["end_utc_ns"]
    assert 1_500_000_000 < silent_ns < 4_000_000_000
    # the stalled stream was one client's: the next connection gets pictures
    assert rig.run(lambda r: len(r.all("stream_up")) == 2)
    assert rig.run(lambda r: r.segments[-1].begin["connection"] == 2)
    assert rig.segments[-1].begin["reason"] == rig_module.CUT_FIRST


def test_a_closed_stream_is_taken_up_again(make):
    camera = make.camera("--close-after", "3")
    rig = make.rig(camera.url)
    assert rig.run(lambda r: r.segments and r.segments[-1].begin["connection"] == 3)
    assert {down["cause"] for down in rig.all("stream_down")} == {rig_module.GAP_ENDED}
    for segment in rig.segments[:-1]:
        segment.check()


def test_a_camera_that_is_not_there_is_unreachable_once(make):
    rig = make.rig("rtsp://127.0.0.1:9/stream")
    assert rig.run(lambda r: r.all("stream_down"))
    assert not rig.run(lambda r: len(r.all("stream_down")) > 1, 5), "told once, not at each try"
    assert rig.all("stream_down")[0]["cause"] == rig_module.GAP_UNREACHABLE


@pytest.fixture(scope="session")
def stream(tmp_path_factory):
    """Four seconds of H.264 with a keyframe every second, for cameras that misbehave."""
    path = str(tmp_path_factory.mktemp("stream") / "stream.h264")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25",
                    "-t", "4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0",
                    "-x264-params", "scenecut=0:aud=1", "-f", "h264", path], check=True)
    return path


def odd(make, stream, behaviour, **setup):
    camera = make.camera("--file", stream, "--behaviour", behaviour, peer="odd_camera.py")
    return camera, make.rig(camera.url, **setup)


def span_s(rig):
    return (rig.segments[-1].end["end_utc_ns"] - rig.segments[0].begin["start_utc_ns"]) / 1e9


@pytest.mark.parametrize("behaviour", ["forward", "backward"])
def test_a_jump_in_media_time_loses_no_frame(make, stream, behaviour):
    camera, rig = odd(make, stream, behaviour, segment_seconds=60)
    sent = record_to_the_end(camera, rig)
    assert rig.notes() == {rig_module.NOTE_TIMESTAMPS_JUMPED}
    assert [segment.begin["reason"] for segment in rig.segments] == [
        rig_module.CUT_FIRST, rig_module.CUT_DISCONTINUITY]
    check_whole(rig, sent)
    assert 3 < span_s(rig) < 6, "a jump in media time is no time"


def test_timestamps_that_stand_still_lose_no_frame(make, stream):
    camera, rig = odd(make, stream, "frozen")
    sent = record_to_the_end(camera, rig)
    assert rig.notes() == {rig_module.NOTE_TIMESTAMPS_MISSING}
    check_whole(rig, sent)
    assert 3 < span_s(rig) < 6, "pictures are timed by their arrival"
    assert len(rig.all("stream_note")) <= 2, "told once a minute, not at each picture"


def test_media_time_that_runs_too_fast_is_set_right(make, stream):
    camera, rig = odd(make, stream, "swift", segment_seconds=60)
    sent = record_to_the_end(camera, rig)
    check_whole(rig, sent)
    assert rig_module.CUT_DISCONTINUITY in {seg.begin["reason"] for seg in rig.segments}


def test_garbage_between_pictures_costs_no_picture(make, stream):
    camera, rig = odd(make, stream, "garbage")
    sent = record_to_the_end(camera, rig)
    assert rig.frames() == sent["access_units"]
    found = nals(rig.laid_end_to_end())
    for unit, good in zip(found, sent["nals"]):
        assert unit[-len(good):] == good


def test_a_picture_without_end_is_left_out_and_noted(make, stream):
    camera, rig = odd(make, stream, "huge")
    sent = record_to_the_end(camera, rig)
    assert rig_module.NOTE_MALFORMED in rig.notes()
    assert sent["access_units"] - 2 <= rig.frames() <= sent["access_units"]
    with open(f"{rig.directory}/camera.log", encoding="utf-8") as file:
        assert "memory" not in file.read()


def test_a_flood_is_recorded_at_the_speed_it_comes(make, stream):
    camera, rig = odd(make, stream, "flood")
    sent = record_to_the_end(camera, rig)
    check_whole(rig, sent)


@pytest.mark.parametrize("behaviour, causes", [
    ("liar", {rig_module.GAP_ENDED, rig_module.GAP_BAD_STREAM}),
    ("trickle", {rig_module.GAP_STALLED}),
    ("noise", {rig_module.GAP_STALLED, rig_module.GAP_BAD_STREAM}),
])
def test_a_stream_that_breaks_off_keeps_what_came_before(make, stream, behaviour, causes):
    _camera, rig = odd(make, stream, behaviour, stall_ms=2000, segment_seconds=60)
    assert rig.run(lambda r: r.all("stream_down")), rig.log_text()
    assert rig.all("stream_down")[0]["cause"] in causes
    rig.segments[0].check()
    assert 24 <= rig.segments[0].end["frames"] <= 51
    assert rig.run(lambda r: len(r.all("stream_up")) == 2), "and it is tried again"


@pytest.mark.parametrize("behaviour", ["nosdp", "jpeg", "headers"])
def test_a_description_that_describes_nothing_is_a_bad_stream(make, stream, behaviour):
    _camera, rig = odd(make, stream, behaviour, stall_ms=2000)
    assert rig.run(lambda r: r.all("stream_down"))
    assert rig.all("stream_down")[0]["cause"] == rig_module.GAP_BAD_STREAM


def test_a_description_of_four_megabytes_is_survived(make, stream):
    camera, rig = odd(make, stream, "longsdp")
    check_whole(rig, record_to_the_end(camera, rig))


def test_a_long_gop_stretches_its_segment_and_is_noted(make):
    camera = make.camera("--gop", "125", "--frames", "260", "--digests")
    rig = make.rig(camera.url, segment_seconds=2)
    sent = record_to_the_end(camera, rig)
    check_whole(rig, sent)
    assert rig_module.NOTE_LONG_GOP in rig.notes()
    assert all(piece["duration_ns"] <= 1_100_000_000
               for segment in rig.segments for piece in segment.pieces)


PASSWORD = "p@ss:w/rd%21 ü"


def test_digest_authentication_and_no_trace_of_the_password(make):
    camera = make.camera("--user", "viewer", "--password", PASSWORD, "--frames", "60", "--digests")
    rig = make.rig(camera.url, user="viewer", password=PASSWORD)
    assert rig.run(lambda r: r.segments), rig.log_text()
    with open(f"/proc/{rig.process.pid}/cmdline", encoding="utf-8") as file:
        assert PASSWORD not in file.read()
    check_whole(rig, record_to_the_end(camera, rig))
    told = rig.log_text() + repr(rig.messages)
    for secret in (PASSWORD, "p%40ss", "p@ss"):
        assert secret not in told


def test_a_wrong_password_is_called_that(make):
    camera = make.camera("--user", "viewer", "--password", PASSWORD)
    rig = make.rig(camera.url, user="viewer", password="something else")
    assert rig.run(lambda r: r.all("stream_down"))
    assert rig.all("stream_down")[0]["cause"] == rig_module.GAP_NOT_AUTHORISED
    assert "something else" not in rig.log_text() + repr(rig.messages)


def test_rtsps_with_the_pinned_certificate(make, tmp_path):
    certificate = make_certificate(tmp_path, "camera")
    camera = make.camera("--certificate", certificate + ".pem", "--frames", "100", "--digests",
                         "--user", "viewer", "--password", PASSWORD)
    rig = make.rig(camera.url, certificate=certificate + ".crt", user="viewer",
                   password=PASSWORD)
    check_whole(rig, record_to_the_end(camera, rig))
    up = rig.all("stream_up")[0]
    fingerprint = subprocess.run(
        ["openssl", "x509", "-in", certificate + ".crt", "-noout", "-fingerprint", "-sha256"],
        check=True, capture_output=True, text=True).stdout.split("=")[1].strip()
    assert up["encrypted"] == 1
    assert up["certificate_sha256"].hex() == fingerprint.replace(":", "").lower()


def test_rtsps_with_another_certificate_records_nothing(make, tmp_path):
    certificate = make_certificate(tmp_path, "camera")
    other = make_certificate(tmp_path, "other")
    camera = make.camera("--certificate", certificate + ".pem")
    rig = make.rig(camera.url, certificate=other + ".crt")
    assert rig.run(lambda r: r.all("stream_down"))
    assert rig.all("stream_down")[0]["cause"] == rig_module.GAP_CERTIFICATE
    assert not rig.run(lambda r: r.segments, 3)


def test_a_certificate_file_that_is_missing_is_told_and_found_when_it_appears(make, tmp_path):
    certificate = make_certificate(tmp_path, "camera")
    camera = make.camera("--certificate", certificate + ".pem")
    os.rename(certificate + ".crt", certificate + ".away")
    rig = make.rig(camera.url, certificate=certificate + ".crt")
    assert rig.run(lambda r: r.all("stream_down")), rig.log_text()
    down = rig.all("stream_down")[0]
    assert down["cause"] == rig_module.GAP_PIN_UNREADABLE
    assert certificate + ".crt" in down["detail"]
    os.rename(certificate + ".away", certificate + ".crt")
    assert rig.run(lambda r: r.all("stream_up")), rig.log_text()
    assert len(rig.hellos) == 1 and rig.stop() == 0


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_new_address_holds_from_the_next_connection(make, tmp_path, encrypted):
    options, setup = ["--address", "127.0.0.2"], {}
    if encrypted:
        certificate = make_certificate(tmp_path, "camera")
        options += ["--certificate", certificate + ".pem"]
        setup["certificate"] = certificate + ".crt"
    camera = make.camera(*options)
    rig = make.rig(camera.url.replace("127.0.0.2", "camera.test"), address="127.0.0.1", **setup)
    assert rig.run(lambda r: r.all("stream_down"))
    rig.control.send("camera_address", address="127.0.0.2")
    assert rig.run(lambda r: r.all("stream_up")), rig.log_text()
    assert rig.all("stream_up")[0]["address"] == "127.0.0.2"


def test_every_address_that_a_name_has_is_tried(make):
    camera = make.camera("--address", "127.0.0.2")
    rig = make.rig(camera.url.replace("127.0.0.2", "camera.test"), address="127.0.0.1 ::1 127.0.0.2")
    assert rig.run(lambda r: r.all("stream_up")), rig.log_text()
    assert rig.all("stream_up")[0]["address"] == "127.0.0.2"
    assert len(rig.all("stream_down")) == 1 and rig.stop() == 0


def test_recording_goes_on_while_the_keeper_is_gone(make):
    camera = make.camera("--frames", "300", "--digests")
    rig = make.rig(camera.url, segment_seconds=3)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 2)
    open_segment = rig.segments[-1].begin["segment"]
    rig.kill_keeper()
    until(lambda: rig.segments[-1].fragments_written() >= 6, what="six seconds in the file")
    rig.start_keeper()
    sent = record_to_the_end(camera, rig)
    assert rig.hellos[1]["resume"] == open_segment
    assert len(rig.all("stream_up")) == 2, "a new keeper is told that the picture comes"
    resumed = next(seg for seg in rig.segments if seg.begin["segment"] == open_segment)
    assert resumed.end["end_utc_ns"] - resumed.begin["start_utc_ns"] > 4_500_000_000
    check_whole(rig, sent)


def test_a_stream_that_ends_while_the_keeper_is_gone_is_told_afterwards(make):
    camera = make.camera("--frames", "75", "--digests")
    rig = make.rig(camera.url, segment_seconds=60)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 2)
    rig.kill_keeper()
    time.sleep(5)
    rig.start_keeper()
    sent = record_to_the_end(camera, rig)
    assert rig.hellos[1]["resume"] == rig.segments[0].begin["segment"]
    assert rig.segments[0].end["continues"] == 0
    assert rig.segments[0].end["frames"] == sent["access_units"]


def test_pictures_wait_for_the_first_grant(make):
    camera = make.camera("--frames", "150", "--digests")
    rig = make.rig(camera.url, keeper=False)
    time.sleep(3)
    rig.start_keeper()
    check_whole(rig, record_to_the_end(camera, rig))


def test_a_camera_that_is_cut_off_ends_and_writes_nothing_more(make):
    camera = make.camera()
    rig = make.rig(camera.url, segment_seconds=60)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 2)
    rig.keeper.send("done", status=3, text="spoke out of turn")
    told = sum(piece["size"] for piece in rig.segments[0].pieces)
    assert rig.process.wait(timeout=60) == 1
    while (message := rig.keeper.receive(0.2)) not in (None, "end"):
        told += message["size"] if message["name"] == "fragment" else 0
    assert os.path.getsize(rig.segments[0].path) == told


def test_seal_now_cuts_at_the_next_keyframe(make):
    camera = make.camera("--frames", "150", "--digests")
    rig = make.rig(camera.url, segment_seconds=60)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 2)
    rig.keeper.send("seal_now")
    sent = record_to_the_end(camera, rig)
    assert [segment.begin["reason"] for segment in rig.segments] == [
        rig_module.CUT_FIRST, rig_module.CUT_SEAL]
    check_whole(rig, sent)


def test_a_full_volume_ends_the_segment_at_its_last_whole_piece(make):
    camera = make.camera()
    rig = make.rig(camera.url, segment_seconds=60)
    # the process's limit on a file's size stands in for a full volume
    resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (150_000, 150_000))
    assert rig.run(lambda r: r.all("stream_down")), rig.log_text()
    assert rig.all("stream_down")[0]["cause"] == rig_module.GAP_STORAGE
    ended = rig.segments[0]
    assert ended.end["size"] == sum(piece["size"] for piece in ended.pieces)
    assert ended.end["size"] <= os.path.getsize(ended.path) <= 150_000
    assert rig.run(lambda r: len(r.segments) >= 2), "it tries again"


def test_a_paused_camera_ends_its_segment_and_writes_nothing_until_there_is_room(make):
    camera = make.camera()
    rig = make.rig(camera.url, segment_seconds=60)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 2)
    rig.keeper.send("pause", paused=1)
    assert rig.run(lambda r: r.segments[0].end is not None, 30), rig.log_text()
    assert rig.segments[0].end["continues"] == 0
    rig.run(lambda r: False, 2)
    assert len(rig.segments) == 1
    assert all(os.path.getsize(path) == 0 for path in rig.granted.values()
               if path != rig.segments[0].path)
    rig.keeper.send("pause", paused=0)
    assert rig.run(lambda r: len(r.segments) == 2 and len(r.segments[-1].pieces) >= 2)
    assert not rig.all("stream_down")
    rig.stop()
    for segment in rig.segments:
        segment.check(rig.with_sm3)


def test_an_ordered_stop_tells_of_the_last_piece(make):
    camera = make.camera()
    rig = make.rig(camera.url, segment_seconds=60)
    assert rig.run(lambda r: r.segments and len(r.segments[-1].pieces) >= 3)
    assert rig.stop() == 0
    rig.segments[-1].check()
    assert rig.segments[-1].end is not None


def test_nothing_can_be_opened_by_name(make):
    camera = make.camera()
    rig = make.rig(camera.url)
    assert rig.run(lambda r: r.segments)
    if "there is no sandbox" in rig.log_text():
        pytest.skip("built with a sanitizer")
    with open(f"/proc/{rig.process.pid}/status", encoding="utf-8") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
