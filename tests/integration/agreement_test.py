"""Of every package in tests/vectors, and of thousands of random changes of good ones, sealroom-verify,
a verifier written from FORMAT.md alone, the page's core and, in agreement_page_test.py, verify.html
in real browsers say the same, and it is right: nothing that was changed is called authentic.

SEALROOM_LONG: 5,000 changes each, all random ones through both browsers too.
"""
import dataclasses
import os
import pathlib
import sys

import pytest

import judges

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "tests/vectors"
LONG = "SEALROOM_LONG" in os.environ
SEED = os.environ.get("SEALROOM_SEED", "20261122")
CHANGES = 5000 if LONG else 600
AIMED = 5000 if LONG else 150

sys.path.insert(0, str(VECTORS))
import mutations  # noqa: E402


@dataclasses.dataclass
class Vector:
    """A line of `expected`."""
    name: str
    data: bytes
    trust: object
    since: bytes
    allowed: set
    found: list


def outside(word):
    """A file that lies there, a fingerprint, or nothing."""
    if word in ("-", "nobody"):
        return None
    return (VECTORS / word).read_bytes() if "." in word else word


@pytest.fixture(name="vectors", scope="module")
def vectors_fixture(tmp_path_factory):
    found = []
    for line in (VECTORS / "expected").read_text().splitlines():
        file, verdict, trust, since, *what = line.split(" ")
        found.append(Vector(line, (VECTORS / file).read_bytes(), outside(trust), outside(since),
                            {verdict}, what))
    return judges.Cases(tmp_path_factory.mktemp("vectors"), found)


@pytest.fixture(name="changes", scope="module")
def changes_fixture(tmp_path_factory):
    return judges.Cases(tmp_path_factory.mktemp("changes"),
                        list(mutations.cases(SEED, CHANGES, VECTORS)))


@pytest.fixture(name="said", scope="module")
def said_fixture(changes):
    """By sealroom-verify of the changes."""
    return judges.recorder(changes)


def wrong(cases, verdicts):
    """Those of which something else was said than may be."""
    assert len(cases.cases) == len(verdicts)
    return [(case.name, verdict, sorted(case.allowed))
            for case, verdict in zip(cases.cases, verdicts) if verdict not in case.allowed]


def differ(cases, said):
    """Those of which not all say the same, and who says what."""
    return [(case.name, dict(zip(said, verdicts)))
            for case, *verdicts in zip(cases.cases, *said.values()) if len(set(verdicts)) > 1]


def is_found(vector, finding):
    fault, place = (vector.found + [""])[:2]
    return finding["fault"] == fault and place in finding.get("file", "") + finding.get("source", "")


def test_the_recorders_verifier_says_of_each_vector_what_it_is_and_where(vectors):
    missed = []
    for vector, said in zip(vectors.cases, judges.findings(vectors)):
        heavy = [one for one in said if one.get("class") in ("altered", "cannot_tell", "incomplete")]
        fits = {"-": not heavy, "*": True}.get(
            vector.found[0], any(is_found(vector, one) for one in heavy))
        if said[-1]["verdict"] not in vector.allowed or not fits:
            missed.append((vector.name, said[-1]["verdict"], heavy))
    assert missed == []


@pytest.mark.parametrize("judge", [judges.stranger, judges.node])
def test_each_vector_is_found_to_be_what_it_is(vectors, judge):
    assert wrong(vectors, judge(vectors)) == []


def test_nothing_that_was_changed_is_authentic(changes, said):
    assert wrong(changes, said) == []


def is_read_alike(said):
    """Where a ZIP or a certificate is none, readers stop at different places."""
    return not any(one.get("fault") in ("package_structure", "certificate_altered") for one in said)


def placed(cases):
    """Those of which not both name the same faults and places, and what each names."""
    found = []
    for path, case, own, other in zip(cases.paths, cases.cases, judges.findings(cases),
                                      judges.node_said(cases)):
        if "error" in other or not is_read_alike(own) or not is_read_alike(other["findings"]):
            continue
        own, other = judges.recorder_places(path, own), judges.node_places(other)
        if own != other:
            found.append((case.name, [one for one in own if one not in other],
                          [one for one in other if one not in own]))
    return found


def test_the_pages_core_names_the_same_faults_and_places(vectors, changes):
    assert placed(vectors) == []
    assert placed(changes) == []


def test_a_package_that_a_run_ends_at_is_named_with_what_was_said(tmp_path):
    none = tmp_path / "none.zip"
    said = judges.node_verdict(judges.node_run((), [none])[0])
    assert str(none) in said and "ENOENT" in said


@pytest.mark.parametrize("judge", [judges.stranger, judges.node])
def test_others_say_the_same_of_random_changes(changes, said, judge):
    assert differ(changes, {"recorder": said, "other": judge(changes)}) == []


def test_a_byte_of_a_signature_or_certificate_is_altered_and_nobody_dies_of_it(tmp_path):
    changes = judges.Cases(tmp_path, list(mutations.aimed(SEED, AIMED, VECTORS)))
    assert wrong(changes, judges.recorder(changes)) == []
    assert wrong(changes, judges.node(changes)) == []
