"""recorder/EXAMPLES.md is computed from two packages that are kept: it cannot drift from what the
verifiers take, nor the packages from what the recorder's own verifier calls authentic."""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()

sys.path.insert(0, str(ROOT / "tests" / "vectors" / "examples"))
import examples  # noqa: E402


def test_every_example_comes_out_as_it_stands_in_the_document():
    # otherwise: tests/vectors/examples/examples.py >recorder/EXAMPLES.md, and look at what changed
    assert examples.render() == (ROOT / "recorder" / "EXAMPLES.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("suite", ["nist", "sm"])
def test_the_recorders_verifier_takes_them(suite, tmp_path):
    example = examples.Example(suite)
    fingerprint = examples.ledger.sha256(example.certificate).hex()
    said = subprocess.run([BIN / "sealroom-verify", example.path, "--trust", fingerprint],
                          capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)})
    assert said.returncode == 0, said.stdout
