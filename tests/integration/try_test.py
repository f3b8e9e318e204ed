"""firmware/try used wrongly, or ended before its time: nobody's files are touched, and nothing goes
on running. What it records is main_job_test's."""
import os
import signal
import subprocess

import pytest

from appliance import BIN, ROOT, until


def demonstration(*words):
    return ["/usr/bin/python3", ROOT / "firmware" / "demonstration.py", "--programs", BIN,
            *map(str, words)]


def refusal(*words):
    done = subprocess.run(demonstration(*words), capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def test_folder_that_holds_something_is_refused_and_left_as_it_is(tmp_path):
    kept = tmp_path / "try" / "thesis.txt"
    kept.parent.mkdir()
    kept.write_text("precious", encoding="utf-8")
    assert "is not empty; name a new or an empty folder" in refusal("--state", tmp_path)
    assert kept.read_text(encoding="utf-8") == "precious"


def test_file_is_refused_as_a_folder(tmp_path):
    file = tmp_path / "file"
    file.touch()
    assert "is not a folder; name a new or an empty one" in refusal("--state", file)


def of_group(group):
    """The processes of a process group that still run."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True,
                            check=True).stdout.splitlines()
    fields = [line.split(None, 2) for line in listed]
    return [field for field in fields if field[0] == str(group) and field[1][0] != "Z"]


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM], ids=lambda ending: ending.name)
def test_closed_terminal_or_a_kill_ends_all_of_it(tmp_path, ending):
    state = tmp_path / "two: words #1"
    with subprocess.Popen(demonstration("--for", 600, "--state", state), stdout=subprocess.PIPE,
                          text=True, start_new_session=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}) as running:
        assert any("entries" in line for line in running.stdout), "it ended before it recorded"
        everyone = os.killpg if ending == signal.SIGHUP else os.kill  # a terminal tells them all
        everyone(running.pid, ending)
        assert running.wait(60) == 128 + ending
    until(lambda: not of_group(running.pid), what="the end of all that was started")
    assert (state / "ledger.db").exists()
