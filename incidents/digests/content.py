"""What one mail says, frozen as plain data before the first attempt to send it.

Everything a restricted incident could leak through carries its ``incident`` number, so that
rights can be asked again at every attempt and every showing.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec


class Cite(msgspec.Struct, omit_defaults=True):
    """A lesson or an incident behind something: where it is told."""

    kind: str
    title: str
    path: str
    incident: int | None = None


class FlagItem(msgspec.Struct, omit_defaults=True):
    """A flag that moved in the week."""

    flag: int
    host: str
    pattern: str
    title: str
    severity: str
    sentence: str
    path: str
    host_path: str
    do: str = ""
    was: str = ""
    again: bool = False
    cites: list[Cite] = []
    risk: int = 0


class DatedItem(msgspec.Struct, omit_defaults=True):
    """Something with a day: a waiver, an action, a lesson to review, an incident."""

    title: str
    path: str
    day: str
    note: str = ""
    incident: int | None = None


class Unseen(msgspec.Struct, omit_defaults=True):
    """What nobody knows: unknown verdicts, and the one thing that would settle the most."""

    unknown: int = 0
    hosts: int = 0
    section: str = ""
    section_hosts: int = 0
    section_verdicts: int = 0
    verb: str = "collect"
    names: list[str] = []
    how: str = ""


class Content(msgspec.Struct, omit_defaults=True):
    """One mail, in the order in which it is read.

    Long lists are frozen as far as they are shown; ``counts`` has the whole length of those, and
    ``moved`` how many hosts are in them.  ``plot`` is open flags by severity at the end of each
    of the last weeks, whose last days are ``plot_days``.
    """

    week: str
    week_number: int
    first_day: str
    last_day: str
    weeks: str = ""
    scope: str = ""
    hosts: int = 0
    open_before: dict[str, int] = {}
    open_now: dict[str, int] = {}
    plot_days: list[str] = []
    plot: dict[str, list[int]] = {}
    newly: list[FlagItem] = []
    worse: list[FlagItem] = []
    recovered: list[FlagItem] = []
    passed: list[FlagItem] = []
    milder: list[FlagItem] = []
    waivers: list[DatedItem] = []
    accepted: list[DatedItem] = []
    closed: list[DatedItem] = []
    overdue: list[DatedItem] = []
    unseen: Unseen = msgspec.field(default_factory=Unseen)
    incidents: list[DatedItem] = []
    lessons: list[DatedItem] = []
    lessons_due: list[DatedItem] = []
    reread: Cite | None = None
    reread_statement: str = ""
    on_this_day: list[DatedItem] = []
    counts: dict[str, int] = {}
    moved: dict[str, int] = {}

    def count(self, name: str) -> int:
        """How long the list ``name`` was before it was cut."""
        return self.counts.get(name, len(getattr(self, name)))

    @property
    def changed(self) -> bool:
        """Whether the week changed anything that somebody should hear of.

        An action that was overdue a week ago is no change, nor a waiver that ended before.
        """
        if any(item.day >= self._day_before for item in self.overdue):
            return True
        return any(getattr(self, name) for name in _NEWS if name != "overdue")

    @property
    def _day_before(self) -> str:
        """The last day before the period: what was due then became overdue in it."""
        return str(date.fromisoformat(self.first_day) - timedelta(days=1))

    @property
    def subject(self) -> str:
        """The change in a line: ``3 hosts newly at risk, 1 recovered (week 47)``."""
        said: list[str] = []
        for name, words in _MOVES:
            if hosts := self._hosts(name):
                said.append(f"{hosts if said else _count(hosts, 'host')} {words}")
        if not said:
            said = [words.format(_count(self.count(n), noun)) for n, noun, words in _QUIETER
                    if self.count(n)][:1]  # fmt: skip
        week = self.weeks or str(self.week_number)
        return f"{', '.join(said) or 'No change'} (week{'s' if '–' in week else ''} {week})"

    def _hosts(self, name: str) -> int:
        return self.moved.get(name, len({item.host for item in getattr(self, name)}))


_MOVES = (
    ("newly", "newly at risk"),
    ("worse", "worse"),
    ("recovered", "recovered"),
    ("passed", "came and went"),
)
_QUIETER = (
    ("overdue", "action", "{} overdue"),
    ("waivers", "waiver", "{} running out or ended"),
    ("milder", "flag", "{} milder"),
    ("accepted", "flag", "{} accepted"),
    ("closed", "flag", "{} closed"),
    ("incidents", "new incident", "{}"),
    ("lessons", "new lesson", "{}"),
)
#: Lists that make a week worth a mail.
_NEWS = (*(name for name, _ in _MOVES), *(name for name, _, _ in _QUIETER))
_FLAGS = ("newly", "worse", "recovered", "passed", "milder")
_DATED = (
    "waivers", "accepted", "closed", "overdue", "incidents", "lessons", "lessons_due",
    "on_this_day",
)  # fmt: skip


def freeze(content: Any) -> dict[str, Any]:
    """As JSON-able data, for the digest's row."""
    frozen: dict[str, Any] = msgspec.to_builtins(content)
    return frozen


def thaw(data: dict[str, Any]) -> Content:
    return msgspec.convert(data, Content)


def incidents_named(content: Content) -> set[int]:
    """The numbers of all incidents that the mail names anywhere."""
    flags: Sequence[FlagItem] = [item for name in _FLAGS for item in getattr(content, name)]
    dated: Sequence[DatedItem] = [item for name in _DATED for item in getattr(content, name)]
    numbers = {c.incident for item in flags for c in item.cites} | {d.incident for d in dated}
    if content.reread is not None:
        numbers.add(content.reread.incident)
    return {number for number in numbers if number is not None}


def withhold(content: Content, seen: set[int]) -> Content:
    """The same mail for a reader who may see only the incidents in ``seen``.

    What is withheld is named as such and keeps its place, so nobody wonders where it went.
    """

    def cite(one: Cite) -> Cite:
        if one.incident is None or one.incident in seen:
            return one
        return Cite(kind=one.kind, title=WITHHELD, path="")

    def dated(one: DatedItem) -> DatedItem:
        if one.incident is None or one.incident in seen:
            return one
        return DatedItem(title=WITHHELD, path="", day=one.day)

    def flag(one: FlagItem) -> FlagItem:
        return msgspec.structs.replace(one, cites=[cite(c) for c in one.cites])

    return msgspec.structs.replace(
        content,
        **{name: [flag(f) for f in getattr(content, name)] for name in _FLAGS},
        **{name: [dated(d) for d in getattr(content, name)] for name in _DATED},
    )


WITHHELD = "withheld: no longer visible to you"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
