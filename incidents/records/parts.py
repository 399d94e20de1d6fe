"""The parts of a write-up, rendered together, in the order they are read."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from incidents.records.models import Incident
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
    pages = render_many([getattr(incident, name) for name in TEXTS], user)
    return {name: Part(name, HEADINGS[name], html) for name, html in zip(TEXTS, pages, strict=True)}
