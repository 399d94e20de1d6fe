"""What Whoosh keeps of a text: where each token stands, and segments that stay open."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.backends.whoosh import snapshot
from kb.search.backends.whoosh.places import packed, unpacked
from tests.search.backends import doc, keys, made_of, opened

places = st.sets(st.integers(0, 70_000), min_size=1, max_size=40).map(sorted)
close = st.sets(st.integers(0, 300), min_size=1, max_size=40).map(sorted)


@given(st.one_of(places, close))
def test_places_come_back_as_they_were(at: list[int]) -> None:
    assert unpacked(packed(at)) == sum(1 << place for place in at)


def test_what_stands_far_apart_takes_no_room_for_what_is_between() -> None:
    assert len(packed([5, 70_000])) == 12
    assert len(packed([5, 6, 40])) == 9


def test_a_phrase_is_found_at_the_end_of_a_very_long_text(tmp_path: Path) -> None:
    filling = " ".join(f"word{n}" for n in range(5000))
    index = made_of("whoosh", tmp_path, [doc("page:1", "Long", f"alpha {filling} alpha beta")])
    assert keys(index, '"alpha beta"') == ["page:1"]
    assert keys(index, '"beta alpha"') == []


def test_a_segment_is_opened_once_however_often_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening: list[object] = []
    whoosh = snapshot.SegmentReader

    def reader(*words: object) -> object:
        opening.append(words[-1])
        return whoosh(*words)

    monkeypatch.setattr(snapshot, "SegmentReader", reader)
    made_of("whoosh", tmp_path, [doc(f"page:{n}", f"Raid {n}") for n in range(30)])
    index = opened(f"whoosh://{tmp_path / 'index'}")
    assert len(keys(index, "raid", limit=50)) == 30
    assert len(opening) == 1
    index.put([doc("page:1", "Something else"), doc("page:77", "Raid 77")])
    index.remove(["page:2"])
    assert len(keys(index, "raid", limit=50)) == 29
    assert "page:2" not in keys(index, "raid", limit=50)
    assert len(opening) == 2
