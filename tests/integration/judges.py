"""Everybody who judges a package, with one interface: judge([Case]) -> [verdict].

A case has `data`, `trust` (a fingerprint, a certificate's bytes or None) and `since` (a note's bytes
or None). `recorder` is sealroom-verify, `stranger` a verifier written from FORMAT.md alone, `node`
the page's core as a command; `Page` is verify.html itself, in a browser.
"""
import collections
import concurrent.futures
import copy
import functools
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()
PAGE = BIN.parent / "share/sealroom/verify.html"
NODE = BIN.parent / "recorder/evidence/page/verify.mjs"
VERDICTS = {0: "authentic", 1: "altered", 2: "refused", 3: "incomplete", 4: "cannot_tell"}

sys.path.insert(0, str(HERE / "stranger"))
SPEC = importlib.util.spec_from_file_location("check_package", HERE / "stranger/check_package.py")
STRANGER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(STRANGER)


class Cases:
    """Written down, for those who read files."""

    def __init__(self, folder, cases):
        self.folder, self.cases, self.paths = folder, cases, []
        for number, case in enumerate(cases):
            path = folder / f"{number}.zip"
            path.write_bytes(case.data)
            self.paths.append(path)
            self.options(case)  # its files are whole before several ask for them at once

    def first(self, count):
        some = copy.copy(self)
        some.cases, some.paths = self.cases[:count], self.paths[:count]
        return some

    def outside(self, content, ending):
        """A file of it; one for all that bring the same."""
        if content is None or isinstance(content, str):
            return content
        path = self.folder / f"{STRANGER.sha256(content).hex()[:16]}.{ending}"
        if not path.exists():
            path.write_bytes(content)
        return path

    def options(self, case):
        trust = self.outside(case.trust, "crt")
        since = self.outside(case.since, "txt")
        return (*(["--trust", trust] if trust else []), *(["--since", since] if since else []))


def run_recorder(cases, path, case, *more):
    return subprocess.run(
        [BIN / "sealroom-verify", path, *cases.options(case), *more], text=True, timeout=60,
        capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C", "XDG_CONFIG_HOME": "/dev/null"})  # remembers nobody


def recorder(cases):
    def judge(pair):
        said = run_recorder(cases, *pair)
        return VERDICTS.get(said.returncode, said.stderr)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(judge, zip(cases.paths, cases.cases)))


def findings(cases):
    """Of sealroom-verify, as it prints them, the verdict last."""
    def judge(pair):
        said = run_recorder(cases, *pair, "--json")
        return [json.loads(line) for line in said.stdout.splitlines()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(judge, zip(cases.paths, cases.cases)))


def stranger_one(case):
    try:
        return STRANGER.Package(case.data, case.trust, case.since).verdict()
    except STRANGER.Refused:
        return "refused"


def stranger(cases):
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(stranger_one, cases.cases, chunksize=16))


def node_run(options, paths):
    """[what is said of each]: of one that it dies of, that, and what else it said."""
    # a busy machine takes tenths of a second for each
    said = subprocess.run(["node", NODE, *options, *paths, paths[0], "--json"], text=True,
                          timeout=60 + len(paths), capture_output=True, check=False)
    found = [json.loads(line) for line in said.stdout.splitlines()]
    if len(found) == len(paths) + 1:
        return found[:-1]
    if len(paths) > 1:
        middle = len(paths) // 2
        return node_run(options, paths[:middle]) + node_run(options, paths[middle:])
    return [{"package": str(paths[0]),
             "error": f"it ended with {said.returncode}: {said.stderr or said.stdout}"}]


def node_verdict(said):
    if "error" not in said:
        return said["verdict"]
    is_refused = re.match("(Trust|Since)Error", said["error"])
    return "refused" if is_refused else f"{said['package']}: {said['error']}"


@functools.lru_cache(maxsize=4)
def node_said(cases):
    """A run for all that bring the same along: verdict and findings, or an error. The same cases
    are judged once, whoever asks."""
    said, together = {}, collections.defaultdict(list)
    for path, case in zip(cases.paths, cases.cases):
        together[cases.options(case)].append(path)
    for options, paths in together.items():
        said |= dict(zip(paths, node_run(options, paths)))
    return [said[path] for path in cases.paths]


def node(cases):
    return [node_verdict(said) for said in node_said(cases)]


PLACE = {"fault": "fault", "member": "file", "record": "record", "recordLast": "record_last",
         "byteFrom": "from_byte", "byteTo": "to_byte", "subject": "source"}


def places(findings, names):
    """Each fault and its place, in an order. What bytes that no recorder sealed say of their time,
    who says so may judge or not."""
    is_proved = not any(finding["fault"] == "clip_unproved" for finding in findings)
    return sorted(str([finding.get(name) for name in names]) for finding in findings
                  if is_proved or finding["fault"] != "video_mistimed")


def recorder_places(path, said):
    """Of sealroom-verify's findings; of the package itself, which it names, as of no member."""
    return places([{**finding, "file": None} if finding.get("file") == path.name else finding
                   for finding in said if finding["type"] == "finding"], PLACE.values())


def node_places(said):
    return places(said["findings"], PLACE)


# Through the page's own way of taking a file in, one after another.
TAKE = """(async () => {
    const input = document.querySelector("#many");
    const said = [];
    for (const [file, [trust, since]] of [...input.files].map((file, at) => [file, %s[at]])) {
        const {start} = sealroom;
        start.trust.text = trust.text ?? "";
        start.trust.file = trust.bytes ? {name: "trust", bytes: new Uint8Array(trust.bytes)} : undefined;
        start.since.text = "";
        start.since.file = since ? {name: "since", bytes: new TextEncoder().encode(since)} : undefined;
        await sealroom.take([file]);
        said.push(document.querySelector("main").dataset.state == "done"
            ? sealroom.report.verdict : document.querySelector(".error")?.textContent ?? "nothing");
        document.querySelector("header button.plain").click();
    }
    return said;
})()"""


class Page:
    """verify.html in a browser that is started."""

    def __init__(self, browser):
        self.browser = browser

    def outside(self, case):
        trust = {"text": case.trust} if isinstance(case.trust, str) else \
            {"bytes": list(case.trust)} if case.trust else {}
        return [trust, case.since.decode() if case.since else None]

    def __call__(self, cases, at_once=50):
        self.browser.open(PAGE)
        self.browser.evaluate("""(() => {
            const input = document.createElement("input");
            Object.assign(input, {type: "file", multiple: true, hidden: true, id: "many"});
            document.body.append(input);
        })()""")
        verdicts = []
        for begin in range(0, len(cases.paths), at_once):
            self.browser.choose("#many", *cases.paths[begin:begin + at_once])
            brought = [self.outside(case) for case in cases.cases[begin:begin + at_once]]
            verdicts += self.browser.evaluate(TAKE % json.dumps(brought), timeout_s=300)
        return verdicts
