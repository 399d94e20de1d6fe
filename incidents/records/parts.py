"""The parts of a write-up, rendered together, in the order they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.safestring import SafeString

from incidents.records.models import Incident, TimelineEntry
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.wiki.markdown import render_many

HEADINGS = {
    "summary": "In three sentences",
    "impact": "Impact",
    "trigger": "What set it off",
    "detection": "How it was noticed",
    "body": "The story",
    "helped": "What helped",
    "hindered": "What hindered",
    "lucky": "Where we were lucky",
    "surprise": "Why it surprised us",
    "recovery": "Recovery",
    "open_questions": "Open questions",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a write-up with its heading; ``html`` is empty where nothing is written."""

    name: str
    heading: str
    html: SafeString


def parts_of(incident: Incident, user: User) -> dict[str, Part]:
    """Every text by name, its links as this reader may follow them."""
    texts = [getattr(incident, name) for name in TEXTS]
    pages = render_many(texts, user, home=f"incident:{incident.pk}")
    return {name: Part(name, HEADINGS[name], html) for name, html in zip(TEXTS, pages, strict=True)}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the timeline as it is read; ``gap`` is the time since the one before, if long."""

    entry: TimelineEntry
    what: SafeString
    evidence: SafeString
    gap: timedelta | None


LONG = timedelta(hours=1)


def lines_of(entries: Sequence[TimelineEntry], user: User) -> list[ShownLine]:
    """The lines with their texts rendered together, links as this reader may follow them."""
    texts = [text for entry in entries for text in (entry.what, entry.evidence)]
    pages = render_many(texts, user)
    shown = []
    for index, entry in enumerate(entries):
        since = entry.at - entries[index - 1].at if index else timedelta()
        gap = since if since >= LONG else None
        shown.append(ShownLine(entry, pages[2 * index], pages[2 * index + 1], gap))
    return shown
