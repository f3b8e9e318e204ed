"""sealroomd with the real keeper, cameras and doors: starts, restarts, stops, and says so."""
import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

import pytest

from appliance import (BIN, PROFILES, Appliance, Camera, Controller, free_port, make_certificate,
                       preloaded, until)
from messages import TYPES
from moved_clock import MovedClock


@pytest.fixture(name="appliance")
def appliance_fixture(gate, panel):
    made = Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")])
    with made:
        made.wait(lambda: made.is_recording("gate") and made.source("panel")["online"])
        yield made


def health(appliance, event):
    """The bodies of the health records of one event."""
    return [row["body"] for row in appliance.json("records", "--kind", "health")
            if row["body"]["event"] == event]


def lives(process):
    """Not one that only waits for its parent to take notice."""
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gaps(appliance):
    """But for the one that a busy machine leaves between the last picture and the stop."""
    return [row for row in appliance.json("coverage")
            if row["type"] == "gap" and row["cause"] != "recorder_stopped"]


def test_ordered_stop_seals_what_is_open_and_is_the_last_record(appliance):
    appliance.stop()
    records = appliance.json("records")
    assert records[-1]["body"]["event"] == "stopped"
    assert any(row["head"]["kind"] == "segment" for row in records)
    ended = health(appliance, "worker_ended")
    assert ended and all(body["ordered"] for body in ended)


def test_keeper_that_fails_while_it_stops_is_no_ordered_stop(gate):
    with Appliance(cameras=[gate.entry("gate")],
                   wrap={"sealroom-keeper": "{program} \"$@\"; exit 3"}) as appliance:
        appliance.process.send_signal(signal.SIGTERM)
        assert appliance.process.wait(60) == 70
        assert "the keeper failed while stopping" in appliance.log_text()


def test_killed_camera_is_back_at_once_with_a_gap_and_a_record(appliance):
    before = appliance.processes()["camera/gate"]
    os.kill(before, signal.SIGKILL)
    appliance.wait(lambda: appliance.processes().get("camera/gate") not in (None, before),
                   what="another camera process")
    assert "sealroom-camera gate is started again in 0 s" in appliance.log_text()
    appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")
    appliance.stop()
    ended = [body for body in health(appliance, "worker_ended") if not body["ordered"]]
    assert [(body["source"], body["signal"]) for body in ended] == [("gate", 9)]
    assert [gap["cause"] for gap in gaps(appliance)] == ["camera_process"]


def test_killed_door_process_is_back(appliance, panel):
    before = appliance.processes()["door/panel"]
    os.kill(before, signal.SIGKILL)
    appliance.wait(lambda: appliance.processes().get("door/panel") not in (None, before))
    panel.ask("emit access_granted 1 4711")
    appliance.wait(lambda: appliance.json("entries", "--card", "0000004711"), what="the entry")


def spoiled_once(number, folder):
    """A wrapper whose program's first process says something that it may not."""
    spoiled = " ".join(f"{name}={value}" for name, value in
                       preloaded("spoiled_message", folder).items())
    return (f'if mkdir "$0.done" 2>/dev/null; then export SPOILED_MESSAGE={number} {spoiled}; '
            'fi; exec {program} "$@"')


def test_worker_that_is_cut_off_ends_and_is_started_again(gate, panel, tmp_path):
    # the camera's in the middle of a segment
    with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                   wrap={"sealroom-camera": spoiled_once(8, tmp_path),
                         "sealroom-door": spoiled_once(2, tmp_path)}) as appliance:
        appliance.wait(lambda: len(health(appliance, "peer_cut_off")) == 2, what="both cut off")
        panel.ask("emit access_granted 1 4713")
        appliance.wait(lambda: appliance.json("entries", "--card", "0000004713"), what="the entry")
        appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")
        appliance.stop()
        ended = [body for body in health(appliance, "worker_ended") if not body["ordered"]]
        assert sorted(body["source"] for body in ended) == ["gate", "panel"]
        # it ends by itself, if the supervisor is not quicker
        assert all(body.get("exit_code") == "1" or body.get("signal") == 9 for body in ended)
        assert sorted(body["subject"] for body in health(appliance, "peer_cut_off")) == \
            ["gate", "panel"]
        status, said = appliance.verify()
        assert status in (0, 3), said


def test_word_of_a_cut_off_that_comes_late_does_not_kill_the_next_process(gate, panel, tmp_path):
    heard = tmp_path / "heard"
    held = " ".join(f"{name}={value}" for name, value in {
        **preloaded("held_message", tmp_path), "HELD_MESSAGE": TYPES["worker_cut_off"],
        "HELD_UNTIL": heard}.items())
    with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                   wrap={"sealroom-keeper": f'export {held}; exec {{program}} "$@"',
                         "sealroom-door": spoiled_once(2, tmp_path)}) as appliance:
        appliance.wait(lambda: "sealroom-door panel is started again" in appliance.log_text(),
                       what="the end of the first")
        appliance.wait(lambda: "door/panel" in appliance.processes(), what="the next process")
        next_one = appliance.processes()["door/panel"]
        heard.touch()
        appliance.wait(lambda: "has cut door panel off" in appliance.log_text(), what="the word")
        appliance.wait(lambda: appliance.source("panel")["online"], what="the controller")
        assert appliance.processes()["door/panel"] == next_one


def test_worker_that_speaks_rubbish_and_stays_is_killed_and_started_again(gate, panel, tmp_path):
    impostor = tmp_path / "impostor.py"
    impostor.write_text('''
import socket
control = socket.socket(fileno=3)
links = []
while (got := socket.recv_fds(control, 65536, 4))[0]:
    for descriptor in got[1]:
        links.append(socket.socket(fileno=descriptor))
        links[-1].send(b"rubbish")
''', encoding="ascii")
    once = (f'mkdir "$0.done" 2>/dev/null && exec /usr/bin/python3 {impostor}; '
            'exec {program} "$@"')
    with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                   wrap={"sealroom-camera": once, "sealroom-door": once}) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate") and
                       appliance.source("panel")["online"], what="both")
        ended = [(body["source"], body["signal"]) for body in health(appliance, "worker_ended")]
        assert sorted(ended) == [("gate", 9), ("panel", 9)]
        assert len(health(appliance, "peer_cut_off")) == 2


def test_camera_goes_on_with_its_segment_while_the_keeper_is_started_again(appliance, panel):
    processes = appliance.processes()
    os.kill(processes["keeper"], signal.SIGKILL)
    appliance.wait(lambda: appliance.processes().get("keeper") not in (None, processes["keeper"]),
                   what="another keeper")
    appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")
    assert appliance.processes()["camera/gate"] == processes["camera/gate"]
    panel.ask("emit access_granted 1 4712")
    appliance.wait(lambda: appliance.json("entries", "--card", "0000004712"), what="the entry")
    appliance.stop()
    assert gaps(appliance) == []


def test_camera_that_starts_before_the_keeper_is_ready_is_linked_then(gate):
    held = 'while [ -e "$(dirname "$0")/held" ]; do sleep 0.05; done; exec {program} "$@"'
    with Appliance(cameras=[gate.entry("gate")], wrap={"sealroom-keeper": held}) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        before = appliance.processes()
        (appliance.folder / "programs" / "held").touch()
        os.kill(before["keeper"], signal.SIGKILL)
        os.kill(before["camera/gate"], signal.SIGKILL)
        appliance.wait(lambda: appliance.processes().get("camera/gate") not in
                       (None, before["camera/gate"]), what="another camera process")
        assert "keeper" not in appliance.processes()
        (appliance.folder / "programs" / "held").unlink()
        appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")


def test_camera_that_ends_again_and_again_is_started_less_and_less_often(gate):
    with Appliance(cameras=[gate.entry("gate")], wrap={"sealroom-camera": "exit 3"}) as appliance:
        appliance.wait(lambda: "started again in 4 s" in appliance.log_text(), what="the delay")
        delays = [line.split()[-2] for line in appliance.log_text().splitlines()
                  if "is started again in" in line]
        assert delays[:4] == ["0", "1", "2", "4"]
        alarm, = appliance.wait(lambda: [alarm for alarm in appliance.status()["alarms"]
                                         if alarm["kind"] == "process_failing"], what="the alarm")
        assert "exit status 3" in alarm["detail"]
        said = appliance.sealroom("status", check=False, language="zh_CN.UTF-8").stdout
        assert "进程反复异常退出" in said and "退出码为 3" in said


def test_door_that_ends_again_and_again_is_one_alarm_until_it_runs_well(panel, tmp_path):
    clock = MovedClock(tmp_path)
    moved = " ".join(f"{name}={value}" for name, value in clock.environment.items())
    wrap = {"sealroom-keeper": f'export {moved}; exec {{program}} "$@"',
            "sealroom-door": 'if [ -e "$(dirname "$0")/well" ]; then exec {program} "$@"; fi; '
                             'exit 3'}
    with Appliance(controllers=[panel.entry("panel")], wrap=wrap) as appliance:
        def alarms():
            return [alarm["kind"] for alarm in appliance.status()["alarms"]]
        appliance.wait(lambda: "process_failing" in alarms(), what="the alarm")
        (appliance.folder / "programs" / "well").touch()
        appliance.wait(lambda: appliance.source("panel")["online"], what="the controller")
        assert "process_failing" in alarms()
        clock.set(61)
        appliance.wait(lambda: "process_failing" not in alarms(), what="the alarm's end")
        phases = [row["body"]["phase"] for row in appliance.json("records", "--kind", "alarm")
                  if row["body"]["alarm"] == "process_failing"]
        assert phases == ["begin", "end"]


def test_keeper_that_hangs_is_killed(gate):
    with Appliance(cameras=[gate.entry("gate")], arguments=["--patience", "2"]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        keeper = appliance.processes()["keeper"]
        os.kill(keeper, signal.SIGSTOP)
        appliance.wait(lambda: appliance.processes().get("keeper") not in (None, keeper),
                       what="another keeper")
        assert "does not answer (progress)" in appliance.log_text()
        appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")


def test_door_that_hangs_is_offline_and_started_again_and_no_other_is(panel, tmp_path):
    clock = MovedClock(tmp_path)
    with Controller() as other, Appliance(
            controllers=[panel.entry("panel"), other.entry("other", doors=["vault"])],
            environment=clock.environment) as appliance:
        def states(controller):
            return [(row["body"]["event"], row["body"].get("detail", "")) for row in
                    appliance.json("records", "--kind", "source", check=False)
                    if row["head"]["source"] == f"door/{controller}"]

        appliance.wait(lambda: len(states("panel")) == len(states("other")) == 1)
        before = appliance.processes()
        os.kill(before["door/panel"], signal.SIGSTOP)
        clock.set(31)
        appliance.wait(lambda: len(states("panel")) == 3, 20, "online again")
        assert [event for event, _ in states("panel")] == [
            "source_online", "source_offline", "source_online"]
        assert states("panel")[1][1] == "its process says nothing any more"
        alarms = [row["body"]["phase"] for row in appliance.json("records", "--kind", "alarm")
                  if row["body"]["alarm"] == "source_offline"]
        assert alarms == ["begin", "end"]
        assert appliance.processes()["door/panel"] != before["door/panel"]
        assert appliance.processes()["door/other"] == before["door/other"]
        assert "source_offline" not in dict(states("other"))


def test_everything_ends_when_sealroomd_is_killed(appliance):
    appliance.growing(10_000)
    processes = appliance.descendants()
    assert len(processes) == 3
    appliance.process.kill()
    appliance.process.wait(60)
    until(lambda: not any(lives(process) for process in processes),
          what="the end of all processes")
    appliance.start()
    appliance.wait(lambda: appliance.is_recording("gate"))
    assert {row["cause"] for row in appliance.json("coverage") if row["type"] == "gap"} == {
        "recorder_failed"}


def test_next_sealroomd_waits_for_what_the_killed_one_left(gate):
    """Two keepers on one ledger, or a sealed file that is still written, would be an alteration."""
    slow = "trap '' TERM; {program} \"$@\"; sleep 2"
    with Appliance(cameras=[gate.entry("gate")], wrap={"sealroom-keeper": slow}) as appliance:
        for _ in range(3):
            appliance.wait(lambda: appliance.is_recording("gate"))
            left = appliance.descendants()
            appliance.process.kill()
            appliance.process.wait(60)
            appliance.start()
            assert not [process for process in left if lives(process)]
            appliance.wait(lambda: appliance.is_recording("gate"))
        assert "waiting for the processes of an earlier sealroomd" in appliance.log_text()
        appliance.stop()
        status, said = appliance.verify()
        assert status in (0, 3), said
        assert "committing" not in appliance.log_text()


def test_even_what_hangs_ends_when_sealroomd_is_killed(gate):
    with Appliance(cameras=[gate.entry("gate")],
                   wrap={"sealroom-camera": "exec sleep 1000"}) as appliance:
        until(lambda: len(appliance.descendants()) == 2, what="both processes")
        processes = appliance.descendants()
        appliance.process.kill()
        appliance.process.wait(60)
        until(lambda: not any(lives(process) for process in processes),
              what="the end of all processes")


def test_second_sealroomd_on_the_same_state_is_refused(appliance):
    done = subprocess.run([BIN / "sealroomd", "--config", appliance.configuration],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 71
    assert "another sealroomd runs on this state" in done.stderr
    assert appliance.is_running()


def test_removed_run_folder_lets_no_second_sealroomd_in_and_comes_back(appliance):
    processes = appliance.processes()
    shutil.rmtree(appliance.state / "run")
    done = subprocess.run([BIN / "sealroomd", "--config", appliance.configuration],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 71
    assert "another sealroomd runs on this state" in done.stderr
    assert appliance.is_recording("gate")  # the command waits for its door
    socket = appliance.state / "run" / "keeper.sock"
    for harm in (socket.unlink, lambda: socket.unlink() or socket.write_bytes(b"")):
        harm()
        appliance.wait(socket.is_socket, what="the socket")
        assert appliance.is_recording("gate")
    assert appliance.processes() == processes


def test_mistakes_of_the_configuration_are_named_and_nothing_starts(tmp_path):
    path = tmp_path / "sealroom.yaml"
    path.write_text("site: {name: x}\nboard: generic-x86_64\nretention: {video_days: 29}\n"
                    f"state: {tmp_path}/state\n", encoding="utf-8")
    done = subprocess.run([BIN / "sealroomd", "--config", path], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 78
    assert done.stderr.startswith(f"{path}:3:25: ") and "30" in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.fixture(name="own_files")
def own_files_fixture(gate, tmp_path):
    """(appliance, files): what `pinned`, `locked` and `panel` alone need; `gate` needs none."""
    pin = make_certificate(tmp_path, "pinned")
    files = [pathlib.Path(pin + ".crt"), tmp_path / "password", tmp_path / "panel.yaml"]
    files[1].write_text("Sesam-7\n", encoding="utf-8")
    files[1].chmod(0o600)
    shutil.copy(PROFILES / "simulated-controller.yaml", files[2])
    with Camera(gop=25, certificate=pin + ".pem") as pinned, \
            Camera(gop=25, user="viewer", password="Sesam-7") as locked, \
            Controller("--stdin") as panel:
        cameras = [gate.entry("gate"), pinned.entry("pinned", certificate=str(files[0])),
                   locked.entry("locked", user="viewer", password_file=str(files[1]))]
        with Appliance(cameras, [panel.entry("panel", profile=str(files[2]))]) as appliance:
            appliance.wait(lambda: appliance.is_recording() and appliance.source("panel")["online"])
            yield appliance, files


def test_missing_file_of_one_camera_or_controller_takes_no_other_down(own_files):
    appliance, files = own_files
    appliance.stop()
    for file in files:
        file.rename(f"{file}.away")
    appliance.start()
    appliance.wait(lambda: appliance.is_recording("gate"))

    def offline():
        return [alarm["detail"] for alarm in appliance.status()["alarms"]
                if alarm["kind"] in ("offline", "source_offline")]
    appliance.wait(lambda: len(offline()) == len(files), what="an alarm for each")
    for file in files:
        assert any(str(file) in detail for detail in offline()), offline()
    assert not appliance.is_recording("pinned") and not appliance.is_recording("locked")
    checked = appliance.sealroom("check-config", appliance.configuration, check=False, state=False)
    assert checked.returncode == 1
    lines = checked.stdout.splitlines()
    assert len(lines) == len(files) and all(
        line.startswith(f"{appliance.configuration}:") and "No such file" in line for line in lines)
    for file in files:
        file.with_name(f"{file.name}.away").rename(file)
    appliance.wait(lambda: appliance.is_recording() and appliance.source("panel")["online"],
                   what="everything again")
    assert offline() == []
    appliance.stop()
    assert sorted((gap["camera"], gap["cause"]) for gap in gaps(appliance)) == [
        ("locked", "password_unreadable"), ("pinned", "pin_unreadable")]
    status, said = appliance.verify()
    assert status == 0, said


def test_missing_key_is_refused_and_said(appliance):
    appliance.stop()
    (appliance.state / "key" / "device.key").unlink()
    appliance.spawn()
    assert appliance.process.wait(60) == 78
    assert "the keeper does not start" in appliance.log_text()
    assert not (appliance.state / "key" / "device.key").exists()


def test_hang_up_says_what_to_do_and_changes_nothing(appliance):
    appliance.process.send_signal(signal.SIGHUP)
    appliance.wait(lambda: "restart it to take it over" in appliance.log_text(),
                   what="the words")
    assert appliance.is_recording("gate")


def test_passwords_are_nowhere_but_in_the_setup(gate):
    secret = "Sesam-oeffne-dich-7"
    entry = gate.entry("gate", user="viewer", password=secret)
    with Appliance(cameras=[entry]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        for process in [appliance.process.pid, *appliance.descendants()]:
            for name in ["cmdline", "environ"]:
                assert secret.encode() not in pathlib.Path(f"/proc/{process}/{name}").read_bytes()
        appliance.stop()
        assert secret not in appliance.log_text()
        for path in appliance.state.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path


def test_processes_find_nothing_open_but_their_control_socket(gate):
    probe = 'ls -l /proc/self/fd > "$(dirname "$0")/fds"; exec {program} "$@"'
    # One that sealroomd was started with itself goes no further either.
    with open("/etc/passwd", "rb") as inherited, Appliance(
            cameras=[gate.entry("gate")], wrap={"sealroom-camera": probe},
            descriptors=[inherited.fileno()]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        lines = (appliance.folder / "programs" / "fds").read_text(encoding="utf-8").splitlines()
        shown = {line.split()[-3]: line.split()[-1] for line in lines if "->" in line}
        # 1 is the probe's own; what else ls opens is the folder it lists.
        assert shown["0"] == "/dev/null" and shown["3"].startswith("socket:")
        assert shown["4"].endswith("/processes.lock")
        assert not [name for name, target in shown.items()
                    if int(name) > 4 and "/proc/" not in target]


def test_camera_is_found_by_its_name(gate):
    entry = gate.entry("gate")
    entry["url"] = entry["url"].replace("127.0.0.1", "localhost")
    with Appliance(cameras=[entry]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))


@pytest.mark.skipif(subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0,
                    reason="a process cannot be given names of its own here (not root, or a chroot)")
def test_camera_that_moves_to_another_address_is_found_again(tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 camera.test\n", encoding="ascii")
    tmp_path.chmod(0o755)

    def have_own_names():
        libc = ctypes.CDLL(None, use_errno=True)
        new_namespace, bind, private = 0x20000, 0x1000, 0x44000
        assert libc.unshare(new_namespace) == 0
        assert libc.mount(b"none", b"/", None, private, None) == 0
        assert libc.mount(bytes(hosts), b"/etc/hosts", None, bind, None) == 0

    with Camera(gop=25) as before:
        port = before.where["port"]
        entry = before.entry("gate", url=f"rtsp://camera.test:{port}/stream")
        with Appliance(cameras=[entry], enclose=have_own_names) as appliance:
            appliance.wait(lambda: appliance.is_recording("gate"))
            process = appliance.processes()["camera/gate"]
            before.end()
            with Camera(gop=25, address="127.0.0.2", port=port):
                hosts.write_text("127.0.0.2 camera.test\n", encoding="ascii")
                appliance.wait(lambda: not appliance.is_recording("gate"), what="the end")
                appliance.wait(lambda: appliance.is_recording("gate"), what="recording again")
            assert appliance.processes()["camera/gate"] == process


def test_name_without_an_address_does_not_hold_up_the_others(gate):
    lost = {"id": "lost", "name": "Lost", "url": "rtsp://no-such-camera.invalid/x"}
    with Appliance(cameras=[lost, gate.entry("gate")]) as appliance:
        appliance.wait(lambda: appliance.is_recording("gate"))
        appliance.wait(lambda: "has no address" in appliance.log_text(), what="the words")
        assert not appliance.camera("lost")["recording"]
        appliance.wait(lambda: "started again in 2 s" in appliance.log_text(), what="third attempt")
        failed = [body for body in health(appliance, "worker_ended") if body["source"] == "lost"]
        assert [body["exit_code"] for body in failed] == ["127"]
        assert [alarm["kind"] for alarm in appliance.status()["alarms"]] == ["offline"]


def test_watchdog_is_fed_while_records_reach_the_disk(gate):
    made = Appliance(cameras=[gate.entry("gate")],
                     environment={"WATCHDOG_USEC": "1000000"})
    with made:
        fed = []
        made.wait(lambda: "WATCHDOG=1" in made.notice() and (fed.append(1) or len(fed) == 3),
                  what="WATCHDOG=1", interval=0.01)


@pytest.mark.parametrize("keeper", ["exec {program} \"$@\"", "sleep 1; exec {program} \"$@\"",
                                    "exit 75"])
def test_stop_in_the_middle_of_a_start_is_an_ordered_one(gate, keeper):
    appliance = Appliance(cameras=[gate.entry("gate")], wrap={"sealroom-keeper": keeper})
    try:
        appliance.spawn()
        appliance.wait(lambda: (appliance.state / "processes.lock").exists(), what="it",
                       interval=0.001)
        appliance.stop()
        assert appliance.descendants() == []
    finally:
        appliance.__exit__()


def test_alarms_stand_in_the_status_of_the_service(gate):
    silent = {"id": "panel", "profile": "simulated-controller", "transport": "tcp",
              "address": "127.0.0.1", "port": 1, "doors": ["archive"]}
    with Appliance(cameras=[gate.entry("gate")], controllers=[silent]) as appliance:
        appliance.wait(lambda: "controllers, 1 alarms" in appliance.notice(),
                       what="the alarm", interval=0.01)


def test_stop_is_announced(appliance):
    appliance.process.send_signal(signal.SIGINT)
    until(lambda: "STOPPING=1" in appliance.notice(), what="STOPPING=1", interval=0.01)
    assert appliance.process.wait(60) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")
def test_processes_run_as_the_users_of_run_as(gate, panel):
    made = Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                     settings={"run_as": {"keeper": "daemon", "cameras": "nobody",
                                          "doors": "games", "exports": "lp", "console": "news"},
                               "console": {"listen": f"127.0.0.1:{free_port()}"}})
    made.folder.chmod(0o755)
    with made:
        made.wait(lambda: made.is_recording("gate") and made.source("panel")["online"])
        made.wait(lambda: "picture" in made.processes(), what="the console's decoder")
        users = {name: pwd.getpwuid(uid_of(process)).pw_name
                 for name, process in made.processes().items()}
        assert users == {"keeper": "daemon", "camera/gate": "nobody", "door/panel": "games",
                         "console": "news", "picture": "nobody"}
        assert made.state.stat().st_uid == pwd.getpwnam("daemon").pw_uid
        out = made.folder / "package.zip"
        made.sealroom("export", "--from", "1h", "--to", "now", "--purpose", "p", "--case", "c",
                      "--out", out)
        assert out.exists()
        made.stop()
        assert made.json("records")[-1]["body"]["event"] == "stopped"


def uid_of(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("Uid:"):
            return int(line.split()[1])
    raise ValueError(process)
