"""One edit of many hosts, with a result for every one of them, and the way back.

Each host is saved by itself, so what somebody else did to one of them meanwhile spoils nothing for
the rest, and sending it all again finds nothing left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

from incidents.hosts import register
from incidents.hosts.models import Criticality, Host, HostKind, HostStatus, Site
from kb.accounts.models import Team, User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict
from kb.wiki.tracking import tracked

MOST = 500
DONE, NOTHING, REFUSED = "done", "nothing to do", "refused"
YES_NO = {"yes": True, "no": False, "": None}
#: What can be said of many at once: field → label.
FIELDS = {
    "site": "Site", "owner": "Owner", "environment": "Environment", "role": "Role",
    "criticality": "Criticality", "important": "Important", "stateful": "Holds data",
    "rack": "Rack", "kind": "Kind", "status": "Status",
    "maintenance_until": "In maintenance until", "add_tag": "Add a tag",
    "remove_tag": "Take a tag away",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one host.  ``before`` and ``after`` are revisions, for the way back."""

    name: str
    did: str
    why: str = ""
    was: str = ""
    is_now: str = ""
    before: int = 0
    after: int = 0


def read_value(field: str, text: str) -> Any:
    """What is to be said, from words.  ``ValidationError`` names the field and the mend."""
    said = text.strip()
    if field not in FIELDS:
        raise ValidationError({"field": f"Choose one of: {', '.join(FIELDS)}."})
    if field in ("site", "owner"):
        return _linked(field, said)
    if field in ("important", "stateful"):
        return _chosen(field, said.lower(), YES_NO)
    if field in ("criticality", "kind", "status"):
        choices = {"criticality": Criticality, "kind": HostKind, "status": HostStatus}[field]
        known = {value: value for value in choices.values}
        return _chosen(field, said.lower(), known | ({"": ""} if field == "criticality" else {}))
    if field == "maintenance_until":
        return _moment(said)
    if field in ("add_tag", "remove_tag") and not said:
        raise ValidationError({"value": "Name the tag."})
    if len(said) > 60:
        raise ValidationError({"value": "At most 60 characters."})
    return said


def _linked(field: str, said: str) -> Site | Team | None:
    if not said:
        return None
    model: Any = Site if field == "site" else Team
    found: Site | Team | None = (
        model.objects.filter(slug=said).first() or model.objects.filter(name__iexact=said).first()
    )
    if found is None:
        known = ", ".join(model.objects.order_by("slug").values_list("slug", flat=True)[:12])
        raise ValidationError({"value": f"There is no {field} {said!r}. There are: {known}."})
    return found


def _chosen(field: str, said: str, known: Mapping[str, Any]) -> Any:
    if said not in known:
        words = ", ".join(word or "nothing" for word in known)
        raise ValidationError({"value": f"{FIELDS[field]}: {words}."})
    return known[said]


def _moment(said: str) -> datetime | None:
    try:
        found = parse_datetime(said) if said else None
    except ValueError:
        found = None
    if said and found is None:
        raise ValidationError({"value": "Write a time such as 2026-11-23T02:00Z, or nothing."})
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def edit(hosts: Sequence[Host], field: str, value: Any, *, by: User) -> list[Result]:
    """Say it of each host, in order."""
    return [_edit(host, field, value, by) for host in hosts]


def _edit(host: Host, field: str, value: Any, by: User) -> Result:
    changes = _changes(host, field, value)
    name, was = next(iter(changes)), tracked(Host).columns(host)
    shown = tracked(Host).shown
    try:
        saved = register.save(
            host, expected=host.revision, by=by, changes=changes, comment="Edited with others"
        )
    except ValidationError as error:
        return Result(host.name, REFUSED, " ".join(error.messages))
    except Host.DoesNotExist:
        return Result(host.name, REFUSED, "It is gone, or was merged into another.")
    if isinstance(saved, Conflict):
        return Result(host.name, REFUSED, "Somebody changed it at the same moment.")
    now = tracked(Host).columns(saved.current)
    sides = (shown(name, was[name]), shown(name, now[name]))
    if not saved.changed:
        return Result(host.name, NOTHING, "", *sides)
    return Result(host.name, DONE, "", *sides, before=host.revision, after=saved.revision)


def _changes(host: Host, field: str, value: Any) -> dict[str, Any]:
    if field == "add_tag":
        return {"tags": host.tags if value in host.tags else [*host.tags, value]}
    if field == "remove_tag":
        return {"tags": [tag for tag in host.tags if tag != value]}
    return {field: value}


def take_back(done: Sequence[tuple[str, int, int]], *, by: User) -> list[Result]:
    """Bring back what each host said before: (name, revision before, revision after).

    A host that somebody changed since stays as it is.
    """
    return [_take_back(name, before, after, by) for name, before, after in done]


def _take_back(name: str, before: int, after: int, by: User) -> Result:
    host = Host.objects.filter(name=name).first()
    if host is None:
        return Result(name, REFUSED, "There is no host of that name any more.")
    if host.revision != after:
        same = revisions.state_at(host, before) == tracked(Host).everything(host)
        why = "" if same else "Somebody changed it since."
        return Result(name, NOTHING if same else REFUSED, why)
    try:
        outcome = revisions.restore(host, before, expected=after, by=by, save=register.save)
    except ValidationError as error:
        return Result(name, REFUSED, " ".join(error.messages))
    if outcome is None or isinstance(outcome, Conflict):
        return Result(name, REFUSED, "Somebody changed it since.")
    return Result(name, DONE)
