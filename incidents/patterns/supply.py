"""How to supply what a check misses on a host, from the table in ``supply_ways``."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import NoReverseMatch, reverse

from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.supply_ways import WAYS, Way

CURL = 'curl -X {method} "$URL{path}" -H "Authorization: Bearer $TOKEN" {body}'


@dataclass(frozen=True, slots=True)
class Supply:
    """What to do about some missing paths of one host, with a line to copy and a place to go."""

    paths: tuple[str, ...]
    section: str
    text: str
    curl: str = ""
    link: str = ""
    where: str = ""
    fleet: bool = False


def supply(paths: Iterable[str], host: str) -> list[Supply]:
    """One entry per way; paths that one and the same way tells stand together."""
    by_way: dict[str, list[str]] = {}
    for path in paths:
        by_way.setdefault(key_of(path), []).append(path)
    return [_supply(key, tuple(found), host) for key, found in by_way.items()]


def key_of(path: str) -> str:
    """The key of the table that a path falls under; every section has one."""
    steps = path.replace("[]", "").split(".")
    steps[-1] = steps[-1].removesuffix("_days").removesuffix("_in")
    for length in range(len(steps), 0, -1):
        if (key := ".".join(steps[:length])) in WAYS:
            return key
    return "custom"


def is_fleet_wide(path: str) -> bool:
    """Whether one record anywhere decides it on every host."""
    return WAYS[key_of(path)].fleet


def _supply(key: str, paths: tuple[str, ...], host: str) -> Supply:
    way = WAYS[key]
    return Supply(
        paths=paths,
        section=key.split(".")[0],
        text=way.text,
        curl=_curl(way, host),
        link=_link(way, host),
        where=way.where,
        fleet=way.fleet,
    )


def _curl(way: Way, host: str) -> str:
    facts = f"/api/v1/hosts/{quote(host)}/facts/"
    if way.command:
        line = CURL.format(method="PUT", path=facts, body="--data-binary @-")
        return f"{way.command.format(host=shlex.quote(host))} | {line}"
    if way.sections is not None:
        return _json("PUT", facts, {"source": "by-hand", "sections": way.sections})
    if way.record:
        said = {"kind": way.record, "host": host, "result": "ok"}
        return _json("POST", "/api/v1/upkeep/", said)
    return ""


def _json(method: str, path: str, data: Any) -> str:
    told = shlex.quote(json.dumps(data, ensure_ascii=False))
    body = f'-H "Content-Type: application/json" -d {told}'
    return CURL.format(method=method, path=path, body=body)


def _link(way: Way, host: str) -> str:
    name, of_host = way.place.removesuffix(":"), way.place.endswith(":")
    try:
        return reverse(name, args=[host] if of_host else []) if name else ""
    except NoReverseMatch:
        return ""


def wants_a_person(section: str) -> bool:
    """Recorded by people, rather than collected from the host."""
    return section.split(".")[0] in DERIVED_SECTIONS
