"""The browsers that other tests drive do what they are told, and leave nothing behind."""
import pathlib

import pytest

import browsers

PAGE = """<!doctype html><meta charset="utf-8"><title>a page</title>
<input type="file" id="file"><div id="place" style="height: 2000px">here</div>
<button id="button">push</button>
<script>
const seen = [];
async function take(how, files) {
    for (const file of files) seen.push([how, file.name, await file.text()]);
}
file.onchange = () => take("chosen", file.files);
place.ondragover = (event) => event.preventDefault();
place.ondrop = (event) => { event.preventDefault(); take("dropped", event.dataTransfer.files); };
button.onclick = (event) => seen.push(["clicked", event.isTrusted]);
</script>"""


@pytest.fixture(name="page")
def page_fixture(tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "one.txt").write_text("first")
    (tmp_path / "two.txt").write_text("second")
    return tmp_path / "page.html"


@pytest.mark.parametrize("kind", browsers.KINDS)
def test_a_browser_does_what_it_is_told_and_leaves_nothing_behind(kind, page):
    with browsers.start(kind, language="zh") as browser:
        browser.open(page)
        assert browser.evaluate("[document.title, navigator.language]") == ["a page", "zh-CN"]
        assert browser.evaluate("Promise.resolve(location.protocol)") == "file:"

        browser.choose("#file", page.with_name("one.txt"))
        browser.drop("#place", page.with_name("one.txt"), page.with_name("two.txt"))
        browser.click("#button")
        browser.wait("seen.length == 4")
        assert sorted(browser.evaluate("seen")) == [
            ["chosen", "one.txt", "first"], ["clicked", True],
            ["dropped", "one.txt", "first"], ["dropped", "two.txt", "second"]]

        browser.screenshot(page.with_name("seen.png"))
        browser.screenshot(page.with_name("whole.png"), whole=True)
        browser.print(page.with_name("page.pdf"))
        heights = [int.from_bytes(page.with_name(name).read_bytes()[20:24], "big")
                   for name in ("seen.png", "whole.png")]
        assert heights[0] == 900 and heights[1] > 2000
        assert page.with_name("page.pdf").read_bytes().startswith(b"%PDF-")

        with pytest.raises(browsers.Failed, match="no such thing"):
            browser.evaluate("(() => { throw new Error('no such thing'); })()")
        with pytest.raises(browsers.Failed, match="in time"):
            browser.wait("false", timeout_s=0.1)
        browser.evaluate("console.error('a complaint')")
        assert "a complaint" in browser.complaints
        assert browser.memory_bytes() > 50 << 20
        own, profile = browser.own(), pathlib.Path(browser.profile.name)
        assert len(own) > 1
    assert not own & browsers.processes().keys()
    assert not profile.exists()
