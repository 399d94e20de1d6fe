"""An index of the test's own, and a kind of thing to put into it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Q, QuerySet
from pytest_django import Settings

from kb.accounts.models import Team, User
from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import Backend
from kb.search.document import EVERYONE, Document, of_team
from kb.search.registry import Searchable, searchables
from tests.support.factories import make_team
from tests.support.postgres import fresh_database

KIND = "note"


class Notes(Searchable[Team]):
    """Teams play notes: the address of one is its text, and those called secret are restricted."""

    kind = KIND
    label = "Note"

    def queryset(self) -> QuerySet[Team]:
        return Team.objects.exclude(slug__startswith="binned")

    def document(self, team: Team) -> Document:
        if team.slug == "poison":
            raise ValueError("this note can't be read")
        return Document(
            key=self.key(team.pk),
            kind=KIND,
            natural_key=team.slug,
            title=team.name,
            names=[team.slug],
            url=f"/notes/{team.slug}/",
            body=team.email,
            allowed=[of_team(team.pk)] if team.slug.startswith("secret") else [EVERYONE],
        )

    def visible(self, user: User) -> QuerySet[Team]:
        return self.queryset().filter(~Q(slug__startswith="secret") | Q(members=user)).distinct()


def note(title: str, text: str = "", **fields: object) -> Team:
    """A note in the database; nobody told the index yet."""
    return make_team(title, email=text, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def database_for_the_index() -> str:
    return fresh_database()


@pytest.fixture
def kept_by() -> str:
    """Which index; a module whose tests hold for all of them overrides this with ``KINDS``."""
    return "whoosh"


@pytest.fixture
def index(
    kept_by: str, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> Backend:
    """The index in force, empty, of this test's own."""
    if kept_by == "whoosh":
        settings.SEARCH_URL = f"whoosh://{tmp_path / 'index'}"
    else:
        settings.SEARCH_URL = request.getfixturevalue("database_for_the_index")
    backend().rebuild([])
    return backend()


@pytest.fixture
def notes(index: Backend, monkeypatch: pytest.MonkeyPatch) -> Notes:
    """Notes are the only things there are."""
    notes = Notes()
    monkeypatch.setattr(searchables, "_entries", {KIND: (100, notes)})
    return notes


@pytest.fixture
def indexed(notes: Notes) -> Callable[[], int]:
    """``indexed()``: the index is made of what the database has now."""
    return indexing.rebuild
