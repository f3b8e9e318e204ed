"""What verify.html takes for a package in a real browser: seconds, and how much its processes grow."""
import json
import threading

import browsers
import measure
from appliance import BIN

PAGE = BIN.parent / "share" / "sealroom" / "verify.html"


class Growth:
    """By how much the browser's memory was ever above where it stood."""

    def __init__(self, browser):
        self.browser, self.bytes = browser, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        began = self.browser.memory_bytes()
        while not self.over.wait(0.5):
            self.bytes = max(self.bytes, self.browser.memory_bytes() - began)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def judge(name, package, trust):
    """(seconds, bytes) of that browser; nothing may be altered."""
    with browsers.start(name) as browser:
        browser.open(PAGE)
        browser.evaluate(f"""(() => {{
            const field = document.querySelector("#trust");
            field.value = {json.dumps(trust)};
            field.dispatchEvent(new Event("input"));
        }})()""")
        with Growth(browser) as growth, measure.Stopwatch() as watch:
            browser.drop("#drop", package)
            verdict = browser.wait("document.querySelector('#verdict')?.dataset.verdict", 1800)
        if verdict not in ("authentic", "incomplete"):
            raise SystemExit(f"verify.html in {name} says {verdict}")
        return watch.seconds, growth.bytes
