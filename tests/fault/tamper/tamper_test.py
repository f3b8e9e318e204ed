"""Every alteration of a recorded state is found, at its place, and never signed afterwards.

The number of random flips is small by default; SEALROOM_LONG=1 makes it 2,000 a suite, and
SEALROOM_FLIPS sets it. SEALROOM_SEED repeats a run.
"""
import collections
import contextlib
import os
import pathlib
import pwd
import random
import shutil
import sqlite3
import tempfile

import pytest

import pages
import states
from states import Verdict

LONG = bool(os.environ.get("SEALROOM_LONG"))
FLIPS = int(os.environ.get("SEALROOM_FLIPS", 2000 if LONG else 60))
SEED = int(os.environ.get("SEALROOM_SEED", random.randrange(1 << 32)))


@pytest.fixture(scope="module", params=["sm", "nist"])
def state(request, tmp_path_factory):
    """Stopped in order. Do not change it: copy it."""
    return states.make(tmp_path_factory.mktemp("stopped"), request.param)


@pytest.fixture(scope="module", params=["sm", "nist"])
def interrupted(request, tmp_path_factory):
    """Killed with a segment open."""
    return states.make(tmp_path_factory.mktemp("interrupted"), request.param, interrupted=True)


@pytest.fixture(scope="module")
def other(state, tmp_path_factory):
    """Another appliance of the same suite. Do not change it either."""
    return states.make(tmp_path_factory.mktemp("other"), state.suite)


@pytest.fixture
def copy(state, tmp_path):
    return state.copy(tmp_path / "state")


# Where an alteration must be reported.

def numbers(finding):
    if "record" not in finding:
        return range(0)
    return range(int(finding["record"]), int(finding["record_last"]) + 1)


def assert_found(verdict, fault, record=None, file=None, at=None, only=True):
    """The verdict is altered; `fault` (or one of several) is reported at the place; nothing else
    is called altered, unless `only` is false."""
    faults = (fault,) if isinstance(fault, str) else fault
    found = [finding for finding in verdict.altered if finding["fault"] in faults
             and (record is None or record in numbers(finding))
             and (file is None or finding.get("file") == file)
             and (at is None or int(finding.get("from_byte", at + 1)) <= at < int(finding["to_byte"]))]
    assert verdict.code == 1 and found, verdict
    if only:
        assert verdict.altered == found, verdict


def flip(path, offset, bit):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def sql(state, *statements):
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as database:
        for statement in statements:
            database.execute(*statement) if isinstance(statement, tuple) else \
                database.execute(statement)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def query(state, statement):
    with contextlib.closing(sqlite3.connect(f"file:{state}/ledger.db?immutable=1",
                                            uri=True)) as base:
        return base.execute(statement).fetchall()


def rewrite(state, number, column, old, new):
    """Exchanges some bytes of a row; the column stays what it is, bytes."""
    content, = query(state, f"SELECT {column} FROM record WHERE number = {number}")[0]
    assert old in content
    sql(state, (f"UPDATE record SET {column} = ? WHERE number = ?",
                (content.replace(old, new, 1), number)))


def of_kind(state, kind):
    return sorted(number for number, (head, _) in states.records(state).items()
                  if head["kind"] == kind)


def segment(state, which=0):
    """(record number, path below the state, body) of a sealed segment."""
    number = of_kind(state, "segment")[which]
    body = states.records(state)[number][1]
    return number, "video/" + body["file"], body


# Random single bits, of row contents by record, of page structure by page.

def logical(path):
    """Everything that the file says, read as SQLite reads it."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as base:
            tables = [row[0] for row in base.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
            return [base.execute(f"SELECT * FROM \"{name}\"").fetchall() for name in tables]
    except (sqlite3.Error, UnicodeDecodeError):
        return None


COLUMN_FAULTS = {
    "node": ("node_altered", "node_extra", "ledger_structure"),
    "newest": ("newest_altered", "ledger_structure"),
    "ledger": ("ledger_identity", "ledger_structure"),
    "sqlite_schema": ("ledger_structure",),
}
INDEX_FAULTS = ("index_altered", "ledger_structure")


def expected_of_column(part):
    """(faults, record) of a flip in the content of a row."""
    if part.table == "record":
        return ("record_altered" if part.column == "head" else "body_altered",), part.key
    if part.table == "checkpoint" and part.column == "note":
        return ("checkpoint_altered", "checkpoint_foreign"), part.key - 1
    if part.table == "checkpoint":
        return ("index_altered",), part.key - 1
    if part.table == "piece":
        return ("pieces_altered",), part.key
    if part.table == "segment":
        return INDEX_FAULTS, None
    return COLUMN_FAULTS.get(part.table, INDEX_FAULTS), None


def judge_column(verdict, part):
    faults, record = expected_of_column(part)
    if part.table == "sqlite_schema":
        # a table that is called otherwise takes what is in it along
        assert_found(verdict, faults, file="ledger.db", only=False)
        return
    assert_found(verdict, faults, record, "ledger.db")
    if part.table == "node" and part.column == "hash":
        level, position = part.key[:2]
        assert verdict.altered[0]["detail"].startswith(f"node {level}/{position} "), verdict


def judge_structure(verdict, part, database, before, path):
    """Named by its page, or by what stood on it. What SQLite does not look at changes nothing that
    is read: then there is nothing to find, and everything must read as before."""
    if verdict.code == 0:
        assert logical(path) == before, (part, verdict)
        return
    low, high = (part.page - 1) * database.page_size, part.page * database.page_size
    lost = set(database.page_rows.get(part.page, []))
    assert verdict.code == 1, (part, verdict)
    located = False
    for finding in verdict.altered:
        assert finding.get("file") == "ledger.db", (part, verdict)
        if finding["fault"] in ("record_missing", "record_altered", "body_altered"):
            assert part.table in ("record", "sqlite_schema"), (part, verdict)
            assert part.table != "record" or lost & set(numbers(finding)), (part, verdict)
            located = True
        elif "from_byte" in finding:
            located |= int(finding["from_byte"]) < high and int(finding["to_byte"]) > low
        else:
            located = True  # by the table or the checkpoint, in its own words
    assert located, (part, verdict)


def pick(random_, parts):
    part = random_.choices(parts, [part.size for part in parts])[0]
    return part, part.offset + random_.randrange(part.size), random_.randrange(8)


def test_random_flips_in_the_ledger_are_found_and_located(state, tmp_path):
    random_ = random.Random(SEED)
    print(f"SEALROOM_SEED={SEED}")
    copy = state.copy(tmp_path / "state")
    path = copy / "ledger.db"
    database = pages.File(path)
    before = logical(path)
    contents = [part for part in database.parts if part.kind == "column" and part.table == "record"]
    others = [part for part in database.parts if part.kind == "column" and part.table != "record"]
    frames = [part for part in database.parts if part.kind != "column"]
    counts = collections.Counter()
    for number in range(FLIPS):
        part, offset, bit = pick(random_, (contents, others, frames)[number % 3])
        shutil.copy(state.path / "ledger.db", path)
        flip(path, offset, bit)
        verdict = Verdict(copy)
        if part.kind == "column" and not part.table.startswith("segment_"):
            judge_column(verdict, part)
        else:
            judge_structure(verdict, part, database, before, path)
        counts[verdict.code] += 1
    # SQLite itself passes over a few bits of a cell; more would mean that something is not looked at
    assert counts[0] <= max(2, FLIPS // 30), counts


def test_row_numbered_beyond_the_end_hides_none_of_those_behind_it(copy):
    """The last one of a page: in the order of the table it comes before those of other pages."""
    path = copy / "ledger.db"
    database = pages.File(path)
    cells = [part for part in database.parts if part.kind == "cell" and part.table == "record"
             and part.key is not None]
    frame = next(part for part in cells
                 if part.key >= 12 and part.key == database.page_rows[part.page][-1])
    _, at = pages.varint(path.read_bytes(), frame.offset)
    flip(path, at, 6)
    verdict = Verdict(copy)
    assert [list(numbers(finding)) for finding in verdict.of("altered")
            if finding["fault"] == "record_missing"] == [[frame.key]], verdict


def add_overflow_and_free_pages(copy):
    """Long rows that stay, and pages that others left."""
    sql(copy, *[("INSERT INTO quarantine (found_utc_ns, origin_table, number, head) VALUES"
                 " (1, 'record', ?, ?)", (number, bytes(9000))) for number in range(3)],
        ("INSERT INTO quarantine (found_utc_ns, origin_table, number, head) VALUES"
         " (1, 'record', 9, ?)", (bytes(40000),)), "DELETE FROM quarantine WHERE number = 9")


@pytest.mark.parametrize("what", ["child", "right", "overflow", "free", "key"])
def test_flipped_links_between_pages_name_the_page_they_stand_on(copy, what):
    add_overflow_and_free_pages(copy)
    path = copy / "ledger.db"
    kept, before, unflipped = path.read_bytes(), logical(path), Verdict(copy)
    database = pages.File(path)
    flips = [(page, offset + bit // 8, bit % 8)
             for page, offset, size in pages.links(database)[what] for bit in range(8 * size)]
    assert flips
    for page, offset, bit in flips if LONG else random.Random(SEED).sample(flips, min(20, len(flips))):
        flip(path, offset, bit)
        verdict = Verdict(copy)
        named = {number for finding in verdict.altered if "from_byte" in finding
                 for number in range(int(finding["from_byte"]) // database.page_size + 1,
                                     (int(finding["to_byte"]) - 1) // database.page_size + 2)}
        # a key may lie anywhere between what it divides
        is_harmless = (what == "key" and verdict.findings == unflipped.findings and
                       logical(path) == before)
        assert page in named or is_harmless, (page, offset, bit, kept[offset], verdict)
        path.write_bytes(kept)


def test_random_flips_in_video_are_found_in_their_piece(state, tmp_path):
    random_ = random.Random(SEED)
    copy = state.copy(tmp_path / "state")
    for _ in range(max(8, FLIPS // 10)):
        number, file, body = segment(copy, random_.randrange(len(of_kind(copy, "segment"))))
        offset = random_.randrange(int(body["size"]))
        flip(copy / file, offset, bit := random_.randrange(8))
        verdict = Verdict(copy)
        assert_found(verdict, "video_altered", number, file, offset)
        finding = verdict.altered[0]
        assert finding["source"] == "camera/" + body["camera"]
        assert finding["from"] == body["start"]
        assert int(finding["to_byte"]) - int(finding["from_byte"]) < int(body["size"])
        flip(copy / file, offset, bit)
    assert Verdict(copy).code == 0


# Rows.

def test_deleted_row_is_missing(copy):
    sql(copy, "DELETE FROM record WHERE number = 7")
    assert_found(Verdict(copy), "record_missing", 7)


def test_rewritten_row_is_found(copy):
    number = of_kind(copy, "entry")[2]
    rewrite(copy, number, "head", b"door/", b"doos/")
    assert_found(Verdict(copy), "record_altered", number)


def test_swapped_rows_are_both_found(copy):
    first, second = of_kind(copy, "entry")[:2]
    sql(copy, f"UPDATE record SET number = -1 WHERE number = {first}",
        f"UPDATE record SET number = {first} WHERE number = {second}",
        f"UPDATE record SET number = {second} WHERE number = -1")
    verdict = Verdict(copy)
    assert_found(verdict, "record_altered")
    assert {number for finding in verdict.altered for number in numbers(finding)} == {first, second}


def test_reordered_rows_are_found(copy):
    a, b, c = of_kind(copy, "entry")[:3]
    sql(copy, f"UPDATE record SET number = number + 1000 WHERE number IN ({a}, {b}, {c})",
        f"UPDATE record SET number = {b} WHERE number = {a + 1000}",
        f"UPDATE record SET number = {c} WHERE number = {b + 1000}",
        f"UPDATE record SET number = {a} WHERE number = {c + 1000}")
    verdict = Verdict(copy)
    assert_found(verdict, "record_altered")
    assert {number for finding in verdict.altered for number in numbers(finding)} == {a, b, c}


def test_swapped_bodies_are_found(copy):
    first, second = of_kind(copy, "entry")[:2]
    bodies = dict(query(copy, f"SELECT number, body FROM record WHERE number IN ({first},{second})"))
    sql(copy, ("UPDATE record SET body = ? WHERE number = ?", (bodies[second], first)),
        ("UPDATE record SET body = ? WHERE number = ?", (bodies[first], second)))
    verdict = Verdict(copy)
    assert_found(verdict, "body_altered")
    assert {number for finding in verdict.altered for number in numbers(finding)} == {first, second}


def test_removed_body_is_found(copy):
    number = of_kind(copy, "entry")[3]
    sql(copy, f"UPDATE record SET body = NULL WHERE number = {number}")
    assert_found(Verdict(copy), "body_missing", number)


def add_row_beyond(copy):
    size = query(copy, "SELECT count(*) FROM record")[0][0]
    sql(copy, f"INSERT INTO record SELECT {size}, head, body FROM record WHERE number = {size - 1}")
    return size


def test_row_added_beyond_the_newest_checkpoint_is_found(copy):
    size = add_row_beyond(copy)
    assert_found(Verdict(copy), "record_beyond", size)


def rehash(copy, number, algorithm):
    """Makes all nodes anew from the rows, as somebody would who knows how."""
    import hashlib

    def digest(data):
        return hashlib.new(algorithm, data).digest()

    heads = [head for head, in query(copy, "SELECT head FROM record ORDER BY number")]
    level = [digest(b"\0" + (head if isinstance(head, bytes) else head.encode()))
             for head in heads]
    height, nodes = 0, []
    while level:
        nodes += [(value, height, position) for position, value in enumerate(level)]
        level = [digest(b"\1" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        height += 1
    sql(copy, *(("UPDATE node SET hash = ? WHERE level = ? AND position = ?", node)
                for node in nodes))
    return number


def test_row_altered_with_its_nodes_is_found_between_its_checkpoints(state, copy):
    number = of_kind(copy, "entry")[4]
    rewrite(copy, number, "head", b'"seq":"', b'"seq":"1')
    rehash(copy, number, {"sm": "sm3", "nist": "sha256"}[state.suite])
    verdict = Verdict(copy)
    assert_found(verdict, "records_unproved", number)
    finding, = verdict.altered
    sizes = [size for size, in query(copy, "SELECT size FROM checkpoint ORDER BY size")]
    assert int(finding["record"]) == max(size for size in sizes if size <= number)
    assert int(finding["record_last"]) == min(size for size in sizes if size > number) - 1


def test_removed_and_altered_nodes_are_told_from_records(copy):
    sql(copy, "DELETE FROM node WHERE level = 1 AND position = 3")
    assert_found(Verdict(copy), "node_altered", 7)
    sql(copy, "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND position = 20")
    verdict = Verdict(copy)
    assert_found(verdict, "node_altered")
    assert [finding["detail"] for finding in verdict.altered] == ["node 1/3 is missing",
                                                                  "node 0/20 is altered"]


def test_altered_row_does_not_hide_an_altered_node(copy):
    sql(copy, "UPDATE record SET head = x'00' WHERE number = 5",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 1")
    verdict = Verdict(copy)
    assert verdict.code == 1
    assert {(finding["fault"], finding["record"]) for finding in verdict.altered} == \
        {("record_altered", 5), ("node_altered", 4)}


# Checkpoints.

def test_swapped_checkpoints_are_both_found(copy):
    sizes = [size for size, in query(copy, "SELECT size FROM checkpoint ORDER BY size")]
    first, second = sizes[2], sizes[4]
    notes = dict(query(copy, "SELECT size, note FROM checkpoint"))
    sql(copy, ("UPDATE checkpoint SET note = ? WHERE size = ?", (notes[second], first)),
        ("UPDATE checkpoint SET note = ? WHERE size = ?", (notes[first], second)))
    verdict = Verdict(copy)
    assert_found(verdict, "checkpoint_altered")
    assert {number for finding in verdict.altered for number in numbers(finding)} == \
        {first - 1, second - 1}


def test_newest_checkpoint_gone_from_both_places_leaves_rows_uncovered(copy):
    sizes = [size for size, in query(copy, "SELECT size FROM checkpoint ORDER BY size")]
    sql(copy, f"UPDATE checkpoint SET note = x'00' WHERE size = {sizes[-1]}",
        "UPDATE newest SET note = x'00'")
    verdict = Verdict(copy)
    assert verdict.code == 1
    assert {"checkpoint_altered", "newest_altered", "records_uncovered"} == \
        {finding["fault"] for finding in verdict.altered}, verdict
    uncovered, = [finding for finding in verdict.altered if finding["fault"] == "records_uncovered"]
    assert list(numbers(uncovered)) == list(range(sizes[-2], sizes[-1]))


def test_older_state_is_found_by_the_outside_checkpoint_alone(state, copy):
    shutil.copy(state.older / "ledger.db", copy / "ledger.db")
    for name in ("progress.0", "progress.1"):
        (copy / name).unlink()
    for file in (copy / "video").rglob("*.mp4"):
        known = {"video/" + body["file"] for head, body in states.records(copy).values()
                 if head["kind"] == "segment"}
        if str(file.relative_to(copy)) not in known:
            file.unlink()
    with contextlib.closing(sqlite3.connect(copy / "ledger.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")  # as the recorder keeps it
    size = len(states.records(copy))
    verdict = Verdict(copy)
    assert verdict.code == 0, verdict
    verdict = Verdict(copy, "--since", state.checkpoint)
    assert_found(verdict, "since_ahead", size)


def test_older_ledger_beside_newer_notes_is_found(state, copy):
    shutil.copy(state.older / "ledger.db", copy / "ledger.db")
    with contextlib.closing(sqlite3.connect(copy / "ledger.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
    verdict = Verdict(copy)
    assert_found(verdict, "note_ahead", only=False)


def test_damaged_end_of_an_interrupted_ledger_stays_on_record(interrupted, tmp_path):
    """The end of it is still in the write-ahead log, which SQLite cuts where it does not fit."""
    copy = interrupted.copy(tmp_path / "state")
    log = copy / "ledger.db-wal"
    flip(log, log.stat().st_size * 3 // 4, 2)
    assert_found(Verdict(copy), "note_ahead", only=False)
    states.restart(copy, interrupted.suite)
    assert_found(Verdict(copy), "rolled_back", only=False)


# Keys.

def test_ledger_signed_by_another_key_is_found_by_the_trusted_certificate(state, other):
    assert Verdict(other.path).code == 0
    assert Verdict(other.path, "--trust", other.certificate).code == 0
    verdict = Verdict(other.path, "--trust", state.certificate)
    assert_found(verdict, "key_not_trusted", only=False)


def test_checkpoints_resigned_by_another_key_are_found(state, copy, other):
    """The notes of another appliance under this one's origin: nobody's signature fits."""
    note = query(other.path, "SELECT note FROM newest")[0][0]
    own = query(copy, "SELECT note FROM newest")[0][0]
    forged = own[:own.index(b"\n\n") + 2] + note[note.index(b"\n\n") + 2:].replace(
        note.split(b"\n")[0], own.split(b"\n")[0])
    sql(copy, ("UPDATE checkpoint SET note = ? WHERE size = (SELECT max(size) FROM checkpoint)",
               (forged,)), ("UPDATE newest SET note = ?", (forged,)))
    for trust in ((), ("--trust", state.certificate)):
        verdict = Verdict(copy, *trust)
        assert_found(verdict, ("checkpoint_foreign", "newest_altered", "records_uncovered"))


def test_exchanged_certificate_file_is_found(state, copy, other):
    shutil.copy(other.certificate, copy / "key" / "device.crt")
    for trust in ((), ("--trust", state.certificate)):
        assert_found(Verdict(copy, *trust), "certificate_altered", file="key/device.crt")


# Video files.

def test_random_flips_in_the_certificate_are_found(state, copy):
    random_ = random.Random(SEED)
    path = copy / "key" / "device.crt"
    data = path.read_bytes()
    for _ in range(max(20, FLIPS // 20)):
        flip(path, random_.randrange(data.index(b"\n") + 1, data.rindex(b"\n-----END") - 4),
             random_.randrange(7))
        verdict = Verdict(copy)
        found = {finding["fault"] for finding in verdict.findings
                 if finding.get("file", "").startswith("key/")}
        assert found in ({"certificate_altered"}, {"certificate_unjudged"}), verdict
        assert Verdict(copy, "--trust", state.certificate).code in (0, 1)
        path.write_bytes(data)


def test_cut_video_is_found(copy):
    number, file, body = segment(copy)
    size = int(body["size"]) - 100
    os.truncate(copy / file, size)
    assert_found(Verdict(copy), "video_cut", number, file, size)


def test_appended_video_is_found(copy):
    number, file, body = segment(copy)
    with open(copy / file, "ab") as video:
        video.write(b"more")
    assert_found(Verdict(copy), "video_grown", number, file, int(body["size"]))


def test_deleted_video_is_found(copy):
    number, file, _ = segment(copy, 1)
    (copy / file).unlink()
    assert_found(Verdict(copy), "video_missing", number, file)


def test_swapped_videos_are_both_found(copy):
    (one, first, _), (two, second, _) = segment(copy, 0), segment(copy, 2)
    os.rename(copy / first, copy / "kept")
    os.rename(copy / second, copy / first)
    os.rename(copy / "kept", copy / second)
    verdict = Verdict(copy)
    assert {finding["file"] for finding in verdict.altered} == {first, second}, verdict
    assert {number for finding in verdict.altered for number in numbers(finding)} == {one, two}


def test_pieces_of_a_video_in_another_order_are_found(copy):
    number, file, _ = segment(copy)
    data = (copy / file).read_bytes()
    (copy / file).write_bytes(data[:-4200] + data[-2100:] + data[-4200:-2100])
    assert_found(Verdict(copy), "video_altered", number, file)


def test_added_video_belongs_to_nothing(copy):
    _, file, _ = segment(copy)
    added = (copy / file).with_name("20200101T000000Z-0123456789abcdef.mp4")
    shutil.copy(copy / file, added)
    verdict = Verdict(copy)
    assert verdict.code == 3 and verdict.of("incomplete")[0]["fault"] == "file_unknown", verdict


def test_altered_segment_record_does_not_accuse_its_file(copy):
    number, _, _ = segment(copy)
    rewrite(copy, number, "body", b"h264", b"h265")
    verdict = Verdict(copy)
    assert_found(verdict, "body_altered", number)
    assert not verdict.of("incomplete"), verdict


def test_video_replaced_by_a_link_is_found(copy):
    number, file, _ = segment(copy)
    os.rename(copy / file, copy / "elsewhere")
    os.symlink(copy / "elsewhere", copy / file)
    verdict = Verdict(copy)
    assert_found(verdict, "video_altered", number, file)


@pytest.mark.parametrize("depth", [2, 3])  # video/CAMERA, video/CAMERA/YYYYMMDD
def test_folder_replaced_by_a_link_is_found(copy, depth):
    number, file, _ = segment(copy)
    folder = "/".join(file.split("/")[:depth])
    os.rename(copy / folder, copy / "elsewhere")
    os.symlink(copy / "elsewhere", copy / folder)
    verdict = Verdict(copy)
    assert_found(verdict, "video_missing", number, file, only=False)
    assert [finding["file"] for finding in verdict.of("incomplete")
            if finding["fault"] == "file_unknown"] == [folder]


def test_wrong_volume_is_found(copy):
    path = copy / "video" / "volume"
    path.write_bytes(path.read_bytes().replace(b"sealroom/", b"sealroon/", 1))
    assert_found(Verdict(copy), "volume_identity", file="video/volume")


def assert_unread(verdict, file, why):
    found = [finding for finding in verdict.findings if finding["class"] != "note"]
    assert verdict.code == 3 and len(found) == 1, verdict
    assert (found[0]["fault"], found[0]["file"]) == ("video_unreadable", file), verdict
    assert why in found[0]["detail"], verdict


def test_video_folder_that_is_not_where_it_was_looked_for_proves_nothing(state, copy, tmp_path):
    os.rename(copy / "video", tmp_path / "elsewhere")
    assert_unread(Verdict(copy), "video", "--video")
    assert Verdict(copy, "--video", tmp_path / "elsewhere").code == 0
    assert Verdict(copy, "--video", tmp_path / "nowhere").code == 2
    assert Verdict(state.path).code == 0


def test_video_folder_is_the_configured_one(copy, tmp_path):
    configuration = tmp_path / "c.yaml"
    configuration.write_text(f"state: {copy}\nvideo: {tmp_path}/disk\n", encoding="utf-8")
    os.rename(copy / "video", tmp_path / "disk")
    verdict = Verdict(None, "--config", configuration)
    assert verdict.code == 0 and verdict.summary["segments"] > 0, verdict
    os.rename(tmp_path / "disk", tmp_path / "taken")
    assert_found(Verdict(None, "--config", configuration), "volume_identity",
                 file=f"{tmp_path}/disk")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")
@pytest.mark.parametrize("name, mode", [("video", 0o700), ("video/volume", 0o600)])
def test_video_that_may_not_be_read_is_not_altered(copy, name, mode):
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
    nobody = pwd.getpwnam("nobody")
    become = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with tempfile.TemporaryDirectory(prefix="tamper-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        open_copy = pathlib.Path(folder) / "state"
        os.rename(copy, open_copy)
        assert Verdict(open_copy, **become).code == 0
        (open_copy / name).chmod(mode)
        verdict = Verdict(open_copy, **become)
    assert_unread(verdict, name, "Permission denied")


# Progress notes and open segments.

@pytest.mark.parametrize("slot", ["progress.0", "progress.1"])
def test_one_altered_note_is_a_finding_not_an_alteration(copy, slot):
    flip(copy / slot, 40, 1)
    verdict = Verdict(copy)
    assert verdict.code == 0
    assert [(finding["fault"], finding["file"]) for finding in verdict.findings
            if finding["fault"] != "gap"] == [("slot_invalid", slot)], verdict


def test_both_notes_altered_is_an_alteration(copy):
    for slot in ("progress.0", "progress.1"):
        flip(copy / slot, 40, 1)
    assert_found(Verdict(copy), "slots_invalid")


def open_segment(state):
    """(file, size) of the segment that the notes vouch for."""
    line = next(line for line in (state / "progress.0").read_text(encoding="utf-8").splitlines()
                if line.startswith("segment "))
    _, camera, identity, size = line.split()[:4]
    return f"video/{camera}/{identity[:8]}/{identity}.mp4", int(size)


def test_interrupted_state_is_authentic(interrupted):
    assert Verdict(interrupted.path).code == 0


def test_altered_open_segment_is_found_and_stays_so_after_a_restart(interrupted, tmp_path):
    copy = interrupted.copy(tmp_path / "state")
    file, size = open_segment(copy)
    flip(copy / file, size // 2, 0)
    assert_found(Verdict(copy), "video_altered", file=file, at=size // 2)
    states.restart(copy, interrupted.suite)
    assert_found(Verdict(copy), "video_altered", file=file, at=size // 2)


def test_cut_open_segment_is_found_and_stays_so_after_a_restart(interrupted, tmp_path):
    copy = interrupted.copy(tmp_path / "state")
    file, size = open_segment(copy)
    os.truncate(copy / file, size - 500)
    assert_found(Verdict(copy), "video_cut", file=file, at=size - 500)
    states.restart(copy, interrupted.suite)
    assert_found(Verdict(copy), ("video_altered", "video_cut"), file=file)


def test_bytes_beyond_the_note_are_not_covered(interrupted, tmp_path):
    copy = interrupted.copy(tmp_path / "state")
    file, size = open_segment(copy)
    with open(copy / file, "ab") as video:
        video.write(b"\0" * 100)
    for _ in range(2):
        verdict = Verdict(copy)
        finding, = verdict.of("incomplete")
        assert verdict.code == 3 and finding["fault"] == "video_not_covered", verdict
        assert (finding["file"], int(finding["from_byte"]), int(finding["to_byte"])) == \
            (file, size, size + 100)
        states.restart(copy, interrupted.suite)


# The catalog.

def test_altered_catalog_is_told_and_rebuilt(state, copy):
    with contextlib.closing(sqlite3.connect(copy / "catalog.db")) as database:
        database.execute("UPDATE entry SET credential = 'nobody'")
        database.commit()
    verdict = Verdict(copy)
    assert verdict.code == 0 and "catalog_differs" in verdict.faults(), verdict
    (copy / "catalog.db").unlink()
    assert "catalog_unreadable" in Verdict(copy).faults()
    states.restart(copy, state.suite)
    assert not {"catalog_differs", "catalog_unreadable"} & set(Verdict(copy).faults())


# Afterwards the recorder starts, records, and signs none of it.

def alter_row(copy):
    number = of_kind(copy, "entry")[1]
    rewrite(copy, number, "body", b"access_granted", b"access_requested")
    return "body_altered", number


def alter_head(copy):
    sql(copy, "UPDATE record SET head = x'7b7d' WHERE number = 10")
    return "record_altered", 10


def delete_row(copy):
    sql(copy, "DELETE FROM record WHERE number = 11")
    return "record_missing", 11


def add_row(copy):
    return "quarantine", add_row_beyond(copy)


def alter_video(copy):
    number, file, _ = segment(copy, 3)
    flip(copy / file, 1000, 3)
    return "video_altered", number


def alter_checkpoint(copy):
    size = query(copy, "SELECT size FROM checkpoint ORDER BY size")[3][0]
    sql(copy, f"UPDATE checkpoint SET note = x'00' WHERE size = {size}")
    return "checkpoint_altered", size - 1


@pytest.mark.parametrize("alter", [alter_row, alter_head, delete_row, add_row, alter_video,
                                   alter_checkpoint])
def test_recorder_goes_on_and_never_signs_the_alteration(state, copy, alter):
    fault, record = alter(copy)
    before = len(states.records(state.path))
    made = states.restart(copy, state.suite)
    assert made >= before
    verdict = Verdict(copy, "--trust", state.certificate, "--since", state.checkpoint)
    assert_found(verdict, fault, record)
    assert int(verdict.summary["checkpoint_size"]) > before


@pytest.mark.parametrize("statement", [
    "UPDATE node SET hash = zeroblob(32) WHERE level = 0 AND position = 12",
    "DELETE FROM node WHERE level = 3",
    "UPDATE source SET seq = seq + 1",
    "UPDATE newest SET note = x'00'",
    "UPDATE segment SET size = size + 1",
])
def test_what_follows_from_the_records_is_mended(state, copy, statement):
    sql(copy, statement)
    assert Verdict(copy).code == 1
    states.restart(copy, state.suite, lambda: Verdict(copy).code == 0)
    verdict = Verdict(copy)
    assert verdict.code == 0, verdict


# Commands that cannot be judged.

def test_exit_statuses_without_a_verdict(state, tmp_path):
    assert Verdict(tmp_path / "nothing").code == 2
    (tmp_path / "empty").mkdir()
    assert Verdict(tmp_path / "empty").code == 2
    broken = tmp_path / "broken"
    broken.write_text("no checkpoint", encoding="utf-8")
    assert Verdict(state.path, "--since", broken).code == 2
    assert Verdict(state.path, "--trust", broken).code == 2


def test_ledger_that_is_gone_is_an_alteration(copy):
    (copy / "ledger.db").unlink()
    assert_found(Verdict(copy), "ledger_missing", file="ledger.db")


def test_without_any_certificate_nobody_can_tell(copy):
    (copy / "key" / "device.crt").unlink()
    assert Verdict(copy).code == 0  # the ledger's key record holds it too
    sql(copy, "UPDATE record SET body = NULL WHERE number = 1")
    verdict = Verdict(copy)
    assert "no_certificate" in verdict.faults() and verdict.code in (1, 4), verdict


def test_verification_leaves_no_trace(state, copy):
    before = sorted((path, path.stat().st_mtime_ns) for path in pathlib.Path(copy).rglob("*"))
    assert Verdict(copy, "--trust", state.certificate).code == 0
    assert before == sorted((path, path.stat().st_mtime_ns)
                            for path in pathlib.Path(copy).rglob("*"))
