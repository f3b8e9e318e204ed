"""What people read in a package: a morning of entries as report.html and entries.csv."""
import base64
import csv
import hashlib
import html.parser
import os
import re
import subprocess

import pytest

from camera_rig import BIN

MAKE_REPORT = os.path.join(os.path.dirname(BIN), "tests", "make_report")
# The smallest thing that is a JPEG to whoever looks at its beginning.
JPEG = b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"
VOID = {"meta", "br", "img", "input", "rect", "path", "circle"}
KINDS = ("good", "incomplete", "hostile")


class Page(html.parser.HTMLParser):
    """Elements with their attributes; insists on every end tag."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.style = [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text.append(data)

    def all(self, tag):
        return [attrs for found, attrs in self.elements if found == tag]


@pytest.fixture(name="made", scope="module")
def made_fixture(tmp_path_factory):
    pictures = tmp_path_factory.mktemp("pictures")
    for camera in ("gate", "aisle", "shelf"):
        (pictures / f"{camera}.jpg").write_bytes(JPEG)
    found = {}
    for kind in KINDS:
        found[kind] = tmp_path_factory.mktemp(kind)
        subprocess.run([MAKE_REPORT, kind, found[kind], pictures], check=True)
    return found


def page_of(folder):
    return Page((folder / "report.html").read_text("utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_asks_for_nothing_and_runs_nothing(made, kind):
    page = page_of(made[kind])
    assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & {
        tag for tag, _ in page.elements}
    for _tag, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        assert "href" not in attrs
        assert attrs.get("src", "data:").startswith("data:image/jpeg;base64,") or "src" not in attrs
    for attrs in page.all("img"):
        assert base64.b64decode(attrs["src"].partition(",")[2], validate=True) == JPEG
    policy = page.all("meta")[1]["content"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == (f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
                      "base-uri 'none'; form-action 'none'")
    assert "url(" not in page.style and "@import" not in page.style


@pytest.mark.parametrize("kind", KINDS)
def test_each_text_stands_in_both_languages(made, kind):
    classes = [attrs.get("class") for _tag, attrs in page_of(made[kind]).elements]
    assert classes.count("zh") == classes.count("en") > 100
    for first, second in zip([name for name in classes if name in ("zh", "en")][::2],
                             [name for name in classes if name in ("zh", "en")][1::2]):
        assert (first, second) == ("zh", "en")


def test_what_is_missing_is_told_from_what_is_there(made):
    good, incomplete = (" ".join(page_of(made[kind]).text) for kind in ("good", "incomplete"))
    assert "每台摄像机在整个时间范围内均有录像" in good
    for text in ("摄像机无法连接", "已连接但无画面", "磁盘无法读取", "该摄像机超出配额",
                 "未满保存期限", "写入时未同步", "camera unreachable"):
        assert text in incomplete and text not in good


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_reads_back_as_it_was_meant(made, kind):
    data = (made[kind] / "entries.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\n") == data.count(b"\r\n")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True), strict=True))
    assert len(rows) == 17
    names = [name.split(" ")[-1] for name in rows[0]]
    assert len(set(names)) == len(names) and all(re.fullmatch("[a-z_]+", name) for name in names)
    for row in rows:
        assert None not in row and None not in row.values()
        assert not [cell for cell in row.values() if cell[:1] in tuple("=+-@\t\r\n")]
        plain = dict(zip(names, row.values()))
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", plain["local_time"])
        assert plain["zone"] == "UTC+08:00" and plain["time"].endswith("Z")
        assert plain["origin"].split(" ")[-1] in ("controller", "recorder")
    assert [row["推断规则 by"].split(" ")[-1] for row in rows if row["推断规则 by"]] == [
        "access", "forced", "held"]
