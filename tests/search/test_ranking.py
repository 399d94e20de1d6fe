"""The right things come first, whatever the reader asks for how many."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.search.backends.base import Backend
from kb.search.document import EVERYONE, Document
from kb.search.language import parse
from tests.search.backends import ALL, KINDS, doc, keys, made_of

pytestmark = pytest.mark.django_db

LIBRARY = [
    doc(
        "host:1",
        "db-01.lon1.example.net",
        "PostgreSQL 15.4 on Debian 12, root on /dev/md0",
        names=["db-01.lon1.example.net", "10.0.3.17"],
        hosts=["db-01.lon1.example.net"],
    ),
    doc("host:2", "db-01", "A test machine", names=["db-01", "10.0.4.2"], hosts=["db-01"]),
    doc("host:3", "robert", "Master of the mail pair", names=["robert"], hosts=["robert"]),
    doc(
        "incident:12",
        "The controller took both disks",
        "The RAID 5 array on robert was lost when its 3ware controller failed. No backup existed. "
        "Kernel log: ata3.00: failed command READ FPDMA QUEUED. db-01 was not touched.",
        names=["#12"],
        natural_key="12",
        hosts=["robert"],
        severity="critical",
        tags=["storage"],
    ),
    doc(
        "incident:13",
        "Database refused connections",
        "ORA-00600 internal error code after the patch; restarted, no space left on device.",
        names=["#13"],
        natural_key="13",
        hosts=["db-01.lon1.example.net"],
        severity="high",
    ),
    doc("incident:2", "Mail queue grew", "12 thousand mails waited.", names=["#2"]),
    doc("lesson:1", "RAID is not a backup", "Redundancy keeps a host up; it forgets nothing less."),
    doc("lesson:2", "Restore to know you have a backup", "A backup never restored is a hope."),
    doc("pattern:1", "RAID is the only copy", "Hosts with an array and no off-host backups"),
    doc("page:1", "robert", "Who knows robert: how to reach the console.", natural_key="robert"),
    doc("page:2", "Swapping the pair", "Swap master and slave before you need to: web-03, web-04"),
]


@pytest.fixture(scope="module", params=KINDS)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return made_of(request.param, tmp_path_factory.mktemp("library"), LIBRARY)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("db-01", ["host:2", "host:1"]),  # who is called so, then so for short, then who speaks of
        ("DB-01.LON1.EXAMPLE.NET", ["host:1"]),
        ("lon1", ["host:1", "incident:13"]),
        ("10.0.3", ["host:1"]),
        ("10.0.3.17", ["host:1"]),
        ("10.0.*", ["host:1", "host:2"]),
        ("00600", ["incident:13"]),
        ("ora-00600", ["incident:13"]),
        ("/dev/md0", ["host:1"]),
        ("15.4", ["host:1"]),
        ("#12", ["incident:12"]),
        ("12", ["incident:12"]),
        ("robert", ["host:3", "page:1", "incident:12"]),
        ("@robert", ["host:3", "page:1", "incident:12"]),
        ("raid backup", ["lesson:1", "pattern:1", "incident:12"]),
        ("is raid a backup?", ["lesson:1"]),
        ("raid is not a backup", ["lesson:1"]),
        ("restoring backups", ["lesson:2"]),
        ('"no space left"', ["incident:13"]),
        ('"left space no"', []),
        ("swap*", ["page:2"]),
        ("redunda*", ["lesson:1"]),
        ("redundancy*", ["lesson:1"]),
        ("web*", ["page:2"]),
        ("off host", ["pattern:1"]),
        ("off-host", ["pattern:1"]),
        ("raid -controller", ["lesson:1", "pattern:1"]),
        ('backup -"only copy" -never', ["lesson:1", "incident:12"]),
        ("host:robert", ["incident:12", "host:3"]),
        ("host:db-01 database", ["incident:13"]),
        ("severity:critical", ["incident:12"]),
        ("tag:storage raid", ["incident:12"]),
        ("kind:lesson backup", ["lesson:1", "lesson:2"]),
        ("kind:host kind:page robert", ["host:3", "page:1"]),
        ("xyzzy", []),
        ("raid xyzzy", ["lesson:1", "pattern:1", "incident:12"]),
    ],
)
def test_the_best_come_first(library: Backend, text: str, best: list[str]) -> None:
    found = keys(library, text, first=["host", "incident", "lesson", "pattern", "page"])
    if text in (
        "host:robert",
        "raid backup",
        "raid xyzzy",
        "raid -controller",
        "10.0.*",
        "kind:lesson backup",
    ):
        assert set(found[: len(best)]) == set(best)  # equally good
    else:
        assert found[: len(best)] == best
    assert found or not best


def test_things_with_all_words_go_before_things_with_many_of_one(kind: str, tmp_path: Path) -> None:
    backend = made_of(
        kind,
        tmp_path,
        [
            doc("page:1", "Raid raid raid", "raid " * 20),
            doc("page:2", "A story", "filler " * 300 + " raid and restore"),
            *(doc(f"page:{n}", "Filler", "nothing") for n in range(3, 20)),
        ],
    )
    assert keys(backend, "raid restore") == ["page:2", "page:1"]


def test_filters_alone_show_the_newest_first(kind: str, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    dates = {n: datetime(2026, 1, n, tzinfo=UTC) for n in (3, 1, 2)}
    backend = made_of(kind, tmp_path, [doc(f"page:{n}", "T", date=d) for n, d in dates.items()])
    assert keys(backend, "kind:page") == ["page:3", "page:2", "page:1"]


def test_counts_per_kind_do_not_depend_on_the_kind_chosen(library: Backend) -> None:
    every = library.search(parse("raid"), principals=ALL)
    some = library.search(parse("raid"), principals=ALL, kinds={"lesson"})
    typed = library.search(parse("raid kind:lesson"), principals=ALL)
    assert every.facets == {"incident": 1, "lesson": 1, "pattern": 1}
    assert (some.facets, typed.facets) == (every.facets, every.facets)
    assert (every.total, some.total, typed.total) == (3, 1, 1)


# --- asking for few gives the beginning of asking for all -----------------------------------------

VOCABULARY = [f"{a}{b}" for a in ("alpha", "bravo", "delta", "gamma") for b in ("x", "y", "z", "")]


def some_documents(count: int) -> list[Document]:
    chance = random.Random(7)
    texts = [" ".join(chance.choices(VOCABULARY, k=chance.randint(3, 60))) for _ in range(count)]
    return [
        doc(
            f"{chance.choice(['host', 'page', 'note'])}:{n}",
            " ".join(chance.choices(VOCABULARY, k=3)),
            text,
            allowed=[chance.choice([EVERYONE, EVERYONE, "u1", "t2"])],
        )
        for n, text in enumerate(texts)
    ]


@pytest.fixture(scope="module", params=KINDS)
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """Several segments, some documents replaced, some removed."""
    documents = some_documents(600)
    backend = made_of(request.param, tmp_path_factory.mktemp("crowd"), documents[:300])
    for start in range(300, 600, 100):
        backend.put(documents[start : start + 100])
    backend.put(documents[50:60])
    backend.remove([document.key for document in documents[100:110]])
    return backend


word = st.sampled_from(VOCABULARY)
clause = st.one_of(
    word,
    word,
    st.tuples(word, word).map(lambda two: f'"{two[0]} {two[1]}"'),
    word.map(lambda one: f"-{one}"),
    word.map(lambda one: f"{one[:3]}*"),
    st.sampled_from(["kind:host", "kind:page", "-kind:note"]),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.lists(clause, min_size=1, max_size=5).map(" ".join),
    limit=st.integers(1, 30),
    offset=st.integers(0, 20),
    principals=st.sampled_from([{EVERYONE}, {EVERYONE, "u1"}, {"t2"}, {EVERYONE, "u1", "t2"}]),
)
def test_a_limit_cuts_and_changes_nothing(
    crowd: Backend, text: str, limit: int, offset: int, principals: set[str]
) -> None:
    query = parse(text)
    everything = crowd.search(query, principals=principals, limit=1000)
    some = crowd.search(query, principals=principals, limit=limit, offset=offset)
    assert some.results == everything.results[offset : offset + limit]
    assert (some.total, some.facets) == (everything.total, everything.facets)
    assert everything.total == len(everything.results)
    assert len({hit.key for hit in everything.results}) == everything.total


def test_pages_put_together_are_the_whole(crowd: Backend) -> None:
    query = parse("alpha* brav*")
    everything = crowd.search(query, principals={EVERYONE, "u1", "t2"}, limit=1000)
    assert everything.total > 400  # more than are ranked among themselves at once
    pages = [
        hit
        for start in range(0, everything.total, 30)
        for hit in crowd.search(
            query, principals={EVERYONE, "u1", "t2"}, limit=30, offset=start
        ).results
    ]
    assert pages == everything.results


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(clause, min_size=1, max_size=4).map(" ".join))
def test_what_one_may_not_see_is_in_nothing_that_comes_back(crowd: Backend, text: str) -> None:
    allowed = {d.key: set(d.allowed) for d in some_documents(600)}
    found = crowd.search(parse(text), principals={EVERYONE, "u1"}, limit=1000)
    assert all(allowed[hit.key] & {EVERYONE, "u1"} for hit in found.results)
    by_kind: dict[str, int] = {}
    unfiltered = parse(" ".join(w for w in text.split() if not w.startswith("kind:")))
    for hit in crowd.search(unfiltered, principals={EVERYONE, "u1"}, limit=1000).results:
        by_kind[hit.kind] = by_kind.get(hit.kind, 0) + 1
    if not unfiltered.is_empty:
        assert found.facets == by_kind


@pytest.mark.parametrize(
    "text", ["#12", "12", "vault-01", "@vault-01", "vault-01.lon1.example.net", '"secret"', "vau*"]
)
def test_knowing_the_exact_name_opens_no_door(kind: str, tmp_path: Path, text: str) -> None:
    secret = doc(
        "incident:12",
        "Secret",
        names=["#12", "vault-01.lon1.example.net"],
        natural_key="12",
        allowed=["u1"],
    )
    backend = made_of(kind, tmp_path, [secret, doc("page:1", "Other")])
    stranger = backend.search(parse(text), principals=ALL)
    assert (stranger.results, stranger.total, stranger.facets) == ([], 0, {})
    named = backend.search(parse(text), principals={EVERYONE, "u1"})
    assert (named.total, named.facets) == (1, {"incident": 1})


def test_nobody_finds_nothing(crowd: Backend) -> None:
    assert crowd.search(parse("alpha"), principals=set()).total == 0


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.sampled_from('abe -"*:#.()\\/kind:host\x00\x1f é漢'), max_size=50))
def test_whatever_is_typed_the_index_answers(crowd: Backend, text: str) -> None:
    crowd.search(parse(text), principals=ALL)
