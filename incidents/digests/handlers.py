"""News from the outbox become notices for whoever asked to be told at once.

The row is written with the change and deleted only when its notices are there, so nothing is
passed over, which a cursor over keys could do where two transactions commit in another order.
"""

from incidents.digests import notices
from incidents.digests.notices import News
from incidents.patterns.news import NOTICES
from kb.outbox.handlers import handlers
from kb.outbox.models import OutboxRow


def queue_notices(rows: list[OutboxRow]) -> None:
    """Queue what these rows tell.  Called again with the same rows, it adds nothing."""
    told: list[News] = []
    for row in rows:
        if "transitions" in row.payload:
            told += notices.of_transitions(row.payload["transitions"])
        elif (news := notices.of_action(row.payload["event"])) is not None:
            told.append(news)
    notices.queue(told)


handlers.register(NOTICES, queue_notices)
