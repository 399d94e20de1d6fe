"""A small NetBox: real HTTP, its JSON shapes old and new, and the faults a test asks for."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef01234567"


def nested(name: str, **more: Any) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-")
    return {"id": 1, "url": "http://elsewhere.invalid/", "name": name, "slug": slug} | more


def device(number: int, name: str | None, **more: Any) -> dict[str, Any]:
    """As NetBox 4 tells a device."""
    return {
        "id": number,
        "name": name,
        "display": name,
        "device_type": nested("R640", model="PowerEdge R640", manufacturer=nested("Dell")),
        "role": nested("Database Server"),
        "tenant": None,
        "platform": nested("Debian 12"),
        "serial": f"SN{number}",
        "site": nested("Berlin 1"),
        "rack": {"id": 3, "name": "A1"},
        "status": {"value": "active", "label": "Active"},
        "primary_ip": {"id": 1, "address": "10.0.0.5/24", "dns_name": f"{name}.example.net"},
        "primary_ip4": {"id": 1, "address": "10.0.0.5/24"},
        "primary_ip6": None,
        "oob_ip": {"id": 5, "address": "192.0.2.1/32"},
        "power_port_count": 2,
        "tags": [nested("Rack mounted")],
        "custom_fields": {},
    } | more


def old_device(number: int, name: str) -> dict[str, Any]:
    """As NetBox 2 told one."""
    new = device(number, name)
    role, _ = new.pop("role"), new.pop("power_port_count")
    old = {"device_role": role, "display_name": name, "tags": ["rack-mounted"], "oob_ip": None}
    return new | old | {"status": {"value": 1, "label": "Active"}}


def machine(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "status": {"value": "active", "label": "Active"},
        "site": nested("Berlin 1"),
        "cluster": nested("kvm-berlin"),
        "device": nested("db-1"),
        "role": None,
        "tenant": None,
        "platform": None,
        "primary_ip": None,
        "primary_ip4": None,
        "primary_ip6": None,
        "vcpus": 2.0,
        "memory": 4096,
        "disk": 50,
        "tags": [],
    } | more


def site(number: int, name: str) -> dict[str, Any]:
    return nested(name) | {"id": number, "physical_address": "Hall Street 1\r\n10115 Berlin"}


class NetBox:
    """What it lists, and what goes wrong: ``faults`` are used up one by one, oldest first."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {
            "/api/dcim/sites/": [site(1, "Berlin 1")],
            "/api/dcim/devices/": [device(1, "db-1"), old_device(2, "db-2")],
            "/api/virtualization/virtual-machines/": [machine(1, "vm-1")],
        }
        self.faults: list[Any] = []
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.page = 50
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    box: NetBox

    def log_message(self, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.box.asked.append(self.path)
        self.box.tokens.add(self.headers.get("Authorization", ""))
        if self.box.faults and (fault := self.box.faults.pop(0)) is not None:
            self._fail(fault)
        elif self.headers.get("Authorization") != f"Token {TOKEN}":
            self._send(403, {"detail": "Invalid token"})
        else:
            self._list(parts.path, parse_qs(parts.query))

    def _list(self, path: str, asked: dict[str, list[str]]) -> None:
        found = self.box.lists.get(path)
        if found is None:
            self._send(404, {"detail": "Not found."})
            return
        limit = min(int(asked["limit"][0]), self.box.page)
        offset = int(asked.get("offset", ["0"])[0])
        following = offset + limit
        # Behind a proxy NetBox often calls itself by another name: only the place is to be used.
        ahead = f"http://elsewhere.invalid{path}?limit={limit}&offset={following}"
        self._send(
            200,
            {
                "count": len(found),
                "next": ahead if following < len(found) else None,
                "previous": None,
                "results": found[offset:following],
            },
        )

    def _fail(self, fault: Any) -> None:
        if fault == "silence":
            time.sleep(1.0)
        elif fault == "half":
            body = json.dumps({"count": 1, "next": None, "results": [device(1, "db-1")]})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:100].encode())
        elif isinstance(fault, str):  # somewhere else
            self.send_response(302)
            self.send_header("Location", fault)
            self.end_headers()
        else:
            self._send(fault, {"detail": "no"}, **({"Retry-After": "7"} if fault == 429 else {}))

    def _send(self, status: int, said: Any, **headers: str) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[NetBox]:
    """A NetBox on a free port of this machine."""
    box = NetBox()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"box": box}))
    box.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
