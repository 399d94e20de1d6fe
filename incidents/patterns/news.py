"""News of flags for whoever listens outside: posted with the change itself, or not at all."""

from collections.abc import Iterable

from incidents.patterns.models import FlagState, FlagTransition
from kb.outbox.post import post

#: The topic of the outbox that carries news to webhooks.
TOPIC = "webhook"
TOLD = (FlagState.OPEN, FlagState.RESOLVED, FlagState.CLOSED)


def tell(log: Iterable[FlagTransition]) -> None:
    """Post those of these transitions that brought a flag to another state worth telling.

    One row for all of them: a sweep that opens a thousand flags posts no thousand rows.
    """
    told = [entry.pk for entry in log if entry.after != entry.before and entry.after in TOLD]
    if told:
        post(TOPIC, "flags", {"transitions": told})
