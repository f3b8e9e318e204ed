"""What agreement_test.py has the other verifiers judge, judged by verify.html in real browsers. A file
of its own, so that it goes beside that one: both take minutes.
"""
import pytest

import browsers
import judges
from agreement_test import LONG, differ, wrong
from agreement_test import changes_fixture, vectors_fixture  # noqa: F401 the fixtures

IN_BROWSERS = 5000 if LONG else 150


@pytest.fixture(name="page", scope="module", params=browsers.KINDS)
def page_fixture(request):
    with browsers.start(request.param) as browser:
        yield judges.Page(browser)
        assert browser.complaints == []


@pytest.fixture(name="some", scope="module")
def some_fixture(changes):
    """As many as browsers have the time for, and what sealroom-verify says of them."""
    some = changes.first(IN_BROWSERS)
    return some, judges.recorder(some)


def test_the_page_says_the_same_of_vectors_and_of_random_changes(vectors, some, page):
    assert wrong(vectors, page(vectors)) == []
    changes, said = some
    assert differ(changes, {"recorder": said, "page": page(changes)}) == []
