"""The end-of-life catalogue in force: the one that ships, or a newer one in ``DATA_DIR``.

A newer one is a file that is put in place whole, in one step.  Every process looks at the file's
name and time whenever it asks, which costs a microsecond, so all of them use it at once.
"""

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from incidents.facts.eol import DATA, Catalogue
from incidents.facts.eol_source import dump
from incidents.facts.eol_update import EolChange, changes, read_update, updated
from incidents.facts.errors import FactsError
from incidents.hosts import shelf_lives
from kb.outbox.post import post

log = logging.getLogger(__name__)
SHIPPED = DATA / "eol.json"


def newer() -> Path:
    """Where a newer catalogue is kept."""
    return Path(settings.DATA_DIR) / "eol.json"


def catalogue() -> Catalogue:
    """The one in force now."""
    return _load(*_mark())


def problem() -> str:
    """Why the newer catalogue is not used although it is there; empty where all is well."""
    return _tried(*_mark())[1]


def _mark() -> tuple[str, int, int]:
    path = f"{settings.DATA_DIR}/eol.json"  # as ``newer``: asked so often that a Path is too slow
    try:
        seen = os.stat(path)  # noqa: PTH116
    except OSError:
        return "", 0, 0
    return path, seen.st_mtime_ns, seen.st_ino


def _load(path: str, time: int, number: int) -> Catalogue:
    return _tried(path, time, number)[0]


@lru_cache(maxsize=2)
def _tried(path: str, time: int, number: int) -> tuple[Catalogue, str]:
    if path:
        try:
            found = Catalogue.load(Path(path))
        except (FactsError, OSError) as error:
            log.error("%s cannot be used, so the shipped one is: %s", path, error)
            return _shipped(), str(error)
        # An upgrade may ship one that is newer than what was loaded before it.
        if found.snapshot >= _shipped().snapshot:
            return found, ""
    return _shipped(), ""


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return Catalogue.load(SHIPPED)


# --- a newer one ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Updated:
    """What a file says otherwise, and which of its products are not followed here."""

    snapshot: date
    changes: list[EolChange]
    ignored: int


def update(path: Path, *, now: datetime, dry_run: bool = False) -> Updated:
    """Put a newer catalogue in force, and have the fleet judged with it.

    Raises ``FactsError`` where the file will not do; nothing is changed then.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise FactsError(f"{path} cannot be read: {error.strerror}.") from None
    day, products = read_update(body, path.name.split(".")[0])
    held = _raw()
    day = day or min(now.date(), datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo).date())
    if day < date.fromisoformat(held["snapshot"]) and len(products) > 1:
        raise FactsError(
            f"The file is of {day}, but the catalogue in force is of {held['snapshot']}: "
            "an older one is no news."
        )
    after = updated(held, max(day, date.fromisoformat(held["snapshot"])), products)
    if not products.keys() & after["products"].keys():
        raise FactsError(f"None of its products is followed here: {', '.join(sorted(products))}.")
    names = json.loads((DATA / "names.json").read_text(encoding="utf-8"))
    Catalogue(after, names)  # it can be read back, or says why not
    moved = sorted(changes(held, after), key=lambda one: (one.product, one.cycle, one.what))
    if not dry_run:
        _replace(after)
        if moved:
            post(shelf_lives.TOPIC, "fleet", {"since": now.isoformat()})
    return Updated(
        date.fromisoformat(after["snapshot"]),
        moved,
        len(products.keys() - after["products"].keys()),
    )


def _raw() -> dict[str, Any]:
    """The catalogue in force as data."""
    path = newer() if _mark()[0] and not problem() else SHIPPED
    if path != SHIPPED and catalogue() is _shipped():
        path = SHIPPED
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _replace(after: Mapping[str, Any]) -> None:
    path = newer()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".eol-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(dump(dict(after)))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
