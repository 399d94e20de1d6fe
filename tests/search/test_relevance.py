"""What people ask leads to what helps: a judged collection, and a floor that does not sink."""

import pytest

from kb.search.backends.base import Backend
from kb.search.language import parse
from tests.search.backends import ALL, KINDS, made_of
from tests.search.judged import documents, ndcg, questions

pytestmark = pytest.mark.django_db
FLOOR = {"whoosh": 0.95, "postgres": 0.95}
ORDER = ["host", "incident", "lesson"]


def answers(backend: Backend, text: str) -> list[str]:
    found = backend.search(parse(text), principals=ALL, first=ORDER, limit=10)
    return [hit.key for hit in found.results]


def test_the_collection_holds_what_it_says() -> None:
    known = {document.key for document in documents()}
    assert sum(key.startswith("incident:") for key in known) >= 60
    assert len(questions()) >= 40
    assert {key for grades in questions().values() for key in grades} <= known


@pytest.mark.parametrize("kind", KINDS)
def test_what_helps_comes_first(
    kind: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = made_of(kind, tmp_path_factory.mktemp(kind), documents())
    scores = {text: ndcg(answers(backend, text), grades) for text, grades in questions().items()}
    mean = sum(scores.values()) / len(scores)
    worst = sorted(scores, key=lambda text: scores[text])[:5]
    with capsys.disabled():
        print(f"\n{kind}: nDCG@10 {mean:.3f} over {len(scores)} questions; the worst: ", end="")
        print(", ".join(f"{text} {scores[text]:.2f}" for text in worst))
    assert mean >= FLOOR[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_exact_names_are_always_the_first_hit(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backend = made_of(kind, tmp_path_factory.mktemp(kind), documents())
    for document in documents():
        if document.kind != "lesson":
            for name in document.names:
                assert answers(backend, name)[0] == document.key, name
