"""Tables as CSV, line by line, that no spreadsheet runs."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"); a plain number
# may begin with a sign.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d+(\.\d+)?\Z)")


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """``rows``, the head first, as the file ``name``; each line is sent as soon as it is made."""
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def harmless(cell: object) -> str:
    """As text; with a quote before what a spreadsheet would run."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if _FORMULA.match(text) else text


class _Line:
    """A file that hands on what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])
