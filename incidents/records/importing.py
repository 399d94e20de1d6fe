"""Write-ups and lessons out of files: ours without loss, strangers' as far as they go.

A file is known again by its id, so taking it in twice changes nothing.  What has no place here is
kept beside the write-up and goes out with it again.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from incidents.patterns.dependants import remember_section
from incidents.records import between, markdown_action
from incidents.records.files import LESSONS
from incidents.records.import_head import Reading
from incidents.records.lesson_life import LONGEST_QUOTE
from incidents.records.markdown import NotReadable, WriteUp, moment, read
from incidents.records.markdown_incident import FORM
from incidents.records.models import (
    Action,
    Incident,
    IncidentStatus,
    Lesson,
    LessonState,
)
from incidents.records.status import NEXT, note_move
from incidents.records.steps import StatusMove
from incidents.records.timeline import NewLine, add_lines
from incidents.records.tracked import TEXTS
from incidents.records.trails import LessonMove, LessonQuote
from incidents.records.writing import save_incident
from kb.accounts.models import User
from kb.transfer import written
from kb.transfer.incoming import (
    CHANGED,
    NEW,
    SAME,
    Arriving,
    Broken,
    Result,
    import_folder,
    known,
    markdown_in,
    remember,
)
from kb.wiki import revisions
from kb.wiki.revisions import Saved


def import_incidents(root: Path, *, by: User | None, dry: bool = False) -> Iterator[Result]:
    """Every write-up and lesson of a folder, lessons first, since write-ups name them."""
    files = [path for path in markdown_in(root) if path.relative_to(root).parts[0] != "pages"]
    files.sort(key=lambda path: "lessons" not in path.relative_to(root).parts)
    try:
        yield from import_folder(root, take, by=by, dry=dry, files=files)
    finally:
        _count_on()


def take(arriving: Arriving) -> None:
    """One file: what it is, its front matter says; without a word it is a write-up."""
    head, _ = written.split(arriving.text)
    form = str(head.get("form", ""))
    if form == "twiceshy page 1":
        raise Broken("This is a page: take it in with import_pages.")
    if form == LESSONS.form or "statement" in head:
        if not str(head.get("statement") or "").strip():
            raise Broken("A lesson needs a statement in its front matter.")
        written.take(LESSONS, arriving)
        _lesson_moves(head.get("moves"), arriving)
    elif form == markdown_action.FORM:
        markdown_action.take_file(arriving)
    else:
        take_incident(arriving)


def _lesson_moves(said: Any, arriving: Arriving) -> None:
    """Who moved a lesson on, when and why, where nobody here has."""
    lesson = Lesson.objects.get(slug=arriving.result.key.partition(":")[2])
    if lesson.moves.exists():
        return
    rows = []
    for one in said if isinstance(said, list) else []:
        at = moment(one.get("at")) if isinstance(one, dict) else None
        if at is not None and {one.get("before"), one.get("after")} <= set(LessonState.values):
            name = str(one.get("by") or "")[:150]
            rows.append(
                LessonMove(
                    lesson=lesson, at=at, before=one["before"], after=one["after"], by_name=name,
                    by=User.objects.filter(username=name).first(),
                    reason=str(one.get("reason") or "")[:300],
                )
            )  # fmt: skip
    LessonMove.objects.bulk_create(rows)


def take_incident(arriving: Arriving) -> None:
    """Store one write-up; the same file again changes nothing."""
    try:
        told = read(arriving.text)
    except NotReadable as why:
        raise Broken(str(why)) from None
    ours = told.head.get("form") == FORM and isinstance(told.head.get("id"), int)
    key = f"incident:{told.head['id']}" if ours else f"incident-file:{_name(told, arriving)}"
    there = known(key, Incident) or (_mine(told) if ours else None)
    if there is not None and there.deleted_at is not None:
        arriving.note("it lies in the bin, and was left there")
        arriving.result.key = f"incident:{there.pk}"
        return
    reading = Reading(told, arriving)
    fields, relations = reading.fields(), reading.relations()
    texts, files = arriving.with_files(_texts(told), there)
    fields |= {name: texts[name] for name in TEXTS if name in texts}
    relations["attachments"] = files
    if there is None:
        incident = _create(told, arriving, fields, relations, ours=ours)
        arriving.result.state = NEW
    else:
        incident = there
        arriving.result.state = _change(incident, arriving, fields, relations)
    added = _lines(incident, told, texts, arriving) + _quotes(incident, reading)
    added += markdown_action.take_all(incident, told.head.get("actions"), arriving, ours=ours)
    _bearings(incident, reading)
    if added and arriving.result.state == SAME:
        arriving.result.state = CHANGED
    remember(key, incident, reading.rest)
    arriving.result.key = f"incident:{incident.pk}"


def _name(told: WriteUp, arriving: Arriving) -> str:
    return str(told.head.get("id") or arriving.name)


def _mine(told: WriteUp) -> Incident | None:
    """The incident this file was written from, if it is still the same one here."""
    made = moment(told.head.get("created_at"))
    return Incident.objects.filter(pk=told.head["id"], created_at=made).first() if made else None


def _texts(told: WriteUp) -> dict[str, str]:
    lines = {f"what {n}": line.what for n, line in enumerate(told.timeline)}
    proofs = {f"evidence {n}": line.evidence for n, line in enumerate(told.timeline)}
    return told.texts | lines | proofs


def _create(
    told: WriteUp,
    arriving: Arriving,
    fields: dict[str, Any],
    relations: dict[str, Any],
    *,
    ours: bool,
) -> Incident:
    author = Reading(told, arriving).author() if told.head.get("author") else arriving.by
    incident = Incident(author=author, **fields)
    incident.created_at = moment(told.head.get("created_at")) or timezone.now()
    if ours:
        number = told.head["id"]
        if Incident.objects.filter(pk=number).exists():
            arriving.note(f"#{number} is another incident here, so this one has a new number")
        else:
            revisions.forget(Incident, [number])  # of one that is gone
            incident.pk = number
    incident.full_clean(exclude=["author", "updated_by", "id"])
    made = revisions.create(
        incident, by=arriving.by, relations=relations,
        comment=f"Imported from {arriving.path.name}",
    ).current  # fmt: skip
    # Nobody is told that it was published: that was elsewhere, and long ago.
    if not _moves(made, told):
        note_move(made, "", by=author, at=made.created_at)
    remember_section("taught")
    return made


def _moves(incident: Incident, told: WriteUp) -> int:
    said = told.head.get("moves")
    rows = []
    for one in said if isinstance(said, list) else []:
        at = moment(one.get("at")) if isinstance(one, dict) else None
        if at is not None and one.get("after") in IncidentStatus.values:
            by = User.objects.filter(username=str(one.get("by") or "")).first()
            rows.append(
                StatusMove(
                    incident=incident, at=at, before=str(one.get("before") or "")[:10],
                    after=one["after"], by=by, reason=str(one.get("reason") or "")[:300],
                    revision=incident.revision,
                )
            )  # fmt: skip
    StatusMove.objects.bulk_create(rows)
    return len(rows)


def _change(
    incident: Incident, arriving: Arriving, fields: dict[str, Any], relations: dict[str, Any]
) -> str:
    status = fields.get("status", incident.status)
    if status != incident.status and status not in NEXT[IncidentStatus(incident.status)]:
        del fields["status"]
        arriving.note(f"it is {incident.status} here, and stays that")
    outcome = save_incident(
        incident,
        expected=incident.revision,
        by=arriving.by,
        changes=fields,
        relations=relations,
        comment=f"Imported from {arriving.path.name}",
    )
    assert isinstance(outcome, Saved)
    return CHANGED if outcome.changed else SAME


def _lines(incident: Incident, told: WriteUp, texts: dict[str, str], arriving: Arriving) -> int:
    """Lines that are not there yet; how many that were."""
    before = incident.timeline.count()
    people = {one.by for one in told.timeline if one.by}
    users = {user.username: user for user in User.objects.filter(username__in=people)}
    for n, line in enumerate(told.timeline):
        new = NewLine(line.at, texts[f"what {n}"], texts[f"evidence {n}"], line.kind)
        add_lines(incident, [new], by=users.get(line.by, arriving.by), amends=False)
    return incident.timeline.count() - before


def _quotes(incident: Incident, reading: Reading) -> int:
    """Words that are evidence for lessons, and are not there yet; how many that were."""
    said, added = reading.head.get("quotes"), 0
    for one in said if isinstance(said, list) else []:
        words = str(one.get("quote") or "").strip() if isinstance(one, dict) else ""
        lesson = Lesson.objects.filter(slug=str(one.get("lesson"))).first() if words else None
        if lesson is None:
            reading.arriving.note("words for a lesson that is not here were left out")
            continue
        by = User.objects.filter(username=str(one.get("by") or "")).first()
        at = moment(one.get("at")) or timezone.now()
        where = {"lesson": lesson, "incident": incident, "quote": words[:LONGEST_QUOTE]}
        if not LessonQuote.objects.filter(**where, taken_back_at=None).exists():
            LessonQuote.objects.create(**where, by=by, at=at)
            added += 1
    return added


def _bearings(incident: Incident, reading: Reading) -> None:
    said = reading.head.get("bears_on")
    for one in said if isinstance(said, list) else []:
        ends = (one.get("from"), one.get("to")) if isinstance(one, dict) else (None, None)
        first, second = (
            known(f"incident:{end}", Incident) or Incident.objects.filter(pk=end).first()
            if isinstance(end, int)
            else None
            for end in ends
        )
        if first is None or second is None or incident.pk not in (first.pk, second.pk):
            continue  # the other end comes later, and brings the link with it
        between.link(
            first, second, str(one.get("kind")), by=None, note=str(one.get("note") or "")[:300]
        )


def _count_on() -> None:
    """Have the database count on from the highest number that was brought along."""
    statements = connection.ops.sequence_reset_sql(no_style(), [Incident, Action])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
