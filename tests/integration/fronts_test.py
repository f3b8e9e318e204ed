"""What stands before a clip's pieces follows from them, whoever makes it: the exporter's and
sealroom-verify's code, the page's, and one written from FORMAT.md alone make the same bytes of
clips of every kind, or all say that none follow.

SEALROOM_LONG: 20,000 clips.
"""
import collections
import hashlib
import mmap
import os
import pathlib
import subprocess
import sys

import front_cases

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
SEED = os.environ.get("SEALROOM_SEED", "20261123")
COUNT = 20000 if "SEALROOM_LONG" in os.environ else 400

sys.path.insert(0, str(HERE / "stranger"))
import clip_tables  # noqa: E402


def ask(command, heads, listed):
    lines = []
    for start, placed in listed:
        lines += [f"case {start}", *(f"piece {offset} {size}" for offset, size in placed)]
    said = subprocess.run([*command, heads], input="\n".join(lines) + "\n", text=True, check=True,
                          timeout=600, capture_output=True)
    return said.stdout.split()


def stranger(heads, listed):
    with open(heads, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for start, placed in listed:
            sizes = [size for _, size in placed]
            pieces = [data[offset:offset + min(size, 2 ** 18)] for offset, size in placed]
            try:
                yield hashlib.sha256(clip_tables.front(pieces, start, sizes)).hexdigest()
            except ValueError:
                yield "none"


def ask_all(cases, heads):
    listed = front_cases.write(cases, heads)
    return {"recorder": ask([BIN.parent / "tests/clip_front"], heads, listed),
            "page": ask(["node", HERE / "clip/clip_front.mjs"], heads, listed),
            "stranger": list(stranger(heads, listed))}


def test_all_make_the_same_of_a_clips_pieces(tmp_path):
    said = ask_all(front_cases.cases(SEED, COUNT), tmp_path / "heads")
    assert [len(each) for each in said.values()] == [COUNT] * 3
    different = [(number, dict(zip(said, each))) for number, each in enumerate(zip(*said.values()))
                 if len(set(each)) > 1]
    assert different == [], f"{len(different)} of {COUNT}, seed {SEED}"
    made = collections.Counter(each != "none" for each in said["recorder"])
    assert min(made[True], made[False]) > COUNT // 5, "both are tried"


def test_a_run_cannot_claim_more_samples_than_a_fragment_has(tmp_path):
    """Else a few bytes, a run each, are a walk over millions."""
    counts = [[65535, 1], [65535, 2], [65537], [2 ** 32 - 1], [2 ** 20] * 300]
    said = ask_all([front_cases.bare_runs(each) for each in counts], tmp_path / "heads")
    made = [each != "none" for each in said["recorder"]]
    assert made == [True, False, False, False, False]
    assert said["page"] == said["recorder"] and said["stranger"] == said["recorder"]
