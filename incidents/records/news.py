"""News of actions for whoever asked to be told at once: posted with the change itself."""

from incidents.patterns.news import NOTICES
from incidents.records.trails import ActionEvent, ActionEventKind
from kb.outbox.post import post

TOLD = (ActionEventKind.OPENED, ActionEventKind.REOPENED)


def tell(event: ActionEvent) -> None:
    """Post that an action opened again, by a person or by facts.

    Call inside the transaction that adds the event.
    """
    if event.kind in TOLD:
        post(NOTICES, f"action:{event.action_id}", {"event": event.pk})
