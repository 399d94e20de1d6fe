"""Where two members of a group run different versions of what they serve with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from . import cycles as naming
from .eol import Catalogue
from .software import MAKER, keeper

EXACT = frozenset({"db", "queue", "web", "platform"})
"""Groups of products of which the very patch counts: they talk to each other."""

CARRIED = frozenset({"lang", "framework"})
"""Groups that an application brings along; what the distribution ships follows the system."""

TOOLS = frozenset({"ansible", "ansible-core", "opentofu", "powershell", "sqlite", "terraform"})
"""Products that serve nobody by themselves."""

Entry = Mapping[str, Any]
Versions = dict[str, dict[naming.Numbers, str]]
"""Name → what counts of each version → the version in words."""


def version_skews(
    here: Sequence[Entry], there: Sequence[Entry], catalogue: Catalogue
) -> tuple[list[str], list[dict[str, str]]]:
    """What two `software` sections have in common, and where the versions differ.

    Compared are servers, and what the end-of-life catalogue knows as a database, queue, web server
    or platform (to the patch) or as a language or framework that did not come with the system (to
    the first two numbers).  The names compared come first, then [{name, here, there}].
    """
    mine, theirs = _versions(here, catalogue), _versions(there, catalogue)
    common = sorted(mine.keys() & theirs.keys())
    return common, [
        {
            "name": name,
            "here": " and ".join(sorted(mine[name].values())),
            "there": " and ".join(sorted(theirs[name].values())),
        }
        for name in common
        if mine[name].keys().isdisjoint(theirs[name])
    ]


def _versions(software: Sequence[Entry], catalogue: Catalogue) -> Versions:
    what_counts = _judge(catalogue)
    found: Versions = {}
    for one in software:
        if what := what_counts(
            str(one.get("name") or ""),
            str(one.get("version") or ""),
            str(one.get("source") or ""),
            one.get("role"),
        ):
            name, numbers, said = what
            found.setdefault(name, {})[numbers] = said
    return found


@lru_cache(maxsize=8)
def _judge(catalogue: Catalogue) -> Any:
    """What counts of one entry, remembered: fleets run few versions on many hosts."""

    @lru_cache(maxsize=65_536)
    def what_counts(
        name: str, version: str, source: str, role: str | None
    ) -> tuple[str, naming.Numbers, str] | None:
        numbers = naming.release(version)
        if not numbers or role in ("client", "library") or name.endswith("-client"):
            return None
        life = catalogue.software(name, version)
        if life is None or life.product in TOOLS:
            return (name, numbers[:2], _said(numbers[:2])) if role == "server" else None
        group = catalogue.products[life.product].group
        if group in EXACT:
            return life.product, numbers, _said(numbers)
        carried = group in CARRIED and keeper(name, version, source, catalogue) == MAKER
        if role == "server" or carried:
            return life.product, numbers[:2], _said(numbers[:2])
        return None

    return what_counts


def _said(numbers: naming.Numbers) -> str:
    return ".".join(map(str, numbers))
