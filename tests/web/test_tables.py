"""Tables as CSV: streamed, and nothing in them runs in a spreadsheet."""

import csv

import pytest

from kb.web.tables import csv_answer, harmless


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "-",
        "=12",
        "@12",
        "+1.2\n=2",
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["db-01", "a=b", "-5", "+1.5", "-0.25", "", "10 - 5"])
def test_words_and_plain_numbers_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


def test_what_is_not_there_is_an_empty_cell() -> None:
    assert harmless(None) == ""


def test_lines_are_sent_as_they_are_made() -> None:
    made = []

    def rows() -> object:
        for n in range(3):
            made.append(n)
            yield [n, f'said "so", {n}', "=x"]

    answer = csv_answer("some.csv", rows())  # type: ignore[arg-type]
    assert made == []
    assert answer["Content-Disposition"] == 'attachment; filename="some.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode()
    assert list(csv.reader(text.splitlines())) == [
        [str(n), f'said "so", {n}', "'=x"] for n in range(3)
    ]
