"""Patterns that read what the other patterns found: they are asked last, on the same host.

The section ``findings`` (``derived_schema.told.FoundHere``) is made of the verdicts of the first
pass, of the same moment.  A pattern that is unknown there is listed without ``matched``, so that
whoever reads the list never takes silence for a clear.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .spec import ReadyPattern
from .verdict import State, Verdict
from .view import HostView

SECTION = "findings"

#: What was stored of a verdict: {"state": …, "severity": … of a match}.
Stored = Mapping[str, Any]


def is_second(pattern: ReadyPattern) -> bool:
    """Whether an expression or a sentence of the pattern reads the findings of the others."""
    return SECTION in pattern.variables or any(
        SECTION in piece.expression.variables
        for sentence in pattern.sentences.values()
        for piece in sentence.pieces
        if not isinstance(piece, str)
    )


def findings(
    lessons: Mapping[str, Sequence[str]],
    verdicts: Mapping[str, Verdict],
    severities: Mapping[str, str],
    held: Mapping[str, Stored] | None = None,
) -> list[dict[str, Any]]:
    """The section, by slug.

    ``lessons``: slug → lessons of every pattern of the first pass.  ``verdicts`` are those of just
    now, ``held`` what is stored of the patterns that were not asked; nobody knows about the rest.
    ``severities``: slug → what a match weighs where its verdict does not say.
    """
    found = []
    for slug in sorted(lessons):
        state, severity = _said(slug, verdicts, held or {})
        if state in (State.CLEAR, State.NOT_APPLICABLE):
            continue
        entry: dict[str, Any] = {"pattern": slug, "lessons": list(lessons[slug])}
        if state == State.MATCH:
            entry |= {"matched": True, "severity": severity or severities.get(slug, "medium")}
        found.append(entry)
    return found


def _said(
    slug: str, verdicts: Mapping[str, Verdict], held: Mapping[str, Stored]
) -> tuple[str, str]:
    verdict = verdicts.get(slug)
    if verdict is not None:
        return verdict.state, verdict.severity or ""
    stored = held.get(slug, {})
    return str(stored.get("state", State.UNKNOWN)), str(stored.get("severity", ""))


def seeing(view: HostView, found: list[dict[str, Any]]) -> HostView:
    """The view with the findings in it.  They hold on fresh facts too: a match stays one when facts
    grow old, and a clear that rested on them is unknown in the first pass already."""
    sections = {**view.sections, SECTION: found}
    fresh = sections if view.fresh is view.sections else {**view.fresh, SECTION: found}
    return HostView(view.name, sections, fresh, view.stale, view.source_of)


def split(patterns: Iterable[ReadyPattern]) -> tuple[list[ReadyPattern], list[ReadyPattern]]:
    """(those of the first pass, those of the second)."""
    first: list[ReadyPattern] = []
    second: list[ReadyPattern] = []
    for pattern in patterns:
        (second if is_second(pattern) else first).append(pattern)
    return first, second
