"""A restricted incident is invisible to whoever is not named, on every address the site has.

The list of addresses is the site's own, so that what is added tomorrow is asked tomorrow.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from reversion.models import Version

from incidents.digests.models import Digest, Subscription
from incidents.digests.periods import week_of
from incidents.digests.queue import Due
from incidents.exports import feed_tokens
from incidents.records import between, reading
from incidents.records.models import Incident
from incidents.records.timeline import add_line
from incidents.records.trails import LessonQuote
from incidents.records.writing import create_incident
from kb.accounts.models import Role, User
from kb.attachments.keeping import keep
from kb.attachments.models import Attachment
from kb.comments.models import Comment
from kb.comments.saying import say
from tests.records.surfaces import ELSEWHERE, OWN, SURFACES, TELLS
from tests.support.digests import prepare
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_group,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_service,
    make_site,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

#: Words that stand nowhere but in what is secret; none of them is ever asked for.
SECRETS = ("Zugzwang", "Quokka", "Xylograph", "Yttrium", "Wombat", "vermilion", "Jacaranda")
SEES = ("author", "lead", "facilitator", "reviewer", "involved", "named", "teammate")
OUTSIDE = ("stranger", "viewer", "admin")
INSIDE = ("involved", "teammate")


class Scene:
    """One restricted incident with everything that can hang on one, and who asks about it."""

    def __init__(self) -> None:
        self.cast = {
            name: make_user(f"{name}-x", role=Role.RESPONDER) for name in (*SEES, "stranger")
        }
        self.cast["viewer"] = make_user("viewer-x", role=Role.VIEWER)
        self.cast["admin"] = make_user("admin-x", role=Role.ADMIN, is_staff=True, is_superuser=True)
        make_team("Storage", slug="storage", members=(self.cast["teammate"],))
        self._around()
        self.secret = self._secret()
        self._hang_on_it()
        call_command("rebuild_index", verbosity=0)

    def _around(self) -> None:
        """What is for everybody, and what the secret touches."""
        self.host = make_host("robert", facts={"os": {"id": "debian"}})
        self.service = make_service("Mail", slug="mail", hosts=(self.host,))
        make_site("Hall", slug="hall")
        make_group("Pair", slug="pair", members=(self.host,))
        self.lesson = make_lesson("RAID", slug="raid", review_by=NOW.date())
        self.pattern = make_pattern("raid-only", lessons=["raid"])
        self.flag = make_flag(self.pattern, self.host)
        self.open = make_incident(
            "In the open", author=self.cast["author"], hosts=(self.host,), lessons=(self.lesson,),
            status="published", started_at=NOW,
        )  # fmt: skip

    def _secret(self) -> Incident:
        cast = self.cast
        return create_incident(
            by=cast["author"],
            title="Zugzwang in the hall",
            summary="Quokka controller.",
            status="published",
            visibility="restricted",
            severity="critical",
            started_at=NOW,
            lead=cast["lead"],
            facilitator=cast["facilitator"],
            reviewer=cast["reviewer"],
            tags=["Jacaranda"],
            relations={
                "hosts": {"robert": "affected"},
                "services": ["mail"],
                "lessons": ["raid"],
                "patterns": ["raid-only"],
                "involved": ["involved-x"],
                "allowed_users": ["named-x"],
                "allowed_teams": ["storage"],
            },
        )

    def _hang_on_it(self) -> None:
        from kb.wiki.models import Page

        author = self.cast["author"]
        self.line = add_line(self.secret, by=author, at=NOW, what="Xylograph controller")
        self.action = make_action(
            "Yttrium controller", incident=self.secret, due=NOW.date(),
            owner=self.cast["stranger"], lesson=self.lesson,
        )  # fmt: skip
        self.link = between.link(self.open, self.secret, "same-factor", by=author, note="Wombat")
        reading.put_on_list(self.secret, by=author, note="Wombat")
        self.file = keep(ContentFile(b"controller"), "vermilion.txt", by=author, thing=self.secret)
        self.comment = say(self.secret, "Wombat controller", by=author, now=NOW)
        make_incident(
            "Zugzwang thrown away", author=author, visibility="restricted", deleted_at=NOW
        )
        LessonQuote.objects.create(
            lesson=self.lesson, incident=self.secret, quote="Quokka controller", by=author, at=NOW
        )
        text = f"See #{self.secret.pk} and @robert."
        Page.objects.create(slug="notes", title="Notes", body=text)
        for user in self.cast.values():
            feed_tokens.issue(user)
            mine = Subscription.objects.create(user=user)
            prepare(Due(mine, week_of(NOW, "UTC")))

    def forget(self) -> None:
        """As if it had never been written down."""
        kinds = (self.secret, self.line, self.action, self.comment)
        for one in kinds:
            kind = ContentType.objects.get_for_model(one)
            Version.objects.filter(content_type=kind, object_id=str(one.pk)).delete()
        Attachment.objects.filter(pk=self.file.pk).delete()
        Comment.objects.filter(pk=self.comment.pk).delete()
        Incident.objects.filter(visibility="restricted").delete()
        call_command("rebuild_index", verbosity=0)

    # --- addresses ---

    def address(self, name: str, route: str, user: User) -> str:
        filled = re.sub(r"[\^$]|\\", "", route)
        filled = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", filled)
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(self._value(name, m[1], user)), filled)
        return f"/{filled}{self._query(name, user)}"

    def _query(self, name: str, user: User) -> str:
        if name.startswith("exports:feed-"):
            addresses = feed_tokens.addresses(user)
            assert addresses is not None
            kind = name.removeprefix("exports:feed-")
            return "?" + addresses.by_name.get(kind, addresses.by_name["flags"]).split("?")[1]
        return {
            "search:search": "?q=controller",
            "api:search": "?q=controller",
            "records:action-list": "?state=all",
            "api:attachment-list": f"?on=incident:{self._number}",
            "api:comment-list": f"?object=incident:{self._number}",
            "api:mentions": f"?of=incident:{self._number}",
            "api:revisions": f"?object=incident:{self._number}",
            "api:revision-changes": f"?object=incident:{self._number}",
            "api:revision-authors": f"?object=incident:{self._number}",
            "wiki:suggest": "?sign=%23&q=zug",
            "api:suggest": "?sign=%23&q=zug",
            "search:suggest": "?q=zug",
            "api:search-suggest": "?q=zug",
        }.get(name, "")

    def _value(self, name: str, gap: str, user: User) -> Any:
        room, _, what = name.partition(":")
        if gap in ("line", "link", "incident"):
            return {"line": self._line, "link": self._link, "incident": self._number}[gap]
        if gap == "name":
            return "vermilion.txt" if room == "attachments" else "robert"
        if gap == "pk":
            return self._pk(room, what, user)
        if gap == "slug":
            return self._slug(what)
        return {"username": "stranger-x", "number": 1, "token": "x", "uidb36": "1", "key": "x",
                "id": 1, "quote": 1, "one": 1}[gap]  # fmt: skip

    def remember(self) -> None:
        """The numbers, so that they can be asked for when the things are gone."""
        self._number, self._line, self._link = self.secret.pk, self.line.pk, self.link.pk
        self._action, self._file = self.action.pk, self.file.pk
        self._comment = self.comment.pk

    def _pk(self, room: str, what: str, user: User) -> Any:
        if room == "attachments" or what.startswith("attachment"):
            return self._file
        if what in ("similar", "where-else"):
            return self.open.pk  # what stands beside one that is for everybody
        if room == "comments" or what == "comment":
            return self._comment
        if what.startswith("action"):
            return self._action
        if room == "digests" or what.startswith(("digest", "subscription")):
            mine = Digest.objects.filter(subscription__user=user).first()
            assert mine is not None
            numbered = what in ("detail", "html", "again", "digest", "digest-again")
            return mine.pk if numbered else mine.subscription_id
        if room == "records" or what.startswith(("incident", "timeline", "link")):
            return self._number
        if what in ("flag", "flag-detail"):
            return self.flag.pk
        uuid = what.startswith(("sweep", "preview", "pattern-preview", "webhook"))
        return "5f0f5d3c-9f0e-4a31-9d0b-2b8a4f6f8b1e" if uuid else 1

    def _slug(self, what: str) -> str:
        for start, slug in (("lesson", "raid"), ("quote", "raid"), ("service", "mail"),
                            ("runbook", "mail"), ("group", "pair"), ("page", "notes"),
                            ("team", "storage"), ("factor", "hardware")):  # fmt: skip
            if what.startswith(start):
                return slug
        return "hall" if what.startswith(("site", "kit", "spare", "access")) else "raid-only"


def routes(resolver: Any = None, space: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the site but Django's own administration: (name, route)."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                inside = f"{space}{entry.namespace}:" if entry.namespace else space
                yield from routes(entry, inside, route)
        else:
            assert isinstance(entry, URLPattern)
            yield f"{space}{entry.name}", route


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """Made once for all; what a test does to it is taken back after the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = Scene()
        made.remember()
        yield made
        transaction.set_rollback(True)


Answer = tuple[int, str]  # status and what is said, less what differs with every answer
Answers = dict[str, Answer]  # by address


@pytest.fixture(scope="module")
def answers(scene: Scene) -> dict[str, tuple[Answers, Answers]]:
    """What everybody is told, and what whoever is not named would be told without the secret."""
    read: dict[str, set[str]] = {}
    with_it = {}
    for who in (*OUTSIDE, *INSIDE):
        # The viewer reads what the stranger reads; who is named is asked where it is told.
        kinds = None if who in ("stranger", "admin") else {OWN, TELLS}
        fixed = {n: a for n, a in with_it.get("stranger", {}).items() if a[0] == 405}
        with taken_back():
            with_it[who] = asked(scene, who, kinds, read.setdefault(who, set()), fixed)
    with taken_back():
        with noted(_WRITTEN) as secret_tables:
            scene.forget()
        without = {}
        for who in OUTSIDE:
            again = {name for name in with_it[who] if _may_differ(name, read[who], secret_tables)}
            with taken_back():
                without[who] = with_it[who] | asked(scene, who, None, None, None, again)
    return {who: (with_it[who], without.get(who, {})) for who in with_it}


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


_WRITTEN = re.compile(r'(?:DELETE FROM|UPDATE|INSERT INTO) "(\w+)"')
_NAMED = re.compile(r'"(\w+)"')


@contextmanager
def noted(what: re.Pattern[str]) -> Iterator[set[str]]:
    """What the statements in between name."""
    found: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        found.update(what.findall(sql))
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield found


def _may_differ(name: str, read: set[str], secret_tables: set[str]) -> bool:
    """Whether an answer can hang on the secret: it read a table that holds some of it, or asked
    the index.  Any other is the same without it, and need not be asked again."""
    asks_index = any(word in name for word in ("search", "suggest", "similar", "/"))
    return asks_index or any(f"{name} {table}" in read for table in secret_tables)


def asked(
    scene: Scene,
    who: str,
    kinds: set[str] | None = None,
    read: set[str] | None = None,
    fixed: Answers | None = None,
    names: set[str] | None = None,
) -> Answers:
    """Every address (of these kinds, or of these names), as one person; ``fixed`` are known.

    ``read`` takes down which tables an answer was made of, as ``address table``.
    """
    user = scene.cast[who]
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    found = {}
    for name, address in _addresses(scene, user, kinds, names):
        if fixed and name in fixed:
            found[name] = fixed[name]
            continue
        with noted(_NAMED) as tables:
            answer = browser.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        found[name] = (answer.status_code, _steady(body.decode(errors="replace")))
        if read is not None:
            read.update(f"{name} {table}" for table in tables)
    return found


def _addresses(
    scene: Scene, user: User, kinds: set[str] | None, names: set[str] | None
) -> Iterator[tuple[str, str]]:
    for name, route in routes():
        wanted = name not in ELSEWHERE and not (kinds and SURFACES.get(name) not in kinds)
        if wanted and (names is None or name in names):
            yield name, scene.address(name, route, user)
    for address in BESIDE if kinds is None else ():
        yield address, address.format(n=scene.open.pk)


#: Of an incident for everybody, to which the secret one is linked.
BESIDE = (
    "/incidents/{n}/", "/incidents/{n}.md", "/incidents/{n}/history/", "/api/v1/incidents/{n}/",
    "/api/v1/incidents/{n}/links/", "/api/v1/incidents/{n}/confirmations/",
    "/lessons/raid/history/", "/incidents/similar/?title=controller&hosts_affected=robert",
)  # fmt: skip


_TOKENS = re.compile(
    r"csrf\w*\"?[^>]{0,40}?[\"'][A-Za-z0-9]{32,64}[\"']|[A-Za-z0-9]{64}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?|\d\d:\d\d(?= UTC)"
    r"|(?:\d+|a|an|one) (?:second|minute|moment)s? ago|just now"
)


def _steady(text: str) -> str:
    return _TOKENS.sub("~", text)


def _where(one: str, other: str) -> tuple[str, str]:
    """The first place at which two answers part."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[max(at - 60, 0) : at + 60], other[max(at - 60, 0) : at + 60]


def test_every_address_is_classified() -> None:
    names = {name for name, _ in routes()}
    new = sorted(names - SURFACES.keys() - ELSEWHERE.keys())
    assert new == [], (
        "Say in tests/records/surfaces.py what each of these may tell of a restricted incident: "
        + " ".join(new)
    )


Told = dict[str, tuple[Answers, Answers]]


@pytest.mark.parametrize("who", OUTSIDE)
def test_whoever_is_not_named_gets_what_they_would_get_without_it(answers: Told, who: str) -> None:
    with_it, without = answers[who]
    told = {name: word for name, (_, said) in with_it.items() for word in SECRETS if word in said}
    assert told == {}
    assert {name for name, (status, _) in with_it.items() if status >= 500} == set()
    assert {n: s for n, (s, _) in with_it.items() if SURFACES.get(n) == OWN and s != 404} == (
        {} if who != "viewer" else {n: 403 for n in with_it if with_it[n][0] == 403 and
                                    SURFACES.get(n) == OWN}
    )  # fmt: skip
    differ = {n: _where(with_it[n][1], without[n][1]) for n in with_it if with_it[n] != without[n]}
    assert differ == {}


@pytest.mark.parametrize("who", INSIDE)
def test_whoever_is_named_gets_it_where_it_belongs(answers: Told, who: str) -> None:
    found, _ = answers[who]
    assert {name: status for name, (status, _) in found.items() if status != 200} == {}
    silent = [n for n, (_, said) in found.items() if not any(word in said for word in SECRETS)]
    assert set(silent) <= SAY_LITTLE


#: Parts of the incident that hold none of its words.
SAY_LITTLE = {
    "records:incident-log", "records:line-new", "api:incident-moves", "api:incident-missing",
    "attachments:file", "api:attachment-content", "api:lesson", "api:action-event-list",
}  # fmt: skip


def test_each_of_those_who_are_named_sees_it(scene: Scene) -> None:
    for who in SEES:
        browser = Client()
        browser.force_login(scene.cast[who])
        assert browser.get(f"/incidents/{scene.secret.pk}/").status_code == 200, who


#: What changes something: (method, address); to a stranger none of it is there.
CHANGES = [
    ("post", "/incidents/{n}/edit/"),
    ("post", "/incidents/{n}/history/"),
    ("post", "/incidents/{n}/status/"),
    ("post", "/incidents/{n}/links/"),
    ("post", "/incidents/{n}/links/{link}/"),
    ("post", "/incidents/{n}/reading/"),
    ("post", "/incidents/{n}/paste/"),
    ("post", "/incidents/{n}/timeline/new/"),
    ("post", "/incidents/{n}/timeline/{line}/"),
    ("post", "/incidents/{n}/timeline/{line}/remove/"),
    ("post", "/actions/{action}/edit/"),
    ("post", "/actions/{action}/state/"),
    ("patch", "/api/v1/incidents/{n}/"),
    ("patch", "/api/v1/incidents/{n}/timeline/{line}/"),
    ("delete", "/api/v1/incidents/{n}/timeline/{line}/"),
    ("post", "/api/v1/incidents/{n}/timeline/"),
    ("post", "/api/v1/incidents/{n}/timeline/many/"),
    ("post", "/api/v1/incidents/{n}/timeline/read/"),
    ("post", "/api/v1/incidents/{n}/links/"),
    ("delete", "/api/v1/incidents/{n}/links/{link}/"),
    ("delete", "/api/v1/reading/{n}/"),
    ("patch", "/api/v1/actions/{action}/"),
]


def test_whoever_is_not_named_changes_nothing(scene: Scene) -> None:
    scene.secret.refresh_from_db()
    before = scene.secret.revision
    gaps = {"n": scene.secret.pk, "link": scene.link.pk, "line": scene.line.pk,
            "action": scene.action.pk}  # fmt: skip
    for who in ("stranger", "admin"):
        browser = Client()
        browser.force_login(scene.cast[who])
        for method, address in CHANGES:
            answer = getattr(browser, method)(
                address.format(**gaps), {}, content_type="application/json"
            )
            assert answer.status_code == 404, (who, address)
    scene.secret.refresh_from_db()
    assert scene.secret.revision == before
