"""One POST to a checked address: no redirects, no proxy, an end to its time and to its answer."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from incidents.exports.guard import Allowed, Refused, Target, check, places

WHOLE_SECONDS = 10.0  # for all of it, so that an answer in drips holds nobody for long
CONNECT_SECONDS = 5.0
READ_AT_MOST = 4096  # bytes of an answer: enough to quote its beginning
QUOTED = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: ``status`` of the answer if there was one; no ``error`` is well."""

    status: int | None
    error: str

    @property
    def ok(self) -> bool:
        return not self.error


def send(url: str, body: bytes, headers: Mapping[str, str], allowed: Allowed) -> Outcome:
    """POST ``body``; never raises.  Only an answer of the 200s is well."""
    try:
        target = check(url, allowed)
        with _connected(target, allowed) as connection:
            connection.request("POST", target.path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            text = answer.read(READ_AT_MOST).decode("utf-8", "replace")
    except Refused as why:
        return Outcome(None, str(why))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(None, _words(error))
    return Outcome(answer.status, _complaint(answer.status, text))


@contextmanager
def _connected(target: Target, allowed: Allowed) -> Iterator[http.client.HTTPConnection]:
    plug = _plug(target, allowed)
    # A socket's own timeout begins anew with every byte; this one does not.
    watch = threading.Timer(WHOLE_SECONDS, _cut, [plug])
    watch.daemon = True
    watch.start()
    try:
        if target.secure:
            context = ssl.create_default_context()
            plug = context.wrap_socket(plug, server_hostname=target.host)
            kind: type[http.client.HTTPConnection] = http.client.HTTPSConnection
        else:
            kind = http.client.HTTPConnection
        connection = kind(target.host, target.port)
        connection.sock = plug  # connected already: it must not look the name up again
        yield connection
    finally:
        watch.cancel()
        plug.close()


def _plug(target: Target, allowed: Allowed) -> socket.socket:
    last: OSError | None = None
    for family, where in places(target, allowed)[:4]:
        plug = socket.socket(family, socket.SOCK_STREAM)
        plug.settimeout(CONNECT_SECONDS)
        try:
            plug.connect(where)
        except OSError as error:
            plug.close()
            last = error
        else:
            return plug
    raise last or OSError("no address to connect to")


def _cut(plug: socket.socket) -> None:
    try:
        plug.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already


def _complaint(status: int, text: str) -> str:
    if 200 <= status < 300:
        return ""
    said = "".join(c if c.isprintable() else " " for c in text)[:QUOTED].strip()
    where = " (redirects are not followed: give the address it leads to)" if status < 400 else ""
    return f"It answered {status}{where}{': ' + said if said else '.'}"


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "It did not answer in time."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not trusted: {error.verify_message}."[:QUOTED]
    if isinstance(error, http.client.RemoteDisconnected):
        return "It hung up without an answer, or took too long."
    detail = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"It could not be reached: {detail}."[:QUOTED]
