"""Which firmware is older, by the strings that makers really use."""

import pytest

from incidents.facts.firmware import names_model, older


@pytest.mark.parametrize(
    ("here", "mended", "expected"),
    [
        ("HPG0", "HPG8", True),
        ("HPG8", "HPG8", False),
        ("HPG10", "HPG8", False),
        ("hpg0", "HPG8", True),
        ("1.2.3", "1.10", True),
        ("1.10", "1.2.3", False),
        ("1.2", "1.2.0", False),
        ("1.2", "1.2.1", True),
        ("6.60", "8.32", True),
        ("50.9.4-3025", "51.16.0-4076", True),
        ("4.650.00-6121", "4.680.00-8465", True),
        ("D1.10", "D1.9", False),
        ("D1.9", "D1.10", True),
        ("GS0F", "GS0G", True),
        ("GS0G", "GS0F", False),
        ("SC60", "SC61", True),
        ("0004", "0006", True),
        ("2B2QEXM7", "2B2QEXM7", False),
    ],
)
def test_numbers_are_compared_as_numbers(here: str, mended: str, expected: bool) -> None:
    assert older(here, mended) is expected


@pytest.mark.parametrize(
    ("here", "mended"),
    [
        ("HPG0", "HPD8"),  # another branch
        ("GS0F", "HPG8"),
        ("EXM02B6Q", "EXT0DB6Q"),
        ("1.2", "1.2b"),
        ("1.2b", "1.2"),
        ("unknown", "HPG8"),
        ("", "HPG8"),
        ("1.2", "beta"),
    ],
)
def test_what_cannot_be_compared_is_not_known(here: str, mended: str) -> None:
    assert older(here, mended) is None


@pytest.mark.parametrize(
    ("wanted", "model", "expected"),
    [
        ("VO0480JFDGT", "VO0480JFDGT", True),
        ("VO*JFDGT", "VO1920JFDGT", True),
        ("vo*", "VO1920JFDGT", True),
        ("VO*JFDGT", "VO1920JFDGU", False),
        ("HP VO*", "HP  VO1920", True),
        ("SSD.*", "SSDX", False),  # a dot is a dot
        ("*", "anything", True),
    ],
)
def test_a_star_stands_for_anything(wanted: str, model: str, expected: bool) -> None:
    assert names_model(wanted, model) is expected
