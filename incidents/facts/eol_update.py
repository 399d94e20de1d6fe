"""A newer end-of-life catalogue, from what endoflife.date hands out, checked before it counts.

Taken are the answers of its API (``/api/v1/products/full/``, one product of either version, a list
of cycles in a file named after its product) and a snapshot as ``eol_source`` reads it.  Products
that the file does not name stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .eol_source import ATTRIBUTION, cycle_row
from .errors import FactsError, step

Cycle = dict[str, Any]
MAX_BYTES = 32 * 1024 * 1024
NAMES = (
    "cycle", "released", "end of life", "extended support", "code name", "long-term", "latest",
    "latest on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EolChange:
    """One thing that a newer catalogue says otherwise; ``old`` or ``new`` is None where the
    release came or went."""

    product: str
    cycle: str
    what: str
    old: Any
    new: Any

    def in_words(self) -> str:
        where = f"{self.product} {self.cycle}"
        if self.what == "cycle":
            return f"{where}: {'new release' if self.old is None else 'not listed any more'}"
        return f"{where}: {self.what} {_said(self.old)} → {_said(self.new)}"


def read_update(body: bytes, name: str = "") -> tuple[date | None, dict[str, list[Cycle]]]:
    """The day of the file, where it names one, and the cycles by product.

    ``name`` is the file's, without its ending: of a bare list of cycles it names the product.
    Raises ``FactsError`` with a pointer to each place that is wrong.
    """
    if len(body) > MAX_BYTES:
        raise FactsError(f"The file is {len(body):,} bytes; the limit is {MAX_BYTES:,}.")
    try:
        raw = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FactsError(f"This is not JSON: {error}.") from None
    told = dict(_products(raw, name))
    if not any(told.values()):
        raise FactsError("There are no releases of any product in this.")
    errors: list[tuple[str, str]] = []
    found = {
        product: [cycle for one in cycles if (cycle := _cycle(*one, errors))]
        for product, cycles in told.items()
    }
    if errors:
        raise FactsError(errors[:20])
    return _day_of(raw), {product: cycles for product, cycles in found.items() if cycles}


def updated(
    held: Mapping[str, Any], day: date, products: Mapping[str, list[Cycle]]
) -> dict[str, Any]:
    """The catalogue in our form with the cycles of these products; others are left as they are.

    A product we do not follow is left out.  Raises ``FactsError`` where a product would lose more
    than half of its releases: that is a broken file, not news.
    """
    after = dict(held["products"])
    for name in products.keys() & after.keys():
        product = after[name]
        cycles = sorted(products[name], key=lambda cycle: str(cycle["release"]))
        rows = [cycle_row(cycle, patches=product["group"] != "os") for cycle in cycles]
        known = {row[0] for row in product["cycles"]}
        if len(known - {row[0] for row in rows}) * 2 > len(known):
            raise FactsError(
                f"{name} would lose more than half of its {len(known)} releases. "
                "The file looks cut short; nothing was changed.",
                step("", name),
            )
        after[name] = {**product, "cycles": rows}
    return {**held, "attribution": ATTRIBUTION, "snapshot": day.isoformat(), "products": after}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[EolChange]:
    """What the newer catalogue says otherwise, product by product."""
    for name, product in after["products"].items():
        old = {row[0]: row for row in before["products"].get(name, {}).get("cycles", [])}
        new = {row[0]: row for row in product["cycles"]}
        for cycle in new.keys() - old.keys():
            yield EolChange(name, cycle, "cycle", None, cycle)
        for cycle in old.keys() - new.keys():
            yield EolChange(name, cycle, "cycle", cycle, None)
        for cycle in sorted(old.keys() & new.keys()):
            sides = zip(NAMES, _padded(old[cycle]), _padded(new[cycle]), strict=True)
            for what, was, is_now in sides:
                if was != is_now:
                    yield EolChange(name, cycle, what, was, is_now)


def _padded(row: list[Any]) -> list[Any]:
    return [*row, *([None] * len(NAMES))][: len(NAMES)]


def _said(value: Any) -> str:
    return {True: "over", False: "not over", None: "not stated"}.get(value, str(value))


# --- the forms it comes in --------------------------------------------------------------------

Told = tuple[str, list[tuple[str, Cycle]]]


def _products(raw: Any, name: str) -> Iterator[Told]:
    """(product, [(pointer, cycle as our source has it)])."""
    if isinstance(raw, list) and all(isinstance(one, dict) and "cycle" in one for one in raw):
        if not name:
            raise FactsError("Name the file after its product, such as debian.json.")
        yield name, _of_old(raw, "")
    elif isinstance(raw, dict) and isinstance(raw.get("products"), dict):
        for product, said in raw["products"].items():
            pointer = step("/products", product)
            yield product, _listed(said.get("cycles") if isinstance(said, dict) else None, pointer)
    elif isinstance(raw, dict) and "result" in raw:
        result, many = raw["result"], isinstance(raw["result"], list)
        for place, product in enumerate(result if many else [result]):
            yield _of_new(product, step("/result", place) if many else "/result")
    elif isinstance(raw, dict) and raw and all(isinstance(one, list) for one in raw.values()):
        for product, cycles in raw.items():
            yield product, _of_old(cycles, step("", product))
    else:
        raise FactsError(
            "This is none of the forms that endoflife.date hands out: an object with “result”, "
            "or a list of cycles in a file named after its product."
        )


def _listed(cycles: Any, pointer: str) -> list[tuple[str, Cycle]]:
    if not isinstance(cycles, list):
        raise FactsError("There is no list of cycles here.", f"{pointer}/cycles")
    return [(step(f"{pointer}/cycles", place), one) for place, one in enumerate(cycles)]


def _of_old(cycles: list[Any], pointer: str) -> list[tuple[str, Cycle]]:
    """``/api/debian.json``."""
    names: dict[Any, str] = {"releaseDate": "release", "latestReleaseDate": "latestRelease"}
    return [
        (step(pointer, place), {str(names.get(key, key)): said for key, said in one.items()})
        for place, one in enumerate(cycles)
        if isinstance(one, dict)
    ]


def _of_new(product: Any, pointer: str) -> Told:
    """``/api/v1/products/…``."""
    if not isinstance(product, dict) or not isinstance(product.get("name"), str):
        raise FactsError("A product has a name.", f"{pointer}/name")
    releases = product.get("releases")
    if not isinstance(releases, list):
        raise FactsError("There is no list of releases here.", f"{pointer}/releases")
    found = []
    for place, one in enumerate(releases):
        where = step(f"{pointer}/releases", place)
        if not isinstance(one, dict):
            raise FactsError("A release is an object.", where)
        latest = one.get("latest") if isinstance(one.get("latest"), dict) else {}
        found.append(
            (
                where,
                {
                    "cycle": one.get("name"),
                    "release": one.get("releaseDate"),
                    "eol": one.get("eolFrom") or one.get("isEol"),
                    "extendedSupport": one.get("eoesFrom"),
                    "codename": one.get("codename"),
                    "lts": one.get("isLts"),
                    "latest": (latest or {}).get("name"),
                    "latestRelease": (latest or {}).get("date"),
                },
            )
        )
    return product["name"], found


def _cycle(pointer: str, raw: Any, errors: list[tuple[str, str]]) -> Cycle | None:
    """The cycle, or None with what is wrong written down."""
    if not isinstance(raw, dict) or not isinstance(raw.get("cycle"), (str, int, float)):
        errors.append((f"{pointer}/cycle", "A cycle has a name."))
        return None
    good = True
    for name, flags in (
        ("release", False), ("eol", True), ("extendedSupport", True), ("latestRelease", False),
    ):  # fmt: skip
        value = raw.get(name)
        if (value is None and name != "release") or (flags and isinstance(value, bool)):
            continue
        if not _is_day(value):
            errors.append((f"{pointer}/{name}", f"{value!r} is not a day such as 2026-07-11."))
            good = False
    if not good:
        return None
    extended = raw.get("extendedSupport")
    return raw | {
        "eol": raw.get("eol"),
        "extendedSupport": extended if isinstance(extended, str) else None,
    }


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _day_of(raw: Any) -> date | None:
    """When the file was made, where it says so."""
    if not isinstance(raw, dict):
        return None
    meta = raw.get("_meta") if isinstance(raw.get("_meta"), dict) else {}
    said = str(raw.get("generated_at") or (meta or {}).get("snapshot") or "")[:10]
    return date.fromisoformat(said) if _is_day(said) else None
