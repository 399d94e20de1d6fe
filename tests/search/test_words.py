"""Text is cut so that things are found by what people remember of them."""

import pytest

from kb.search.words import camel_parts, codes, exact, inflected, runs, short_names, stems, words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "on db-01.lon1.example.net today",
            ["db-01", "db-01.lon1", "example.net", "db-01.lon1.example.net"],
        ),
        ("from 10.0.3.17.", ["10.0.3.17", "10.0.3", "3.17"]),
        ("ORA-00600: internal", ["ora-00600"]),
        ("see /dev/sda1 and", ["dev/sda1"]),
        ("2001:db8::17 answers", ["2001:db8::17", "2001:db8"]),
        ("kernel 5.10.0-28-amd64", ["5.10.0-28-amd64", "5.10", "28-amd64"]),
        ("https://robert.example.net/x", ["robert.example.net", "robert.example"]),
        ("david.gentoo.php", ["david.gentoo", "gentoo.php"]),
    ],
)
def test_codes_are_found_whole_and_by_their_parts(text: str, parts: list[str]) -> None:
    assert set(parts) <= set(codes(text))


def test_single_parts_are_words() -> None:
    assert list(words("ORA-00600 /dev/sda1")) == ["ora", "00600", "dev", "sda1"]


def test_words_whose_stem_is_another_are_kept_for_finding_by_beginning() -> None:
    assert inflected("the raid connection failed") == ["the", "connection", "failed"]


def test_plain_words_are_no_codes() -> None:
    assert codes("RAID is not a backup - really.") == []


def test_a_long_path_does_not_grow_into_its_square() -> None:
    path = "/".join(f"p{n}" for n in range(60))
    assert len(runs(path)) < 6 * 60


def test_stems_join_forms_of_a_word_and_drop_what_means_nothing() -> None:
    assert stems("The controllers were failing") == stems("controller fails") == ["control", "fail"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("db-01.lon1.example.net", ["db-01", "db-01.lon1", "db-01.lon1.example"]),
        ("robert", []),
        ("10.0.3.17", []),
        (".hidden", []),
    ],
)
def test_a_host_is_called_by_the_beginning_of_its_name(name: str, short: list[str]) -> None:
    assert short_names(name) == short


def test_names_compare_without_case_and_spacing() -> None:
    assert exact(" The  Pair ") == exact("the pair")


def test_accents_and_case_do_not_matter() -> None:
    assert list(words("Größe CAFÉ")) == ["grosse", "cafe"]
    assert list(words("cafe\u0301")) == ["cafe"]  # the accent as a sign of its own
    assert exact("Straße  Zürich") == "strasse zurich"


def test_words_that_are_written_together_are_found_by_their_parts() -> None:
    text = "java.lang.OutOfMemoryError in maxConnections"
    assert {"memori", "error", "max", "connect"} <= set(camel_parts(text))
    assert {"outofmemory", "memoryerror"} <= set(codes(text))
    assert "max_connections" in codes("max_connections = 100")
    assert list(words("max_connections")) == ["max", "connections"]
    assert camel_parts("RAIDs of VMs, 3ware and sda1") == []
