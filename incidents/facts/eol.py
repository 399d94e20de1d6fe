"""End of life: which product and release a system is, until when it is cared for, how far behind.

Three tiers: general support, extended support that is free (Debian LTS), extended support that
counts only where the team says it is entitled to it (Ubuntu Pro, RHEL ELS, Windows ESU).
A system the catalogue doesn't know has no answer, which is different from a good one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from . import cycles as naming
from .ages import days_until
from .errors import FactsError

DATA = Path(__file__).parent / "data"

BY_MAJOR = {"sles", "freebsd", "linuxmint", "suse-linux-micro"}
"""Products whose upgrades step from major to major; service packs in between may be skipped."""

_NAMING = ("name", "version", "codename", "edition", "pretty_name", "kernel")
_SAID = (*_NAMING, "major", "eol_on", "extended_until", "rolling")
Said = tuple[tuple[str, Any], ...]

End = date | bool | None
"""A day; True: over, nobody says since when; False: not over, no day named; None: not stated."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One release line of a product."""

    name: str
    released: date
    end: End
    extended: date | None = None
    codename: str = ""
    long_term: bool = False
    latest: str = ""
    latest_on: date | None = None

    def over(self, today: date, extended: bool) -> bool:
        """Whether its support has ended, counting extended support or not."""
        if extended and self.extended:
            return today > self.extended
        return today > self.end if isinstance(self.end, date) else self.end is True


@dataclass(frozen=True, slots=True)
class Product:
    """A product and its cycles, the oldest first."""

    name: str
    title: str
    group: str
    extended_free: bool
    cycles: tuple[Cycle, ...]

    def named(self, names: list[str]) -> Cycle | None:
        """The first cycle with one of these names."""
        known = {cycle.name: cycle for cycle in self.cycles}
        return next((known[name] for name in names if name in known), None)

    def by_codename(self, codename: str) -> Cycle | None:
        """The cycle whose code name starts with this word."""
        word = codename.lower().split()[:1]
        return next((c for c in self.cycles if word and c.codename.split()[:1] == word), None)

    def before_all(self, version: naming.Numbers) -> bool:
        """Whether a version is older than every cycle listed; of AIX, every one of its branch."""
        listed = [naming.numbers(cycle.name) for cycle in self.cycles]
        branch = [numbers for numbers in listed if numbers[:2] == version[:2]]
        if self.name == "ibm-aix" and branch:
            listed = branch
        return bool(version) and all(version < oldest for oldest in listed if oldest)


@dataclass(frozen=True, slots=True)
class Life:
    """What the catalogue knows of an installed system or piece of software.

    `ended` says that support is over, or not, where no day is named. `cycles_behind`: upgrade
    steps to the oldest release that is still cared for (0: it is cared for itself); None where
    there is no such release (`dead_end`) or the question makes no sense (rolling).
    """

    product: str
    title: str
    cycle: str = ""
    released: date | None = None
    eol_on: date | None = None
    ended: bool | None = None
    extended_until: date | None = None
    extended_free: bool = False
    rolling: bool = False
    ancient: bool = False
    cycles_behind: int | None = None
    dead_end: bool = False
    latest: str = ""
    latest_on: date | None = None
    found: str = ""


class Catalogue:
    """The end-of-life catalogue and the names by which tools call its products."""

    def __init__(self, catalogue: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        try:
            self.snapshot = date.fromisoformat(catalogue["snapshot"])
            self.attribution: str = catalogue["attribution"]
            self.products = {
                name: _product(name, raw) for name, raw in catalogue["products"].items()
            }
            self._os: dict[str, list[str]] = names["os"]
            self._rolling: frozenset[str] = frozenset(names["rolling"])
            self._software: dict[str, str] = names["software"]
            self.foreign: tuple[str, ...] = tuple(names["foreign"])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise FactsError(f"The end-of-life catalogue can't be read: {error!r}.") from None
        self._lookup = lru_cache(maxsize=4096)(self._find)
        self.annotations = lru_cache(maxsize=4096)(partial(_annotations, self))

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """The shipped catalogue, or a newer one of the same form from `path`."""
        try:
            catalogue = json.loads((path or DATA / "eol.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise FactsError(f"The end-of-life catalogue is not valid JSON: {error}") from None
        return cls(catalogue, json.loads((DATA / "names.json").read_text(encoding="utf-8")))

    def os(
        self, section: Mapping[str, Any], now: datetime, entitled: frozenset[str] = frozenset()
    ) -> Life | None:
        """What is known of the system in an `os` section; None where it is not in the catalogue.

        `entitled` names the products whose paid extended support the team has.
        """
        said = tuple((name, str(section[name])) for name in _NAMING if section.get(name))
        life = self._lookup(said)
        if life is None or life.rolling:
            return life
        return self._with_steps(life, _day(now), entitled)

    def software(self, name: str, version: str) -> Life | None:
        """What is known of a piece of software by its maker's dates; None where it is not listed.

        A distribution may care for its own package longer than the maker does.
        """
        plain = re.sub(r"[-_ ]?v?\d+([._]\d+)*$", "", name.strip().lower())
        product = self.products.get(
            self._software.get(name.strip().lower()) or self._software.get(plain, "")
        )
        found = naming.release(version)
        if product is None or not found:
            return None
        spelled = [".".join(map(str, found[:size])) for size in (3, 2, 1) if len(found) >= size]
        cycle = product.named(spelled)
        how = f"{name} {version} is {product.title}"
        if cycle:
            return _life(product, cycle, f"{how} {cycle.name}")
        if product.before_all(found):
            return _ancient(product, how)
        return None

    def called(self, name: str) -> str:
        """The product that tools call so, in small letters; empty where there is none."""
        return self._os.get(name, [""])[0] or self._software.get(name, "")

    @cached_property
    def os_products(self) -> frozenset[str]:
        """All products that an operating system may be."""
        return frozenset(product for product, _ in self._os.values())

    def _find(self, said: tuple[tuple[str, str], ...]) -> Life | None:
        section = dict(said)
        name = section.get("name", "").strip().lower()
        if self._rolls(name, section):
            return Life("", section["name"], rolling=True, found=f"{section['name']} is rolling")
        product_name, rule = self._product_of(name, section)
        product = self.products.get(product_name)
        if product is None:
            return None
        names = naming.candidates(rule, section)
        cycle = product.named(names)
        if cycle is None and not names:
            cycle = product.by_codename(section.get("codename", ""))
        how = f"{section['name']} {section.get('version', section.get('codename', ''))}".strip()
        if cycle:
            return _life(product, cycle, f"{how} is {product.title} {cycle.name}")
        if names and rule != "windows" and product.before_all(naming.numbers(names[0])):
            return _ancient(product, how)
        return None

    def _rolls(self, name: str, section: Mapping[str, str]) -> bool:
        if name in self._rolling:
            return True
        flavour = f"{section.get('version', '')} {section.get('codename', '')}".lower()
        words = set(re.split(r"[\s/]+", flavour))
        return name in self._os and not words.isdisjoint(
            {"sid", "rolling", "rawhide", "tumbleweed", "edge", "unstable", "ceres"}
        )

    def _product_of(self, name: str, section: Mapping[str, str]) -> tuple[str, str]:
        product, rule = self._os.get(name, ("", ""))
        if not product and "windows" in name:
            product, rule = self._os["windows"]
        if rule == "centos":
            major = naming.numbers(section.get("version", ""))[:1]
            stream = "stream" in naming.words(section)
            product = "centos-stream" if stream or major >= (9,) else "centos"
        return product, rule

    def _with_steps(self, life: Life, today: date, entitled: frozenset[str]) -> Life:
        product = self.products[life.product]
        extended = product.extended_free or product.name in entitled
        out = [c for c in product.cycles if c.released <= today]
        cared = [c for c in out if not c.over(today, extended)]
        own = product.named([life.cycle]) if life.cycle else None
        if own in cared:
            return replace(life, cycles_behind=0)
        since = own.released if own else date.min
        ahead = [c for c in cared if c.released > since and _is_step(product, c)]
        if not ahead:
            return replace(life, dead_end=True)
        target = ahead[0]
        steps = {
            _line(product, c)
            for c in out
            if since < c.released <= target.released and _is_step(product, c)
        }
        if own and _line(product, own) in steps and len(steps) > 1:
            steps.discard(_line(product, own))
        return replace(life, cycles_behind=len(steps) + (0 if own else 1))


def annotate_os(
    os_section: Mapping[str, Any],
    catalogue: Catalogue,
    now: datetime,
    entitled: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The os section with what follows from the catalogue; the input stays as it is.

    Adds `major` (from the version), `rolling`, `product`, `cycle`, `released`, `eol_on`,
    `extended_until`, `extended_free`, `supported_until` (the end that counts), each end with
    `_in_days`, `past_eol`, `past_support`, `past_extended`, `ancient`, `dead_end`,
    `cycles_behind`: each only where it is known. What a
    report says itself (a recorded `eol_on`, `rolling: true`) wins over the catalogue.
    """
    said = tuple((name, value) for name in _SAID if (value := os_section.get(name)) is not None)
    return {**os_section, **catalogue.annotations(said, _day(now), entitled)}


def _annotations(
    catalogue: Catalogue, said: Said, today: date, entitled: frozenset[str]
) -> dict[str, Any]:
    reported = dict(said)
    now = datetime.combine(today, time(), UTC)
    life = catalogue.os(reported, now, entitled) if reported.get("name") else None
    if reported.get("rolling") or (life and life.rolling and "rolling" not in reported):
        return {"rolling": True}
    known = (_told(life) if life and not life.rolling else {}) | reported
    free = bool(life and (life.extended_free or life.product in entitled))
    if "eol_on" in known:
        known.setdefault("rolling", False)
    version = naming.numbers(str(reported.get("version") or ""))
    if version and "windows" not in str(reported.get("name", "")).lower():
        known.setdefault("major", str(version[0]))
    known |= _verdicts(known, life, free, today)
    for name in ("eol_on", "extended_until", "supported_until"):
        days = days_until(known[name], now) if name in known else None
        if days is not None:
            known[f"{name}_in_days"] = days
    return {name: value for name, value in known.items() if name not in reported}


def _told(life: Life) -> dict[str, Any]:
    told = {
        "rolling": False,
        "product": life.product,
        "cycle": life.cycle or None,
        "released": life.released,
        "eol_on": life.eol_on,
        "extended_until": life.extended_until,
        "extended_free": life.extended_free,
        "ancient": life.ancient,
        "dead_end": life.dead_end,
        "cycles_behind": life.cycles_behind,
    }
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in told.items()
        if value is not None
    }


def _verdicts(
    known: Mapping[str, Any], life: Life | None, entitled: bool, today: date
) -> dict[str, Any]:
    """Which tiers are over today; the last day of a tier still counts as cared for."""
    eol, extended = _date(known.get("eol_on")), _date(known.get("extended_until"))
    if eol is None:
        ended = life.ended if life else None
        if life and life.ancient:
            ended = True
        if ended is None:
            return {}
        over_extended = ended and (extended is None or today > extended)
        past = over_extended if entitled else ended
        return {"past_eol": ended, "past_support": past, "past_extended": over_extended}
    last = max(eol, extended) if extended else eol
    counts = last if entitled else eol
    return {
        "supported_until": counts.isoformat(),
        "past_eol": today > eol,
        "past_support": today > counts,
        "past_extended": today > last,
    }


def _product(name: str, raw: Mapping[str, Any]) -> Product:
    cycles = []
    for row in raw["cycles"]:
        cycle, released, end, extended, codename, long_term, latest, latest_on = (
            *row,
            *([None] * 5),
        )[:8]
        cycles.append(
            Cycle(
                cycle,
                date.fromisoformat(released),
                date.fromisoformat(end) if isinstance(end, str) else end,
                _date(extended),
                codename or "",
                bool(long_term),
                latest or "",
                _date(latest_on),
            )
        )
    return Product(name, raw["title"], raw["group"], bool(raw.get("extended_free")), tuple(cycles))


def _life(product: Product, cycle: Cycle, found: str) -> Life:
    end = cycle.end
    return Life(
        product.name,
        product.title,
        cycle.name,
        cycle.released,
        eol_on=end if isinstance(end, date) else None,
        ended=end if isinstance(end, bool) else None,
        extended_until=cycle.extended,
        extended_free=product.extended_free,
        latest=cycle.latest,
        latest_on=cycle.latest_on,
        found=found,
    )


def _ancient(product: Product, how: str) -> Life:
    oldest = product.cycles[0].name
    found = f"{how} is older than {product.title} {oldest}, the oldest release listed"
    return Life(product.name, product.title, ended=True, ancient=True, found=found)


def _is_step(product: Product, cycle: Cycle) -> bool:
    """Whether one upgrades onto this cycle on the way: of Ubuntu only the long-term ones."""
    if product.name == "ubuntu":
        return cycle.long_term
    return not cycle.name.endswith(("-ac", "-sac")) and not cycle.name.startswith("lmde")


def _line(product: Product, cycle: Cycle) -> str:
    return cycle.name.split(".")[0] if product.name in BY_MAJOR else cycle.name


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
