"""The API page: the OpenAPI document as rooms of calls, each with a line of curl that works."""

import json
import shlex
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.generators import SchemaGenerator

from kb.bin.throwing import thrown_for
from kb.operations import api_samples

METHODS = ("get", "post", "put", "patch", "delete")
COMPARED = ("patch", "delete")  # these ask for If-Match, and so does merging


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to ask for: method, address, what it is for, how with curl.

    ``about`` is text with every second piece a bit of code; ``body`` is None where none is sent.
    """

    method: str
    path: str
    real_path: str
    about: list[str]
    parameters: list[dict[str, str]]
    body: Any

    @property
    def curl(self) -> str:
        """A line for the shell; ``$TOKEN`` is the reader's."""
        method = "" if self.method == "GET" else f"-X {self.method} "
        parts = [f"curl {method}{shlex.quote(settings.SITE_URL + self.real_path)}"]
        parts.append('-H "Authorization: Bearer $TOKEN"')
        merging = self.method == "POST" and self.path.endswith("/merge/")
        if self.method.lower() in COMPARED or merging:
            parts.append('-H "If-Match: *"')
        if self.body is not None:
            parts.append('-H "Content-Type: application/json"')
            parts.append(f"-d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}")
        return " \\\n  ".join(parts)


@dataclass(frozen=True, slots=True)
class Room:
    """The calls below one first step of the address."""

    name: str
    calls: list[Call] = field(default_factory=list)


def describe_api(request: HttpRequest) -> list[Room]:
    """Every call under ``/api/v1/``, by room; names in the addresses are of things the reader
    may see."""
    rooms: dict[str, Room] = {}
    addresses = api_samples.Addresses(request)
    reader = request.user.get_username()
    host = addresses.real("/api/v1/hosts/{name}/").split("/")[-2]
    names = {
        "NEWEST": addresses.newest("/api/v1/incidents/"),
        "SITE": addresses.real("/api/v1/sites/{slug}/").split("/")[-2],
        "ANOTHER": addresses.other_host(host),
        "SERVICE": addresses.real("/api/v1/services/{slug}/").split("/")[-2],
        "HOST": host,
        "THROWN": next((one.key for one in thrown_for(request.user, most=1)), "page:1"),  # type: ignore[arg-type]
        "PAGE": addresses.real("/api/v1/pages/{slug}/").split("/")[-2],
        "INCIDENT": addresses.real("/api/v1/incidents/{id}/").split("/")[-2],
    }
    for address, operations in sorted(schema()["paths"].items()):
        name = address.removeprefix("/api/v1/").split("/")[0]
        room = rooms.setdefault(name, Room(name))
        for method in METHODS:
            if method in operations:
                body = api_samples.body_of(method, address, reader=reader, host=host, names=names)
                real = addresses.real(address) + api_samples.query_of(method, address, names)
                room.calls.append(_call(method, address, real, operations[method], body))
    return list(rooms.values())


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document; it changes only with the code."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def _call(method: str, address: str, real: str, operation: dict[str, Any], body: Any) -> Call:
    asked = [
        {
            "name": one["name"],
            "about": one.get("description", ""),
            "required": "required" if one.get("required") else "",
        }
        for one in operation.get("parameters", [])
        if one["in"] == "query"
    ]
    about = " ".join((operation.get("description") or "").split()).split("``")
    return Call(method.upper(), address, real, about, asked, body)
