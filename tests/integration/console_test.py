"""sealroom-console as part of a whole appliance: pages, what strangers and other sites' pages try,
and that nothing of it disturbs recording."""
import concurrent.futures
import http.client
import os
import pathlib
import shutil
import signal
import socket
import ssl

import pytest

from appliance import Appliance, Camera
from console_end import Client, console_settings, make_tls, wait_for_pages

FLOOD = 200


@pytest.fixture(name="made", scope="module")
def made_fixture():
    """An appliance with one camera and a console; and a client of it."""
    settings, port = console_settings()
    with Camera(codec="h264", gop=25) as gate:
        with Appliance(cameras=[gate.entry("gate")], settings=settings) as appliance:
            client = Client(port)
            wait_for_pages(appliance, client)
            yield appliance, client


@pytest.fixture(name="client")
def client_fixture(made):
    return Client(made[1].port)


def status_of(process):
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


# ---- pages ----

def test_pages_are_served_with_what_keeps_a_browser_in_check(client):
    page = client.get("/")
    assert page.code == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    again = client.get("/", **{"If-None-Match": page.headers["ETag"]})
    assert (again.code, again.body) == (304, b"")
    assert client.ask("HEAD", "/").body == b""


@pytest.mark.parametrize("path", [
    "/../catalog.db", "/%2e%2e/%2e%2e/key/device.key", "//etc/passwd", "/..%2f..%2fkey/device.key",
    "/index.html/..", "/console.js%00.html", "/....//key", "/api/../../key/device.key", "/.git"])
def test_no_path_leads_out_of_the_pages(client, path):
    for method in ("GET", "HEAD"):
        assert client.ask(method, path).code == 404


def test_what_is_no_route_is_refused_in_json(client):
    nothing = client.get("/api/nothing", **{"Accept-Language": "zh-CN,zh;q=0.9"})
    assert (nothing.code, nothing.error) == (404, "not_found")
    assert nothing.json["error"]["text"] == "没有这个页面"
    assert nothing.headers["Cache-Control"] == "no-store"
    assert client.ask("DELETE", "/api/session").code == 405
    assert client.post("/").code == 405
    assert client.get("/api/session?x=1").error == "invalid"


# ---- nobody is logged in ----

@pytest.mark.parametrize("path", ["/api/session", "/api/state", "/api/live"])
def test_nothing_is_said_to_whom_nobody_knows(client, path):
    answer = client.get(path)
    assert (answer.code, answer.error) == (401, "log_in")


# ---- other sites' pages ----

def test_a_name_that_was_led_here_is_refused(client):
    for host in ("evil.example", f"evil.example:{client.port}", ""):
        for path in ("/", "/api/session"):
            assert client.get(path, Host=host).code == 421


@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://127.0.0.1"}])
def test_what_another_sites_page_sends_is_refused(client, headers):
    body = {"account": "a", "password": "b"}
    assert client.post("/api/login", body, **headers).code == 403
    assert client.get("/api/session", **headers).code == 403


def test_a_form_of_another_site_cannot_be_a_request(client):
    simple = {"Content-Type": "text/plain", "X-Sealroom": "none"}
    assert client.ask("POST", "/api/login", "{}", simple).code == 415
    bare = {"Content-Type": "application/json"}
    assert client.ask("POST", "/api/login", "{}", bare).code == 403


# ---- hostile bytes ----

def test_oversized_and_malformed_requests_are_refused(client):
    big = {"account": "a", "password": "b" * 20000}
    assert client.post("/api/login", big).code == 413
    assert client.post("/api/login", {"account": "a" * 40, "password": "b"}).code == 400
    assert client.post("/api/login", {"account": "a", "password": "b", "role": "auditor"}).code == 400
    start = b"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    assert b" 411 " in client.raw(start + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    many = b"".join(b"X-%d: y\r\n" % number for number in range(100))
    assert b" 431 " in client.raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + many + b"\r\n")
    huge = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 70000 + b"\r\n\r\n"
    assert b" 200 " not in client.raw(huge)
    split = (b"GET /api/x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
             b"Accept-Language: a\r\n Set-Cookie: b\r\n\r\n")
    assert b"Set-Cookie" not in client.raw(split)
    assert client.get("/").code == 200


# ---- the process ----

def test_it_is_closed_in(made):
    appliance, _ = made
    status = status_of(appliance.processes()["console"])
    assert status["NoNewPrivs"] == "1"
    if "asan" not in str(os.environ.get("SEALROOM_BIN", "")):
        assert status["Seccomp"] == "2"


def test_floods_and_kills_leave_recording_alone(made):
    """Slow clients, more connections than there may be, and the console killed meanwhile."""
    appliance, client = made
    appliance.wait(appliance.is_recording)
    keeper = appliance.processes()["keeper"]
    stream = [row for row in appliance.json("records", "--kind", "camera", "--limit", 1000)]
    strangers = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(FLOOD)]
    for stranger in strangers:
        stranger.setblocking(False)
        try:
            stranger.send(b"GET / HTTP/1.1\r\nX-A: ")
        except OSError:
            pass  # one of those too many
    os.kill(appliance.processes()["console"], signal.SIGKILL)
    wait_for_pages(appliance, client)  # who comes meanwhile waits, and is answered
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: Client(client.port).get("/").code, range(FLOOD)))
    assert answers == [200] * FLOOD
    for stranger in strangers:
        stranger.close()
    assert appliance.processes()["keeper"] == keeper
    assert appliance.is_recording("gate")
    # the stream went on: not a note about it, and no gap
    assert [row for row in appliance.json("records", "--kind", "camera", "--limit", 1000)] == stream
    assert appliance.json("records", "--kind", "gap") == []
    ends = [row["body"] for row in appliance.json("records", "--kind", "health")
            if row["body"]["event"] == "worker_ended"]
    assert [end["source"] for end in ends] == ["console"]


def test_it_comes_back_however_it_ends_and_when_the_catalog_is_made_anew(made):
    appliance, client = made
    for end in (lambda process: os.kill(process, signal.SIGTERM),
                lambda _: (appliance.state / "catalog.db").rename(appliance.state / "catalog.away")):
        before = appliance.processes()["console"]
        end(before)
        if not (appliance.state / "catalog.db").exists():
            shutil.copy(appliance.state / "catalog.away", appliance.state / "catalog.db")
        appliance.wait(lambda: appliance.processes().get("console", before) != before,
                       what="another console")
        assert wait_for_pages(appliance, client).code == 200


def test_while_the_keeper_is_away_everybody_is_answered(made):
    appliance, client = made
    keeper = appliance.processes()["keeper"]
    client.cookie = "sealroom=" + "A" * 43
    os.kill(keeper, signal.SIGKILL)
    codes = set()

    def is_back():
        codes.add(client.get("/api/session").code)
        assert client.get("/").code == 200
        return appliance.processes().get("keeper", keeper) != keeper and appliance.is_recording()
    appliance.wait(is_back, what="the next keeper")
    codes.discard(503)
    assert codes <= {401}
    client.cookie = "sealroom=" + "A" * 43
    appliance.wait(lambda: client.get("/api/session").code == 401, what="the keeper's word")
    client.cookie = ""


def test_with_its_port_taken_all_else_goes_on():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings, port = console_settings(taken.getsockname()[1])
        with Appliance(settings=settings) as appliance:
            appliance.wait(lambda: f"cannot listen at 127.0.0.1:{port}" in appliance.log_text(),
                           what="the log's word of it")
            assert "appliance" in appliance.status()


# ---- TLS ----

@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the versions that are refused
def test_with_a_certificate_it_talks_tls_and_nothing_older(tmp_path):
    key, certificate, context = make_tls(tmp_path)
    settings, port = console_settings(key=str(key), certificate=str(certificate))
    with Appliance(settings=settings) as appliance:
        client = Client(port, context)
        assert wait_for_pages(appliance, client).code == 200
        with pytest.raises((OSError, http.client.HTTPException)):
            Client(port).get("/")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = old.maximum_version = version
            with pytest.raises(OSError):
                Client(port, old).get("/")
        answer = client.post("/api/login", {"account": "a", "password": "b"},
                             Origin=f"http://127.0.0.1:{port}")
        assert answer.code == 403  # its own pages come by https


def test_without_its_certificate_there_is_no_console_and_all_else_goes_on(tmp_path):
    key, certificate, _ = make_tls(tmp_path)
    pathlib.Path(certificate).unlink()
    settings, port = console_settings(key=str(key), certificate=str(certificate))
    with Appliance(settings=settings) as appliance:
        appliance.wait(lambda: "console.pem" in appliance.log_text(), what="the log's word of it")
        with pytest.raises(OSError):
            Client(port).get("/")
        assert "appliance" in appliance.status()
        assert "console" not in appliance.processes()
