"""What stands beside a write-up: rooms above this one register their cards here.

They do so in their ``panels.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from incidents.records.models import Incident
from kb.accounts.models import User
from kb.web.registry import Registry


@dataclass(frozen=True, slots=True)
class Card:
    """A template of one card and what it shows; ``place`` is aside, or banner above it all."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    place: str = "aside"


#: ``(incident, reader) -> Card``, or None where there is nothing to say.
incident_cards: Registry[Callable[[Incident, User], Card | None]] = Registry("card of an incident")
