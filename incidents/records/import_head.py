"""The front matter of a write-up as columns and links, whoever wrote it.

What means nothing here is not lost: it goes to ``rest``, and a note says so.
"""

import re
from collections.abc import Iterable
from typing import Any

from incidents.hosts.models import Host, Service
from incidents.patterns.models import Pattern, Severity
from incidents.records.markdown import WriteUp, moment
from incidents.records.models import (
    Factor,
    HostRole,
    IncidentKind,
    IncidentStatus,
    Lesson,
    Visibility,
)
from incidents.records.times import TIMES, out_of_order, word
from kb.accounts.models import Team, User
from kb.transfer.incoming import Arriving, plain

#: Other houses' words for ours.
SEVERITIES = {
    "sev0": "critical", "sev1": "critical", "sev-1": "critical", "p0": "critical", "p1": "critical",
    "1": "critical", "sev2": "high", "sev-2": "high", "p2": "high", "2": "high", "major": "high",
    "sev3": "medium", "sev-3": "medium", "p3": "medium", "3": "medium", "moderate": "medium",
    "sev4": "low", "sev-4": "low", "p4": "low", "4": "low", "minor": "low",
}  # fmt: skip
KINDS = {"near miss": "near-miss", "near_miss": "near-miss", "exercise": "drill"}
STATES = {"final": "published", "done": "published", "closed": "published", "resolved": "published"}
VISIBILITIES = {"public": "everyone", "all": "everyone"}
_TITLE = re.compile(r"^# +([^\n]+?)[ \t#]*$", re.MULTILINE)
_LINKED: dict[str, tuple[Any, str]] = {
    "services": (Service, "slug"),
    "factors": (Factor, "slug"),
    "lessons": (Lesson, "slug"),
    "patterns": (Pattern, "slug"),
    "involved": (User, "username"),
    "allowed_users": (User, "username"),
    "allowed_teams": (Team, "slug"),
}
_PEOPLE = ("lead", "facilitator", "reviewer")
_OWN = frozenset({"form", "id", "revision", "created_at", "moves", "actions", "bears_on", "quotes"})


class Reading:
    """The front matter as columns and links; what means nothing here goes to ``rest``."""

    def __init__(self, told: WriteUp, arriving: Arriving) -> None:
        self.head = dict(told.head)
        self.arriving = arriving
        self.rest: dict[str, Any] = {}
        self.title = self._title()

    def fields(self) -> dict[str, Any]:
        head = self.head
        found: dict[str, Any] = {"title": self.title}
        found |= self._choice("kind", IncidentKind, KINDS)
        found |= self._choice("severity", Severity, SEVERITIES)
        found |= self._choice("status", IncidentStatus, STATES)
        found |= self._visibility()
        if "tags" in head:
            found["tags"] = _words(head["tags"])
        for name in _PEOPLE:
            if person := self._person(name):
                found[name] = person
        found |= self._times()
        used = {*found, *_LINKED, *_OWN, "hosts", "times", "author", "tags", *_PEOPLE, "title"}
        used |= {word(name) for name in TIMES} | {"date"}
        self.rest |= {n: v for n, v in head.items() if n not in used and n not in self.rest}
        self.rest = plain(self.rest)
        return found

    def relations(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (model, key) in _LINKED.items():
            if name in self.head:
                found[name] = self._there(name, model, key)
        if "hosts" in self.head:
            found["hosts"] = self._hosts()
        return found

    def author(self) -> User | None:
        return self._person("author") or self.arriving.by

    def _title(self) -> str:
        found = _TITLE.search(self.arriving.text)
        title = self.head.get("title") or (found[1] if found else "")
        title = title or self.arriving.path.stem.replace("-", " ").replace("_", " ").capitalize()
        clean = " ".join(str(title).split())
        if len(clean) > 200:
            self.rest["title"] = clean
            self.arriving.note("its title was cut at 200 characters")
        return clean[:200] or "Untitled"

    def _choice(self, name: str, choices: Any, others: dict[str, str]) -> dict[str, str]:
        if name not in self.head:
            return {}
        said = str(self.head[name]).strip().lower()
        value = others.get(said, said)
        if value in choices.values:
            if value != said:
                self.rest[name] = self.head[name]
            return {name: value}
        return self._aside(name)

    def _visibility(self) -> dict[str, str]:
        """Whatever is not plainly for everyone stays with the few: an import opens nothing."""
        if "visibility" not in self.head:
            return {}
        found = self._choice("visibility", Visibility, VISIBILITIES)
        return found or {"visibility": Visibility.RESTRICTED.value}

    def _aside(self, name: str, value: Any = None) -> dict[str, Any]:
        kept = self.head[name] if value is None else value
        self.arriving.note(f"{name}: {kept!r} means nothing here, and was kept beside")
        self.rest[name] = kept
        return {}

    def _person(self, name: str) -> User | None:
        said = self.head.get(name)
        if not said:
            return None
        found = User.objects.filter(username=str(said)).first()
        if found is None and name not in self.rest:
            self._aside(name)
        return found

    def _times(self) -> dict[str, Any]:
        said = self.head.get("times")
        said = said if isinstance(said, dict) else {}
        found: dict[str, Any] = {}
        sources: dict[str, str] = {}
        unsure: dict[str, int] = {}
        for name in TIMES:
            short = word(name)
            one = said.get(short) or self.head.get(name) or self.head.get(short)
            one = one if isinstance(one, dict) else {"at": one}
            at = moment(one.get("at"))
            if at is not None:
                found[name] = at.replace(microsecond=0)
            elif one.get("at"):
                self._aside(short, one["at"])
            if one.get("source"):
                sources[short] = str(one["source"])[:200]
            if isinstance(one.get("within_minutes"), int):
                unsure[short] = one["within_minutes"]
        if not found and (day := moment(self.head.get("date"))):
            found["started_at"] = day
        for name in out_of_order(found):
            self._aside(word(name), found.pop(name).isoformat())
        if sources:
            found["time_sources"] = sources
        if unsure:
            found["time_uncertainty"] = unsure
        return found

    def _there(self, name: str, model: Any, key: str) -> list[str]:
        wanted = _words(self.head[name])
        rows = model._default_manager.filter(**{f"{key}__in": wanted})
        there = set(rows.values_list(key, flat=True))
        if missing := [one for one in wanted if one not in there]:
            self._aside(name, missing)
        return sorted(there)

    def _hosts(self) -> dict[str, str]:
        said = self.head["hosts"]
        roles = said if isinstance(said, dict) else dict.fromkeys(_words(said), "affected")
        there = set(
            Host.objects.filter(name__in=list(map(str, roles))).values_list("name", flat=True)
        )
        if missing := {str(n): r for n, r in roles.items() if str(n) not in there}:
            self._aside("hosts", missing)
        return {
            name: role if (role := str(roles[name])) in HostRole.values else HostRole.AFFECTED.value
            for name in sorted(there)
        }


def _words(value: Any) -> list[str]:
    parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value or []
    parts = parts if isinstance(parts, (list, tuple, set, dict)) else [parts]
    clean = (" ".join(str(one).split())[:60] for one in parts)
    return list(dict.fromkeys(one for one in clean if one))
