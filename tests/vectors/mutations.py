"""Random changes of the good packages that lie here, by the ways of ways.py: the same seed, the
same changes.

    mutations.py SEED COUNT FOLDER     writes them, and what may be said of each
"""
import dataclasses
import pathlib
import random
import sys

import ways
from package import Package, Signer

HERE = pathlib.Path(__file__).resolve().parent
WEIGHT = ["authentic", "incomplete", "cannot_tell", "altered"]
# Whole ones, for changes.
GOOD = ["door", "gate", "gate-joined", "gate-unreadable", "gate-expired", "content-expired",
        "issued"]


@dataclasses.dataclass
class Case:
    name: str
    data: bytes
    trust: str     # a fingerprint, or None
    since: bytes   # a checkpoint from outside, or None
    allowed: set   # the verdicts that may be


@dataclasses.dataclass
class Base:
    name: str
    data: bytes
    signer: Signer
    fingerprint: str
    verdict: str


def bases(folder=HERE):
    found, expected = [], {}
    for line in (folder / "expected").read_text().splitlines():
        expected.setdefault(line.split(" ")[0], line.split(" "))
    for suite in ("sm", "nist"):
        signer = Signer.read(suite, folder / f"{suite}.key")
        for name in GOOD:
            file = f"{suite}-{name}.zip"
            if file in expected:
                found.append(Base(file[:-4], (folder / file).read_bytes(), signer,
                                  expected[file][2], expected[file][1]))
    return found


def at_least(verdict):
    return set(WEIGHT[WEIGHT.index(verdict):])


def changed(base, group, way, seed):
    """One of these; None if there is no occasion."""
    chance = random.Random(seed)
    data = way(Package(base.data, base.signer), chance)
    if data is None or data == base.data:
        return None
    allowed = {"altered"}
    if group == "SIGNED":
        allowed = at_least("incomplete")
        if way.__name__ in ways.HARMLESS:
            allowed = at_least(base.verdict)
        elif way.__name__ in ways.FATAL:
            allowed = {"altered"}
    elif group == "HISTORY":
        allowed = at_least("authentic")
    return data, allowed


def trusted(base, folder, data, allowed, seed):
    """With what is brought along from outside: mostly the right fingerprint, sometimes nothing or
    another; sometimes a checkpoint, of this history or another."""
    chance = random.Random(seed + "outside")
    trust, since = base.fingerprint, None
    pick = chance.random()
    if pick < 0.08:
        trust, allowed = None, (allowed & {"altered"}) | ({"cannot_tell"} if allowed != {"altered"}
                                                          else set())
    elif pick < 0.11:
        trust, allowed = "00" * 32, {"altered"}
    pick = chance.random()
    suite = base.name.split("-")[0]
    if pick < 0.15:
        since = (folder / f"{suite}-since.txt").read_bytes()
        allowed = allowed | {"altered", "cannot_tell"} if allowed != {"altered"} else allowed
    elif pick < 0.2:
        since = (folder / f"{suite}-fork.txt").read_bytes()
        allowed = allowed & {"altered", "cannot_tell"}
    elif pick < 0.22:
        since = ways.FORGER[suite].checkpoint("sealroom/forger", 5, bytes(32))
        allowed = {"altered"}
    return trust, since, allowed


def cases(seed, count, folder=HERE):
    good, number = bases(folder), 0
    chance = random.Random(seed)
    groups = {"RAW": ways.RAW, "SIGNED": ways.SIGNED, "HISTORY": ways.HISTORY}
    made = 0
    while made < count:
        number += 1
        group = chance.choices(list(groups), weights=[4, 5, 2])[0]
        way, base = chance.choice(groups[group]), chance.choice(good)
        own = f"{seed}-{number}"
        found = changed(base, group, way, own)
        if found is None:
            continue
        made += 1
        data, allowed = found
        trust, since, allowed = trusted(base, folder, data, allowed, own)
        yield Case(f"{own}-{base.name}-{way.__name__}", data, trust, since, allowed)


def aimed(seed, count, folder=HERE):
    """Bytes of signatures, of what they sign and of certificates, all CRCs mended."""
    good, chance = bases(folder), random.Random(seed)
    made = 0
    while made < count:
        base, way = chance.choice(good), chance.choice(ways.AIMED)
        data = way(Package(base.data, base.signer), chance)
        if data != Package(base.data, base.signer).sign().zip() and data != base.data:
            made += 1
            yield Case(f"{seed}-{made}-{base.name}-{way.__name__}", data, base.fingerprint, None,
                       {"altered"})


def main():
    seed, count, folder = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    for case in cases(seed, count):
        (folder / f"{case.name}.zip").write_bytes(case.data)
        if case.since:
            (folder / f"{case.name}.since").write_bytes(case.since)
        print(case.name, case.trust, ",".join(sorted(case.allowed)))


if __name__ == "__main__":
    main()
