"""What a question means does not depend on who keeps the index: each agrees with a plain reading
of every document, for whatever is typed and whoever asks.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.search.backends.base import Backend
from kb.search.cut import Cut
from kb.search.document import EVERYONE, Document
from kb.search.language import parse
from kb.search.plain import Plain
from tests.search.backends import KINDS, doc, made_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WORDS = [
    "raid", "RAIDs", "failed", "failing", "the", "disk", "db-01", "db-01.lon1.example.net", "lon1",
    "10.0.3.17", "10.0.4.2", "ORA-00600", "/dev/sda1", "OutOfMemoryError", "memory", "Größe",
    "off-host", "off", "host", "it's", "\\", "a\x00b", "hot spare", "spare", "15.4", "max_conn",
]  # fmt: skip
HOSTS, TAGS = ["db-01.lon1.example.net", "db-01", "robert"], ["raid", "Größe", "two words"]


def some_documents() -> list[Document]:
    chance = random.Random(11)

    def few(values: list[str], most: int) -> list[str]:
        return chance.sample(values, chance.randint(0, most))

    return [
        doc(
            f"{chance.choice(['host', 'page', 'incident'])}:{n}",
            " ".join(chance.choices(WORDS, k=chance.randint(1, 3))),
            " ".join(chance.choices(WORDS, k=chance.randint(0, 14))),
            natural_key=str(n),
            names=few([f"#{n}", *HOSTS], 2),
            hosts=few(HOSTS, 2),
            tags=few(TAGS, 2),
            sites=few(["lon1"], 1),
            has=few(["pattern"], 1),
            marks=few(["open"], 1),
            severity=chance.choice(["", "high"]),
            weight=chance.randint(0, 3),
            date=chance.choice([None, NOW - timedelta(days=chance.randint(0, 400))]),
            due=chance.choice([None, NOW - timedelta(days=chance.randint(-3, 3))]),
            allowed=chance.choice([[EVERYONE], ["u1"], ["t2"], [EVERYONE, "u1"], []]),
        )
        for n in range(80)
    ]


DOCUMENTS = some_documents()
PLAIN = [Plain(Cut(document)) for document in DOCUMENTS]


@pytest.fixture(scope="module", params=KINDS)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """Made in steps, some of it replaced and taken out again."""
    backend = made_of(request.param, tmp_path_factory.mktemp("small"), DOCUMENTS[:40])
    backend.put(DOCUMENTS[35:60])
    backend.put(doc(d.key, "Something else", "raid") for d in DOCUMENTS[:10])
    backend.remove(document.key for document in DOCUMENTS[5:20])
    backend.put([*DOCUMENTS[:20], *DOCUMENTS[60:]])
    return backend


leaf = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(lambda word: f"{word[:4]}*"),
    st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)).map(lambda t: f'"{t[0]} {t[1]}"'),
    st.sampled_from(
        ["kind:host", "host:db-01", "host:rob*", "tag:groesse", "tag:größe", "tag:two*",
         "site:lon1", "is:open", "is:restricted", "is:overdue", "has:pattern", "before:30d",
         "severity:high", "after:100d", "on:2026", "#12", "#7", "10.0.3.0/24", 'tag:"two words"']
    ),
)  # fmt: skip
question = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner).map(" OR ".join),
        st.tuples(inner, inner).map(" AND ".join),
    ),
    max_leaves=6,
)
WHO = [{EVERYONE}, {EVERYONE, "u1"}, {"t2"}, {EVERYONE, "u1", "t2"}, set()]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=question, principals=st.sampled_from(WHO), kinds=st.sampled_from([set(), {"host"}]))
def test_an_index_finds_what_a_plain_reading_finds(
    small: Backend, text: str, principals: set[str], kinds: set[str]
) -> None:
    query = parse(text, NOW)
    found = small.search(query, principals=principals, kinds=kinds, limit=100)
    expected = {
        one.document.key
        for one in PLAIN
        if not query.is_empty
        and one.may_be_found_by(frozenset(principals))
        and one.answers(query)
        and (not kinds or one.document.kind in kinds)
    }
    assert {hit.key for hit in found.results} == expected
    assert found.total == len(expected)
    whole = {one.document.key for one in PLAIN if one.called(query) < 3}
    for hit in found.results:
        assert not hit.whole or hit.key in whole
    counted: dict[str, dict[str, int]] = {}
    for one in PLAIN:
        for facet in one.facets if one.document.key in expected else ():
            field, _, value = facet.partition(":")
            values = counted.setdefault(field, {})
            values[value] = values.get(value, 0) + 1
    assert found.narrower == counted


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[Backend]:
    return [made_of(kind, tmp_path_factory.mktemp(kind), DOCUMENTS) for kind in KINDS]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(leaf, min_size=1, max_size=3).map(" ".join))
def test_the_best_is_the_best_for_both(both: list[Backend], text: str) -> None:
    """Sums may differ by how exactly a length is kept, so near ties may change places."""
    first, second = (
        [hit.key for hit in one.search(parse(text, NOW), principals={EVERYONE}, limit=8).results]
        for one in both
    )
    assert len(first) == len(second)
    assert len(set(first) & set(second)) >= len(first) - 2
