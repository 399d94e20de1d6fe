"""The system a host runs, in words, and how long it will still be cared for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from incidents.facts.eol import annotate_os
from incidents.hosts.catalogue import catalogue

#: From so many days before its end a system is said to end soon.
SOON = 180


@dataclass(frozen=True, slots=True)
class System:
    """``words``: ``Debian 12 “bookworm”``; ``end``: ``ended 31 Mar 2008``, with its severity.

    ``end`` is empty where the system is cared for, or nobody can say.
    """

    words: str
    end: str = ""
    severity: str = ""


def system_of(os: Mapping[str, Any] | None, now: datetime) -> System | None:
    """What the ``os`` section says, with the end-of-life catalogue; None where it says nothing."""
    if not os or not isinstance(os, Mapping) or not (os.get("name") or os.get("family")):
        return None
    known = annotate_os(os, catalogue(), now, settings.EXTENDED_SUPPORT_ENTITLED)
    return System(_words(known), *_end(known))


def _words(os: Mapping[str, Any]) -> str:
    said = f"{os.get('name') or os['family']} {os.get('version') or os.get('major') or ''}".strip()
    codename = os.get("codename")
    return (
        f"{said} “{codename}”" if codename and str(codename).lower() not in said.lower() else said
    )


def _end(os: Mapping[str, Any]) -> tuple[str, str]:
    on = os.get("supported_until")
    if os.get("ancient"):
        return "ended long ago", "critical"
    if os.get("past_support"):
        return (f"ended {_day(on)}" if on else "end of life"), "high"
    left = os.get("supported_until_in_days")
    if left is not None and left <= SOON:
        return f"ends {_day(on)}", "medium"
    return "", ""


def _day(text: Any) -> str:
    moment = date.fromisoformat(str(text)[:10])
    return f"{moment.day} {moment:%b %Y}"
