"""The tables of `docs/facts.md`, written from the schema.

    python -m incidents.facts.document.tables docs/facts.md

puts them between the markers of that file.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from .facts import SECTIONS
from .fields import NATURAL_KEYS, Field, fields_of

START, END = "<!-- fields: made from the schema -->", "<!-- end of fields -->"


def tables() -> str:
    """One Markdown table per section."""
    return "\n\n".join(_table(section) for section in SECTIONS)


def in_step(page: str) -> str:
    """The page with the tables of today's schema between its markers."""
    pattern = re.compile(f"{re.escape(START)}.*{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{START}\n\n{tables()}\n\n{END}", page)


def _table(section: str) -> str:
    rows = [
        f"| `{field.path}` | {field.type} | {field.unit} | {field.description}{_marks(field)} |"
        for field in fields_of(section)
        if not field.path.endswith("_days")
    ]
    keys = [
        f"Elements of `{path}` are told apart by {_spoken(key)}."
        for path, key in NATURAL_KEYS.items()
        if path.split(".")[0].split("[")[0] == section
    ]
    head = f"### {section}\n\n| field | type | unit | what |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + ("\n\n" + " ".join(keys) if keys else "")


def _spoken(keys: tuple[tuple[str, ...], ...]) -> str:
    return ", else ".join(" + ".join(key) for key in keys)


def _marks(field: Field) -> str:
    marks = [name for name in ("ahead", "volatile", "derived") if getattr(field, name)]
    return f" *({', '.join(marks)})*" if marks else ""


def main(arguments: list[str]) -> int:
    """Write the tables into the page named on the command line."""
    page = Path(arguments[0])
    page.write_text(in_step(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
