"""Webhooks reach nothing inside a network that the operator did not name."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from incidents.exports import guard, wire
from incidents.exports.guard import Allowed, Refused
from tests.exports.receiver import Receiver

NOBODY = Allowed.of([])
LOOPBACK = Allowed.of(["127.0.0.0/8"])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
        "240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "fd12::1",
        "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(address: str) -> None:
    assert not guard.is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_plain_public_addresses_are_let_through(address: str) -> None:
    assert guard.is_outside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "", "chat.example.net/hook", "ftp://example.net/", "file:///etc/passwd", "https://",
        "https://user:pw@example.net/", "https://example.net/#part", "https://example.net:x/",
        "https://example.net:99999/", "http://[::1/", "http://127.0.0.1/", "http://[::1]:80/",
        "http://169.254.169.254/latest/meta-data/", "https://exa\u0000mple.net/", "http://a..b/",
    ],
)  # fmt: skip
def test_what_is_no_good_address_is_refused_in_the_form(url: str) -> None:
    with pytest.raises(Refused):
        guard.check(url, NOBODY)


def test_what_the_operator_named_is_allowed() -> None:
    assert guard.check("http://127.0.0.1:8080/a b?c=ü", LOOPBACK).path == "/a%20b?c=%C3%BC"
    assert guard.check("http://10.0.0.7/", Allowed.of(["10.0.0.7"])).host == "10.0.0.7"
    with pytest.raises(Refused, match="WEBHOOK_ALLOW"):
        guard.check("http://10.0.0.8/", Allowed.of(["10.0.0.7", "chat.example.net"]))


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names are looked up here: one answer after the other.  What was asked is in the list."""
    asked: list[str] = []

    def look_up(host: str, port: int, **kwargs: Any) -> Any:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, found: list[str]
) -> None:
    answering(monkeypatch, found)
    outcome = wire.send(f"http://chat.example.net:{receiver.port}/", b"{}", {}, NOBODY)
    assert outcome.status is None
    assert "inside a network" in outcome.error
    assert receiver.requests == []


def test_numbers_in_disguise_are_refused_once_looked_up(receiver: Receiver) -> None:
    for host in ("2130706433", "0x7f.1", "localhost", "localhost."):
        outcome = wire.send(f"http://{host}:{receiver.port}/", b"{}", {}, NOBODY)
        assert outcome.status is None
    assert receiver.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """A name that changes its answer after the check would be asked a second time: it is not."""
    asked = answering(monkeypatch, ["127.0.0.1"], ["10.255.255.1"])
    url = f"http://chat.example.net:{receiver.port}/hook"
    assert wire.send(url, b"{}", {}, LOOPBACK).ok
    assert asked == ["chat.example.net"]
    assert receiver.requests[0].headers["Host"] == f"chat.example.net:{receiver.port}"


def test_a_name_may_be_allowed_by_itself(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    answering(monkeypatch, ["127.0.0.1"])
    allowed = Allowed.of(["Chat.Example.Net."])
    assert wire.send(f"http://chat.example.net:{receiver.port}/", b"{}", {}, allowed).ok
    assert not wire.send(f"http://other.example.net:{receiver.port}/", b"{}", {}, allowed).ok


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.status = 302
    receiver.answer_headers = {"Location": receiver.url}
    outcome = wire.send(receiver.url, b"{}", {}, LOOPBACK)
    assert outcome.status == 302
    assert "redirects are not followed" in outcome.error
    assert len(receiver.requests) == 1


def test_an_endless_answer_is_read_to_its_bound_only(receiver: Receiver) -> None:
    receiver.status, receiver.answer_body = 500, b"x" * 20_000_000
    outcome = wire.send(receiver.url, b"{}", {}, LOOPBACK)
    assert outcome.error == f"It answered 500: {'x' * 200}"


def test_an_answer_in_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WHOLE_SECONDS", 0.4)
    stop = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _ = server.accept()
        with peer:
            while not stop.wait(0.05):
                try:
                    peer.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    outcome = wire.send(url, b"{}", {}, LOOPBACK)
    took = time.monotonic() - began
    stop.set()
    thread.join()
    server.close()
    assert outcome.status is None
    assert outcome.error
    assert took < 20  # the drips would have gone on for ever


def secure_receiver(folder: Path, name: str) -> tuple[HTTPServer, Path]:
    """A server with a certificate of its own making for ``name``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    paper = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(paper.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, *args: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, cert


def test_certificates_are_checked_against_the_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answering(monkeypatch, ["127.0.0.1"])
    server, cert = secure_receiver(tmp_path, "chat.example.net")
    port = server.server_address[1]
    try:
        strange = wire.send(f"https://chat.example.net:{port}/", b"{}", {}, LOOPBACK)
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        known = wire.send(f"https://chat.example.net:{port}/", b"{}", {}, LOOPBACK)
        other = wire.send(f"https://other.example.net:{port}/", b"{}", {}, LOOPBACK)
    finally:
        server.shutdown()
        server.server_close()
    assert "certificate is not trusted" in strange.error
    assert known.ok
    assert "certificate is not trusted" in other.error
