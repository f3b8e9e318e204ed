"""Packages, good ones and bad ones: sealroom-verify and a verifier written from FORMAT.md alone
say the same of each, and what they say is right."""
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
MAKE = BIN.parent / "tests" / "make_vectors"
EXIT = {"authentic": 0, "altered": 1, "incomplete": 3, "cannot_tell": 4}

sys.path[:0] = [str(HERE / "stranger"), str(ROOT / "tests/vectors")]
import clips  # noqa: E402
import package as packages  # noqa: E402
from appliance import preloaded  # noqa: E402

SPEC = importlib.util.spec_from_file_location("check_package", HERE / "stranger/check_package.py")
STRANGER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(STRANGER)


def verify(package, *options, home=None, language="C"):
    return subprocess.run([BIN / "sealroom-verify", package, *options], text=True, timeout=60,
                          capture_output=True, check=False,
                          env={**os.environ, "LC_ALL": language,
                               "XDG_CONFIG_HOME": str(home or package.parent)})


@pytest.fixture(name="vectors", scope="module")
def vectors_fixture(tmp_path_factory):
    """[(path, verdict, fingerprint)]"""
    folder = tmp_path_factory.mktemp("vectors")
    subprocess.run([MAKE, folder], check=True, timeout=60)
    lines = (folder / "expected").read_text().split("\n")[:-1]
    return [(folder / name, verdict, trust)
            for name, verdict, trust in (line.split(" ") for line in lines)]


def test_both_verifiers_say_what_is_right(vectors, tmp_path):
    for path, verdict, trust in vectors:
        said = verify(path, "--trust", trust, "--json", home=tmp_path)
        assert said.returncode == EXIT[verdict], (path.name, said.stdout, said.stderr)
        assert json.loads(said.stdout.splitlines()[-1])["verdict"] == verdict
        stranger = STRANGER.Package(path.read_bytes(), trust, None)
        assert stranger.verdict() == verdict, (path.name, stranger.found)


def test_the_page_too_misses_video_whose_time_was_made_up(vectors):
    page = BIN.parent / "recorder/evidence/page/verify.mjs"
    for path, verdict, trust in vectors:
        if "-time-" not in path.name:
            continue
        said = subprocess.run(["node", page, path, "--trust", trust], capture_output=True, text=True,
                              timeout=60, check=False)
        assert said.returncode == EXIT[verdict], (path.name, said.stdout, said.stderr)
        assert ("video_mistimed" in said.stdout) == (verdict == "altered")


def test_without_trust_a_good_package_cannot_be_told_from_a_forgery(vectors, tmp_path):
    for path, verdict, _ in vectors:
        # a forgery that is whole in itself: only who brings the true fingerprint along can tell
        whole = verdict != "altered" or path.name.endswith("-forged.zip")
        expected = "cannot_tell" if whole else "altered"
        assert verify(path, home=tmp_path).returncode == EXIT[expected]
        assert STRANGER.Package(path.read_bytes(), None, None).verdict() == expected


@pytest.mark.parametrize("name, verdict", [("since", "authentic"), ("fork", "altered")])
def test_a_checkpoint_from_outside_binds_the_history(vectors, tmp_path, name, verdict):
    for path, _, trust in vectors:
        if not path.name.endswith("-door.zip"):
            continue
        note = path.with_name(path.name.replace("door.zip", name + ".txt"))
        said = verify(path, "--trust", trust, "--since", note, home=tmp_path)
        assert said.returncode == EXIT[verdict], said.stdout
        stranger = STRANGER.Package(path.read_bytes(), trust, note.read_bytes())
        assert stranger.verdict() == verdict, stranger.found


def test_a_fingerprint_that_was_handed_in_is_not_told_as_none(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "authentic")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(path.read_bytes()[:-1])
    assert "what was handed in could not be compared" in verify(cut, "--trust", trust).stdout
    assert "handed in, which is another's" in verify(path, "--trust", "0" * 64).stdout
    assert "no certificate from outside" in verify(cut, home=tmp_path).stdout


def test_whom_one_trusted_is_remembered(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "authentic")
    copied = ":".join(trust[i:i + 2] for i in range(0, 64, 2)).upper()
    assert verify(path, home=tmp_path).returncode == EXIT["cannot_tell"]
    assert verify(path, "--trust", copied, home=tmp_path).returncode == 0
    said = verify(path, home=tmp_path)
    assert said.returncode == 0
    assert "trusted here before" in said.stdout


def test_it_speaks_chinese(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "incomplete")
    said = verify(path, "--trust", trust, home=tmp_path, language="zh_CN.UTF-8")
    assert said.stdout.splitlines()[-1].startswith("真实但不完整：")
    assert "用途：核查" in said.stdout


def test_custody_is_a_chain_of_lines_beside_the_package(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "authentic")
    package = tmp_path / "package.zip"
    package.write_bytes(path.read_bytes())
    custody = tmp_path / "package.zip.custody"
    for name in ("张三", "李四"):
        assert verify(package, "--trust", trust, "--custody", name).returncode == 0
    lines = custody.read_text().splitlines()
    assert len(lines) == 3 and lines[2].endswith(" authentic 李四")
    assert "custody: 2 lines" in verify(package).stdout
    custody.write_text(custody.read_text().replace("张三", "王五"))
    said = verify(package)
    assert "custody: line 3 does not follow" in said.stdout and said.returncode == 0
    assert custody.read_text().count("王五") == 1
    assert verify(package, "--custody", "赵六").returncode == 2


def test_a_name_that_cannot_stand_in_the_custody_is_refused_before_the_work(vectors):
    path = vectors[0][0]
    for name in ("", " \u3000", "x" * 129, "two\nlines", "no\u202ebody", "no\u2066body"):
        said = verify(path, "--custody", name)
        assert (said.returncode, said.stdout) == (2, "")
        assert "--custody: the name is blank" in said.stderr


def test_a_custody_that_lost_a_line_or_is_anothers_says_so(vectors, tmp_path):
    chosen = [vector for vector in vectors if vector[1] == "authentic"]
    package = tmp_path / "package.zip"
    package.write_bytes(chosen[0][0].read_bytes())
    custody = tmp_path / "package.zip.custody"
    for name in ("first", "second", "third"):
        said = verify(package, "--trust", chosen[0][2], "--custody", name)
    assert "custody: 3 lines, each follows" in said.stdout
    lines = custody.read_text().splitlines(keepends=True)
    custody.write_text("".join(lines[:2] + lines[3:]))
    assert "custody: line 3 does not follow" in verify(package).stdout
    custody.write_text("".join(lines))
    package.write_bytes(next(path for path, _, _ in chosen if path != chosen[0][0]).read_bytes())
    assert "not all of them are of this package" in verify(package).stdout
    assert "the verdict stands" in verify(package, "--custody", "fourth").stderr
    assert custody.read_text() == "".join(lines)


def test_trust_is_remembered_in_a_folder_that_was_not_there(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "authentic")
    home = tmp_path / "a" / "b"
    said = verify(path, "--trust", trust, home=home)
    assert (said.returncode, said.stderr) == (0, "")
    assert verify(path, home=home).returncode == 0


def test_an_unusable_custody_changes_no_verdict(vectors, tmp_path):
    path, _, trust = next(vector for vector in vectors if vector[1] == "authentic")
    package = tmp_path / "package.zip"
    package.write_bytes(path.read_bytes())
    custody = tmp_path / "package.zip.custody"
    custody.write_bytes(b"\0" * (1024 * 1024 + 1))
    said = verify(package, "--trust", trust)
    assert said.returncode == 0 and "custody" in said.stderr
    assert verify(package, "--custody", "赵六").returncode == 2
    custody.unlink()
    os.mkfifo(custody)
    assert verify(package).returncode == 0


def test_what_is_no_file_could_not_be_judged(tmp_path):
    pipe = tmp_path / "package.zip"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, pathlib.Path("/dev/zero"), tmp_path / "none"):
        said = verify(path, home=tmp_path)
        assert said.returncode == 2 and said.stdout == "", (path, said.stdout)


def test_of_an_encrypted_file_it_says_what_to_do(vectors, tmp_path):
    path = vectors[0][0]
    folder = tmp_path / "way"
    folder.mkdir()
    seven = shutil.which("7zz") or shutil.which("7z")
    subprocess.run([seven, "a", "-tzip", "-mem=AES256", "-mx0", "-pcorrect horse", "way.zip", path],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=60)
    said = verify(folder / "way.zip", "--custody", "Li Si")
    assert said.returncode == 2 and said.stdout == ""
    assert "it is encrypted for transport: open it with 7-Zip" in said.stderr
    assert list(folder.iterdir()) == [folder / "way.zip"]
    assert "已作传输加密" in verify(folder / "way.zip", language="zh_CN.UTF-8").stderr


@pytest.mark.parametrize("language, says", [("C", "was cut off while it was read"),
                                            ("zh_CN.UTF-8", "被截断")])
def test_a_package_that_is_cut_off_while_it_is_read_is_not_verified(tmp_path, monkeypatch, language,
                                                                    says):
    """A share that breaks off, a stick that is pulled out: what was mapped is there no more."""
    def room(front):
        """So much that it is mapped."""
        front.holder(b"moov").append([b"udta", bytes(1 << 20)])

    signer = packages.Signer.read("nist", ROOT / "tests/vectors/nist.key")
    good = packages.Package((ROOT / "tests/vectors/nist-gate.zip").read_bytes(), signer)
    path = tmp_path / "package.zip"
    path.write_bytes(clips.tell(good, "clips/gate-1.mp4", room))
    assert verify(path).returncode == EXIT["altered"]
    for name, value in {**preloaded("cut_file", tmp_path), "CUT_FILE": str(path)}.items():
        monkeypatch.setenv(name, value)
    said = verify(path, language=language)
    assert said.returncode == 2 and says in said.stderr, (said.returncode, said.stderr)
    assert said.stdout == ""
