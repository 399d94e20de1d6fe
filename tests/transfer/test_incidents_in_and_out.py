"""Write-ups and lessons in files: ours without loss, strangers' as far as they go."""

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.hosts.models import Host
from incidents.patterns.models import Pattern
from incidents.records.actions import create_action, save_action
from incidents.records.files import lesson_file
from incidents.records.importing import import_incidents
from incidents.records.lesson_life import move_lesson, quote
from incidents.records.lessons import create_lesson
from incidents.records.markdown import read
from incidents.records.models import Action, ActionState, ActionType, Incident, Lesson
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident, move
from kb.accounts.models import User
from kb.attachments.keeping import keep
from kb.attachments.models import Attachment
from kb.transfer.models import Origin
from kb.transfer.outgoing import outgoing, write_folder
from tests.attachments.conftest import kept_in  # noqa: F401
from tests.support.factories import NOW, make_host, make_pattern, make_team, make_user

pytestmark = pytest.mark.django_db


def out_of(folder: Path) -> dict[str, Any]:
    """What the files of an export say, less what counts saves."""
    list(write_folder(folder, None))
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".md" and "incidents" in name:
            told = read(path.read_text())
            told.head.pop("revision")
            found[name] = (told.head, told.texts, told.timeline)
        elif path.is_file():
            found[name] = re.sub(rb"(?m)^revision: \d+\n", b"", path.read_bytes())
    return found


@pytest.fixture
def story(responder: User) -> Incident:
    lesson = create_lesson(by=responder, title="Look twice", statement="Look twice.", why="So.")
    make_host("robert")
    make_pattern("no-swap")
    incident = create_incident(
        by=responder, title="The safe was open", summary="In short.", tags=["a", "b"],
        visibility="restricted", started_at=NOW, resolved_at=NOW + timedelta(hours=2),
        time_sources={"started": "the log"}, lead=responder,
        relations={"hosts": {"robert": "contributed"}, "lessons": [lesson.slug],
                   "patterns": ["no-swap"], "allowed_users": ["ruth"],
                   "allowed_teams": [make_team("Ops").slug]},
    )  # fmt: skip
    picture = keep(ContentFile(b"graph"), "graph.txt", by=responder, thing=incident)
    add_line(incident, by=responder, at=NOW, what="It rose.", evidence=picture.markdown)
    create_action(by=responder, now=NOW, incident=incident, title="Close it", owner=responder,
                  due=date(2026, 12, 1))  # fmt: skip
    incident.refresh_from_db()
    move(incident, "published", by=responder)
    return Incident.objects.get()


def test_out_and_in_again_is_the_same_in_an_empty_house(
    story: Incident, tmp_path: Path, responder: User
) -> None:
    number = story.pk
    before = out_of(tmp_path / "before")
    assert {one.state for one in import_incidents(tmp_path / "before", by=None)} == {"same"}
    Incident.objects.all().delete()
    Lesson.objects.all().delete()
    Attachment.objects.all().delete()
    Origin.objects.all().delete()
    results = list(import_incidents(tmp_path / "before", by=responder))
    assert {(one.state, tuple(one.notes)) for one in results} == {("new", ())}
    after = out_of(tmp_path / "after")
    assert after == before
    assert Incident.objects.get().pk == number
    assert {one.state for one in import_incidents(tmp_path / "before", by=None)} == {"same"}
    assert create_incident(by=None, title="The next one").pk > number


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    title=texts.filter(bool),
    summary=texts,
    body=texts,
    why=texts,
    tags=st.lists(texts.filter(bool)),
)
def test_whatever_was_written_comes_back(
    tmp_path: Path, title: str, summary: str, body: str, why: str, tags: list[str]
) -> None:
    title = " ".join(title.split())
    tags = list(dict.fromkeys(" ".join(tag.split()) for tag in tags))
    Incident.objects.all().delete()
    Lesson.objects.all().delete()
    Origin.objects.all().delete()
    create_incident(by=None, title=title, summary=summary, body=body, tags=tags)
    create_lesson(by=None, title=title, statement=body or "s", slug="it", why=why, tags=tags)
    folder = tmp_path / f"x{abs(hash((title, summary, body, why, *tags)))}"
    before = out_of(folder)
    lesson = lesson_file(Lesson.objects.get(), None, {})
    Incident.objects.all().delete()
    Lesson.objects.all().delete()
    Origin.objects.all().delete()
    assert {one.state for one in import_incidents(folder, by=None)} == {"new"}
    assert out_of(folder) == before
    assert lesson_file(Lesson.objects.get(), None, {}) == lesson


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_hangs_on_it_comes_back(tmp_path: Path, responder: User, data: Any) -> None:
    """Actions (several of one title too, and of no incident) with what verifies them and what they
    went through; words that are evidence for lessons; who moved a lesson on."""
    if not Host.objects.exists():
        for name in ("robert", "david"):
            make_host(name)
        make_pattern("no-swap")
    _clear()
    lesson = create_lesson(by=responder, title="Look twice", statement="Twice.", slug="look")
    move_lesson(lesson, "dormant", by=responder, now=NOW, reason="Resting")
    incident = create_incident(by=responder, title="Disk")
    quotes = data.draw(st.lists(texts.filter(bool), max_size=3, unique=True))
    for n, words in enumerate(quotes):
        quote(lesson, incident, words, by=responder, now=NOW + timedelta(hours=n))
    for _ in range(data.draw(st.integers(1, 4))):
        hosts = data.draw(st.sets(st.sampled_from(["robert", "david"])))
        fields: dict[str, Any] = {
            "title": data.draw(st.sampled_from(["Close it", "Look"]) | texts.filter(bool)),
            "notes": data.draw(texts),
            "incident": data.draw(st.sampled_from([incident, None])),
            "lesson": data.draw(st.sampled_from([lesson, None])),
            "owner": data.draw(st.sampled_from([responder, None])),
            "kind": data.draw(st.sampled_from(ActionType.values)),
            "state": data.draw(st.sampled_from(ActionState.values)),
            "due": data.draw(st.dates(date(2020, 1, 1), date(2030, 1, 1)) | st.none()),
        }
        if data.draw(st.booleans()):
            fields |= {"verified_by": Pattern.objects.get(slug="no-swap"), "verify_hosts": hosts,
                       "verify_scope": "hosts" if hosts else "everywhere"}  # fmt: skip
        action = create_action(by=responder, now=NOW, **fields)
        save_action(action, expected=1, by=responder, now=NOW, changes={"state": "dropped"})
    folder = tmp_path / f"y{len(list(tmp_path.iterdir()))}"
    before = out_of(folder)
    _clear()
    assert {(r.state, *r.notes) for r in import_incidents(folder, by=None)} == {("new",)}
    assert out_of(tmp_path / f"{folder.name}-after") == before
    assert {one.state for one in import_incidents(folder, by=None)} == {"same"}
    Origin.objects.all().delete()  # also where nothing is remembered of the files
    assert {one.state for one in import_incidents(folder, by=None)} == {"same"}


def _clear() -> None:
    for model in (Action, Incident, Lesson, Origin):
        model.objects.all().delete()


def test_what_verifies_an_action_and_is_not_here_is_named(tmp_path: Path) -> None:
    make_pattern("no-swap")
    (tmp_path / "a.md").write_text(
        "---\ntitle: Disk\nactions:\n- title: Close it\n  owner: zoe\n  verified_by: no-swap\n"
        "  verify_scope: hosts\n  verify_hosts: [web-9]\n  events: [{at: soon}, nonsense]\n"
        "- Call them\nquotes: [{lesson: no-such, quote: Oh}]\n---\n"
    )
    (result,) = import_incidents(tmp_path, by=None)
    assert result.notes == [
        "words for a lesson that is not here were left out",
        "owner of the action “Close it”: there is no 'zoe' here",
        "the action “Close it” is verified on web-9, which is not here",
    ]
    first, second = Action.objects.order_by("pk")
    assert (first.whose, first.verified_by) == ("zoe", None)
    assert (first.events.get().kind, second.title) == ("created", "Call them")


def test_a_strangers_file_is_taken_as_far_as_it_goes(tmp_path: Path, responder: User) -> None:
    make_host("db-01")
    (tmp_path / "outage.md").write_text(
        "---\ntitle: Database outage\nseverity: SEV1\ndate: 2026-03-01\nstatus: Final\n"
        "authors: [ann, bob]\nhosts: [db-01, db-99]\nlead: nobody-here\nvisibility: internal\n"
        "tags: db, failover\njira: OPS-12\n---\n\nIt **stopped**.\n\n## Impact\n\nNo mail.\n"
    )
    (result,) = import_incidents(tmp_path, by=responder)
    incident = Incident.objects.get()
    assert result.state == "new"
    assert (incident.severity, incident.status, incident.visibility) == (
        "critical", "published", "restricted",
    )  # fmt: skip
    assert incident.started_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (incident.body, incident.impact) == ("It **stopped**.", "No mail.")
    assert (incident.tags, [h.name for h in incident.hosts.all()]) == (
        ["db", "failover"],
        ["db-01"],
    )
    rest = Origin.objects.get().rest
    assert rest["jira"] == "OPS-12"
    assert rest["authors"] == ["ann", "bob"]
    assert rest["hosts"] == {"db-99": "affected"}
    assert rest["lead"] == "nobody-here"
    (again,) = import_incidents(tmp_path, by=responder)
    assert again.state == "same"
    (piece,) = outgoing["incidents"].rows(None)
    assert "jira: OPS-12" in outgoing["incidents"].text(piece, None, rest)


def test_of_hundreds_the_broken_ones_stop_no_other(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:03}.md").write_text(
            f"---\nid: {number}\ntitle: Number {number}\n---\n"
        )
    (tmp_path / "010.md").write_text("---\ntitle: [\n---\n")
    (tmp_path / "011.md").write_bytes(b"\xff\xfe")
    (tmp_path / "012.md").write_text("---\ntitle: " + "x" * 300 + "\n---\n")
    (tmp_path / "013.md").write_text("---\nform: twiceshy page 1\n---\n")
    (tmp_path / "014.md").write_text("---\nstatement: ''\n---\n")
    said, wrong = StringIO(), StringIO()
    with pytest.raises(CommandError):
        call_command("import_incidents", tmp_path, stdout=said, stderr=wrong)
    assert Incident.objects.count() == 36
    assert "40 files: 4 broken, 36 new." in said.getvalue()
    for name in ("010", "011", "013", "014"):
        assert f"broken  {name}.md" in wrong.getvalue()
    assert "its title was cut" in said.getvalue()


def test_a_rehearsal_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Oh\n\nWords.\n")
    call_command("import_incidents", tmp_path, "--dry-run", verbosity=0)
    assert not Incident.objects.exists()
    assert not Origin.objects.exists()


def test_times_that_cannot_be_are_kept_beside(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\nstarted: 2026-03-01T10:00Z\nresolved: 2026-03-01T09:00Z\ndetected: soon\n---\nx"
    )
    (result,) = import_incidents(tmp_path, by=None)
    assert result.state == "new"
    assert Incident.objects.get().resolved_at is None
    assert set(Origin.objects.get().rest) == {"resolved", "detected"}


def test_a_number_that_is_taken_is_not_taken_over(story: Incident, tmp_path: Path) -> None:
    list(write_folder(tmp_path, None))
    Incident.objects.filter(pk=story.pk).update(created_at=NOW - timedelta(days=400), title="Other")
    results = [one for one in import_incidents(tmp_path, by=make_user()) if "incidents" in one.path]
    assert "is another incident here" in results[0].notes[-1]
    assert Incident.objects.get(pk=story.pk).title == "Other"
    assert Incident.objects.count() == 2
