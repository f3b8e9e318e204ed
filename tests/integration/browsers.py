"""Real browsers, headless: Chromium by its DevTools protocol, Firefox ESR by WebDriver BiDi, both
over a websocket and with one interface. Each has a profile of its own, which goes with it.

    with browsers.start("firefox") as browser:
        browser.open(page)                        # a path, or an address
        browser.choose("input[type=file]", package)
        browser.wait("document.title.includes('authentic')")
        browser.screenshot(tmp_path / "page.png")

Every wait has an end: what does not come in time raises Failed.
"""
import asyncio
import base64
import contextlib
import copy
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

import websockets

LANGUAGES = {"en": ("en_US.UTF-8", "en-US,en"), "zh": ("zh_CN.UTF-8", "zh-CN,zh")}

# In a page: comes true when the condition does. It looks, for not every change makes an event.
UNTIL = """new Promise((resolve, reject) => {
    const end = performance.now() + %d;
    const look = async () => {
        const value = await (async () => (%s))();
        if (value) resolve(value);
        else if (performance.now() > end) reject(new Error("it did not come true in time"));
        else setTimeout(look, 10);
    };
    look().catch(reject);
})"""


class Failed(Exception):
    """The browser, or the script in its page, says no; or nothing in time."""


class Connection:
    """Commands and their answers over a websocket, one at a time; events go to `notice`."""

    def __init__(self, address, notice):
        self.loop = asyncio.new_event_loop()
        self.numbers = itertools.count(1)
        self.notice = notice
        # no pings: between two commands nobody would answer them
        self.socket = self.run(self.connect(address), 30)

    @staticmethod
    async def connect(address):
        return await websockets.connect(address, max_size=None, ping_interval=None)

    def run(self, task, timeout_s):
        return self.loop.run_until_complete(asyncio.wait_for(task, timeout_s))

    async def exchange(self, message, until):
        await self.socket.send(json.dumps(message))
        return await self.listen(lambda answer: until(answer) or answer.get("id") == message["id"])

    async def listen(self, until):
        while True:
            message = json.loads(await self.socket.recv())
            if until(message):
                return message
            if "id" not in message:
                self.notice(message)

    def attempt(self, task, what, timeout_s):
        try:
            return self.run(task, timeout_s)
        except asyncio.TimeoutError:
            raise Failed(f"{what}: nothing in {timeout_s} s") from None
        except (websockets.ConnectionClosed, OSError) as problem:
            raise Failed(f"{what}: the browser is gone ({problem})") from None

    def call(self, method, timeout_s=60, session=None, until=lambda _: False, **parameters):
        """The command's result; or None if an event for which `until` holds came before it."""
        message = {"id": next(self.numbers), "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        answer = self.attempt(self.exchange(message, until), method, timeout_s)
        if "error" in answer:
            error = answer["error"]
            raise Failed(f"{method}: {answer.get('message') or error.get('message', error)}")
        return answer.get("result")

    def event(self, until, timeout_s=60):
        return self.attempt(self.listen(until), "an event", timeout_s)

    def close(self):
        with contextlib.suppress(Exception):
            self.run(self.socket.close(), 5)
        self.loop.close()


def processes():
    """{pid: (parent, session)} of all that run here."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, _, fields = entry.read_text().rpartition(") ")
            state, parent, _, session = fields.split()[:4]
            if state != "Z":
                found[int(entry.parent.name)] = (int(parent), int(session))
    return found


class Browser:
    """What both have. `command` and `speak` are the browser's own."""

    def __init__(self, language="en", size=(1280, 900)):
        self.language, self.size = language, size
        self.complaints = []  # uncaught errors and console.error of the pages
        self.profile = tempfile.TemporaryDirectory(prefix="sealroom-browser-",
                                                   ignore_cleanup_errors=True)
        self.log, self.address = [], None
        self.ready = threading.Event()
        locale, _ = LANGUAGES[language]
        self.process = subprocess.Popen(
            self.command(pathlib.Path(self.profile.name)), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
            start_new_session=True,
            env={**os.environ, "LC_ALL": locale, "LANGUAGE": locale, "HOME": self.profile.name,
                 "MOZ_CRASHREPORTER_DISABLE": "1", "MOZ_HEADLESS": "1"})
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        self.connection = None
        try:
            if not self.ready.wait(60) or not self.address:
                raise Failed("the browser did not start:\n" + "".join(self.log[-20:]))
            self.speak()
        except BaseException:
            self.quit()
            raise

    def read_log(self):
        for line in self.process.stderr:
            self.log.append(line)
            match = re.search(r"listening on (ws://\S+)", line)
            if match and not self.address:
                self.address = match[1]
                self.ready.set()
        self.ready.set()

    def command(self, profile):
        raise NotImplementedError

    def speak(self):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quit()

    def wait(self, condition, timeout_s=30):
        """Until that JavaScript expression (it may await) is true in the page; its value."""
        return self.evaluate(UNTIL % (timeout_s * 1000, condition), timeout_s + 10)

    def own(self):
        """The browser's processes, and whatever they started."""
        running = processes()
        mine = {self.process.pid} & running.keys()
        mine |= {pid for pid, (_, session) in running.items() if session == self.process.pid}
        while True:
            more = {pid for pid, (parent, _) in running.items() if parent in mine} - mine
            if not more:
                return mine
            mine |= more

    def memory_bytes(self):
        """Proportional set size of all its processes."""
        total = 0
        for pid in self.own():
            with contextlib.suppress(OSError, StopIteration):
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(next(line for line in rollup.splitlines()
                                  if line.startswith("Pss:")).split()[1]) * 1024
        return total

    def quit(self):
        """By pid: nothing of it runs on, and its profile is gone."""
        left = self.own()
        with contextlib.suppress(Failed, OSError):
            if self.connection:
                self.leave()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10 if self.connection else 0)
        left |= self.own()
        for pid in left & processes().keys():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        self.reader.join(10)
        self.process.stderr.close()
        if self.connection:
            self.connection.close()
        self.profile.cleanup()


class Chromium(Browser):
    def command(self, profile):
        return ["chromium", "--headless=new", "--no-sandbox", "--remote-debugging-port=0",
                f"--user-data-dir={profile}", "--no-first-run", "--no-default-browser-check",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-breakpad",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--mute-audio", "--disable-background-timer-throttling", "--password-store=basic",
                "--autoplay-policy=no-user-gesture-required",
                f"--accept-lang={LANGUAGES[self.language][1]}", "about:blank"]

    def speak(self):
        self.connection = Connection(self.address, self.notice)
        targets = self.connection.call("Target.getTargets")["targetInfos"]
        self.attach(next(target["targetId"] for target in targets if target["type"] == "page"))

    def attach(self, page):
        self.page = page
        self.session = self.connection.call("Target.attachToTarget", targetId=page,
                                            flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM"):
            self.call(domain + ".enable")
        self.resize(*self.size)

    def tab(self):
        """Another one of the same browser, in front; it goes with `shut`, or with the browser."""
        tab = copy.copy(self)
        tab.attach(self.connection.call("Target.createTarget", url="about:blank")["targetId"])
        return tab

    def shut(self):
        self.connection.call("Target.closeTarget", targetId=self.page)

    def call(self, method, timeout_s=60, **parameters):
        return self.connection.call(method, timeout_s, self.session, **parameters)

    def notice(self, message):
        details = message.get("params", {})
        if message["method"] == "Runtime.exceptionThrown":
            self.complaints.append(self.describe(details["exceptionDetails"]))
        elif message["method"] == "Runtime.consoleAPICalled" and details["type"] == "error":
            self.complaints.append(" ".join(str(item.get("value", item.get("description")))
                                            for item in details["args"]))

    @staticmethod
    def describe(details):
        return details.get("exception", {}).get("description") or details["text"]

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def open(self, address, timeout_s=60):
        if isinstance(address, pathlib.Path):
            address = address.resolve().as_uri()
        loaded = []
        self.connection.call("Page.navigate", timeout_s, self.session, url=address,
                             until=lambda message: self.is_loaded(message, loaded))
        if not loaded:
            self.connection.event(lambda message: self.is_loaded(message, loaded), timeout_s)

    def is_loaded(self, message, loaded):
        if message.get("method") == "Page.loadEventFired" and message["sessionId"] == self.session:
            loaded.append(True)
        return bool(loaded)

    def result(self, expression, by_value, timeout_s=60):
        said = self.call("Runtime.evaluate", timeout_s, expression=expression, awaitPromise=True,
                         returnByValue=by_value, userGesture=True)
        if "exceptionDetails" in said:
            raise Failed(self.describe(said["exceptionDetails"]))
        return said["result"]

    def evaluate(self, expression, timeout_s=60):
        return self.result(expression, True, timeout_s).get("value")

    def choose(self, selector, *paths):
        """These files in that <input type=file>."""
        element = self.result(f"document.querySelector({json.dumps(selector)})", False)
        self.call("DOM.setFileInputFiles", objectId=element["objectId"],
                  files=[str(path) for path in paths])

    def middle(self, selector):
        return self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
        }})()""")

    def drop(self, selector, *paths):
        """These files dragged onto the middle of that element, and dropped."""
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, data=data, **self.middle(selector))

    def click(self, selector):
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1,
                      **self.middle(selector))

    def screenshot(self, path, whole=False):
        """What is seen, or the whole page."""
        said = self.call("Page.captureScreenshot", captureBeyondViewport=whole, **(
            {"clip": {**self.page_size(), "x": 0, "y": 0, "scale": 1}} if whole else {}))
        pathlib.Path(path).write_bytes(base64.b64decode(said["data"]))

    def page_size(self):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"width": size["width"], "height": size["height"]}

    def print(self, path):
        """As PDF, on A4."""
        said = self.call("Page.printToPDF", printBackground=True, paperWidth=8.27,
                         paperHeight=11.69, preferCSSPageSize=True)
        pathlib.Path(path).write_bytes(base64.b64decode(said["data"]))

    def leave(self):
        self.connection.call("Browser.close", 10)


PREFERENCES = {
    "app.normandy.enabled": False, "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False, "browser.region.network.url": "",
    "browser.safebrowsing.downloads.remote.enabled": False, "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False, "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False, "dom.ipc.processPrelaunch.enabled": False,
    "extensions.update.enabled": False, "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0, "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class Firefox(Browser):
    def command(self, profile):
        wanted = {**PREFERENCES, "intl.accept_languages": LANGUAGES[self.language][1]}
        (profile / "user.js").write_text("".join(
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in wanted.items()))
        return ["firefox-esr", "--headless", "--no-remote", "--remote-debugging-port=0",
                "--profile", str(profile), "about:blank"]

    def speak(self):
        self.connection = Connection(self.address + "/session", self.notice)
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        self.context = self.call("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(*self.size)

    def call(self, method, timeout_s=60, **parameters):
        return self.connection.call(method, timeout_s, **parameters)

    def notice(self, message):
        if message["method"] == "log.entryAdded" and message["params"]["level"] == "error":
            self.complaints.append(message["params"]["text"])

    def resize(self, width, height):
        self.call("browsingContext.setViewport", context=self.context,
                  viewport={"width": width, "height": height})

    def open(self, address, timeout_s=60):
        if isinstance(address, pathlib.Path):
            address = address.resolve().as_uri()
        self.call("browsingContext.navigate", timeout_s, context=self.context, url=address,
                  wait="complete")

    def result(self, expression, timeout_s=60):
        said = self.call("script.evaluate", timeout_s, expression=expression, awaitPromise=True,
                         target={"context": self.context}, userActivation=True)
        if said["type"] == "exception":
            raise Failed(said["exceptionDetails"]["text"])
        return said["result"]

    def evaluate(self, expression, timeout_s=60):
        # by JSON, for which BiDi's own values would have to be taken apart
        said = self.result(f"(async () => JSON.stringify(await ({expression})))()", timeout_s)
        return json.loads(said["value"]) if "value" in said else None

    def element(self, expression):
        return {"sharedId": self.result(expression)["sharedId"]}

    def choose(self, selector, *paths):
        """These files in that <input type=file>."""
        self.call("input.setFiles", context=self.context, files=[str(path) for path in paths],
                  element=self.element(f"document.querySelector({json.dumps(selector)})"))

    def drop(self, selector, *paths):
        """These files dropped on that element. BiDi drags none in from outside, so the events are
        made in the page; the files in them are real ones."""
        self.evaluate("""(() => {
            const input = document.createElement("input");
            Object.assign(input, {type: "file", multiple: true, hidden: true, id: "dragged"});
            document.body.append(input);
        })()""")
        self.choose("#dragged", *paths)
        self.evaluate(f"""(() => {{
            const input = document.querySelector("#dragged");
            const dataTransfer = new DataTransfer();
            for (const file of input.files) dataTransfer.items.add(file);
            input.remove();
            const onto = document.querySelector({json.dumps(selector)});
            for (const kind of ["dragenter", "dragover", "drop"]) onto.dispatchEvent(
                new DragEvent(kind, {{dataTransfer, bubbles: true, cancelable: true}}));
        }})()""")

    def click(self, selector):
        element = self.element(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            return element;
        }})()""")
        self.call("input.performActions", context=self.context, actions=[{
            "type": "pointer", "id": "mouse", "actions": [
                {"type": "pointerMove", "x": 0, "y": 0,
                 "origin": {"type": "element", "element": element}},
                {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}])

    def screenshot(self, path, whole=False):
        """What is seen, or the whole page."""
        said = self.call("browsingContext.captureScreenshot", context=self.context,
                         origin="document" if whole else "viewport")
        pathlib.Path(path).write_bytes(base64.b64decode(said["data"]))

    def print(self, path):
        """As PDF, on A4."""
        said = self.call("browsingContext.print", context=self.context, background=True,
                         page={"width": 21.0, "height": 29.7})
        pathlib.Path(path).write_bytes(base64.b64decode(said["data"]))

    def leave(self):
        self.call("browser.close", 10)


KINDS = {"chromium": Chromium, "firefox": Firefox}


def start(kind, **options):
    """A browser, in `with`. `language` "en" or "zh"; `size` of what is seen, in pixels."""
    return KINDS[kind](**options)
