"""What higher rooms write on a visit sheet: open risks, past incidents, lessons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from incidents.hosts.models import Host
from kb.accounts.models import User
from kb.web.registry import Registry


@dataclass(frozen=True, slots=True)
class VisitNote:
    """One line: about which host, in a few words, from when, and where one reads on."""

    host: str
    words: str
    more: str = ""
    on: date | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class VisitNotes:
    """One heading and its lines, for one reader; ``none`` is what stands there without any."""

    title: str
    none: str
    lines: list[VisitNote]
    left_out: int = 0


#: ``notes(hosts, user)``: only what this reader may see.
visit_notes: Registry[Callable[[Sequence[Host], User], VisitNotes]] = Registry("visit notes")
