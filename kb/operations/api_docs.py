"""The API page: the OpenAPI document as rooms of calls, each with a line of curl."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
SAMPLES = {
    "name": "robert",
    "slug": "raid-is-not-a-backup",
    "id": "1",
    "pk": "1",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to ask for: method, address, what it is for, how with curl."""

    method: str
    path: str
    about: str
    curl: str
    parameters: list[dict[str, str]]
    body: str


@dataclass(frozen=True, slots=True)
class Room:
    """The calls below one first step of the address."""

    name: str
    calls: list[Call] = field(default_factory=list)


def describe_api() -> list[Room]:
    """Every call under ``/api/v1/``, by room, in the order of their addresses."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    rooms: dict[str, Room] = {}
    for address, operations in sorted(schema["paths"].items()):
        name = address.removeprefix("/api/v1/").split("/")[0]
        room = rooms.setdefault(name, Room(name))
        for method in METHODS:
            if method in operations:
                room.calls.append(_call(method, address, operations[method], schema))
    return list(rooms.values())


def _call(method: str, address: str, operation: dict[str, Any], schema: dict[str, Any]) -> Call:
    body = _sample_body(operation, schema)
    asked = [
        {
            "name": one["name"],
            "about": one.get("description", ""),
            "required": "required" if one.get("required") else "",
        }
        for one in operation.get("parameters", [])
        if one["in"] == "query"
    ]
    about = (operation.get("description") or "").strip()
    return Call(method.upper(), address, about, _curl(method, address, body), asked, body)


def _curl(method: str, address: str, body: str) -> str:
    path = address
    for name, value in SAMPLES.items():
        path = path.replace(f"{{{name}}}", value)
    parts = [f"curl {settings.SITE_URL}{path}", '-H "Authorization: Bearer $TOKEN"']
    if method != "get":
        parts[0] = f"curl -X {method.upper()} {settings.SITE_URL}{path}"
    if method in ("patch", "delete"):
        parts.append('-H "If-Match: *"')
    if body:
        parts += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(parts)


def _sample_body(operation: dict[str, Any], schema: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if not content:
        return ""
    shape = _resolved(content.get("schema", {}), schema)
    required = shape.get("required", [])
    properties = shape.get("properties", {})
    sample = {name: _sample(_resolved(properties.get(name, {}), schema)) for name in required}
    return json.dumps(sample)


def _resolved(shape: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in shape:
        shape = schema["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
    return shape


def _sample(shape: dict[str, Any]) -> Any:
    if shape.get("enum"):
        return shape["enum"][0]
    kind = shape.get("type")
    if kind == "integer":
        return 1
    if kind == "boolean":
        return True
    if kind == "array":
        return []
    if shape.get("format") == "date-time":
        return "2026-11-23T09:00:00Z"
    return "…"
