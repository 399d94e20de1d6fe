"""Telling a worker that something waits, without ever making anybody wait for it.

Publishing to a broker that is down takes seconds, to one behind a dead network for ever
(measured: 6 s on a missing socket, no end on an unreachable address).  So a thread of its own
does it, and what it can't tell, the next beat of the schedule finds.
"""

import logging
import os
import threading

from celery import current_app
from django.db import transaction

from kb.outbox.tasks import drain

log = logging.getLogger(__name__)


def after_commit() -> None:
    """Nudge once this transaction is committed, however many rows it posts."""
    waiting = transaction.get_connection().run_on_commit
    if not any(nudge in entry for entry in waiting):
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Have a worker drain soon.  Returns at once and never raises."""
    if current_app.conf.task_always_eager:
        drain.delay()
        return
    _messenger().wake.set()


class _Messenger(threading.Thread):
    """Publishes one message for however many nudges came while the last was on its way."""

    def __init__(self) -> None:
        super().__init__(name="outbox-nudge", daemon=True)
        self.wake = threading.Event()
        self.pid = os.getpid()

    def run(self) -> None:
        while True:
            self.wake.wait()
            self.wake.clear()
            self._tell()

    def _tell(self) -> None:
        try:
            drain.apply_async(expires=30, retry=False, ignore_result=True)
        except Exception as error:  # whatever a broker in trouble raises
            log.debug("no worker could be told, beat will: %s", error)


_lock = threading.Lock()
_current: _Messenger | None = None


def _messenger() -> _Messenger:
    """This process's messenger: threads do not survive a fork."""
    global _current
    with _lock:
        if _current is None or _current.pid != os.getpid() or not _current.is_alive():
            _current = _Messenger()
            _current.start()
        return _current


def _forget_after_fork() -> None:
    global _lock, _current
    _lock, _current = threading.Lock(), None


os.register_at_fork(after_in_child=_forget_after_fork)
