"""The digest that people hold verify.html against stands in README: a forged package could carry a
forged page."""
import hashlib
import os
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("SEALROOM_BIN", ROOT / "build" / "dev" / "bin")).resolve()


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_readme_has_the_digest_of_the_page_that_was_built(readme):
    page = (BIN.parent / "share" / "sealroom" / "verify.html").read_bytes()
    said = re.search(r"verify\.html.*`([0-9a-f]{64})`", (ROOT / readme).read_text())
    assert said and said[1] == hashlib.sha256(page).hexdigest(), \
        "the page has changed: put the digest that the build prints into README.md and README.zh-CN.md"


def test_the_page_reaches_for_nothing_outside_itself():
    page = (BIN.parent / "share" / "sealroom" / "verify.html").read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy and "unsafe-inline" not in policy and "'unsafe-eval'" not in policy
    assert not re.search(r"<(script|link|img|iframe|object|embed|base)[^>]*\s(src|href)=", page)
    assert len(page.encode()) < 300_000
