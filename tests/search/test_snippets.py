"""Passages show what was asked for, and nothing of a document becomes markup."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search.language import parse
from kb.search.snippets import WIDTH, Marker


def passage(query: str, text: str) -> str:
    return str(Marker(parse(query)).passage(text))


def test_forms_of_the_word_are_marked() -> None:
    assert passage("fail", "It failed; failing is human.") == (
        "It <mark>failed</mark>; <mark>failing</mark> is human."
    )


def test_codes_are_marked_in_parts() -> None:
    assert passage("10.0.3", "From 10.0.3.17 only") == "From <mark>10.0.3</mark>.17 only"


def test_beginnings_and_phrases_are_marked() -> None:
    assert passage('web* "hot spare"', "website, hot spare") == (
        "<mark>website</mark>, <mark>hot</mark> <mark>spare</mark>"
    )


def test_the_passage_holds_most_of_what_was_asked() -> None:
    text = "raid " + "filler " * 200 + "the raid and its backup stood " + "filler " * 200
    found = passage("raid backup", text)
    assert "<mark>raid</mark> and its <mark>backup</mark>" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) < WIDTH + 60


def test_without_a_word_found_it_is_the_beginning() -> None:
    assert passage("raid", "Nothing here") == "Nothing here"


def test_markup_in_a_document_stays_text() -> None:
    text = "<script>alert('raid')</script> <mark>raid</mark>"
    assert passage("raid", text) == (
        "&lt;script&gt;alert(&#x27;<mark>raid</mark>&#x27;)&lt;/script&gt; "
        "&lt;mark&gt;<mark>raid</mark>&lt;/mark&gt;"
    )


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab <>&\"'.-:", max_size=300), st.text(alphabet='ab<>&"*.-:', max_size=12))
def test_only_our_marks_are_markup(text: str, query: str) -> None:
    found = passage(query, text)
    bare = found.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert found.count("<mark>") == found.count("</mark>")
