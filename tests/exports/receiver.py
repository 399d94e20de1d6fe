"""A receiver of webhooks: a real HTTP server that answers as the test wishes."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    def is_signed_with(self, secret: str) -> bool:
        """As a receiver would check it, from the documentation alone."""
        parts = dict(part.split("=", 1) for part in self.headers["X-Twiceshy-Signature"].split(","))
        wanted = hmac.new(secret.encode(), parts["t"].encode() + b"." + self.body, hashlib.sha256)
        return hmac.compare_digest(wanted.hexdigest(), parts["v1"])


@dataclass
class Receiver:
    port: int = 0
    status: int = 204
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=twiceshy"

    @property
    def events(self) -> list[str]:
        return [request.said["event"] for request in self.requests]


@contextmanager
def running() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(Request(self.path, dict(self.headers), body))
            self.send_response(receiver.status)
            for name, value in receiver.answer_headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.answer_body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
