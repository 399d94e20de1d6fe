"""An action in files: in the front matter of its write-up, or, where it has none, as its own.

Its trail comes along; what a stranger's action says that means nothing here is noted.
"""

from collections import Counter
from typing import Any

from django.db import models
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.patterns.models import Pattern
from incidents.records.actions import create_action
from incidents.records.markdown import moment
from incidents.records.models import (
    Action,
    ActionState,
    ActionType,
    Incident,
    Lesson,
    VerifyScope,
)
from incidents.records.trails import ActionEvent, ActionEventKind
from kb.accounts.models import Team, User
from kb.transfer import written
from kb.transfer.incoming import NEW, Arriving, Broken, known, plain, remember
from kb.wiki import revisions

FORM = "twiceshy action 1"
_LINKS: tuple[tuple[str, Any, str], ...] = (
    ("owner", User, "username"), ("team", Team, "slug"), ("lesson", Lesson, "slug"),
    ("verified_by", Pattern, "slug"),
)  # fmt: skip
_MOMENTS = ("done_at", "verified_at", "created_at")
_OWN = frozenset({
    "form", "id", "title", "kind", "state", "due", "tracker_url", "verify_scope", "verify_hosts",
    "held_open", "events", *_MOMENTS, *(name for name, _, _ in _LINKS),
})  # fmt: skip


# --- out --------------------------------------------------------------------------------------


def told(action: Action) -> dict[str, Any]:
    """What the file says of it; what is empty is left out."""
    said = {
        "id": action.pk,
        "title": action.title,
        "kind": action.kind,
        "state": action.state,
        "owner": action.whose,
        "team": action.team.slug if action.team else "",
        "due": action.due,
        "lesson": action.lesson.slug if action.lesson else "",
        "tracker_url": action.tracker_url,
        "verified_by": action.verified_by.slug if action.verified_by else "",
        "verify_scope": action.verify_scope if action.verified_by else "",
        "verify_hosts": sorted(host.name for host in action.verify_hosts.all()),
        "verified_at": action.verified_at,
        "held_open": action.held_open,
        "done_at": action.done_at,
        "created_at": action.created_at,
        "notes": action.notes,
        "events": [_event(one) for one in action.events.all()],
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], False)}


def _event(one: ActionEvent) -> dict[str, Any]:
    said = {
        "at": one.at, "kind": one.kind, "before": one.before, "after": one.after,
        "by": one.by_name, "because": one.because, "pattern": one.pattern, "hosts": one.hosts,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in ("", [])}


def of(actions: models.QuerySet[Action]) -> models.QuerySet[Action]:
    """With all that their files tell."""
    return actions.select_related("owner", "team", "lesson", "verified_by").prefetch_related(
        "verify_hosts", "events"
    )


def action_file(action: Action, reader: User | None, rest: dict[str, Any]) -> str:
    """The file of one that hangs on no incident: its notes stand below the front matter."""
    head = {"form": FORM} | told(action)
    notes = head.pop("notes", "")
    return written.page(head | {n: v for n, v in rest.items() if n not in head}, notes)


# --- in ---------------------------------------------------------------------------------------


def take_all(incident: Incident, said: Any, arriving: Arriving, *, ours: bool) -> int:
    """Actions of a write-up that are not there yet; how many that were.

    One is known by its title, as often as the file bears it, and in our own files by its number.
    """
    there = Counter(incident.actions.values_list("title", flat=True))
    added = 0
    for one in said if isinstance(said, list) else []:
        one = one if isinstance(one, dict) else {"title": str(one)}
        title = str(one.get("title") or "")[:200]
        if there[title] > 0 or not title.strip():
            there[title] -= 1
        elif not (ours and _known(one, incident)):
            made = _make(one, title, arriving, incident, ours=ours)
            if ours and "id" in one:
                remember(f"action:{one['id']}", made, {})
            added += 1
    return added


def _known(said: dict[str, Any], incident: Incident | None) -> Action | None:
    there: Action | None = known(f"action:{said.get('id')}", Action)
    mine = there is not None and there.incident_id == (incident.pk if incident else None)
    return there if mine else None


def take_file(arriving: Arriving) -> None:
    """Store one that has a file of its own; the same file again changes nothing."""
    head, notes = written.split(arriving.text)
    title = str(head.get("title") or "")[:200]
    if not title.strip():
        raise Broken("An action needs a title in its front matter.")
    there = _known(head, None) or _unchanged(head, title)
    if there is None:
        there = _make(head | {"notes": notes}, title, arriving, None, ours=True)
        arriving.result.state = NEW
    rest = {name: value for name, value in head.items() if name not in _OWN}
    remember(f"action:{head.get('id') or arriving.name}", there, plain(rest))
    arriving.result.key = f"action:{there.pk}"


def _unchanged(head: dict[str, Any], title: str) -> Action | None:
    """The action this file was written from, if it is still here."""
    if (made := moment(head.get("created_at"))) is None:
        return None
    return Action.objects.filter(incident=None, title=title, created_at=made).first()


def _make(
    said: dict[str, Any], title: str, arriving: Arriving, incident: Incident | None, *, ours: bool
) -> Action:
    fields, now = _fields(said, title, arriving), timezone.now()
    number = said.get("id")
    if ours and isinstance(number, int) and not Action.objects.filter(pk=number).exists():
        revisions.forget(Action, [number])  # of one that is gone
        fields["pk"] = number
    made = create_action(by=None, now=now, incident=incident, title=title, **fields)
    _events(made, said.get("events"))
    return made


def _fields(said: dict[str, Any], title: str, arriving: Arriving) -> dict[str, Any]:
    found: dict[str, Any] = {"notes": str(said.get("notes") or "")}
    if said.get("kind") in ActionType.values:
        found["kind"] = said["kind"]
    if said.get("state") in ActionState.values:
        found["state"] = said["state"]
    for name, model, key in _LINKS:
        if value := said.get(name):
            found[name] = model._default_manager.filter(**{key: str(value)}).first()
            if found[name] is None:
                arriving.note(f"{name} of the action “{title}”: there is no {value!r} here")
    if said.get("owner") and found.get("owner") is None:
        found["owner_name"] = str(said["owner"])[:150]
    for name in _MOMENTS:
        if at := moment(said.get(name)):
            found[name] = at
    if due := moment(said.get("due")):
        found["due"] = due.date()
    if said.get("held_open") is True:
        found["held_open"] = True
    if str(said.get("tracker_url") or "").startswith(("http://", "https://")):
        found["tracker_url"] = said["tracker_url"]
    return found | _verified(said, title, arriving, found)


def _verified(
    said: dict[str, Any], title: str, arriving: Arriving, found: dict[str, Any]
) -> dict[str, Any]:
    """On which hosts facts bear it out.  On none that is here: nothing does."""
    wanted = said.get("verify_hosts")
    names = [str(one) for one in wanted] if isinstance(wanted, list) else []
    there = set(Host.objects.filter(name__in=names).values_list("name", flat=True))
    for name in names:
        if name not in there:
            arriving.note(f"the action “{title}” is verified on {name}, which is not here")
    if said.get("verify_scope") != VerifyScope.HOSTS:
        return {"verify_hosts": there}
    if not there:
        return {"verified_by": None}
    return {"verify_scope": VerifyScope.HOSTS, "verify_hosts": there}


def _events(action: Action, said: Any) -> None:
    """What it went through elsewhere takes the place of its beginning here."""
    rows = [_row(action, one) for one in said if isinstance(one, dict)] if said else []
    if found := [row for row in rows if row is not None]:
        action.events.all().delete()
        ActionEvent.objects.bulk_create(found)


def _row(action: Action, said: dict[str, Any]) -> ActionEvent | None:
    at, name = moment(said.get("at")), str(said.get("by") or "")[:150]
    known_words = said.get("kind") in ActionEventKind.values and said.get("after") in ActionState
    if at is None or not known_words:
        return None
    hosts = said.get("hosts")
    return ActionEvent(
        action=action, at=at, kind=said["kind"], after=said["after"],
        before=said["before"] if said.get("before") in ActionState.values else "",
        by=User.objects.filter(username=name).first() if name else None, by_name=name,
        because=str(said.get("because") or ""), pattern=str(said.get("pattern") or "")[:80],
        hosts=[str(one) for one in hosts] if isinstance(hosts, list) else [],
    )  # fmt: skip
