"""The index follows the database, proves it, and mends what is not so."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from kb.accounts.models import Team
from kb.outbox.drain import drain
from kb.outbox.models import OutboxRow
from kb.outbox.post import post
from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import Backend, IndexBusy, IndexUnavailable
from kb.search.backends.postgres import PostgresBackend
from kb.search.backends.whoosh import WhooshBackend
from kb.search.document import EVERYONE
from kb.search.health import index as health
from kb.search.language import parse
from kb.search.tasks import reconcile
from tests.search.backends import KINDS, opened
from tests.search.conftest import Notes, note

pytestmark = pytest.mark.django_db


@pytest.fixture(params=KINDS)
def kept_by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def another(settings: Settings) -> Backend:
    """The same index, as another process has it."""
    return opened(settings.SEARCH_URL)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept_by in KINDS:
        monkeypatch.setattr(f"kb.search.backends.{kept_by}.WAIT", 0.0)
        monkeypatch.setattr(f"kb.search.backends.{kept_by}.WAIT_TO_REBUILD", 0.0)


def found(text: str) -> list[str]:
    hits = backend().search(parse(text), principals={EVERYONE}, limit=1000)
    return sorted(hit.title for hit in hits.results)


def tell(*things: Team, kind: str = "note") -> None:
    for thing in things:
        post("index", f"{kind}:{thing.pk}")


def test_what_changed_is_found_as_soon_as_its_row_is_drained(notes: Notes) -> None:
    raid, disk = note("Raid"), note("Disk")
    tell(raid, disk)
    assert found("raid") == []
    drain("index")
    assert found("raid") == ["Raid"]
    raid.name = "Mirror"
    raid.slug = "mirror"
    raid.save()
    tell(raid)
    drain("index")
    assert (found("raid"), found("mirror")) == ([], ["Mirror"])
    assert not OutboxRow.objects.exists()


def test_what_is_gone_or_in_the_bin_leaves_the_index(notes: Notes) -> None:
    one, two = note("Raid one"), note("Raid two")
    tell(one, two)
    drain("index")
    pk = one.pk
    one.delete()
    Team.objects.filter(pk=two.pk).update(slug="binned-two")
    post("index", f"note:{pk}")
    tell(two)
    drain("index")
    assert found("raid") == []


def test_a_kind_that_nobody_registered_harms_nothing(notes: Notes) -> None:
    tell(note("Raid"), kind="something-else")
    assert drain("index").failed == 0
    assert not OutboxRow.objects.exists()


def test_a_document_that_can_not_be_made_rests_alone(notes: Notes) -> None:
    things = [note(f"Raid {n}", slug="poison" if n == 5 else f"n{n}") for n in range(10)]
    tell(*things)
    drained = drain("index")
    assert (drained.done, drained.failed) == (9, 1)
    assert len(found("raid")) == 9
    assert OutboxRow.objects.get().last_error == "ValueError: this note can't be read"


def test_a_row_with_a_senseless_key_rests_alone(notes: Notes) -> None:
    tell(note("Raid"))
    post("index", "nonsense")
    drain("index")
    assert found("raid") == ["Raid"]
    assert "nonsense" in OutboxRow.objects.get().last_error


def test_while_another_writes_the_rows_wait_unblamed(
    notes: Notes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    tell(note("Raid"))
    with another(settings).writing():
        drained = drain("index")
    assert (drained.done, drained.failed) == (0, 0)
    assert OutboxRow.objects.get().attempts == 0
    drain("index")
    assert found("raid") == ["Raid"]


@pytest.mark.parametrize("kept_by", ["whoosh"])
def test_a_missing_index_is_made_anew_by_the_first_row(notes: Notes, tmp_path: Path) -> None:
    things = [note("Raid"), note("Raid again")]
    (tmp_path / "index" / "current").unlink()
    assert not health().ok
    with pytest.raises(IndexUnavailable, match="rebuild_index"):
        found("raid")
    tell(things[0])
    drain("index")
    assert found("raid") == ["Raid", "Raid again"]
    assert health().ok


def spoil(folder: Path, how: str) -> None:
    generation = (folder / "current").resolve()
    if how == "segment":
        for file in generation.glob("*.seg"):
            file.write_bytes(file.read_bytes()[:100])
    elif how == "contents":
        for file in generation.glob("_MAIN_*.toc"):
            file.write_bytes(b"not an index")
    elif how == "gone":
        for file in generation.glob("*"):
            file.unlink()
    elif how == "version":
        (generation / "twiceshy.json").write_text('{"version": "0", "made": "2020-01-01"}')


@pytest.mark.parametrize("kept_by", ["whoosh"])
@pytest.mark.parametrize("how", ["segment", "contents", "gone", "version"])
def test_a_damaged_index_is_noticed_and_made_anew(notes: Notes, tmp_path: Path, how: str) -> None:
    note("Raid")
    indexing.rebuild()
    assert found("raid") == ["Raid"]
    spoil(tmp_path / "index", how)
    backend()._drop()  # type: ignore[attr-defined]  # as another process would meet it
    assert not health().ok
    assert "rebuild_index" in health().says
    reconcile()
    assert found("raid") == ["Raid"]
    assert health().says == "1 document"


def test_reconcile_finds_what_is_missing_changed_or_too_much(notes: Notes) -> None:
    kept, changed, gone = note("Kept"), note("Changed"), note("Gone")
    indexing.rebuild()
    gone_key = f"note:{gone.pk}"
    gone.delete()
    Team.objects.filter(pk=changed.pk).update(email="something new")
    missing = note("Missing")
    report = indexing.reconcile()
    assert report == indexing.Reconciled(
        same=1,
        missing=(f"note:{missing.pk}",),
        stale=(f"note:{changed.pk}",),
        surplus=(gone_key,),
    )
    assert reconcile() == 0, "all of it waits in the outbox now"
    drain("index")
    assert indexing.compare() == indexing.Reconciled(same=3)
    assert found("kept") == [kept.name]


def test_the_task_mends_at_once(notes: Notes) -> None:
    note("Raid")
    assert reconcile() == 1
    assert found("raid") == ["Raid"]
    assert reconcile() == 0


def test_reconcile_names_what_can_not_be_made_without_posting_it_twice(notes: Notes) -> None:
    note("Bad", slug="poison")
    assert reconcile() == 1
    assert reconcile() == 0
    assert OutboxRow.objects.count() == 1


def test_the_command_makes_the_index_and_says_how_many(
    notes: Notes, capsys: pytest.CaptureFixture[str]
) -> None:
    note("One")
    note("Two")
    note("Bad", slug="poison")
    call_command("rebuild_index")
    assert capsys.readouterr().out.startswith("2 documents indexed in ")
    assert found("one") == ["One"]
    call_command("rebuild_index", if_needed=True)
    assert capsys.readouterr().out == ""


def test_the_command_says_when_another_writes(
    notes: Notes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    with another(settings).writing(), pytest.raises(CommandError, match="nothing was changed"):
        call_command("rebuild_index")


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(notes: Notes, index: Backend) -> None:
    note("Raid")
    indexing.rebuild()

    def broken() -> object:
        raise RuntimeError("the database went away")
        yield

    with pytest.raises(RuntimeError):
        index.rebuild(broken())  # type: ignore[arg-type]
    assert found("raid") == ["Raid"]
    with index.writing():
        pass  # and its lock is free


@pytest.mark.parametrize("kept_by", ["whoosh"])
def test_the_folder_is_for_us_alone_and_keeps_one_generation_more(
    notes: Notes, tmp_path: Path
) -> None:
    for _ in range(4):
        indexing.rebuild()
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700
    generations = list((tmp_path / "index" / "generations").iterdir())
    assert len(generations) == 2
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in generations)


@pytest.mark.parametrize("kept_by", ["whoosh"])
def test_many_small_commits_call_for_a_rebuild_the_next_day(
    notes: Notes, index: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        index.put([notes.document(note(f"Raid {n}"))])
    index.remove(key for key, _ in list(index.markers())[:6])
    assert not index.wants_rebuild()
    monkeypatch.setattr("kb.search.backends.whoosh.REBUILD_AFTER", timedelta(0))
    assert index.wants_rebuild()
    reconcile()
    assert len(found("raid")) == 12
    assert not index.wants_rebuild()


def test_readers_read_while_new_indexes_are_swapped_in(
    notes: Notes, index: Backend, indexed: Callable[[], int], settings: Settings
) -> None:
    """Also with a writer in between; a reader with a backend of its own, as another process."""

    things = [note(f"Raid {n}") for n in range(30)]
    documents = [notes.document(thing) for thing in things]
    indexed()
    errors: list[Exception] = []
    counts: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        reader = another(settings)
        while not stop.is_set():
            try:
                counts.add(reader.search(parse("raid"), principals={EVERYONE}).total)
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(12):
        index.rebuild(documents)
        index.put(documents[:3])
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert counts == {30}


def test_two_writers_do_not_write_at_once(
    index: Backend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)

    def second() -> None:
        with another(settings).writing():
            pass

    with index.writing(), pytest.raises(IndexBusy):
        second()


@pytest.mark.parametrize("kept_by", ["postgres"])
@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE search_index SET version = '0'",
        "DROP TABLE search_index",
        "DELETE FROM search_index",
        "UPDATE search_index SET generation = 'gone'",
        "ALTER TABLE {words} RENAME TO elsewhere{n}",
        "ALTER TABLE {documents} DROP COLUMN tokens",
    ],
)
def test_spoiled_tables_are_noticed_and_made_anew(
    notes: Notes, index: PostgresBackend, spoil: str
) -> None:
    note("Raid")
    indexing.rebuild()
    tables = index._state().generation
    with index._database.cursor() as cursor:
        cursor.execute(spoil.format(words=tables.words, documents=tables.documents, n=tables.name))
    with pytest.raises(IndexUnavailable, match="rebuild_index"):
        found("raid")
    assert not health().ok
    assert "rebuild_index" in health().says
    reconcile()
    assert found("raid") == ["Raid"]
    assert health().says == "1 document"


def test_counts_of_words_stay_true_through_changes(notes: Notes, index: Backend) -> None:
    """What ranks is kept beside the documents and follows them."""
    things = [note(f"Raid {n}", "mirror mirror") for n in range(5)]
    index.put(notes.document(thing) for thing in things)
    index.put([notes.document(things[0])])
    spare = 4 if isinstance(index, WhooshBackend) else 0  # taken out, but not merged away yet
    found = index.frequencies(["raid", "mirror", "never"])
    assert 5 <= found.pop("raid") <= 5 + spare
    assert 5 <= found.pop("mirror") <= 5 + spare
    assert found == {}
    index.remove(f"note:{thing.pk}" for thing in things[:3])
    assert 2 <= index.frequencies(["raid"])["raid"] <= 2 + spare
    assert index.size() == 2
    before = index.generation()
    index.put([notes.document(things[0])])
    assert index.generation() != before


def test_a_monstrous_text_is_taken_in_as_far_as_there_is_room(notes: Notes, index: Backend) -> None:
    body = " ".join(f"w{n:x}ord{n} é{n}.example.net/{n}" for n in range(60_000))
    huge = replace(notes.document(note("Huge")), body=body)
    index.put([huge, notes.document(note("Small"))])
    assert found("huge") == ["Huge"]
    assert found("w1ord1") == ["Huge"]
    assert found("small") == ["Small"]
