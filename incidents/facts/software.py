"""How long installed software is cared for, and by whom.

Two may care for a piece of software.  Its maker does until a date of the end-of-life catalogue.
A distribution goes on mending what it ships for as long as it cares for the release itself, long
after the maker has stopped and without a new version number; so the maker's dates say nothing
about packages that came with the system.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from . import cycles as naming
from .eol import Catalogue, Life

FIXED = frozenset({"apt", "deb", "dpkg", "dnf", "dnf5", "yum", "rpm", "zypper", "apk", "packages"})
"""Sources that are package managers of distributions with releases."""

ROLLING = frozenset({"portage", "emerge", "pacman", "xbps", "pkg", "pkgng", "pkg_info"})
"""Those that follow the makers, as the ports of the BSDs do: whether one still mends an old version
by itself, nobody can say."""

FROM_ELSEWHERE = re.compile(
    r"pgdg|sury|nodesource|remi\b|\.ius\b|maria~|\+0~20\d\d|~ppa|ppa\d|-\d+rl\d|~debian\.|~ubuntu\."
    r"|-\d+~(?:stretch|buster|bullseye|bookworm|trixie|bionic|focal|jammy|noble)\b",
    re.IGNORECASE,
)
"""How packages of makers and third parties mark their versions."""

FROM_DISTRIBUTION = re.compile(r"deb\d+u\d|ubuntu\d|\.el\d|\.fc\d|\.amzn\d|\.sles\d", re.IGNORECASE)
"""How distributions mark theirs, for software that nobody gave a source."""

CATALOGUE_HOLDS_DAYS = 60
"""So long after its snapshot the catalogue is believed when it knows of no newer patch."""

DISTRIBUTION, MAKER = "distribution", "maker"


def annotate_software(
    software: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    now: datetime,
    os: Mapping[str, Any] | None = None,
    entitled: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    """Every entry with what follows from its version; the input stays as it is.

    Adds `major`, `series`, `cared_for_by`, `product`, `eol_on`, `past_eol`, `latest`, `latest_on`,
    `behind`, `patches_behind`: each only where it is known; and `pin_told`, `pin_explained`.
    `os` is the annotated `os` section: packages of a distribution end with it.  A recorded
    `eol_on` wins and is a date of its own.
    """
    system = os or {}
    today = now.astimezone(UTC).date()
    follows = bool(system.get("rolling")) or "bsd" in str(system.get("name", "")).lower()
    care = (system.get("supported_until"), system.get("past_support"), follows)
    known = _reader(catalogue)
    return [
        {
            **known(
                str(one.get("name") or ""),
                str(one.get("version") or ""),
                str(one.get("source") or ""),
                one.get("eol_on"),
                care,
                today,
                entitled,
            ),
            "pin_told": one.get("pinned") is True,
            "pin_explained": bool(one.get("pinned_on") and one.get("pin_reason")),
            **one,
        }
        for one in software
    ]


def keeper(name: str, version: str, source: str, catalogue: Catalogue) -> str:
    """Whose package it is by its source, its name and the marks in its version."""
    foreign = name.lower().startswith(catalogue.foreign) or FROM_ELSEWHERE.search(version)
    managed = source.lower() in FIXED or source.lower() in ROLLING
    if foreign or (source and not managed):
        return MAKER
    return DISTRIBUTION if managed or FROM_DISTRIBUTION.search(version) else MAKER


def series_of(version: str) -> str | None:
    """The first two numbers of a version, such as 9.6; None where it has fewer."""
    found = naming.release(version)
    return f"{found[0]}.{found[1]}" if len(found) > 1 else None


Care = tuple[Any, Any, bool]
"""Until when the distribution cares for its packages, whether that is over, and whether it follows
the makers instead."""


@lru_cache(maxsize=8)
def _reader(catalogue: Catalogue) -> Any:
    """What is known of one entry, remembered: fleets run few versions on many hosts."""

    @lru_cache(maxsize=65_536)
    def read(
        name: str,
        version: str,
        source: str,
        eol_on: str | None,
        care: Care,
        today: date,
        entitled: frozenset[str],
    ) -> dict[str, Any]:
        found = naming.release(version)
        whose = keeper(name, version, source, catalogue)
        life = catalogue.software(name, version) if name and version else None
        known: dict[str, Any] = {
            "major": found[0] if found else None,
            "series": series_of(version),
            "product": life.product if life else None,
        }
        if eol_on:
            known |= {"cared_for_by": MAKER, "past_eol": _over(eol_on, today)}
        elif whose == DISTRIBUTION:
            known |= _by_distribution(life, source, care, today)
        else:
            known |= {"cared_for_by": MAKER} | _by_maker(life, today, entitled)
        if whose == MAKER and life:
            known |= _patches(life, found, catalogue.snapshot, today)
        return {name: value for name, value in known.items() if value is not None}

    return read


def _over(eol_on: str, today: date) -> bool | None:
    try:
        return today > date.fromisoformat(eol_on)
    except ValueError:
        return None


def _by_maker(life: Life | None, today: date, entitled: frozenset[str]) -> dict[str, Any]:
    if life is None:
        return {}
    if life.eol_on is None:
        return {"past_eol": life.ended}
    paid = life.extended_until if life.product in entitled else None
    end = max(life.eol_on, paid) if paid else life.eol_on
    return {"eol_on": end.isoformat(), "past_eol": today > end}


def _by_distribution(life: Life | None, source: str, care: Care, today: date) -> dict[str, Any]:
    until, past, follows = care
    if follows or source.lower() in ROLLING:
        over = _by_maker(life, today, frozenset()).get("past_eol")
        return {} if over else {"cared_for_by": DISTRIBUTION, "past_eol": over}
    return {"cared_for_by": DISTRIBUTION, "eol_on": until, "past_eol": past}


def _patches(life: Life, installed: naming.Numbers, snapshot: date, today: date) -> dict[str, Any]:
    """How the installed patch compares with the newest; nothing where the version is too coarse."""
    newest = naming.numbers(life.latest)
    if not newest:
        return {}
    known: dict[str, Any] = {
        "latest": life.latest,
        "latest_on": life.latest_on.isoformat() if life.latest_on else None,
    }
    apart = next(
        (there - here for here, there in zip(installed, newest, strict=False) if here != there), 0
    )
    if apart > 0:
        return known | {"behind": True, "patches_behind": apart}
    final = life.eol_on is not None and life.eol_on < snapshot
    complete = len(installed) >= len(newest) or apart < 0
    if complete and (final or (today - snapshot).days <= CATALOGUE_HOLDS_DAYS):
        return known | {"behind": False, "patches_behind": 0}
    return known
