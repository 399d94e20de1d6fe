"""What a pattern gets to see of one host, at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def _no_source(path: str) -> tuple[str, float] | None:
    return None


@dataclass(frozen=True, slots=True)
class HostView:
    """``sections`` are all sections, reported and derived (``derived_schema``), as plain dicts and
    lists without nulls and with ages derived.

    ``fresh`` is the same built from sources within their shelf life only; when nothing is stale it
    is the very same object, and a section that lost nothing is the same object too.  ``stale``
    tells since when (ISO time) each section that lost something is stale.  ``source_of`` gives
    (source, age in days) of a path such as ``backups[0].last_success_days``, or None.
    """

    name: str
    sections: Mapping[str, Any]
    fresh: Mapping[str, Any]
    stale: Mapping[str, str] = field(default_factory=dict)
    source_of: Callable[[str], tuple[str, float] | None] = _no_source
