"""What any alerting tool tells, in one form, and the errors of those who tell it wrongly."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kb.web.problems import FieldError, Problem


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """One alert: ``instance`` is what it is about (``db1:9100``); no end while it fires."""

    fingerprint: str
    title: str
    started_at: datetime
    ended_at: datetime | None = None
    instance: str = ""
    severity: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True, slots=True)
class ToldGroup:
    """What came in one message.  ``acknowledged_at``: somebody said that they are on it.

    ``always_one``: the tool keeps incidents of its own, so one there is one here, opened at once.
    """

    key: str
    tool: str
    title: str
    alerts: tuple[ToldAlert, ...]
    over: bool
    acknowledged_at: datetime | None = None
    notes: tuple[str, ...] = ()
    always_one: bool = False


def refuse(pointer: str, detail: str) -> Problem:
    """422 with the place and the mend; nothing of the message is kept."""
    return Problem(422, "The message was not taken.", [FieldError(pointer, detail)])


def texts(value: Any, pointer: str) -> dict[str, str]:
    """An object of texts, as labels and annotations are."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refuse(pointer, "This must be an object of texts.")
    return {str(name)[:200]: str(said)[:2000] for name, said in value.items()}


def moment(value: Any, pointer: str) -> datetime:
    """A time with a zone, to the second: nobody writes incidents down by the nanosecond."""
    try:
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", str(value), count=1))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise refuse(pointer, f"{str(value)[:60]!r} is not a time such as 2026-11-23T02:00:00Z.")
    return found


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
