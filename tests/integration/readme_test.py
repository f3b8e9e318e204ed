"""What README tells to type is right, and the same in both languages; what it points to is there."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
PAIRS = [("README.md", "README.zh-CN.md"), ("firmware/console/GUIDE.md", "firmware/console/GUIDE.zh-CN.md")]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name):
    """The lines of its blocks without what is said of them; a drawing is none."""
    blocks = [block for block in re.findall(r"^```\n(.*?)^```", text(name), re.S | re.M) if "►" not in block]
    return [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.splitlines()]


def spans(name):
    return sorted(re.findall(r"`([^`\n]+)`", re.sub(r"^```\n.*?^```", "", text(name), flags=re.S | re.M)))


def targets(name):
    return [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text(name))]


@pytest.mark.parametrize("english,chinese", PAIRS)
def test_both_languages_tell_to_type_the_same(english, chinese):
    assert commands(english) == commands(chinese)
    assert spans(english) == spans(chinese)


@pytest.mark.parametrize("english,chinese", PAIRS)
def test_both_languages_have_the_same_parts(english, chinese):
    def parts(name):
        return [(line.split()[0], line.count("|")) for line in text(name).splitlines()
                if re.match(r"#|\||\d+\.", line)]
    assert parts(english) == parts(chinese)


@pytest.mark.parametrize("name", [name for pair in PAIRS for name in pair])
def test_what_it_points_to_is_there(name):
    for target in targets(name):
        assert ((ROOT / name).parent / target).exists(), target
    for folder in re.findall(r"^\| `([^`]+/)` \|", text(name), re.M):
        assert (ROOT / folder).is_dir(), folder


def test_the_commands_in_its_table_are_those_of_the_program():
    said = subprocess.run([BIN / "sealroom", "--help"], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    has = set(re.findall(r"^ +([a-z-]+)  ", said, re.M))
    named = set(re.findall(r"^\| `sealroom ([a-z-]+)` \|", text("README.md"), re.M))
    assert named and named <= has
