"""The other side of sealroom-console: what a browser sends, and what strangers do."""
import http.client
import json
import socket
import ssl
import subprocess

from appliance import free_port


class Answer:
    def __init__(self, code, headers, body):
        self.code = code
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]["code"]


class Client:
    """One browser: its cookie, and the token of its session."""

    def __init__(self, port, context=None, host="127.0.0.1"):
        self.port = port
        self.context = context
        self.host = host
        self.cookie = ""
        self.token = "none"

    def connect(self, timeout=30):
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout,
                                           context=self.context)

    def ask(self, method, path, body=None, headers=None, timeout=30):
        connection = self.connect(timeout)
        own = {"Cookie": self.cookie} if self.cookie else {}
        connection.request(method, path, body, {**own, **(headers or {})})
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        cookie = found.headers.get("Set-Cookie")
        if cookie is not None:
            self.cookie = cookie.split(";")[0]
        return found

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, json.dumps(body or {}),
                        {"Content-Type": "application/json", "X-Sealroom": self.token, **headers})

    def raw(self, request, timeout=30):
        """Sends bytes as they are; everything that comes back until the end."""
        with socket.create_connection((self.host, self.port), timeout) as stream:
            stream.sendall(request)
            answer = b""
            while more := stream.recv(65536):
                answer += more
            return answer


def console_settings(port=None, **more):
    """The section `console` of a configuration, and its port."""
    port = port or free_port()
    return {"console": {"listen": f"127.0.0.1:{port}", **more}}, port


def make_tls(folder):
    """A key and a certificate for 127.0.0.1 of its own; the paths, and a context that trusts it."""
    key, certificate = folder / "console.key", folder / "console.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=console",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return key, certificate, ssl.create_default_context(cafile=certificate)


def wait_for_pages(appliance, client):
    """The console answers; returns its first page."""
    def page():
        try:
            return client.get("/")
        except OSError:
            return None
    return appliance.wait(page, what="the console", interval=0.05)



PASSWORD = "Correct-horse-{}"
ROLES = ("guard", "inspector", "system_administrator", "security_administrator", "auditor")


def log_in(client, account, password):
    """Logs in; the session as the page gets it."""
    answer = client.post("/api/login", {"account": account, "password": password})
    assert answer.code == 200, answer.body
    client.token = answer.json["token"]
    return answer.json


def make_first(appliance, port):
    """The first account, a security administrator's; its client, logged in."""
    admin = Client(port)
    wait_for_pages(appliance, admin)
    said = appliance.sealroom("account", "first-code").stdout
    code = next(word for word in said.split() if word.count("-") == 7)
    first = {"code": code, "account": "security", "name": "The security",
             "password": PASSWORD.format(0)}
    assert admin.post("/api/first", first).code == 200
    log_in(admin, "security", PASSWORD.format(0))
    return admin


def make_people(appliance, port, admin=None, roles=ROLES):
    """An account of each of the roles, named as the role's first word, with a password of its own; a client
    of each, logged in. `admin` is the first account's, if there is one."""
    admin = admin or make_first(appliance, port)
    people = {"security_administrator": admin}
    for role in roles:
        if role not in people:
            name = role.split("_", maxsplit=1)[0]
            made = admin.post(f"/api/accounts/{name}", {
                "change": "create", "name": f"The {name}", "role": role, "reason": "test",
                "password": PASSWORD.format(1)})
            assert made.code == 200, made.body
            people[role] = Client(port)
            assert log_in(people[role], name, PASSWORD.format(1))["must_change"]
            change = {"old": PASSWORD.format(1), "new": PASSWORD.format(2)}
            assert people[role].post("/api/password", change).code == 200
    return people
