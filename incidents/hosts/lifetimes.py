"""Until when what a host runs is cared for, and how that was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from incidents.facts.eol import Catalogue, Cycle, Product, annotate_os
from incidents.facts.software import DISTRIBUTION, annotate_software
from incidents.hosts.catalogue import catalogue

SOON = 180
#: Package lists run to thousands; those with a date of their maker stand first.
MOST = 40


@dataclass(frozen=True, slots=True)
class Lifetime:
    """``until`` is the end that counts; ``tiers`` are its steps (words, day, whether it counts).

    ``over`` is None where nobody can say.
    """

    what: str
    section: str
    until: date | None
    over: bool | None
    days: int | None
    tiers: list[tuple[str, date, bool]]
    found: str

    @property
    def state(self) -> str:
        """over, soon, cared for, or unknown."""
        if self.over is None and self.until is None:
            return "unknown"
        if self.over:
            return "over"
        return "soon" if self.days is not None and self.days <= SOON else "cared for"


def lifetimes(facts: Mapping[str, Any], now: datetime) -> list[Lifetime]:
    """The system first, then software by what ends first; packages of the distribution itself are
    left out, for they end with it."""
    known = catalogue()
    entitled: frozenset[str] = settings.EXTENDED_SUPPORT_ENTITLED
    section = facts.get("os")
    os = annotate_os(section, known, now, entitled) if isinstance(section, Mapping) else None
    system = [_of_os(os, known, now, entitled)] if os and os.get("name") else []
    pieces = facts.get("software")
    if not isinstance(pieces, list):
        return system
    software = annotate_software(pieces, known, now, os, entitled)
    own = [_of_software(one, known, now) for one in software if _has_own_date(one)]
    own.sort(key=lambda one: (one.until or date.max, one.what))
    return [*system, *own[:MOST]]


def _has_own_date(piece: Mapping[str, Any]) -> bool:
    return bool(piece.get("product") or piece.get("eol_on")) and (
        piece.get("cared_for_by") != DISTRIBUTION
    )


def _of_os(
    os: Mapping[str, Any], known: Catalogue, now: datetime, entitled: frozenset[str]
) -> Lifetime:
    said = f"{os['name']} {os.get('version') or ''}".strip()
    life = known.os(os, now, entitled)
    until, eol, extended = (
        _day(os.get(n)) for n in ("supported_until", "eol_on", "extended_until")
    )
    free = bool(life and (life.extended_free or life.product in entitled))
    tiers = [("general support", eol, not (free and extended))] if eol else []
    if extended:
        words = "extended support, free" if life and life.extended_free else "extended support"
        if not free:
            words += ", not counted: nobody said that you are entitled to it"
        tiers.append((words, extended, free))
    if os.get("rolling"):
        return Lifetime(
            said, "os", None, False, None, [], "it is rolling: it has no end of its own"
        )
    if life is None and until is None:
        how = "the catalogue does not know it"
    elif life is None or ("eol_on" in os and _said_itself(os, life)):
        how = "the report says so itself"
    else:
        how = f"{life.found}, by the catalogue of {known.snapshot.isoformat()}"
    return Lifetime(said, "os", until, os.get("past_support"), _left(until, now), tiers, how)


def _said_itself(os: Mapping[str, Any], life: Any) -> bool:
    return life.eol_on is not None and _day(os.get("eol_on")) != life.eol_on


def _of_software(piece: Mapping[str, Any], known: Catalogue, now: datetime) -> Lifetime:
    name, version = str(piece.get("name") or "?"), str(piece.get("version") or "")
    until = _day(piece.get("eol_on"))
    life = known.software(name, version) if version else None
    if life is not None and (life.eol_on is None or life.eol_on == until or life.extended_until):
        how = f"{life.found}, by the catalogue of {known.snapshot.isoformat()}"
    else:
        how = "the report says so itself"
    what, over = f"{name} {version}".strip(), piece.get("past_eol")
    return Lifetime(what, "software", until, over, _left(until, now), [], how)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _left(until: date | None, now: datetime) -> int | None:
    return (until - now.date()).days if until else None


def entitlements() -> list[tuple[str, str, str]]:
    """The products whose paid support counts: (name, title, what is wrong with it)."""
    known = catalogue()
    found = []
    for name in sorted(settings.EXTENDED_SUPPORT_ENTITLED):
        product = known.products.get(name)
        wrong = ""
        if product is None:
            wrong = "The catalogue knows no such product."
        elif not any(cycle.extended for cycle in product.cycles):
            wrong = "The catalogue names no extended support of it."
        found.append((name, product.title if product else name, wrong))
    return found


def lookup(name: str) -> Product | None:
    """A product by its name in the catalogue, its title, or what tools call it."""
    known, wanted = catalogue(), name.strip().lower()
    if wanted in known.products:
        return known.products[wanted]
    by_title = {product.title.lower(): product for product in known.products.values()}
    return by_title.get(wanted) or known.products.get(known.called(wanted))


def newest_first(product: Product) -> list[Cycle]:
    return list(reversed(product.cycles))
