"""An index that is spoiled in the middle still opens; whoever stumbles over it has it mended."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.outbox.drain import drain
from kb.outbox.handlers import NotNow
from kb.outbox.models import OutboxRow
from kb.outbox.post import post
from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import Backend, IndexUnavailable
from kb.search.backends.whoosh import WhooshBackend
from kb.search.document import EVERYONE
from kb.search.health import index as health
from kb.search.indexing import reconcile
from kb.search.language import parse
from tests.search.conftest import Notes, note

WORDS = [f"{a}{b}" for a in ("alpha", "bravo", "delta", "gamma") for b in "wxyz"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def spoiled(notes: Notes, index: Backend, tmp_path: Path) -> Iterator[str]:
    """An index that opens well, and a word that can't be looked up in it."""
    chance = random.Random(3)
    for n in range(120):
        note(f"Note {n}", " ".join(chance.choices(WORDS, k=40))[:250])
    indexing.rebuild()
    segment = next((tmp_path / "index" / "current").resolve().glob("*.seg"))
    whole = segment.read_bytes()
    for _ in range(400):
        part = bytearray(whole)
        at = chance.randrange(len(part) - 64)
        part[at : at + 64] = chance.randbytes(64)
        segment.write_bytes(part)
        if word := _unreadable(tmp_path / "index"):
            (segment.parent / "damaged").unlink()
            yield word
            return
    raise AssertionError("no damage was done")


def _unreadable(root: Path) -> str | None:
    reader = WhooshBackend(root)
    if reader.problem() is None:
        for word in WORDS:
            try:
                reader.search(parse(word), principals={EVERYONE})
            except IndexUnavailable:
                return word
    return None


def test_whoever_stumbles_tells_every_process_and_it_is_made_anew(spoiled: str) -> None:
    assert health().says == "120 documents"
    with pytest.raises(IndexUnavailable, match="rebuild_index"):
        backend().search(parse(spoiled), principals={EVERYONE})
    assert not health().ok
    assert "rebuild_index" in health().says
    done = reconcile()
    assert done is not None
    assert done.rebuilt
    assert health().says == "120 documents"
    assert backend().search(parse(spoiled), principals={EVERYONE}).total > 0


def test_the_other_words_are_found_meanwhile(spoiled: str) -> None:
    with pytest.raises(IndexUnavailable):
        backend().search(parse(spoiled), principals={EVERYONE})
    answered = 0
    for word in WORDS:
        try:
            answered += backend().search(parse(word), principals={EVERYONE}).total > 0
        except IndexUnavailable:
            assert not health().ok
    assert answered


def test_a_writer_that_stumbles_makes_it_anew_and_loses_nothing(
    notes: Notes, index: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from whoosh.writing import SegmentWriter

    def stumble(*args: object, **kwargs: object) -> None:
        raise ValueError("a segment makes no sense")

    thing = note("Raid")
    post("index", f"note:{thing.pk}")
    with monkeypatch.context() as damage:
        damage.setattr(SegmentWriter, "delete_by_term", stumble)
        drain("index")
    assert not OutboxRow.objects.exists()
    assert backend().search(parse("raid"), principals={EVERYONE}).total == 1


def test_a_full_disk_blames_no_row(
    notes: Notes, index: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    thing = note("Raid")
    post("index", f"note:{thing.pk}")
    with monkeypatch.context() as disk:
        disk.setattr("kb.search.backends.whoosh.store.Store.fresh", full)
        disk.setattr("kb.search.backends.whoosh._open", full)
        with pytest.raises(NotNow, match="No space left"):
            indexing.update(list(OutboxRow.objects.all()))
        drain("index")
    row = OutboxRow.objects.get()
    assert (row.attempts, row.not_before) == (0, None)
    assert "No space left" in row.last_error
    drain("index")
    assert backend().search(parse("raid"), principals={EVERYONE}).total == 1
