"""The page about facts says what the schema says."""

from __future__ import annotations

from pathlib import Path

from incidents.facts.document.tables import in_step

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"


def test_the_tables_are_those_of_the_schema():
    page = PAGE.read_text(encoding="utf-8")
    assert page == in_step(page), "run: python -m incidents.facts.document.tables docs/facts.md"
