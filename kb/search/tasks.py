"""What the worker does by itself: prove every ten minutes that the index is true."""

import logging

from celery import shared_task

from kb.outbox.drain import drain
from kb.search import indexing
from kb.search.backends.base import IndexBusy, IndexUnavailable

log = logging.getLogger(__name__)


@shared_task(name="kb.search.tasks.reconcile", expires=600)
def reconcile() -> int | None:
    """Compare, mend; how many documents were not as they should be.  A lost index is made anew."""
    try:
        found = indexing.reconcile()
    except (IndexBusy, IndexUnavailable) as why:
        log.info("comparing later: %s", why)
        return None
    if found is None:
        return None
    if found.drift:
        drain(indexing.TOPIC)
    return len(found.drift)
