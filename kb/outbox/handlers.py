"""Who does what the outbox remembers.

An app registers its handlers in a ``handlers.py`` of its own, which Django imports at start::

    handlers.register("index", update_index)

A handler gets rows of its topic in the order they were posted, of equal ones (same key, same
payload) only the last.  It returns when all of them are done.  When it raises, none counts as
done: the rows are tried again in halves until the one that fails is found, which then waits
while the others go on.  So a handler must bear being called again with rows it did before.
"""

from collections.abc import Callable

from kb.outbox.models import OutboxRow
from kb.web.registry import Registry

Handler = Callable[[list[OutboxRow]], None]

handlers: Registry[Handler] = Registry("outbox handler")


class NotNow(Exception):
    """Raised by a handler that could do nothing at all, through no fault of the rows.

    They are tried again at the next drain and no attempt is counted; health tells the reason
    where it lasts.
    """
