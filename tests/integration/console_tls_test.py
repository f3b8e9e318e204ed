"""The console's own key for TLS, where it is reached from other machines and none is configured."""
import hashlib
import socket
import ssl
import subprocess

import pytest

from appliance import Appliance, free_port
from console_end import Client, wait_for_pages

NO_CHECK = ssl.create_default_context()
NO_CHECK.check_hostname = False
NO_CHECK.verify_mode = ssl.CERT_NONE


@pytest.fixture(name="port")
def port_fixture():
    return free_port()


def appliance_at(port, suite="sm", **more):
    return Appliance(settings={"console": {"listen": f"0.0.0.0:{port}", **more}}, suite=suite)


def certificate_of(port):
    """DER, as a browser is shown it."""
    with socket.create_connection(("127.0.0.1", port), 30) as stream:
        with NO_CHECK.wrap_socket(stream) as secure:
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
            return secure.getpeercert(binary_form=True)


def keys(appliance):
    return [row for row in appliance.json("records", "--kind", "key")
            if row["body"]["use"] == "console"]


def answered(appliance, port):
    client = Client(port, NO_CHECK)
    wait_for_pages(appliance, client)
    return client


def look(der, *words):
    return subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", *words], input=der,
                          check=True, capture_output=True).stdout.decode()


@pytest.mark.parametrize("suite", ["sm", "nist"])
def test_console_on_a_network_has_a_key_of_its_own_that_is_on_record(port, suite):
    with appliance_at(port, suite, name="archive.example") as appliance:
        answered(appliance, port)
        der = certificate_of(port)
        shown = appliance.status()["appliance"]["console_fingerprint"]
        assert shown == hashlib.sha256(der).hexdigest()
        record, = keys(appliance)
        assert record["body"]["fingerprint"] == shown and record["body"]["suite"] == "nist"
        names = look(der, "-ext", "subjectAltName")
        assert "DNS:archive.example" in names and f"DNS:{socket.gethostname()}" in names
        assert "IP Address:127.0.0.1" in names
        assert "prime256v1" in look(der, "-text") and "TLS Web Server" in look(der, "-text")
        mode = (appliance.state / "key" / "console.key").stat().st_mode & 0o777
        assert mode == 0o600
        assert appliance.verify()[0] in (0, 3)  # it changes nothing about what is evidence
        appliance.stop()
        appliance.start()
        answered(appliance, port)
        assert certificate_of(port) == der and len(keys(appliance)) == 1


def test_certificate_stays_while_a_name_is_gone_and_is_made_anew_for_a_further_one(port):
    with appliance_at(port) as appliance:
        answered(appliance, port)
        before = certificate_of(port)
        appliance.stop()
        file = appliance.state / "key" / "console.crt"
        text = file.read_text(encoding="ascii")
        file.write_text(text.replace("\nnames ", "\nnames 10.9.8.7 "), encoding="ascii")
        appliance.start()
        answered(appliance, port)
        assert certificate_of(port) == before and len(keys(appliance)) == 1
        appliance.stop()
        file.write_text(text.replace(" 127.0.0.1", ""), encoding="ascii")
        appliance.start()
        answered(appliance, port)
        after = certificate_of(port)
        assert look(after, "-pubkey") == look(before, "-pubkey") and len(keys(appliance)) == 2


def test_certificate_that_was_exchanged_is_not_used(port, tmp_path):
    with appliance_at(port) as appliance:
        answered(appliance, port)
        before = certificate_of(port)
        appliance.stop()
        file = appliance.state / "key" / "console.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=other",
                        "-keyout", tmp_path / "key", "-out", tmp_path / "crt"],
                       check=True, capture_output=True)
        lines = file.read_text(encoding="ascii").split("-----BEGIN", 1)[0]
        file.write_text(lines + (tmp_path / "crt").read_text(encoding="ascii"), encoding="ascii")
        appliance.start()
        answered(appliance, port)
        after = certificate_of(port)
        assert "CN = sealroom console" in look(after, "-subject") and after != before
        assert look(after, "-pubkey") == look(before, "-pubkey")
        assert keys(appliance)[-1]["body"]["fingerprint"] == hashlib.sha256(after).hexdigest()


def test_key_that_cannot_be_used_is_put_aside_and_made_anew(port):
    with appliance_at(port) as appliance:
        answered(appliance, port)
        before = certificate_of(port)
        appliance.stop()
        file = appliance.state / "key" / "console.key"
        file.write_bytes(b"nothing of the kind\n")
        appliance.start()
        answered(appliance, port)
        after = certificate_of(port)
        assert look(after, "-pubkey") != look(before, "-pubkey") and len(keys(appliance)) == 2
        assert file.with_name("console.key.aside").read_bytes() == b"nothing of the kind\n"


def test_loopback_needs_none(port):
    with Appliance(settings={"console": {"listen": f"127.0.0.1:{port}"}}) as appliance:
        wait_for_pages(appliance, Client(port))
        assert "console_fingerprint" not in appliance.status()["appliance"]
        assert not (appliance.state / "key" / "console.key").exists() and not keys(appliance)
