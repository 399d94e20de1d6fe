"""What the worker does by itself: prove every ten minutes that the index is true."""

import logging
import threading
import time

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


SOONEST = 20.0  # seconds between two calls for help of one process
_last_call = [-SOONEST]


def reconcile_soon() -> None:
    """Have a worker look at the index now.  Returns at once and never raises."""
    if time.monotonic() - _last_call[0] < SOONEST:
        return
    _last_call[0] = time.monotonic()
    # Publishing to a broker that is down takes seconds (kb.outbox.nudge): nobody waits for it.
    threading.Thread(target=_call, name="index-call", daemon=True).start()


def _call() -> None:
    try:
        reconcile.apply_async(expires=60, retry=False, ignore_result=True)
    except Exception as error:  # whatever a broker in trouble raises
        log.debug("no worker could be told, the schedule will: %s", error)
