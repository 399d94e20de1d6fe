"""Whatever somebody attaches: its words where it has any, a note where not, never an error."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search import extract as extracting
from kb.search.extract import MOST_TEXT, Extracted, extract


def pdf(*pages: str, password: str = "", content: bytes | None = None) -> bytes:
    """A PDF that says so, a page each."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for words in pages:
        page = writer.add_blank_page(300, 300)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        stream.set_data(content or f"BT /F1 12 Tf 20 200 Td ({words}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", b"RAID degraded", "RAID degraded"),
        ("A.LOG", "Größe ü".encode("utf-16"), "Größe ü"),
        ("a.md", b"\xef\xbb\xbf# Title", "# Title"),
        ("a.csv", "disk;größe".encode("cp1252"), "disk;größe"),
        ("a.txt", b"a\x01b\x7fc", "a b c"),
        ("a.json", b'{"host": "robert", "disks": [1, {"x": "y"}]}', "host\nrobert\ndisks\n1\nx\ny"),
        ("a.json", b'{"broken": ', '{"broken":'),
    ],
)  # fmt: skip
def test_text_is_read_in_whatever_way_it_is_written(name: str, content: bytes, text: str) -> None:
    assert extract(name, content) == Extracted(text)


def test_a_pdf_is_read_page_by_page() -> None:
    found = extract("report.pdf", pdf("The controller failed", "Second page"))
    assert found.text.split("\n") == ["The controller failed", "Second page"]
    assert found.note == ""


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("a.exe", b"MZ", "by their name only"),
        ("no-ending", b"text", "by their name only"),
        ("a.txt", b"\x00\x01\x02" * 50, "could not be read"),
        ("a.pdf", b"no pdf at all", "could not be read"),
        ("a.pdf", b"%PDF-1.7\n" + b"\xff" * 5000, "could not be read"),
        ("a.pdf", pdf(""), "no text"),
        ("a.pdf", pdf("secret", password="hush"), "locked with a password"),
    ],
)
def test_what_can_not_be_read_says_why(name: str, content: bytes, note: str) -> None:
    found = extract(name, content)
    assert found.text == ""
    assert note in found.note


def test_a_long_text_is_cut_and_says_so() -> None:
    found = extract("a.log", "ü".encode() * (MOST_TEXT + 10))
    assert (len(found.text), found.note) == (MOST_TEXT, "only its beginning is searched")
    assert extract("a.json", b"[" * 100_000).text.startswith("[[[")


def test_a_pdf_that_unpacks_to_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracting, "SECONDS", 1)
    found = extract("a.pdf", pdf("", content=b"BT (a) Tj ET " * 700_000))
    assert found.text == ""
    # By its own limit or, on a busy machine, by ours.
    assert "to its end" in found.note or "longer than" in found.note


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["a.txt", "a.json", "a.csv", "a.md", "a", ".pdfx", "\x00.log"]),
    content=st.binary(max_size=300)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")),
)
def test_whatever_it_is_it_never_raises(name: str, content: bytes) -> None:
    found = extract(name, content)
    found.text.encode("utf-8")
    assert "\x00" not in found.text
