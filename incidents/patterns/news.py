"""News of flags for whoever listens outside: posted with the change itself, or not at all."""

from collections.abc import Iterable

from incidents.patterns.models import FlagState, FlagTransition
from kb.outbox.post import post

#: The topic of the outbox that carries news to webhooks.
TOPIC = "webhook"
#: The topic that carries what people asked to be told at once.
NOTICES = "notice"
TOLD = (FlagState.OPEN, FlagState.RESOLVED, FlagState.CLOSED)


def tell(log: Iterable[FlagTransition]) -> None:
    """Post those of these transitions that brought a flag to another state worth telling.

    One row for all of them: a sweep that opens a thousand flags posts no thousand rows.
    """
    entries = list(log)
    told = [entry.pk for entry in entries if entry.after != entry.before and entry.after in TOLD]
    if told:
        post(TOPIC, "flags", {"transitions": told})
    urgent = [entry.pk for entry in entries if _is_urgent(entry)]
    if urgent:
        post(NOTICES, "flags", {"transitions": urgent})


def _is_urgent(entry: FlagTransition) -> bool:
    """A flag that is critical, newly or by a change of severity, or whose waiver ended."""
    ended = entry.before == FlagState.ACCEPTED
    return entry.after == FlagState.OPEN and (ended or entry.severity == "critical")
