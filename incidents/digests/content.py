"""What one mail says, frozen as plain data before the first attempt to send it.

Everything a restricted incident could leak through carries its ``incident`` number, so that
rights can be asked again at every attempt and every showing.
"""

from typing import Any

import msgspec


class Cite(msgspec.Struct, omit_defaults=True):
    """A lesson or an incident behind something: where it is told."""

    kind: str
    title: str
    path: str
    incident: int | None = None


class FlagItem(msgspec.Struct, omit_defaults=True):
    """A flag that opened, grew worse or recovered in the week."""

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
    """Something with a day: a waiver, an action, a lesson to review."""

    title: str
    path: str
    day: str
    note: str = ""
    incident: int | None = None


class Unseen(msgspec.Struct, omit_defaults=True):
    """What nobody knows: unknown verdicts, and the section that would settle the most."""

    unknown: int = 0
    hosts: int = 0
    section: str = ""
    section_hosts: int = 0
    section_verdicts: int = 0


class Content(msgspec.Struct, omit_defaults=True):
    """One mail, in the order in which it is read."""

    week: str
    week_number: int
    first_day: str
    last_day: str
    scope: str = ""
    hosts: int = 0
    open_now: dict[str, int] = {}
    newly: list[FlagItem] = []
    worse: list[FlagItem] = []
    recovered: list[FlagItem] = []
    passed: list[FlagItem] = []
    waivers: list[DatedItem] = []
    overdue: list[DatedItem] = []
    unseen: Unseen = msgspec.field(default_factory=Unseen)
    lessons_due: list[DatedItem] = []
    reread: Cite | None = None
    reread_statement: str = ""
    on_this_day: list[DatedItem] = []

    @property
    def changed(self) -> bool:
        """Whether the week changed anything that somebody should hear of."""
        moved = self.newly or self.worse or self.recovered or self.passed
        return bool(moved or self.waivers or self.overdue)

    @property
    def subject(self) -> str:
        """The change in a line: ``3 hosts newly at risk, 1 recovered (week 47)``."""
        said = []
        if self.newly:
            said.append(f"{_hosts(self.newly)} newly at risk")
        if self.worse:
            said.append(f"{_hosts(self.worse)} worse")
        if self.recovered:
            count = len({item.host for item in self.recovered})
            said.append(f"{count} recovered" if said else f"{_hosts(self.recovered)} recovered")
        if self.passed:
            count = len({item.host for item in self.passed})
            said.append(
                f"{count} came and went" if said else f"{_hosts(self.passed)} came and went"
            )
        if not said and self.overdue:
            said.append(f"{_count(len(self.overdue), 'action')} overdue")
        if not said and self.waivers:
            said.append(f"{_count(len(self.waivers), 'waiver')} running out")
        return f"{', '.join(said) or 'No change'} (week {self.week_number})"


def freeze(content: Content) -> dict[str, Any]:
    """As JSON-able data, for the digest's row."""
    frozen: dict[str, Any] = msgspec.to_builtins(content)
    return frozen


def thaw(data: dict[str, Any]) -> Content:
    return msgspec.convert(data, Content)


def incidents_named(content: Content) -> set[int]:
    """The numbers of all incidents that the mail names anywhere."""
    told = [*content.newly, *content.worse, *content.recovered, *content.passed]
    cites = [c for item in told for c in item.cites]
    dated = [*content.overdue, *content.on_this_day, *content.waivers, *content.lessons_due]
    numbers = {c.incident for c in cites} | {d.incident for d in dated}
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
        newly=[flag(f) for f in content.newly],
        worse=[flag(f) for f in content.worse],
        recovered=[flag(f) for f in content.recovered],
        passed=[flag(f) for f in content.passed],
        overdue=[dated(d) for d in content.overdue],
        on_this_day=[dated(d) for d in content.on_this_day],
    )


WITHHELD = "withheld: no longer visible to you"


def _hosts(items: list[FlagItem]) -> str:
    return _count(len({item.host for item in items}), "host")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
